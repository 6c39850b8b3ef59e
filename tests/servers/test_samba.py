"""The Active Directory of the tests is what it says it is: asked with a plain LDAP client."""

import ssl
import uuid
from pathlib import Path

import pytest
from ldap3 import BASE, MODIFY_REPLACE, NONE, SAFE_SYNC, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPSocketOpenError

from resetapp.demo.certificates import ServerCertificates
from tests.servers import samba_domain as domain
from tests.servers.endings import closed_within, port_of_a_killed_run
from tests.servers.fixtures import Somebody
from tests.servers.running import RunningServer, ServerUnavailable, bound, installed
from tests.servers.samba import running_samba

pytestmark = pytest.mark.samba

NEW = "Rødgrød-med-Fløde-26"


def account(server: RunningServer, username: str, *attributes: str) -> tuple[str, dict[str, list[bytes]]]:
    """Found by the CPR number, as the service account sees it."""
    condition = f"(&(employeeNumber={domain.cpr_of(username).digits})(sAMAccountName={username}))"
    with bound(server.client()) as client:
        found = client.search(server.people, condition, SUBTREE, attributes=list(attributes) or ["cn"])[2]
    [entry] = [each for each in found if each["type"] == "searchResEntry"]
    return entry["dn"], dict(entry["raw_attributes"])


def upn(username: str) -> str:
    return f"{username}@{domain.REALM.lower()}"


def reset(server: RunningServer, dn: str, password: str) -> dict[str, object]:
    value = f'"{password}"'.encode("utf-16-le")
    with bound(server.client()) as client:
        return dict(client.modify(dn, {"unicodePwd": [(MODIFY_REPLACE, [value])]})[1])


def bind_message(server: RunningServer, username: str, password: str = domain.OLD) -> str:
    return str(server.bind_result(upn(username), password)["message"])


