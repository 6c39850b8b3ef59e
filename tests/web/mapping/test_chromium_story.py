"""A mapping in a real browser: from the request to the owner's new password, and the link that stops it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from resetapp import texts
from tests.chromium import Chromium, Tab
from tests.directory.binding import binds
from tests.web.mailing import send as send_mails
from tests.web.mapping.browser import Served, check, log_in
from tests.web.mapping.steps import APPROVER, MAPPER, STUDENT, WHY, rows_of, states
from tests.web.visiting import GOOD, account, cpr

pytestmark = pytest.mark.browser

WORDS = {
    "da": ("for dig selv", "Du kan ikke godkende det her", "Det er stoppet", "Linket gælder ikke"),
    "en": ("for yourself", "You cannot approve this", "It has been stopped", "The link does not work"),
}
"""What nobody may ask; why there is no button; the freeze page when it is done; and for a wrong link."""


def links(served: Served) -> list[str]:
    """In the mails that have arrived by now."""
    send_mails(served.world)
    found = [re.search(r"/freeze/\S+", mail.text) for mail in served.post.mails]
    return [each[0] for each in found if each]


@pytest.mark.parametrize("language", WORDS)
def test_from_the_request_to_the_password_and_to_the_end(served: Served, chromium: Chromium, language: str) -> None:
    world = served.world
    with chromium.tab(language) as mapper, chromium.tab(language) as approver:
        address = ask(mapper, served)
        assert len(links(served)) == 1
        approve(approver, served, address)
    link = links(served)[-1]
    assert [mail.recipients for mail in served.post.mails] == [[f"{account(STUDENT)}@example.dk"]] * 2
    with chromium.tab(language) as person:
        wait(person, served)
        world.clock.forward(hours=25)
        log_in(person, served, STUDENT)
        person.save(GOOD)
        expect(person.page.locator("#password")).to_have_count(0)
    assert binds(world.endpoint, account(STUDENT), GOOD)
    with chromium.tab(language) as owner:
        stop(owner, link)
        log_in(owner, served, STUDENT)
        expect(owner.page).to_have_url(f"{served.url}/stopped")
    assert states(world) == ["frozen"]


def ask(tab: Tab, served: Served) -> str:
    """First with faults, then for themselves, then as it should be; returns the address of the request's page."""
    log_in(tab, served, MAPPER, "/staff/login")
    tab.page.click("a[href='/staff/mappings']")
    check(tab)
    tab.page.click("a[href='/staff/mappings/new']")
    check(tab)
    send(tab, account(STUDENT), "010203-45", "")
    expect(tab.page.locator("[data-error-summary] li")).to_have_count(2)
    expect(tab.page.locator("[data-error-summary] a[href='#cpr']")).to_have_count(1)
    tab.page.bring_to_front()  # only the tab in front has a focus
    expect(tab.page.locator("[data-error-summary]")).to_be_focused()  # the console has no script of its own
    expect(tab.page.locator("#username")).to_have_value(account(STUDENT))
    expect(tab.page.locator("#cpr")).to_have_value("")
    check(tab)
    send(tab, account(STUDENT), cpr(MAPPER), WHY)
    expect(tab.page.locator("[data-error-summary]")).to_contain_text(WORDS[tab.language][0])
    send(tab, account(STUDENT), cpr(STUDENT), WHY)
    expect(tab.page.locator(".panel.warn h2")).to_have_text(WORDS[tab.language][1])
    expect(tab.page.locator("form[action$='/approve']")).to_have_count(0)
    expect(tab.page.locator("form[action$='/withdraw']")).to_have_count(1)
    check(tab)
    return tab.page.url


def send(tab: Tab, username: str, cpr_number: str, reason: str) -> None:
    tab.page.fill("#username", username)
    tab.page.fill("#cpr", cpr_number)
    tab.page.fill("#reason", reason)
    tab.page.click("form[action$='/new'] .btn >> nth=0")


def approve(tab: Tab, served: Served, address: str) -> None:
    log_in(tab, served, APPROVER, "/staff/login")
    tab.open("/staff/mappings")
    expect(tab.page.locator("article.visit")).to_have_count(1)
    check(tab)
    tab.page.click("article.visit h3 a")
    expect(tab.page).to_have_url(address)
    expect(tab.page.locator("form[action$='/approve'] .btn")).to_be_visible()
    check(tab)
    tab.page.click("form[action$='/approve'] .btn")
    expect(tab.page.locator("form[action$='/approve']")).to_have_count(0)
    check(tab)
    send_mails(served.world)
    tab.open("/staff/mappings")
    expect(tab.page.locator(".mappings .tone.warn")).to_contain_text(begins(served, tab.language))
    check(tab)


def begins(served: Served, language: str) -> str:
    [row] = rows_of(served.world)
    assert row.active_from == served.world.clock() + timedelta(hours=24)
    return texts.date_time(language, row.active_from)


def wait(tab: Tab, served: Served) -> None:
    log_in(tab, served, STUDENT)
    expect(tab.page).to_have_url(f"{served.url}/stopped")
    [row] = rows_of(served.world)
    assert row.active_from is not None
    expect(tab.page.locator("main")).to_contain_text(texts.date(tab.language, row.active_from))
    check(tab)


def stop(tab: Tab, link: str) -> None:
    _, _, done, not_valid = WORDS[tab.language]
    tab.open(f"/freeze/{'a' * 64}")
    tab.shows(not_valid)
    check(tab)
    tab.open(link)
    expect(tab.page.locator("main form .btn")).to_be_visible()
    check(tab)
    tab.page.click("main form .btn")
    tab.shows(done)
    check(tab)
