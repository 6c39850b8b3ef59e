"""Support lifts a lock for the person on the phone: staff in our own directory, the locked account in a domain."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from resetapp import texts
from resetapp.core.mappings import MappingState
from resetapp.core.staff import Role
from resetapp.demo.certificates import ServerCertificates
from resetapp.settings import Encryption
from resetapp.settings.model import DirectoryKind, Limits, Protected
from resetapp.storage import mappings
from resetapp.unlock_for import No
from tests.directory.active_directory import opens
from tests.directory.opening import settings_on
from tests.mail.smtp_server import mail_settings, running_post
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.servers.running import RunningServer
from tests.storage.mapping_rows import a_request, a_row
from tests.web import mailing
from tests.web.conftest import World, hidden
from tests.web.staff_steps import enter, events, send
from tests.web.test_look_up import with_console
from tests.web.visiting import account as account_of

LOCKED = "person-001"
DN = f"CN=Person-001 Prøve,{domain.PEOPLE}"


@pytest.fixture
def server(certificates: ServerCertificates) -> Iterator[RunningServer]:
    with running_domain(certificates) as server:
        for _ in range(domain.LOCKOUT_THRESHOLD):
            server.bind_result(f"{LOCKED}@{domain.REALM.lower()}", "a wrong password")
        yield server


Make = Callable[..., World]


@pytest.fixture
def make(make_world: Make, server: RunningServer) -> Make:
    def made(*roles: Role, unlock: bool = True, of_domain: dict[str, Any] | None = None, **changes: Any) -> World:
        campus = settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, name="campus", title="Campus", unlock=unlock)
        campus = replace(campus, **(of_domain or {}))
        given = {each: changes.pop(each) for each in ("limits", "mail") if each in changes}
        world = with_console(lambda **more: make_world((campus,), **more, **given), *roles, **changes)
        enter(world)
        return world

    return made


def found(world: World, username: str = LOCKED) -> dict[str, str]:
    """What the form beside the account says."""
    page = send(world, "/staff/look-up", text=username).text
    form = page.partition('action="/staff/look-up/unlock"')[2]
    return {name: hidden(form, name) for name in ("account", "directory", "entry")} if form else {}


def unlock(world: World, **form: str) -> TestResponse:
    return send(world, "/staff/look-up/unlock", **form)


def answered(world: World) -> list[tuple[str, list[str]]]:
    return [(each["state"], each["reasons"]) for each in events(world, "staff.unlock_answered")]


def test_the_lock_is_lifted_the_password_stays_and_it_is_on_record(make: Make, server: RunningServer) -> None:
    world = make()
    form = found(world)
    page = unlock(world, **form)
    assert f"Kontoen {LOCKED} er låst op i Campus" in page.text
    assert "får besked" not in page.text
    assert opens(server, LOCKED, domain.OLD)
    [sent] = events(world, "staff.unlock_sending")
    told = {"directory": "campus", "entry_id": form["entry"], "account": LOCKED, "username": account_of("astrid")}
    assert told.items() <= sent.items()
    [answer] = events(world, "staff.unlock_answered")
    assert (answer["state"], answer["reference"]) == ("unlocked", sent["reference"])
    assert found(world) == {}
    assert f"Kontoen {LOCKED} er ikke låst efter forkerte forsøg" in unlock(world, **form).text
    assert answered(world) == [("unlocked", []), ("refused", ["not_locked"])]
    assert len(events(world, "staff.unlock_sending")) == 1


def test_the_code_in_the_owners_mail_leads_support_to_what_was_done(make: Make) -> None:
    world = make()
    unlock(world, **found(world))
    [answer] = events(world, "staff.unlock_answered")
    page = send(world, "/staff/look-up", text=answer["reference"].lower()).text
    assert f"{account_of('astrid')} bad Campus låse kontoen {LOCKED} op" in page
    assert f"Kontoen {LOCKED} i Campus: låst op" in page
    assert "Ingen forløb passer" not in page
    member = str(events(world, "staff.logged_in")[-1]["reference"])
    assert "gik ind i konsollen" not in send(world, "/staff/look-up", text=member).text
    assert events(world, "staff.looked_up")[-2]["about"] == answer["reference"]


def test_the_owner_is_told_by_mail(make: Make, server: RunningServer) -> None:
    with running_post(Encryption.NONE) as post:
        world = make(mail=mail_settings(post))
        server.change(DN, mail=["person-001@student.example.dk"])
        assert "Kontoens ejer får besked." in unlock(world, **found(world)).text
        assert mailing.send(world)
        [letter] = post.mails
        assert LOCKED in letter.text
        assert events(world, "staff.unlock_answered")[0]["reference"] in letter.text


@pytest.mark.parametrize(
    "lie",
    [{"account": "person-002"}, {"entry": "0" * 32}, {"directory": "people"}, {"directory": "none"}, {"account": "*"}],
)
def test_an_account_that_the_form_makes_up_is_not_touched(
    make: Make, server: RunningServer, lie: dict[str, str]
) -> None:
    world = make()
    page = unlock(world, **(found(world) | lie))
    assert "Den findes ikke, eller den kan ikke låses op herfra" in page.text
    assert not opens(server, LOCKED, domain.OLD)
    assert events(world, "staff.unlock_sending") == []


def test_where_it_is_not_allowed_there_is_no_button_and_no_way(make: Make, server: RunningServer) -> None:
    form = found(make())
    world = make(unlock=False)
    assert found(world) == {}
    assert "kan ikke låses op herfra" in unlock(world, **form).text
    assert not opens(server, LOCKED, domain.OLD)


def test_another_role_unlocks_nothing(make: Make, server: RunningServer) -> None:
    form = found(make())
    world = make(Role.AUDITOR)
    world.app.config["WTF_CSRF_ENABLED"] = False
    assert unlock(world, **form).status_code == 403
    assert not opens(server, LOCKED, domain.OLD)


def test_who_has_become_an_administrator_is_not_unlocked(make: Make, server: RunningServer) -> None:
    world = make(of_domain={"protected": Protected(usernames=("somebody-else",))})
    form = found(world)
    server.change(DN, adminCount=["1"])
    assert found(world) == {}
    assert "er særligt beskyttet" in unlock(world, **form).text
    assert answered(world) == [("refused", ["protected"])]
    assert not opens(server, LOCKED, domain.OLD)


def test_nobody_unlocks_an_account_of_their_own(make: Make, server: RunningServer) -> None:
    """Whoever has a staff member's MitID must not make room for guessing at that person's password."""
    world = make()
    form = found(world)
    owner = domain.cpr_of(LOCKED)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.connection().exec_driver_sql("UPDATE staff_login SET person = ?", (owner.fingerprint(key_of(world)),))
    assert found(world) == {}
    assert "er din egen" in unlock(world, **form).text
    with world.app.extensions["resetapp"].database.transaction() as db:
        named = ("campus", form["entry"])
        db.connection().exec_driver_sql("UPDATE staff_login SET person = 'x', directory = ?, entry_id = ?", named)
    assert found(world) == {}
    assert "er din egen" in unlock(world, **form).text
    assert answered(world) == [("refused", ["own"])] * 2
    assert not opens(server, LOCKED, domain.OLD)


def test_nobody_unlocks_an_account_that_is_mapped_to_them(make: Make, server: RunningServer) -> None:
    world = make()
    form = found(world)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.connection().exec_driver_sql("""UPDATE staff_login SET indexes = '{"2026a": "i"}'""")
        mapping = a_row("m", cpr_index="i", state=MappingState.APPROVED, directory="campus", entry_id=form["entry"])
        mappings.add(db, a_request(), [mapping])
    assert found(world) == {}
    assert "er din egen" in unlock(world, **form).text
    assert answered(world) == [("refused", ["own"])]
    assert not opens(server, LOCKED, domain.OLD)


def key_of(world: World) -> bytes:
    return world.settings.service.person_key


def test_an_account_is_unlocked_so_often_and_no_more(make: Make, server: RunningServer) -> None:
    world = make(limits=Limits(sets_per_account_per_day=1))
    form = found(world)
    unlock(world, **form)
    for _ in range(domain.LOCKOUT_THRESHOLD):
        server.bind_result(f"{LOCKED}@{domain.REALM.lower()}", "a wrong password")
    assert unlock(world, **form).status_code == 429
    assert not opens(server, LOCKED, domain.OLD)
    assert len(events(world, "staff.unlock_sending")) == 1


def test_a_member_has_as_many_tries_as_look_ups(make: Make) -> None:
    world = make(look_ups_per_hour=1)
    form = found(world)
    assert form
    assert unlock(world, **form).status_code == 429


def test_a_directory_that_does_not_answer_is_told_as_such(make: Make, server: RunningServer) -> None:
    world = make()
    form = found(world)
    directories = world.app.extensions["resetapp"].directories
    campus = next(each for each in world.settings.directories if each.name == "campus")
    directories["campus"].close()
    directories["campus"] = type(directories["campus"])(replace(campus, hosts=("ldaps://127.0.0.1:1",)), world.clock)
    assert "Kataloget svarede ikke" in unlock(world, **form).text
    assert events(world, "staff.unlock_sending") == []


def test_every_answer_has_its_words() -> None:
    assert [each for each in No if not texts.has(f"support.unlock_no_{each}")] == []
    states = ("unlocked", "unknown", "refused")
    assert [each for each in states if not texts.has(f"trail.unlock_{each}")] == []
    assert [each for each in states[:2] if not texts.has(f"support.unlock_is_{each}")] == []