def test_the_service_account_sets_a_password(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    username = samba_somebody()
    assert reset(samba_server, account(samba_server, username)[0], NEW)["result"] == 0
    assert samba_server.bind_result(upn(username), NEW)["result"] == 0
    assert samba_server.bind_result(upn(username), domain.OLD)["result"] == 49


def test_a_short_password_is_refused(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    result = reset(samba_server, account(samba_server, samba_somebody())[0], "Ab1!")
    assert result["result"] in (19, 53)
    assert "0000052D" in str(result["message"])


def test_a_fine_grained_policy_applies_and_can_be_read(samba_server: RunningServer) -> None:
    dn, attributes = account(samba_server, "long-password", "msDS-ResultantPSO")
    assert "20 characters" in str(reset(samba_server, dn, NEW[:19])["message"])
    with bound(samba_server.client()) as client:
        pso = attributes["msDS-ResultantPSO"][0].decode()
        read = client.search(pso, "(objectClass=*)", BASE, attributes=["msDS-MinimumPasswordLength"])[2]
    assert read[0]["raw_attributes"]["msDS-MinimumPasswordLength"] == [b"20"]


def test_every_account_can_be_named_by_its_guid(samba_server: RunningServer) -> None:
    for username in ("odd-name", "hash-name"):
        _, attributes = account(samba_server, username, "objectGUID")
        name = f"<GUID={uuid.UUID(bytes_le=attributes['objectGUID'][0])}>"
        assert reset(samba_server, name, NEW)["result"] == 0
        assert samba_server.bind_result(upn(username), NEW)["result"] == 0


@pytest.mark.parametrize(
    ("username", "reason"),
    [("disabled", "533"), ("expired", "701"), ("locked", "775"), ("smartcard", "52e")],
)
def test_an_account_out_of_use_cannot_bind(samba_server: RunningServer, username: str, reason: str) -> None:
    assert f"data {reason}," in bind_message(samba_server, username)


def test_a_password_that_must_be_changed_opens_nothing(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    """As `must-change` is prepared, whom other tests give a new password."""
    username = samba_somebody()
    samba_server.change(account(samba_server, username)[0], pwdLastSet=["0"])
    assert "data 773," in bind_message(samba_server, username)


def test_people_in_use_can_bind(samba_server: RunningServer) -> None:
    for username in ("ending", "never-ending", "with-spn", "admin-count", "in-protected", "trusted", "not-delegated"):
        assert bind_message(samba_server, username) == ""


@pytest.mark.parametrize("username", ["domain-admin", "nested-admin", "primary-admin"])
def test_administrators_are_administrators(samba_server: RunningServer, username: str) -> None:
    dn, _ = account(samba_server, username)
    with bound(samba_server.client()) as client:
        [entry] = client.search(dn, "(objectClass=*)", BASE, attributes=["tokenGroups"])[2]
    ends = {int.from_bytes(sid[-4:], "little") for sid in entry["raw_attributes"]["tokenGroups"]}
    assert 512 in ends


def test_the_service_account_can_do_nothing_else(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    dn, _ = account(samba_server, samba_somebody())
    administrator = f"CN=Administrator,CN=Users,{domain.SUFFIX}"
    with bound(samba_server.client()) as client:
        for target, name, value in (
            (dn, "employeeNumber", "0199000009"),
            (dn, "mail", "x@example.dk"),
            (dn, "userAccountControl", "514"),
            (samba_server.service_dn, "description", "x"),
            (samba_server.service_dn, "unicodePwd", f'"{NEW}"'.encode("utf-16-le")),
            (administrator, "unicodePwd", f'"{NEW}"'.encode("utf-16-le")),
        ):
            assert client.modify(target, {name: [(MODIFY_REPLACE, [value])]})[1]["result"] == 50, name


def test_wrong_passwords_do_not_lock_the_service_account(samba_server: RunningServer) -> None:
    for _ in range(domain.LOCKOUT_THRESHOLD + 2):
        assert samba_server.bind_result(samba_server.service_name, "wrong")["result"] == 49
    assert samba_server.bind_result(samba_server.service_name, samba_server.service_password)["result"] == 0


def test_others_see_no_cpr_number(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    number = domain.cpr_of("two-a").digits
    with bound(samba_server.client(upn(samba_somebody()), domain.OLD)) as client:
        found = client.search(domain.PEOPLE, f"(employeeNumber={number})", SUBTREE, attributes=["cn"])[2]
    assert [each for each in found if each["type"] == "searchResEntry"] == []


def test_two_accounts_have_one_number(samba_server: RunningServer) -> None:
    assert {account(samba_server, name)[0].partition(" ")[0] for name in ("two-a", "two-b")} == {"CN=Two-A", "CN=Two-B"}


def test_start_tls_works(samba_server: RunningServer) -> None:
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(samba_server.certificates.ca))
    server = Server("localhost", port=samba_server.ldap_port, tls=tls, get_info=NONE)
    client = Connection(server, samba_server.service_name, samba_server.service_password, client_strategy=SAFE_SYNC)
    client.open()
    assert client.bind()[1]["result"] == 8  # strongerAuthRequired
    assert client.start_tls()[0]
    assert client.bind()[1]["result"] == 0
    client.unbind()


def test_another_authority_does_not_vouch_for_it(samba_server: RunningServer) -> None:
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(samba_server.certificates.other_ca))
    server = Server("localhost", port=samba_server.ldaps_port, use_ssl=True, tls=tls, get_info=NONE)
    with pytest.raises(LDAPSocketOpenError):
        Connection(server, client_strategy=SAFE_SYNC).open()


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a short name: sockets have paths of 107 octets at most (unix(7)), and Samba's lie deep."""
    return tmp_path_factory.mktemp("s")


def test_two_servers_do_not_meet(
    samba_server: RunningServer, server_certificates: ServerCertificates, short: Path
) -> None:
    with running_samba(short, server_certificates) as other:
        assert other.ldaps_port != samba_server.ldaps_port
        assert other.bind_result(upn("locked"), domain.OLD)["result"] == 49
    assert closed_within(other.ldaps_port, 5)


def test_the_server_ends_when_the_tests_are_killed(samba_server: RunningServer, short: Path) -> None:
    assert samba_server  # the domain has been built
    port = port_of_a_killed_run("tests.servers.samba", "running_samba", short)
    assert closed_within(port, 10)


def test_a_missing_server_says_what_to_install() -> None:
    with pytest.raises(ServerUnavailable, match="apt-get install some packages"):
        installed("no-such-program-here", "some packages")
