"""A person with accounts in two directories; the second one is reached through a proxy that can lose things."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from werkzeug.test import TestResponse

from resetapp.demo import ldap_seed as seed
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.demo.ldap_tree import Tree
from resetapp.reset import Desk
from resetapp.storage.tables import Attempt
from tests.directory.binding import admin_connection, binds
from tests.directory.proxy import Proxy, between
from tests.web.conftest import World, directory_settings, hidden
from tests.web.visiting import account, cpr, rows

GUEST, OLD = "guest-sofie", "Gammel-Regnjakke-48"
STUDENT, STAFF = account("sofie", 0), account("sofie", 1)
SHORT_TIMES = {"connect_timeout": 0.7, "answer_timeout": 0.7, "host_pause": 0.0}


def guests() -> list[seed.SeedEntry]:
    accounts = [
        seed.SeedAccount(GUEST, "Sofie", "Lindegaard", cpr("sofie"), OLD, {"pwdChangedTime": ("20260101120000Z",)}),
        seed.SeedAccount("guest-admin", "An", "Administrator", "6101901234", OLD),
    ]
    return seed.tree(accounts, [seed.SeedGroup("administrators", (accounts[1].dn,))])


@dataclass
class Two:
    """The visit of somebody with two accounts in the first directory and one in the second."""

    world: World
    guests: Endpoint
    proxy: Proxy

    @property
    def desk(self) -> Desk:
        desk: Desk = self.world.app.extensions["resetapp"].desk
        return desk

    def choose(self, *usernames: str) -> TestResponse:
        """Log in, and choose these accounts by their places on the page."""
        assert self.world.log_in(cpr("sofie")).location == "/account"
        places = {GUEST: "0", STAFF: "1", STUDENT: "2"}
        return self.world.post("/account", {"account": [places[each] for each in usernames]})

    def submit(self, password: str, **fields: str) -> TestResponse:
        attempt = hidden(self.world.get("/password").text, "attempt")
        return self.world.post("/password", {"attempt": attempt, "password": password, **fields})

    def opens(self, password: str) -> set[str]:
        """The accounts that this password opens."""
        found = {each for each in (STUDENT, STAFF) if binds(self.world.endpoint, each, password)}
        return found | ({GUEST} if binds(self.guests, GUEST, password) else set())

    def states(self) -> dict[str, str]:
        """The last state of each account's attempts."""
        return {each.username: each.state.value for each in rows(self.world)}

    def attempt(self, username: str) -> Attempt:
        return [each for each in rows(self.world) if each.username == username][-1]

    def set_behind_our_back(self, password: str) -> None:
        """As an administrator sets the guest's password, or as a request arrives that was held up."""
        admin = admin_connection(self.guests)
        change: dict[str, Any] = {"userPassword": [("MODIFY_REPLACE", [password])]}
        assert admin.modify(f"uid={GUEST},{seed.PEOPLE}", change)[1]["result"] == 0
        admin.unbind()


@contextlib.contextmanager
def two_directories(
    make_world: Callable[..., World], certificates: Any, policy: str = "", **changes: Any
) -> Iterator[Two]:
    """`policy`: the guests' default one, so that it can be read."""
    administrator, now = secrets.token_urlsafe(16), lambda: datetime.now(UTC)
    tree = Tree(guests(), now, admin=(ADMIN_DN, administrator.encode()))
    with running_directory(tree, certificates, admin_password=administrator) as endpoint, between(endpoint) as proxy:
        settings = directory_settings(
            endpoint, name="guests", title="Gæster", title_en="Guests", policy=policy, **SHORT_TIMES
        )
        settings = replace(settings, hosts=(f"ldaps://127.0.0.1:{proxy.port}",))
        yield Two(make_world(more_directories=(settings,), **changes), endpoint, proxy)
