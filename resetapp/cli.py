"""The command line. Each command loads only what it needs, so that `--help` and faulty settings answer at once."""

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

import click

from resetapp import __version__, logs
from resetapp.audit_command import audit
from resetapp.breached.command import breached
from resetapp.breached.leaked import demand_usable
from resetapp.core.checks import Check
from resetapp.logins_command import logins
from resetapp.mapping_command import mapping
from resetapp.notice_command import notice
from resetapp.person_command import person
from resetapp.readiness_command import readiness
from resetapp.saml.command import keys
from resetapp.settings import SettingsError, load
from resetapp.stop_command import stop
from resetapp.upkeep_command import prune, settle

_SETTINGS_VARIABLE = "RESETAPP_CONFIG"


class Commands(click.Group):
    """Turns the house's expected errors, which all say problem and remedy, into lines instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            faults = [_line(False, f"{fault.key}: {fault.problem}", fault.remedy) for fault in error.faults]
            raise click.ClickException("the settings cannot be used\n" + "\n".join(faults)) from None
        except Exception as error:
            problem, remedy = getattr(error, "problem", ""), getattr(error, "remedy", "")
            if not (problem and remedy):
                raise
            raise click.ClickException(f"{problem}\n  → {remedy}") from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="resetapp")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=_SETTINGS_VARIABLE,
    default="config.toml",
    show_default=True,
    help=f"The settings' file; also from the variable {_SETTINGS_VARIABLE}.",
)
@click.pass_context
def main(ctx: click.Context, config: Path) -> None:
    """Password self-service with MitID through WAYF."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ must not stop a check
    logs.configure()
    ctx.obj = config


for each in (breached, person, keys, notice, stop, logins, audit, mapping, readiness, prune, settle):
    main.add_command(each)


@main.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=".", help="Where to write it.")
@click.option("--public-url", default="", help="The address people see: https://adgangskode.example.dk")
@click.option("--name", default="", help="The institution's official name in Danish.")
def init(folder: Path, public_url: str, name: str) -> None:
    """Make a new installation: settings with fresh secrets, keys, database. Overwrites nothing."""
    from resetapp.initialise import initialise

    begun = initialise(folder, public_url, name, _now())
    click.echo("Written:")
    for file in begun.files:
        click.echo(f"  {file}")
    try:
        load(begun.settings)
        click.echo("\nThe settings are complete.")
    except SettingsError as error:
        click.echo(f"\nLeft to do, in {begun.settings} unless another file is named:")
        for fault in error.faults:
            click.echo(_line(False, f"{fault.key}: {fault.problem}", fault.remedy))
    click.echo("\nNobody can log in before [terms] is filled in, too (docs/terms.md).")
    click.echo("\nKeep a copy of person_key and keys/ in a safe place, apart from the database's backup.")
    click.echo(f"When all is done: resetapp --config {begun.settings} check-config")


@main.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="A list of objects instead of lines.")
@click.option("--terms", is_flag=True, help="WAYF's terms for NemLog-in instead: of each clause, whether it holds.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --terms: write this name with .html and .json, in Danish and English.",
)
@click.pass_obj
def check_config_command(config: Path, as_json: bool, terms: bool, report: Path | None) -> None:
    """Check settings, keys, hub metadata, database and directories. Reads only; exit 1 on any fault."""
    from resetapp.check_config import check_config

    if terms or report:
        from resetapp.demo.terms_check import check_terms

        raise SystemExit(0 if check_terms(config, as_json, report, _now()) else 1)
    checks = check_config(config, _now)
    failed = [check for check in checks if not check.ok]
    if as_json:
        click.echo(json.dumps([_as_object(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        for check in checks:
            click.echo(_line(check.ok, f"{check.subject}: {check.name}: {check.detail}", check.remedy))
        click.echo(f"\n{len(checks) - len(failed)} of {len(checks)} checks hold.")
    if failed:
        raise SystemExit(1)


@main.command()
@click.option("--summary", is_flag=True, help="Instead, in words: what WAYF asks for in an application.")
@click.pass_obj
def metadata(config: Path, summary: bool) -> None:
    """Print our SAML metadata, for WAYF."""
    from resetapp.saml.metadata import own_metadata
    from resetapp.saml.summary import metadata_summary

    settings = load(config)
    own = settings.wayf, settings.service.public_url, settings.institution
    click.echo(metadata_summary(*own) if summary else own_metadata(*own).decode())


@main.command("fetch-metadata")
@click.pass_obj
def fetch_metadata(config: Path) -> None:
    """Fetch the hub's metadata now. A running service takes it up by itself, and fetches by itself, too."""
    from resetapp.saml.hub_source import HubSource

    wayf = load(config).wayf
    if not wayf.hub_metadata_url:
        raise click.ClickException("there is no address to fetch from\n  → Set wayf.hub_metadata_url")
    source = HubSource(wayf, _now)
    if failure := source.refresh():
        raise click.ClickException(f"{wayf.hub_metadata_url}: {failure}\n  → What we have is kept and stays in use.")
    hub = source.hub
    click.echo(
        f"{hub.entity_id}: {len(hub.signing_keys)} signing keys, valid until {hub.valid_until:%Y-%m-%d %H:%M} UTC"
    )


@main.command()
@click.pass_obj
def migrate(config: Path) -> None:
    """Bring the database to this version's revision. Make a backup first."""
    from resetapp.storage.database import revisions
    from resetapp.storage.schema import upgrade

    url = load(config).database.url
    before, newest = revisions(url)
    upgrade(url)
    click.echo(f"The database is at revision {newest}" + (", as before." if before == newest else "."))


@main.command()
@click.pass_obj
def serve(config: Path) -> None:
    """Run the service. In production a reverse proxy with TLS stands in front (docs/operator.md)."""
    from resetapp.server import serve_forever
    from resetapp.storage.database import demand_newest

    settings = load(config)
    demand_newest(settings.database.url)
    demand_usable(settings.passwords.breached_list)
    logs.configure(settings.service.log_file)
    os.environ[_SETTINGS_VARIABLE] = str(config.resolve())
    service = settings.service
    serve_forever("resetapp.app:create_app", service.listen_host, service.listen_port, service.workers)


@main.command()
@click.option("--directory", type=click.Choice(["embedded", "slapd"]), default="embedded", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 8000, or another when it is taken.")
def demo(directory: str, port: int | None) -> None:
    """The whole journey on this machine with invented people: hub, directory and service. Ctrl-C ends it."""
    from resetapp.demo.run import run

    run(directory, port)


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: tuple[str, ...]) -> None:
    """Stand in for WAYF, to rehearse before there is an agreement. Whoever reaches it can be anybody."""
    from resetapp.demo.rehearsal import main as rehearse

    rehearse(arguments)


def _line(ok: bool, text: str, remedy: str) -> str:
    return f"  {'✓' if ok else '✗'} {text}" + ("" if ok or not remedy else f"\n      → {remedy}")


def _as_object(check: Check) -> dict[str, object]:
    """The remedy is there only when there is something to remedy."""
    return {**asdict(check), "remedy": "" if check.ok else check.remedy}


def _now() -> datetime:
    return datetime.now(UTC)
