"""Counting on a slapd that gives little at a time, hides some of it, and writes down what it is asked."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ldap3 import MODIFY_REPLACE

from resetapp.core.readiness import CountFault
from resetapp.demo import ldap_messages as ldap
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.slapd import SlapdUnavailable, crowd_cpr, running_slapd
from resetapp.directory.census import Bounds, Census, Counted, NotCounted
from tests.directory.binding import admin_connection
from tests.directory.conftest import settings_for, utc

PEOPLE, GIVES = 130, 30
PAGES = f'limits dn.exact="{seed.SERVICE_DN}" size.soft={GIVES} size.hard={GIVES} size.prtotal=unlimited\n'
NO_PAGES = f'limits dn.exact="{seed.SERVICE_DN}" size.soft={GIVES} size.hard={GIVES} size.prtotal=disabled\n'
HIDES = f"""
access to dn.base="uid=p007,{seed.PEOPLE}" attrs=norEduPersonNIN by * none
"""


def _people() -> list[seed.SeedEntry]:
    return seed.tree(
        [
            seed.SeedAccount(f"p{n:03d}", "Test", f"Prøve {n}", crowd_cpr(n), "Gammel-Regnjakke-48")
            for n in range(PEOPLE)
        ],
        [],
    )


@contextlib.contextmanager
def _slapd(folder: Path, certificates: ServerCertificates, rules: str) -> Iterator[Endpoint]:
    try:
        with running_slapd(folder, _people(), first_rules=rules, certificates=certificates) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


def _counted(endpoint: Endpoint, bounds: Bounds | None = None) -> Counted:
    return Census(settings_for(endpoint), utc, bounds).count(lambda _keys: 0, lambda _done, _of: None)


@pytest.mark.slapd
def test_all_are_counted_in_pages_and_no_number_is_asked_for(tmp_path: Path, certificates: ServerCertificates) -> None:
    with _slapd(tmp_path, certificates, PAGES) as endpoint:
        admin = admin_connection(endpoint)
        assert admin.modify(f"uid=p001,{seed.PEOPLE}", {"norEduPersonNIN": [(MODIFY_REPLACE, [])]})
        admin.unbind()
        said = (tmp_path / "slapd.log").stat().st_size
        assert _counted(endpoint, Bounds(page=GIVES)) == Counted(PEOPLE, PEOPLE - 1, 0)
        log = (tmp_path / "slapd.log").read_text()[said:]
    asked = [line for line in log.splitlines() if " SRCH attr=" in line]
    assert len(asked) == 5 + 5 + 1  # all, those with a number, and the one without
    assert not [line for line in asked if "norEduPersonNIN" in line]


@pytest.mark.slapd
def test_a_server_that_gives_only_so_many_is_no_number(tmp_path: Path, certificates: ServerCertificates) -> None:
    rules = PAGES.replace("unlimited", str(2 * GIVES))
    with _slapd(tmp_path, certificates, rules) as endpoint, pytest.raises(NotCounted) as refused:
        _counted(endpoint, Bounds(page=GIVES))
    assert refused.value.fault is CountFault.SERVER_LIMIT


@pytest.mark.slapd
def test_a_server_that_gives_no_pages_is_no_number(tmp_path: Path, certificates: ServerCertificates) -> None:
    with _slapd(tmp_path, certificates, NO_PAGES) as endpoint, pytest.raises(NotCounted) as refused:
        _counted(endpoint, Bounds(page=GIVES))
    assert refused.value.fault is CountFault.SERVER_LIMIT  # it answers with 11


@pytest.mark.slapd
def test_an_account_that_does_not_show_whether_it_has_a_number_makes_all_unclear(
    tmp_path: Path, certificates: ServerCertificates
) -> None:
    with _slapd(tmp_path, certificates, HIDES + PAGES) as endpoint, pytest.raises(NotCounted) as refused:
        _counted(endpoint, Bounds(page=GIVES))
    assert refused.value.fault is CountFault.UNCLEAR


def test_a_server_that_does_not_know_pages_says_so(
    certificates: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tree, "controls", {**Tree.controls, ldap.SEARCH: frozenset()})
    tree = Tree(_people(), lambda: datetime.now(UTC), admin=(ADMIN_DN, b"x"))
    with running_directory(tree, certificates) as endpoint, pytest.raises(NotCounted) as refused:
        _counted(endpoint)
    assert refused.value.fault is CountFault.NO_PAGES


def test_a_server_that_forgets_the_way_to_the_next_page_is_no_number(
    certificates: ServerCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It obeys and does not say whether there is more: that must not pass for the end."""
    monkeypatch.setattr("resetapp.demo.ldap_connection._page", lambda _request, nodes: (nodes[:20], b""))
    tree = Tree(_people(), lambda: datetime.now(UTC), admin=(ADMIN_DN, b"x"))
    with running_directory(tree, certificates) as endpoint, pytest.raises(NotCounted) as refused:
        _counted(endpoint)
    assert refused.value.fault is CountFault.NO_PAGES
