"""The real service and SimpleSAMLphp as processes of their own, and a browser that goes from one to the other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from resetapp.demo.certificates import make_certificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.processes import running, serves, wait_until
from tests.browser import Browser, Page
from tests.interop.simplesamlphp import Federation, SimpleSamlPhpUnavailable, running_federation
from tests.ports import free_port
from tests.settings.written import with_line

_MANY = dict.fromkeys(("logins_per_person_per_hour", "logins_per_address_per_hour"), "100000")


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and its log."""

    url: str
    sp_metadata: Path
    log: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Scene:
    """One browser at one service, and the hub that it is sent to."""

    service: Service
    federation: Federation
    browser: Browser

    def go_to_login(self) -> Page:
        """From our start page to where name and password are asked for."""
        self.browser.open(self.service.url + "/")
        return self.browser.link("//main//a[contains(@class, 'mitid')]")

    def log_in(self) -> Page:
        """To the page where we put the person."""
        page = self.go_to_login()
        assert self.asks_for_password(page), self.browser.visited
        page = self.browser.submit("//form[.//input[@name='password']]", username="somebody", password="password")
        return self.brought_back(page)

    def brought_back(self, page: Page) -> Page:
        """From identity provider to hub and from hub to us: each posts a form."""
        while page.is_page and page.tree.xpath("//input[@name='SAMLResponse']"):
            page = self.browser.submit("//form[.//input[@name='SAMLResponse']]")
        return page

    def asks_for_password(self, page: Page) -> bool:
        at_source = page.url.startswith(self.federation.source.url)
        return at_source and bool(page.tree.xpath("//input[@name='password']"))

    def not_believed_by_the_hub(self, url: str, why: str = "Unable to validate signature on query string") -> None:
        """Its error page, with our message's signature as the reason in its log."""
        before = len(self.federation.hub.log())
        page = self.browser.open(url)
        assert page.url.startswith(self.federation.hub.url), self.browser.visited
        assert page.tree.findtext(".//title") == "Unhandled exception"
        assert why in self.federation.hub.log()[before:]

    def log_out(self) -> Page:
        """By our own button."""
        return self.browser.submit("//form[contains(@action, '/logout')]")

    def logged_out(self) -> bool:
        return self.browser.open(self.service.url + "/password").path != "/password"


@pytest.fixture(scope="session")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(running_federation(tmp_path_factory.mktemp("simplesamlphp")))
        except SimpleSamlPhpUnavailable as unavailable:
            pytest.skip(str(unavailable))
        yield found


@pytest.fixture(scope="session")
def services(federation: Federation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Service]]:
    """One that refuses CBC, as is the default, and one that has been told to accept it."""
    folder = tmp_path_factory.mktemp("services")
    (folder / "hub.xml").write_bytes(federation.hub.metadata())
    now = datetime.now(UTC)
    with ExitStack() as stack:
        tls = make_certificates(folder / "tls", now)
        tree = Tree(demo_tree(now), lambda: datetime.now(UTC))
        directory = stack.enter_context(running_directory(tree, tls))
        table = demo_directory_settings(tls.ca, directory.ldaps_port)
        found = {
            cbc: stack.enter_context(_serving(folder / f"cbc-{cbc}", federation, table, cbc)) for cbc in (False, True)
        }
        yield found


@contextmanager
def _serving(folder: Path, federation: Federation, directory: Mapping[str, object], cbc: bool) -> Iterator[Service]:
    port, metadata = free_port(), folder.parent / "hub.xml"
    url = f"http://127.0.0.1:{port}"
    settings = install(folder, url, federation.entity_id, metadata, [directory], datetime.now(UTC))
    text = settings.read_text("utf-8")
    for key, value in {"listen_port": str(port), "workers": "2", "allow_cbc": str(cbc).lower(), **_MANY}.items():
        text = with_line(text, key, value)
    settings.write_text(text, "utf-8")
    log = folder / "service.log"
    with running("the service", ["resetapp", "--config", str(settings), "serve"], log) as part:
        wait_until(part, lambda: serves(port, "/"), Event())
        yield Service(url, folder / "sp-metadata.xml", log.read_text)


@pytest.fixture
def scene(services: dict[bool, Service], federation: Federation) -> Scene:
    """As WAYF is, and a service with the default settings."""
    federation.ordinary(*(service.sp_metadata for service in services.values()))
    return Scene(services[False], federation, Browser(checked=services[False].url))


@pytest.fixture
def cbc_scene(services: dict[bool, Service], federation: Federation) -> Scene:
    """The service that accepts CBC."""
    federation.ordinary(*(service.sp_metadata for service in services.values()))
    return Scene(services[True], federation, Browser(checked=services[True].url))
