"""Tens of thousands of accounts in Active Directory: never judged more mildly than one alone, on Samba."""

import contextlib
import dataclasses
import uuid
from collections.abc import Iterable, Iterator, Sequence

import pytest
from ldap3 import MODIFY_ADD

from resetapp.core.accounts import AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.directory.entries import Entry
from resetapp.directory.flavours.group_graph import GroupGraph
from resetapp.directory.groups import Members
from resetapp.directory.messages import Search
from resetapp.directory.session import Session
from resetapp.settings.model import Protected
from tests.directory.opening import Open
from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer

EVERYBODY = (
    *(domain.ORDINARY[-20:]),
    *(each for each in domain._SPECIAL if each not in ("locked", "must-change")),
    *("krbtgt", "Administrator", "Guest", domain.SERVICE, domain.WIDE_SERVICE, domain.COMPUTER, "DC1$"),
)
PRIVILEGED = frozenset(
    (
        *("domain-admin", "nested-admin", "primary-admin", "account-operator", "admin-count", "with-spn"),
        *("not-delegated", "smartcard", "trusted", "in-protected", "nested-protected"),
        *("krbtgt", "Administrator", "Guest", domain.SERVICE),
    )
)
GROUP = f"CN=Protected Accounts,{domain.GROUPS}"
PROTECTED = Protected(groups=(GROUP,))


def verdict(account: DirectoryAccount) -> DirectoryAccount:
    """All that is told of an account but its password's rules, which a run may know in general only."""
    return dataclasses.replace(account, policy=DirectoryPolicy())


@pytest.mark.samba
def test_each_account_of_the_domain_is_judged_as_it_is_alone(ad_opened: Open) -> None:
    """The whole domain as base, so that what came with it and the programs are among them."""
    ad = ad_opened(base=domain.SUFFIX, protected=PROTECTED)
    many = {username: verdict(account) for username, account in ad.find_all_by_username(EVERYBODY)}
    alone = {name: verdict(account) for name in EVERYBODY for account in ad.find_by_username(name)}
    assert many == alone
    again = {account.username: verdict(account) for account in ad.reread_all([each.key for each in alone.values()])}
    assert again == {account.username: account for account in alone.values()}
    protected = {name for name, account in many.items() if account.state is AccountState.PROTECTED}
    assert protected == PRIVILEGED & many.keys()
    assert len(PRIVILEGED & many.keys()) > 12


@pytest.mark.samba
def test_who_is_in_groups_that_are_in_each_other_is_judged_and_protected_through_them(
    ad_opened: Open, samba_server: RunningServer, samba_somebody: Somebody
) -> None:
    ad = ad_opened(protected=PROTECTED)
    [(name, account)] = ad.find_all_by_username([samba_somebody()])
    first, second = (f"CN=Ring {n} {name},{domain.GROUPS}" for n in (1, 2))
    admin = samba_server.admin()
    for dn in (first, second):
        assert admin.add(dn, ["group"], {"sAMAccountName": dn[3:].partition(",")[0]})[1]["result"] == 0
    for group, member in ((first, second), (second, first), (second, account.dn)):
        assert admin.modify(group, {"member": [(MODIFY_ADD, [member])]})[1]["result"] == 0
    assert [each.state for _, each in ad.find_all_by_username([name])] == [AccountState.ACTIVE]
    assert admin.modify(GROUP, {"member": [(MODIFY_ADD, [first])]})[1]["result"] == 0
    assert [each.state for _, each in ad.find_all_by_username([name])] == [AccountState.PROTECTED]
    assert [each.state for each in ad.reread_all([account.key])] == [AccountState.PROTECTED]
    admin.unbind()


@pytest.mark.samba
def test_ordinary_accounts_are_cleared_without_a_word_about_each(ad_opened: Open) -> None:
    """What makes a run quick; without it all would be judged one by one, as strictly."""
    ad = ad_opened(protected=PROTECTED)
    names = (*domain.ORDINARY[-20:], "in-staff", "in-protected", "nested-admin", "primary-admin")
    accounts = {name: account for name in names for account in ad.find_by_username(name)}

    def looked(session: Session) -> frozenset[str]:
        run = ad.bulk_run()
        conditions = [f"(sAMAccountName={name})" for name in names]
        found = session.search(domain.PEOPLE, f"(|{''.join(conditions)})", run._attributes)
        groups = ad._reader.protection.read_groups(session)
        assert groups.members is not None
        return GroupGraph().cleared(found, groups.members, session)

    with ad._pool.after(looked) as (_, cleared):
        assert cleared == {accounts[name].key.entry_id for name in names[:21]}


