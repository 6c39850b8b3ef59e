"""`resetapp notice`: what the operator has to say on every page, and the switch for new logins."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resetapp.core.events import NoticeCleared, NoticeSet
from resetapp.settings import load

if TYPE_CHECKING:  # the command line answers `--help` without the heavy libraries
    from resetapp.storage.audit import Journal
    from resetapp.storage.database import Session
    from resetapp.storage.notices import Notice

MOST_CHARACTERS = 300
_LINK = re.compile(r"://|\bwww\.|\bmailto:", re.IGNORECASE)


def sentence(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Plain text of one line. A link in it would teach people to follow links to where passwords are asked for."""
    text = value.strip()
    if not text or len(text) > MOST_CHARACTERS:
        raise click.BadParameter(f"write 1 to {MOST_CHARACTERS} characters; these are {len(text)}")
    if not text.isprintable():
        raise click.BadParameter("it holds a line break or another control character; write one line")
    if _LINK.search(text):
        raise click.BadParameter("it holds a link; say in words where to look")
    return text


def moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """ISO 8601; without an offset it is this machine's own time."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except (ValueError, OverflowError):
        raise click.BadParameter("it is no time; write 2026-11-25T18:00 or 2026-11-25T18:00+01:00") from None


@click.group()
def notice() -> None:
    """The operator's message on every page, at once and without a restart; and the switch for new logins."""


@notice.command("set")
@click.option("--da", required=True, callback=sentence, metavar="TEXT", help="The message in Danish.")
@click.option("--en", required=True, callback=sentence, metavar="TEXT", help="The message in English.")
@click.option("--from", "start", callback=moment, metavar="ISO-TIME", help="When it begins to show; left out: now.")
@click.option(
    "--until", callback=moment, metavar="ISO-TIME", help="When it ends by itself; left out: when it is cleared."
)
@click.option("--login-off", is_flag=True, help="Nobody can begin a login meanwhile. Who is logged in goes on.")
@click.pass_obj
def set_notice(config: Path, da: str, en: str, start: datetime | None, until: datetime | None, login_off: bool) -> None:
    """Show a message on every page; it takes an older one's place."""
    from resetapp.storage import notices

    now = datetime.now(UTC)
    begins = start or now
    if until and until <= max(begins, now):
        raise click.UsageError("--until is over already, or before --from")
    made = notices.Notice(da, en, begins, until, login_off)
    with database_of(config) as db:
        notices.replace(db, made)
        journal_of(config).write(db, NoticeSet(by=str(os.getuid()), login_off=login_off), now)
    _tell(made, now)


@notice.command("show")
@click.pass_obj
def show(config: Path) -> None:
    """The message there is, and since and until when."""
    from resetapp.storage import notices

    with database_of(config) as db:
        found = notices.find(db)
    if found is None:
        click.echo("There is no notice. New logins are not switched off by one.")
    else:
        _tell(found, datetime.now(UTC))


@notice.command("clear")
@click.pass_obj
def clear(config: Path) -> None:
    """Take the message away; new logins are on again."""
    from resetapp.storage import notices

    with database_of(config) as db:
        gone = notices.clear(db)
        if gone:
            journal_of(config).write(db, NoticeCleared(by=str(os.getuid())), datetime.now(UTC))
    click.echo("The notice is gone from every page within a few seconds." if gone else "There was no notice.")


def _tell(found: "Notice", now: datetime) -> None:
    state = "is on every page within a few seconds" if found.holds(now) else _other_state(found, now)
    click.echo(f"The notice {state}.\n  da: {found.danish}\n  en: {found.english}")
    click.echo(f"  from:  {local(found.starts_at)}")
    click.echo(f"  until: {local(found.ends_at) if found.ends_at else 'it is cleared'}")
    click.echo(f"  new logins: {'off meanwhile' if found.login_off else 'on'}")


def _other_state(found: "Notice", now: datetime) -> str:
    return "has not begun yet" if now < found.starts_at else "has ended by itself"


def local(moment: datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="minutes")


def journal_of(config: Path) -> "Journal":
    from resetapp.storage.audit import Journal

    return Journal(load(config).service.person_key)


@contextmanager
def database_of(config: Path) -> "Iterator[Session]":
    """One transaction in the installation's database. Raises DatabaseTrouble when it is not of this version."""
    from resetapp.storage.database import Database, demand_newest

    url = load(config).database.url
    demand_newest(url)
    database = Database(url)
    try:
        with database.transaction() as db:
            yield db
    finally:
        database.close()
