"""`resetapp mapping`: the keys of the list of mappings, and what stands in it. docs/mapping.md tells the whole way."""

from pathlib import Path

import click

from resetapp.import_command import import_command

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


def _steps(*steps: str) -> None:
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")
