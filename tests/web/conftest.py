"""The real app on a real directory and a real database, with messages of a real hub; only the clock stands still."""

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from resetapp.app import create_app
from resetapp.core.secret import Secret
from resetapp.demo.certificates import ServerCertificates, make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint, demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.messages import HubKey, hub_metadata
from resetapp.saml.keys import SMALLEST_KEY
from resetapp.settings import (
    DatabaseSettings,
    DirectoryKind,
    DirectorySettings,
    Institution,
    KeyPair,
    Limits,
    Passwords,
    Protected,
    Service,
    Settings,
    Visits,
    Wayf,
)
from resetapp.storage.schema import upgrade
from tests.builders import A_RECORD, PERSON_KEY, Clock
from tests.hub import ENTITY_ID, SLO, SSO, TestHub, request_id

PUBLIC_URL = "https://password.example.dk"


@dataclass(frozen=True)
class Keys:
    """Made once for a run. The service's are of the least size it takes: each app reads and proves both anew."""

    signing: KeyPair
    encryption: KeyPair
    hub: HubKey
    hub_metadata_file: Path

    @property
    def encryption_certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.encryption.certificate_file.read_bytes())


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    pairs = [KeyPair(folder / f"{use}.key", folder / f"{use}.crt") for use in ("signing", "encryption")]
    for use in ("signing", "encryption"):
        HubKey.kept_in(folder, use, SMALLEST_KEY)
    hub = HubKey.create("test hub")
    metadata = folder / "hub.xml"
    metadata.write_bytes(hub_metadata(ENTITY_ID, SSO, SLO, [hub]))
    return Keys(pairs[0], pairs[1], hub, metadata)


def directory_settings(endpoint: Endpoint, **changes: Any) -> DirectorySettings:
    table = demo_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port)
    protected = table.pop("protected")
    kept = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    kept |= {
        "kind": DirectoryKind(table["kind"]),
        "bind_password": Secret(table["bind_password"]),
        "ca_file": Path(table["ca_file"]),
        "protected": Protected(groups=tuple(protected["groups"]), usernames=tuple(protected["usernames"])),
    }
    return DirectorySettings(**(kept | changes))


def some_settings(keys: Keys, endpoint: Endpoint, database_url: str) -> Settings:
    return Settings(
        institution=Institution(
            name="Eksempel Universitet",
            name_en="Example University",
            support_phone="+45 12 34 56 78",
            support_email="support@example.dk",
            support_hours="Hverdage 8–16",
            support_hours_en="Weekdays 8–16",
            accessibility_url="https://was.digst.dk/example",
            privacy_contact="dpo@example.dk",
            words=("Eksempel",),
        ),
        service=Service(public_url=PUBLIC_URL, secret_key=Secret("s" * 40), person_key=PERSON_KEY),
        database=DatabaseSettings(database_url),
        wayf=Wayf(
            entity_id=f"{PUBLIC_URL}/saml/metadata",
            hub_entity_id=ENTITY_ID,
            hub_metadata_file=keys.hub_metadata_file,
            signing=keys.signing,
            encryption=(keys.encryption,),
            service_name="Ny adgangskode",
            service_name_en="New password",
            purpose="Formålet er at vælge en ny adgangskode.",
            purpose_en="The purpose is to choose a new password.",
            technical_contact="drift@example.dk",
        ),
        visits=Visits(),
        passwords=Passwords(),
        limits=Limits(),
        directories=(directory_settings(endpoint),),
        terms=A_RECORD,
    )


