"""`resetapp demo`: the whole journey on this machine. Fresh keys, a temporary folder, loopback alone, no trace left."""

import contextlib
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from resetapp.demo.demo_app import SIMULATOR_VARIABLE
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import PEOPLE
from resetapp.demo.people import PERSONAS
from resetapp.demo.processes import DemoEnded, Part, free_port, listens, running, serves, wait_until
from resetapp.demo.slapd import SlapdUnavailable, running_slapd

_FRIENDLY_PORT = 8000
_HEARTBEAT = 0.5  # seconds between two looks at the parts
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class _Directory:
    part: Part
    ldaps_port: int
    ca_file: Path


def run(directory: str = "embedded", port: int | None = None) -> None:
    """Until Ctrl-C or SIGTERM. `directory`: "embedded" or "slapd". Raises DemoEnded when a part ends by itself."""
    stop = threading.Event()
    with _endings_noted(stop), ExitStack() as stack:
        parts, told = _start(stack, directory, port, stop)
        if not stop.is_set():
            _say(told)
        while not stop.wait(_HEARTBEAT):
            for part in parts:
                part.demand_alive()
        _say("\nThe demo ends …")
    _say("Everything is stopped and deleted.")


@contextlib.contextmanager
def _endings_noted(stop: threading.Event) -> Iterator[None]:
    """A signal only sets `stop`: nothing is interrupted half-way, so nothing is left running."""
    before = {ending: signal.signal(ending, lambda *_: stop.set()) for ending in _ENDINGS}
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)


def _start(stack: ExitStack, kind: str, port: int | None, stop: threading.Event) -> tuple[list[Part], str]:
    """Everything up and answering, and what to tell about it. The stack ends the parts in reverse order."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="resetapp-demo-")))
    directory = _slapd(stack, folder) if kind == "slapd" else _embedded(stack, folder, stop)
    app_port, hub_port = _app_port(port), free_port()
    app_url, hub_url = f"http://127.0.0.1:{app_port}", f"http://127.0.0.1:{hub_port}"
    hub_folder, sp_metadata = folder / "hub", folder / "sp-metadata.xml"
    hub = Hub.kept_in(hub_folder, hub_url, sp_metadata)
    table = demo_directory_settings(directory.ca_file, directory.ldaps_port)
    settings = install(folder, app_url, hub.entity_id, hub_folder / "hub-metadata.xml", table, datetime.now(UTC))
    arguments = ["resetapp.demo.simulator", "--port", str(hub_port), "--folder", str(hub_folder)]
    arguments += ["--sp-metadata", str(sp_metadata)]
    simulator = stack.enter_context(running("the simulator", arguments, folder / "simulator.log"))
    environment = {"RESETAPP_CONFIG": str(settings), SIMULATOR_VARIABLE: hub_url}
    arguments = ["resetapp.demo.demo_app", str(app_port)]
    service = stack.enter_context(running("the service", arguments, folder / "service.log", environment))
    wait_until(simulator, lambda: serves(hub_port, "/"), stop)
    wait_until(service, lambda: serves(app_port, "/"), stop)
    return [directory.part, simulator, service], _told(app_url, hub_url, directory)


def _embedded(stack: ExitStack, folder: Path, stop: threading.Event) -> _Directory:
    port = free_port()
    arguments = ["resetapp.demo.directory_server", "--folder", str(folder / "directory"), "--port", str(port)]
    part = stack.enter_context(running("the directory", arguments, folder / "directory.log"))
    wait_until(part, lambda: listens(port), stop)
    return _Directory(part, port, folder / "directory" / "ca.pem")


def _slapd(stack: ExitStack, folder: Path) -> _Directory:
    try:
        endpoint = stack.enter_context(running_slapd(folder / "directory"))
    except SlapdUnavailable as error:
        raise DemoEnded("slapd cannot be used", str(error)) from None
    log = folder / "directory" / "slapd.log"
    part = Part("slapd", lambda: listens(endpoint.ldaps_port), lambda: log.read_text(errors="replace")[-2000:])
    return _Directory(part, endpoint.ldaps_port, endpoint.certificates.ca)


def _app_port(wish: int | None) -> int:
    found = free_port(wish or _FRIENDLY_PORT)
    if wish and found != wish:
        raise DemoEnded(f"port {wish} is taken", "Choose another --port, or leave it out.")
    return found


def _told(app_url: str, hub_url: str, directory: _Directory) -> str:
    persona = next(persona for persona in PERSONAS if persona.accounts)
    account = persona.accounts[0]
    return f"""
  {app_url}

Open this address. Log in: a simulator stands in for WAYF, NemLog-in and MitID, and you choose who you are.
{persona.name} is a good start; each of the {len(PERSONAS)} invented people shows what you should see.

Then ask the directory whether the new password works (her old one was "{account.password}"):

  LDAPTLS_CACERT={directory.ca_file} \\
    ldapwhoami -x -H ldaps://127.0.0.1:{directory.ldaps_port} -D uid={account.username},{PEOPLE} -W

End a login from the hub's side: {hub_url}/hub/logout-everywhere
Everything runs on this machine and is deleted at the end. Ctrl-C ends it.
"""


def _say(text: str) -> None:
    print(text, flush=True)  # also when a pipe listens
