"""`deploy/nginx.conf` in a real nginx before the running app: what comes through, and what is written down."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from werkzeug.serving import WSGIRequestHandler, make_server

from resetapp.demo.certificates import ServerCertificates
from resetapp.settings import Encryption
from tests.directory.binding import binds
from tests.hub import request_id
from tests.mail.smtp_server import Post, running_post
from tests.servers.nginx import Proxy, running_nginx
from tests.servers.running import ServerUnavailable
from tests.web.conftest import Keys, World, fresh_directory, hidden, making_worlds
from tests.web.mapping.steps import MAPPER, STUDENT, WHY, freeze_links, mapped, mapping_world, states
from tests.web.visiting import GOOD, account, cpr

NAME = "password.example.dk"
FORGED = {
    "X-Forwarded-For": "127.0.0.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=127.0.0.9;host=evil.example",
}
CANARY = "canary6101901234"


class KeptConnections(WSGIRequestHandler):
    """As the service's own server keeps them."""

    protocol_version = "HTTP/1.1"


class Named(HTTPAdapter):
    """The tests' certificate is localhost's, whatever address it is asked at."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, assert_hostname="localhost", server_hostname="localhost")


@dataclass
class Scene:
    """`arrived`: what the app was handed, request by request."""

    world: World
    post: Post
    proxy: Proxy
    ca: Path
    stop_app: Callable[[], None]
    arrived: list[dict[str, Any]] = field(default_factory=list)

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.trust_env, session.verify = False, str(self.ca)
        session.headers.update({"Host": NAME, "Accept-Language": "da"})
        session.mount("https://", Named())
        return session

    def url(self, path: str, address: str = "127.0.0.1") -> str:
        return f"https://{address}:{self.proxy.https}{path}"

    def get(self, browser: requests.Session, path: str) -> requests.Response:
        return browser.get(self.url(path), allow_redirects=False, timeout=30)

    def post_form(self, browser: requests.Session, path: str, page: str, **more: Any) -> requests.Response:
        """As the page's own form sends it."""
        token = {"csrf_token": hidden(page, "csrf_token")}
        headers = {"Referer": f"https://{NAME}/", "Sec-Fetch-Site": "same-origin"}
        data = {**token, **more.pop("form", {})}
        return browser.post(self.url(path), data=data, headers=headers, allow_redirects=False, timeout=30, **more)

    def log_in(self, browser: requests.Session, key: str, path: str = "/login") -> requests.Response:
        asked = request_id(self.get(browser, path).headers["Location"])
        message = self.world.hub.posted(self.world.hub.answer(asked, cpr(key)))
        headers = {"Origin": "https://hub.example", "Sec-Fetch-Site": "cross-site"}
        form = {"SAMLResponse": message, "RelayState": ""}
        return browser.post(self.url("/saml/acs"), data=form, headers=headers, allow_redirects=False, timeout=30)


@pytest.fixture(scope="module")
def scene(
    keys: Keys, certificates: ServerCertificates, ready: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("nginx")
    arrived: list[dict[str, Any]] = []
    with (
        running_post(Encryption.NONE) as post,
        fresh_directory(certificates) as directory,
        making_worlds(keys, directory, ready, folder) as make,
    ):
        service = replace(make().settings.service, trusted_proxies=1)
        world = mapping_world(partial(make, service=service), post)

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            arrived.append({name: value for name, value in environ.items() if isinstance(value, str)})
            found: Iterable[bytes] = world.app(environ, start_response)
            return found

        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=KeptConnections)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            with running_nginx(NAME, server.server_port, certificates.server, folder) as proxy:
                yield Scene(world, post, proxy, certificates.ca, server.server_close, arrived)
        except ServerUnavailable as reason:
            pytest.skip(str(reason))
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def test_a_whole_visit_over_connections_that_are_kept(scene: Scene) -> None:
    browser = scene.browser()
    assert scene.log_in(browser, "clara").headers["Location"] == "/password"
    page = scene.get(browser, "/password").text
    form = {"attempt": hidden(page, "attempt"), "password": GOOD}
    assert scene.post_form(browser, "/password", page, form=form).headers["Location"] == "/done"
    done = scene.get(browser, "/done")
    assert "Din adgangskode er ændret" in done.text
    assert done.headers["Server"] == "nginx"
    assert binds(scene.world.endpoint, account("clara"), GOOD)
    assert all(cookie.secure for cookie in browser.cookies)


