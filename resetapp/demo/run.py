"""`resetapp demo`: the whole journey on this machine. Fresh keys, a temporary folder, loopback alone, no trace left."""

import contextlib
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from resetapp.demo.certificates import make_certificates
from resetapp.demo.demo_app import SIMULATOR_VARIABLE
from resetapp.demo.domain_people import STAFF
from resetapp.demo.history import write_history
from resetapp.demo.history_readiness import write_readiness
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings, staff_directory_settings
from resetapp.demo.ldap_seed import CONSOLE_ROLES, PEOPLE
from resetapp.demo.people import OLD_PASSWORD, PERSONAS, person
from resetapp.demo.people_refused import WITHOUT_NUMBER
from resetapp.demo.people_served import MAPPED
from resetapp.demo.people_staff import APPROVER, MAPPER, SUPPORTER
from resetapp.demo.persona import Home
from resetapp.demo.processes import DemoEnded, Part, free_port, listens, running, serves, wait_until
from resetapp.demo.slapd import SlapdUnavailable, running_slapd
from resetapp.settings import load

_FRIENDLY_PORT = 8000
_HEARTBEAT = 0.5  # seconds between two looks at the parts
_MAIL = {"host": "127.0.0.1", "encryption": "tls", "from_address": "adgangskode@example.dk"}
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class _Directory:
    part: Part
    ldaps_port: int
    ca_file: Path


def run(directory: str = "embedded", port: int | None = None) -> None:
    """Until Ctrl-C or SIGTERM. Raises DemoEnded when a part ends by itself.

    `directory`: what the first of the two directories is, "embedded" or "slapd".
    """
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
    people = _slapd(stack, folder) if kind == "slapd" else _embedded(stack, folder, Home.PEOPLE)
    staff = _embedded(stack, folder, Home.STAFF)
    app_port, hub_port = _app_port(port), free_port()
    app_url, hub_url = f"http://127.0.0.1:{app_port}", f"http://127.0.0.1:{hub_port}"
    hub_folder, sp_metadata = folder / "hub", folder / "sp-metadata.xml"
    hub = Hub.kept_in(hub_folder, hub_url, sp_metadata)
    tables = [
        demo_directory_settings(people.ca_file, people.ldaps_port),
        staff_directory_settings(staff.ca_file, staff.ldaps_port),
    ]
    now, metadata = datetime.now(UTC), hub_folder / "hub-metadata.xml"
    mail_port, mail_files = free_port(), make_certificates(folder / "mail", now)
    mail = {**_MAIL, "port": mail_port, "ca_file": str(mail_files.ca)}
    settings = install(folder, app_url, hub.entity_id, metadata, tables, now, CONSOLE_ROLES, mail)
    arguments = ["resetapp.demo.simulator", "--port", str(hub_port), "--folder", str(hub_folder)]
    arguments += ["--sp-metadata", str(sp_metadata), "--mail-port", str(mail_port)]
    arguments += ["--mail-certificate", str(mail_files.server.certificate), "--mail-key", str(mail_files.server.key)]
    simulator = stack.enter_context(running("the simulator", arguments, folder / "simulator.log"))
    for directory in (people, staff):
        wait_until(directory.part, partial(listens, directory.ldaps_port), stop)
    if not stop.is_set():
        installed = load(settings)
        write_history(installed, now)
        write_readiness(installed.database.url, now)
    environment = {"RESETAPP_CONFIG": str(settings), SIMULATOR_VARIABLE: hub_url}
    arguments = ["resetapp.demo.demo_app", str(app_port)]
    service = stack.enter_context(running("the service", arguments, folder / "service.log", environment))
    wait_until(simulator, lambda: serves(hub_port, "/"), stop)
    wait_until(service, lambda: serves(app_port, "/"), stop)
    return [people.part, staff.part, simulator, service], _told(app_url, hub_url, people, staff, settings)


def _embedded(stack: ExitStack, folder: Path, home: Home) -> _Directory:
    """Started, and not waited for."""
    port, own = free_port(), folder / home
    arguments = ["resetapp.demo.directory_server", "--folder", str(own), "--port", str(port), "--directory", home]
    part = stack.enter_context(running(f"the directory {home}", arguments, folder / f"{home}.log"))
    return _Directory(part, port, own / "ca.pem")


def _slapd(stack: ExitStack, folder: Path) -> _Directory:
    try:
        endpoint = stack.enter_context(running_slapd(folder / Home.PEOPLE))
    except SlapdUnavailable as error:
        raise DemoEnded("slapd cannot be used", str(error)) from None
    log = folder / Home.PEOPLE / "slapd.log"
    part = Part("slapd", lambda: listens(endpoint.ldaps_port), lambda: log.read_text(errors="replace")[-2000:])
    return _Directory(part, endpoint.ldaps_port, endpoint.certificates.ca)


def _app_port(wish: int | None) -> int:
    found = free_port(wish or _FRIENDLY_PORT)
    if wish and found != wish:
        raise DemoEnded(f"port {wish} is taken", "Choose another --port, or leave it out.")
    return found


def _told(app_url: str, hub_url: str, people: _Directory, staff: _Directory, settings: Path) -> str:
    first, both = person("freja"), person("anders")
    student, employee = first.accounts[0].username, both.accounts[1].username
    return f"""
  {app_url}

Open this address. Log in: a simulator stands in for WAYF, NemLog-in and MitID, and you choose who you are.
{first.name} is a good start, {both.name} has an account in both directories; each of the {len(PERSONAS)} invented
people shows what you should see. Below them, under "What if", stands what an attacker or a broken hub can do.

The staff's console, with three months of invented history: {app_url}/staff/
Log in there as {SUPPORTER.name}, who finds what happened to a caller, and sees events, statistics and status.
{MAPPER.name} has asked for {WITHOUT_NUMBER.name}'s CPR number to be tied to her account: as {APPROVER.name} you can
approve it, and it counts after 72 hours. {MAPPED.name}'s counts already: log in as her on the first page.

The mails that tell the owners of accounts what was done to them, a few seconds after it: {hub_url}/mail

Then ask the directory whether the new password works (every old one was "{OLD_PASSWORD}"):

  LDAPTLS_CACERT={people.ca_file} \\
    ldapwhoami -x -H ldaps://127.0.0.1:{people.ldaps_port} -D uid={student},{PEOPLE} -W

And the staff's, which behaves as Active Directory does:

  LDAPTLS_CACERT={staff.ca_file} \\
    ldapwhoami -x -H ldaps://127.0.0.1:{staff.ldaps_port} -D {employee}@{STAFF.dns_name} -W

See of every clause of WAYF's terms whether it holds here, and keep the report (terms.html, terms.json):

  {sys.executable} -m resetapp --config {settings} check-config --terms --report terms

End a login from the hub's side: {hub_url}/hub/logout-everywhere
Everything runs on this machine and is deleted at the end. Ctrl-C ends it.
"""


def _say(text: str) -> None:
    print(text, flush=True)  # also when a pipe listens
