"""The clauses about the login: T3, T4, T5, T13, T14, T18."""

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zlib import decompress

from lxml import etree
from werkzeug.test import TestResponse

from resetapp.core.people import AssuranceLevel
from resetapp.saml.attributes import REQUESTED
from resetapp.saml.faults import Refused
from resetapp.saml.keys import read_certificate
from resetapp.saml.names import POST, REDIRECT, SAMLP_URI, URI_NAME_FORMAT
from resetapp.saml.redirect import read_query
from resetapp.saml.xml import decode64
from resetapp.storage.logins import find_login
from resetapp.storage.tables import Login
from resetapp.terms.clause import Point, declared, fact
from resetapp.terms.inspection import MD, CameBack, Inspection
from resetapp.terms.refusal import refused

_SECOND, _EIGHT_HOURS = timedelta(seconds=1), timedelta(hours=8)
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_LEVELS_REFUSED = ((), ("",), ("Low",), ("2",), ("Substantial", "Low"), ("Betydelig",))
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def assurance(look: Inspection) -> Iterator[Point]:
    minimum = look.settings.wayf.minimum_level
    yield fact("T3.minimum", minimum >= AssuranceLevel.SUBSTANTIAL, minimum.name)
    yield fact("T3.high_refused", refused("wayf.minimum_level", "High"))
    yield from declared(look, "risk_assessment")
    let_in = [" + ".join(level) for level in _LEVELS_REFUSED if _in(look, look.rehearsal.log_in(level=level))]
    yield fact("T3.every_ticket", not let_in, ", ".join(let_in) or f"{len(_LEVELS_REFUSED)} / {len(_LEVELS_REFUSED)}")
    high = look.rehearsal.log_in(level=("High",))
    kept = _kept(look, high)
    credited = AssuranceLevel(kept.assurance) if kept and kept.assurance is not None else None
    yield fact("T3.capped", credited == AssuranceLevel.SUBSTANTIAL, credited.name if credited else "")


def single_sign_on(look: Inspection) -> Iterator[Point]:
    slo = [each.get("Location", "") for each in _bound(look.metadata, "SingleLogoutService", REDIRECT)]
    yield fact("T4.registered", bool(slo), ", ".join(slo))
    here = look.rehearsal.log_in()
    before, answer = _in(look, here), look.rehearsal.end_at_hub(here)
    yield fact("T4.ended", before and not _in(look, here), "")
    yield fact("T4.answered", _logout_success(look, answer), _host(answer))
    yield fact("T4.answered_again", _logout_success(look, look.rehearsal.end_at_hub(here)), "")


def encryption(look: Inspection) -> Iterator[Point]:
    certificates = {use: _certificates(look.metadata, use) for use in ("signing", "encryption")}
    yield fact("T5.key_given", bool(certificates["encryption"]), len(certificates["encryption"]))
    yield fact("T5.key_of_its_own", not certificates["signing"] & certificates["encryption"], "")
    wayf = look.settings.wayf
    exposed = [str(pair.key_file) for pair in (wayf.signing, *wayf.encryption) if _exposed(pair.key_file)]
    yield fact("T5.key_kept", not exposed, ", ".join(exposed))
    plain = look.rehearsal.log_in(encrypt=False)
    yield fact("T5.plain_refused", not _in(look, plain), f"HTTP {plain.answer.status_code}")


def interface(look: Inspection) -> Iterator[Point]:
    role = look.metadata.find(f"{MD}SPSSODescriptor")
    protocol = "" if role is None else role.get("protocolSupportEnumeration", "")
    acs = _bound(look.metadata, "AssertionConsumerService", POST)
    yield fact("T13.saml", protocol == SAMLP_URI and len(acs) == 1, protocol)
    formats = {each.get("NameFormat", "") for each in look.metadata.iter(f"{MD}RequestedAttribute")}
    yield fact("T13.names", formats == {URI_NAME_FORMAT}, len(REQUESTED))
    yield fact("T13.rehearsed", _in(look, look.rehearsal.log_in()), "")


def age(look: Inspection) -> Iterator[Point]:
    """The youngest of the invented people was thirteen when MitID was given to her."""
    yield fact("T14.young", _in(look, look.rehearsal.log_in("alma")), "")
    yield fact("T14.told", all("13" in page for page in look.shown("/").values()), "13")


