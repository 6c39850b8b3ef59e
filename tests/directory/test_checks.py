"""What check-config says about a directory: every line of it, right and wrong, and that it changes nothing."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from ldap3 import SUBTREE, Connection

from resetapp.core.checks import Check
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint
from resetapp.settings.model import Protected
from tests.directory.binding import binds
from tests.directory.conftest import Opener, Start
from tests.directory.population import HIDDEN, NO_LOCKS, OLD, READ_ONLY, cpr_of
from tests.directory.test_connections import closed_port, silent_server


def found(checks: list[Check], name: str) -> Check:
    [check] = [check for check in checks if check.name == name]
    assert check.subject == 'directory "people"'
    assert check.ok == (check.remedy == "")
    return check


def everything(admin: Connection) -> dict[str, object]:
    entries = admin.extend.standard.paged_search(seed.SUFFIX, "(objectClass=*)", SUBTREE, attributes=["*", "+"])
    return {entry["dn"]: entry["raw_attributes"] for entry in entries}


def test_a_directory_that_is_set_up_well_passes(opened: Opener) -> None:
    checks = opened.protecting(groups=(f"cn=outer,{seed.GROUPS}",)).check()
    assert [check for check in checks if not check.ok] == []
    assert [check.name for check in checks] == [
        opened.endpoint.ldaps,
        f"{opened.endpoint.ldaps} login",
        "password policy control",
        "assertion control",
        "protected groups",
        "base",
        "CPR numbers",
        "CPR index",
        "lasting id",
        "closed accounts",
        "time of the last change",
        "ordinary accounts",
        "least privilege",
        "right to set passwords",
        "mail addresses",
    ]
    assert "for localhost, 127.0.0.1" in checks[0].detail
    assert 'issued by "commonName=resetapp demo CA"' in checks[0].detail


def test_checking_changes_nothing(opened: Opener, admin: Connection, endpoint: Endpoint) -> None:
    if "embedded" in endpoint.admin_password:
        before = admin.search(seed.PEOPLE, "(uid=*)", SUBTREE, attributes=["*", "+"])[2]
        opened().check()
        assert admin.search(seed.PEOPLE, "(uid=*)", SUBTREE, attributes=["*", "+"])[2] == before
    else:
        before = everything(admin)
        opened().check()
        assert everything(admin) == before
    assert len(before) > 40
    assert binds(endpoint, "reader", OLD)


def test_nothing_personal_and_no_secret_is_told(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        told = repr(opened().check()) + caplog.text
    assert seed.SERVICE_PASSWORD not in told
    assert "uid=" not in told
    assert cpr_of("reader").digits not in told


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_an_unknown_authority_is_told_with_what_was_shown(opened: Opener, scheme: str) -> None:
    url = getattr(opened.endpoint, scheme)
    [check] = opened(hosts=(url,), ca_file=opened.endpoint.certificates.other_ca).check()
    assert not check.ok
    assert "not trusted (tls_untrusted)" in check.detail
    assert '"commonName=localhost" for localhost, 127.0.0.1' in check.detail
    assert "SHA-256 " in check.detail
    assert "ca_file" in check.remedy


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_wrong_name_is_told_with_the_right_ones(opened: Opener, wrongly_named: Endpoint, scheme: str) -> None:
    [check] = opened(hosts=(getattr(wrongly_named, scheme),)).check()
    assert "the certificate is not for 127.0.0.1" in check.detail
    assert "for other.example.net, issued by" in check.detail
    assert "hosts" in check.remedy


@pytest.fixture(scope="module")
def wrongly_named(start: Start, endpoint: Endpoint) -> Iterator[Endpoint]:
    with start(endpoint.certificates, endpoint.certificates.wrong_name) as wrong:
        yield wrong


def test_each_server_is_told_by_itself(opened: Opener) -> None:
    dead = f"ldaps://127.0.0.1:{closed_port()}"
    with silent_server() as port:
        silent = f"ldaps://localhost:{port}"
        unknown = "ldaps://no-such-host.invalid"
        hosts = (dead, silent, unknown, opened.endpoint.ldaps, opened.endpoint.ldap)
        checks = opened(hosts=hosts, connect_timeout=0.3).check()
    assert "no connection to port" in found(checks, dead).detail
    assert "does not speak TLS here (no_answer)" in found(checks, silent).detail
    assert "name is not known" in found(checks, f"{unknown}:636").detail
    assert found(checks, opened.endpoint.ldaps).ok
    assert found(checks, f"{opened.endpoint.ldap} login").ok
    assert found(checks, "right to set passwords").ok


def test_a_missing_file_of_authorities_is_told(opened: Opener, tmp_path: Path) -> None:
    [check] = opened(ca_file=tmp_path / "none.pem").check()
    assert f"{tmp_path / 'none.pem'} is no readable file" in check.detail


def test_a_refused_login_is_told(opened: Opener) -> None:
    checks = opened(bind_password=Secret("wrong")).check()
    assert [check.ok for check in checks] == [True, False]
    assert "wrong name or password" in checks[1].detail


def test_a_base_that_is_not_there_is_told(opened: Opener) -> None:
    base = f"ou=nowhere,{seed.SUFFIX}"
    check = found(opened(base=base).check(), "base")
    assert check.detail == f"{base} cannot be read (result code 32)"


@pytest.mark.parametrize("attribute", ["employeeNumber", "carLicense"])
def test_an_attribute_without_numbers_is_told(opened: Opener, attribute: str) -> None:
    check = found(opened(cpr_attribute=attribute).check(), "CPR numbers")
    assert not check.ok
    assert attribute in check.detail


def test_numbers_in_another_form_are_told(opened: Opener) -> None:
    check = found(opened(cpr_values=("urn:other:{cpr}",)).check(), "CPR numbers")
    assert "none of the forms in cpr_values" in check.detail


@pytest.mark.parametrize("group", [HIDDEN, f"cn=holds-hidden,{seed.GROUPS}"])
def test_a_group_that_cannot_be_read_is_told(opened: Opener, group: str) -> None:
    check = found(opened(protected=Protected(groups=(group,))).check(), "protected groups")
    assert check.detail == f"{HIDDEN} cannot be read, so every account counts as protected"


def test_locks_that_cannot_be_read_are_told(opened: Opener) -> None:
    check = found(opened(base=NO_LOCKS).check(), "closed accounts")
    assert "pwdAccountLockedTime cannot be read" in check.detail


def test_a_missing_right_is_told(opened: Opener) -> None:
    check = found(opened(base=READ_ONLY).check(), "right to set passwords")
    assert check.detail == "the service account may not write userPassword"


def test_the_owners_addresses_are_looked_at(opened: Opener) -> None:
    checks = opened(mobile_attribute="mobile").check()
    assert found(checks, "mail addresses").detail == "mail is readable: 5 of 5 looked at can be written to"
    assert found(checks, "mobile numbers").detail == "mobile is readable: 3 of 8 looked at can be written to"
    names = {check.name for check in opened(mail_attribute="", mobile_attribute="").check()}
    assert names & {"mail addresses", "mobile numbers"} == set()


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("sn", "is readable, and none of its values is an address we write to"),
        ("carLicense", "nobody below base shows carLicense"),
    ],
)
def test_an_attribute_without_addresses_is_told(opened: Opener, attribute: str, words: str) -> None:
    checks = opened(mail_attribute=attribute, mobile_attribute=attribute).check()
    for name, setting in (("mail addresses", "mail_attribute"), ("mobile numbers", "mobile_attribute")):
        assert found(checks, name).detail.endswith(f"{words}: no owner would be told")
        assert setting in found(checks, name).remedy


@pytest.mark.slapd
def test_an_attribute_that_is_hidden_or_not_in_the_schema_is_told_apart(opened: Opener, endpoint: Endpoint) -> None:
    check = found(opened(mail_attribute="mailAdress").check(), "mail addresses")
    shown = "embedded" not in endpoint.admin_password  # which has no schema to show
    assert ("the schema does not know mailAdress" in check.detail) is shown
    hidden = found(opened(mail_attribute="userPassword").check(), "mail addresses")
    assert ("userPassword cannot be read" in hidden.detail) is shown
    assert not check.ok
    assert not hidden.ok
    assert "the schema" not in found(opened(mail_attribute="rfc822Mailbox").check(), "mail addresses").detail


@pytest.mark.slapd
def test_a_service_account_above_the_policy_is_told(opened: Opener, endpoint: Endpoint) -> None:
    """As rootdn it could set any password, however short."""
    if "embedded" in endpoint.admin_password:
        assert found(opened().check(), "least privilege").ok
        return
    checks = opened(bind_dn=ADMIN_DN, bind_password=Secret(endpoint.admin_password)).check()
    assert "can read userPassword" in found(checks, "least privilege").detail
