"""Anything may happen, in any order, to the service, its directory and its people; slapd itself is the judge.

Hypothesis invents stories of logins, new passwords, double clicks, freezing, killing, closing of accounts and looking
again. At the end of each the server is well, the fences have passed and everything is settled. Then no word that was
said may be untrue: the last password that was called set opens the account, and none opens it that was called refused
or not set.
"""

import contextlib
import itertools
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from ldap3 import MODIFY_REPLACE

from resetapp import reset, settle, submission
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import AttemptState
from resetapp.core.passwords import PasswordRules
from resetapp.core.people import AssuranceLevel, AuthenticatedPerson, SamlLogin
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import CROWD_PASSWORD, crowd_cpr
from resetapp.reset import Desk
from resetapp.settings.model import Limits, Visits
from resetapp.storage import logins
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database
from resetapp.storage.schema import upgrade
from resetapp.storage.tables import Attempt, Login
from resetapp.trouble import Trouble
from tests.directory.binding import admin_connection, binds
from tests.faults.conftest import FIRST_OF_STORIES, ROUNDS, directory_at
from tests.faults.mortal import MortalSlapd

pytestmark = [pytest.mark.slapd, pytest.mark.faults]

_PEOPLE = 2  # in each story
_MANY = 10_000
_WHO, _DELAY = st.integers(0, _PEOPLE - 1), st.floats(0, 0.03)  # seconds until a fault
_CHANGING = (AttemptState.SET, AttemptState.PRESUMED)


