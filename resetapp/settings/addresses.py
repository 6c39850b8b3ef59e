"""Readers of addresses: our own, the hub's, the directories', the database's, and what LDAP calls names."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from resetapp.core.people import AssuranceLevel
from resetapp.settings.faults import Wrong
from resetapp.settings.sections import Reading
from resetapp.settings.values import matching, plain, text

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_LDAP = re.compile(rf"ldaps?://{_HOST}(?::[0-9]{{1,5}})?")
_UDP = re.compile(rf"udp://{_HOST}(?::[0-9]{{1,5}})?")
_DESCRIPTOR = r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)"  # RFC 4512, section 1.4
_VALUE = r'(?:[^,+"\\<>;=]|\\[0-9A-Fa-f]{2}|\\[ #,+"\\<>;=])+'
_RDN = rf" *{_DESCRIPTOR} *= *{_VALUE}"
_DN = re.compile(rf"{_RDN}(?:[,+]{_RDN})*")  # RFC 4514, section 3, without its rarer forms
_POSTGRESQL = re.compile(rf"postgresql\+psycopg://(?:[^\s/@]+@)?(?:{_HOST}(?::[0-9]{{1,5}})?)?/[^\s/?#]+(?:\?\S*)?")
_POSTGRESQL_EXAMPLE = (
    'Write "postgresql+psycopg://user:password@host/database"; in the password write @ as %40, / as %2F, % as %25'
)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")

dn = matching(
    _DN, "is not a distinguished name", 'Write it as "ou=people,dc=example,dc=dk", special characters after \\'
)
attribute = matching(
    re.compile(_DESCRIPTOR), "is not the name of an LDAP attribute or class", 'Write one name, for example "uid"'
)
uri = matching(_URI, "is not an absolute URI", 'Write it in full, for example "https://nemlogin.wayf.dk"')
domain = matching(
    re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"),
    "is not a domain",
    'Write it in small letters, for example "example.dk"; what is stored depends on it, so it never changes',
)
lasting_name = matching(
    re.compile(r"[a-z0-9][a-z0-9-]{0,31}"),
    "is not a short name",
    "Write at most 32 of a–z, 0–9 and hyphen; it is stored with every account and never changes",
)


def _split(value: object, at: Reading, example: str) -> SplitResult:
    """The parts of a plain http(s) URL: ASCII, a host, no user, no port that is none."""
    found = text(value, at)
    wrong = Wrong("is not a web address", f'Write it as "{example}"')
    try:
        parts = urlsplit(found)
        port_holds = parts.port is None or parts.port > 0
    except ValueError:
        raise wrong from None
    host = parts.netloc.rpartition("@")[2]
    if "@" in parts.netloc or not port_holds or not re.fullmatch(rf"{_HOST}(?::[0-9]{{1,5}})?", host):
        raise wrong
    if not re.fullmatch("[!-~]+", found) or parts.scheme not in ("http", "https"):
        raise wrong
    return parts


def loopback(host: str) -> bool:
    """Only this machine can reach the host. A name other than localhost proves nothing: the DNS decides."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host(value: object, at: Reading) -> str:
    """A name or an IP address, without a scheme or a port."""
    found = text(value, at)
    try:
        ipaddress.ip_address(found)
    except ValueError:
        if ":" in found or not re.fullmatch(_HOST, found):
            raise Wrong("is not a host", 'Write its name alone: "smtp.example.dk"') from None
    return found


def public_url(value: object, at: Reading) -> str:
    """`https://host[:port]`, or http for a loopback host, as in the demo: there the cookies cannot be Secure."""
    parts = _split(value, at, "https://password.example.dk")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Wrong("has a path, query or fragment", "Write scheme and host alone: https://password.example.dk")
    if parts.scheme == "http" and not loopback(parts.hostname or ""):
        raise Wrong("is http", "Write https://: passwords and cookies would travel in the clear")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def syslog(value: object, at: Reading) -> str:
    """The path of a local socket, or udp://host[:port]. A host without a name is no place to keep proof at."""
    found = text(value, at)
    if found.startswith("/") or (_UDP.fullmatch(found) and _port_holds(found)):
        return found
    raise Wrong("is not a syslog", 'Write "/dev/log", or "udp://host:514"; let the local one forward over TLS')


def https_url(value: object, at: Reading) -> str:
    parts = _split(value, at, "https://www.example.dk/page")
    if parts.scheme != "https":
        raise Wrong("is not https", "Write https://")
    return text(value, at)


def feed_url(value: object, at: Reading) -> str:
    """https, with a path and perhaps a query; http only to this machine, as in the demo and the tests."""
    parts = _split(value, at, "https://metadata.example.dk/feed.xml")
    if parts.scheme == "http" and not loopback(parts.hostname or ""):
        raise Wrong("is http", "Write https://")
    if parts.fragment:
        raise Wrong("has a fragment", "Leave out # and what follows")
    return text(value, at)


def listen_host(value: object, at: Reading) -> str:
    found = text(value, at)
    try:
        ipaddress.ip_address("127.0.0.1" if found == "localhost" else found)
    except ValueError:
        raise Wrong("is not an IP address of this machine", 'Write "127.0.0.1", "::1" or another address') from None
    return found


def ldap_host(value: object, at: Reading) -> str:
    found = text(value, at)
    if not _LDAP.fullmatch(found) or not _port_holds(found):
        raise Wrong(
            "is not an LDAP server", 'Write "ldaps://host", "ldap://host" (StartTLS is then forced) or with :port'
        )
    return found


def _port_holds(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def database_url(value: object, at: Reading) -> str:
    """SQLite in a file, its relative path from the settings' folder, or PostgreSQL. The text may hold a password."""
    found = plain(value, limit=2000)
    if found.startswith("sqlite:///"):
        file = found.removeprefix("sqlite:///")
        if file in ("", ":memory:") or "?" in file:
            raise Wrong("names no SQLite file", 'Write "sqlite:///data/resetapp.db"')
        return f"sqlite:///{at.folder / file}"
    if found.startswith("postgresql+psycopg://"):
        if not _POSTGRESQL.fullmatch(found) or not _port_holds(found):
            raise Wrong("is not complete", _POSTGRESQL_EXAMPLE)
        return found
    raise Wrong("is no database that resetapp knows", 'Write "sqlite:///…" or "postgresql+psycopg://…"')


def minimum_level(value: object, at: Reading) -> AssuranceLevel:
    """Substantial and nothing else: WAYF credits at most Substantial (terms, Sikringsniveauer), and less is unsafe."""
    found = text(value, at)
    if found == "High":
        raise Wrong('is "High", which WAYF never gives: nobody could log in', 'Write "Substantial" (WAYF\'s terms, T3)')
    if found != "Substantial":
        raise Wrong("is not an assurance level that may set a password", 'Write "Substantial"')
    return AssuranceLevel.SUBSTANTIAL


def cpr_template(value: object, at: Reading) -> str:
    found = text(value, at)
    if found.count("{cpr}") + found.count("{cpr-}") != 1:
        raise Wrong("does not say once where the number stands", 'Write "{cpr}" for ten digits, "{cpr-}" with a hyphen')
    if re.search(r"[{}]", found.replace("{cpr}", "").replace("{cpr-}", "")):
        raise Wrong("holds other braces than {cpr} and {cpr-}", 'Write for example "{cpr}"')
    return found


def network(value: object, at: Reading) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """`10.0.0.0/8`, or one address."""
    try:
        return ipaddress.ip_network(text(value, at))
    except ValueError:
        raise Wrong("is not a network", 'Write its address and length, for example "10.20.0.0/16"') from None
