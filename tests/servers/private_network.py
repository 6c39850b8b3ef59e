"""Runs a server in a network of its own, and lets connections in by sockets that were opened outside of it.

    unshare -rn python private_network.py FD:PORT [FD:PORT …] -- COMMAND …

FD: a listening socket that was inherited; what comes in there goes to 127.0.0.1:PORT of the private network. So a
server with fixed ports (Samba's are 389 and 636) needs no privilege, meets no other server, and can run many times.
Without a private network it works as well, as long as the ports are free. Ends with the server.
"""

import asyncio
import contextlib
import fcntl
import functools
import socket
import struct
import sys

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP (netdevice(7))
_REQUEST = struct.Struct("16sh14x")


def open_loopback() -> None:
    with socket.socket() as any_socket:
        answer = fcntl.ioctl(any_socket, _GET_FLAGS, _REQUEST.pack(b"lo", 0))
        _, flags = _REQUEST.unpack(answer)
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SET_FLAGS, _REQUEST.pack(b"lo", flags | _UP))


async def let_in(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:  # the server does not listen (yet)
        writer.close()
        return
    await asyncio.gather(carry(reader, inner_writer), carry(inner_reader, writer))


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def run(passages: list[str], command: list[str]) -> int:
    open_loopback()
    servers = []
    for passage in passages:
        fd, port = map(int, passage.split(":"))
        inherited = socket.socket(fileno=fd)
        servers.append(await asyncio.start_server(functools.partial(let_in, port), sock=inherited))
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    end = arguments.index("--")
    sys.exit(asyncio.run(run(arguments[:end], arguments[end + 1 :])))
