"""A directory server that loses things: TLS on both sides, so that it can tell the messages apart."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from enum import Enum

from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_ber import elements, integer, octets, sequence
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.ldap_messages import BIND, MODIFY


class Fate(Enum):
    """What becomes of a modify."""

    PASSED = "passed"
    SWALLOWED = "swallowed"  # done, but the answer is lost; later connections work
    CUT = "cut"  # done, and the connection ends without an answer
    LATE = "late"  # done after the client has given up waiting, and the answer is lost
    HELD = "held"  # never reaches the directory, and no answer
    FATAL = "fatal"  # done, and the server is gone for good
    ANSWERED = "answered"  # never reaches the directory, but is answered with the code in `code`


_TOO_LONG = 0.9  # seconds: more than most clients of these tests wait for an answer


class Proxy:
    """Counts what reaches it, and of the logins those of people. `fate` may be changed at any time."""

    def __init__(self, endpoint: Endpoint, loop: asyncio.AbstractEventLoop) -> None:
        self.fate = Fate.PASSED
        self.code = 0
        self.delay = _TOO_LONG  # of a change that is late
        self.modifies: list[bytes] = []
        self.binds = self.service_binds = 0
        self.bound_as: list[str] = []  # the names of all logins
        self.connections = 0
        self.before_modify: Callable[[], None] = lambda: None  # runs when the modify has come, before it goes on
        self.port = 0
        self._endpoint = endpoint
        self.gone = False  # no connection is served any more
        files = endpoint.certificates.server
        self._server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server_side.load_cert_chain(files.certificate, files.key)
        self._client_side = ssl.create_default_context(cafile=endpoint.certificates.ca)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = loop

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=self._server_side)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        if self.gone:
            writer.close()
            return
        upstream, to_server = await asyncio.open_connection(
            "127.0.0.1", self._endpoint.ldaps_port, ssl=self._client_side
        )
        self._writers.add(to_server)
        lost = asyncio.Event()
        back = asyncio.ensure_future(self._answers(upstream, writer, lost))
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                message = await _message(reader)
                await self._forward(message, writer, to_server, lost)
        back.cancel()
        writer.close()
        to_server.close()

    async def _forward(
        self, message: bytes, writer: asyncio.StreamWriter, to_server: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        tag, content = elements(elements(message)[0][1])[1]
        if tag == BIND:
            name = elements(content)[1][1]
            self.bound_as.append(name.decode())
            by_service = name == seed.SERVICE_DN.encode()
            self.service_binds, self.binds = self.service_binds + by_service, self.binds + (not by_service)
        if tag == MODIFY:
            self.modifies.append(message)
            await asyncio.to_thread(self.before_modify)
            if self.fate is Fate.ANSWERED:
                writer.write(_answer(message, self.code))
                return
            if self.fate is not Fate.PASSED:
                lost.set()
            if self.fate is Fate.HELD:
                return
            if self.fate is Fate.LATE:
                await asyncio.sleep(self.delay)
        to_server.write(message)
        await to_server.drain()
        if tag == MODIFY and self.fate in (Fate.CUT, Fate.FATAL):
            await asyncio.sleep(0.2)  # until it is done
            self.gone = self.fate is Fate.FATAL
            writer.transport.abort()

    async def _answers(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                message = await _message(upstream)
                if not lost.is_set():
                    writer.write(message)
                    await writer.drain()

    def abort_all(self) -> None:
        """Every connection breaks off. From any thread; done when it returns."""
        asyncio.run_coroutine_threadsafe(self.broken_off(), self._loop).result(5)

    async def broken_off(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(AttributeError):  # Python 3.11.2's, for a TLS transport that is closed already
                writer.transport.abort()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(2)
    size, more = head[1], b""
    if size & 0x80:
        more = await reader.readexactly(size & 0x7F)
        size = int.from_bytes(more, "big")
    return head + more + await reader.readexactly(size)


def _answer(message: bytes, code: int) -> bytes:
    """A modify's response to the request in `message`."""
    number = elements(elements(message)[0][1])[0][1]
    result = sequence(integer(code, 0x0A), octets(""), octets("a text that nobody should see"), tag=0x67)
    return sequence(octets(number, 0x02), result)


@contextlib.contextmanager
def between(endpoint: Endpoint) -> Iterator[Proxy]:
    """A proxy in front of the endpoint, in a thread of its own."""
    loop = asyncio.new_event_loop()
    proxy = Proxy(endpoint, loop)
    server = loop.run_until_complete(proxy.listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_stop(proxy, server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _stop(proxy: Proxy, server: asyncio.Server) -> None:
    server.close()
    await proxy.broken_off()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=2)
