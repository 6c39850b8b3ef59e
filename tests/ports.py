"""Free ports for servers that start a while after their port was chosen.

Never one of those that the system itself gives out (ip_local_port_range of ip(7) begins at 32768, RFC 6335's dynamic
ports later): until the server starts, any connection of another test could take such a one.
"""

import random
import socket

_FIRST, _END = 15_000, 32_000
_chance = random.SystemRandom()  # each worker draws for itself, so all would draw alike from one seed


def free_port() -> int:
    while True:
        port = _chance.randrange(_FIRST, _END)
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
