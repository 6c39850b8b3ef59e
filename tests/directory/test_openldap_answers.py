"""Each refusal that OpenLDAP knows, in its own words, and what the person is told: on a real slapd.

docs/directories/errors.md lists them.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from ldap3 import MODIFY_ADD, MODIFY_DELETE

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import SlapdUnavailable, crowd_cpr, running_slapd
from resetapp.directory import LdapDirectory
from resetapp.directory.policy_control import PolicyError
from resetapp.trouble import DirectoryDown
from tests.directory.answers import Reply, modified, replaced
from tests.directory.binding import binds, connection
from tests.directory.conftest import Opener
from tests.directory.population import OLD
from tests.servers.running import bound

pytestmark = pytest.mark.slapd

NEW, NEWER = "Rødgrød-med-Fløde-26", "Endnu-et-nyt-ord-48"
HASHED = "{SSHA}9u0pX1gRkfMjmoFWmqUUGzpMIlBuq2Sl"
QUALITY = "Password fails quality checking policy"
SAFE, FIXED = (f"cn={name},{seed.POLICIES}" for name in ("old-password", "no-own-change"))
SPECIAL = {"safe": SAFE, "fixed": FIXED, "young": seed.YOUNG_POLICY}
NAMES = (*SPECIAL, "short", "long", "empty", "current", "history", "hashed", "right", "setter")


def entries() -> list[seed.SeedEntry]:
    now = seed.generalized_time(datetime.now(UTC))
    people = []
    for name in NAMES:
        more = {"pwdPolicySubentry": (SPECIAL[name],)} if name in SPECIAL else {}
        more |= {"pwdChangedTime": (now,)} if name == "young" else {}
        people.append(seed.SeedAccount(name, "Test", "Prøve", number_of(name), OLD, more))
    return [*seed.tree(people, []), policy(SAFE, pwdSafeModify="TRUE"), policy(FIXED, pwdAllowUserChange="FALSE")]


def policy(dn: str, **rules: str) -> seed.SeedEntry:
    values = {name: (value,) for name, value in rules.items()}
    fixed = {
        "objectClass": ("device", "pwdPolicy"),
        "cn": (dn[3:].partition(",")[0],),
        "pwdAttribute": ("userPassword",),
    }
    return seed.SeedEntry(dn, {**fixed, **values})


def number_of(name: str) -> str:
    return crowd_cpr(800 + NAMES.index(name))


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates) -> Iterator[Endpoint]:
    try:
        with running_slapd(tmp_path_factory.mktemp("strict"), entries(), certificates=server_certificates) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def directory(strict: Endpoint) -> Iterator[LdapDirectory]:
    with contextlib.ExitStack() as stack:
        yield Opener(strict, stack)()


def the_account(directory: LdapDirectory, name: str) -> DirectoryAccount:
    [account] = directory.find_by_cpr(CprNumber.parse(number_of(name)))
    return account


def asked(endpoint: Endpoint, name: str, password: str) -> Reply:
    """The service account asks with a plain client."""
    with bound(connection(endpoint, seed.SERVICE_DN, seed.SERVICE_PASSWORD)) as client:
        return replaced(client, f"uid={name},{seed.PEOPLE}", "userPassword", password)


@pytest.mark.parametrize(
    ("name", "password", "words", "error", "told"),
    [
        ("short", "kort", QUALITY, PolicyError.PASSWORD_TOO_SHORT, Refusal.TOO_SHORT),
        ("long", "x" * 129, QUALITY, PolicyError.PASSWORD_TOO_LONG, Refusal.TOO_LONG),
        ("empty", "", QUALITY, PolicyError.PASSWORD_TOO_SHORT, Refusal.EMPTY),
        (
            "current",
            OLD,
            "Password is not being changed from existing value",
            PolicyError.PASSWORD_IN_HISTORY,
            Refusal.USED_BEFORE,
        ),
        ("hashed", HASHED, QUALITY, PolicyError.INSUFFICIENT_PASSWORD_QUALITY, Refusal.BY_POLICY),
        ("young", NEW, "Password is too young to change", PolicyError.PASSWORD_TOO_YOUNG, Refusal.TOO_YOUNG),
    ],
)
def test_each_refusal_has_its_words_and_its_reason(
    strict: Endpoint,
    directory: LdapDirectory,
    name: str,
    password: str,
    words: str,
    error: PolicyError,
    told: Refusal,
) -> None:
    reply = asked(strict, name, password)
    assert (reply.code, reply.text, reply.error) == (19, words, error)
    assert directory.set_password(the_account(directory, name), Secret(password)) == PasswordRefused((told,))
    assert binds(strict, name, OLD)


def test_an_earlier_password_has_its_words_and_its_reason(strict: Endpoint, directory: LdapDirectory) -> None:
    account = the_account(directory, "history")
    assert isinstance(directory.set_password(account, Secret(NEW)), PasswordSet)
    reply = asked(strict, "history", OLD)
    assert (reply.code, reply.error) == (19, PolicyError.PASSWORD_IN_HISTORY)
    assert reply.text == "Password is in history of old passwords"
    again = directory.set_password(directory.reread(account.key), Secret(OLD))
    assert again == PasswordRefused((Refusal.USED_BEFORE,))
    assert binds(strict, "history", NEW)


def test_a_policy_that_demands_the_old_password_is_our_trouble(
    strict: Endpoint, directory: LdapDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    """pwdSafeModify: no password would be good enough, so none is called bad, and the operator is told why."""
    reply = asked(strict, "safe", NEW)
    assert (reply.code, reply.error) == (50, PolicyError.MUST_SUPPLY_OLD_PASSWORD)
    assert reply.text == "Must supply old password to be changed as well as new one"
    account = the_account(directory, "safe")
    with pytest.raises(DirectoryDown) as trouble:
        directory.set_password(account, Secret(NEW))
    assert trouble.value.reason == "old_password_demanded"
    assert "result code 50" in caplog.text
    assert directory.reread(account.key) == account
    assert binds(strict, "safe", OLD)


def test_a_policy_that_forbids_people_to_change_does_not_bind_the_service(
    strict: Endpoint, directory: LdapDirectory
) -> None:
    """pwdAllowUserChange FALSE is about the person's own hand."""
    own = {"userPassword": [(MODIFY_DELETE, [OLD]), (MODIFY_ADD, [NEW])]}
    with bound(connection(strict, f"uid=fixed,{seed.PEOPLE}", OLD)) as person:
        reply = modified(person, f"uid=fixed,{seed.PEOPLE}", own)
    assert (reply.code, reply.error) == (50, PolicyError.PASSWORD_MOD_NOT_ALLOWED)
    assert reply.text == "User alteration of password is not allowed"
    account = the_account(directory, "fixed")
    assert directory.set_password(account, Secret(NEWER)) == PasswordSet(account.key)
    assert binds(strict, "fixed", NEWER)


def test_nobody_and_no_right_have_codes_of_their_own(strict: Endpoint) -> None:
    assert asked(strict, "never-was", NEW).code == 32
    with bound(connection(strict, f"uid=right,{seed.PEOPLE}", OLD)) as client:
        reply = replaced(client, f"uid=setter,{seed.PEOPLE}", "userPassword", NEW)
    assert (reply.code, reply.error) == (50, None)


def test_a_yes_comes_without_the_control(strict: Endpoint) -> None:
    reply = asked(strict, "setter", NEW)
    assert (reply.code, reply.control) == (0, None)