class Clock:
    """The real time, and what it has been put forward by."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def desk_on(server: MortalSlapd, url: str, clock: Clock) -> Desk:
    upgrade(url)
    return Desk(
        database=Database(url),
        directories={"people": directory_at(server=server, answer=0.5)},
        rules=PasswordRules(minimum=12, maximum=128),
        limits=Limits(_MANY, _MANY, _MANY, _MANY, _MANY, _MANY),
        visits=Visits(),
        person_key=secrets.token_bytes(32),
        journal=Journal(secrets.token_bytes(32)),
        clock=clock,
    )


def sign_in(desk: Desk, number: int) -> int:
    """A verified person comes back from the hub. The id of the login."""
    token, now = secrets.token_urlsafe(16), desk.clock()
    with desk.database.transaction() as db:
        logins.open_login(db, secrets.token_hex(16), token, "da", None, now)
        pending = logins.find_opened(db, token)
    assert pending is not None
    login = SamlLogin(
        issuer="https://hub.example",
        name_id=secrets.token_hex(8),
        name_id_format="",
        name_qualifier=None,
        sp_name_qualifier=None,
        session_index=None,
        authenticated_at=now,
        ends_at=None,
        assertion_id=secrets.token_hex(16),
        assertion_expires_at=now + timedelta(minutes=5),
    )
    person = AuthenticatedPerson(CprNumber.parse(crowd_cpr(number)), "Test", AssuranceLevel.SUBSTANTIAL, login)
    reset.sign_in(desk, pending, person)
    return pending.id


def visit_of(desk: Desk, login_id: int) -> int:
    with desk.database.reading() as db:
        visit = db.get_one(Login, login_id).visit
        assert visit is not None
        return visit.id


def story_on(server: MortalSlapd, folder: Path) -> type[RuleBasedStateMachine]:
    stories = itertools.count()

    class Story(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            server.start()
            number = next(stories)
            self.clock = Clock()
            self.desk = desk_on(server, f"sqlite:///{folder}/story-{number}.db", self.clock)
            self.people = [FIRST_OF_STORIES + number * _PEOPLE + place for place in range(_PEOPLE)]
            self.passwords: dict[str, str] = {}  # attempt -> what was sent with it
            self.counter = itertools.count()

        # ---- what people do

        @rule(who=_WHO, clicks=st.sampled_from([1, 1, 2]))
        def set_a_password(self, who: int, clicks: int) -> None:
            """One click, or two at the same moment."""
            self._press(who, lambda: None, clicks)

        @rule(who=_WHO, delay=_DELAY)
        def set_a_password_while_the_server_dies(self, who: int, delay: float) -> None:
            self._well()
            death = threading.Timer(delay, server.kill)
            self._press(who, death.start)
            death.join(5) if death.is_alive() else death.cancel()

        @rule(who=_WHO, delay=_DELAY, asleep=st.sampled_from([0.2, 0.7, 1.4, 60]))
        def set_a_password_while_the_server_falls_asleep(self, who: int, delay: float, asleep: float) -> None:
            """For a moment, for longer than an answer is waited for, or until somebody makes it well."""
            self._well()

            def fall_asleep() -> None:
                server.freeze()
                if asleep < 60:
                    time.sleep(asleep)
                    server.thaw()

            sleep = threading.Timer(delay, fall_asleep)
            self._press(who, sleep.start)
            sleep.join(5) if sleep.is_alive() else sleep.cancel()

        def _press(self, who: int, at_that_moment: Callable[[], object], clicks: int = 1) -> None:
            """A person logs in, types, and presses the button; whatever goes wrong is told to them, not to us."""
            with contextlib.suppress(Trouble):
                visit_id = visit_of(self.desk, sign_in(self.desk, self.people[who]))
                [attempt] = reset.open_page(self.desk, visit_id)
                self.passwords[attempt.id] = f"Ny-Regnjakke-{who}-{next(self.counter):03d}-Zebra"
                at_that_moment()
                with ThreadPoolExecutor(clicks) as hands:
                    for _ in range(clicks):
                        hands.submit(self._click, visit_id, attempt.round, self.passwords[attempt.id])

        def _click(self, visit_id: int, round_: str, password: str) -> None:
            with contextlib.suppress(Trouble):
                submission.set_passwords(self.desk, visit_id, round_, Secret(password))

        @rule(who=_WHO, delay=_DELAY)
        def set_a_password_while_the_server_dies_in_its_sleep(self, who: int, delay: float) -> None:
            """What lay in its socket is lost for good."""
            self._well()
            sleep = threading.Timer(delay, server.freeze)
            self._press(who, sleep.start)
            sleep.join(5) if sleep.is_alive() else sleep.cancel()
            server.kill()

        # ---- what becomes of the directory

        @rule()
        def make_it_well(self) -> None:
            self._well()

        def _well(self) -> None:
            if server.alive:
                server.thaw()
            server.start()

        @rule(who=_WHO, closed=st.booleans())
        def close_or_open_an_account(self, who: int, closed: bool) -> None:
            self._well()
            self._close(who, closed)

        def _close(self, who: int, closed: bool) -> None:
            admin = admin_connection(server.endpoint)
            value = [seed.LOCKED_BY_ADMINISTRATOR] if closed else []
            admin.modify(self._dn(who), {"pwdAccountLockedTime": [(MODIFY_REPLACE, value)]})
            admin.unbind()

        @rule()
        def look_again(self) -> None:
            for _ in settle.settle(self.desk):
                continue

        # ---- the end

        def teardown(self) -> None:
            self._well()
            self.clock.ahead += timedelta(minutes=4)  # past every fence, and past what a killed worker may have left
            for _ in settle.settle(self.desk, whether_due_or_not=True):
                continue
            try:
                for who in range(_PEOPLE):
                    self._close(who, False)
                    self._judge(who, self._attempts(who))
            finally:
                self.desk.database.close()
                self.desk.directories["people"].close()

        def _attempts(self, who: int) -> list[Attempt]:
            with self.desk.database.reading() as db:
                found = db.query(Attempt).filter(Attempt.username == self._username(who)).all()
                return sorted((each for each in found if each.sent_at), key=lambda each: each.sent_at)  # type: ignore[arg-type, return-value]

        def _judge(self, who: int, attempts: list[Attempt]) -> None:
            assert all(each.settled_at is not None for each in attempts), "something was left open"
            opening = [each for each in attempts if self._opens(who, self.passwords[each.id])]
            changing = [each for each in attempts if each.state in _CHANGING]
            unknown = [each for each in attempts if each.state is AttemptState.UNKNOWN]
            assert not [each for each in opening if each.state in (AttemptState.REFUSED, AttemptState.NOT_SET)]
            if changing and changing[-1].state is AttemptState.SET and not unknown:
                assert opening == [changing[-1]], "the last password that was called set does not open the account"
            if not changing and not unknown:
                assert self._opens(who, CROWD_PASSWORD)

        def _username(self, who: int) -> str:
            return f"u{self.people[who]:06d}"

        def _dn(self, who: int) -> str:
            return f"uid={self._username(who)},{seed.PEOPLE}"

        def _opens(self, who: int, password: str) -> bool:
            works = binds(server.endpoint, self._username(who), password)
            if not works:  # three wrong ones in a row would lock the account, and hide what the next one shows
                self._close(who, False)
            return works

    return Story


def test_no_story_ends_with_an_untrue_word(slapd: MortalSlapd, tmp_path: Path) -> None:
    run_state_machine_as_test(
        story_on(slapd, tmp_path),
        settings=settings(
            max_examples=max(ROUNDS // 4, 5),
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
