"""Headers, cookies, hosts, CSRF and sizes: what holds for every answer."""

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest

from resetapp.demo.people import PERSONAS
from tests.web.conftest import PUBLIC_URL, World, hidden

CPR = next(persona.cpr for persona in PERSONAS if persona.key == "freja") or ""
PATHS = [
    "/",
    "/login",
    "/account",
    "/password",
    "/done",
    "/stopped",
    "/expired",
    "/privacy",
    "/cookies",
    "/was",
    "/signed-out",
    "/saml/metadata",
    "/theme.css",
    "/robots.txt",
    "/healthz",
    "/static/style.css",
    "/nothing-here",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_protective_headers(world: World, path: str) -> None:
    headers = world.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert headers["Cache-Control"] == "no-store"
    assert not [name for name, _ in headers if name.startswith("Access-Control")]
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


def test_static_files_with_their_version_are_kept_for_a_year(world: World) -> None:
    page = world.get("/").text
    style = re.search(r'href="(/static/style\.css\?v=[0-9a-f]+)"', page)
    theme = re.search(r'href="(/theme\.css\?v=[0-9a-f]+)"', page)
    assert style
    assert theme
    for found in (style, theme):
        plain = world.get(found[1])
        packed = world.get(found[1], headers={"Accept-Encoding": "gzip, br"})
        assert "immutable" in plain.headers["Cache-Control"]
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in world.get("/", headers={"Accept-Encoding": "gzip"}).headers


def test_cookies_are_bound_to_host_https_and_scripts_cannot_read_them(world: World) -> None:
    answers = [world.get("/login"), world.log_in(CPR), world.get("/password")]
    jar: SimpleCookie = SimpleCookie()
    for answer in answers:
        for line in answer.headers.getlist("Set-Cookie"):
            jar.load(line)
    assert set(jar) == {"__Host-resetapp", "__Host-resetapp-login"}
    for name, morsel in jar.items():
        assert morsel["secure"]
        assert morsel["httponly"]
        assert (morsel["path"], morsel["domain"]) == ("/", "")
        assert morsel["samesite"] in ("Lax", "None", "")
        assert len(morsel.value) < 1000, name


def test_the_session_cookie_tells_nothing_about_the_person(world: World) -> None:
    world.log_in(CPR)
    world.get("/password")
    cookie = world.client.get_cookie("__Host-resetapp", domain="password.example.dk")
    assert cookie is not None
    with world.app.test_request_context():
        serializer = world.app.session_interface.get_signing_serializer(world.app)  # type: ignore[attr-defined]
        assert set(serializer.loads(cookie.value)) <= {"token", "lang", "csrf_token"}


@pytest.mark.parametrize("cookie", ["", "x", "eyJ0b2tlbiI6IngifQ.aaaa.bbbb", "A" * 4000, "\x01"])
def test_a_forged_cookie_is_no_login(world: World, cookie: str) -> None:
    world.client.set_cookie("__Host-resetapp", cookie, domain="password.example.dk", secure=True)
    assert world.get("/").status_code == 200
    assert not world.logged_in()


@pytest.mark.parametrize("host", ["evil.example", "password.example.dk.evil.example", "127.0.0.1"])
def test_a_foreign_host_is_refused(world: World, host: str) -> None:
    answer = world.client.get("/", base_url=f"https://{host}")
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("path", ["/account", "/password", "/stay", "/logout"])
@pytest.mark.parametrize("how", ["no token", "wrong token", "no referrer", "foreign referrer", "foreign site"])
def test_a_forged_post_changes_nothing(world: World, path: str, how: str) -> None:
    world.log_in(CPR)
    page = world.get("/password").text
    form = {"csrf_token": hidden(page, "csrf_token"), "attempt": hidden(page, "attempt"), "password": "grøn cykel bro"}
    headers = {"Referer": f"{PUBLIC_URL}/password", "Sec-Fetch-Site": "same-origin"}
    match how:
        case "no token":
            del form["csrf_token"]
        case "wrong token":
            form["csrf_token"] = form["csrf_token"][:-2] + "xx"
        case "no referrer":
            del headers["Referer"]
        case "foreign referrer":
            headers["Referer"] = "https://evil.example/"
        case _:
            headers["Sec-Fetch-Site"] = "cross-site"
    answer = world.client.post(path, data=form, headers=headers, base_url=PUBLIC_URL)
    assert answer.status_code == 400
    assert "Siden var åben for længe" in answer.text
    assert world.get("/password").status_code == 200


def test_a_body_over_the_limit_is_refused(world: World) -> None:
    world.log_in(CPR)
    answer = world.post("/password", {"attempt": "x", "password": "x" * 20_000})
    assert answer.status_code == 413


def test_unknown_paths_and_methods_get_a_page(world: World) -> None:
    assert "Siden findes ikke" in world.get("/nothing-here").text
    wrong = world.client.put("/", base_url=PUBLIC_URL)
    assert wrong.status_code in (400, 405)
    assert "<h1" in wrong.text


def test_a_forwarded_address_counts_only_behind_a_configured_proxy(make_world: Callable[..., World]) -> None:
    world = make_world()
    limits = replace(world.settings.limits, logins_per_address_per_hour=1)
    direct = make_world(limits=limits)
    assert direct.get("/login", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 303
    assert direct.get("/login", headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 429
    behind = make_world(limits=limits, service=replace(world.settings.service, trusted_proxies=1))
    for number in (1, 2):
        forwarded = {"X-Forwarded-For": f"10.0.0.{number}", "X-Forwarded-Proto": "https"}
        assert behind.get("/login", headers=forwarded).status_code == 303


def test_a_directory_taken_out_of_the_settings_is_told_as_a_change(world: World) -> None:
    world.log_in(CPR)
    world.app.extensions["resetapp"].directories.pop("people")
    page = world.get("/password").text
    answer = world.post("/password", {"attempt": hidden(page, "attempt"), "password": "grøn cykel under bro"})
    assert world.get("/password").location == "/stopped"
    assert "Kontoen er ændret i mellemtiden" in answer.text


@pytest.mark.parametrize("also_the_error_page", [False, True])
def test_a_fault_of_ours_shows_nothing_of_its_text(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], also_the_error_page: bool
) -> None:
    """Exception texts may hold anything: a password, SQL with its values."""
    world.log_in(CPR)
    page = world.get("/password").text

    def broken(*_: object) -> None:
        raise RuntimeError("grøn cykel under bro")

    object.__setattr__(world.app.extensions["resetapp"].directories["people"], "reread", broken)
    if also_the_error_page:
        world.app.jinja_env.filters["datetime"] = world.app.jinja_env.globals["url_for"] = broken
    headers = {"Referer": f"{PUBLIC_URL}/"}
    form = {"attempt": hidden(page, "attempt"), "csrf_token": hidden(page, "csrf_token"), "password": "abe i et træ"}
    capfd.readouterr()
    answer = world.client.post("/password", data=form, headers=headers, base_url=PUBLIC_URL)
    assert answer.status_code == 500
    assert ("<h1" in answer.text) is not also_the_error_page
    out, err = capfd.readouterr()
    assert "RuntimeError" in err  # the log tells class and place
    assert "cykel" not in answer.text + out + err


def test_a_database_that_is_gone_lets_nobody_through(world: World) -> None:
    world.log_in(CPR)
    path = world.settings.database.url.removeprefix("sqlite:///")
    world.app.extensions["resetapp"].database.close()
    with open(path, "wb") as file:  # what a full disk or a restored wrong file leaves
        file.write(b"not a database")
    answer = world.get("/password")
    assert answer.status_code in (500, 503)
    assert "<h1" in answer.text
    assert world.get("/").status_code == 200
