"""Starts a Samba Active Directory domain controller with the people of `samba_domain.py`.

The domain is built once, in some twenty seconds, and kept as an archive below .pytest_cache; from it a server starts
in two. It runs in a network of its own, so that its fixed ports meet nobody, and as an ordinary user too; where such
a network is not allowed, root on the machine's own ports 389 and 636.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates
from tests.servers import samba_domain as domain
from tests.servers.networks import allowed, demand_free, started
from tests.servers.running import ROOT, SYSTEM_PYTHON, RunningServer, ServerUnavailable, installed, wait_until_ready

PACKAGES = (
    "samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-samba python3-dnspython"
)
_BUILD = Path(__file__).parent / "samba_build.py"
_PRIVATE = ("unshare", "-rn", "--")
_PORTS = (389, 636)


@contextlib.contextmanager
def running_samba(folder: Path, certificates: ServerCertificates) -> Iterator[RunningServer]:
    """A domain controller with its data in `folder` (made if needed). Raises ServerUnavailable."""
    program = installed("samba", PACKAGES)
    network = _network()
    config = _unpack(_archive(network), folder, certificates)
    log = folder / "samba.log"
    server = [program, "-i", "-M", "single", "-s", str(config), "--debug-stdout"]  # ends with its standard input
    with started(network, _PORTS, server, log) as (process, (ldap_port, ldaps_port)):
        running = _described(ldap_port, ldaps_port, certificates, process.pid)
        wait_until_ready(running, process, log, running.service_name, running.service_password)
        lock_out(running, "locked")
        yield running


def lock_out(server: RunningServer, username: str) -> None:
    """By wrong passwords."""
    for _ in range(domain.LOCKOUT_THRESHOLD):
        server.bind_result(f"{username}@{domain.REALM.lower()}", "a wrong password")


def _network() -> tuple[str, ...]:
    """The words before a command that give it a network of its own; none where root must do without."""
    if allowed(_PRIVATE):
        return _PRIVATE
    if os.geteuid() != 0:
        raise ServerUnavailable("Samba needs root here: user namespaces are not allowed to others")
    demand_free(_PORTS)
    return ()


def _archive(network: tuple[str, ...]) -> Path:
    """The built domain; its name tells from what it was built."""
    description = json.dumps(domain.description()).encode()
    mark = hashlib.sha256(_BUILD.read_bytes() + description).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or ROOT / ".pytest_cache") / "resetapp-servers"
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"samba-{mark}.tar.gz"
    with archive.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of one run want it at once; let go when the file is closed
        if not archive.exists():
            _build(network, description, archive)
    return archive


def _build(network: tuple[str, ...], description: bytes, archive: Path) -> None:
    command = [*network, SYSTEM_PYTHON, "-I", str(_BUILD), str(archive)]
    built = subprocess.run(command, input=description, capture_output=True, check=False)
    if built.returncode:
        raise ServerUnavailable(f"the domain could not be built: {built.stderr.decode(errors='replace')[-3000:]}")


def _unpack(archive: Path, folder: Path, certificates: ServerCertificates) -> Path:
    """Returns the configuration's path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    root = folder / "dc"
    for name in ("run", "tls"):
        (root / name).mkdir(exist_ok=True)
    (root / "private").chmod(0o700)
    files = certificates.server
    for source, name in ((files.certificate, "server.pem"), (files.key, "server.key"), (certificates.ca, "ca.pem")):
        shutil.copy(source, root / "tls" / name)
    config = root / "etc/smb.conf"
    config.write_text(config.read_text().replace("@ROOT@", str(root)))
    return config


def _described(ldap_port: int, ldaps_port: int, certificates: ServerCertificates, session: int) -> RunningServer:
    return RunningServer(
        ldap_port,
        ldaps_port,
        certificates,
        suffix=domain.SUFFIX,
        people=domain.PEOPLE,
        service_name=f"{domain.SERVICE}@{domain.REALM.lower()}",
        service_dn=f"CN={domain.SERVICE},{domain.SERVICES}",
        service_password=domain.SERVICE_PASSWORD,
        admin_name=domain.ADMIN_NAME,
        admin_password=domain.ADMIN_PASSWORD,
        session=session,
    )
