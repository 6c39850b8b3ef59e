"""A rehearsal of logins: the real application with an institution's own settings and keys, among invented people.

The hub, the directory, the database and the clock are the rehearsal's own and vanish with it; nothing of the
institution's is written, and its directories are not asked.
"""

import logging
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit
from zlib import decompress

from cryptography import x509
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from resetapp.app import create_app
from resetapp.demo.certificates import make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.messages import (
    AUTHN_FAILED,
    RESPONDER,
    HubKey,
    LoginResponse,
    encoded,
    error_response,
    hub_metadata,
    login_response,
    logout_request,
    nemlogin_attributes,
    redirect_url,
)
from resetapp.demo.people import person
from resetapp.saml.xml import decode64
from resetapp.settings import DatabaseSettings, DirectorySettings, Limits, Passwords, Settings, SettingsError
from resetapp.settings.sections import Reading
from resetapp.settings.shape import DIRECTORY
from resetapp.storage import retention
from resetapp.storage.schema import upgrade
from resetapp.terms.inspection import CameBack

HUB = "https://hub.example"
_PLENTY = 100_000


@dataclass
class Moment:
    """A clock that stands until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Stage:
    """What all rehearsals share: the hub's key and a directory of invented people."""

    folder: Path
    hub_key: HubKey
    endpoint: Endpoint
    ends: ExitStack = field(repr=False)

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["Stage"]:
        with ExitStack() as ends:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="resetapp-rehearsal-")))
            certificates = make_certificates(folder, datetime.now(UTC))
            key = HubKey.create("resetapp rehearsal")
            (folder / "hub.xml").write_bytes(hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [key]))
            upgrade(f"sqlite:///{folder}/empty.db")
            tree = Tree(demo_tree(datetime.now(UTC)), lambda: datetime.now(UTC))
            endpoint = ends.enter_context(running_directory(tree, certificates))
            yield cls(folder, key, endpoint, ends)

    def rehearse(self, settings: Settings) -> "Rehearsal":
        """An application of its own on a fresh database. Raises what `create_app` does."""
        database = Path(tempfile.mkstemp(".db", dir=self.folder)[1])
        database.write_bytes((self.folder / "empty.db").read_bytes())
        own = replace(
            settings,
            service=replace(settings.service, trusted_proxies=0, log_file=""),
            database=DatabaseSettings(f"sqlite:///{database}"),
            wayf=replace(
                settings.wayf,
                hub_entity_id=HUB,
                hub_metadata_file=self.folder / "hub.xml",
                hub_metadata_url="",
                hub_metadata_certificate_files=(),
                state_folder=Path(tempfile.mkdtemp(dir=self.folder)),
            ),
            passwords=Passwords(word_lists=()),
            limits=Limits(*[_PLENTY] * 6),
            directories=(_directory(self.endpoint),),
        )
        lines = self.ends.enter_context(_log_kept())
        clock = Moment(datetime.now(UTC).replace(microsecond=0))
        app = create_app(own, clock=clock)
        self.ends.callback(app.extensions["resetapp"].desk.close)
        _log_to(lines)
        return Rehearsal(app, own, clock, self.hub_key, database, lines)


