"""A service with two workers, the hub and its signed feed, as processes and servers of their own, and people who never
stop logging in. What a roll-over costs them is what `Crowd` counts.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from werkzeug.serving import make_server

from resetapp.demo.certificates import make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.hub import Hub
from resetapp.demo.hub_keys import HubKey
from resetapp.demo.hub_metadata import hub_metadata
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.processes import Part, serves, wait_until
from resetapp.demo.simulator import _QuietHandler, create_simulator
from tests.browser import Browser
from tests.ports import free_port
from tests.saml.feed_server import FeedServer, feed_server
from tests.settings.written import with_line

PATIENCE = 60.0
WORKERS = 2
PEOPLE = ("freja", "mikkel", "lars")


@dataclass
class Crowd:
    """Threads that log in and out through the hub until the end; what goes wrong is kept word for word."""

    url: str
    logins: int = 0
    failures: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, person: str) -> None:
        while not self._end.is_set():
            try:
                told = log_in_and_out(self.url, person)
            except Exception as error:
                told = f"{type(error).__name__}: {error}"
            with self._lock:
                self.logins += not told
                self.failures += [f"{datetime.now(UTC):%H:%M:%S} {told}"] if told else []

    def stop(self) -> None:
        self._end.set()

    def more(self, count: int = 12) -> None:
        """Waits until so many further logins have come through."""
        goal = self.logins + count
        until(lambda: self.logins >= goal or bool(self.failures), "no logins")
        assert self.failures == []


def log_in_and_out(url: str, person: str) -> str:
    """ "" when it went well, else where it ended."""
    browser = Browser(checked="no page")
    page = browser.open(f"{url}/login")
    if page.status != 200:
        return f"the hub says {page.status}: {page.text[:200]}"
    page = browser.submit("//form[.//button[@name='person']]", person=person)
    page = browser.submit("//form[.//input[@name='SAMLResponse']]")
    if page.path not in ("/password", "/account"):
        return f"after the login: {page.path} {page.status} {page.heading}"
    page = browser.submit("//form[@action='/logout']")
    return "" if page.path == "/signed-out" else f"after the logout: {page.url} {page.status} {page.text[:200]}"


@dataclass
class Service:
    """`resetapp serve`, and the commands that an operator runs beside it."""

    config: Path
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "resetapp", "--config", str(self.config), *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=self.environment)

    def logged(self, words: str) -> int:
        return self.log.read_text().count(words)

    def keys(self, *arguments: str) -> None:
        """`resetapp keys …`, and until every worker has taken up what it did."""
        changes = self.logged("keys.changed")
        done = self.command("keys", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: self.logged("keys.changed") >= changes + WORKERS, "the keys were not taken up")


@dataclass
class Federation:
    """The hub, its feed and the service; `send_metadata` is what the operator does by mail."""

    hub: Hub
    feed: FeedServer
    feed_key: HubKey
    service: Service
    sp_metadata: Path

    def publish(self, *keys: HubKey) -> None:
        """The feed says that the hub has these keys; the service fetches it, and all its workers know."""
        changes = self.service.logged("hub_metadata.changed")
        self.feed.body = signed_feed(self.hub, keys, self.feed_key)
        done = self.service.command("fetch-metadata")
        assert done.returncode == 0, done.stderr
        assert f"{len(keys)} signing keys" in done.stdout
        until(lambda: self.service.logged("hub_metadata.changed") >= changes + WORKERS, "the feed was not taken up")

    def send_metadata(self) -> None:
        done = self.service.command("metadata")
        assert done.returncode == 0, done.stderr
        draft = self.sp_metadata.with_suffix(".new")
        draft.write_text(done.stdout)
        os.replace(draft, self.sp_metadata)


def signed_feed(hub: Hub, keys: tuple[HubKey, ...], feed_key: HubKey) -> bytes:
    end = datetime.now(UTC) + timedelta(days=14)
    return hub_metadata(hub.entity_id, hub.sso_url, hub.slo_url, keys, valid_until=end, feed_key=feed_key)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def federation(folder: Path) -> Iterator[Federation]:
    with ExitStack() as stack:
        now = datetime.now(UTC)
        certificates = make_certificates(folder / "tls", now)
        tree = Tree(demo_tree(now), lambda: datetime.now(UTC))
        directory = stack.enter_context(running_directory(tree, certificates))
        feed = stack.enter_context(feed_server(certificates))
        hub_port, port = free_port(), free_port()
        hub = Hub.kept_in(folder / "hub", f"http://127.0.0.1:{hub_port}", folder / "sp-metadata.xml")
        hub.keys = hub.keys[:1]
        feed_key = HubKey.create("feed")
        feed.body = signed_feed(hub, hub.keys, feed_key)
        stack.enter_context(running_simulator(hub, hub_port))
        tables = [demo_directory_settings(certificates.ca, directory.ldaps_port)]
        url = f"http://127.0.0.1:{port}"
        config = install(folder, url, hub.entity_id, folder / "hub" / "hub-metadata.xml", tables, now)
        adapt(config, port, feed, feed_key)
        environment = {**os.environ, "SSL_CERT_FILE": str(certificates.ca)}
        service = stack.enter_context(running_service(config, url, port, environment))
        yield Federation(hub, feed, feed_key, service, folder / "sp-metadata.xml")


def adapt(config: Path, port: int, feed: FeedServer, feed_key: HubKey) -> None:
    signer = config.with_name("feed.pem")
    signer.write_text(f"-----BEGIN CERTIFICATE-----\n{feed_key.certificate_text()}\n-----END CERTIFICATE-----\n")
    lines = {
        "hub_metadata_file": '""',
        "hub_metadata_url": f'"{feed.url}"',
        "hub_metadata_certificate_files": '["feed.pem"]',
        "listen_port": str(port),
        "workers": str(WORKERS),
        "logins_per_person_per_hour": "100000",
        "logins_per_address_per_hour": "100000",
    }
    text = config.read_text("utf-8")
    for key, value in lines.items():
        text = with_line(text, key, value)
    config.write_text(text, "utf-8")


@contextmanager
def running_simulator(hub: Hub, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, create_simulator(hub), threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def running_service(config: Path, url: str, port: int, environment: dict[str, str]) -> Iterator[Service]:
    log = config.with_name("service.log")
    command = [sys.executable, "-m", "resetapp", "--config", str(config), "serve"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        part = Part("the service", lambda: process.poll() is None, log.read_text)
        ready = lambda: log.read_text().count(" runtime-1") >= WORKERS and serves(port, "/")  # noqa: E731 - one use
        wait_until(part, ready, threading.Event())
        yield Service(config, url, process, log, environment)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def crowd(service: Service) -> Iterator[Crowd]:
    people = Crowd(service.url)
    threads = [threading.Thread(target=people.run, args=(person,), daemon=True) for person in PEOPLE]
    for thread in threads:
        thread.start()
    try:
        yield people
    finally:
        people.stop()
        for thread in threads:
            thread.join(PATIENCE)
