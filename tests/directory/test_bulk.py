"""Many accounts at once, on a slapd that gives little at a time and knows names of other kinds."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from ldap3 import MODIFY_ADD, MODIFY_REPLACE

from resetapp.core.accounts import AccountState
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import SlapdUnavailable, crowd_cpr, running_slapd
from resetapp.directory import LdapDirectory, bulk
from resetapp.directory.connections import Connections
from resetapp.directory.entries import Entry
from resetapp.directory.hosts import Host
from resetapp.directory.messages import of_one
from resetapp.settings.model import Protected
from resetapp.trouble import DirectoryDown
from tests.directory.binding import admin_connection
from tests.directory.conftest import Opener, settings_for

pytestmark = pytest.mark.slapd

PEOPLE = 130
NAMES = tuple(f"p{number:03d}" for number in range(PEOPLE))
GIVES = 30  # entries in one answer
RULES = f'limits dn.exact="{seed.SERVICE_DN}" size.soft={GIVES} size.hard={GIVES}\n'
TWINS = ("p011", "p087", "p088")
GROUP = seed.SeedGroup("protected", (f"uid={NAMES[-2]},{seed.PEOPLE}",), "uniqueMember")  # no memberOf tells


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stingy") / "slapd.log"


@pytest.fixture(scope="module")
def endpoint(log: Path, certificates: ServerCertificates) -> Iterator[Endpoint]:
    entries = seed.tree(map(_person, range(PEOPLE)), [GROUP])
    try:
        with running_slapd(log.parent, entries, first_rules=RULES, certificates=certificates) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


def _person(number: int) -> seed.SeedAccount:
    given = "Tvilling" if NAMES[number] in TWINS else "Test"
    locked = {"pwdAccountLockedTime": ("20200101000000Z",)} if number % 2 else {}
    more = {"labeledURI": (f"Sted{number}",), **locked}
    return seed.SeedAccount(NAMES[number], given, f"Prøve {number}", crowd_cpr(number), "Gammel-Regnjakke-48", more)


@pytest.fixture
def directory(opened: Opener) -> LdapDirectory:
    return opened.protecting(groups=(GROUP.dn,))


def test_a_server_that_gives_little_is_asked_for_less(directory: LdapDirectory) -> None:
    found = dict(directory.find_all_by_username(NAMES))
    assert tuple(sorted(found)) == NAMES
    assert len(list(directory.reread_all([account.key for account in found.values()]))) == PEOPLE


def test_what_was_too_much_once_is_not_asked_again(directory: LdapDirectory, log: Path) -> None:
    before = log.read_text().count(" err=4 ")
    assert len(list(directory.find_all_by_username(NAMES * 4))) == PEOPLE * 4
    assert log.read_text().count(" err=4 ") - before == 3  # one of 100, two of 50: 25 are few enough


def test_the_server_is_asked_seldom(opened: Opener, log: Path) -> None:
    """Half of them are locked, for a time that stands in a policy; all have their groups and rules looked at."""
    directory = opened(policy=seed.DEFAULT_POLICY, protected=Protected(groups=(GROUP.dn,)))
    list(directory.find_all_by_username(NAMES[:1]))
    before = log.read_text().count(" SRCH base=")
    states = [account.state for _, account in directory.find_all_by_username(NAMES)]
    assert states.count(AccountState.LOCKED) == PEOPLE // 2
    assert log.read_text().count(" SRCH base=") - before < 40


def test_all_accounts_of_one_name_are_told(opened: Opener) -> None:
    directory = opened(username_attribute="givenName")
    found = list(directory.find_all_by_username(["nobody", "Tvilling", "no one"]))
    assert {name for name, _ in found} == {"Tvilling"}
    assert sorted(account.dn for _, account in found) == [f"uid={name},{seed.PEOPLE}" for name in TWINS]


def test_a_name_that_too_many_have_is_trouble(opened: Opener) -> None:
    with pytest.raises(DirectoryDown) as trouble:
        list(opened(username_attribute="givenName").find_all_by_username(["Tvilling", "Test"]))
    assert trouble.value.reason == "too_many"


def test_a_refused_search_is_trouble(opened: Opener) -> None:
    directory = opened(base=f"ou=gone,{seed.SUFFIX}")
    with pytest.raises(DirectoryDown) as trouble:
        list(directory.find_all_by_username(NAMES))
    assert trouble.value.reason == "search_refused"


def test_an_account_that_does_not_show_the_name_is_told_to_who_asked_for_it(opened: Opener) -> None:
    """Surnames and given names are names, too, and the server finds them as such; but it does not show them so."""
    found = list(opened(username_attribute="name").find_all_by_username(["Prøve 5", "nobody", "Tvilling", "Prøve 6"]))
    assert sorted((name, account.dn.partition(",")[0]) for name, account in found) == [
        ("Prøve 5", "uid=p005"),
        ("Prøve 6", "uid=p006"),
        *(("Tvilling", f"uid={name}") for name in TWINS),
    ]


def test_where_capital_letters_count_nobody_is_told_by_another_spelling(opened: Opener) -> None:
    found = opened(username_attribute="labeledURI").find_all_by_username(["sted3", "Sted3", "STED3", "Sted4"])
    assert [name for name, _ in found] == ["Sted3", "Sted4"]


def test_who_comes_into_a_protected_group_during_a_long_run_is_protected(
    directory: LdapDirectory, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(bulk, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(bulk, "_TOGETHER", 10)
    found = directory.find_all_by_username(NAMES)
    next(found)
    admin = admin_connection(endpoint)
    assert admin.modify(GROUP.dn, {"uniqueMember": [(MODIFY_ADD, [f"uid={NAMES[100]},{seed.PEOPLE}"])]})
    admin.unbind()
    now += 10
    protected = {name for name, account in found if account.state is AccountState.PROTECTED}
    assert protected == {NAMES[100], NAMES[-2]}


def test_no_connection_is_held_while_the_caller_is_at_work(directory: LdapDirectory) -> None:
    runs = [directory.find_all_by_username(NAMES) for _ in range(9)]  # one more than there are connections
    assert [next(run)[0] for run in runs]


def test_what_was_asked_ahead_is_known_for_that_moment_alone(endpoint: Endpoint) -> None:
    """Kept longer, it would judge an account by what it was before."""
    dn = f"uid={NAMES[60]},{seed.PEOPLE}"
    search = of_one(dn, ["title"])
    admin = admin_connection(endpoint)
    with contextlib.closing(Connections(settings_for(endpoint)).as_service(Host.parse(endpoint.ldaps))) as session:
        with session.asked_ahead([search]):
            assert admin.modify(dn, {"title": [(MODIFY_REPLACE, ["Rektor"])]})
            assert session.ask(search) == (0, [Entry(dn, {})])
        assert session.ask(search) == (0, [Entry(dn, {"title": (b"Rektor",)})])
    admin.unbind()


def test_the_accounts_of_another_directory_are_not_asked_for(opened: Opener) -> None:
    [(_, account)] = opened().find_all_by_username(NAMES[:1])
    assert list(opened().reread_all([account.key, account.key])) == [account]
    assert list(opened().reread_all([dataclasses.replace(account.key, directory="staff")])) == []