@dataclass
class Rehearsal:
    """`resetapp.terms.inspection.Rehearsal` says what each of these is for."""

    app: Flask
    settings: Settings
    clock: Moment
    hub_key: HubKey
    database: Path
    lines: "_Lines"

    @property
    def _acs(self) -> str:
        return f"{self.settings.service.public_url}/saml/acs"

    def _certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.settings.wayf.encryption[0].certificate_file.read_bytes())

    def get(self, path: str, browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.app.test_client()).get(path, base_url=self.settings.service.public_url)

    def _left(self, browser: FlaskClient) -> str:
        """The ID of the AuthnRequest; "" when we did not send the browser to the hub."""
        answer = self.get("/login", browser)
        return str(sent_message(answer.location).get("ID")) if answer.status_code == 303 else ""

    def log_in(
        self, someone: str = "freja", /, meanwhile: Callable[[], object] | None = None, **changes: object
    ) -> CameBack:
        """Through the hub and back. `changes`: fields of LoginResponse, and `level`; `meanwhile`: done at the hub."""
        browser, who = self.app.test_client(), person(someone)
        level = cast(tuple[str, ...], changes.pop("level", ("Substantial",)))
        base64 = self.settings.wayf.base64_attributes
        attributes = nemlogin_attributes(who.cpr, who.name, level)
        audience = self.settings.wayf.entity_id
        honest = LoginResponse.honest(HUB, self._acs, audience, self._left(browser), attributes, self.clock())
        honest = replace(honest, authorities=self.settings.wayf.authorities[-1:], base64_attributes=base64)
        honest = replace(honest, **changes)  # type: ignore[arg-type]
        if meanwhile:
            meanwhile()
        answer = self._posted(browser, login_response(honest, self.hub_key, self._certificate()))
        return CameBack(browser, answer, honest.name_id or "", honest.session_index or "")

    def fail_at_hub(self) -> TestResponse:
        """The hub answers with an error, as when NemLog-in fails."""
        browser = self.app.test_client()
        audience = self.settings.wayf.entity_id
        honest = LoginResponse.honest(HUB, self._acs, audience, self._left(browser), {}, self.clock())
        failed = replace(honest, status=(RESPONDER, AUTHN_FAILED))
        return self._posted(browser, error_response(failed, self.hub_key))

    def _posted(self, browser: FlaskClient, xml: bytes) -> TestResponse:
        headers = {"Origin": HUB, "Sec-Fetch-Site": "cross-site"}
        form = {"SAMLResponse": encoded(xml), "RelayState": ""}
        return browser.post("/saml/acs", data=form, headers=headers, base_url=self.settings.service.public_url)

    def logged_in(self, browser: FlaskClient) -> bool:
        """Whether a guarded page lets this browser go on with its visit."""
        answer = self.get("/done", browser)
        return not (answer.status_code == 303 and answer.location in ("/", "/expired", "/signed-out"))

    def end_at_hub(self, came_back: CameBack) -> TestResponse:
        """The hub's LogoutRequest, brought by a browser without any cookie."""
        slo = f"{self.settings.service.public_url}/saml/slo"
        xml = logout_request(
            issuer=HUB,
            destination=slo,
            name_id=came_back.name_id,
            sp_name_qualifier=self.settings.wayf.entity_id,
            session_index=came_back.session_index,
            now=self.clock(),
        )
        url = redirect_url(slo, "SAMLRequest", xml, "state-1", self.hub_key)
        return self.get(url.removeprefix(self.settings.service.public_url))

    def set_password(self, came_back: CameBack) -> TestResponse:
        """The page after a new password was sent for the person's one account."""
        page = self.get("/password", came_back.browser)
        form = {name: _hidden(page.text, name) for name in ("csrf_token", "attempt")} | {"password": _new_password()}
        url = self.settings.service.public_url
        headers = {"Referer": f"{url}/", "Sec-Fetch-Site": "same-origin"}
        return came_back.browser.post("/password", data=form, headers=headers, base_url=url, follow_redirects=True)

    def forward(self, span: timedelta) -> None:
        self.clock.at += span

    def personal_number(self, someone: str) -> str:
        return person(someone).cpr or ""

    def stored(self) -> bytes:
        files = [self.database, *(self.database.with_name(self.database.name + each) for each in ("-wal", "-shm"))]
        return b"".join(file.read_bytes() for file in files if file.is_file())

    def logged(self) -> str:
        return "\n".join(self.lines.kept)

    def prune(self) -> int:
        database = self.app.extensions["resetapp"].database
        with database.transaction() as db:
            return retention.prune(db, self.settings.institution.log_months, self.clock())


def _new_password() -> str:
    """Another one each time: the directory remembers the older ones."""
    return f"grøn cykel under bro {secrets.token_hex(6)}"


class _Lines(logging.Handler):
    """Keeps what is logged, before anything is blotted out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


@contextmanager
def _log_kept() -> Iterator[_Lines]:
    """The root logger as it was, afterwards."""
    root, lines = logging.getLogger(), _Lines()
    before, level = root.handlers[:], root.level
    try:
        yield lines
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def _log_to(lines: _Lines) -> None:
    """Not to standard error: what a rehearsal refuses on purpose would look like trouble."""
    logging.getLogger().handlers[:] = [lines]


def _hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*\svalue="([^"]*)"', html)
    return found[1] if found else ""


def sent_message(url: str) -> etree._Element:
    """The SAML message in the query of a redirect to the hub."""
    query = parse_qs(urlsplit(url).query)
    field = query.get("SAMLRequest") or query["SAMLResponse"]
    return etree.fromstring(decompress(decode64(field[0]), -15))


def _directory(endpoint: Endpoint) -> DirectorySettings:
    """As the settings' file would give it."""
    at = Reading(folder=Path(), public=False)
    read = DIRECTORY(demo_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port), at)
    if not isinstance(read, DirectorySettings):
        raise SettingsError(at.faults)
    return read
