"""`resetapp audit`: verify the audit trail, anchor it, export it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from resetapp.notice_command import moment
from resetapp.settings import load

if TYPE_CHECKING:  # the command line answers `--help` without the heavy libraries
    from resetapp.settings import Settings
    from resetapp.storage.audit import Anchor
    from resetapp.storage.database import Session

_MOST_TOLD = 20


@click.group()
def audit() -> None:
    """What happened, in a chain that shows when somebody has changed it."""


@audit.command()
@click.option(
    "--anchors",
    type=click.File("r", encoding="utf-8", errors="replace"),
    help="The log (or a copy on another machine, - for standard input), whose anchors must be found in the trail.",
)
@click.pass_obj
def verify(config: Path, anchors: IO[str] | None) -> None:
    """Look for events that were edited, deleted, moved or cut off. Reads only; exit 1 when one is found.

    Without anchors it cannot be seen when somebody put back an older copy of the whole database.
    """
    from resetapp.storage.chain import Seals
    from resetapp.storage.verification import verify as verified

    known = list(_anchors(anchors or ()))
    with _database(config) as (settings, db):
        found = verified(db, Seals(settings.service.person_key), known)
    for each in found.broken[:_MOST_TOLD]:
        click.echo(f"✗ event {each.seq}: {each.what}")
    if len(found.broken) > _MOST_TOLD:
        click.echo(f"✗ and {len(found.broken) - _MOST_TOLD} more")
    click.echo(f"{found.events} events, {found.erased} of them erased in time; {len(known)} anchors.")
    if found.broken:
        raise SystemExit(1)
    if found.newest:
        click.echo(f"The chain holds. Newest: {found.newest.seq}:{found.newest.hash}")


@audit.command("anchor")
@click.pass_obj
def anchor_command(config: Path) -> None:
    """Print the newest event's number and hash, to be kept elsewhere. The service also writes them to its log."""
    from resetapp.storage.audit import anchor

    with _database(config) as (_, db):
        newest = anchor(db)
    click.echo(str(newest) if newest else "Nothing has been written yet.")


@audit.command()
@click.option("--format", "form", type=click.Choice(["ecs", "csv"]), default="ecs", show_default=True)
@click.option("--since", callback=moment, metavar="ISO-TIME", help="From then on; left out: from the beginning.")
@click.option("--until", callback=moment, metavar="ISO-TIME", help="Before then; left out: until now.")
@click.pass_obj
def export(config: Path, form: str, since: datetime | None, until: datetime | None) -> None:
    """Print the events: as JSON lines in the names of the Elastic Common Schema, or as CSV."""
    from resetapp.audit_export import FORMS
    from resetapp.storage.audit import events

    with _database(config) as (_, db):
        for line in FORMS[form](events(db, since, until)):
            click.echo(line)


@audit.command()
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="Whole days before today.")
@click.option("--until", callback=moment, metavar="ISO-TIME", help="Before then; left out: until now.")
@click.option("--seed", default="", metavar="TEXT", help="Of the sample: the same one gives the same look-ups again.")
@click.option("--csv", "file", type=click.File("w", encoding="utf-8-sig"), help="Write CSV there instead, - for here.")
@click.option("--lang", type=click.Choice(["da", "en"]), default="da", show_default=True)
@click.pass_obj
def report(config: Path, days: int, until: datetime | None, seed: str, file: IO[str] | None, lang: str) -> None:
    """Print what the staff did in the last days, for auditors and management. Reads only; exit 1 when the events that
    it tells of, or the newest, are not as they were written.
    """
    from resetapp.read_report import new_seed
    from resetapp.report.contents import Wanted
    from resetapp.report.gathering import report as gathered
    from resetapp.report.tables import Words, csv_of, text_of
    from resetapp.storage.chain import Seals

    wanted = Wanted(days, until or datetime.now(UTC), seed or new_seed())
    with _database(config) as (settings, db):
        found = gathered(db, Seals(settings.service.person_key), wanted)
        words = Words(lang, settings.directories)
    if file:
        file.writelines(csv_of(words, found))
    else:
        click.echo("\n".join(text_of(words, found)))
    if found.broken or found.unreadable:
        raise SystemExit(1)


def _anchors(lines: Iterable[str]) -> "Iterator[Anchor]":
    from resetapp.storage.audit import ANCHOR, Anchor

    for line in lines:
        if found := ANCHOR.search(line):
            yield Anchor(int(found["seq"]), found["hash"])


@contextmanager
def _database(config: Path) -> "Iterator[tuple[Settings, Session]]":
    """For reading. Raises DatabaseTrouble when it is not of this version."""
    from resetapp.storage.database import Database, demand_newest

    settings = load(config)
    demand_newest(settings.database.url)
    database = Database(settings.database.url)
    try:
        with database.reading() as db:
            yield settings, db
    finally:
        database.close()
