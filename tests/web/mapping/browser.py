"""A world of mappings behind a real port, for a real browser."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from playwright.sync_api import Route
from werkzeug.serving import make_server

from resetapp.demo import ldap_seed as seed
from resetapp.settings import Staff
from tests.chromium import Tab
from tests.hub import request_id
from tests.mail.smtp_server import Post
from tests.web.conftest import World
from tests.web.mailing import mailing_world
from tests.web.mapping.steps import MAPPER, MAPPING, ROLES, STUDENT, join, let_in_invented, set_number
from tests.web.visiting import cpr

HUB = "http://127.0.0.1:9"  # the same site, as the cookies of a service without TLS need it; its page is made here
SIZES = {"da": {"width": 390, "height": 844}, "en": {"width": 1280, "height": 900}}
OF_FILES = ("sofie", "noah")


@dataclass
class Served:
    """The app of a world behind a real port."""

    world: World
    post: Post
    url: str
    simulator_url: str = HUB


@contextmanager
def served_world(make_world: Callable[..., World], post: Post) -> Iterator[Served]:
    with served_at(lambda url: world_at(make_world, post, url), post) as served:
        yield served


@contextmanager
def served_at(make: Callable[[str], World], post: Post) -> Iterator[Served]:
    """`make`: given its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        world = make(url)
        world.hub = replace(world.hub, acs=f"{url}/saml/acs")
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
    let_in_invented(world)
    for key in (STUDENT, *OF_FILES):
        set_number(world, key, "")
    join(world, MAPPER, seed.ADMINISTRATORS)
    return world


def log_in(tab: Tab, served: Served, key: str, path: str = "/login") -> None:
    log_in_with(tab, served, cpr(key), path)


def log_in_with(tab: Tab, served: Served, number: str, path: str = "/login") -> None:
    """The hub's page posts its answer from another origin."""
    tab.page.set_viewport_size(SIZES[tab.language])  # type: ignore[arg-type]
    tab.open("/")
    spoken = {"Accept-Language": tab.language}
    asked = tab.page.context.request.get(f"{served.url}{path}", max_redirects=0, headers=spoken)
    left = asked.headers["location"]
    answer = served.world.hub.posted(served.world.hub.answer(request_id(left), number))
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