@dataclass
class World:
    """An app, its clock, its hub, and one browser."""

    app: Flask
    clock: Clock
    hub: TestHub
    client: FlaskClient
    settings: Settings
    endpoint: Endpoint

    def other_browser(self) -> FlaskClient:
        return self.app.test_client()

    def start(self, client: FlaskClient | None = None) -> str:
        """Leave for the hub; returns the AuthnRequest's ID."""
        answer = (client or self.client).get("/login", base_url=PUBLIC_URL)
        assert answer.status_code == 303
        return request_id(answer.location)

    def post_response(self, field: str, client: FlaskClient | None = None) -> TestResponse:
        """As the hub's page makes the browser do it: from another site."""
        headers = {"Origin": "https://hub.example", "Sec-Fetch-Site": "cross-site"}
        form = {"SAMLResponse": field, "RelayState": ""}
        return (client or self.client).post("/saml/acs", data=form, headers=headers, base_url=PUBLIC_URL)

    def log_in(self, cpr: str, client: FlaskClient | None = None, **changes: Any) -> TestResponse:
        response = self.hub.answer(self.start(client), cpr, **changes)
        return self.post_response(self.hub.posted(response), client)

    def get(self, path: str, client: FlaskClient | None = None, **more: Any) -> TestResponse:
        return (client or self.client).get(path, base_url=PUBLIC_URL, **more)

    def post(self, path: str, form: dict[str, Any], client: FlaskClient | None = None) -> TestResponse:
        """As one of our own pages does it: with its token and from the same origin."""
        browser = client or self.client
        page = self.get("/account" if path == "/account" else "/password", browser)
        page = self.get(page.location, browser) if page.status_code == 303 else page
        token = csrf_token(page.text) or "none"
        headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
        return browser.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)

    def choose_password(self, password: str, client: FlaskClient | None = None) -> TestResponse:
        attempt = hidden(self.get("/password", client).text, "attempt")
        return self.post("/password", {"attempt": attempt, "password": password}, client)

    def logged_in(self, client: FlaskClient | None = None) -> bool:
        """Whether this browser has any login: a guarded page is not sent back to the start."""
        answer = self.get("/password", client)
        return not (answer.status_code == 303 and answer.location in ("/", "/expired", "/signed-out"))


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*\svalue="([^"]*)"', html)
    return found[1] if found else ""


def csrf_token(html: str) -> str:
    return hidden(html, "csrf_token")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificates:
    return make_certificates(tmp_path_factory.mktemp("tls"), datetime.now(UTC))


@pytest.fixture
def directory(certificates: ServerCertificates) -> Iterator[Endpoint]:
    """A fresh one for each test, for passwords are set in it; the journeys do the same on slapd."""
    with fresh_directory(certificates) as endpoint:
        yield endpoint


@contextmanager
def fresh_directory(certificates: ServerCertificates) -> Iterator[Endpoint]:
    administrator = secrets.token_urlsafe(16)
    tree = Tree(demo_tree(datetime.now(UTC)), lambda: datetime.now(UTC), admin=(ADMIN_DN, administrator.encode()))
    with running_directory(tree, certificates, admin_password=administrator) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every world would make alike: an empty database of the newest form, and the templates' compiled form."""
    folder = tmp_path_factory.mktemp("ready")
    upgrade(f"sqlite:///{folder}/empty.db")
    (folder / "templates").mkdir()
    return folder


@pytest.fixture
def make_world(keys: Keys, directory: Endpoint, ready: Path, tmp_path: Path) -> Iterator[Callable[..., World]]:
    with making_worlds(keys, directory, ready, tmp_path) as make:
        yield make


@contextmanager
def making_worlds(keys: Keys, directory: Endpoint, ready: Path, folder: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(more_directories: tuple[DirectorySettings, ...] = (), **changes: Any) -> World:
        file = shutil.copy(ready / "empty.db", folder / f"web{len(worlds)}.db")
        settings = replace(some_settings(keys, directory, f"sqlite:///{file}"), **changes)
        settings = replace(settings, directories=(*settings.directories, *more_directories))
        clock = Clock(datetime.now(UTC).replace(microsecond=0))
        app = create_app(settings, clock=clock)
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(ready / "templates"))
        hub = TestHub(keys.hub, f"{PUBLIC_URL}/saml/acs", settings.wayf.entity_id, keys.encryption_certificate, clock)
        worlds.append(World(app, clock, hub, app.test_client(), settings, directory))
        return worlds[-1]

    yield make
    for world in worlds:
        world.app.extensions["resetapp"].database.close()
        for each in world.app.extensions["resetapp"].directories.values():
            each.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
