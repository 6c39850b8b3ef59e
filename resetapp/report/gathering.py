"""From the audit trail to the report: one pass over the period's events, verified as they pass, and one over earlier
ones for who asked and who approved. Memory does not grow with the trail, nor with what happened in the period.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from resetapp.core.mapping_events import (
    MappingApproved,
    MappingFileApproved,
    MappingNumberChanged,
    MappingRemoved,
    MappingRequested,
)
from resetapp.report.contents import MOST_LINES, Line, LookUpSeen, MemberDeeds, Report, Wanted
from resetapp.report.origins import NAMES, Origins
from resetapp.report.places import LOOK_UPS, PLACES, TOLD, Section, deed_of, word_of
from resetapp.report.sampling import Sample
from resetapp.storage.chain import Seals
from resetapp.storage.database import Session
from resetapp.storage.report_events import earlier, of_time
from resetapp.storage.tables import AuditEvent
from resetapp.storage.verification import Broken, verify_some
from resetapp.texts import TIME_ZONE

_OF_A_FILE = (MappingApproved.name, MappingNumberChanged.name)
_FOR_EACH_ACCOUNT = (MappingRequested.name, MappingApproved.name)
_LONGEST_IMPORT = timedelta(days=2)


def report(db: Session, seals: Seals, wanted: Wanted) -> Report:
    """Raises DatabaseDown."""
    gathering = _Gathering(wanted)
    gathering.files |= _files_before(db, gathering.report.since)
    gathering.verify(db, seals, ())  # the head, even where nothing has happened
    for events in of_time(db, TOLD, gathering.report.since, wanted.until):
        gathering.verify(db, seals, events)
        for event in events:
            gathering.take(event)
    found = gathering.finish()
    origins = Origins(line for lines in found.lines.values() for line in lines)
    if origins.wanted:
        for name, facts in earlier(db, NAMES, wanted.until):
            origins.take(name, facts)
        origins.fill()
    return found


def first_moment(wanted: Wanted) -> datetime:
    """Whole days: a weekly report then leaves no hour between it and the last one, whenever it is made."""
    day = wanted.until.astimezone(TIME_ZONE).date() - timedelta(days=wanted.days)
    return datetime.combine(day, time(), TIME_ZONE)


def _files_before(db: Session, since: datetime) -> set[str]:
    """Whose rows may still be coming in when the period begins."""
    found = of_time(db, [MappingFileApproved.name], since - _LONGEST_IMPORT, since)
    facts = [_facts(event) for events in found for event in events]
    return {str(each.get("request")) for each in facts if each}


def _facts(event: AuditEvent) -> dict[str, Any] | None:
    """None where they are erased, or are none any more."""
    try:
        facts = json.loads(event.facts or "null")
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None


class _Gathering:
    """`files`: requests of files: each is one line, with the number of its rows."""

    def __init__(self, wanted: Wanted) -> None:
        self.report = Report(wanted, first_moment(wanted))
        self.files: set[str] = set()
        self._sample = Sample(wanted.seed)
        self._members: dict[str, MemberDeeds] = {}
        self._broken: dict[Broken, None] = {}
        self._told: dict[tuple[str, ...], Line] = {}  # those that are kept
        self._kinds: Counter[str] = Counter()
        self._last: dict[str, str] = {}

    def verify(self, db: Session, seals: Seals, events: Sequence[AuditEvent]) -> None:
        found = verify_some(db, seals, events)
        self.report.checked += found.events
        self.report.newest = found.newest.seq if found.newest else 0
        self._broken |= dict.fromkeys(found.broken)

    def take(self, event: AuditEvent) -> None:
        facts = _facts(event)
        if event.facts is None:
            self.report.erased += 1
        elif facts is None or not self._taken(event, facts):
            self.report.unreadable += 1

    def _taken(self, event: AuditEvent, facts: Mapping[str, Any]) -> bool:
        """An edited row must not end the report: that it was edited is just what the report has to tell."""
        try:
            self._take(event, facts)
        except (ValueError, TypeError):
            return False
        return True

    def _take(self, event: AuditEvent, facts: Mapping[str, Any]) -> None:
        if event.name == MappingFileApproved.name:
            self.files.add(str(facts.get("request")))
        if event.name in _OF_A_FILE and facts.get("request") in self.files:
            return
        if not self._of_the_last(event.name, facts):
            self._count(event.name, facts)
        if event.name in LOOK_UPS:
            self._look_up(event, facts)
        if section := PLACES[event.name].section:
            self._line(section, event, facts)

    def _of_the_last(self, name: str, facts: Mapping[str, Any]) -> bool:
        """A request for many accounts has an event for each, one after the other, and is one request."""
        if name not in _FOR_EACH_ACCOUNT:
            return False
        request = str(facts.get("request"))
        last, self._last[name] = self._last.get(name), request
        return last == request

    def _count(self, name: str, facts: Mapping[str, Any]) -> None:
        """A person and not a name: two directories may have the same one."""
        username, deed = str(facts.get("username") or ""), deed_of(name, facts)
        if username and deed:
            member = self._members.setdefault(str(facts.get("person") or username), MemberDeeds(username))
            member.deeds[deed] += 1

    def _look_up(self, event: AuditEvent, facts: Mapping[str, Any]) -> None:
        self.report.look_ups += 1
        about = "" if facts.get("by") == "cpr" else str(facts.get("about", ""))
        told = str(facts.get("username", "")), deed_of(event.name, facts), about, str(facts.get("found", ""))
        self._sample.take(LookUpSeen(event.seq, event.at, *told))

    def _line(self, section: Section, event: AuditEvent, facts: Mapping[str, Any]) -> None:
        key = _group(event, facts)
        line = self._told.get(key)
        if line is None:
            line = _new_line(event, facts)
            if self._kinds[line.word] == MOST_LINES:
                self.report.left[line.word] += 1
                return
            self._kinds[line.word] += 1
            self.report.lines[section].append(line)
            self._told[key] = line
        elif event.name == MappingRemoved.name:
            line.mapping = ""  # of several: each may have another requester
        if "account" in facts:
            line.add((str(facts["account"]), str(facts.get("directory", ""))))

    def finish(self) -> Report:
        found = self.report
        found.broken, found.sample = list(self._broken), self._sample.chosen()
        found.members = sorted(self._members.values(), key=lambda each: each.username.lower())
        return found


def _group(event: AuditEvent, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What is told in one line: the accounts of one request, or those that one person took away for one reason in a
    day (a file does that, and so may somebody by hand: the line counts them either way).
    """
    if event.name == MappingRemoved.name:
        day = event.at.astimezone(TIME_ZONE).date().isoformat()
        return event.name, str(facts.get("person")), str(facts.get("why")), day
    if event.name.startswith("mapping.") and facts.get("request"):
        return event.name, str(facts["request"])
    return event.name, str(event.seq)


def _new_line(event: AuditEvent, facts: Mapping[str, Any]) -> Line:
    """A file is told by its rows; what ended in no decision has no approver."""
    line = Line(event.at, word_of(event.name, facts), str(facts.get("username") or ""), str(facts.get("why") or ""))
    line.request, line.mapping = str(facts.get("request") or ""), str(facts.get("mapping") or "")
    line.count = int(facts.get("rows") or 0)
    return line
