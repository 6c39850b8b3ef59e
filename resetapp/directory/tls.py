"""TLS that verifies: chain, host name or IP address, TLS 1.2 or newer. Without it nothing of worth is sent.

ldap3 by itself verifies nothing (`ssl.CERT_NONE`), and its own name check cannot match IP addresses on Python 3.12
and later. Here Python's ssl module does all of it (ASVS 12.3.1 to 12.3.4).
"""

import socket
import ssl
from pathlib import Path

from ldap3 import Connection, Tls

_WRONG_NAME = frozenset({62, 63, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, _EMAIL_, _IP_ADDRESS_ (OpenSSL, x509_vfy.h)


def strict_context(ca_file: Path | None, strict_x509: bool) -> ssl.SSLContext:
    """One per directory: building it reads the authorities' file. Raises OSError when that is not possible."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if strict_x509:
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default, here for all versions alike
    else:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class StrictTls(Tls):  # type: ignore[misc]  # ldap3 has no types
    """For one connection. `fault` tells, in our own word, why the handshake failed."""

    def __init__(self, context: ssl.SSLContext, answer_timeout: float) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self._answer_timeout = answer_timeout
        self.fault = ""

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        """Called by ldap3 for ldaps:// and for StartTLS. The name is checked in the handshake."""
        plain = connection.socket
        # without it, Nagle's algorithm and delayed acknowledgements cost 40 ms at each connection
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.socket = self._context.wrap_socket(plain, server_hostname=connection.server.host)
        except OSError as error:
            self.fault = _fault(error)
            raise
        # ldap3's receive_timeout takes whole seconds only, and only for reading
        connection.socket.settimeout(self._answer_timeout)


def _fault(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls_wrong_name" if error.verify_code in _WRONG_NAME else "tls_untrusted"
    if isinstance(error, TimeoutError):
        return "no_answer"
    return "tls_failed"
