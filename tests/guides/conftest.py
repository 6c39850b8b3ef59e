"""The guides, each followed once on a server of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from resetapp.demo.certificates import ServerCertificates
from tests.guides import fresh_389, fresh_samba, fresh_slapd
from tests.guides.guide import Guide, guide
from tests.guides.prepared import Prepared
from tests.servers.running import RunningServer, ServerUnavailable


def _written(file: Path, password: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(password)
    return file


@contextlib.contextmanager
def _openldap(folder: Path, certificates: ServerCertificates) -> Iterator[Prepared]:
    with fresh_slapd.running(folder / "server", certificates) as (server, local):
        secret = _written(folder / "admin.password", server.admin_password)
        words = {
            "ldapi:///": local,
            "ldap.example.dk": f"127.0.0.1:{server.ldaps_port}",
            "/etc/ldap/tls": str(certificates.ca.parent),
            "-W": f"-y {secret}",
        }
        followed = guide("openldap", words)
        followed.run(folder)
        settings = followed.settings(folder, certificates.ca)
        yield Prepared(followed, server, settings, fresh_slapd.KIND, lambda: followed.run_more(folder))


@contextlib.contextmanager
def _active_directory(folder: Path, certificates: ServerCertificates) -> Iterator[Prepared]:
    """Followed while the server runs; then it is started anew, as the guide says."""
    domain = fresh_samba.Domain(folder / "server", certificates)
    secret = _written(folder / "admin.password", fresh_samba.ADMIN_PASSWORD)
    with domain.running() as server:
        _guide_for(domain, server, secret).run(folder, SMB_CONF_PATH=str(domain.configuration))
    with domain.running() as server:
        followed = _guide_for(domain, server, secret)
        settings = followed.settings(folder, certificates.ca)
        excused = frozenset({"policy hints control"})  # Samba has it from 4.24 on
        yield Prepared(
            followed,
            server,
            settings,
            fresh_samba.KIND,
            lambda: followed.run_more(folder, SMB_CONF_PATH=str(domain.configuration)),
            excused,
        )


def _guide_for(domain: fresh_samba.Domain, server: RunningServer, secret: Path) -> Guide:
    words = {
        "dc1.example.dk": f"127.0.0.1:{server.ldaps_port}",
        "directory-ca.pem": str(server.certificates.ca),
        "/etc/samba/smb.conf": str(domain.configuration),
        "-W": f"-y {secret}",
    }
    return guide("active-directory", words)


@contextlib.contextmanager
def _ds389(folder: Path, certificates: ServerCertificates) -> Iterator[Prepared]:
    with fresh_389.running(folder / "server", certificates) as server:
        secret = _written(folder / "admin.password", server.admin_password)
        words = {
            "ldap.example.dk": f"127.0.0.1:{server.ldaps_port}",
            "directory-ca.pem": str(certificates.ca),
            "-W": f"-y {secret}",
        }
        followed = guide("389ds", words)
        followed.run(folder)
        settings = followed.settings(folder, certificates.ca)
        yield Prepared(followed, server, settings, fresh_389.KIND, lambda: None)


_KINDS = [
    pytest.param(_ds389, marks=pytest.mark.ds389, id="389ds"),
    pytest.param(_active_directory, marks=pytest.mark.samba, id="active-directory"),
    pytest.param(_openldap, marks=pytest.mark.slapd, id="openldap"),
]


@pytest.fixture(scope="module", params=_KINDS)
def prepared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server_certificates: ServerCertificates
) -> Iterator[Prepared]:
    try:
        with request.param(tmp_path_factory.mktemp("guide"), server_certificates) as found:
            yield found
    except ServerUnavailable as unavailable:
        pytest.skip(str(unavailable))
