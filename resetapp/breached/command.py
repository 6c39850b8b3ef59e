"""`resetapp breached`: build and check the list of leaked passwords."""

import time
from pathlib import Path

import click

from resetapp.breached.build import build
from resetapp.breached.checks import verify
from resetapp.breached.form import BUCKETS
from resetapp.breached.leaked import LeakedPasswords
from resetapp.breached.sources import total
from resetapp.settings import load


@click.group()
def breached() -> None:
    """The list of passwords that other services have leaked."""


@breached.command("build")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the list.")
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Only passwords seen at least so many times.",
)
def build_command(files: tuple[Path, ...], output: Path, min_count: int) -> None:
    """Build the list from FILE…: range files, a folder of them, or the one ordered file; gzip or not.

    The hashes are SHA-1. A list that is in the folder stays in use until the new one is whole.
    """
    begun = time.monotonic()
    with click.progressbar(length=total(files), label="Building", show_eta=True) as bar:
        about = build(files, output, min_count, bar.update)
    seconds = time.monotonic() - begun
    click.echo(f"{about.entries} passwords in {output}, seen at least {min_count} times, in {seconds:.0f} s.")
    click.echo("Restart the service: it goes on with the list it has opened.")


@breached.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--password", "ask", is_flag=True, help="Ask for a password, unseen, and say whether it is listed.")
@click.pass_obj
def check_command(config: Path, folder: Path | None, ask: bool) -> None:
    """Read the whole list (passwords.breached_list unless FOLDER is given) and say whether it is sound."""
    folder = folder or load(config).passwords.breached_list
    if folder is None:
        raise click.ClickException("no list\n  → Name its folder, or set passwords.breached_list")
    leaked = LeakedPasswords(folder)
    with click.progressbar(length=BUCKETS, label="Reading", show_eta=True) as bar:
        verify(folder, bar.update)
    about = leaked.about
    click.echo(
        f"{about.entries} passwords, built on {about.built:%Y-%m-%d}, seen at least {about.minimum_count} times."
    )
    if ask:
        known = click.prompt("Password", hide_input=True) in leaked
        click.echo("It is in the list." if known else "It is not in the list.")
    leaked.close()
