"""Starts an installed OpenLDAP server on loopback with the demo's people: for the demo, the tests and the bench.

No privilege is needed; everything lies in one folder, and the server ends with the process that started it.
"""

import base64
import contextlib
import functools
import hashlib
import itertools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates, ServerFiles, make_certificates
from resetapp.demo.ldap_endpoint import ADMIN_DN, Endpoint

_FILES = Path(__file__).parent / "slapd_files"
_PROGRAMS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/sbin"))
_MODULES = ("/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap", "/usr/libexec/openldap")
_SCHEMAS = ("/etc/ldap/schema", "/etc/openldap/schema")
_STARTS = 3  # a port found free may be taken before slapd gets it
_PATIENCE = 30.0  # seconds until it must answer
CROWD_PASSWORD = "Mange-Mennesker-31"  # noqa: S105 - of invented people in a load test
_PLAIN = re.compile(r"[!-9;=-~][ -~]*[!-~]|[!-9;=-~]")  # what LDIF takes as it is (RFC 2849), rather too little


class SlapdUnavailable(Exception):
    """slapd is not installed or does not start here. The text says why."""


@contextlib.contextmanager
def running_slapd(
    folder: Path,
    entries: Iterable[seed.SeedEntry] | None = None,
    *,
    more_people: int = 0,
    first_rules: str = "",
    server_files: ServerFiles | None = None,
    certificates: ServerCertificates | None = None,
) -> Iterator[Endpoint]:
    """A slapd with its data in `folder` (made if needed), filled with `entries` or the demo's people.

    `first_rules`: access rules in slapd.conf's language, asked before the others. `more_people`: see `crowd`.
    `server_files`: another certificate than `certificates.server`. Raises SlapdUnavailable.
    """
    program = installed()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificates = certificates or make_certificates(folder / "tls", datetime.now(UTC))
    password = secrets.token_urlsafe(18)
    config = _configuration(folder, certificates, server_files or certificates.server, password, first_rules)
    _load(program, config, entries if entries is not None else seed.demo_tree(datetime.now(UTC)), more_people)
    process, ldap_port, ldaps_port = _start(program, config, folder / "slapd.log")
    try:
        yield Endpoint(ldap_port, ldaps_port, certificates, admin_password=password)
    finally:
        _stop(process)


def installed(folders: str = _PROGRAMS) -> str:
    """The program's path; `folders` as in PATH. Raises SlapdUnavailable."""
    program = shutil.which("slapd", path=folders)
    if program is None:
        raise SlapdUnavailable("slapd is not installed (Debian and Ubuntu: apt-get install slapd)")
    return program


def _configuration(
    folder: Path, certificates: ServerCertificates, server: ServerFiles, admin_password: str, first_rules: str
) -> Path:
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    values: Mapping[str, object] = {
        "SCHEMA": _first_folder(_SCHEMAS, "schema files"),
        "MODULES": _first_folder(_MODULES, "modules"),
        "CPR_SCHEMA": _FILES / "cpr.schema",
        "ROOT": folder,
        "CA": certificates.ca,
        "CERTIFICATE": server.certificate,
        "KEY": server.key,
        "SUFFIX": seed.SUFFIX,
        "ADMIN": ADMIN_DN,
        "ADMIN_PASSWORD": admin_password,
        "PEOPLE": seed.PEOPLE,
        "SERVICE": seed.SERVICE_DN,
        "POLICIES": seed.POLICIES,
        "GROUPS": seed.GROUPS,
        "DEFAULT_POLICY": seed.DEFAULT_POLICY,
        "FIRST_RULES": first_rules,
    }
    text = (_FILES / "slapd.conf.in").read_text(encoding="utf-8")
    config = folder / "slapd.conf"
    config.touch(mode=0o600)  # the administrator's password is in it
    config.write_text(re.sub(r"@([A-Z_]+)@", lambda name: str(values[name[1]]), text), encoding="utf-8")
    return config


def _first_folder(candidates: Iterable[str], what: str) -> str:
    for candidate in candidates:
        if Path(candidate).is_dir():
            return candidate
    raise SlapdUnavailable(f"slapd's {what} were not found in {', '.join(candidates)}")


def _load(program: str, config: Path, entries: Iterable[seed.SeedEntry], more_people: int) -> None:
    command = [program, "-T", "add", "-q", "-f", str(config), "-b", seed.SUFFIX]
    loading = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    text = "".join(itertools.chain(map(_ldif, entries), map(_ldif, crowd(more_people))))
    _, errors = loading.communicate(text)
    if loading.returncode:
        raise SlapdUnavailable(f"slapd could not load the people: {errors[-2000:]}")


def _start(program: str, config: Path, log: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    for _ in range(_STARTS):
        ldap_port, ldaps_port = _free_ports(2)
        addresses = f"ldap://127.0.0.1:{ldap_port} ldaps://127.0.0.1:{ldaps_port}"
        command = [program, "-f", str(config), "-h", addresses, "-d", "stats"]
        if setpriv := shutil.which("setpriv"):  # ends the server when this process is killed
            command = [setpriv, "--pdeathsig", "TERM", "--", *command]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        if _answers(process, ldaps_port):
            return process, ldap_port, ldaps_port
        _stop(process)
    raise SlapdUnavailable(f"slapd does not start: {log.read_text(errors='replace')[-2000:]}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return True
        time.sleep(0.02)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ldif(entry: seed.SeedEntry) -> str:
    """RFC 2849."""
    lines = [_ldif_line("dn", entry.dn)]
    lines += [_ldif_line(name, value) for name, values in entry.attributes.items() for value in values]
    if entry.password:
        lines.append(_ldif_line("userPassword", _salted_sha1(entry.password)))
    return "".join(lines) + "\n"


def _ldif_line(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{name}: {value}\n"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"


@functools.cache
def _salted_sha1(password: str) -> str:
    """{SSHA}, which every slapd knows without a module. Good enough for invented people."""
    salt = secrets.token_bytes(8)
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def crowd(count: int) -> Iterator[seed.SeedEntry]:
    """`count` people with one account each: u000000 and on, password CROWD_PASSWORD, a CPR number of their own."""
    for number in range(count):
        yield seed.account_entry(
            seed.SeedAccount(f"u{number:06d}", "Test", f"Prøvesen {number}", crowd_cpr(number), CROWD_PASSWORD)
        )


def crowd_cpr(number: int) -> str:
    """Ten digits that are nobody's: the day of birth plus 60."""
    rest, day = divmod(number, 28)
    rest, month = divmod(rest, 12)
    serial, year = divmod(rest, 100)
    return f"{day + 61:02d}{month + 1:02d}{year:02d}{serial + 1000:04d}"