def test_the_app_hears_who_asks_and_never_what_they_claim(scene: Scene) -> None:
    scene.arrived.clear()
    assert scene.browser().get(scene.url("/"), headers=FORGED, timeout=30).status_code == 200
    [asked] = scene.arrived
    assert asked["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"  # nginx's word: this test asks from there
    assert asked["HTTP_X_FORWARDED_PROTO"] == "https"
    assert asked["HTTP_HOST"] == NAME
    assert [name for name, value in asked.items() if "evil.example" in value] == []


def test_the_numbers_for_the_watchers_are_not_for_the_world(scene: Scene) -> None:
    assert "resetapp_info" in scene.get(scene.browser(), "/metrics").text  # from this very machine
    if not scene.proxy.outside:
        pytest.skip("this machine has no address but loopback: give it one, and it is asked from there")
    answer = scene.browser().get(scene.url("/metrics", scene.proxy.outside), headers=FORGED, timeout=30)
    assert scene.arrived[-1]["HTTP_X_FORWARDED_FOR"] == scene.proxy.outside
    assert answer.status_code == 404
    assert "resetapp_info" not in answer.text


def test_a_file_of_mappings_may_be_large_and_nothing_else(scene: Scene) -> None:
    """No body comes to a temporary file: there is no folder for one."""
    browser = scene.browser()
    assert scene.log_in(browser, MAPPER, "/staff/login").status_code == 303
    page = scene.get(browser, "/staff/mappings/import").text
    send = partial(scene.post_form, browser, "/staff/mappings/import", page, form={"reason": WHY})
    sent = send(files={"file": ("people.csv", b"x" * 2_900_000)})
    assert (sent.status_code, "Filen er for stor" in sent.text) == (422, True)
    sent = send(files={"file": ("people.csv", b"cpr;username\n" + b"x" * 1_900_000)})
    assert sent.status_code == 303
    scene.arrived.clear()
    refusals = [send(files={"file": ("people.csv", b"x" * 4_000_000)})]
    for path in ("/password", "/saml/acs", "/staff/mappings/new", "/staff/mappings/import/x"):
        refusals.append(browser.post(scene.url(path), data=b"x" * 300_000, timeout=30))
    for refused in refusals:
        assert refused.status_code == 413
        assert "Der blev sendt for meget på én gang" in refused.text
        assert "Too much was sent at once" in refused.text
        assert refused.headers["Content-Type"] == "text/html; charset=utf-8"
        assert refused.headers["Cache-Control"] == "no-store"
        assert "nginx" not in refused.text
    assert scene.arrived == []
    assert browser.post(scene.url("/saml/acs"), data=b"x" * 250_000, timeout=30).status_code != 413
    assert [each["PATH_INFO"] for each in scene.arrived] == ["/saml/acs"]


def test_http_leads_to_the_start_page_and_forgets_where_to(scene: Scene) -> None:
    url = f"http://127.0.0.1:{scene.proxy.http}/freeze/{CANARY}?SAMLRequest={CANARY}"
    answer = requests.get(url, headers={"Host": NAME}, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/")


def test_no_log_holds_what_opens_a_page_or_what_the_hub_says(scene: Scene) -> None:
    """The last: it takes the app away, for that is when nginx has something to complain of."""
    mapped(scene.world)
    link = freeze_links(scene.world, scene.post)[-1]
    token, browser = link.rpartition("/")[2], scene.browser()
    page = scene.get(browser, link).text
    assert "Det er stoppet" in scene.post_form(browser, link, page).text
    assert states(scene.world) == ["frozen"]
    scene.get(browser, f"/saml/slo?SAMLRequest={CANARY}&Signature={CANARY}")
    browser.get(scene.url("/"), headers={"Referer": f"https://{NAME}{link}"}, timeout=30)
    scene.stop_app()
    for path in (link, f"/saml/slo?SAMLRequest={CANARY}"):
        assert scene.get(scene.browser(), path).status_code == 502
    log = scene.proxy.logs_with('"GET /saml/slo" 502 ')
    assert re.search(r'127\.0\.0\.1 \[\S+\] "POST /freeze/-" 200 ', log)
    assert len(re.findall('"GET /freeze/-" 502 ', log)) == 1
    assert token not in log
    assert CANARY not in log
    assert account(STUDENT) not in log
