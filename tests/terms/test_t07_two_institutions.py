"""T7: each institution has an installation of its own, and a login at one is nothing to the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from resetapp.demo import stage as stage_of
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_connection import AnyTree
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.stage import Rehearsal, Stage
from resetapp.settings import Settings


class WatchedTree:
    """A directory's tree that notes each thing asked of it, by name."""

    def __init__(self, tree: AnyTree) -> None:
        self.tree = tree
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.tree, name)
        if callable(found):
            self.asked.append(name)
        return found


@dataclass(frozen=True)
class Institution:
    """An installation with a directory of its own, both running."""

    stage: Stage
    directory: WatchedTree
    rehearsal: Rehearsal

    def asked(self) -> list[str]:
        """What was asked since the last time."""
        told, self.directory.asked[:] = self.directory.asked[:], []
        return told


@pytest.fixture
def two(stage: Stage, settings: Settings) -> Iterator[tuple[Institution, Institution]]:
    def opened(name: str) -> Iterator[Institution]:
        tree = WatchedTree(Tree(demo_tree(datetime.now(UTC)), lambda: datetime.now(UTC)))
        with running_directory(tree, stage.endpoint.certificates) as endpoint:
            service = replace(settings.service, public_url=f"https://{name}.example.dk", person_key=name.encode() * 32)
            wayf = replace(settings.wayf, entity_id=f"https://{name}.example.dk/saml/metadata")
            own = replace(stage, endpoint=endpoint)
            yield Institution(own, tree, own.rehearse(replace(settings, service=service, wayf=wayf)))

    for first in opened("a"):
        for second in opened("b"):
            yield first, second


def test_a_login_at_one_never_asks_the_directory_of_the_other(two: tuple[Institution, Institution]) -> None:
    for here, other in (two, two[::-1]):
        came_back = here.rehearsal.log_in("freja")
        assert here.rehearsal.logged_in(came_back.browser)
        assert "Adgangskoden er ikke dit MitID" in here.rehearsal.set_password(came_back).text
        assert here.asked()
        assert other.asked() == []


def test_nor_does_the_login_of_somebody_whom_the_first_does_not_know(two: tuple[Institution, Institution]) -> None:
    here, other = two
    here.rehearsal.log_in("clara")
    here.rehearsal.log_in("ida")
    assert here.asked()
    assert other.asked() == []


def test_a_login_at_one_is_none_at_the_other(two: tuple[Institution, Institution]) -> None:
    here, other = two
    came_back = here.rehearsal.log_in("freja")
    (cookie,) = (each for each in came_back.answer.headers.getlist("Set-Cookie") if each.startswith("__Host-resetapp="))
    value = cookie.partition("=")[2].partition(";")[0]
    carried = {}
    for name, institution in (("a", here), ("b", other)):
        browser = institution.rehearsal.app.test_client()
        browser.set_cookie("__Host-resetapp", value, domain=f"{name}.example.dk", secure=True)
        carried[name] = institution.rehearsal.logged_in(browser)
    assert carried == {"a": True, "b": False}
    assert other.asked() == []


def test_a_ticket_for_one_opens_nothing_at_the_other(two: tuple[Institution, Institution]) -> None:
    here, other = two
    audience = here.rehearsal.settings.wayf.entity_id
    assert not other.rehearsal.logged_in(other.rehearsal.log_in("freja", audience=audience).browser)
    assert other.asked() == []


def test_a_directory_that_both_had_would_be_seen(
    two: tuple[Institution, Institution], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the tests above can fail: an installation with the other's directory asks it."""
    here, other = two
    own = stage_of._directory

    def both(endpoint: Any) -> Any:
        return own(other.stage.endpoint)

    monkeypatch.setattr(stage_of, "_directory", both)
    shared = here.stage.rehearse(settings)
    shared.log_in("freja")
    assert other.asked()
