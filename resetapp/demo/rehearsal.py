"""`resetapp simulator`: stands in for WAYF, so that an installation can be rehearsed before there is an agreement."""

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from resetapp.demo.hub import Hub
from resetapp.demo.hub_failure import HubFailure, SimulatorEnded
from resetapp.demo.hub_partner import read_partner
from resetapp.demo.people import PERSONAS
from resetapp.demo.people_file import read_people
from resetapp.demo.processes import free_port
from resetapp.demo.simulator import is_loopback, serve

_PORT = 8001
_OPEN = "--open-to-the-network"


def main(arguments: Sequence[str]) -> None:
    """Until Ctrl-C or SIGTERM. Raises SimulatorEnded."""
    found = _arguments(arguments)
    base_url = _base_url(found)
    people = read_people(found.people) if found.people else PERSONAS
    hub = Hub.kept_in(found.folder, base_url, found.sp_metadata, people)
    if found.write_metadata:
        print(_told(hub, found))
        return
    _demand_metadata(found.sp_metadata)
    _demand_free(found.port)
    with contextlib.suppress(KeyboardInterrupt):
        serve(hub, found.listen, found.port, _told(hub, found))


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="resetapp simulator",
        description="Stands in for WAYF, NemLog-in and MitID. Whoever reaches it can be anybody: for rehearsals alone.",
    )
    parser.add_argument("--sp-metadata", type=Path, required=True, help="the output of `resetapp metadata`")
    parser.add_argument("--port", type=int, default=_PORT, help="default: %(default)s")
    parser.add_argument("--people", type=Path, help="TOML: a [[person]] with name and cpr each; else invented people")
    parser.add_argument("--folder", type=Path, default=Path("simulator"), help="keeps its keys; default: %(default)s")
    parser.add_argument("--write-metadata", action="store_true", help="write its hub-metadata.xml and stop")
    parser.add_argument("--listen", default="127.0.0.1", help="an address of this machine; default: %(default)s")
    parser.add_argument("--public-url", default="", help="the https address of the reverse proxy in front of it")
    parser.add_argument(_OPEN, action="store_true", help="allow a --listen that other machines can reach")
    return parser.parse_args(arguments)


def _base_url(found: argparse.Namespace) -> str:
    """Browsers and the service must find the simulator at its own name; over the network by https alone."""
    parts = urlsplit(found.public_url)
    if found.public_url and (parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/")):
        raise SimulatorEnded(f"--public-url {found.public_url} cannot be used", "Write https://a.name, without a path.")
    if not is_loopback(found.listen) and not (found.open_to_the_network and found.public_url):
        remedy = f"Leave --listen out; or add {_OPEN} and --public-url, and let a reverse proxy keep strangers away."
        raise SimulatorEnded(f"other machines could reach {found.listen}, and log in as anybody", remedy)
    host = f"[{found.listen}]" if ":" in found.listen else found.listen
    return str(found.public_url) or f"http://{host}:{found.port}"


def _demand_metadata(sp_metadata: Path) -> None:
    try:
        read_partner(sp_metadata)
    except HubFailure as failure:
        remedy = "Write it with: resetapp --config config.toml metadata > sp-metadata.xml"
        raise SimulatorEnded(f"{sp_metadata}: {failure}", remedy) from None


def _demand_free(port: int) -> None:
    if free_port(port) != port:
        raise SimulatorEnded(f"port {port} is taken", "Choose another --port.")


def _told(hub: Hub, found: argparse.Namespace) -> str:
    folder, origin = found.folder.resolve(), f" from {found.people}" if found.people else ", all invented"
    return f"""
  {hub.base_url}/

A simulator of WAYF, NemLog-in and MitID. Nobody proves here who they are. People: {len(hub.people)}{origin}.
Write this into the table [wayf] of the service's settings, and start resetapp again:

  hub_entity_id = "{hub.entity_id}"
  hub_metadata_file = "{folder / "hub-metadata.xml"}"

The same metadata by address:   {hub.base_url}/saml2/idp/metadata.php
Signed, expired, rolled over:   {hub.base_url}/hub/metadata/signed (expired, rolled, forged, unsigned)
The certificate that signs it:  {hub.base_url}/hub/metadata/feed.pem

After the rehearsal put WAYF's own values back: `resetapp check-config` complains as long as a simulator is the hub
of a public service. docs/rehearsal.md has all steps. Ctrl-C ends it.
"""
