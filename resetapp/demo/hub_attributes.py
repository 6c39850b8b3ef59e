"""The attributes that the hub computes from a NemLog-in login, by their names on the wire."""

import hashlib
from collections.abc import Mapping, Sequence

from resetapp.core.cpr import CprNumber, InvalidCpr

Attributes = dict[str, tuple[str, ...]]

CPR_PREFIX = "urn:mace:terena.org:schac:personalUniqueID:dk:CPR:"
HOME_ORGANIZATION = "sikker-adgang.dk"
URI_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
BASIC_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"

OIDS = {
    "schacPersonalUniqueID": "urn:oid:1.3.6.1.4.1.25178.1.2.15",
    "eduPersonAssurance": "urn:oid:1.3.6.1.4.1.5923.1.1.1.11",
    "cn": "urn:oid:2.5.4.3",
    "sn": "urn:oid:2.5.4.4",
    "gn": "urn:oid:2.5.4.42",
    "displayName": "urn:oid:2.16.840.1.113730.3.1.241",
    "eduPersonPrincipalName": "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
    "eduPersonTargetedID": "urn:oid:1.3.6.1.4.1.5923.1.1.1.10",
    "norEduPersonNIN": "urn:oid:1.3.6.1.4.1.2428.90.1.5",
    "organizationName": "urn:oid:2.5.4.10",
    "schacDateOfBirth": "urn:oid:1.3.6.1.4.1.25178.1.2.3",
    "schacYearOfBirth": "urn:oid:1.3.6.1.4.1.25178.1.0.2.3",
    "schacHomeOrganization": "urn:oid:1.3.6.1.4.1.25178.1.2.9",
    "schacHomeOrganizationType": "urn:oid:1.3.6.1.4.1.25178.1.2.10",
    "eduPersonPrimaryAffiliation": "urn:oid:1.3.6.1.4.1.5923.1.1.1.5",
    "eduPersonAffiliation": "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
    "eduPersonScopedAffiliation": "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "ial": "https://data.gov.dk/concept/core/nsis/ial",
    "aal": "https://data.gov.dk/concept/core/nsis/aal",
    "cvr": "https://data.gov.dk/model/core/eid/professional/cvr",
    "rid": "https://data.gov.dk/model/core/eid/professional/rid",
    "pid": "https://data.gov.dk/model/core/eid/person/pid",
}
FRIENDLY_NAMES = {wire: friendly for friendly, wire in OIDS.items()}


def nemlogin_attributes(
    cpr: str | None,
    name: str,
    level: Sequence[str] = ("Substantial",),
    *,
    cpr_values: Sequence[str] | None = None,
    cvr: str | None = None,
    organization: str = "NemLog-in",
    home_organization: str = HOME_ORGANIZATION,
) -> Attributes:
    """Everything the hub knows of a NemLog-in login, keyed by urn:oid or data.gov.dk name.

    `cpr_values` replaces the one value of the CPR attribute; each gets the CPR prefix, whatever it is. `level` goes in
    as it is: the hub's limiter is `resetapp.demo.hub.limited`. Attributes without a value are left out, as by the hub.
    """
    values = tuple(cpr_values) if cpr_values is not None else tuple(filter(None, [cpr]))
    named = {
        "schacPersonalUniqueID": tuple(CPR_PREFIX + value for value in values),
        "eduPersonAssurance": tuple(level),
        **_names(name),
        **_identifiers(values[0] if values else name, cvr),
        "norEduPersonNIN": values,
        "organizationName": (organization,),
        **_birth(values[:1]),
        **_affiliation(home_organization),
        "ial": tuple(level),
        "aal": tuple(level),
    }
    return {OIDS[friendly]: kept for friendly, texts in named.items() if (kept := _distinct(texts))}


def _distinct(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))


def _names(name: str) -> Attributes:
    first, _, last = name.rpartition(" ")
    return {"cn": (name,), "sn": (last,), "gn": (first,), "displayName": (name,)}


def _identifiers(seed: str, cvr: str | None) -> Attributes:
    """PID, or CVR and RID: invented from a hash, so that a person has the same ones at each login."""
    digest = hashlib.sha256(f"resetapp demo {seed} {cvr}".encode()).hexdigest()
    number = f"{int(digest[:12], 16) % 10**12:012}"
    pid, rid = f"9208-2002-2-{number}", number[:8]
    principal = f"CVR:{cvr}-RID:{rid}" if cvr else f"PID:{pid}"
    return {
        "eduPersonPrincipalName": (f"{principal}@{HOME_ORGANIZATION}",),
        "eduPersonTargetedID": (f"WAYF-DK-{digest[:40]}",),
        "cvr": (cvr or "",),
        "rid": (rid if cvr else "",),
        "pid": ("" if cvr else pid,),
    }


def _birth(values: Sequence[str]) -> Attributes:
    try:
        dates = [CprNumber.parse(value).birth_date for value in values]
    except InvalidCpr:
        return {}
    return {
        "schacDateOfBirth": tuple(f"{date:%Y%m%d}" for date in dates),
        "schacYearOfBirth": tuple(f"{date:%Y}" for date in dates),
    }


def _affiliation(home_organization: str) -> Attributes:
    return {
        "schacHomeOrganization": (home_organization,),
        "schacHomeOrganizationType": ("urn:mace:terena.org:schac:homeOrganizationType:int:other",),
        "eduPersonPrimaryAffiliation": ("member",),
        "eduPersonAffiliation": ("member",),
        "eduPersonScopedAffiliation": (f"member@{home_organization}",),
    }


def name_format(wire_name: str) -> str:
    """The NameFormat that belongs to an attribute's name: urn:oid and https names are URIs, bare words are basic."""
    return URI_FORMAT if ":" in wire_name else BASIC_FORMAT


def released(attributes: Mapping[str, Sequence[str]], requested: Sequence[str]) -> Attributes:
    """Only what the service provider's metadata asks for, in its order and by its names (urn:oid or LDAP name)."""
    by_name = {**attributes, **{FRIENDLY_NAMES[wire]: texts for wire, texts in attributes.items()}}
    return {name: tuple(by_name[name]) for name in requested if name in by_name}
