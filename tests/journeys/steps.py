"""The steps of a journey, named as a person would tell them."""

from resetapp.demo.people import PERSONAS, Persona
from tests.browser import Browser, Page
from tests.demo_process import DemoProcess

GOOD = "grøn cykel under bro"


def persona(key: str) -> Persona:
    return next(each for each in PERSONAS if each.key == key)


def go_to_login(browser: Browser, demo: DemoProcess, language: str = "da") -> Page:
    """From the start page to the simulator's page."""
    browser.open(f"{demo.url}/?lang={language}")
    return browser.link("//main//a[contains(@class, 'mitid')]")


def log_in(browser: Browser, demo: DemoProcess, key: str, language: str = "da") -> Page:
    """Through the hub as this person, to the page where the app puts them."""
    go_to_login(browser, demo, language)
    page = browser.submit("//form[.//button[@name='person']]", person=key)
    if page.is_page and page.tree.xpath("//input[@name='SAMLResponse']"):
        return browser.submit("//form[.//input[@name='SAMLResponse']]")
    return page


def choose_account(browser: Browser, username: str) -> Page:
    assert browser.page is not None
    label = browser.page.tree.xpath(f"//label[.//*[normalize-space()='{username}']]")[0]
    place = browser.page.tree.xpath(f"//input[@id='{label.get('for')}']/@value") or label.xpath(".//input/@value")
    return browser.submit("//main//form", account=str(place[0]))


def choose_password(browser: Browser, password: str) -> Page:
    """Without script: both fields are there."""
    return browser.submit("//form[.//input[@name='attempt']]", password=password, password2=password)
