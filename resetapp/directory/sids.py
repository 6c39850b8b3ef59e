"""Security identifiers of Active Directory (MS-DTYP 2.4.2), and those that belong to privileged groups."""

import struct

from resetapp.directory.entries import Unreadable

_DOMAIN, _BUILTIN = "S-1-5-21-", "S-1-5-32-"

# Relative identifiers of groups in a domain, and of groups that are the same everywhere (MS-DTYP 2.4.2.4; Microsoft's
# list of protected accounts and groups). Whoever is in one of them, at any depth, can get at other people's accounts.
_DOMAIN_GROUPS = frozenset(
    {
        498,  # Enterprise Read-only Domain Controllers
        512,  # Domain Admins
        516,  # Domain Controllers
        517,  # Cert Publishers
        518,  # Schema Admins
        519,  # Enterprise Admins
        520,  # Group Policy Creator Owners
        521,  # Read-only Domain Controllers
        525,  # Protected Users
        526,  # Key Admins
        527,  # Enterprise Key Admins
        553,  # RAS and IAS Servers
    }
)
_BUILTIN_GROUPS = frozenset(
    {
        544,  # Administrators
        547,  # Power Users
        548,  # Account Operators
        549,  # Server Operators
        550,  # Print Operators
        551,  # Backup Operators
        552,  # Replicator
        557,  # Incoming Forest Trust Builders
        562,  # Distributed COM Users
        569,  # Cryptographic Operators
        578,  # Hyper-V Administrators
        580,  # Remote Management Users
    }
)
_FIRST_OF_PEOPLE = 1000  # lower ones are built in: Administrator (500), Guest (501), krbtgt (502)


def text_of(octets: bytes) -> str:
    """`S-1-5-21-…` of a SID's octets. Raises Unreadable."""
    if len(octets) < 8 or octets[0] != 1 or len(octets) != 8 + 4 * octets[1]:
        raise Unreadable("no security identifier")
    authority = int.from_bytes(octets[2:8], "big")
    parts = struct.unpack_from(f"<{octets[1]}I", octets, 8)
    return "-".join(map(str, ("S-1", authority, *parts)))


def is_privileged_group(sid: str) -> bool:
    relative = int(sid.rpartition("-")[2])
    if sid.startswith(_BUILTIN):
        return relative in _BUILTIN_GROUPS
    return sid.startswith(_DOMAIN) and relative in _DOMAIN_GROUPS


def is_built_in(sid: str) -> bool:
    """An account that came with the domain."""
    return not sid.startswith(_DOMAIN) or int(sid.rpartition("-")[2]) < _FIRST_OF_PEOPLE
