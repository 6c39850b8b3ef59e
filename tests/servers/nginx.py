"""nginx with the file that we ship: only its ports, its certificate and its paths are those of the tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from resetapp.demo.certificates import ServerFiles
from resetapp.demo.processes import Part, listens, wait_until
from tests.ports import free_port
from tests.servers.running import ROOT, installed

_AROUND = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/start.log crit;
events {{}}
http {{
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/resetapp.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """`outside`: an address of this machine that is not loopback, where nginx listens, too; "" when there is none."""

    https: int
    http: int
    outside: str
    folder: Path

    @property
    def logs(self) -> str:
        return "\n".join(each.read_text() for each in sorted(self.folder.glob("*.log")))

    def logs_with(self, last: str) -> str:
        """A line is written after its answer has gone out. Raises TimeoutError."""
        for _ in range(100):
            if last in (found := self.logs):
                return found
            time.sleep(0.1)
        raise TimeoutError(f"no {last} in {self.logs}")


def shipped(name: str, service_port: int, proxy: Proxy, files: ServerFiles) -> str:
    """`deploy/nginx.conf`, adapted. Each thing that is changed must be there."""
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    second = proxy.outside or "127.0.0.2"
    changes = {
        "adgangskode.example.dk": name,
        "127.0.0.1:8000": f"127.0.0.1:{service_port}",
        "listen 80;": f"listen 127.0.0.1:{proxy.http};",
        "listen [::]:80;": f"listen {second}:{proxy.http};",
        "listen 443 ssl": f"listen 127.0.0.1:{proxy.https} ssl",
        "listen [::]:443 ssl": f"listen {second}:{proxy.https} ssl",
        "/etc/ssl/resetapp/fullchain.pem": str(files.certificate),
        "/etc/ssl/resetapp/key.pem": str(files.key),
        "/var/log/nginx/": f"{proxy.folder}/",
    }
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextmanager
def running_nginx(name: str, service_port: int, files: ServerFiles, folder: Path) -> Iterator[Proxy]:
    """Raises ServerUnavailable. What would write a body to a temporary file fails."""
    program = installed("nginx", "nginx-light")
    proxy = Proxy(free_port(), free_port(), own_address(), folder)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder), "utf-8")
    (folder / "resetapp.conf").write_text(shipped(name, service_port, proxy, files), "utf-8")
    output = folder / "nginx.output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stdout=log, stderr=log
        )
    try:
        part = Part("nginx", lambda: process.poll() is None, output.read_text)
        wait_until(part, lambda: listens(proxy.https), Event())
        for each in ("client", "proxy"):
            shutil.rmtree(folder / each)
            (folder / each).touch()
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


def own_address() -> str:
    """The one from which this machine would reach others. Nothing is sent: a datagram's socket only looks it up."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("192.0.2.1", 9))
        return str(asked.getsockname()[0])
    return ""
