"""`resetapp person`: what is kept about one person, shown or erased.

The CPR number is typed unseen, or read from standard input. It is never an argument, nor in the environment: every
user of the machine may read the list of processes, and shells keep what was typed.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from resetapp import logs
from resetapp.core.cpr import CprNumber, InvalidCpr
from resetapp.settings import Settings, load

_LONGEST_LINE = 64  # of standard input: a number, a line's end and some room


@click.group()
def person() -> None:
    """What is kept about one person: their right to see it and to have it erased."""


@person.command("export")
@click.option("--text", "language", type=click.Choice(["da", "en"]), help="To be read, instead of JSON.")
@click.pass_obj
def export_command(config: Path, language: str | None) -> None:
    """Print what is kept about one person. Asks for the CPR number; without a terminal, reads it from standard input.

    Exit 1 when nothing is kept. The keys are told in docs/data.md.
    """
    from resetapp.person import export
    from resetapp.person_report import report

    settings = _settings(config)
    kept = export(settings, _cpr(), datetime.now(UTC))
    click.echo(report(kept, language) if language else json.dumps(kept, ensure_ascii=False, indent=2))


@person.command("erase")
@click.option("--yes", is_flag=True, help="Do not ask again. Needed where there is no terminal.")
@click.pass_obj
def erase_command(config: Path, yes: bool) -> None:
    """Erase what is kept about one person, but for the proof of password changes. Says first what would go.

    Asks for the CPR number as `export` does. Exit 1 when nothing is kept.
    """
    from resetapp.person import erase
    from resetapp.person_report import erasure

    if not (yes or sys.stdin.isatty()):
        raise click.ClickException("nobody can be asked here\n  → Say --yes to erase without a question.")
    settings, cpr = _settings(config), _cpr()
    if not yes:
        click.echo(erasure(erase(settings, cpr, datetime.now(UTC), only_look=True), "would be"))
        click.confirm("Erase it?", abort=True)
    click.echo(erasure(erase(settings, cpr, datetime.now(UTC)), "were"))


def _settings(config: Path) -> Settings:
    """The database is of this version, and the use of personal data is told where the service's own lines go."""
    from resetapp.storage.database import demand_newest

    settings = load(config)
    demand_newest(settings.database.url)
    try:
        logs.configure(settings.service.log_file)
    except OSError as error:
        problem = f"service.log_file cannot be written ({type(error).__name__})"
        raise click.ClickException(f"{problem}\n  → Run it as the service's user.") from None
    return settings


def _cpr() -> CprNumber:
    unseen = sys.stdin.isatty()
    typed = click.prompt("CPR number", hide_input=True, err=True) if unseen else sys.stdin.readline(_LONGEST_LINE)
    try:
        return CprNumber.parse(typed.strip())
    except InvalidCpr as invalid:
        raise click.ClickException(f"no CPR number: {invalid}\n  → Ten digits, with or without a hyphen.") from None
