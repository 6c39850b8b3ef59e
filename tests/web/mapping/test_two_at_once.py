"""Two at the same moment, on both databases: one gets what they wanted, the other is told why not, nobody gets a fault.

Both have read what there is and stand before their transaction when they are let go.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from resetapp.demo import ldap_seed as seed
from resetapp.settings import DatabaseSettings
from resetapp.storage.tables import Table
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.mailing import desk
from tests.web.mapping.steps import (
    APPROVER,
    MAPPER,
    REFUSED,
    STUDENT,
    WHY,
    asked,
    console,
    freeze_links,
    join,
    main,
    mapped,
    mapping_world,
    requests_of,
    rows_of,
    seen,
    set_number,
    states,
    submit,
)
from tests.web.staff_steps import events
from tests.web.visiting import account, cpr

OTHER = "mikkel"  # asks and decides beside MAPPER and APPROVER
NEW_NUMBER = "6201901234"
Act = Callable[[], TestResponse]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest, make_world: Callable[..., World], post: Post) -> Iterator[World]:
    changes: dict[str, Any] = {}
    if request.param == "postgresql":
        changes["database"] = DatabaseSettings(request.getfixturevalue("postgresql_url"))
    world = mapping_world(partial(make_world, **changes), post)
    for group in (seed.IT_SUPPORT, seed.ADMINISTRATORS):
        join(world, OTHER, group)
    yield world
    if changes:
        with desk(world).database.transaction() as db:
            db.execute(text(f"TRUNCATE {', '.join(t.name for t in Table.metadata.sorted_tables)} CASCADE"))


class Gate:
    """Each thread waits for the other, once: behind its first look into the directory, or where it says so."""

    def __init__(self, world: World) -> None:
        self._barrier, self._passed = threading.Barrier(2, timeout=30), threading.local()
        directory = world.app.extensions["resetapp"].directories["people"]
        for moment in ("reread", "find_by_username"):
            object.__setattr__(directory, moment, self._behind(getattr(directory, moment)))

    def let_go(self, first: Act, second: Act) -> list[TestResponse]:
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda act: act(), (first, second)))
        self._passed.once = True  # who comes later, in this thread, waits for nobody
        return answers

    def wait(self) -> None:
        if not getattr(self._passed, "once", False):
            self._passed.once = True
            self._barrier.wait()

    def _behind(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*arguments: Any) -> Any:
            answer = real(*arguments)
            self.wait()
            return answer

        return waiting


def refused_one(answers: list[TestResponse]) -> str:
    """One was done, one refused with its reason, which is returned."""
    assert sorted(each.status_code for each in answers) == [303, REFUSED]
    [refused] = [each for each in answers if each.status_code == REFUSED]
    return main(refused)


def form(world: World, browser: FlaskClient, path: str, **fields: str) -> Act:
    """Of the console, filled in; the use case behind it reads the account, and waits there."""
    return lambda: submit(world, browser, path, **fields)


def held(gate: Gate, browser: FlaskClient, path: str, page: str, **fields: str) -> Act:
    """One whose use case reads no account: it waits before it is sent. `page`: where the form stands."""
    token = csrf_token(browser.get(page, base_url=PUBLIC_URL).text)
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}

    def act() -> TestResponse:
        gate.wait()
        return browser.post(path, data={"csrf_token": token, **fields}, headers=headers, base_url=PUBLIC_URL)

    return act


def test_two_who_ask_for_one_account_make_one_request(world: World) -> None:
    wanted = {"username": account(STUDENT), "cpr": cpr(STUDENT), "reason": WHY}
    with console(world, MAPPER) as first, console(world, OTHER) as second:
        answers = Gate(world).let_go(*(form(world, each, "/staff/mappings/new", **wanted) for each in (first, second)))
    assert "Der ligger allerede en anmodning" in refused_one(answers)
    assert states(world) == ["requested"]
    assert len(requests_of(world)) == len(events(world, "mapping.requested")) == 1


def test_two_who_ask_for_one_persons_new_number_make_one_request(world: World) -> None:
    mapped(world)
    wanted = {"old": cpr(STUDENT), "new": NEW_NUMBER, "reason": WHY}
    with console(world, MAPPER) as first, console(world, OTHER) as second:
        answers = Gate(world).let_go(
            *(form(world, each, "/staff/mappings/change", **wanted) for each in (first, second))
        )
    assert "Der ligger allerede en anmodning" in refused_one(answers)
    assert sorted(states(world)) == ["approved", "requested"]


def test_two_approvers_approve_once(world: World) -> None:
    address = asked(world)
    with console(world, APPROVER) as first, console(world, OTHER) as second:
        answers = Gate(world).let_go(*(form(world, each, f"{address}/approve") for each in (first, second)))
    assert "ikke længere noget at afgøre" in refused_one(answers)
    assert len(events(world, "mapping.approved")) == 1
    assert states(world) == ["approved"]


@pytest.mark.parametrize("word", ["reject", "withdraw"])
def test_a_yes_and_a_no_are_one_of_them(world: World, word: str) -> None:
    address = asked(world)
    with console(world, APPROVER) as first, console(world, OTHER if word == "reject" else MAPPER) as second:
        gate = Gate(world)
        no = held(gate, second, f"{address}/{word}", "/staff/", reason=WHY)
        answers = gate.let_go(form(world, first, f"{address}/approve"), no)
    assert "ikke længere noget at afgøre" in refused_one(answers)
    [state] = states(world)
    assert state == ("approved" if answers[0].status_code == 303 else "rejected")
    assert len(events(world, "mapping.approved")) == int(state == "approved")


@pytest.mark.parametrize("key", [STUDENT, "clara"])
def test_the_owners_no_holds_whoever_comes_first(world: World, post: Post, key: str) -> None:
    set_number(world, key, "")
    address = asked(world, about=key)
    [link] = freeze_links(world, post)
    owner = world.other_browser()
    with console(world, APPROVER) as approver:
        gate = Gate(world)
        stop = held(gate, owner, link, link)
        yes, no = gate.let_go(form(world, approver, f"{address}/approve"), stop)
    assert no.status_code == 200
    assert "Det er stoppet" in no.text
    assert states(world) == ["frozen"]
    assert len(events(world, "mapping.frozen")) == 1
    if yes.status_code == REFUSED:
        assert "ikke længere noget at afgøre" in main(yes)
    assert len(events(world, "mapping.approved")) == int(yes.status_code == 303)
    assert "/approve" not in seen(world, address)
    world.clock.forward(hours=80)
    assert world.log_in(cpr(key), world.other_browser()).location == "/stopped"


def test_a_mapping_is_taken_away_and_stopped_at_once_and_is_over(world: World, post: Post) -> None:
    """Both are a no. Whichever comes first, the other finds nothing to do, and the mapping does not count."""
    mapped(world)
    link = freeze_links(world, post)[-1]
    owner = world.other_browser()
    [line] = [each.id for each in rows_of(world)]
    with console(world, MAPPER) as mapper:
        gate = Gate(world)
        away = held(gate, mapper, f"/staff/mappings/remove/{line}", "/staff/", reason=WHY)
        gone, stopped = gate.let_go(away, held(gate, owner, link, link))
    assert stopped.status_code == 200
    [state] = states(world)
    assert (gone.status_code, state) in ((303, "removed"), (REFUSED, "frozen"), (403, "frozen"))
    assert len(events(world, "mapping.frozen")) == int(state == "frozen")
    assert len(events(world, "mapping.removed")) == int(state == "removed")
