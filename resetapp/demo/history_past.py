"""The desk as the staff used it in the past: the service's own use cases, on the demo's real accounts, at other times.

What they do is planned, then done in its order of time. Events are gathered instead of written, for those of the
visits belong between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from resetapp import deliver
from resetapp.app import desk_of
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.event import Event
from resetapp.core.events import StaffLoggedIn
from resetapp.core.notices import Delivery, Fate
from resetapp.core.outcomes import Outcome
from resetapp.core.staff import Purpose
from resetapp.demo.persona import Persona
from resetapp.settings import Settings
from resetapp.storage import audit
from resetapp.storage.database import Database
from resetapp.storage.logins import new_reference, new_token, token_hash
from resetapp.storage.outbox import Channel
from resetapp.storage.tables import Login, StaffLogin
from resetapp.texts import TIME_ZONE

_SENT_BY_THE_DEMO = timedelta(days=1)  # younger mails wait for the running service
_POST = deliver.Courier(Channel.MAIL, lambda _facts, _now: lambda: Delivery(Fate.SENT))
_MINUTE, _IDLE = timedelta(minutes=1), timedelta(minutes=15)


class GatheringJournal(audit.Journal):
    """Gathers the events that it is given; `events` grows."""

    def __init__(self, person_key: bytes) -> None:
        super().__init__(person_key)
        self.events: list[tuple[Event, datetime]] = []

    def write_all(self, db: object, events: Sequence[tuple[Event, datetime]]) -> None:
        self.events += events


class Past:
    """`at`: the moment that everything takes for now. The directories must answer."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings, self.now, self.at = settings, now, now
        self.journal = GatheringJournal(settings.service.person_key)
        desk = desk_of(settings, lambda: self.at, invented=True)
        if desk.register is None:
            raise ValueError("the demo's mappings are switched off")
        self.register = replace(desk.register, journal=self.journal)
        self.desk = replace(desk, journal=self.journal, register=self.register)
        self._plans: list[tuple[datetime, Callable[[], object]]] = []
        self._members: dict[str, StaffLogin] = {}
        self._let_in: dict[str, datetime] = {}
        self._logins: list[StaffLogin] = []
        _wait_for_no_disk(self.desk.database)

    def close(self) -> None:
        self.desk.close()

    # ---- planning

    def plan(self, when: datetime, act: Callable[..., object], *given: object) -> None:
        """To be done then, as `act(*given)`."""
        self._plans.append((when, lambda: act(*given)))

    def workday(self, back: int, clock: str) -> datetime:
        """`back`: so many working days before today, at this time in Denmark."""
        day = self.now.astimezone(TIME_ZONE).date()
        while back:
            day -= timedelta(days=1)
            back -= _is_workday(day)
        return datetime.combine(day, time.fromisoformat(clock), TIME_ZONE).astimezone(self.now.tzinfo)

    def ago(self, **how_long: int) -> datetime:
        return self.now - timedelta(**how_long)

    def play(self) -> None:
        for when, act in sorted(self._plans, key=lambda each: each[0]):
            self.at = when
            act()
            if when < self.now - _SENT_BY_THE_DEMO:
                self.at += timedelta(seconds=20)
                deliver.send_due(self.desk, _POST)
        with self.desk.database.transaction() as db:
            db.add_all(self._logins)

    # ---- who and what

    def member(self, persona: Persona) -> StaffLogin:
        """As they are logged in to the console at this moment; when they were not, they log in now."""
        known, since = self._members.get(persona.key), self._let_in.get(persona.key)
        if known is None:
            known = self._members[persona.key] = self._found(persona)
        if since is None or self.at - since > self.settings.visits.confirm_after:
            self._let_in[persona.key] = self.at
            self._log_in(known)
        return known

    def _found(self, persona: Persona) -> StaffLogin:
        """What no session holds on to."""
        cpr, roles = CprNumber.parse(persona.cpr or ""), self.settings.staff.roles
        place = roles[0].directory
        [found] = self.desk.directories[place].memberships(cpr, tuple({each.group for each in roles}))
        return StaffLogin(
            person=cpr.fingerprint(self.desk.person_key),
            directory=place,
            entry_id=found.key.entry_id,
            username=found.username,
            roles=sorted({each.role for each in roles if each.group in found.groups}),
            indexes=dict(self.register.indexes.of(cpr)),
        )

    def _log_in(self, known: StaffLogin) -> None:
        began, who = self.at - _MINUTE, {"person": known.person, "username": known.username}
        who |= {"directory": known.directory, "entry_id": known.entry_id}
        login = login_at(began)
        login.ended_at, login.outcome = began + _IDLE, Outcome.EXPIRED
        self._logins.append(StaffLogin(login=login, roles=known.roles, indexes=known.indexes, **who))
        told = StaffLoggedIn(reference=login.reference, roles=tuple(known.roles), **who)
        self.journal.events.append((told, began))

    def account(self, username: str) -> DirectoryAccount:
        [found] = [each for some in self.desk.directories.values() for each in some.find_by_username(username)]
        return found


def login_at(at: datetime, purpose: Purpose = Purpose.CONSOLE) -> Login:
    """Completed then."""
    return Login(
        reference=new_reference(),
        request_id=f"_{new_token()}",
        browser_hash=token_hash(new_token()),
        language="da",
        purpose=purpose,
        opened_at=at - timedelta(seconds=30),
        completed_at=at,
        authenticated_at=at,
        seen_at=at,
        assurance=2,
    )


def _wait_for_no_disk(database: Database) -> None:
    """Hundreds of transactions that nobody would miss: should the machine fail, the demo is over."""
    connection = database.engine.raw_connection()
    connection.cursor().execute("PRAGMA synchronous=OFF")
    connection.close()


def _is_workday(day: date) -> bool:
    return day.weekday() < 5
