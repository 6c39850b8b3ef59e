"""What the report of a period is made of: each fact, from the audit trail alone, however long that is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from resetapp import texts
from resetapp.core.code_events import CodeApproved, CodeRequested, CodeShown, CodeUsed
from resetapp.core.event import Event
from resetapp.core.events import EVENTS, NoticeCleared, StaffDenied, StaffExportedEvents, StaffLoggedIn, StaffLookedUp
from resetapp.core.mapping_events import (
    MappingApproved,
    MappingFileApproved,
    MappingFileRequested,
    MappingFirstUsed,
    MappingFrozen,
    MappingNumberChanged,
    MappingRemoved,
    MappingRequested,
    MappingRequestEnded,
    MappingSearched,
)
from resetapp.core.unlock_events import StaffUnlockAnswered
from resetapp.report import gathering
from resetapp.report.contents import Line, Report, Wanted
from resetapp.report.gathering import report
from resetapp.report.places import NOWHERE, PLACES, Deed, Section, words
from resetapp.storage.audit import Journal
from resetapp.storage.database import Database
from resetapp.storage.verification import Flaw
from tests.builders import NOON, PERSON_KEY

JOURNAL = Journal(PERSON_KEY)
NOW = NOON + timedelta(hours=1)
MIA, ASTRID = ({"person": letter * 64, "username": name} for letter, name in (("a", "mia"), ("b", "astrid")))


def of(number: int) -> dict[str, str]:
    return {"mapping": f"m{number}", "directory": "people", "entry_id": f"e{number}", "account": f"user{number}"}


def write(database: Database, *events: Event, at: datetime = NOON) -> None:
    with database.transaction() as db:
        JOURNAL.write_all(db, [(each, at) for each in events])


def execute(database: Database, statement: str) -> None:
    with database.transaction() as db:
        db.execute(text(statement))


def made(database: Database, days: int = 7, seed: str = "1", until: datetime = NOW) -> Report:
    with database.reading() as db:
        return report(db, JOURNAL.seals, Wanted(days, until, seed))


def told(lines: Iterable[Line]) -> list[tuple[str, str, str, str, str, int]]:
    """What, who did it, who had asked, who had approved, why, how many accounts."""
    return [(each.word, each.by, each.requester, each.approver, each.why, each.count) for each in lines]


def deeds(found: Report) -> dict[str, dict[Deed, int]]:
    return {each.username: dict(each.deeds) for each in found.members}


def test_the_life_of_a_mapping_is_told_with_who_asked_who_approved_and_why(database: Database) -> None:
    ask = MappingRequested(**MIA, **of(1), request="r1", why="Sag 7", notices=1)
    approve = MappingApproved(**ASTRID, **of(1), request="r1", active_from="2026-11-23", notices=1)
    write(database, ask, approve, at=NOON - timedelta(days=100))
    write(database, MappingFirstUsed(person="c" * 64, **of(1), notices=1), MappingFrozen(**of(1)))
    write(database, MappingRemoved(**ASTRID, **of(1), why="Stoppet"))
    found = made(database)
    assert told(found.lines[Section.MAPPINGS]) == [
        ("mapping_first_used", "", "mia", "astrid", "Sag 7", 1),
        ("mapping_frozen", "", "mia", "astrid", "Sag 7", 1),
        ("mapping_removed", "astrid", "mia", "astrid", "Stoppet", 1),
    ]
    assert found.lines[Section.MAPPINGS][0].accounts == [("user1", "people")]
    assert deeds(found) == {"astrid": {Deed.REMOVED: 1}}
    longer = told(made(database, days=100).lines[Section.MAPPINGS])
    assert longer[:2] == [
        ("mapping_requested", "mia", "mia", "astrid", "Sag 7", 1),
        ("mapping_approved", "astrid", "mia", "astrid", "Sag 7", 1),
    ]


@pytest.mark.parametrize("outcome", ["rejected", "withdrawn", "lapsed", "frozen", "faulty"])
def test_a_request_that_came_to_nothing_says_how(database: Database, outcome: str) -> None:
    write(database, MappingRequested(**MIA, **of(1), request="r1", why="Sag 7", notices=0))
    who = {} if outcome in ("lapsed", "frozen") else ASTRID
    write(database, MappingRequestEnded(**who, request="r1", form="single", outcome=outcome, why=""))
    line = made(database).lines[Section.MAPPINGS][1]
    assert told([line]) == [(f"mapping_request_ended_{outcome}", who.get("username", ""), "mia", "", "Sag 7", 1)]
    assert line.accounts == [("user1", "people")]
    deed = {"rejected": Deed.REJECTED, "withdrawn": Deed.WITHDREW}.get(outcome)
    assert deeds(made(database)).get("astrid") == ({deed: 1} if deed else None)


def test_the_accounts_of_one_request_are_one_line(database: Database) -> None:
    """A person's new number, for twelve accounts."""
    for number in range(12):
        write(database, MappingRequested(**MIA, **of(number), request="r1", why="Nyt nummer", notices=0))
    for number in range(12):
        write(database, MappingNumberChanged(**ASTRID, **of(number), request="r1", replaced="m99"))
        write(database, MappingApproved(**ASTRID, **of(number), request="r1", active_from="", notices=0))
    write(database, MappingApproved(**ASTRID, **of(20), request="r2", active_from="", notices=0))
    lines = made(database).lines[Section.MAPPINGS]
    assert told(lines) == [
        ("mapping_requested", "mia", "mia", "astrid", "Nyt nummer", 12),
        ("mapping_number_changed", "astrid", "mia", "astrid", "Nyt nummer", 12),
        ("mapping_approved", "astrid", "mia", "astrid", "Nyt nummer", 12),
        ("mapping_approved", "astrid", "", "astrid", "", 1),
    ]
    assert deeds(made(database)) == {"astrid": {Deed.APPROVED: 2}, "mia": {Deed.ASKED: 1}}
    assert [name for name, _ in lines[2].accounts] == [f"user{number}" for number in range(10)]


