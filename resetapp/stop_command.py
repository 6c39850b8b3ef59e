"""`resetapp stop`: the emergency stop. Nothing is changed in any directory until it is ended (security.md A-11)."""

import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

import click

from resetapp.core.operator_events import StopBegun, StopEnded
from resetapp.logs import scrubbed
from resetapp.notice_command import database_of, journal_of, local, sentence

MOST_CHARACTERS = 300


def words(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    """For the trail, which holds no CPR number."""
    text = scrubbed("".join(each for each in (value or "").strip() if each.isprintable()))
    if len(text) > MOST_CHARACTERS:
        raise click.BadParameter(f"write at most {MOST_CHARACTERS} characters; these are {len(text)}")
    return text


def _sentence(context: click.Context, option: click.Parameter, value: str | None) -> str:
    return sentence(context, option, value) if value is not None else ""


@click.command()
@click.option("--end", is_flag=True, help="Let the service go on.")
@click.option("--show", is_flag=True, help="Only tell whether it is stopped.")
@click.option("--why", callback=words, metavar="TEXT", help="For the audit trail alone.")
@click.option("--da", callback=_sentence, metavar="TEXT", help="Said to people beside our own words, in Danish.")
@click.option("--en", callback=_sentence, metavar="TEXT", help="The same in English.")
@click.pass_obj
def stop(config: Path, end: bool, show: bool, why: str, da: str, en: str) -> None:
    """Emergency stop: no password, unlocking, code or approval gets through, on any worker or machine, from now on.

    Also for who is logged in. What was sent already is still settled. Without an option the service stops at once.
    """
    if (end and show) or ((end or show) and (da or en)):
        raise click.UsageError("--end and --show stand alone; to --end belongs a --why at most")
    if bool(da) != bool(en):
        raise click.UsageError("write both --da and --en, or none")
    if show:
        _show(config)
    elif end:
        _end(config, why)
    else:
        _begin(config, why, da, en)


def _begin(config: Path, why: str, da: str, en: str) -> None:
    from resetapp.storage import attempts, stops

    now = datetime.now(UTC)
    with database_of(config) as db:
        before = stops.find(db)
        stops.begin(db, stops.Stop(before.began_at if before else now, da, en))
        journal_of(config).write(db, StopBegun(by=operator(), why=why), now)
        sent = len(attempts.open_ids(db, None))
    told = f"It was stopped already, since {local(before.began_at)}." if before else "Stopped."
    click.echo(f"{told} Nothing more is sent to any directory. The pages say so within a few seconds.")
    click.echo(f"Changes sent before, whose answer is not known yet: {sent}. They are still settled.")
    click.echo("To let the service go on: resetapp stop --end")


def _end(config: Path, why: str) -> None:
    from resetapp.storage import stops

    with database_of(config) as db:
        gone = stops.end(db)
        if gone:
            journal_of(config).write(db, StopEnded(by=operator(), why=why), datetime.now(UTC))
    click.echo("The service goes on. The pages say so within a few seconds." if gone else "It was not stopped.")


def _show(config: Path) -> None:
    from resetapp.storage import stops

    with database_of(config) as db:
        found = stops.find(db)
    if found is None:
        click.echo("It is not stopped.")
        return
    click.echo(f"Stopped since {local(found.began_at)}.")
    if found.danish:
        click.echo(f"  da: {found.danish}\n  en: {found.english}")


def operator() -> str:
    """The system's name of who runs this; under sudo also of who asked it to."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a number without a name, as in some containers
        name = str(os.getuid())
    behind = os.environ.get("SUDO_USER", "")
    return scrubbed(f"{behind} ({name})" if behind.isprintable() and behind else name)[:100]
