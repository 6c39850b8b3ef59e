"""A mapping's later life in a real browser: its person gets another number, it is taken away, its owner's no is lifted.

One app and one browser for all of it; each test has an account of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState
from resetapp.demo.certificates import ServerCertificates
from resetapp.mapping import decisions, owner, requests
from resetapp.mapping.requests import Wanted
from resetapp.settings import Encryption
from resetapp.storage.tables import StaffLogin
from tests.chromium import Chromium, Tab, running_chromium
from tests.directory.binding import binds
from tests.mail.smtp_server import running_post
from tests.mapping.conftest import number
from tests.web.conftest import Keys, fresh_directory, making_worlds
from tests.web.mailing import desk
from tests.web.mailing import send as send_mails
from tests.web.mapping.browser import SIZES, Served, check, log_in, log_in_with, served_world
from tests.web.mapping.steps import APPROVER, MAPPER, WHY, rows_of, set_number
from tests.web.visiting import GOOD, account, cpr

pytestmark = pytest.mark.browser

OF_CHANGE = {"da": "freja", "en": "clara"}
OF_REMOVAL = {"da": "noah", "en": "mikkel"}
NEW = {"da": number(71), "en": number(72)}
WORDS = {
    "da": (
        "Nyt CPR-nummer",
        "er det samme som det gamle",
        "Ingen konto er knyttet til det gamle",
        "mindst 5 tegn",
        "Fjernet",
        "En anden end den, der bad om det",
    ),
    "en": (
        "New CPR number",
        "is the same as the old",
        "No account is linked",
        "at least 5 characters",
        "Removed",
        "Somebody other",
    ),
}
"""The title of the form, what is wrong with one number typed twice and with one that is not mapped, and with a reason
that says nothing; what an ended mapping is called; and who alone may lift the owner's no."""


