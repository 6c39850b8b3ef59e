"""Who is spoken to, and what happens when a server is not what it should be."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resetapp.core.outcomes import PasswordSet
from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.directory.hosts import Host, Hosts
from resetapp.directory.session import Session, SessionBroken, Timeouts
from resetapp.directory.tls import strict_context
from resetapp.trouble import DirectoryDown
from tests.directory.binding import binds
from tests.directory.conftest import Opener, Start, the_account
from tests.directory.population import TWO
from tests.directory.proxy import between

NEW = "Rødgrød-med-Fløde-26"


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def silent_server(first_words: bytes = b"") -> Iterator[int]:
    """Takes connections, says at most `first_words`, and keeps what it hears in `heard`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended, kept = threading.Event(), []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while not ended.is_set():
                    connection, _ = listening.accept()
                    connection.sendall(first_words)
                    kept.append(connection)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            ended.set()
            for connection in kept:
                connection.close()


@pytest.fixture(scope="module")
def wrongly_named(start: Start, certificates: ServerCertificates) -> Iterator[Endpoint]:
    with start(certificates, certificates.wrong_name) as endpoint:
        yield endpoint


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_ldaps_and_starttls_work_by_name_and_by_address(opened: Opener, scheme: str, host: str) -> None:
    port = opened.endpoint.ldaps_port if scheme == "ldaps" else opened.endpoint.ldap_port
    directory = opened(hosts=(f"{scheme}://{host}:{port}",))
    assert len(directory.find_by_cpr(TWO)) == 2
    account = the_account(directory, "tls")
    password = Secret(f"Ny-{scheme}-{host}-{time.time_ns()}")
    assert isinstance(directory.set_password(account, password), PasswordSet)
    assert binds(opened.endpoint, "tls", password.reveal())


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_certificate_of_an_unknown_authority_is_refused(opened: Opener, scheme: str) -> None:
    url = getattr(opened.endpoint, scheme)
    with pytest.raises(DirectoryDown, match="tls_untrusted"):
        opened(hosts=(url,), ca_file=opened.endpoint.certificates.other_ca).find_by_cpr(TWO)


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_for_another_name_is_refused(
    opened: Opener, wrongly_named: Endpoint, scheme: str, host: str
) -> None:
    url = getattr(wrongly_named, scheme).replace("127.0.0.1", host)
    with pytest.raises(DirectoryDown, match="tls_wrong_name"):
        opened(hosts=(url,)).find_by_cpr(TWO)


def test_the_systems_authorities_do_not_vouch_for_ours(opened: Opener) -> None:
    with pytest.raises(DirectoryDown, match="tls_untrusted"):
        opened(ca_file=None).find_by_cpr(TWO)


