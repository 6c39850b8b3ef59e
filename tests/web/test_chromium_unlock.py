"""Support lifts a lock for the person on the phone, in a real browser: found, opened, told, and not locked any more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from resetapp.core.staff import Role
from resetapp.demo.certificates import ServerCertificates
from resetapp.settings import DirectoryKind, Encryption, Staff
from tests.chromium import Chromium, Tab, running_chromium
from tests.directory.active_directory import opens
from tests.directory.opening import settings_on
from tests.mail.smtp_server import mail_settings, running_post
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.servers.running import RunningServer
from tests.web.conftest import Keys, World, fresh_directory, making_worlds
from tests.web.mailing import send
from tests.web.mapping.browser import SIZES, Served, check, log_in, served_at
from tests.web.staff_steps import staff_roles

pytestmark = pytest.mark.browser

LOCKED = {"da": "person-001", "en": "person-002"}
WORDS = {
    "da": ("er låst op i Campus", "Kontoens ejer får besked", "er ikke låst efter forkerte forsøg"),
    "en": ("is unlocked in Campus", "The owner of the account is told", "is not locked after wrong attempts"),
}
"""The account is open again; its owner is told; and what the button says when it is pressed once more."""


@pytest.fixture(scope="module")
def server(certificates: ServerCertificates) -> Iterator[RunningServer]:
    with running_domain(certificates) as server:
        for username in LOCKED.values():
            server.change(dn_of(username), mail=[f"{username}@example.dk"])
            for _ in range(domain.LOCKOUT_THRESHOLD):
                server.bind_result(f"{username}@{domain.REALM.lower()}", "a wrong password")
        yield server


def dn_of(username: str) -> str:
    return f"CN={domain.person(username).name},{domain.PEOPLE}"


@pytest.fixture(scope="module")
def served(
    keys: Keys,
    certificates: ServerCertificates,
    ready: Path,
    server: RunningServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    campus = settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, name="campus", title="Campus", unlock=True)
    campus = replace(campus, title_en="Campus")
    staff = Staff(enabled=True, roles=staff_roles(Role.SUPPORT))
    with (
        running_post(Encryption.NONE) as post,
        fresh_directory(certificates) as directory,
        making_worlds(keys, directory, ready, tmp_path_factory.mktemp("unlock")) as make,
    ):
        service, mail = make().settings.service, mail_settings(post)

        def at(url: str) -> World:
            return make((campus,), staff=staff, mail=mail, service=replace(service, public_url=url))

        with served_at(at, post) as served:
            yield served


@pytest.fixture(scope="module")
def chromium(served: Served) -> Iterator[Chromium]:
    with running_chromium(served) as running:
        yield running


@pytest.mark.parametrize("language", SIZES)
def test_a_locked_account_is_found_and_opened(
    served: Served, server: RunningServer, chromium: Chromium, language: str
) -> None:
    username, (opened, told, not_locked) = LOCKED[language], WORDS[language]
    assert not opens(server, username, domain.OLD)
    with chromium.tab(language) as tab, chromium.tab(language) as colleague:
        for each in (tab, colleague):
            log_in(each, served, "astrid", "/staff/login")
            look_up(each, username)
        check(tab)
        button(tab).click()
        expect(tab.page.locator("main .panel.ok")).to_contain_text(opened)
        expect(tab.page.locator("main .panel.ok")).to_contain_text(told)
        check(tab)
        button(colleague).click()
        expect(colleague.page.locator("main .panel.bad")).to_contain_text(not_locked)
        look_up(tab, username)
        expect(tab.page.locator("main .accounts li")).to_contain_text(username)
        expect(button(tab)).to_have_count(0)
    assert opens(server, username, domain.OLD)
    served.post.mails.clear()
    assert send(served.world)
    assert [mail.recipients for mail in served.post.mails] == [[f"{username}@example.dk"]]


def look_up(tab: Tab, username: str) -> None:
    tab.open("/staff/look-up")
    tab.page.fill("#text", username)
    tab.page.click("form[role=search] .btn")


def button(tab: Tab) -> Locator:
    return tab.page.locator("form[action$='/unlock'] .btn")
