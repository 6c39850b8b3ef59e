"""The service in front of a real OpenLDAP server with the students and a real Active Directory with the staff.

Anders of the demo studies and teaches, so he has an account in each. The domain is shared with other tests: his account
in it is made for the visit and taken away again. Between the service and the domain is a proxy that sees the modify
come, and may lose it; the domain itself can be frozen.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from resetapp.demo.certificates import make_certificates
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.people import OLD_PASSWORD, person
from resetapp.demo.persona import DemoAccount
from resetapp.demo.slapd import running_slapd
from resetapp.storage.database import Database
from resetapp.storage.tables import Attempt
from tests.contract.world import unicode_pwd
from tests.directory.binding import binds
from tests.directory.proxy import Fate, Proxy, between
from tests.journeys.two_directories import installed, serve
from tests.ports import free_port
from tests.servers import samba_domain as domain
from tests.servers.freezing import Freezer, freezer
from tests.servers.running import RunningServer

ANDERS = "anders"
_STUDENT, _TEACHER = person(ANDERS).accounts
STUDENT, TEACHER = _STUDENT.username, _TEACHER.username
OLD, NEW = OLD_PASSWORD, "Rødgrød-med-Fløde-26"
_TIMES = {"connect_timeout_seconds": 2.0, "answer_timeout_seconds": 2.0}
_PATIENCE = 60.0  # seconds; the first look is after 15
_ORDINARY = 0x200  # userAccountControl (MS-ADTS, section 2.2.16)


@dataclass
class StudentAndStaff:
    url: str
    simulator_url: str
    students: Endpoint
    staff: RunningServer
    ice: Freezer
    proxy: Proxy
    database: Database
    log: Path

    def opens(self, password: str) -> list[str]:
        """Those of the two accounts that the password opens: each server is asked directly, by a client of ours."""
        student = binds(self.students, STUDENT, password)
        teacher = self.staff.bind_result(_upn(TEACHER), password)["result"] == 0
        return [name for name, opened in ((STUDENT, student), (TEACHER, teacher)) if opened]

    def freeze_when_the_password_comes(self, *, lost: bool = False) -> None:
        """The domain stands still after the service's last look at it, with the modify in its socket.

        `lost`: the modify gets no further than the proxy, as when the domain's machine is switched off.
        """
        self.proxy.fate = Fate.HELD if lost else Fate.PASSED
        self.proxy.before_modify = self.ice.freeze

    def thaw(self) -> None:
        self.proxy.before_modify = lambda: None
        self.proxy.fate = Fate.PASSED
        self.ice.thaw()

    def let_pass(self, time: timedelta) -> None:
        """As if everything that is open had been sent so much earlier: nobody can wait for the fence in a test."""
        with self.database.transaction() as db:
            for attempt in db.scalars(select(Attempt).where(Attempt.look_at.isnot(None))):
                for name in ("sent_at", "fence_at", "look_at"):
                    setattr(attempt, name, getattr(attempt, name) - time)

    def wait_for_a_look_in_vain(self) -> None:
        """Until the settler has asked the frozen domain."""
        end = time.monotonic() + _PATIENCE
        while "password.unsettled directory=staff" not in self.log.read_text():
            assert time.monotonic() < end, "the settler does not look"
            time.sleep(0.2)


@contextlib.contextmanager
def student_and_staff(folder: Path, staff: RunningServer) -> Iterator[StudentAndStaff]:
    """Raises SlapdUnavailable where slapd is not installed."""
    certificates = make_certificates(folder / "tls", datetime.now(UTC))
    with contextlib.ExitStack() as stack:
        students = stack.enter_context(running_slapd(folder / "students", certificates=certificates))
        stack.enter_context(employed(staff, _TEACHER))
        proxy = stack.enter_context(between(staff))
        url, hub_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        tables = [demo_directory_settings(certificates.ca, students.ldaps_port), _staff_table(staff, proxy)]
        settings = installed(folder, url, hub_url, tables)
        ice = stack.enter_context(freezer(staff))
        serve(stack, folder, url, hub_url, settings)
        database = Database(f"sqlite:///{folder / 'data/resetapp.db'}")
        stack.callback(database.close)
        yield StudentAndStaff(url, hub_url, students, staff, ice, proxy, database, folder / "service.log")


def _staff_table(staff: RunningServer, proxy: Proxy) -> dict[str, Any]:
    return {
        "name": "staff",
        "title": "Medarbejdere (AD)",
        "title_en": "Staff (AD)",
        "kind": "active-directory",
        "hosts": [f"ldaps://127.0.0.1:{proxy.port}"],
        "base": staff.people,
        "bind_dn": staff.service_dn,
        "bind_password": staff.service_password,
        "ca_file": str(staff.certificates.ca),
        "kind_attribute": "title",
        "protected": {"usernames": ["admin-*"]},
        **_TIMES,
    }


@contextlib.contextmanager
def employed(staff: RunningServer, account: DemoAccount) -> Iterator[str]:
    """The account in the domain; the DN it begins with. Wherever it is then, it goes again."""
    dn = f"CN={account.given_name} {account.surname},{staff.people}"
    attributes = {
        "sAMAccountName": account.username,
        "userPrincipalName": _upn(account.username),
        "employeeNumber": person(ANDERS).cpr,
        "givenName": account.given_name,
        "sn": account.surname,
        "displayName": f"{account.given_name} {account.surname}",
        "title": account.title,
        "userAccountControl": str(_ORDINARY),
        **unicode_pwd(account.password),
    }
    with staff.as_admin() as admin:
        result = admin.add(dn, ["user"], attributes)[1]
        assert result["result"] == 0, result
    try:
        yield dn
    finally:
        with staff.as_admin() as admin:
            admin.delete(dn)


def _upn(username: str) -> str:
    return f"{username}@{domain.REALM.lower()}"
