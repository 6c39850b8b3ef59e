"""A desk with a list of mappings, on a real directory whose accounts hold no number; and databases."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from resetapp.app import desk_of
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState, RequestState
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.demo.ldap_tree import Tree
from resetapp.mapping import approval, imports
from resetapp.mapping.comparison import quiet
from resetapp.mapping.faults import Report
from resetapp.mapping.imports import File
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.settings import Mail, MappingSettings
from resetapp.settings.mapping import MappingKey
from resetapp.storage import audit
from resetapp.storage.mappings import AccountMapping, MappingRequest, find_request
from resetapp.storage.tables import StaffLogin
from tests.builders import Clock
from tests.directory.binding import admin_connection
from tests.storage.conftest import database, empty_file
from tests.web.conftest import Keys, certificates, directory_settings, keys, ready, some_settings

__all__ = ["certificates", "database", "empty_file", "keys", "ready"]

STUDENTS = 12
MAPPING = MappingSettings(
    True, "example.dk", (MappingKey("2026a", bytes(range(32))),), student_kinds=("Studerende",), largest_removal=50
)


def number(place: int) -> str:
    """Of somebody who is not born yet, and so nobody's."""
    return f"{place % 28 + 1:02d}{place // 28 % 12 + 1:02d}57{5000 + place // 336:04d}"


def entries() -> list[seed.SeedEntry]:
    nothing: dict[str, tuple[str, ...]] = {"norEduPersonNIN": (), "schacPersonalUniqueID": ()}
    student = nothing | {"title": ("Studerende",)}
    accounts = [seed.SeedAccount(f"s{n:02d}", "Test", f"Person {n}", "", "x", student) for n in range(STUDENTS)]
    accounts += [
        seed.SeedAccount("teacher", "Test", "Lærer", "", "x", nothing),
        seed.SeedAccount("silent", "Test", "Uden", "", "x", student | {"mail": ()}),
        seed.SeedAccount("holder", "Test", "Har", "6101901234", "x"),
        seed.SeedAccount("admin-anna", "An", "Administrator", "", "x", nothing),
        seed.SeedAccount("maria", "Test", "Medarbejder", "", "x", nothing),
    ]
    return [
        replace(each, attributes={name: values for name, values in each.attributes.items() if values})
        for each in seed.tree(accounts, [seed.SeedGroup("administrators", (accounts[-2].dn,))])
    ]


@pytest.fixture
def directory(certificates: ServerCertificates) -> Iterator[Endpoint]:
    administrator = secrets.token_urlsafe(16)
    tree = Tree(entries(), lambda: datetime.now(UTC), admin=(ADMIN_DN, administrator.encode()))
    with running_directory(tree, certificates, admin_password=administrator) as endpoint:
        yield endpoint


@dataclass
class Place:
    """`mapper` and `approver`: of the staff, with numbers and accounts of their own."""

    desk: Desk
    register: Register
    clock: Clock
    endpoint: Endpoint

    def member(self, name: str, own: str, account: str = "") -> StaffLogin:
        entry_id = self.entry_id(account) if account else "none"
        indexes = dict(self.register.indexes.of(CprNumber.parse(own)))
        return StaffLogin(
            person=f"person-{name}", username=name, directory="people", entry_id=entry_id, indexes=indexes
        )

    def entry_id(self, username: str) -> str:
        [account] = self.desk.directories["people"].find_by_username(username)
        return account.key.entry_id

    @property
    def mapper(self) -> StaffLogin:
        return self.member("mapper", number(900), "maria")

    @property
    def approver(self) -> StaffLogin:
        return self.member("approver", number(901))

    def send(self, text: str | bytes, member: StaffLogin | None = None, whole: bool = False) -> str:
        """Checked to its end; returns the request's id."""
        file = File(text.encode() if isinstance(text, str) else text, whole, "Sag 4711")
        by = member or self.mapper
        request_id = imports.begin(self.desk, self.register, by, file)
        imports.check(self.desk, self.register, by, request_id, file, quiet)
        return request_id

    def approve(self, request_id: str, member: StaffLogin | None = None, confirmed: str = "") -> RequestState:
        by = member or self.approver
        approval.claim(self.desk, self.register, by, request_id, self.request(request_id).file_hash or "", confirmed)
        return approval.carry_out(self.desk, self.register, request_id)

    def request(self, request_id: str) -> MappingRequest:
        with self.desk.database.reading() as db:
            found = find_request(db, request_id)
        assert found is not None
        return found

    def state(self, request_id: str) -> RequestState:
        return self.request(request_id).state

    def report(self, request_id: str) -> Report:
        return Report.of(self.request(request_id).report)

    def faults(self, request_id: str) -> list[tuple[int, str]]:
        return [(fault.line, str(fault.flaw)) for fault in self.report(request_id).faults]

    def rows(self) -> list[AccountMapping]:
        with self.desk.database.reading() as db:
            return list(
                db.scalars(select(AccountMapping).order_by(AccountMapping.username, AccountMapping.requested_at))
            )

    def states(self) -> list[tuple[str, MappingState]]:
        return [(each.username, each.state) for each in self.rows()]

    def events(self) -> list[str]:
        with self.desk.database.reading() as db:
            return [each.name for each in audit.events(db)]

    def change(self, username: str, **values: list[str]) -> None:
        admin = admin_connection(self.endpoint)
        made: dict[str, Any] = {name: [("MODIFY_REPLACE", each)] for name, each in values.items()}
        assert admin.modify(f"uid={username},{seed.PEOPLE}", made)[1]["result"] == 0
        admin.unbind()


@pytest.fixture
def make_place(keys: Keys, directory: Endpoint, ready: Path, tmp_path: Path) -> Iterator[Callable[..., Place]]:
    made: list[Place] = []

    def make(**changes: Any) -> Place:
        """`changes`: of the directory's settings."""
        file = shutil.copy(ready / "empty.db", tmp_path / f"mapping{len(made)}.db")
        mail = Mail(enabled=True, host="127.0.0.1", from_address="it@example.dk")
        settings = replace(some_settings(keys, directory, f"sqlite:///{file}"), mapping=MAPPING, mail=mail)
        settings = replace(settings, directories=(directory_settings(directory, **changes),))
        clock = Clock(datetime.now(UTC).replace(microsecond=0))
        desk = desk_of(settings, clock)
        assert desk.register is not None
        made.append(Place(desk, desk.register, clock, directory))
        return made[-1]

    yield make
    for place in made:
        place.desk.close()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


def lines(*rows: tuple[str, str]) -> str:
    """A file as it should be."""
    return "cpr;username\n" + "".join(f"{cpr};{username}\n" for cpr, username in rows)
