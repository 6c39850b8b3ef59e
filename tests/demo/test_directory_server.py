"""The demo's own directory: the right people in the right state, on loopback only, and gone when told to go."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import PasswordRefused, Refusal
from resetapp.core.secret import Secret
from resetapp.demo import ldap_ber as ber
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates, ServerFiles, make_certificates
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.people import PERSONAS
from resetapp.demo.persona import OLD_PASSWORD, DemoAccount, Home, Persona
from resetapp.demo.slapd import SlapdUnavailable, installed, running_slapd
from resetapp.directory import LdapDirectory
from tests.directory.binding import binds
from tests.web.conftest import directory_settings

PERSONAS_WITH_ACCOUNTS = {
    persona.cpr_in_directory: persona for persona in PERSONAS if persona.cpr_in_directory and persona.accounts
}


def accounts_here(persona: Persona) -> list[DemoAccount]:
    return [account for account in persona.accounts if account.home is Home.PEOPLE]


def utc() -> datetime:
    return datetime.now(UTC)


def start_process(folder: Path, *more: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "resetapp.demo.directory_server", "--folder", str(folder), "--port", "0", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready.startswith("ldaps://127.0.0.1:"), ready
    return process, int(ready.split()[0].rpartition(":")[2])


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """As `resetapp demo` starts it: a process of its own."""
    folder = tmp_path_factory.mktemp("embedded")
    process, port = start_process(folder)
    yield Endpoint(0, port, as_written(folder))
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[0] == ""
    assert process.returncode == 0


def as_written(folder: Path) -> ServerCertificates:
    server, wrong = (ServerFiles(folder / f"{stem}.pem", folder / f"{stem}.key") for stem in ("server", "wrong-name"))
    return ServerCertificates(folder / "ca.pem", server, wrong, folder / "other-ca.pem")


@pytest.fixture(scope="module", params=["embedded", pytest.param("slapd", marks=pytest.mark.slapd)])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    if request.param == "embedded":
        yield request.getfixturevalue("embedded")
        return
    try:
        with running_slapd(tmp_path_factory.mktemp("slapd")) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def directory(endpoint: Endpoint) -> Iterator[LdapDirectory]:
    directory = LdapDirectory(directory_settings(endpoint), utc)
    yield directory
    directory.close()


def test_every_persona_has_the_accounts_of_its_story(directory: LdapDirectory) -> None:
    for cpr, persona in PERSONAS_WITH_ACCOUNTS.items():
        found = {account.username: account.state for account in directory.find_by_cpr(CprNumber.parse(cpr))}
        assert found == {account.username: account.state for account in accounts_here(persona)}, persona.key


def test_the_old_passwords_work_where_the_account_is_in_use(endpoint: Endpoint) -> None:
    for persona in PERSONAS_WITH_ACCOUNTS.values():
        for account in accounts_here(persona):
            in_use = account.state.value in ("active", "protected")
            assert binds(endpoint, account.username, OLD_PASSWORD) is in_use, account.username


def test_a_password_that_is_too_young_is_refused(directory: LdapDirectory) -> None:
    [persona] = [p for p in PERSONAS_WITH_ACCOUNTS.values() if any(account.too_young for account in p.accounts)]
    [account] = directory.find_by_cpr(CprNumber.parse(persona.cpr or ""))
    assert directory.set_password(account, Secret("En-Helt-Ny-Kode-1")) == PasswordRefused((Refusal.TOO_YOUNG,))


def test_the_demos_settings_pass_every_check(directory: LdapDirectory) -> None:
    assert [check for check in directory.check() if not check.ok] == []


def test_the_settings_are_plain_values_for_toml(endpoint: Endpoint) -> None:
    table = demo_directory_settings(endpoint.certificates.ca, endpoint.ldaps_port)
    assert table["hosts"] == [endpoint.ldaps]
    assert {type(value) for value in table.values()} <= {str, list, dict}


def test_openldaps_own_client_gets_along_with_it(endpoint: Endpoint) -> None:
    program = shutil.which("ldapwhoami")
    if program is None:
        pytest.skip("ldap-utils is not installed")
    name = f"uid=frni,{seed.PEOPLE}"
    answer = subprocess.run(
        [program, "-x", "-H", endpoint.ldaps, "-D", name, "-w", OLD_PASSWORD, "-e", "ppolicy"],
        env={**os.environ, "LDAPTLS_CACERT": str(endpoint.certificates.ca)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (answer.stdout.strip(), answer.returncode) == (f"dn:{name}", 0), answer.stderr


def test_it_listens_on_loopback_only(embedded: Endpoint) -> None:
    port = f":{embedded.ldaps_port:04X}"
    listening = [
        line.split()[1] for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    assert [address for address in listening if address.endswith(port)][:1] == [f"0100007F{port}"]
    assert not [a for a in listening if a.endswith(port) and not a.startswith("0100007F")]


class Client:
    """Says what it is told, octet by octet."""

    def __init__(self, endpoint: Endpoint) -> None:
        context = ssl.create_default_context(cafile=endpoint.certificates.ca)
        plain = socket.create_connection(("127.0.0.1", endpoint.ldaps_port), 5)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")

    def ask(self, operation: bytes, controls: bytes = b"") -> int:
        """The result code of the first answer."""
        self.socket.sendall(ber.sequence(ber.integer(1), operation, controls))
        _, (_, answer) = ber.elements(ber.elements(self.socket.recv(4096))[0][1])[:2]
        return ber.elements(answer)[0][1][0]


def bind(name: str, password: str) -> bytes:
    return ber.sequence(ber.integer(3), ber.octets(name), ber.octets(password, 0x80), tag=0x60)


def change(name: str, password: str) -> bytes:
    attribute = ber.sequence(ber.octets("userPassword"), ber.sequence(ber.octets(password), tag=0x31))
    return ber.sequence(ber.octets(name), ber.sequence(ber.sequence(ber.integer(2, 0x0A), attribute)), tag=0x66)


def control(oid: str, critical: bool, value: bytes) -> bytes:
    parts = (ber.octets(oid), ber.encoded(0x01, b"\xff" if critical else b"\x00"), ber.octets(value))
    return ber.sequence(ber.sequence(*parts), tag=0xA0)


def test_a_critical_control_it_does_not_know_stops_the_operation(endpoint: Endpoint) -> None:
    """RFC 4511, section 4.1.11: or a change that must only be made on a condition would be made without it."""
    client = Client(endpoint)
    assert client.ask(bind(seed.SERVICE_DN, seed.SERVICE_PASSWORD)) == 0
    modify = change(f"uid=mbr,{seed.PEOPLE}", "En-Helt-Ny-Kode-1")
    assert client.ask(modify, control("1.2.3.4", True, b"")) == 12
    assert binds(endpoint, "mbr", OLD_PASSWORD)
    never = ber.sequence(ber.octets("objectClass", 0x87), tag=0xA2)
    assert client.ask(modify, control("1.3.6.1.1.12", True, never)) == 122
    assert binds(endpoint, "mbr", OLD_PASSWORD)
    assert client.ask(modify, control("1.2.3.4", False, b"")) == 0
    assert binds(endpoint, "mbr", "En-Helt-Ny-Kode-1")


def test_a_login_without_a_password_is_nobodys(endpoint: Endpoint) -> None:
    """slapd refuses it, the embedded directory takes it for anonymous: either way it may change nothing."""
    client = Client(endpoint)
    assert client.ask(bind(seed.SERVICE_DN, "")) in (0, 53)
    assert client.ask(change(f"uid=ersa,{seed.PEOPLE}", "En-Helt-Ny-Kode-1")) != 0
    assert binds(endpoint, "ersa", OLD_PASSWORD)


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", b"0\x84\xff\xff\xff\xff", b"0\x00", b"0\x05\x02\x01\x01\x60\x00"]
)
def test_nonsense_ends_one_connection_and_no_more(embedded: Endpoint, said: bytes) -> None:
    client = Client(embedded)
    client.socket.settimeout(5)
    client.socket.sendall(said)
    client.socket.recv(4096)
    client.socket.close()
    assert binds(embedded, "kafr", OLD_PASSWORD)


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "tls", utc())
    for file in (made.server.key, made.wrong_name.key):
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.slapd
def test_slapd_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Also when that one is killed and can clean nothing up."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    program = (
        "import pathlib, sys, time\n"
        "from resetapp.demo.slapd import running_slapd\n"
        "with running_slapd(pathlib.Path(sys.argv[1])) as endpoint:\n"
        "    print(endpoint.ldaps_port, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    port = int(parent.stdout.readline() or 0)
    if not port:
        pytest.skip("slapd is not installed")
    parent.kill()
    parent.wait()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("slapd is still there")


def test_a_machine_without_slapd_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SlapdUnavailable, match="slapd is not installed"):
        installed(str(tmp_path))
