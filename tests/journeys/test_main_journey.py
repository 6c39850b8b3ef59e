"""The main job, from the start page to the receipt and out again, on the embedded directory and on slapd."""

from collections.abc import Callable

import pytest

from tests.browser import Browser
from tests.demo_process import DemoProcess
from tests.journeys.steps import GOOD, choose_account, choose_password, log_in, persona


@pytest.mark.parametrize("kind", ["demo", pytest.param("slapd_demo", marks=pytest.mark.slapd)])
def test_a_student_chooses_a_new_password_and_signs_out(
    kind: str, request: pytest.FixtureRequest, new_browser: Callable[[DemoProcess], Browser]
) -> None:
    demo: DemoProcess = request.getfixturevalue(kind)
    browser = new_browser(demo)
    account = persona("freja").accounts[0]
    assert demo.binds(account.username, account.password)
    page = log_in(browser, demo, "freja")
    assert page.path == "/password"
    assert account.username in page.text
    page = choose_password(browser, GOOD)
    assert page.path == "/done"
    assert page.heading == "Din adgangskode er ændret"
    assert "Adgangskoden er ikke dit MitID" in page.text
    assert demo.binds(account.username, GOOD)
    assert not demo.binds(account.username, account.password)
    page = browser.submit("//form[contains(@action, '/logout')]")
    assert page.path == "/signed-out"
    assert "Du er logget af her og hos NemLog-in." in page.text
    assert browser.open(f"{demo.url}/done").path == "/signed-out"


def test_an_employee_with_several_accounts_chooses_one(demo: DemoProcess, browser: Browser) -> None:
    page = log_in(browser, demo, "sofie")
    assert page.path == "/account"
    first, second, protected = persona("sofie").accounts
    assert protected.username in page.text
    page = choose_account(browser, second.username)
    assert page.path == "/password"
    assert choose_password(browser, GOOD).path == "/done"
    assert demo.binds(second.username, GOOD)
    assert demo.binds(first.username, first.password)


def test_a_locked_account_is_unlocked_by_the_new_password(demo: DemoProcess, browser: Browser) -> None:
    account = persona("lars").accounts[0]
    assert not demo.binds(account.username, account.password)
    log_in(browser, demo, "lars")
    assert choose_password(browser, GOOD).path == "/done"
    assert demo.binds(account.username, GOOD)


def test_the_hub_ends_the_login_from_its_side(demo: DemoProcess, browser: Browser) -> None:
    assert log_in(browser, demo, "erik").path == "/password"
    page = browser.open(f"{demo.simulator_url}/hub/logout-everywhere")
    assert page.status == 200, browser.visited
    assert "completed" in page.text
    assert browser.open(f"{demo.url}/password").path == "/signed-out"


def test_english_from_beginning_to_end(demo: DemoProcess, browser: Browser) -> None:
    page = log_in(browser, demo, "alma", "en")
    assert page.heading == "Choose a new password"
    page = choose_password(browser, GOOD)
    assert page.heading == "Your password has been changed"
    assert "is not your MitID" in page.text


def test_the_back_button_after_the_receipt_leads_to_the_receipt(demo: DemoProcess, browser: Browser) -> None:
    log_in(browser, demo, "mikkel")
    before = browser.page
    assert choose_password(browser, GOOD).path == "/done"
    browser.page = before  # the page from the browser's memory, sent once more
    assert choose_password(browser, "en helt anden vej hjem").path == "/done"
    assert demo.binds(persona("mikkel").accounts[0].username, GOOD)
