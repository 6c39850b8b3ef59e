"""In the running demo the mail to the owner of an account can be read at the simulator."""

import time

from tests.browser import Browser, Page
from tests.demo_process import DemoProcess
from tests.journeys.steps import choose_password, log_in, persona

PATIENCE = 60.0  # seconds; the outbox is looked into every five
PASSWORD = "Gul-Cykel-Over-Bro-47"


def mails_to(page: Page, address: str) -> list[str]:
    return [each.text_content() for each in page.tree.xpath("//main//li") if address in each.text_content()]


def arrived(browser: Browser, demo: DemoProcess, address: str) -> list[str]:
    """The page is loaded again until there is one."""
    end = time.monotonic() + PATIENCE
    while not (found := mails_to(browser.open(f"{demo.simulator_url}/mail?lang=da"), address)):
        assert time.monotonic() < end, "no mail came"
        time.sleep(0.2)
    return found


def test_the_new_password_is_told_to_the_owner_at_the_simulator(demo: DemoProcess, browser: Browser) -> None:
    address = f"{persona('gry').accounts[0].username}@example.dk"
    assert f"{demo.simulator_url}/mail" in "".join(demo.output)
    assert mails_to(browser.open(f"{demo.simulator_url}/mail"), address) == []
    log_in(browser, demo, "gry")
    assert choose_password(browser, PASSWORD).path == "/done"
    (mail,) = arrived(Browser(checked=demo.url), demo, address)
    assert "Din adgangskode hos Eksempel Universitet er ændret" in mail
    assert "gryh" in mail
    assert PASSWORD not in mail
