"""Each refusal that 389 Directory Server knows, in its own words, and what the person is told: on a real one.

docs/directories/errors.md lists them.
"""

import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from ldap3 import BASE, MODIFY_REPLACE, NONE, SAFE_SYNC, Connection, Server

from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.directory import LdapDirectory, policy_control
from resetapp.directory.flavours.ds389 import DS389
from resetapp.directory.policy_control import PolicyError
from resetapp.trouble import DirectoryDown
from tests.directory.answers import Reply, exchanged, replaced, reply_of
from tests.directory.ds389 import HISTORY_IS_WRITTEN, NEW, opens, the_account
from tests.servers import ds389_people as people
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, bound

pytestmark = pytest.mark.ds389

OLD, NEWER = people.OLD, "Endnu-et-nyt-ord-48"
QUALITY = PolicyError.INSUFFICIENT_PASSWORD_QUALITY
LOWER = "kunsmaabogstaver"
Ruled = Callable[..., str]


def asked(server: RunningServer, username: str, password: str) -> Reply:
    """The service account asks with a plain client."""
    with bound(server.client()) as client:
        return replaced(client, people.dn_of(username), "userPassword", password)


def login(server: RunningServer, username: str, password: str) -> Reply:
    client = server.client(people.dn_of(username), password.encode())
    try:
        return reply_of(client.bind(controls=[policy_control.REQUEST])[1])
    finally:
        client.unbind()


def password_expiration(server: RunningServer, username: str) -> list[bytes]:
    with server.as_admin() as admin:
        wanted = ["passwordExpirationTime"]
        [entry] = admin.search(people.dn_of(username), "(objectClass=*)", BASE, attributes=wanted)[2]
    return list(entry["raw_attributes"].get("passwordExpirationTime", []))


@pytest.fixture
def ruled(ds389_server: RunningServer, ds389_somebody: Somebody) -> Iterator[Ruled]:
    """Somebody under a policy of their own, with these rules."""
    made: list[str] = []
    numbers = itertools.count()

    def somebody_under(**rules: str) -> str:
        username = ds389_somebody()
        dn = f"cn=for-{username}-{next(numbers)},{people.POLICIES}"
        with ds389_server.as_admin() as admin:
            result = admin.add(dn, ["ldapSubentry", "passwordPolicy"], rules)[1]
        assert result["result"] == 0, result
        made.append(dn)
        ds389_server.change(people.dn_of(username), pwdPolicySubentry=[dn])
        return username

    yield somebody_under
    with ds389_server.as_admin() as admin:
        for dn in made:
            admin.delete(dn)


def syntax(words: str) -> str:
    return f"invalid password syntax - {words}"


@pytest.mark.parametrize(
    ("rule", "value", "password", "words", "told"),
    [
        ("MinLength", "12", "Kort-48", syntax("password must be at least 12 characters long"), Refusal.TOO_SHORT),
        (
            "MinCategories",
            "3",
            LOWER,
            syntax(
                "password must contain at least 3 character categories"
                " (valid categories are digit, uppercase, lowercase, special, and 8-bit characters)"
            ),
            Refusal.MORE_KINDS,
        ),
        ("MinDigits", "1", LOWER, syntax("password must contain at least 1 digit characters"), Refusal.MORE_KINDS),
        (
            "MinAlphas",
            "1",
            "1357924680135",
            syntax("password must contain at least 1 alphabetic characters"),
            Refusal.MORE_KINDS,
        ),
        ("MinUppers", "1", LOWER, syntax("password must contain at least 1 uppercase characters"), Refusal.MORE_KINDS),
        (
            "MinLowers",
            "1",
            "KUN-STORE-BOGSTAVER-1",
            syntax("password must contain at least 1 lowercase characters"),
            Refusal.MORE_KINDS,
        ),
        ("MinSpecials", "1", LOWER, syntax("password must contain at least 1 special characters"), Refusal.MORE_KINDS),
        (
            "MaxRepeats",
            "2",
            "Kunnnnn-smaa-1",
            syntax("a character cannot be repeated more than 2 times"),
            Refusal.REPEATED,
        ),
        ("MaxSequence", "3", "xyabcdefgh-Kl9", "Password contains a monotonic sequence", Refusal.SEQUENCE),
        ("MaxSeqSets", "2", "xyabcd-0abcd-9K", "Password contains repeated identical sequences", Refusal.REPEATED),
        ("Palindrome", "on", "Abcd-1221-dcbA", "Password is a palindrome", Refusal.BY_POLICY),
        (
            "MaxClassChars",
            "4",
            "xyaaaaabcd-9K",
            "Password contains too many repeated characters from the same character class",
            Refusal.BY_POLICY,
        ),
    ],
)
def test_each_rule_has_its_words_and_its_reason(
    ds389: LdapDirectory,
    ds389_server: RunningServer,
    ruled: Ruled,
    rule: str,
    value: str,
    password: str,
    words: str,
    told: Refusal,
) -> None:
    username = ruled(passwordCheckSyntax="on", **{f"password{rule}": value})
    reply = asked(ds389_server, username, password)
    assert (reply.code, reply.text, reply.error) == (19, words, QUALITY)
    assert ds389.set_password(the_account(ds389, username), Secret(password)) == PasswordRefused((told,))
    assert opens(ds389_server, username, OLD)


