"""Mappings in a real browser: a file with faults, mended, and approved by somebody else."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Route, expect
from werkzeug.serving import make_server

from resetapp.demo import ldap_seed as seed
from resetapp.settings import Encryption, Staff
from tests.chromium import Chromium, Tab, running_chromium
from tests.hub import request_id
from tests.mail.smtp_server import Post, running_post
from tests.mapping.conftest import number
from tests.web.conftest import World
from tests.web.mailing import mailing_world
from tests.web.mapping.steps import (
    APPROVER,
    MAPPER,
    MAPPING,
    ROLES,
    WHY,
    join,
    let_in_invented,
    set_number,
    states,
)
from tests.web.visiting import account, cpr

pytestmark = pytest.mark.browser

HUB = "http://127.0.0.1:9"  # the same site, as the cookies of a service without TLS need it; its page is made here
SIZES = {"da": {"width": 390, "height": 844}, "en": {"width": 1280, "height": 900}}
OF_FILES = ("sofie", "noah")
FAULTY = f"cpr;username\n123;{account('sofie')}\n{number(1)};nobody\n{number(2)};\n"
MENDED = "cpr;username\n" + "".join(f"{number(n)};{account(key)}\n" for n, key in enumerate(OF_FILES))


@dataclass
class Served:
    """The app of a world behind a real port."""

    world: World
    post: Post
    url: str
    simulator_url: str = HUB


@pytest.fixture
def served(make_world: Callable[..., World]) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener, running_post(Encryption.NONE) as post:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        world = world_at(make_world, post, url)
        server = make_server("127.0.0.1", 0, world.app, threaded=True, fd=listener.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(world, post, url)
        server.shutdown()
        thread.join()


def world_at(make_world: Callable[..., World], post: Post, url: str) -> World:
    """Who asks may approve, too; but not what they asked for."""
    service = replace(make_world().settings.service, public_url=url)
    world = mailing_world(make_world, post, staff=Staff(enabled=True, roles=ROLES), mapping=MAPPING, service=service)
    world.hub = replace(world.hub, acs=f"{url}/saml/acs")
    let_in_invented(world)
    for key in OF_FILES:
        set_number(world, key, "")
    join(world, MAPPER, seed.ADMINISTRATORS)
    return world


@pytest.fixture
def chromium(served: Served) -> Iterator[Chromium]:
    with running_chromium(served) as running:
        yield running


def log_in(tab: Tab, served: Served, key: str, path: str = "/login") -> None:
    """The hub's page posts its answer from another origin."""
    tab.page.set_viewport_size(SIZES[tab.language])  # type: ignore[arg-type]
    tab.open("/")
    spoken = {"Accept-Language": tab.language}
    asked = tab.page.context.request.get(f"{served.url}{path}", max_redirects=0, headers=spoken)
    left = asked.headers["location"]
    answer = served.world.hub.posted(served.world.hub.answer(request_id(left), cpr(key)))
    form = f'<form method="post" action="{served.url}/saml/acs"><input name="SAMLResponse" value="{answer}">'
    html = f"<title>hub</title>{form}<input name=RelayState><button>Go on</button></form>"

    def shown(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html")

    tab.page.route(f"{HUB}/**", shown)
    tab.page.goto(f"{HUB}/sso")
    tab.page.click("button")
    tab.page.wait_for_url(f"{served.url}/**")


def check(tab: Tab) -> None:
    tab.check()
    tab.page.set_viewport_size(SIZES[tab.language])  # type: ignore[arg-type]


@pytest.mark.parametrize("language", SIZES)
def test_a_file_is_mended_and_approved_by_somebody_else(served: Served, chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as mapper, chromium.tab(language) as approver:
        log_in(mapper, served, MAPPER, "/staff/login")
        mapper.open("/staff/mappings/import")
        check(mapper)
        upload(mapper, FAULTY)
        expect(mapper.page.locator("main .accounts li")).to_have_count(3)
        for line in (2, 3, 4):
            expect(mapper.page.locator("main .accounts li").nth(line - 2)).to_contain_text(str(line))
        check(mapper)
        mapper.open("/staff/mappings/import")
        upload(mapper, MENDED)
        expect(mapper.page.locator("form[action$='/withdraw']")).to_be_visible()
        expect(mapper.page.locator("form[action$='/approve']")).to_have_count(0)
        check(mapper)
        log_in(approver, served, APPROVER, "/staff/login")
        approver.page.goto(mapper.page.url)
        hash_shown = approver.page.locator("input[name=hash]").get_attribute("value") or "none"
        expect(approver.page.locator(".facts").first).to_contain_text(hash_shown)
        check(approver)
        approver.page.click("form[action$='/approve'] .btn")
        expect(approver.page.locator(".panel.ok")).to_be_visible()
        check(approver)
    assert states(served.world) == ["approved", "approved"]


def upload(tab: Tab, content: str) -> None:
    tab.page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()})
    tab.page.fill("#reason", WHY)
    tab.page.click("form[enctype] .btn")
