"""`resetapp keys`: what keys we have, and their change together with WAYF. docs/operator.md tells the whole way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from resetapp.saml.keys import fingerprint, read_certificate
from resetapp.saml.rotation import Rotation, announced, too_early, used_at
from resetapp.settings import KeyPair, Wayf

_USE = click.Choice(["encryption", "signing"])
_WAIT = "Wait ten seconds. A running service takes it up by itself; its log says keys.changed, once for each worker"
_SEND = "resetapp metadata > resetapp-metadata.xml: send it to WAYF, and its sha256sum on another way"


@click.group()
def keys() -> None:
    """Our keys, and their change together with WAYF."""


@keys.command("list")
@click.pass_obj
def list_command(config: Path) -> None:
    """Every key with its fingerprint and state, and the next step of a change that is under way."""
    wayf = Rotation.of(config).wayf
    for line in (*_signing(wayf), *_encryption(wayf)):
        click.echo(line)
    for step in _next_steps(wayf):
        click.echo(f"\nNext: {step}")


def _signing(wayf: Wayf) -> Iterator[str]:
    yield from _key("signing key", wayf.signing, "signs")
    for number, pair in enumerate(wayf.also_signing, 2):
        state = "published, does not sign yet" if announced(wayf) else "published, signs no more"
        yield from _key(f"signing key {number}", pair, state)


def _encryption(wayf: Wayf) -> Iterator[str]:
    several = len(wayf.encryption) > 1
    for number, pair in enumerate(wayf.encryption, 1):
        used = used_at(wayf, pair)
        last = f"last used {used:%Y-%m-%d %H:%M} UTC" if used else "not used since there have been two"
        first = "published first: WAYF is to encrypt to it" if number == 1 else "still read"
        yield from _key(f"encryption key {number}", pair, first + (f"; {last}" if several else ""))


def _key(name: str, pair: KeyPair, state: str) -> Iterator[str]:
    certificate = read_certificate(pair.certificate_file)
    yield f"{name}: {pair.key_file}"
    yield f"    {state}; since {certificate.not_valid_before_utc:%Y-%m-%d}"
    yield f"    SHA-256 {fingerprint(certificate)}"


def _next_steps(wayf: Wayf) -> Iterator[str]:
    if len(wayf.encryption) > 1:
        early = too_early(wayf, "encryption", _now())
        yield f"wait. Not yet safe: {early}" if early else "resetapp keys retire encryption"
    if wayf.also_signing:
        yield "when WAYF has entered both, resetapp keys switch" if announced(wayf) else "resetapp keys retire signing"


@keys.command()
@click.argument("use", type=_USE)
@click.pass_obj
def rotate(config: Path, use: str) -> None:
    """Make the next key and publish it. The old one stays in use; no file is overwritten."""
    pair = Rotation.of(config).rotate(use, _now())
    click.echo(f"Made: {pair.key_file}")
    click.echo(f"      SHA-256 {fingerprint(read_certificate(pair.certificate_file))}")
    if use == "encryption":
        click.echo("It stands first in the settings. In this order:")
        last = "When `resetapp keys list` says that WAYF uses the new key: resetapp keys retire encryption"
    else:
        click.echo("It is published, and the old one goes on signing. In this order:")
        last = "When WAYF has confirmed that both signing keys are entered: resetapp keys switch"
    _steps(_WAIT, _SEND, last, "Make a copy of keys/ (docs/operator.md, Backup)")


@keys.command()
@click.confirmation_option(prompt="Has WAYF confirmed that both of our signing keys are entered?")
@click.pass_obj
def switch(config: Path) -> None:
    """Sign with the announced key. The old one stays published."""
    pair = Rotation.of(config).switch()
    click.echo(f"Signs from now on: {pair.key_file}")
    _steps(_WAIT, "Log in and out once: the hub must take both", "A day later: resetapp keys retire signing")


@keys.command()
@click.argument("use", type=_USE)
@click.option("--force", is_flag=True, help="Although it seems too early. Logins to the old key fail from then on.")
@click.pass_obj
def retire(config: Path, use: str, force: bool) -> None:
    """Take the old key out of use, when that is safe. Its files stay where they are."""
    pair = Rotation.of(config).retire(use, _now(), force=force)
    click.echo(f"No longer in use: {pair.key_file}")
    _steps(_WAIT, _SEND, f"Delete {pair.key_file} and its copies when WAYF has entered this")


def _steps(*steps: str) -> None:
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")


def _now() -> datetime:
    return datetime.now(UTC)
