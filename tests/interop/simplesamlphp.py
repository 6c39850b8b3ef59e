"""SimpleSAMLphp from Debian, in PHP's own web server: a hub, and behind it an identity provider that plays NemLog-in.

Not a line of it is ours, nor a library that we use. As WAYF does, the hub logs nobody in: it sends the browser on to
the identity provider that our Scoping names, and vouches for what comes back with keys of its own.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import requests

from resetapp.demo.hub_attributes import nemlogin_attributes
from resetapp.demo.hub_keys import HubKey
from resetapp.demo.processes import Part, serves, wait_until
from tests.ports import free_port

NEMLOGIN = "https://nemlogin.wayf.dk"
CPR, NAME = "7403014138", "Freja Holm Nielsen"
AES128_GCM, AES256_GCM = (f"http://www.w3.org/2009/xmlenc11#aes{bits}-gcm" for bits in (128, 256))
AES128_CBC, AES256_CBC = (f"http://www.w3.org/2001/04/xmlenc#aes{bits}-cbc" for bits in (128, 256))
LAYOUT_A = {"saml20.sign.assertion": True, "saml20.sign.response": False, "assertion.encryption": True}
PACKAGES = "simplesamlphp php-cli php-xml php-mbstring"
_PROGRAM = Path("/usr/share/simplesamlphp")
_CONFIGURATION = Path(__file__).with_name("php")
_METADATA = "/saml2/idp/metadata.php"


class SimpleSamlPhpUnavailable(Exception):
    """It is not installed. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One SimpleSAMLphp with settings, keys and log in a folder of its own. It reads them anew at each request."""

    folder: Path
    url: str

    def give(self, **values: Any) -> None:
        """What its settings take from the test."""
        file = self.folder / "given.json"
        given = json.loads(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(json.dumps({**given, **values}), "utf-8")

    def metadata(self, path: str = _METADATA) -> bytes:
        answer = requests.get(self.url + path, timeout=30)
        assert answer.ok, answer.text
        return answer.content

    def log(self) -> str:
        file = self.folder / "simplesamlphp.log"
        return file.read_text("utf-8", errors="replace") if file.exists() else ""


@dataclass(frozen=True, slots=True)
class Federation:
    """The hub, and the identity provider behind it."""

    hub: Instance
    source: Instance

    @property
    def entity_id(self) -> str:
        return self.hub.url + "/hub"

    def ordinary(self, *metadata: Path) -> None:
        """As WAYF is: only the assertion is signed, then it is encrypted. `metadata`: the service providers'."""
        self.answer()
        self.know(*metadata)
        self.know_source(NEMLOGIN.encode())
        self.source.give(failure="", attributes=nemlogin_attributes(CPR, NAME))

    def answer(self, cipher: str = AES256_GCM, **changes: bool) -> None:
        """How the hub signs and encrypts; `changes` to LAYOUT_A with _ for a dot."""
        answers = LAYOUT_A | {name.replace("_", "."): value for name, value in changes.items()}
        self.hub.give(cipher=cipher, answers=answers)

    def know_source(self, entity_id: bytes) -> None:
        """The hub knows the identity provider behind it by this name alone."""
        metadata = self.source.metadata().replace(NEMLOGIN.encode(), entity_id)
        (self.hub.folder / "source.xml").write_bytes(metadata)

    def know(self, *metadata: Path) -> None:
        """The service providers, by their metadata as they publish it: SimpleSAMLphp reads it by itself."""
        self.hub.give(partners=[str(self.hub.folder / "source.xml"), *map(str, metadata)])


@contextlib.contextmanager
def running_federation(folder: Path) -> Iterator[Federation]:
    """Until the end of the block. Raises SimpleSamlPhpUnavailable."""
    if shutil.which("php") is None or not _PROGRAM.is_dir():
        raise SimpleSamlPhpUnavailable(f"SimpleSAMLphp is not installed (Debian: apt-get install {PACKAGES})")
    hub, source = (_installed(folder / name, name) for name in ("hub", "source"))
    source.give(entity_id=NEMLOGIN, failure="", attributes={})
    federation = Federation(hub, source)
    federation.answer()
    with _running(hub), _running(source):
        federation.know_source(NEMLOGIN.encode())
        federation.know()
        (source.folder / "hub.xml").write_bytes(hub.metadata("/module.php/saml/sp/metadata.php/federation"))
        source.give(partners=[str(source.folder / "hub.xml")])
        yield federation


def _installed(folder: Path, name: str) -> Instance:
    shutil.copytree(_CONFIGURATION / name, folder)
    shutil.copy(_CONFIGURATION / "config.php", folder)
    (folder / "tmp").mkdir()
    key = HubKey.kept_in(folder, "idp")
    assert key.private.key_size == 3072
    instance = Instance(folder, f"http://127.0.0.1:{free_port()}")
    instance.give(name=name, url=instance.url, salt=secrets.token_hex(16), partners=[])
    return instance


@contextlib.contextmanager
def _running(instance: Instance) -> Iterator[None]:
    port, log = int(instance.url.rpartition(":")[2]), instance.folder / "php.log"
    settings = {
        "session.save_path": instance.folder / "tmp",
        "auto_prepend_file": _CONFIGURATION / "cipher.php",
        "display_errors": "0",
        "error_reporting": "E_ALL & ~E_DEPRECATED",
    }
    command = ["php", *(f"-d{name}={value}" for name, value in settings.items())]
    command += ["-S", f"127.0.0.1:{port}", "-t", str(_PROGRAM / "www")]
    process = _started(command, log, {"SIMPLESAMLPHP_CONFIG_DIR": str(instance.folder)})
    try:
        part = Part(
            f"SimpleSAMLphp ({instance.folder.name})", lambda: process.poll() is None, lambda: _words(instance, log)
        )
        wait_until(part, lambda: serves(port, _METADATA), Event())
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _started(command: list[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if setpriv := shutil.which("setpriv"):  # ends it when the tests are killed
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **environment},
        )


def _words(instance: Instance, log: Path) -> str:
    return (log.read_text(errors="replace") + instance.log())[-2000:]