def test_a_file_is_one_line_with_its_rows_also_where_the_period_cuts_it(database: Database) -> None:
    file = {"request": "f1", "form": "import", "file": "0" * 64}
    write(database, MappingFileRequested(**MIA, **file, rows=40, changed=1, removed=1, why="Årets optag"))
    write(database, MappingFileApproved(**ASTRID, **file, rows=40, removed=1))
    for number in range(40):
        write(database, MappingApproved(**ASTRID, **of(number), request="f1", active_from="", notices=0))
    write(database, MappingNumberChanged(**ASTRID, **of(3), request="f1", replaced="m99"))
    write(database, *(MappingRemoved(**ASTRID, **of(each), why="Årets optag") for each in (50, 51)))
    write(database, MappingFirstUsed(**of(8), notices=0))
    found = made(database)
    assert told(found.lines[Section.MAPPINGS]) == [
        ("mapping_file_requested", "mia", "mia", "astrid", "Årets optag", 40),
        ("mapping_file_approved", "astrid", "mia", "astrid", "Årets optag", 40),
        ("mapping_removed", "astrid", "", "", "Årets optag", 2),
        ("mapping_first_used", "", "mia", "astrid", "Årets optag", 1),
    ]
    assert deeds(found) == {"astrid": {Deed.APPROVED: 1, Deed.REMOVED: 2}, "mia": {Deed.ASKED: 1}}
    midnight = datetime.combine(NOON.astimezone(texts.TIME_ZONE).date(), datetime.min.time(), texts.TIME_ZONE)
    write(database, MappingFileApproved(**ASTRID, **(file | {"request": "f2"}), rows=1, removed=0), at=midnight)
    late = MappingApproved(**ASTRID, **of(60), request="f2", active_from="", notices=0)
    write(database, late, at=midnight + timedelta(days=1, minutes=5))
    assert made(database, days=1, until=midnight + timedelta(days=2, hours=1)).lines[Section.MAPPINGS] == []


def test_of_several_that_were_removed_together_no_one_requester_is_told(database: Database) -> None:
    for who, number in ((MIA, 1), (ASTRID, 2)):
        write(database, MappingRequested(**who, **of(number), request=f"r{number}", why="Sag 7", notices=0))
    write(database, *(MappingRemoved(**ASTRID, **of(number), why="Fratrådt") for number in (1, 2)))
    write(database, MappingRemoved(**MIA, **of(3), why="Fratrådt"))
    lines = told(made(database).lines[Section.MAPPINGS])[2:]
    assert lines == [
        ("mapping_removed", "astrid", "", "", "Fratrådt", 2),
        ("mapping_removed", "mia", "", "", "Fratrådt", 1),
    ]


def test_codes_and_unlockings_have_their_lines(database: Database) -> None:
    account = {"directory": "people", "entry_id": "e1", "account": "freja"}
    code = account | {"request": "c1"}
    write(database, CodeRequested(**MIA, **code, id_check="passport", why="Vist ved skranken"))
    write(database, CodeApproved(**ASTRID, **code), CodeShown(**MIA, **code, until="", notices=1))
    write(database, CodeUsed(person="c" * 64, **code, outcome="open"))
    write(database, StaffUnlockAnswered(**MIA, **account, state="refused", reasons=()))
    found = made(database)
    assert told(found.lines[Section.CODES]) == [
        ("code_shown", "mia", "mia", "astrid", "Vist ved skranken", 1),
        ("code_used", "", "mia", "astrid", "Vist ved skranken", 1),
    ]
    assert told(found.lines[Section.UNLOCKS]) == [("staff_unlock_answered_refused", "mia", "", "", "", 1)]
    assert deeds(found) == {
        "astrid": {Deed.APPROVED: 1},
        "mia": {Deed.ASKED: 1, Deed.SHOWN: 1, Deed.UNLOCKED: 1},
    }


