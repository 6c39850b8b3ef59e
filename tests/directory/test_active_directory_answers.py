"""Each refusal that Active Directory knows, in its own words, and what the person is told: on a real Samba.

docs/directories/errors.md lists them, and what Windows says in another way (test_active_directory_words.py).
"""

from dataclasses import dataclass

import pytest
from ldap3 import BASE, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, Connection

from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.passwords import PasswordRules, PersonWords, check_password
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.directory.flavours.active_directory import ACTIVE_DIRECTORY
from tests.directory.active_directory import NEW, opens, the_account
from tests.directory.answers import Reply, exchanged, modified, replaced, reply_of
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, bound

pytestmark = pytest.mark.samba

OLD, NEWER = domain.OLD, "Endnu-et-nyt-ord-48"
POLICY_HINTS = ("1.2.840.113556.1.4.2239", "1.2.840.113556.1.4.2066")
HINTS = b"0\x84\x00\x00\x00\x03\x02\x01\x01"


def quoted(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


def asked(server: RunningServer, dn: str, attribute: str, value: str | bytes) -> Reply:
    """The service account asks with a plain client."""
    with bound(server.client()) as client:
        return replaced(client, dn, attribute, value)


@dataclass(frozen=True, slots=True)
class Own:
    """A person at their own account, who gives the old password with the new one."""

    server: RunningServer
    username: str
    dn: str

    def changes(self, old: str, new: str, logged_in_with: str = "") -> Reply:
        change = {"unicodePwd": [(MODIFY_DELETE, [quoted(old)]), (MODIFY_ADD, [quoted(new)])]}
        name = f"{self.username}@{domain.REALM.lower()}"
        with bound(self.server.client(name, (logged_in_with or old).encode())) as person:
            return modified(person, self.dn, change)


@pytest.mark.parametrize(
    ("password", "words", "told"),
    [
        ("Kort-48", "the password is too short. It should be equal or longer than 12 characters!", Refusal.TOO_SHORT),
        ("kunsmaabogstaver", "the password does not meet the complexity criteria!", Refusal.BY_POLICY),
    ],
)
def test_each_refusal_has_its_words_and_its_reason(
    ad: LdapDirectory,
    samba_server: RunningServer,
    samba_somebody: Somebody,
    password: str,
    words: str,
    told: Refusal,
) -> None:
    """19 from this Samba; 53 from Samba 4.24 and from Windows, which never says which rule."""
    account = the_account(ad, samba_somebody())
    reply = asked(samba_server, account.dn, "unicodePwd", quoted(password))
    assert reply.code in (19, 53)
    assert reply.text.startswith("0000052D: ")
    assert words in reply.text
    assert ad.set_password(account, Secret(password)) == PasswordRefused((told,))


def test_a_server_without_policy_hints_is_not_asked_to_obey_them(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """From Samba 4.24 on it obeys. Before, it refuses the whole change if it must obey, and else passes them over."""
    account = the_account(ad, samba_somebody())
    change = {"unicodePwd": [(MODIFY_REPLACE, [quoted(NEW)])]}
    with bound(samba_server.client()) as client:
        known = [oid for oid in POLICY_HINTS if oid in supported_controls(client)]
        critical, ignored = (
            reply_of(client.modify(account.dn, change, controls=[(POLICY_HINTS[0], must, HINTS)])[1])
            for must in (True, False)
        )
    assert (critical.code, ignored.code) == (0 if known else 12, 0)
    assert ad.set_password(ad.reread(account.key), Secret(NEWER)) == PasswordSet(account.key)


def supported_controls(client: Connection) -> list[str]:
    [root] = client.search("", "(objectClass=*)", BASE, attributes=["supportedControl"])[2]
    return [oid.decode() for oid in root["raw_attributes"]["supportedControl"]]


@pytest.mark.parametrize("value", [NEW.encode("utf-16-le"), f'"{NEW}"'.encode()], ids=["unquoted", "UTF-8"])
def test_what_is_no_quoted_utf_16_is_a_fault_of_the_program(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody, value: bytes
) -> None:
    username = samba_somebody()
    reply = asked(samba_server, the_account(ad, username).dn, "unicodePwd", value)
    assert reply.code == 53
    assert reply.text.startswith("00002035: setup_io: it's not allowed to set the NT hash password directly'")
    assert ACTIVE_DIRECTORY.writing.refusal(reply.read) is None
    assert opens(samba_server, username, OLD)


def test_no_other_way_leads_to_a_password(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    username = samba_somebody()
    dn = the_account(ad, username).dn
    assert asked(samba_server, dn, "userPassword", NEW).code == 50
    with bound(samba_server.client()) as client:
        assert exchanged(client, dn, NEW).code == 2
    assert opens(samba_server, username, OLD)


def test_a_password_with_the_username_is_refused_here_for_samba_takes_it(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """Windows refuses it under 0000052D, and does not say why (MS-SAMR 3.1.1.7.2)."""
    account = the_account(ad, samba_somebody())
    password = f"xX9-{account.username}-Zebra"
    assert asked(samba_server, account.dn, "unicodePwd", quoted(password)).code == 0
    rules = PasswordRules(minimum=12, maximum=128)
    words = PersonWords.of((), [account])
    assert Refusal.CONTAINS_NAME in check_password(Secret(password), rules, words)


def test_a_persons_own_change_is_refused_in_other_words(
    ad: LdapDirectory, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    """The service never gives an old password. 00000056 says nothing about the new one, and is not read so."""
    username = samba_somebody()
    own = Own(samba_server, username, the_account(ad, username).dn)
    wrong = own.changes("Et-Helt-Andet-Ord-9", NEW, logged_in_with=OLD)
    assert wrong.code == 19
    assert wrong.text.startswith("00000056: ")
    assert "old password specified doesn't match" in wrong.text
    assert ACTIVE_DIRECTORY.writing.refusal(wrong.read) is None
    current = own.changes(OLD, OLD)
    assert own.changes(OLD, NEW).code == 0
    earlier = own.changes(NEW, OLD)
    for reply, words in ((current, "already used (previous password)"), (earlier, "already used (in history)")):
        assert reply.code == 19
        assert reply.text.startswith("0000052D: ")
        assert words in reply.text
        assert ACTIVE_DIRECTORY.writing.refusal(reply.read) is Refusal.USED_BEFORE


def test_nobody_and_no_right_have_codes_of_their_own(samba_server: RunningServer) -> None:
    nobody = asked(samba_server, f"CN=Never Was,{domain.PEOPLE}", "unicodePwd", quoted(NEW))
    assert nobody.code == 32
    assert nobody.text.startswith("00002030: ")
    administrator = f"CN=Administrator,CN=Users,{domain.SUFFIX}"
    assert asked(samba_server, administrator, "unicodePwd", quoted(NEW)).code == 50
