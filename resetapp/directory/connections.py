"""How a directory's servers are connected to: encrypted always, as the service account or as the person."""

import logging
import ssl
from functools import cached_property

from resetapp.directory.hosts import Host
from resetapp.directory.results import Result
from resetapp.directory.session import Session, SessionBroken, Timeouts
from resetapp.directory.tls import strict_context
from resetapp.settings.model import DirectorySettings

log = logging.getLogger(__name__)


class Connections:
    """Keeps none of them."""

    def __init__(self, settings: DirectorySettings) -> None:
        """No network yet."""
        self._settings = settings
        self._timeouts = Timeouts(settings.connect_timeout, settings.answer_timeout)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return strict_context(self._settings.ca_file, self._settings.strict_x509)

    def open(self, host: Host, dn: str, password: bytes) -> Session:
        """Encrypted, not logged in. Raises SessionBroken."""
        try:
            context = self._context
        except OSError:  # not there, not readable, no certificate in it
            raise SessionBroken("ca_file") from None
        return Session(host, context, self._timeouts, dn, password)

    def as_service(self, host: Host) -> Session:
        """Logged in with the service account. Raises SessionBroken."""
        session = self.open(host, self._settings.bind_dn, self._settings.bind_password.reveal().encode())
        if (code := session.bind().code) != Result.SUCCESS:
            session.close()
            name = self._settings.name
            log.error("directory %s: %s refuses the service account with result code %d", name, host, code)
            raise SessionBroken("bind_refused")
        return session
