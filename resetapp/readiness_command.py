"""`resetapp readiness`: how many accounts people can help themselves with, counted now and kept for the statistics."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resetapp.settings import load

if TYPE_CHECKING:  # the command line answers `--help` without the heavy libraries
    from resetapp.directory.census import Progress
    from resetapp.storage.readiness import Readiness

_COLUMNS = ("directory", "accounts", "with a CPR number", "mapped", "neither")


@click.command()
@click.pass_obj
def readiness(config: Path) -> None:
    """Count the accounts with a CPR number or a mapping, in each directory. For a daily timer.

    No number is read: the directories are asked which accounts have one. What was counted stands in the console's
    statistics. Exit 1 when a directory could not be counted; the others are.
    """
    from resetapp.app import utc_now
    from resetapp.count_accounts import count_accounts
    from resetapp.storage.database import Database, demand_newest
    from resetapp.trouble import DatabaseDown

    settings = load(config)
    demand_newest(settings.database.url)
    database, rows = Database(settings.database.url), []
    try:
        for each in settings.directories:
            with _bar(each.name) as progress:
                on = settings.mapping.enabled
                rows.append(count_accounts(database, each, utc_now, progress, with_mappings=on))
    except DatabaseDown:
        raise click.ClickException("the database does not answer\n  → Run this again") from None
    finally:
        database.close()
    _tell(rows)


def _tell(rows: "list[Readiness]") -> None:
    from resetapp import texts

    width = max(len(name) for name in (_COLUMNS[0], *(row.directory for row in rows)))
    click.echo("  ".join((_COLUMNS[0].ljust(width), *_COLUMNS[1:])))
    for row in rows:
        numbers = ("–",) * 4 if row.fault else tuple(map(str, (row.accounts, row.with_number, row.mapped, row.neither)))
        cells = (cell.rjust(len(head)) for cell, head in zip(numbers, _COLUMNS[1:], strict=True))
        click.echo("  ".join((row.directory.ljust(width), *cells)))
    faults = [row for row in rows if row.fault]
    for row in faults:
        why, remedy = (
            texts.text("en", f"readiness.fault_{row.fault}"),
            texts.text("en", f"readiness.remedy_{row.fault}"),
        )
        click.echo(f"\n{row.directory} could not be counted: {why}\n  → {remedy}", err=True)
    if faults:
        raise SystemExit(1)


@contextmanager
def _bar(name: str) -> "Iterator[Progress]":
    """On a terminal alone: elsewhere it would be a line of noise in a log."""
    with click.progressbar(length=1, label=f"Counting {name}", file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of or 1
            bar.update(done - bar.pos)

        yield show
