"""`resetapp logins end`: logins are ended at once, on every worker and machine (security.md SE-08)."""

from datetime import UTC, datetime
from pathlib import Path

import click

from resetapp.notice_command import database_of, journal_of
from resetapp.stop_command import operator, words


@click.group()
def logins() -> None:
    """Who is logged in, persons and staff."""


@logins.command("end")
@click.option("--all", "everybody", is_flag=True, help="Every login there is, of the staff too.")
@click.option("--username", callback=words, metavar="NAME", help="Those of this member of the staff, or account.")
@click.option("--why", callback=words, metavar="TEXT", help="For the audit trail.")
@click.pass_obj
def end(config: Path, everybody: bool, username: str, why: str) -> None:
    """End logins now. They can log in again: to keep everybody out, `resetapp stop`."""
    from resetapp.ending import end_open

    if everybody == bool(username):
        raise click.UsageError("write either --all or --username NAME")
    with database_of(config) as db:
        ended = end_open(db, journal_of(config), operator(), why, username, datetime.now(UTC))
    click.echo(f"{ended} logins ended." if ended else "There was no such login.")
