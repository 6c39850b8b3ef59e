"""What the embedded Active Directory says to a plain LDAP client: as the real one does, and who may do what."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from ldap3 import BASE, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, SUBTREE, Connection

from resetapp.demo.ldap_messages import ASSERTION_CONTROL, POLICY_HINTS
from tests.servers import samba_domain as domain
from tests.servers import test_samba
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer
from tests.servers.test_samba import NEW, account, bind_message, bound, upn

OF_THE_REAL_ONE = {  # how it is started, and how it ends
    "test_two_servers_do_not_meet",
    "test_the_server_ends_when_the_tests_are_killed",
    "test_a_missing_server_says_what_to_install",
}
for name, test in vars(test_samba).items():
    if name.startswith("test_") and name not in OF_THE_REAL_ONE:
        globals()[name] = test

HINTS = [(POLICY_HINTS, True, b"0\x84\x00\x00\x00\x03\x02\x01\x01")]


@pytest.fixture
def service(samba_server: RunningServer) -> Iterator[Connection]:
    with bound(samba_server.client()) as connection:
        yield connection


@pytest.fixture
def dn(samba_server: RunningServer, samba_somebody: Somebody) -> str:
    """Of somebody ordinary."""
    return account(samba_server, samba_somebody())[0]


def typed(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


def written(client: Connection, dn: str, controls: Any = None, **values: str | bytes) -> tuple[int, str]:
    changes = {name: [(MODIFY_REPLACE, [value])] for name, value in values.items()}
    result = client.modify(dn, changes, controls=controls)[1]
    return result["result"], result["message"]


def seen(client: Connection, dn: str, *names: str, condition: str = "(objectClass=*)") -> dict[str, list[bytes]]:
    """What a search for this one entry shows; empty also when the entry is not shown."""
    found = client.search(dn, condition, BASE, attributes=list(names))[2]
    return {name: values for each in found for name, values in each["raw_attributes"].items() if values}


def flags(client: Connection, dn: str) -> int:
    name = "msDS-User-Account-Control-Computed"
    return int(seen(client, dn, name)[name][0])


@pytest.mark.parametrize("form", ["{}", "{}@samdom.test", "SAMDOM\\{}", "CN=Ending Prøve,OU=People,DC=samdom,DC=test"])
def test_a_person_can_log_in_by_each_of_their_names(samba_server: RunningServer, form: str) -> None:
    assert samba_server.bind_result(form.format("ending"), domain.OLD)["result"] == 0
    assert "data 52e," in str(samba_server.bind_result(form.format("ending"), "wrong")["message"])


def test_who_is_unknown_hears_what_a_wrong_password_hears(samba_server: RunningServer) -> None:
    assert "data 52e," in bind_message(samba_server, "nobody-at-all")


@pytest.mark.parametrize("username", ["disabled", "expired", "must-change"])
def test_only_the_right_password_is_told_why_it_does_not_open(samba_server: RunningServer, username: str) -> None:
    assert "data 52e," in bind_message(samba_server, username, "a wrong password")


def test_a_reset_leaves_the_lock_and_lockout_time_lifts_it(
    samba_server: RunningServer, samba_somebody: Somebody, service: Connection
) -> None:
    username = samba_somebody()
    dn, _ = account(samba_server, username)
    for _ in range(domain.LOCKOUT_THRESHOLD):
        bind_message(samba_server, username, "a wrong password")
    assert flags(service, dn) & 0x10
    assert written(service, dn, unicodePwd=typed(NEW))[0] == 0
    assert "data 775," in bind_message(samba_server, username, NEW)
    assert written(service, dn, lockoutTime="1")[0] == 53
    assert written(service, dn, lockoutTime="0")[0] == 0
    assert not flags(service, dn) & 0x10
    assert bind_message(samba_server, username, NEW) == ""


def test_a_reset_opens_no_closed_account(samba_server: RunningServer, service: Connection) -> None:
    dn, _ = account(samba_server, "disabled-expired")
    assert written(service, dn, unicodePwd=typed(NEW))[0] == 0
    assert "data 533," in bind_message(samba_server, "disabled-expired", NEW)


def test_a_password_that_must_be_changed_is_told_as_expired(samba_server: RunningServer, service: Connection) -> None:
    dn, _ = account(samba_server, "must-change")
    assert flags(service, dn) & 0x800000
    assert written(service, dn, unicodePwd=typed(NEW))[0] == 0
    assert not flags(service, dn) & 0x800000


def test_only_with_the_policy_hints_a_reset_looks_at_the_history(service: Connection, dn: str) -> None:
    code, text = written(service, dn, HINTS, unicodePwd=typed(domain.OLD))
    assert (code, text[:8]) == (53, "0000052D")
    assert written(service, dn, unicodePwd=typed(domain.OLD))[0] == 0


def test_a_change_on_a_condition_is_not_known_here(service: Connection, dn: str) -> None:
    """Or a change that must only be made on a condition would be made without it."""
    control = [(ASSERTION_CONTROL, True, b"")]
    assert written(service, dn, control, unicodePwd=typed(NEW))[0] == 12
    assert ASSERTION_CONTROL.encode() not in seen(service, "", "supportedControl")["supportedControl"]


@pytest.mark.parametrize("value", [b"\0", NEW.encode("utf-16-le"), f'"{NEW}"'.encode(), b'"\0', b""])
def test_what_is_no_quoted_utf_16_is_no_password(service: Connection, dn: str, value: bytes) -> None:
    code, text = written(service, dn, unicodePwd=value)
    assert (code, text[:8]) == (53, "00002035")


@pytest.mark.parametrize("operation", [MODIFY_ADD, MODIFY_DELETE])
def test_a_password_can_only_be_replaced(service: Connection, dn: str, operation: str) -> None:
    assert service.modify(dn, {"unicodePwd": [(operation, [typed(NEW)])]})[1]["result"] == 53


def test_only_nought_and_now_can_be_written_as_the_time_of_the_last_change(service: Connection, dn: str) -> None:
    assert written(service, dn, pwdLastSet="132223104000000000")[0] == 53
    assert written(service, dn, pwdLastSet="0")[0] == 0
    assert flags(service, dn) & 0x800000
    assert written(service, dn, pwdLastSet="-1")[0] == 0
    assert not flags(service, dn) & 0x800000


def test_a_computer_is_nobody_whose_password_is_set(service: Connection) -> None:
    assert written(service, f"CN=PC-17,{domain.PEOPLE}", unicodePwd=typed(NEW))[0] == 50


def test_a_fine_grained_policy_is_shown_to_the_service_account_alone(
    samba_server: RunningServer, service: Connection
) -> None:
    settings = f"CN=pso-long,CN=Password Settings Container,CN=System,{domain.SUFFIX}"
    assert seen(service, settings, "msDS-MinimumPasswordLength")
    with bound(samba_server.client(upn("ending"), domain.OLD)) as client:
        assert seen(client, settings, "msDS-MinimumPasswordLength") == {}


def test_a_refused_part_of_a_change_refuses_all_of_it(service: Connection, dn: str) -> None:
    before = seen(service, dn, "pwdLastSet")
    assert written(service, dn, unicodePwd=typed(NEW), title="Rektor")[0] == 50
    assert written(service, dn, unicodePwd=typed(NEW), lockoutTime="1")[0] == 53
    assert seen(service, dn, "pwdLastSet") == before


def test_a_password_is_never_shown(service: Connection, dn: str) -> None:
    assert seen(service, dn, "unicodePwd", "userPassword", "dBCSPwd") == {}
    assert seen(service, dn, "cn", condition="(unicodePwd=*)") == {}


def test_nobody_sees_their_own_number(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    username = samba_somebody()
    dn, _ = account(samba_server, username)
    with bound(samba_server.client(upn(username), domain.OLD)) as client:
        assert seen(client, dn, "employeeNumber", "title") == {"title": [b"Medarbejder"]}
        assert seen(client, dn, "title", condition="(employeeNumber=*)") == {}
        assert written(client, dn, unicodePwd=typed(NEW))[0] == 50


def test_who_has_not_logged_in_sees_the_root_alone(samba_server: RunningServer, dn: str) -> None:
    client = samba_server.client()
    client.open()
    about = seen(client, "", "defaultNamingContext", "schemaNamingContext", "currentTime")
    assert about["defaultNamingContext"] == [domain.SUFFIX.encode()]
    assert len(about) == 3
    assert client.search(dn, "(objectClass=*)", BASE)[1]["result"] == 1
    client.unbind()


def test_groups_at_any_depth_are_told_to_a_search_for_one_entry_alone(
    samba_server: RunningServer, service: Connection
) -> None:
    dn, _ = account(samba_server, "nested-admin")
    assert len(seen(service, dn, "tokenGroups")["tokenGroups"]) == 6  # three of them by nesting, two built in, Users
    found = service.search(domain.PEOPLE, "(sAMAccountName=nested-admin)", SUBTREE, attributes=["tokenGroups"])[2]
    assert found[0]["raw_attributes"].get("tokenGroups", []) == []
    assert seen(service, dn, "memberOf") == {"memberOf": [f"CN=Inner Admins,{domain.GROUPS}".encode()]}


def test_a_search_by_category_and_by_guid(samba_server: RunningServer, service: Connection, dn: str) -> None:
    assert seen(service, dn, "cn", condition="(objectCategory=person)")
    assert not seen(service, dn, "cn", condition="(objectCategory=computer)")
    assert seen(service, f"CN=PC-17,{domain.PEOPLE}", "cn", condition="(objectCategory=computer)")
    guid = uuid.UUID(bytes_le=seen(service, dn, "objectGUID")["objectGUID"][0])
    assert seen(service, f"<GUID={guid}>", "cn") == seen(service, dn, "cn")
    assert service.search(f"<GUID={uuid.uuid4()}>", "(objectClass=*)", BASE)[1]["result"] == 32
    assert service.search("<GUID=nonsense>", "(objectClass=*)", BASE)[1]["result"] == 32


def test_who_am_i_is_answered_as_windows_does(service: Connection) -> None:
    assert service.extend.standard.who_am_i() == f"u:{domain.DOMAIN}\\{domain.SERVICE}"


def test_a_member_that_is_renamed_stays_a_member(samba_server: RunningServer, service: Connection) -> None:
    dn, _ = account(samba_server, "in-staff")
    with samba_server.as_admin() as admin:
        assert admin.modify_dn(dn, "CN=New Name")[1]["result"] == 0
        assert admin.modify_dn(domain.GROUPS, "OU=Teams")[1]["result"] == 66  # it holds other entries
    renamed = f"CN=New Name,{domain.PEOPLE}"
    group = f"CN=Staff,{domain.GROUPS}"
    assert seen(service, renamed, "memberOf", "cn") == {"memberOf": [group.encode()], "cn": [b"New Name"]}
    assert seen(service, group, "member") == {"member": [renamed.encode()]}