# ---- what cannot be seen


ID, SID = uuid.uuid4(), bytes.fromhex("010500000000000515000000010000000200000003000000")
SUFFIX, CLASS = "DC=x", "CN=Class,DC=x"


class Server:
    """Answers as one that hides something; by default it hides nothing."""

    def __init__(self) -> None:
        self.domains = [SUFFIX]
        self.sees_groups = True
        self.group: Entry | None = Entry(CLASS, {"objectsid": (SID + b"\x57\x04\0\0",)})
        self.root = Entry("", {"defaultnamingcontext": (b"DC=x",), "configurationnamingcontext": (b"CN=C,DC=x",)})

    def sample(self, base: str, *_rest: object) -> tuple[int, list[Entry]]:
        if base.startswith("CN=Partitions"):
            return 0, [Entry("", {"ncname": (each.encode(),)}) for each in self.domains]
        return 0, [Entry("", {"objectguid": (ID.bytes_le,)})] if self.sees_groups else []

    @contextlib.contextmanager
    def asked_ahead(self, _searches: Iterable[Search]) -> Iterator[None]:
        yield

    def ask(self, search: Search) -> tuple[int, list[Entry]]:
        if search.base.startswith("<SID="):
            return 0, [Entry("", {"objectsid": (SID + b"\x01\x02\0\0",)})]  # Domain Users
        return (0, [self.group]) if self.group else (32, [])


def account(**values: Sequence[bytes]) -> Entry:
    usual = {"objectguid": (ID.bytes_le,), "objectsid": (SID + b"\x58\x04\0\0",), "primarygroupid": (b"513",)}
    return Entry("CN=a,DC=x", usual | {name: tuple(each) for name, each in values.items()})


def cleared(server: Server, entry: Entry, protected: str = "S-1-5-21-1-2-3-9999") -> bool:
    members = Members(sids=frozenset({protected}))
    return GroupGraph().cleared([entry], members, server) == {str(ID)}  # type: ignore[arg-type]


def test_what_is_seen_whole_and_holds_nothing_clears() -> None:
    assert cleared(Server(), account())
    assert cleared(Server(), account(memberof=[CLASS.encode()]))
    assert not cleared(Server(), account(memberof=[CLASS.encode()]), "S-1-5-21-1-2-3-1111")
    assert not cleared(Server(), account(), "S-1-5-21-1-2-3-513")


@pytest.mark.parametrize(
    "values",
    [
        {"primarygroupid": []},
        {"primarygroupid": [b"x"]},
        {"objectsid": []},
        {"objectsid": [b"x"]},
        {"objectguid": [b"short"]},
        {"memberof": [b"\xff"]},
        {"memberof;range=0-1499": [CLASS.encode()]},
        {"sidhistory": [SID + b"\x58\x04\0\0"]},
    ],
)
def test_an_account_of_which_something_is_missing_is_not_cleared(values: dict[str, list[bytes]]) -> None:
    assert not cleared(Server(), account(**values))


def test_groups_that_are_hidden_unreadable_or_of_another_domain_clear_nobody() -> None:
    server, member = Server(), account(memberof=[CLASS.encode()])
    server.sees_groups = False
    assert not cleared(server, account())
    server = Server()
    server.domains.append("DC=child,DC=x")
    assert not cleared(server, account())
    server.domains = []
    assert not cleared(server, account())
    for spoilt in (
        None,
        Entry(CLASS, {}),
        Entry(CLASS, {"objectsid": (SID + b"\x57\x04\0\0",), "memberof;range=0-1499": (b"CN=b",)}),
    ):
        server = Server()
        server.group = spoilt
        assert not cleared(server, member)
    server = Server()
    server.group = Entry(CLASS, {"objectsid": (SID + b"\x57\x04\0\0",), "sidhistory": (SID + b"\x00\x02\0\0",)})
    assert not cleared(server, member)  # it was the Domain Admins of another domain once