def sessions(look: Inspection) -> Iterator[Point]:
    visits, rehearsal = look.settings.visits, look.rehearsal
    longest = _longest(look)
    yield fact("T18.limits", visits.idle <= longest <= _EIGHT_HOURS, f"{visits.idle} / {longest}")
    yield fact("T18.longer_refused", refused("visits.absolute_minutes", 481), "481")
    request = _sent(rehearsal.get("/login"))
    yield fact("T18.fresh_login", request is not None and request.get("ForceAuthn") == "true", "ForceAuthn")
    idle = rehearsal.log_in()
    rehearsal.forward(visits.idle + _SECOND)
    yield fact("T18.idle", not _in(look, idle), str(visits.idle))
    yield fact("T18.absolute", _cut_off_while_active(look), str(visits.absolute))
    short = rehearsal.log_in(session_not_on_or_after=_SECOND * 30)
    rehearsal.forward(_SECOND * 31)
    yield fact("T18.hubs_end", not _in(look, short), "SessionNotOnOrAfter")
    old = rehearsal.log_in(authn_instant=rehearsal.app.extensions["resetapp"].clock() - _EIGHT_HOURS - _SECOND)
    yield fact("T18.old_login", not _in(look, old), "AuthnInstant")


def _cut_off_while_active(look: Inspection) -> bool:
    """A person who clicks all the time is in until just before the absolute limit, and out after it."""
    visits, rehearsal = look.settings.visits, look.rehearsal
    here, left = rehearsal.log_in(session_not_on_or_after=None), visits.absolute - _SECOND
    while left > timedelta(0):
        step = min(left, visits.idle - _SECOND)
        rehearsal.forward(step)
        left -= step
        if not _in(look, here):
            return False
    rehearsal.forward(_SECOND * 2)
    return not _in(look, here)


def _in(look: Inspection, came_back: CameBack) -> bool:
    return look.rehearsal.logged_in(came_back.browser)


def _longest(look: Inspection) -> timedelta:
    """How long the service lets a login last that the hub sets no end to; without an end of its own, for ever."""
    kept = _kept(look, look.rehearsal.log_in(session_not_on_or_after=None))
    if kept is None or kept.completed_at is None or kept.ends_at is None:
        return timedelta.max
    return kept.ends_at - kept.completed_at


def _kept(look: Inspection, came_back: CameBack) -> Login | None:
    """What the service has written down of this browser's login."""
    url = look.rehearsal.settings.service.public_url
    with came_back.browser.session_transaction(base_url=url) as session:
        token = session.get("token", "")
    with look.rehearsal.app.extensions["resetapp"].database.reading() as db:
        return find_login(db, token)


def _bound(metadata: etree._Element, name: str, binding: str) -> list[etree._Element]:
    return [each for each in metadata.iter(f"{MD}{name}") if each.get("Binding") == binding]


def _certificates(metadata: etree._Element, use: str) -> set[str]:
    keys = [each for each in metadata.iter(f"{MD}KeyDescriptor") if each.get("use") == use]
    return {"".join(each.itertext(f"{_DS}X509Certificate")).strip() for each in keys}


def _exposed(file: Path) -> bool:
    return bool(stat.S_IMODE(file.stat().st_mode) & _OTHERS)


def _sent(answer: TestResponse) -> etree._Element | None:
    """The SAML message in the address we send the browser to."""
    query = parse_qs(urlsplit(answer.location or "").query)
    field = query.get("SAMLRequest") or query.get("SAMLResponse")
    return etree.fromstring(decompress(decode64(field[0]), -15)) if field else None


def _logout_success(look: Inspection, answer: TestResponse) -> bool:
    """Whether WAYF can read it: signed with the key of our certificate, and with the RelayState that was sent."""
    certificate = read_certificate(look.settings.wayf.signing.certificate_file)
    try:
        query = urlsplit(answer.location or "").query.encode()
        xml, relay_state = read_query(query, [certificate.public_key()])  # type: ignore[list-item]
    except Refused:
        return False
    message = etree.fromstring(xml)
    code = message.find(".//{*}StatusCode")
    success = code is not None and code.get("Value", "").endswith(":Success")
    return success and relay_state == "state-1" and bool(message.get("InResponseTo"))


def _host(answer: TestResponse) -> str:
    return urlsplit(answer.location or "").netloc
