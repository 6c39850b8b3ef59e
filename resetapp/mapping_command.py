"""`resetapp mapping`: the keys of the list of mappings, and what stands in it. docs/mapping.md tells the whole way."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resetapp.import_command import import_command
from resetapp.settings import load

if TYPE_CHECKING:  # the command line answers `--help` without the heavy libraries
    from resetapp.register import Register
    from resetapp.rekey import Rekeyed
    from resetapp.reset import Desk

_NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def mapping() -> None:
    """Which CPR number belongs to which account, where the directory does not say so: its keys and its state."""


mapping.add_command(import_command)


@mapping.command("escrow-key")
@click.argument("private_file", type=_NEW_FILE)
def escrow_key(private_file: Path) -> None:
    """Make a key pair for the sealed numbers: the private half into PRIVATE_FILE, the public one printed.

    Best on a machine that is not connected to anything.
    """
    from resetapp.mapping.key_files import write_key
    from resetapp.storage.escrow import new_pair

    private, public = new_pair()
    write_key(private_file, private)
    click.echo(f'escrow_key = "{public.hex()}"\n')
    _steps(
        "Put this line under [mapping] in the settings and restart the service",
        f"Take {private_file} off this machine: two copies, in two safes. Who has it and the database has every number",
        "Destroy it here: shred -u",
    )


@mapping.command("new-key")
@click.argument("file", type=_NEW_FILE)
def new_key(file: Path) -> None:
    """Make a key for the index: 32 random bytes, into FILE."""
    import secrets

    from resetapp.mapping.key_files import write_key

    write_key(file, secrets.token_bytes(32))
    click.echo(f"Written: {file}\n")
    _steps(
        "Let the service's user own it: nobody else may read it",
        "Add it to the settings with an id that was never used before, above the other [[mapping.key]] tables",
        "Keep a copy in a safe, apart from the database's backup: without it no mapping is found",
        "Restart the service",
    )


@mapping.command()
@click.option("--escrow-key", "file", required=True, type=_NEW_FILE, help="The private half, from its safe.")
@click.option("--dry-run", is_flag=True, help="Open every sealed number and count; change nothing.")
@click.option(
    "--old-key-lost",
    is_flag=True,
    help="Also rows whose own key is not in the settings. Whether their sealed numbers were exchanged cannot be seen.",
)
@click.pass_obj
def rekey(config: Path, file: Path, dry_run: bool, old_key_lost: bool) -> None:
    """Make the index of every row anew under the first [[mapping.key]]. Stopped anywhere, run it again.

    Exit 1 when a sealed number cannot be opened or is not that of its row, or when a row was changed past this service.
    """
    from resetapp.mapping.key_files import read_key
    from resetapp.rekey import Rekeyed, Rekeying
    from resetapp.storage.escrow import OfflineKey
    from resetapp.storage.mapping_keys import count_older

    with _register(config) as (desk, register):
        key = OfflineKey(register.settings.tenant, read_key(file))
        by, rest = str(os.getuid()), {"unproven_too": old_key_lost, "dry_run": dry_run}
        work = Rekeying(desk.database, desk.journal, register.indexes, key, desk.clock, by, **rest)
        with desk.database.reading() as db:
            rows = count_older(db, register.indexes.newest)
        done = Rekeyed()
        with click.progressbar(length=rows, label="Making anew", show_eta=True) as bar:
            for chunk in work.chunks():
                done.add(chunk)
                bar.update(chunk.looked_at)
        _tell(done, register.indexes.newest, dry_run)
        _tell_who_needs_what(desk, register)
    if done.unopened or done.unlike or done.broken:
        raise SystemExit(1)


def _tell(done: "Rekeyed", newest: str, dry_run: bool) -> None:
    click.echo(f"{done.rows} of {done.looked_at} mappings {'would be' if dry_run else 'were'} made anew with {newest}.")
    reasons = {
        "no number is sealed": done.unsealed,
        "sealed to another key, or damaged": done.unopened,
        "the sealed number is NOT the one of its row: see who can write to the database": done.unlike,
        "its seal is broken: see who can write to the database, and resetapp mapping verify": done.broken,
        "made with a key that is not in the settings (--old-key-lost)": done.unproven,
    }
    for reason, rows in reasons.items():
        if rows:
            click.echo(f"  {rows} left as before: {reason}")


def _tell_who_needs_what(desk: "Desk", register: "Register") -> None:
    """Which keys must stay in the settings."""
    from resetapp.storage.mapping_keys import tallies

    with desk.database.reading() as db:
        used = Counter[str]()
        for each in tallies(db):
            used[each.key_id] += each.rows
    for key in register.settings.keys[1:]:
        if used[key.id]:
            click.echo(f"{key.id}: mappings that need this key: {used[key.id]}. Keep it in the settings")
        else:
            click.echo(f"{key.id}: no mapping needs this key any more. Take its table out and restart the service")


@mapping.command()
@click.pass_obj
def status(config: Path) -> None:
    """How many mappings there are, by state and by key, how many of them are sealed, and what waits."""
    from resetapp.storage import mappings
    from resetapp.storage.mapping_keys import tallies

    with _register(config) as (desk, register):
        with desk.database.reading() as db:
            found, waiting = tallies(db), mappings.waiting(db)
        sealing = "sealed, too" if register.escrow else "not sealed: there is no escrow_key"
        click.echo(f"New mappings are made with {register.indexes.newest}, and {sealing}.\n")
        click.echo(f"{'key':<16} {'state':<12} {'rows':>7} {'sealed':>7}")
        for each in found:
            click.echo(f"{each.key_id:<16} {each.state:<12} {each.rows:>7} {each.sealed:>7}")
        since = f", the oldest since {waiting[0].requested_at.astimezone():%Y-%m-%d %H:%M}" if waiting else ""
        click.echo(f"\nRequests that wait for a second person: {len(waiting)}{since}.")


_MOST_TOLD = 100
_FLAWS = {
    "row": "was not written by this service: its seal is not ours. It opens nothing",
    "request": "request was not written by this service. It cannot be approved",
    "revived": "counts, and the audit trail says that it ended: an older copy of it was put back",
}


@mapping.command()
@click.pass_obj
def verify(config: Path) -> None:
    """Look for mappings that somebody wrote past this service. Reads only; exit 1 when one is found.

    Whether the audit trail is whole, `resetapp audit verify` tells.
    """
    from resetapp.storage import mapping_verification as verification

    with _register(config) as (desk, register):
        seals = register.indexes.seals
        with desk.database.reading() as db:
            rows = verification.count(db)
            broken = [*verification.broken_rows(db, seals), *verification.broken_requests(db, seals)]
            broken += verification.revived(db)
    for each in broken[:_MOST_TOLD]:
        named = f" ({each.directory}: {each.username})" if each.directory else ""
        click.echo(f"✗ {each.id}{named}: {_FLAWS[each.flaw]}")
    if len(broken) > _MOST_TOLD:
        click.echo(f"✗ and {len(broken) - _MOST_TOLD} more")
    click.echo(f"{rows} mappings that wait or are approved were looked at; {len(broken)} faults.")
    if broken:
        click.echo("  → See who can write to the database; docs/mapping.md, A broken seal")
        raise SystemExit(1)


@contextmanager
def _register(config: Path) -> "Iterator[tuple[Desk, Register]]":
    """Raises DatabaseTrouble when the database is not of this version."""
    from resetapp.app import desk_of
    from resetapp.storage.database import demand_newest
    from resetapp.trouble import DatabaseDown

    settings = load(config)
    demand_newest(settings.database.url)
    desk = desk_of(settings)
    try:
        if desk.register is None:
            raise click.ClickException("mappings are switched off\n  → Write enabled = true under [mapping]")
        yield desk, desk.register
    except DatabaseDown:
        raise click.ClickException("the database does not answer\n  → What is done is whole; run this again") from None
    finally:
        desk.close()


def _steps(*steps: str) -> None:
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")
