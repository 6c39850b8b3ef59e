"""One directory server of the contract, seen from both sides: resetapp's settings for it, and what others do there.

The tests know nothing of attributes or dialects. Where servers truly differ, `Abilities` says so in plain words.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ldap3 import BASE, MODIFY_ADD, SUBTREE

from resetapp.core.cpr import CprNumber
from resetapp.core.secret import Secret
from resetapp.directory.entries import Entry
from resetapp.directory.filters import equals
from resetapp.directory.flavours import FLAVOURS
from resetapp.settings.model import DirectoryKind, DirectorySettings, Protected
from tests.servers.running import RunningServer

Changes = Mapping[str, list[str | bytes]]  # attribute -> its new values


@dataclass(frozen=True, slots=True)
class Person:
    """An account, by the name and the number that lead to it."""

    username: str
    cpr: CprNumber = field(repr=False)


@dataclass(frozen=True, slots=True)
class Abilities:
    """In what the kinds of servers differ, as far as a person or an operator can see it."""

    accounts_end: bool = True  # a last day can be set, after which the server lets nobody in
    history_on_reset: bool = True  # earlier passwords are refused also when the service sets them
    looks_again: bool = True  # carries a change out only if the entry is still as it was read (RFC 4528)
    several_usernames: bool = True
    follows_moves: bool = False  # a change can name an entry for ever, wherever it has moved to
    tells_who_is_gone: bool = True  # also to somebody who may not see everything


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an administrator writes to get something done."""

    kind: DirectoryKind
    username_attribute: str
    cpr_attribute: str
    closing: Changes
    password: Callable[[str], Changes]
    bind_name: Callable[[Person, str], str]  # from the person and their DN
    threshold: int = 3  # so many wrong passwords lock an account
    odd_usernames: tuple[str, ...] = ("Øre & (Å) 'é' #1 \\*", "中\U0001f600")  # further ones an account may have


@dataclass(frozen=True)
class World:
    """A running server and everybody in it. Each test takes people of its own."""

    server: RunningServer
    dialect: Dialect
    can: Abilities
    somebody: Callable[[], Person]  # ordinary, and handed out once
    cpr_of: Callable[[str], CprNumber]  # of a role
    old_password: str
    protected_group: str
    service: Person

    # ---- as resetapp sees it

    def settings(self, **changes: Any) -> DirectorySettings:
        settings = DirectorySettings(
            name="contract",
            title="Kontrakt",
            title_en="Contract",
            kind=self.dialect.kind,
            hosts=(self.server.ldaps,),
            base=self.server.people,
            bind_dn=self.server.service_dn,
            bind_password=Secret(self.server.service_password),
            ca_file=self.server.certificates.ca,
            protected=Protected(groups=(self.protected_group,), bases=(self.vip,), usernames=("admin-*",)),
        )
        return dataclasses.replace(settings, **changes)

    @property
    def vip(self) -> str:
        """A part of the tree that the settings protect."""
        return f"OU=vip,{self.server.people}"

    @property
    def section(self) -> str:
        """Another part, as good as the rest."""
        return f"OU=section,{self.server.people}"

    def who(self, role: str) -> Person:
        """Somebody who is prepared, and is to stay as they are."""
        return Person(role, self.cpr_of(role))

    def entry_id(self, dn: str) -> str:
        """By which the product names the entry for ever."""
        identity = FLAVOURS[self.dialect.kind].identity
        values = self._read(dn, [identity.attribute])
        return identity.read(Entry(dn, {name.lower(): tuple(octets) for name, octets in values.items()}))

    # ---- as the person sees it

    def binds(self, person: Person, password: str) -> bool:
        return self.server.bind_result(self._bind_name(person), password.encode())["result"] == 0

    def lock_out(self, person: Person) -> None:
        for _ in range(self.dialect.threshold):
            assert not self.binds(person, "et helt andet kodeord")

    def _bind_name(self, person: Person) -> str:
        return self.dialect.bind_name(person, self.dn_of(person))

    # ---- as an administrator sees it

    def dn_of(self, person: Person) -> str:
        with self.server.as_admin() as admin:
            condition = equals(self.dialect.username_attribute, person.username)
            found = admin.search(self.server.suffix, condition, SUBTREE, attributes=["1.1"])[2]
        [dn] = [each["dn"] for each in found if each["type"] == "searchResEntry"]
        return str(dn)

    def entry(self, person: Person) -> dict[str, list[bytes]]:
        """Everything the directory holds about them."""
        return self._read(self.dn_of(person), ["*", "+"])

    def change(self, person: Person, changes: Changes) -> None:
        self.server.change(self.dn_of(person), **changes)

    def disable(self, person: Person) -> None:
        self.change(person, self.dialect.closing)

    def set_password(self, person: Person, password: str) -> None:
        self.change(person, self.dialect.password(password))

    def give_to(self, person: Person, cpr: CprNumber) -> None:
        """The account is somebody else's now."""
        self.change(person, {self.dialect.cpr_attribute: [cpr.digits]})

    def protect(self, person: Person) -> None:
        with self.server.as_admin() as admin:
            done(admin.modify(self.protected_group, {"member": [(MODIFY_ADD, [self.dn_of(person)])]}))

    def delete(self, person: Person) -> None:
        with self.server.as_admin() as admin:
            done(admin.delete(self.dn_of(person)))

    def move(self, person: Person, below: str) -> None:
        dn = self.dn_of(person)
        with self.server.as_admin() as admin:
            done(admin.modify_dn(dn, dn.removesuffix(f",{self.server.people}"), new_superior=below))

    def prepare(self) -> None:
        """What is the same in all worlds: two more parts of the tree."""
        with self.server.as_admin() as admin:
            for dn in (self.vip, self.section):
                done(admin.add(dn, "organizationalUnit"))

    def _read(self, dn: str, attributes: list[str]) -> dict[str, list[bytes]]:
        with self.server.as_admin() as admin:
            [entry] = admin.search(dn, "(objectClass=*)", BASE, attributes=attributes)[2]
        return dict(entry["raw_attributes"])


def done(answer: tuple[Any, ...]) -> None:
    assert answer[1]["result"] == 0, answer[1]


def userpassword(password: str) -> Changes:
    return {"userPassword": [password]}


def unicode_pwd(password: str) -> Changes:
    return {"unicodePwd": [f'"{password}"'.encode("utf-16-le")]}
