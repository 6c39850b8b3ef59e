"""Mail to the owners of accounts: by which server, and in whose name."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resetapp.core.secret import Secret


class Encryption(StrEnum):
    STARTTLS = "starttls"  # demanded: a server that does not offer it gets nothing
    TLS = "tls"  # from the first octet on
    NONE = "none"  # only to this machine itself


_PORTS = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}


@dataclass(frozen=True, slots=True)
class Mail:
    """Off until `enabled`: then no address is kept and nothing is sent."""

    enabled: bool = False
    host: str = ""
    port: int = 0  # 0 = the usual one of `encryption`
    encryption: Encryption = Encryption.STARTTLS
    ca_file: Path | None = None  # None = the system's certificate authorities
    username: str = ""  # "" = no login
    password: Secret | None = None
    from_address: str = ""
    reply_to: str = ""  # "" = answers are not read

    @property
    def usual_port(self) -> int:
        return self.port or _PORTS[self.encryption]
