"""The report in words: the same tables for the page, the file and the mail. No fingerprint is in them, and nothing that
looks like a CPR number leaves here.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from resetapp import texts
from resetapp.audit_export import harmless
from resetapp.logs import scrubbed
from resetapp.report.contents import Account, Line, LookUpSeen, Report
from resetapp.report.places import Deed, Section
from resetapp.settings import DirectorySettings
from resetapp.storage.verification import Broken

_NONE = "–"
_MOST_BROKEN = 20
_LINES = ("when", "what", "account", "by", "requester", "approver", "why")
_DEEDS = ("member", "did", "times")
_SAMPLE = ("when", "member", "did", "about", "found", "number")


@dataclass(frozen=True, slots=True)
class ReportTable:
    """`notes`: sentences before it. `wide`: too wide for a phone, where each row is shown as a card."""

    id: str
    heading: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Of one language."""

    language: str
    directories: tuple[DirectorySettings, ...]

    def text(self, key: str, **values: object) -> str:
        return texts.text(self.language, key, **values)

    def number(self, count: int) -> str:
        return texts.number(self.language, count)

    # ---- the report's head

    def period(self, report: Report) -> str:
        since, until = texts.date(self.language, report.since), texts.date_time(self.language, report.wanted.until)
        return self.text("report.period", since=since, until=until)

    def chain(self, report: Report) -> list[str]:
        """What was verified, and what of it does not hold."""
        told = {"num": self.number(report.checked), "newest": report.newest}
        first = self.text("report.broken") if report.broken else self.text("report.holds", **told)
        lines = [first, *map(self._broken, report.broken[:_MOST_BROKEN])]
        if len(report.broken) > _MOST_BROKEN:
            lines.append(self.text("report.more_broken", num=self.number(len(report.broken) - _MOST_BROKEN)))
        if report.unreadable:
            lines.append(self.text("report.unreadable", num=self.number(report.unreadable)))
        if report.erased:
            lines.append(self.text("report.erased", num=self.number(report.erased)))
        return lines

    def _broken(self, found: Broken) -> str:
        return self.text("trail.flaw", seq=found.seq, flaw=self.text(f"trail.flaw_{found.flaw}"))

    # ---- its tables

    def tables(self, report: Report) -> list[ReportTable]:
        found = [self._section(report, section) for section in Section]
        deeds = [row for member in report.members for row in self._deeds(member.username, member.deeds)]
        found.append(self._table("members", (), _DEEDS, deeds))
        told = {"num": self.number(len(report.sample)), "all": self.number(report.look_ups)}
        notes = (self.text("report.sample_note", seed=report.wanted.seed, **told),) if report.sample else ()
        found.append(self._table("sample", notes, _SAMPLE, map(self._seen, report.sample)))
        return found

    def _section(self, report: Report, section: Section) -> ReportTable:
        left = {word: count for word, count in report.left.items() if word.startswith(_WORDS[section])}
        notes = [
            self.text("report.left", what=self.text(f"report.is_{word}"), num=self.number(count))
            for word, count in left.items()
        ]
        return self._table(section, notes, _LINES, map(self._line, report.lines[section]))

    def _table(
        self, id_: str, notes: Iterable[str], columns: Sequence[str], rows: Iterable[Sequence[str]]
    ) -> ReportTable:
        made = tuple(tuple(scrubbed(cell) or _NONE for cell in row) for row in rows)
        heads = tuple(self.text(f"report.col_{each}") for each in columns)
        heading = self.text(f"report.heading_{id_}", num=self.number(len(made)))
        return ReportTable(id_, heading, tuple(notes), heads, made, columns is not _DEEDS)

    def _line(self, line: Line) -> tuple[str, ...]:
        what, at = self.text(f"report.is_{line.word}"), texts.date_time(self.language, line.at)
        return at, what, self._accounts(line), line.by, line.requester, line.approver, line.why

    def _accounts(self, line: Line) -> str:
        if line.count and not line.accounts:
            return self.text("report.rows", num=self.number(line.count))
        named = self._named(line.accounts)
        more = line.count - len(line.accounts)
        return self.text("report.more_accounts", names=named, num=self.number(more)) if more > 0 else named

    def _named(self, accounts: Sequence[Account]) -> str:
        """A directory is named once, behind its own."""
        by_directory: dict[str, list[str]] = {}
        for username, directory in accounts:
            by_directory.setdefault(directory, []).append(username)
        told = ((", ".join(names), self._title(directory)) for directory, names in by_directory.items())
        return ", ".join(f"{names} ({title})" if title else names for names, title in told)

    def _title(self, name: str) -> str:
        found = next((each for each in self.directories if each.name == name), None)
        return name if found is None else (self.language == "en" and found.title_en) or found.title

    def _deeds(self, username: str, counted: dict[Deed, int]) -> Iterator[tuple[str, ...]]:
        for deed in Deed:
            if counted.get(deed):
                yield username, self.text(f"report.did_{deed}"), self.number(counted[deed])

    def _seen(self, seen: LookUpSeen) -> tuple[str, ...]:
        did = self.text(f"report.did_{seen.deed}") if seen.deed else ""
        at = texts.date_time(self.language, seen.at)
        return at, seen.username, did, seen.about, seen.found, str(seen.seq)


_WORDS = {Section.MAPPINGS: "mapping_", Section.CODES: "code_", Section.UNLOCKS: "staff_unlock"}


def csv_of(words: Words, report: Report) -> Iterator[str]:
    """Lines as Excel in Denmark opens them: semicolons, CRLF. Tables stand one below the other."""
    file = _Echo()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    for cells in _rows(words, report):
        writer.writerow([harmless(cell) for cell in cells])
        yield file.line


class _Echo:
    """What the writer has just written."""

    line = ""

    def write(self, text: str) -> int:
        self.line = text
        return len(text)


def _rows(words: Words, report: Report) -> Iterator[Sequence[str]]:
    yield (words.text("report.title"),)
    yield (words.period(report),)
    yield from ((each,) for each in words.chain(report))
    for table in words.tables(report):
        yield ()
        yield (table.heading,)
        yield from ((note,) for note in table.notes)
        if table.rows:
            yield table.columns
            yield from table.rows


def text_of(words: Words, report: Report) -> Iterator[str]:
    """Lines for a mail: a row with its cells' headings, but for a short table."""
    title = words.text("report.title")
    yield from (title, "=" * len(title), words.period(report), *words.chain(report))
    for table in words.tables(report):
        yield from ("", table.heading, "-" * len(table.heading), *table.notes)
        yield from (_as_line(table, row) for row in table.rows)
        if not table.rows:
            yield words.text("report.none")


def _as_line(table: ReportTable, row: Sequence[str]) -> str:
    """Cells that say nothing are left out; no cell may begin a line of its own."""
    cells = [" ".join(cell.split()) for cell in row]
    if not table.wide:
        return "* " + " | ".join(cells)
    told = [f"{head}: {cell}" for head, cell in zip(table.columns[2:], cells[2:], strict=True) if cell != _NONE]
    return f"* {cells[0]} | {cells[1]}" + "".join(f"\n    {each}" for each in told)
