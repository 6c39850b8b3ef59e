"""A server on which a guide was followed to its end, and what can be asked of it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ldap3 import MODIFY_REPLACE, Connection

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.directory import LdapDirectory
from resetapp.settings import DirectorySettings
from resetapp.settings.model import DirectoryKind
from tests.guides.administrator import Administrator
from tests.guides.guide import Guide
from tests.guides.institution import NEW, NEWER, NEWEST, OLD
from tests.servers.running import RunningServer


@dataclass(frozen=True)
class Newcomer:
    """What is written about a new person, beside the CPR number."""

    dn: str
    classes: Sequence[str]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """What an administrator does differently from one kind of server to another."""

    anna: str  # an ordinary person's DN
    newcomer: Callable[[str], Newcomer]  # given a username
    demand_twenty: Callable[[Administrator, str], None]  # characters of this DN's next password, by a policy of its own


@dataclass(frozen=True)
class Prepared:
    guide: Guide
    server: RunningServer
    settings: DirectorySettings
    kind: Kind
    excused: frozenset[str] = frozenset()  # lines of check-config that cannot hold on this server

    @property
    def administrator(self) -> Administrator:
        return Administrator(self.server)

    @property
    def is_active_directory(self) -> bool:
        return self.settings.kind is DirectoryKind.ACTIVE_DIRECTORY

    def add(self, username: str, number: CprNumber) -> str:
        """The DN of a new person with this CPR number."""
        new = self.kind.newcomer(username)
        attributes = {**new.attributes, self.settings.cpr_attribute: number.digits}
        self.administrator.add(new.dn, new.classes, attributes)
        return new.dn

    def protect_by_a_group_in_the_group(self, dn: str) -> None:
        [outer] = self.settings.protected.groups
        inner = outer.lower().replace("no-self-service", "inner")
        if self.is_active_directory:
            self.administrator.add(inner, ["group"], {"sAMAccountName": "inner"})
            self.administrator.add_values(inner, "member", dn)
        else:
            self.administrator.add(inner, ["groupOfNames"], {"member": dn})
        self.administrator.add_values(outer, "member", inner)

    # ---- resetapp's view

    @contextlib.contextmanager
    def directory(self) -> Iterator[LdapDirectory]:
        directory = LdapDirectory(self.settings, lambda: datetime.now(UTC))
        with contextlib.closing(directory):
            yield directory

    def account(self, number: CprNumber) -> DirectoryAccount:
        with self.directory() as directory:
            [account] = directory.find_by_cpr(number)
        return account

    # ---- the service account's own attempts

    def change_as_service(self, dn: str, attribute: str, value: str | bytes) -> int:
        """The result code."""
        return self.change_as(self.settings.bind_dn, self.settings.bind_password.reveal(), dn, attribute, value)

    def new_password_as_service(self, dn: str, password: str) -> int:
        """The result code."""
        if self.is_active_directory:
            return self.change_as_service(dn, "unicodePwd", f'"{password}"'.encode("utf-16-le"))
        return self.change_as_service(dn, "userPassword", password)

    # ---- anybody's

    def opens(self, dn: str, password: str) -> bool:
        return self.server.bind_result(dn, password.encode())["result"] == 0

    def current_password(self, dn: str) -> str:
        """Of a person who has had only the passwords of these tests."""
        return next(password for password in (NEWEST, NEWER, NEW, OLD) if self.opens(dn, password))

    def change_as(self, name: str, password: str, dn: str, attribute: str, value: str | bytes) -> int:
        """The result code."""
        with self._client(name, password) as client:
            return int(client.modify(dn, {attribute: [(MODIFY_REPLACE, [value])]})[1]["result"])

    def numbers_seen_by(self, name: str, password: str) -> list[object]:
        """Values of the CPR attribute; an empty name looks without a login."""
        attribute = self.settings.cpr_attribute
        with self._client(name, password) as client:
            response = client.search(self.settings.base, f"({attribute}=*)", attributes=[attribute])[2]
        found = [entry["raw_attributes"] for entry in response or [] if entry["type"] == "searchResEntry"]
        return [value for values in found for value in values.get(attribute, [])]

    @contextlib.contextmanager
    def _client(self, name: str, password: str) -> Iterator[Connection]:
        client = self.server.client(name, password)
        if not name:
            client = Connection(client.server, client_strategy=client.strategy_type)
        assert client.bind()[0]
        try:
            yield client
        finally:
            client.unbind()
