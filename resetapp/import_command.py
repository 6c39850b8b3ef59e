"""`resetapp mapping import`: a file of CPR numbers and usernames, checked here and approved in the console."""

import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from resetapp.settings import load

if TYPE_CHECKING:  # the command line answers `--help` without the heavy libraries
    from resetapp.mapping.comparison import Progress
    from resetapp.mapping.faults import Report
    from resetapp.mapping.imports import File
    from resetapp.register import Register
    from resetapp.reset import Desk
    from resetapp.storage.tables import StaffLogin

_SHORTEST_REASON, _LONGEST_REASON = 5, 500
_REASON = "resetapp mapping import"


def _reason(_context: click.Context, _option: click.Parameter, value: str) -> str:
    from resetapp.core.cpr import may_hold_cpr

    text = value.strip()
    if not _SHORTEST_REASON <= len(text) <= _LONGEST_REASON or not text.isprintable():
        raise click.BadParameter(f"write {_SHORTEST_REASON} to {_LONGEST_REASON} characters on one line")
    if may_hold_cpr(text):
        raise click.BadParameter("it holds what looks like a CPR number; none is ever kept")
    return text


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--whole", is_flag=True, help="The file is the whole list: what it leaves out is to be removed.")
@click.option("--dry-run", is_flag=True, help="Only check, and say what would change. Nothing is kept.")
@click.option("--reason", default=_REASON, callback=_reason, help="For who approves it, and for the audit trail.")
@click.pass_obj
def import_command(config: Path, file: IO[bytes], whole: bool, dry_run: bool, reason: str) -> None:
    """Import CPR numbers and usernames from FILE (CSV; - for standard input).

    All or nothing: with a fault in any line nothing is kept, and every fault is printed; exit 1. Without one the file
    waits in the console, where somebody else approves it, and it counts only after the cool-down.
    """
    from resetapp.mapping.files import MOST_OCTETS
    from resetapp.mapping.imports import File
    from resetapp.trouble import DirectoryDown

    content = file.read(MOST_OCTETS + 1)  # one more, so that it is seen to be too large
    sent = File(content, whole, reason)
    with _register(config) as (desk, register), _bar() as progress:
        try:
            report = _checked(desk, register, sent, progress) if dry_run else _sent(desk, register, sent, progress)
        except DirectoryDown as down:
            raise click.ClickException(
                f"the directory {down.directory} does not answer\n  → Nothing was kept. Try again later"
            ) from None
    _tell(report)
    if report.faults:
        click.echo("\nNothing was kept.")
        raise SystemExit(1)
    click.echo(f"SHA-256 {sent.hash}")
    click.echo(
        "Nothing was kept: --dry-run." if dry_run else "It waits for somebody else to approve it in the console."
    )


def _checked(desk: "Desk", register: "Register", file: "File", progress: "Progress") -> "Report":
    from resetapp.mapping.comparison import compare

    return compare(desk, register, _user(), file.content, file.whole, progress).findings.report()


def _sent(desk: "Desk", register: "Register", file: "File", progress: "Progress") -> "Report":
    """Raises ClickException when it ended without a fault in the file, and still does not wait."""
    from resetapp.mapping import imports
    from resetapp.mapping.faults import Report
    from resetapp.storage.mappings import find_request
    from resetapp.trouble import TooManyAttempts

    imports.end_stopped(desk)
    member = _user()
    try:
        request_id = imports.begin(desk, register, member, file)
    except TooManyAttempts as too_many:
        raise click.ClickException(f"too many requests today\n  → Wait {too_many.seconds} seconds") from None
    imports.check(desk, register, member, request_id, file, progress)
    with desk.database.reading() as db:
        asked = find_request(db, request_id)
    report = asked.report if asked else {}
    if ended := report.get("ended"):
        raise click.ClickException(_text(f"import.ended_{ended}", directory=report.get("directory", "")))
    return Report.of(report)


def _user() -> "StaffLogin":
    from resetapp.mapping.imports import system_user

    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return system_user(uid, name)


def _tell(report: "Report") -> None:
    for fault in report.faults:
        words = _text(f"import.error_{fault.flaw}", line=fault.line, other=fault.other)
        at_line = "" if words.startswith("Line ") else f"Line {fault.line}: " if fault.line else "The whole file: "
        click.echo(f"{at_line}{words}" + (f" ({fault.username})" if fault.username else ""))
    for name, number in {**report.counts, **({"faults": len(report.faults)} if report.faults else {})}.items():
        click.echo(f"{number:>7} {_text(f'import.count_{name}')}")
    for name, number in report.warnings.items():
        if number:
            click.echo(f"{number:>7} {_text(f'import.warning_{name}')}")
    if report.encoding:
        click.echo(f"Read as {report.encoding}.")


def _text(key: str, **values: object) -> str:
    from resetapp import texts
    from resetapp.mapping.files import MOST_OCTETS, MOST_ROWS

    return texts.text("en", key, **values, mb=MOST_OCTETS // 1024**2, n=texts.number("en", MOST_ROWS))


@contextmanager
def _bar() -> "Iterator[Progress]":
    """On a terminal alone: elsewhere it would be a line of noise in a log."""
    with click.progressbar(length=1, label="Checking", file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of or 1
            bar.update(done - bar.pos)

        yield show


@contextmanager
def _register(config: Path) -> "Iterator[tuple[Desk, Register]]":
    """Raises DatabaseTrouble when the database is not of this version."""
    from resetapp.app import desk_of
    from resetapp.saml.simulated import may_be_simulated
    from resetapp.storage.database import demand_newest
    from resetapp.trouble import DatabaseDown

    settings = load(config)
    demand_newest(settings.database.url)
    desk = desk_of(settings, invented=may_be_simulated(settings.service, settings.wayf))
    try:
        if desk.register is None:
            raise click.ClickException("mappings are switched off\n  → Write enabled = true under [mapping]")
        yield desk, desk.register
    except DatabaseDown:
        raise click.ClickException("the database does not answer\n  → Nothing is kept; run this again") from None
    finally:
        desk.close()
