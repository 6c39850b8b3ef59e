"""The service in front of two directories, each part a process of its own but the proxy before the second one.

The first holds the demo's people; the second is slapd, and Sofie has an account in it, too.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from resetapp.demo.certificates import make_certificates
from resetapp.demo.demo_app import SIMULATOR_VARIABLE
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.processes import running, serves, wait_until
from resetapp.demo.slapd import running_slapd
from tests.directory.binding import binds
from tests.directory.proxy import Proxy, between
from tests.ports import free_port
from tests.web.two_directories import GUEST, guests

TIMES = {"connect_timeout_seconds": 1.0, "answer_timeout_seconds": 1.0}


@dataclass
class TwoDirectories:
    url: str
    simulator_url: str
    people: Endpoint
    guests: Endpoint
    proxy: Proxy
    slapd: int  # process id

    def opens(self, password: str, *usernames: str) -> list[str]:
        """Those of these accounts that the password opens."""
        where = {GUEST: self.guests}
        return [each for each in usernames if binds(where.get(each, self.people), each, password)]

    def freeze_when_the_password_comes(self) -> None:
        def freeze() -> None:
            os.kill(self.slapd, signal.SIGSTOP)

        self.proxy.before_modify = freeze

    def thaw(self) -> None:
        self.proxy.before_modify = lambda: None
        os.kill(self.slapd, signal.SIGCONT)


@contextlib.contextmanager
def two_directories(folder: Path) -> Iterator[TwoDirectories]:
    """Raises SlapdUnavailable where slapd is not installed."""
    certificates = make_certificates(folder / "tls", datetime.now(UTC))
    with contextlib.ExitStack() as stack:
        people = stack.enter_context(running_slapd(folder / "people", certificates=certificates))
        second = stack.enter_context(running_slapd(folder / "guests", guests(), certificates=certificates))
        proxy = stack.enter_context(between(second))
        url, hub_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        settings = settings_of_both(folder, url, hub_url, people, proxy)
        serve(stack, folder, url, hub_url, settings)
        slapd = int((folder / "guests" / "slapd.pid").read_text())
        yield TwoDirectories(url, hub_url, people, second, proxy, slapd)


def settings_of_both(folder: Path, url: str, hub_url: str, people: Endpoint, proxy: Proxy) -> Path:
    table = demo_directory_settings(people.certificates.ca, people.ldaps_port)
    more = demo_directory_settings(people.certificates.ca, proxy.port) | TIMES
    more |= {"name": "guests", "title": "Gæsternes katalog", "title_en": "The guests' directory"}
    return installed(folder, url, hub_url, [table, more])


def installed(folder: Path, url: str, hub_url: str, directories: list[dict[str, Any]]) -> Path:
    """The settings' file of a service with these [[directory]] tables."""
    hub = Hub.kept_in(folder / "hub", hub_url, folder / "sp-metadata.xml")
    metadata = folder / "hub" / "hub-metadata.xml"
    return install(folder, url, hub.entity_id, metadata, directories, datetime.now(UTC))


def serve(stack: contextlib.ExitStack, folder: Path, url: str, hub_url: str, settings: Path) -> None:
    """The service and the simulator, up and answering."""
    port, hub_port = (int(each.rsplit(":")[-1]) for each in (url, hub_url))
    arguments = ["resetapp.demo.simulator", "--port", str(hub_port), "--folder", str(folder / "hub")]
    arguments += ["--sp-metadata", str(folder / "sp-metadata.xml")]
    simulator = stack.enter_context(running("the simulator", arguments, folder / "simulator.log"))
    environment = {"RESETAPP_CONFIG": str(settings), SIMULATOR_VARIABLE: hub_url}
    arguments = ["resetapp.demo.demo_app", str(port)]
    service = stack.enter_context(running("the service", arguments, folder / "service.log", environment))
    wait_until(simulator, lambda: serves(hub_port, "/"), threading.Event())
    wait_until(service, lambda: serves(port, "/"), threading.Event())
