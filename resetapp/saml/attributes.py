"""From what the hub says about a person to an AuthenticatedPerson: who vouched, how surely, for which CPR number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from resetapp.core.cpr import CprNumber, InvalidCpr
from resetapp.core.outcomes import Outcome
from resetapp.core.people import AssuranceLevel, AuthenticatedPerson
from resetapp.saml.faults import Refused, need
from resetapp.saml.names import NSIS_LEVEL
from resetapp.saml.profile import Testimony
from resetapp.saml.xml import decode64

_NEMLOGIN_HOME = "sikker-adgang.dk"
_CPR = re.compile(r"urn:mace:terena\.org:schac:personalUniqueID:dk:CPR:([0-9]{10})")
_LEVELS = {
    "Low": AssuranceLevel.LOW,
    "Substantial": AssuranceLevel.SUBSTANTIAL,
    "High": AssuranceLevel.SUBSTANTIAL,  # WAYF never vouches for more than Substantial (its terms, T3)
}
_LEGACY_SUBSTANTIAL = "3"


@dataclass(frozen=True, slots=True)
class WantedAttribute:
    """An attribute by its two names on the wire (wayf.md 3.2); `required` is for our metadata."""

    basic: str
    oid: str
    required: bool = False


CPR = WantedAttribute("schacPersonalUniqueID", "urn:oid:1.3.6.1.4.1.25178.1.2.15", required=True)
ASSURANCE = WantedAttribute("eduPersonAssurance", "urn:oid:1.3.6.1.4.1.5923.1.1.1.11", required=True)
COMMON_NAME = WantedAttribute("cn", "urn:oid:2.5.4.3")
HOME = WantedAttribute("schacHomeOrganization", "urn:oid:1.3.6.1.4.1.25178.1.2.9")
DISPLAY_NAME = WantedAttribute("displayName", "urn:oid:2.16.840.1.113730.3.1.241")
REQUESTED = (CPR, ASSURANCE, COMMON_NAME, HOME)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the institution demands of a login."""

    authorities: tuple[str, ...]
    minimum_level: AssuranceLevel
    accept_legacy_level_3: bool
    base64_attributes: bool


def person(said: Testimony, policy: Policy) -> AuthenticatedPerson:
    """Who vouched is asked first: another source's level and CPR number mean nothing here. Raises Refused."""
    _need_nemlogin(said, policy)
    level = _level(_values(said, ASSURANCE, policy), policy)
    return AuthenticatedPerson(
        cpr=_cpr(_values(said, CPR, policy)), name=_name(said, policy), assurance=level, login=said.login
    )


def _need_nemlogin(said: Testimony, policy: Policy) -> None:
    """The hub signs for every university's identity provider, and any of them may claim somebody's CPR number (S-10).

    Only the last authority was written by the hub; the ones before it were sent by the source, which can name anybody.
    """
    need(
        said.authorities[-1:] != () and said.authorities[-1] in policy.authorities, "authority", Outcome.WRONG_AUTHORITY
    )
    homes = _values(said, HOME, policy)
    need(homes is None or homes == (_NEMLOGIN_HOME,), "home-organization", Outcome.WRONG_AUTHORITY)


def _level(values: tuple[str, ...] | None, policy: Policy) -> AssuranceLevel:
    """From eduPersonAssurance alone: AuthnContextClassRef passes through the hub unchanged (wayf.md 3.3, S-09)."""
    distinct = set(values or ())
    need(len(distinct) == 1, "level-unknown", Outcome.ASSURANCE_UNKNOWN)
    word = distinct.pop().removeprefix(NSIS_LEVEL)
    level = _LEVELS.get(word)
    if level is None and word == _LEGACY_SUBSTANTIAL and policy.accept_legacy_level_3:
        level = AssuranceLevel.SUBSTANTIAL
    if level is None:
        raise Refused("level-unknown", Outcome.ASSURANCE_UNKNOWN)
    need(level >= policy.minimum_level, "level-too-low", Outcome.ASSURANCE_TOO_LOW)
    return level


def _cpr(values: tuple[str, ...] | None) -> CprNumber:
    """Exactly one number, whole and in the one spelling; pseudo numbers with letters are somebody's guess (S-08)."""
    if not values:
        raise Refused("no-cpr", Outcome.NO_CPR)
    distinct = set(values)
    need(len(distinct) == 1, "several-cpr")
    found = _CPR.fullmatch(distinct.pop())
    if found is None:
        raise Refused("cpr-shape")
    try:
        return CprNumber.parse(found[1])
    except InvalidCpr:
        raise Refused("cpr-shape") from None


def _name(said: Testimony, policy: Policy) -> str:
    """For the page's greeting only; "" when the hub releases none."""
    names = (*(_values(said, COMMON_NAME, policy) or ()), *(_values(said, DISPLAY_NAME, policy) or ()))
    return next((name.strip() for name in names if name.strip()), "")


def _values(said: Testimony, wanted: WantedAttribute, policy: Policy) -> tuple[str, ...] | None:
    """None when it was not released. Under both its names at once it is as ambiguous as twice under one."""
    attributes: Mapping[str, tuple[str, ...]] = said.attributes
    found = [attributes[name] for name in (wanted.oid, wanted.basic) if name in attributes]
    need(len(found) <= 1, "attribute-twice")
    if not found:
        return None
    if policy.base64_attributes:
        return tuple(_decoded(value) for value in found[0])
    need(not any(_is_encoded(value) for value in found[0]), "base64-attributes")
    return found[0]


def _is_encoded(value: str) -> bool:
    """What we know, wrapped in base64: WAYF's entry and our setting differ. Never unwrapped for use."""
    try:
        inside = decode64(value).decode()
    except (Refused, UnicodeDecodeError):
        return False
    level = inside.removeprefix(NSIS_LEVEL)
    return inside == _NEMLOGIN_HOME or level in (*_LEVELS, _LEGACY_SUBSTANTIAL) or _CPR.fullmatch(inside) is not None


def _decoded(value: str) -> str:
    """The hub's `wayf:base64attributes` mode (wayf.md 3.2)."""
    try:
        return decode64(value).decode()
    except UnicodeDecodeError:
        raise Refused("attribute-value") from None
