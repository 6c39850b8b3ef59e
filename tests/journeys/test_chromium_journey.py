"""The main job in a real browser: by keyboard alone with script, without any script, and as impatient people do it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from resetapp.texts import text
from tests.chromium import Chromium, Tab, running_chromium
from tests.demo_process import DemoProcess, running_demo
from tests.journeys.steps import GOOD, persona

pytestmark = pytest.mark.browser

RECEIPT = "Din adgangskode er ændret"
TOO_SHORT = "kort"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """In front of a demo of its own: each person's password can be changed once only."""
    with running_demo() as demo, running_chromium(demo) as running:
        yield running


def test_the_keyboard_alone_is_enough(chromium: Chromium) -> None:
    username = persona("karoline").accounts[0].username
    with chromium.tab() as tab:
        tab.open("/")
        tab.check()
        tab.press(".mitid")
        tab.shows("Hvem vil du være?")
        tab.check()
        tab.press("button[value=karoline]")
        tab.arrive()
        tab.shows("Vælg en ny adgangskode")
        tab.check()
        type_a_password_that_is_too_short(tab)
        mend_it(tab)
        tab.page.keyboard.press("Enter")
        tab.shows(RECEIPT)
        tab.check()
        assert chromium.demo.binds(username, GOOD)
        tab.press("#sign-out-now button")
        tab.shows("Du er logget af")
        tab.check()


def type_a_password_that_is_too_short(tab: Tab) -> None:
    """One field that can be shown and hidden again, and a refusal that is read out and hard to miss."""
    field, told = tab.page.locator("#password"), tab.page.locator("[data-shown]")
    assert tab.page.locator("#password2").count() == 0
    tab.reach("#password")
    tab.page.keyboard.type(TOO_SHORT)
    tab.press("[data-toggle]")
    expect(field).to_have_attribute("type", "text")
    expect(told).to_have_text(text("da", "password.shown_status"))
    tab.page.keyboard.press("Enter")
    expect(field).to_have_attribute("type", "password")
    expect(told).to_have_text(text("da", "password.hidden_status"))
    tab.press("[data-busy]")
    expect(tab.page).to_have_title("Fejl: Vælg en ny adgangskode – Eksempel Universitet")
    expect(tab.page.locator("[data-error-summary]")).to_be_focused()  # by the script, which comes after the title
    assert field.input_value() == ""
    assert TOO_SHORT not in tab.page.content().replace(text("da", "error.pw_too_short", n=12), "")
    tab.check()


def mend_it(tab: Tab) -> None:
    """From the summary to the field; the rules are ticked off while typing, and told once the typing rests."""
    tab.press("[data-error-summary] a")
    expect(tab.page.locator("#password")).to_be_focused()
    ticked = tab.page.locator("[data-rule].met")
    expect(ticked).to_have_count(0)
    tab.page.keyboard.type(GOOD)
    expect(ticked).to_have_count(tab.page.locator("[data-rule]").count())
    expect(tab.page.locator("[data-met]")).to_have_text(text("da", "password.rules_status", ok=2, total=2))


def test_without_script_the_password_is_typed_twice(chromium: Chromium) -> None:
    username = persona("noah").accounts[0].username
    with chromium.tab("en", script=False) as tab:
        tab.log_in("noah")
        tab.shows("Choose a new password")
        assert tab.page.is_visible("#password2")
        assert not tab.page.is_visible("[data-toggle]")
        tab.check()
        tab.page.fill("#password", GOOD)
        tab.page.click("[data-busy]")
        expect(tab.page).to_have_title("Error: Choose a new password – Example University")
        expect(tab.page.locator("#password2-errors")).to_contain_text("Repeat the new password")
        tab.check()
        tab.save(GOOD)
        tab.shows("Your password has been changed")
        tab.check()
        assert chromium.demo.binds(username, GOOD)
        tab.page.click("#sign-out-now button")
        tab.shows("You have been signed out")
        tab.check()


@pytest.mark.parametrize(("key", "script"), [("rasmus", True), ("erik", False)], ids=["script", "no script"])
def test_a_double_click_saves_once(chromium: Chromium, key: str, script: bool) -> None:
    username = persona(key).accounts[0].username
    with chromium.tab(script=script) as tab:
        tab.log_in(key)
        tab.fill(GOOD)
        tab.page.dblclick("[data-busy]")
        tab.shows(RECEIPT)
        sent = tab.posts.count(f"{chromium.demo.url}/password")
        assert sent == 1 if script else sent >= 1
    assert attempts(chromium.demo, username) == ["set"]
    assert chromium.demo.binds(username, GOOD)


def attempts(demo: DemoProcess, username: str) -> list[str]:
    """What became of each try to set this account's password."""
    with closing(sqlite3.connect(demo.folder / "data" / "resetapp.db")) as database:
        found = database.execute("SELECT state FROM attempt WHERE username = ?", (username,))
        return [state for (state,) in found]


def test_the_back_button_never_leads_to_a_used_form_or_to_a_login_that_has_ended(chromium: Chromium) -> None:
    username = persona("alma").accounts[0].username
    with chromium.tab() as tab:
        tab.log_in("alma")
        tab.save(GOOD)
        tab.shows(RECEIPT)
        tab.page.go_back()
        tab.shows(RECEIPT)
        assert tab.page.locator("#password").count() == 0
        tab.page.click("#sign-out-now button")
        tab.page.wait_for_url(f"{chromium.demo.url}/signed-out")  # by way of the hub
        tab.shows("Du er logget af")
        tab.page.go_back()
        expect(tab.page).to_have_url(f"{chromium.demo.url}/signed-out")
        tab.shows("Du er logget af")
        expect(tab.page.locator("body")).not_to_contain_text(username)


def test_the_warning_before_the_login_ends_keeps_what_is_typed(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.page.clock.install()
        tab.log_in("freja")
        tab.page.fill("#password", TOO_SHORT)
        tab.page.clock.fast_forward("08:30")
        dialog = tab.page.locator("dialog[data-session]")
        expect(dialog).to_be_visible()
        expect(dialog.locator("[role=timer]")).to_have_text(text("da", "session.unit.minutes", n=2))
        expect(dialog.locator("button:focus")).to_have_count(1)
        tab.check()
        tab.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert tab.page.input_value("#password") == TOO_SHORT
        assert tab.posts[-1] == f"{chromium.demo.url}/stay"