def test_without_a_readable_authority_nothing_is_asked(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for file in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        with pytest.raises(DirectoryDown, match="ca_file"):
            opened(ca_file=file).find_by_cpr(TWO)


def test_a_server_that_refuses_starttls_never_hears_a_password(opened: Opener) -> None:
    """Somebody between us and the server answers "unavailable" in the hope that we go on in the clear."""
    heard: list[bytes] = []

    def refuse(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            heard.append(connection.recv(4096))
            connection.sendall(bytes.fromhex("300c02010178070a013404000400"))
            connection.settimeout(2)
            with contextlib.suppress(OSError):
                while more := connection.recv(4096):
                    heard.append(more)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=refuse, args=(listening,))
        thread.start()
        with pytest.raises(DirectoryDown):
            opened(hosts=(f"ldap://127.0.0.1:{listening.getsockname()[1]}",)).find_by_cpr(TWO)
        thread.join(5)
    assert heard[0].endswith(b"1.3.6.1.4.1.1466.20037")
    assert seed.SERVICE_PASSWORD.encode() not in b"".join(heard)
    assert len(heard) == 1


def test_a_connection_that_was_closed_is_never_opened_again_in_the_clear(opened: Opener) -> None:
    """ldap3 by itself opens a closed connection anew to log in, and forgets StartTLS."""
    context = strict_context(opened.endpoint.certificates.ca, strict_x509=True)
    host = Host.parse(opened.endpoint.ldap)
    session = Session(host, context, Timeouts(2.0, 2.0), seed.SERVICE_DN, seed.SERVICE_PASSWORD.encode())
    session.close()
    with pytest.raises(SessionBroken, match="closed"):
        session.bind()


def test_a_wrong_password_of_the_service_account_is_told_as_such(opened: Opener) -> None:
    with pytest.raises(DirectoryDown, match="bind_refused"):
        opened(bind_password=Secret("wrong")).find_by_cpr(TWO)


def test_the_next_server_is_asked_when_the_first_is_dead(opened: Opener) -> None:
    directory = opened(hosts=(f"ldaps://127.0.0.1:{closed_port()}", opened.endpoint.ldaps))
    assert len(directory.find_by_cpr(TWO)) == 2
    account = the_account(directory, "failover")
    assert isinstance(directory.set_password(account, Secret(NEW)), PasswordSet)


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_silent_server_costs_its_time_out_once(opened: Opener, scheme: str) -> None:
    with silent_server() as port:
        hosts = (f"{scheme}://127.0.0.1:{port}", opened.endpoint.ldaps)
        directory = opened(hosts=hosts, connect_timeout=0.5, answer_timeout=0.5, host_pause=60.0)
        start = time.monotonic()
        assert len(directory.find_by_cpr(TWO)) == 2
        assert 0.4 < time.monotonic() - start < 2
        directory.close()  # so that a new connection is needed
        start = time.monotonic()
        assert len(directory.find_by_cpr(TWO)) == 2
        assert time.monotonic() - start < 0.4


def test_when_every_server_is_silent_the_wait_is_bounded(opened: Opener) -> None:
    with silent_server() as one, silent_server() as other:
        hosts = tuple(f"ldaps://127.0.0.1:{port}" for port in (one, other))
        directory = opened(hosts=hosts, connect_timeout=0.3, answer_timeout=0.3)
        for _ in range(2):  # the second time although both have failed lately: there is no other
            start = time.monotonic()
            with pytest.raises(DirectoryDown, match="no_answer"):
                directory.find_by_cpr(TWO)
            assert 0.5 < time.monotonic() - start < 2


def test_a_server_that_talks_nonsense_is_passed_over(opened: Opener) -> None:
    with silent_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        for scheme in ("ldaps", "ldap"):
            directory = opened(hosts=(f"{scheme}://127.0.0.1:{port}", opened.endpoint.ldaps), connect_timeout=0.5)
            assert len(directory.find_by_cpr(TWO)) == 2


def test_a_server_that_was_passed_over_is_asked_again_after_the_pause() -> None:
    first, second = Host("first", 636, False), Host("second", 636, False)
    hosts = Hosts([first, second], pause=0.1)
    hosts.failed(first)
    assert hosts.in_order() == [second, first]
    hosts.failed(second)
    assert hosts.in_order() == [first, second]
    hosts.works(second)
    assert hosts.in_order() == [second, first]
    time.sleep(0.12)
    assert hosts.in_order() == [first, second]


def test_connections_are_kept(opened: Opener) -> None:
    with between(opened.endpoint) as proxy:
        directory = opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",))
        for _ in range(5):
            directory.find_by_cpr(TWO)
        assert (proxy.connections, proxy.service_binds) == (1, 1)


def test_a_kept_connection_that_has_died_is_replaced_unnoticed(opened: Opener) -> None:
    with between(opened.endpoint) as proxy:
        directory = opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",))
        account = the_account(directory, "warm")
        proxy.abort_all()
        assert isinstance(directory.set_password(account, Secret(NEW)), PasswordSet)
        assert len(proxy.modifies) == 1
        proxy.abort_all()
        assert len(directory.find_by_cpr(TWO)) == 2


def test_many_at_once_each_get_their_own_answer(opened: Opener) -> None:
    directory = opened(answer_timeout=10.0)
    wanted = ["reader", "closed", "ended", "later", "locked-before"] * 12
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda username: the_account(directory, username).username, wanted))
    assert found == wanted


@pytest.mark.parametrize(
    "url", ["http://x", "ldaps://", "ldaps://x/dc=dk", "ldap:///", "ldaps://x:port", "x:636", "ldaps://x?a"]
)
def test_what_is_no_directory_server_is_told_at_once(opened: Opener, url: str) -> None:
    with pytest.raises(ValueError, match=r"host|[Pp]ort"):
        opened(hosts=(url,))


def test_the_usual_ports_need_not_be_written() -> None:
    assert [Host.parse(url).port for url in ("ldaps://a", "ldap://a", "ldaps://[::1]:1636")] == [636, 389, 1636]
    assert str(Host.parse("ldaps://[::1]:1636")) == "ldaps://[::1]:1636"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_tls_is_refused(opened: Opener, certificates: ServerCertificates) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                context.wrap_socket(connection, server_side=True)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(DirectoryDown, match="tls_failed"):
            opened(hosts=(f"ldaps://127.0.0.1:{listening.getsockname()[1]}",)).find_by_cpr(TWO)