def test_a_part_of_the_entry_has_its_words(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    username = ds389_somebody()
    reply = asked(ds389_server, username, f"xx-{username}-Zebra-9")
    assert (reply.code, reply.error) == (19, QUALITY)
    assert reply.text == syntax("password based off of user entry")


def test_a_dictionary_that_the_server_cannot_load_is_our_trouble(
    ds389: LdapDirectory, ds389_server: RunningServer, ruled: Ruled
) -> None:
    """It refuses every password then, and none of them for its own fault."""
    username = ruled(passwordCheckSyntax="on", passwordDictCheck="on", passwordDictPath="/nonexistent")
    reply = asked(ds389_server, username, NEW)
    assert (reply.code, reply.text) == (19, "Password failed dictionary check: error loading dictionary")
    with pytest.raises(DirectoryDown) as trouble:
        ds389.set_password(the_account(ds389, username), Secret(NEW))
    assert trouble.value.reason == "not_permitted"
    assert opens(ds389_server, username, OLD)


def test_the_history_has_its_words_and_the_current_password_no_control(
    ds389: LdapDirectory, ds389_server: RunningServer, ds389_somebody: Somebody
) -> None:
    username = ds389_somebody()
    current = asked(ds389_server, username, OLD)
    assert (current.code, current.text, current.control) == (19, "password in history", None)
    account = the_account(ds389, username)
    assert isinstance(ds389.set_password(account, Secret(NEW)), PasswordSet)
    time.sleep(HISTORY_IS_WRITTEN)
    earlier = asked(ds389_server, username, OLD)
    assert (earlier.code, earlier.text, earlier.error) == (19, "password in history", PolicyError.PASSWORD_IN_HISTORY)
    assert {DS389.writing.refusal(each.read) for each in (current, earlier)} == {Refusal.USED_BEFORE}


def test_a_hash_is_no_password(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    reply = asked(ds389_server, ds389_somebody(), "{SSHA}9u0pX1gRkfMjmoFWmqUUGzpMIlBuq2Sl")
    assert (reply.code, reply.error) == (19, QUALITY)
    assert reply.text == syntax("passwords with storage scheme are not allowed")


def test_the_minimum_age_binds_the_service_account_too(ds389_server: RunningServer) -> None:
    reply = asked(ds389_server, "young", NEW)
    assert (reply.code, reply.error) == (19, PolicyError.PASSWORD_TOO_YOUNG)
    assert reply.text == "within password minimum age"


def test_the_extended_operation_tells_less(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    """Which is why resetapp modifies; and why it insists on TLS, for a modify the server takes without."""
    dn = people.dn_of(ds389_somebody())
    with bound(ds389_server.client()) as client:
        short = exchanged(client, dn, "Kort-48")
    assert (short.code, short.text.strip(), short.error) == (19, "Failed to update password", QUALITY)
    server = Server("localhost", port=ds389_server.ldap_port, get_info=NONE)
    name, password = ds389_server.service_dn, ds389_server.service_password
    with bound(Connection(server, name, password, client_strategy=SAFE_SYNC, check_names=False)) as plain:
        assert exchanged(plain, dn, NEW).code == 13
        assert replaced(plain, dn, "userPassword", NEWER).code == 0


def test_a_locked_account_has_a_code_of_its_own(ds389_server: RunningServer) -> None:
    reply = login(ds389_server, "locked", OLD)
    assert (reply.code, reply.error) == (19, PolicyError.ACCOUNT_LOCKED)
    assert reply.text.startswith("Exceed password retry limit")


def test_the_server_itself_would_set_the_password_of_a_closed_account(
    ds389_server: RunningServer, ds389_somebody: Somebody
) -> None:
    """Without opening it. resetapp looks before it writes: test_ds389.py, "stays closed"."""
    username = ds389_somebody()
    ds389_server.change(people.dn_of(username), nsAccountLock=["true"])
    assert asked(ds389_server, username, NEW).code == 0
    reply = login(ds389_server, username, NEW)
    assert reply.code == 53
    assert reply.text.startswith("Account inactivated")


def test_a_password_that_the_service_sets_need_not_be_changed(
    ds389: LdapDirectory, ds389_server: RunningServer, ruled: Ruled
) -> None:
    """passwordMustChange: the server marks it as used before. Only what the Directory Manager sets must be changed."""
    username = ruled(passwordMustChange="on")
    account = the_account(ds389, username)
    assert ds389.set_password(account, Secret(NEW)) == PasswordSet(account.key, must_change=False)
    assert password_expiration(ds389_server, username) == [b"19700101000001Z"]
    with bound(ds389_server.client(account.dn, NEW.encode())) as person:
        assert person.search(account.dn, "(objectClass=*)", BASE)[1]["result"] == 0
    time.sleep(HISTORY_IS_WRITTEN)
    ds389_server.change(account.dn, userPassword=[NEWER])
    assert password_expiration(ds389_server, username) == [b"19700101000000Z"]
    reply = login(ds389_server, username, NEWER)
    assert (reply.code, reply.error) == (0, PolicyError.CHANGE_AFTER_RESET)
    assert DS389.writing.must_change(reply.read)


def test_who_does_not_exist_is_refused_for_the_password_first(ds389_server: RunningServer) -> None:
    """So a code tells nothing about who is there. resetapp reads the entry first, and says "gone" from that alone."""
    assert asked(ds389_server, "never-was", "Kort-48").code == 19
    with ds389_server.as_admin() as admin:
        change = {"userPassword": [(MODIFY_REPLACE, [NEW])]}
        assert admin.modify(f"uid=never-was,{seed.PEOPLE}", change)[1]["result"] == 32