def test_what_each_of_the_staff_did_is_counted_for_the_person_and_not_the_name(database: Database) -> None:
    for by, times in (("reference", 1), ("username", 2), ("cpr", 3)):
        write(database, *[StaffLookedUp(**MIA, by=by, about="x", found=1)] * times)
    write(database, MappingSearched(**MIA, about="user1", found=0), StaffDenied(**MIA, task="read_events"))
    write(database, StaffLoggedIn(**ASTRID, directory="people", entry_id="e", roles=("auditor",)))
    write(database, StaffExportedEvents(**ASTRID, wanted="", form="csv", why="Tilsyn"))
    write(database, StaffLookedUp(person="c" * 64, username="mia", by="cpr", about="x", found=1))
    found = [(each.username, dict(each.deeds)) for each in made(database).members]
    assert found[0] == ("astrid", {Deed.LOGGED_IN: 1, Deed.EXPORTED: 1})
    mia = {Deed.BY_REFERENCE: 1, Deed.BY_USERNAME: 2, Deed.BY_CPR: 3, Deed.SEARCHED: 1, Deed.DENIED: 1}
    assert found[1:] == [("mia", mia), ("mia", {Deed.BY_CPR: 1})]


def test_the_sample_is_the_same_for_the_same_seed_and_another_for_another(database: Database) -> None:
    write(database, *(StaffLookedUp(**MIA, by="username", about=f"user{each}", found=each) for each in range(60)))
    write(database, StaffLookedUp(**MIA, by="cpr", about="f" * 64, found=1))
    first, again, other = (made(database, seed=seed).sample for seed in ("kb1", "kb1", "kb2"))
    assert (len(first), first == again) == (10, True)
    assert first != other
    assert first == sorted(first, key=lambda each: each.seq)
    assert all((each.username, each.about, each.found) == ("mia", f"user{each.found}", each.found) for each in first)
    write(database, *(StaffLookedUp(**MIA, by="username", about="late", found=1) for _ in range(60)), at=NOW)
    assert made(database, seed="kb1").sample == first
    assert made(database).look_ups == 61
    seen = {each.about for seed in map(str, range(60)) for each in made(database, seed=seed).sample if each.deed}
    assert len(seen) > 50  # every one may be chosen
    assert "f" * 64 not in seen
    assert "" in seen


def test_a_period_is_whole_days_of_danish_time_and_today_so_far(database: Database) -> None:
    midnight = made(database).since
    assert midnight.isoformat() == f"{(NOON - timedelta(days=7)).date()}T00:00:00+01:00"
    for at in (midnight - timedelta(seconds=1), midnight, NOW - timedelta(seconds=1), NOW):
        write(database, MappingFrozen(**of(1)), at=at)
    assert [each.at for each in made(database).lines[Section.MAPPINGS]] == [midnight, NOW - timedelta(seconds=1)]
    assert len(made(database, days=30).lines[Section.MAPPINGS]) == 3


def test_nothing_in_a_period_is_a_report_too(database: Database) -> None:
    write(database, NoticeCleared(by="1"))
    found = made(database)
    assert ([*found.lines.values()], found.members, found.sample, found.broken) == ([[], [], []], [], [], [])
    assert (found.checked, found.newest) == (0, 1)


def test_what_was_tampered_with_erased_or_cut_off_is_told(database: Database) -> None:
    write(database, *(MappingFrozen(**of(each)) for each in range(5)))
    assert (made(database).broken, made(database).checked, made(database).newest) == ([], 5, 5)
    execute(database, "UPDATE audit_event SET facts = '[' WHERE seq = 2")
    execute(database, "UPDATE audit_event SET name = 'mapping.file_approved', facts = '{\"rows\":\"x\"}' WHERE seq = 3")
    execute(database, "UPDATE audit_event SET facts = NULL WHERE seq = 4")
    execute(database, "DELETE FROM audit_event WHERE seq = 5")
    found = made(database)
    assert (found.unreadable, found.erased, len(found.lines[Section.MAPPINGS])) == (2, 1, 1)
    flaws = {(each.seq, each.flaw) for each in found.broken}
    assert {(2, Flaw.FACTS), (3, Flaw.FACTS), (4, Flaw.DELETED), (5, Flaw.MISSING)} <= flaws


def test_too_many_of_a_kind_are_counted_and_hide_no_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_LINES", 3)
    write(database, *(MappingFirstUsed(**of(each), notices=0) for each in range(8)), MappingFrozen(**of(1)))
    found = made(database)
    assert [each.word for each in found.lines[Section.MAPPINGS]] == ["mapping_first_used"] * 3 + ["mapping_frozen"]
    assert dict(found.left) == {"mapping_first_used": 5}


def test_every_declared_event_has_its_place_and_every_word_its_text() -> None:
    assert set(PLACES) == set(EVENTS)
    assert [word for word in words() if not texts.has(f"report.is_{word}")] == []
    assert [deed for deed in Deed if not texts.has(f"report.did_{deed}")] == []
    by_staff = {name for name in EVENTS if name.startswith("staff.")} - {"staff.unlock_sending"}
    assert [name for name in by_staff if PLACES[name] == NOWHERE] == []
