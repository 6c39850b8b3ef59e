"""SimpleSAMLphp from Debian as the service provider to compare with: nginx, and php-fpm with two processes."""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

from bench import processes
from bench.load import Ask
from bench.service import HUB, Installation, Service
from resetapp.demo.messages import LoginResponse, encoded, login_response, nemlogin_attributes
from resetapp.demo.processes import Part, free_port, serves, wait_until
from resetapp.demo.slapd import crowd_cpr

_CONFIGURATION = Path(__file__).with_name("simplesamlphp")
_SP = "/module.php/saml/sp/{}/bench"
_METADATA, _ACS = _SP.format("metadata.php"), _SP.format("saml2-acs.php")


@dataclass(frozen=True, slots=True)
class PhpService(Service):
    """`pid` is nginx's."""

    fpm: int = 0

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid) + processes.cpu_seconds(self.fpm)


def posted(installation: Installation, service: Service, number: int) -> Ask:
    """The hub's answer for the person with this number, as for ours but for the address."""
    url = f"http://127.0.0.1:{service.port}"
    response = LoginResponse.honest(
        HUB,
        url + _ACS,
        url + _METADATA,
        f"_nobody-waits-{number}",
        nemlogin_attributes(crowd_cpr(number), f"Test Prøvesen {number}"),
        datetime.now(UTC),
    )
    message = encoded(login_response(response, installation.hub_key, installation.encryption_certificate))
    fields = {"SAMLResponse": message, "RelayState": url + _METADATA}
    return Ask("POST", _ACS, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())


@contextlib.contextmanager
def running_php(installation: Installation, folder: Path) -> Iterator[PhpService]:
    """With the keys of our installation and the hub that it trusts, until the end of the block."""
    port = free_port()
    _configure(installation, folder, port)
    fpm_program = next(iter(glob.glob("/usr/sbin/php-fpm*")), "php-fpm")
    root = ["-R"] if os.geteuid() == 0 else []
    with (
        _running([fpm_program, *root, "-y", str(folder / "php-fpm.conf")], folder / "fpm.log") as fpm,
        _running(
            [
                shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx",
                "-p",
                str(folder),
                "-c",
                str(folder / "nginx.conf"),
            ],
            folder / "nginx.log",
        ) as nginx,
    ):
        part = Part("SimpleSAMLphp", lambda: nginx.poll() is None, lambda: _words(folder))
        wait_until(part, lambda: serves(port, _METADATA), Event())
        yield PhpService(port, nginx.pid, 0.0, fpm.pid)


def _configure(installation: Installation, folder: Path, port: int) -> None:
    shutil.copytree(_CONFIGURATION, folder)
    (folder / "tmp").mkdir()
    keys = installation.settings.parent / "keys"
    shutil.copy(keys / "encryption.key", folder)
    shutil.copy(keys / "encryption.crt", folder)
    shutil.copy(installation.settings.parent.parent / "hub.xml", folder)
    user = "user = root\ngroup = root" if os.geteuid() == 0 else ""
    for name in ("nginx.conf", "php-fpm.conf"):
        text = (folder / name).read_text("utf-8").replace("FOLDER", str(folder)).replace("PORT", str(port))
        if name == "nginx.conf" and user:
            text = f"user root;\n{text}"
        (folder / name).write_text(text.replace("USER", user), "utf-8")


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    if setpriv := shutil.which("setpriv"):  # ends it when this process is killed
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):  # its session may hold children of its own
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _words(folder: Path) -> str:
    return "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))[-2000:]
