"""The 389 Directory Server of the tests is what it says it is: asked with a plain LDAP client."""

import time
from pathlib import Path

import pytest
from ldap3 import BASE, MODIFY_REPLACE, SUBTREE

from resetapp.demo import ldap_seed as seed
from tests.servers import ds389_people as people
from tests.servers.endings import closed_within, port_of_a_killed_run
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, bound

pytestmark = pytest.mark.ds389

NEW = "Rødgrød-med-Fløde-26"
POLICY_CONTROL = "1.3.6.1.4.1.42.2.27.8.5.1"


def seen(server: RunningServer, username: str, *attributes: str) -> dict[str, list[bytes]]:
    """By the service account, which finds the CPR number."""
    condition = f"(&(norEduPersonNIN={people.cpr_of(username).digits})(uid={username}))"
    with bound(server.client()) as client:
        [entry] = client.search(server.people, condition, SUBTREE, attributes=list(attributes))[2]
    return dict(entry["raw_attributes"])


def reset(server: RunningServer, dn: str, password: str) -> dict[str, object]:
    with bound(server.client()) as client:
        change = {"userPassword": [(MODIFY_REPLACE, [password])]}
        return dict(client.modify(dn, change, controls=[(POLICY_CONTROL, False, None)])[1])


def binds(server: RunningServer, username: str, password: str = people.OLD) -> int:
    return int(str(server.bind_result(people.dn_of(username), password)["result"]))


def test_the_service_account_sets_a_password(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    username = ds389_somebody()
    assert reset(ds389_server, people.dn_of(username), NEW)["result"] == 0
    assert (binds(ds389_server, username, NEW), binds(ds389_server, username)) == (0, 49)


def test_the_policy_applies_to_what_it_sets(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    dn = people.dn_of(ds389_somebody())
    short = reset(ds389_server, dn, "Ab1!")
    assert (short["result"], "at least 12 characters" in str(short["message"])) == (19, True)
    assert reset(ds389_server, dn, NEW)["result"] == 0
    time.sleep(0.5)  # it writes the history after it has answered
    assert reset(ds389_server, dn, people.OLD)["message"] == "password in history"


def test_a_local_policy_applies_and_can_be_read(ds389_server: RunningServer) -> None:
    dn = people.dn_of("long-password")
    assert "20 characters" in str(reset(ds389_server, dn, NEW[:19])["message"])
    policy = seen(ds389_server, "long-password", "pwdPolicySubentry")["pwdPolicySubentry"][0].decode()
    with bound(ds389_server.client()) as client:
        [entry] = client.search(policy, "(objectClass=*)", BASE, attributes=["passwordMinLength"])[2]
    assert entry["raw_attributes"]["passwordMinLength"] == [b"20"]
    assert reset(ds389_server, people.dn_of("young"), NEW)["message"] == "within password minimum age"


@pytest.mark.parametrize(("username", "code"), [("disabled", 53), ("disabled-by-role", 53), ("locked", 19)])
def test_an_account_out_of_use_cannot_bind(ds389_server: RunningServer, username: str, code: int) -> None:
    assert binds(ds389_server, username) == code


def test_the_service_account_sees_why(ds389_server: RunningServer) -> None:
    for username in ("disabled", "disabled-by-role"):
        assert seen(ds389_server, username, "nsAccountLock")["nsAccountLock"] == [b"true"]
    assert seen(ds389_server, "locked", "passwordRetryCount")["passwordRetryCount"] == [b"3"]
    assert seen(ds389_server, "in-role", "nsRole")["nsRole"] == [people.PRIVILEGED_ROLE.lower().encode()]


def test_groups_show_in_their_members(ds389_server: RunningServer) -> None:
    groups = {
        name.decode().partition(",")[0] for name in seen(ds389_server, "nested-protected", "memberOf")["memberOf"]
    }
    assert groups == {"cn=Inner Protected", "cn=Protected Accounts"}


def test_a_password_administrator_is_above_the_policy(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    """Which is why the service account must not be one: with such rights, it sets whatever it is told."""
    rule = (
        f'(targetattr="userPassword")(target="ldap:///{seed.PEOPLE}")(version 3.0; acl "administrators";'
        f' allow (write) userdn="ldap:///{people.dn_of("password-admin")}";)'
    )
    ds389_server.change(seed.PEOPLE, aci=[rule])
    username = ds389_somebody()
    with bound(ds389_server.client(people.dn_of("password-admin"), people.OLD)) as client:
        change = {"userPassword": [(MODIFY_REPLACE, ["kort"])]}
        assert client.modify(people.dn_of(username), change)[1]["result"] == 0
    ds389_server.change(seed.PEOPLE, aci=[])
    assert binds(ds389_server, username, "kort") == 0


def test_the_service_account_can_do_nothing_else(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    dn = people.dn_of(ds389_somebody())
    with bound(ds389_server.client()) as client:
        for target, name, value in (
            (dn, "norEduPersonNIN", "0199000009"),
            (dn, "nsAccountLock", "false"),
            (dn, "mail", "x@example.dk"),
            (seed.SERVICE_DN, "userPassword", NEW),
            (people.PASSWORD_ADMINISTRATORS, "member", seed.SERVICE_DN),
        ):
            assert client.modify(target, {name: [(MODIFY_REPLACE, [value])]})[1]["result"] == 50, name
        [entry] = client.search(dn, "(objectClass=*)", BASE, attributes=["userPassword", "passwordHistory", "uid"])[2]
    assert {name for name, values in entry["raw_attributes"].items() if values} == {"uid"}


def test_wrong_passwords_do_not_lock_the_service_account(ds389_server: RunningServer) -> None:
    for _ in range(people.LOCKOUT_THRESHOLD + 2):
        assert ds389_server.bind_result(seed.SERVICE_DN, "wrong")["result"] == 49
    assert ds389_server.bind_result(seed.SERVICE_DN, seed.SERVICE_PASSWORD)["result"] == 0


def test_others_see_nobody(ds389_server: RunningServer, ds389_somebody: Somebody) -> None:
    with bound(ds389_server.client(people.dn_of(ds389_somebody()), people.OLD)) as client:
        assert client.search(seed.PEOPLE, "(uid=two-a)", SUBTREE, attributes=["cn"])[2] == []


def test_a_name_with_special_characters_is_a_name(ds389_server: RunningServer) -> None:
    assert binds(ds389_server, "odd-name") == 0


def test_the_server_ends_and_is_taken_away_when_the_tests_are_killed(tmp_path: Path) -> None:
    before = set(Path("/etc/dirsrv").glob("slapd-resetapp*"))
    port = port_of_a_killed_run("tests.servers.ds389", "running_389", tmp_path)
    assert closed_within(port, 30)
    end = time.monotonic() + 30
    while set(Path("/etc/dirsrv").glob("slapd-resetapp*")) - before and time.monotonic() < end:
        time.sleep(0.2)
    assert set(Path("/etc/dirsrv").glob("slapd-resetapp*")) <= before
