"""A small LDAP server with the demo's people: `resetapp demo` needs nothing installed, and fast tests neither.

    python -m resetapp.demo.directory_server --folder FOLDER --port PORT [--directory people|staff]

serves ldaps:// on this loopback port until SIGTERM, with certificates made fresh in FOLDER (`ca.pem` is the
authority): "people" is like OpenLDAP, "staff" like Active Directory. Everything is in memory. Never a directory for
real people: it listens on loopback only.
"""

import argparse
import asyncio
import contextlib
import signal
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates, ServerFiles, make_certificates
from resetapp.demo.domain_people import DELEGATION, demo_domain
from resetapp.demo.domain_tree import DomainTree
from resetapp.demo.ldap_connection import AnyTree, LdapConnection
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.ldap_seed import demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.demo.persona import Home

__all__ = ["DirectoryServer", "demo_directory_settings", "running_directory"]

_LOOPBACK = "127.0.0.1"


class DirectoryServer:
    """Runs on the current event loop. `start` may be given port 0 for a free one."""

    def __init__(self, tree: AnyTree, files: ServerFiles) -> None:
        self._tree = tree
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls.load_cert_chain(files.certificate, files.key)
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int, encrypted: bool) -> int:
        """Listens; with `encrypted` as ldaps://, else as ldap:// with StartTLS. Returns the port."""
        tls = self._tls if encrypted else None
        server = await asyncio.start_server(self._serve, _LOOPBACK, port, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await LdapConnection(self._tree, reader, writer, self._tls).serve()
        self._writers.discard(writer)

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._writers):
            with contextlib.suppress(AttributeError):  # Python 3.11.2's, for a TLS transport that is closed already
                writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=2)


@contextlib.contextmanager
def running_directory(
    tree: AnyTree, certificates: ServerCertificates, server_files: ServerFiles | None = None, admin_password: str = ""
) -> Iterator[Endpoint]:
    """The server in a thread of this process. `server_files`: another certificate than `certificates.server`."""
    loop = asyncio.new_event_loop()
    server = DirectoryServer(tree, server_files or certificates.server)
    ldap_port = loop.run_until_complete(server.start(0, encrypted=False))
    ldaps_port = loop.run_until_complete(server.start(0, encrypted=True))
    thread = threading.Thread(target=loop.run_forever, name="directory", daemon=True)
    thread.start()
    try:
        yield Endpoint(ldap_port, ldaps_port, certificates, admin_password)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def _utc() -> datetime:
    return datetime.now(UTC)


def _tree(directory: Home) -> AnyTree:
    if directory is Home.STAFF:
        return DomainTree(demo_domain(_utc()), _utc, DELEGATION)
    return Tree(demo_tree(_utc()), _utc)


async def _serve(folder: Path, port: int, directory: Home) -> None:
    certificates = make_certificates(folder, _utc())
    server = DirectoryServer(_tree(directory), certificates.server)
    told = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    port = await server.start(port, encrypted=True)
    print(f"ldaps://{_LOOPBACK}:{port} is ready", flush=True)
    await told.wait()
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="A small LDAP server with invented people, on loopback.")
    parser.add_argument("--folder", type=Path, required=True, help="where its certificates are written")
    parser.add_argument("--port", type=int, required=True, help="for ldaps://; 0 takes a free one")
    parser.add_argument("--directory", type=Home, choices=list(Home), default=Home.PEOPLE, help="whose accounts it has")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.folder, arguments.port, arguments.directory))


if __name__ == "__main__":
    main()