@pytest.fixture(scope="module")
def served(
    keys: Keys, certificates: ServerCertificates, ready: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with (
        running_post(Encryption.NONE) as post,
        fresh_directory(certificates) as directory,
        making_worlds(keys, directory, ready, tmp_path_factory.mktemp("changed")) as make_world,
        served_world(make_world, post) as served,
    ):
        for key in (*OF_CHANGE.values(), *OF_REMOVAL.values()):
            set_number(served.world, key, "")
        yield served


@pytest.fixture(scope="module")
def chromium(served: Served) -> Iterator[Chromium]:
    with running_chromium(served) as running:
        yield running


@pytest.mark.parametrize("language", SIZES)
def test_a_changed_number_takes_the_old_ones_place(served: Served, chromium: Chromium, language: str) -> None:
    key, world = OF_CHANGE[language], served.world
    counting(served, key)
    with chromium.tab(language) as mapper, chromium.tab(language) as approver:
        address = ask_for_change(mapper, served, key)
        approve(approver, served, address)
    assert states(served, key) == ["superseded", "approved"]
    with chromium.tab(language) as person:
        log_in(person, served, key)
        expect(person.page).to_have_url(f"{served.url}/stopped")
        send_mails(world)
        world.clock.forward(hours=25)
        log_in_with(person, served, NEW[language])
        person.save(GOOD)
        expect(person.page).to_have_url(f"{served.url}/done")
    assert binds(world.endpoint, account(key), GOOD)


@pytest.mark.parametrize("language", SIZES)
def test_a_mapping_is_taken_away_by_one_and_an_owners_no_by_who_did_not_ask(
    served: Served, chromium: Chromium, language: str
) -> None:
    key = OF_REMOVAL[language]
    counting(served, key)
    with chromium.tab(language) as mapper:
        log_in(mapper, served, MAPPER, "/staff/login")
        take_away(mapper, key, frozen=False)
        assert states(served, key) == ["removed"]
        stopped = counting(served, key)
        assert owner.freeze(desk(served.world), stopped)
        log_in(mapper, served, MAPPER, "/staff/login")
        mapper.open("/staff/mappings")
        expect(mapper.page.locator(f".mappings tr:has(th a:text-is('{account(key)}'))")).to_be_visible()
        expect(mapper.page.locator(f"a[href$='{stopped}']")).to_have_count(0)
        mapper.open(f"/staff/mappings/remove/{stopped}")
        give_reason(mapper, WHY)
        expect(mapper.page.locator("[data-error-summary] a[href='#reason']")).to_contain_text(WORDS[language][5])
        assert states(served, key) == ["removed", "frozen"]
    with chromium.tab(language) as approver:
        log_in(approver, served, APPROVER, "/staff/login")
        take_away(approver, key, frozen=True)
        check(approver)
    assert states(served, key) == ["removed", "removed"]
    with chromium.tab(language) as person:
        log_in(person, served, key)
        expect(person.page).to_have_url(f"{served.url}/stopped")


def counting(served: Served, key: str) -> str:
    """A mapping of this person's account and number: MAPPER asked, somebody approved, and the wait is over."""
    kept = desk(served.world)
    assert kept.register is not None

    def member(fingerprint: str, own: str) -> StaffLogin:
        indexes = dict(kept.register.indexes.of(CprNumber.parse(own))) if kept.register else {}
        return StaffLogin(person=fingerprint, username="it", directory="people", entry_id="none", indexes=indexes)

    asking = member(CprNumber.parse(cpr(MAPPER)).fingerprint(served.world.settings.service.person_key), cpr(MAPPER))
    wanted = Wanted(account(key), CprNumber.parse(cpr(key)), WHY)
    request = requests.request(kept, kept.register, asking, wanted)
    decisions.approve(kept, kept.register, member("b" * 64, number(70)), request)
    send_mails(served.world)
    served.world.clock.forward(hours=25)
    [mapping] = [each for each in rows_of(served.world) if each.request_id == request]
    return mapping.id


def states(served: Served, key: str) -> list[str]:
    """Of this account's mappings, the oldest first."""
    return [MappingState(each.state).value for each in rows_of(served.world) if each.username == account(key)]


def ask_for_change(tab: Tab, served: Served, key: str) -> str:
    """With one number twice, then with one that nobody has, then as it should be."""
    title, same, none, *_ = WORDS[tab.language]
    log_in(tab, served, MAPPER, "/staff/login")
    tab.open("/staff/mappings")
    tab.page.click("a[href='/staff/mappings/change']")
    tab.shows(title)
    fill_change(tab, cpr(key), cpr(key))
    expect(tab.page.locator("[data-error-summary] a[href='#new']")).to_contain_text(same)
    fill_change(tab, number(79), NEW[tab.language])
    expect(tab.page.locator("[data-error-summary] a[href='#old']")).to_contain_text(none)
    expect(tab.page.locator("#old")).to_have_value("")
    expect(tab.page.locator("#new")).to_have_value("")
    check(tab)
    fill_change(tab, cpr(key), NEW[tab.language])
    expect(tab.page.locator("main .card strong")).to_have_text(account(key))
    expect(tab.page.locator("form[action$='/approve']")).to_have_count(0)
    check(tab)
    return tab.page.url


def fill_change(tab: Tab, old: str, new: str) -> None:
    for name, value in (("old", old), ("new", new), ("reason", WHY)):
        tab.page.fill(f"#{name}", value)
    tab.page.click("form[action$='/change'] .btn >> nth=0")


def approve(tab: Tab, served: Served, address: str) -> None:
    log_in(tab, served, APPROVER, "/staff/login")
    tab.page.goto(address)
    tab.page.click("form[action$='/approve'] .btn")
    expect(tab.page.locator("h1 .tag.ok")).to_be_visible()
    check(tab)


def take_away(tab: Tab, key: str, *, frozen: bool) -> None:
    """First without a reason."""
    start_taking_away(tab, key)
    expect(tab.page.locator("main .panel.warn")).to_have_count(int(frozen))
    give_reason(tab, "")
    expect(tab.page.locator("[data-error-summary] a[href='#reason']")).to_contain_text(WORDS[tab.language][3])
    check(tab)
    give_reason(tab, WHY)
    expect(tab.page.locator("main .card .tone")).to_have_text(WORDS[tab.language][4])


def start_taking_away(tab: Tab, key: str) -> None:
    tab.open("/staff/mappings")
    tab.page.click(f".mappings tr:has(th a:text-is('{account(key)}')) a[href*='/remove/']")
    expect(tab.page.locator("main .card strong")).to_have_text(account(key))


def give_reason(tab: Tab, reason: str) -> None:
    tab.page.fill("#reason", reason)
    tab.page.click("form[action*='/remove/'] .btn >> nth=0")
