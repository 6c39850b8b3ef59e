"""The demo's second directory, as `resetapp demo` starts it: like Active Directory, with the right people in it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from resetapp.core.accounts import AccountState
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo.domain_people import LONG_MINIMUM, STAFF
from resetapp.demo.ldap_endpoint import Endpoint, staff_directory_settings
from resetapp.demo.people import PERSONAS, person
from resetapp.demo.persona import OLD_PASSWORD, Home
from resetapp.directory import LdapDirectory
from resetapp.settings.model import Activation, DirectoryKind, DirectorySettings, Protected
from tests.demo.test_directory_server import as_written, start_process, utc

NEW = "En-Helt-Ny-Kode-1"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("staff")
    process, port = start_process(folder, "--directory", "staff")
    yield Endpoint(0, port, as_written(folder))
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[0] == ""
    assert process.returncode == 0


@pytest.fixture
def directory(endpoint: Endpoint) -> Iterator[LdapDirectory]:
    table = staff_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port)
    protected, activation = table.pop("protected"), table.pop("activation")
    table |= {
        "kind": DirectoryKind(table["kind"]),
        "hosts": tuple(table["hosts"]),
        "bind_password": Secret(table["bind_password"]),
        "ca_file": Path(table["ca_file"]),
        "activation": Activation(**{**activation, "waiting": tuple(activation["waiting"])}),
        "protected": Protected(usernames=tuple(protected["usernames"]), canary=protected["canary"]),
    }
    directory = LdapDirectory(DirectorySettings(**table), utc)
    yield directory
    directory.close()


def cpr_of(key: str) -> CprNumber:
    return CprNumber.parse(person(key).cpr or "")


def opens(endpoint: Endpoint, username: str, password: str) -> bool:
    """OpenLDAP's own client, as the demo names it."""
    program = shutil.which("ldapwhoami")
    if program is None:
        pytest.skip("ldap-utils is not installed")
    name = f"{username}@{STAFF.dns_name}"
    answer = subprocess.run(
        [program, "-x", "-H", endpoint.ldaps, "-D", name, "-w", password],
        env={**os.environ, "LDAPTLS_CACERT": str(endpoint.certificates.ca)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert answer.returncode in (0, 49), answer.stderr
    return answer.stdout.strip() == f"u:STAFF\\{username}"


def test_every_persona_has_the_accounts_of_its_story(directory: LdapDirectory) -> None:
    seen = 0
    for persona in PERSONAS:
        expected = {each.username: each.state for each in persona.accounts if each.home is Home.STAFF}
        if persona.cpr and persona.key != "falsk":
            found = directory.find_by_cpr(CprNumber.parse(persona.cpr))
            assert {account.username: account.state for account in found} == expected, persona.key
            seen += len(found)
    assert seen == 6


def test_the_demos_settings_pass_every_check(directory: LdapDirectory) -> None:
    found = directory.check()
    assert [check for check in found if not check.ok] == []
    assert "protected canary" in {check.name for check in found}


def test_a_locked_account_is_opened_by_a_new_password(directory: LdapDirectory, endpoint: Endpoint) -> None:
    [account] = directory.find_by_cpr(cpr_of("jette"))
    assert account.state is AccountState.LOCKED
    assert not opens(endpoint, account.username, OLD_PASSWORD)
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(endpoint, account.username, NEW)


def test_a_fine_grained_policy_asks_for_more(directory: LdapDirectory) -> None:
    [account] = directory.find_by_cpr(cpr_of("knud"))
    assert (account.policy.minimum_length, account.policy.complexity) == (LONG_MINIMUM, True)
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.TOO_SHORT,))
    assert directory.set_password(account, Secret(f"{NEW}-og-lidt-til")) == PasswordSet(account.key)


def test_who_is_an_administrator_by_way_of_a_group_is_left_alone(directory: LdapDirectory, endpoint: Endpoint) -> None:
    [account] = directory.find_by_cpr(cpr_of("bo"))
    assert directory.set_password(account, Secret(NEW)) == PasswordRefused((Refusal.ACCOUNT_PROTECTED,))
    assert opens(endpoint, account.username, OLD_PASSWORD)


def test_the_first_password_opens_a_newcomers_account(directory: LdapDirectory, endpoint: Endpoint) -> None:
    [account] = directory.find_by_cpr(cpr_of("sanne"))
    assert directory.set_password(account, Secret(NEW)) == PasswordSet(account.key)
    assert opens(endpoint, account.username, NEW)
    assert directory.reread(account.key).state is AccountState.ACTIVE
