"""The clauses about data and support: T6, T7, T8, T12, T15, T16, T17."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from resetapp import texts
from resetapp.settings import Wayf
from resetapp.storage.attempts import sent_since
from resetapp.terms.clause import Point, declared, fact
from resetapp.terms.inspection import MD, CameBack, Inspection, said
from resetapp.terms.marks import MARKS
from resetapp.terms.refusal import UNSAFE, blamed, refused

_WAYF_DESK = "sekretariat@wayf.dk"
_NOT_GIVEN = re.compile(
    r"underskriv|signér|signatur|fuldmagt|\bsign (?:the|a|your)\b|signature|power of attorney", re.I
)
_FEES = re.compile(r"\b(?:gebyr|betaling|betale|kroner|fee|fees|payment|pay)\b", re.IGNORECASE)
_FRAMES = re.compile(r"<(?:iframe|frame|embed|object)\b", re.IGNORECASE)
_CLOSED_TO_FRAMES = ("default-src 'none'", "frame-ancestors 'none'")
_SAFE_COOKIE = ("HttpOnly", "Path=/")
_UNPINNED = "hub_metadata_certificate_files"
_LONG_AGO = timedelta(days=366)
ADDRESSES = frozenset(
    {
        *(
            "/",
            "/account",
            "/again",
            "/code",
            "/cookies",
            "/done",
            "/expired",
            "/mark",
            "/password",
            "/privacy",
            "/robots.txt",
        ),
        *("/static/<path:filename>", "/stay", "/stopped", "/theme.css", "/unlock", "/was"),
        *("/healthz", "/metrics", "/login", "/logout", "/saml/acs", "/saml/metadata", "/saml/slo", "/signed-out"),
        *("/staff/", "/staff/login", "/staff/logout", "/staff/look-up", "/staff/look-up/end", "/staff/look-up/unlock"),
        *("/staff/events", "/staff/events/export", "/staff/status", "/staff/report", "/staff/report/export"),
        *("/staff/codes", "/staff/codes/new", "/staff/codes/<ident>", "/staff/codes/<ident>/approve"),
        *("/staff/codes/<ident>/reject", "/staff/codes/<ident>/show", "/staff/codes/<ident>/withdraw"),
        *("/staff/statistics", "/staff/statistics.csv"),
        *("/freeze/<token>", "/staff/mappings", "/staff/mappings/new", "/staff/mappings/change"),
        *("/staff/mappings/export", "/staff/mappings/template.csv"),
        *(f"/staff/mappings/<string(length=32):request_id>{each}" for each in ("", "/approve", "/reject", "/withdraw")),
        "/staff/mappings/remove/<string(length=32):mapping_id>",
        *(f"/staff/mappings/import{each}" for each in ("", "/<request_id>", "/<request_id>/faults.csv")),
        *(f"/staff/mappings/import/<request_id>/{each}" for each in ("approve", "reject", "withdraw")),
    }
)
"""All that the program answers at. Whoever adds one has to say that it hands no authentication on (T7)."""


def controllership(look: Inspection) -> Iterator[Point]:
    terms, institution = look.settings.terms, look.settings.institution
    yield from declared(look, "controller", "recipients")
    if terms.controller:
        yield fact("T6.controller_shown", look.in_both("/privacy", terms.controller), terms.controller)
    yield fact("T6.dpo_shown", look.in_both("/privacy", institution.privacy_contact), institution.privacy_contact)
    yield fact("T6.chain_shown", look.in_both("/privacy", "WAYF", "Digitaliseringsstyrelsen", _link(look)), _link(look))


def passing_on(look: Inspection) -> Iterator[Point]:
    roles = [each.tag.removeprefix(MD) for each in look.metadata if "Descriptor" in each.tag]
    yield fact("T7.no_broker", roles == ["SPSSODescriptor"], ", ".join(roles))
    number, rehearsal = look.rehearsal.personal_number("freja"), look.rehearsal
    here = rehearsal.log_in()
    shown = here.answer.text + rehearsal.get("/password", here.browser).text + rehearsal.set_password(here).text
    places = {"pages": shown, "log": rehearsal.logged(), "database": rehearsal.stored().decode("latin-1")}
    found = [place for place, content in places.items() if number in content]
    yield fact("T7.number_stays", not found, ", ".join(found or places))
    names = [here.name_id in places[place] for place in ("pages", "log")]
    yield fact("T7.names_stay", not any(names), "NameID")
    other = sorted({rule.rule for rule in rehearsal.app.url_map.iter_rules()} - ADDRESSES)
    yield fact("T7.addresses", not other, ", ".join(other) or len(ADDRESSES))
    handing = list(_hand_on(look, rehearsal.log_in()))
    yield fact("T7.hands_nothing_on", not handing, ", ".join(handing))


def _hand_on(look: Inspection, here: CameBack) -> Iterator[str]:
    """Addresses that answer another service's AuthnRequest, as an identity provider or a proxy would.

    Asked by somebody who is logged in here. The request is a genuine one: whoever answered others would answer it.
    """
    asked = urlsplit(look.rehearsal.get("/login").location or "").query
    for rule in look.rehearsal.app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()):
            continue
        answer = look.rehearsal.get(f"{rule.rule}?{asked}", here.browser)
        told = f"{answer.location or ''}\n{answer.text}"
        if "SAMLResponse" in told or here.name_id in told:
            yield rule.rule


def availability(look: Inspection) -> Iterator[Point]:
    failed, phone = look.rehearsal.fail_at_hub(), look.settings.institution.support_phone
    yield fact("T8.other_way", failed.status_code < 500 and phone in failed.text, f"HTTP {failed.status_code}")
    with look.record(replace(look.rehearsal.settings.terms, login=False)) as rehearsal:
        codes = {path: rehearsal.get(path).status_code for path in ("/", "/privacy", "/cookies", "/saml/metadata")}
    yield fact("T8.off_switch", set(codes.values()) == {200}, ", ".join(f"{p} {code}" for p, code in codes.items()))
    promised = _said_in_texts(_NOT_GIVEN)
    yield fact("T8.nothing_else", not promised, ", ".join(promised))


def support(look: Inspection) -> Iterator[Point]:
    contacts = (look.settings.institution.support_phone, look.settings.institution.support_email)
    pages = [said(look.rehearsal.get("/no-such-page")), said(look.rehearsal.fail_at_hub())]
    ours = all(contact in page for contact in contacts for page in pages)
    coded = all(re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page) for page in pages)
    yield fact("T12.ours", ours, ", ".join(contacts))
    yield fact("T12.reference", coded)
    desk = [path for path, page in look.every_page() if _WAYF_DESK in page]
    yield fact("T12.not_wayfs", not desk, ", ".join(desk))
    urls = look.settings.terms.status_urls
    first_wayf = next((place for place, url in enumerate(urls) if _of_wayf(url)), 0)
    yield fact("T12.order", first_wayf > 0, " → ".join(urls))


def no_charge(look: Inspection) -> Iterator[Point]:
    asked = _said_in_texts(_FEES)
    yield fact("T15.no_fee", not asked, ", ".join(asked))
    policy = look.rehearsal.get("/").headers.get("Permissions-Policy", "")
    yield fact("T15.no_payment", "payment=()" in policy, policy)


def security(look: Inspection) -> Iterator[Point]:
    taken = [key for key, value in UNSAFE if not refused(key, value)]
    taken += [] if _UNPINNED in blamed(_unpinned(look.settings.wayf)) else [_UNPINNED]
    yield fact("T16.unsafe_refused", not taken, ", ".join(taken or [*dict(UNSAFE), _UNPINNED]))
    start = look.rehearsal.get("/")
    policy = start.headers.get("Content-Security-Policy", "")
    yield fact("T16.no_frames", all(each in policy for each in _CLOSED_TO_FRAMES), policy.partition(";")[0])
    framed = [path for path, page in look.every_page() if _FRAMES.search(page)]
    yield fact("T16.no_imitation", not framed, ", ".join(framed))
    here = look.rehearsal.log_in()
    cookies = here.answer.headers.getlist("Set-Cookie")
    wanted = (*_SAFE_COOKIE, *(["Secure"] if look.settings.service.secure else []))
    yield fact("T16.cookies", bool(cookies) and all(_has(cookie, wanted) for cookie in cookies), ", ".join(wanted))
    before = len(_changed(look))
    look.rehearsal.set_password(here)
    yield fact("T16.affected", len(_changed(look)) == before + 1, before + 1)
    yield from declared(look, "breach_contact", "wayf_breach_contact")


def derived_identity(look: Inspection) -> Iterator[Point]:
    claimed = list(look_alike_texts())
    yield fact("T17.never_called_so", not claimed, ", ".join(claimed))
    receipt = said(look.rehearsal.set_password(look.rehearsal.log_in("noah")))
    denied = texts.text("da", "done.notmitid_heading"), texts.text("en", "done.notmitid_heading")
    yield fact("T17.receipt_says_so", any(each in receipt for each in denied), denied[0])
    closed = look.rehearsal.log_in("ida")
    yield fact("T17.closed_account", closed.answer.location == "/stopped", closed.answer.location)


def look_alike_texts() -> Iterator[str]:
    """Texts that put the new password and a mark into one sentence without a "not"."""
    for language, denial in (("da", "ikke"), ("en", "not")):
        for key, text in texts.every(language):
            for sentence in re.split(r"(?<=[.:?!])\s+", text):
                together = MARKS.search(sentence) and re.search(r"adgangskode|password", sentence, re.IGNORECASE)
                if together and not re.search(rf"\b{denial}\b", sentence) and key != "login.loa.how":
                    yield key


def _said_in_texts(pattern: re.Pattern[str]) -> list[str]:
    return [key for language in texts.LANGUAGES for key, text in texts.every(language) if pattern.search(text)]


def _link(look: Inspection) -> str:
    return look.settings.terms.wayf_privacy_url


def _of_wayf(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "wayf.dk" or host.endswith(".wayf.dk")


def _unpinned(wayf: Wayf) -> Wayf:
    """The hub's metadata from an address, whoever signs them."""
    at = "https://metadata.example.dk/feed.xml"
    return replace(wayf, hub_metadata_file=None, hub_metadata_url=at, hub_metadata_certificate_files=())


def _has(cookie: str, wanted: tuple[str, ...]) -> bool:
    return set(wanted) <= {part.strip() for part in cookie.split(";")[1:]}


def _changed(look: Inspection) -> list[str]:
    """Whose password was changed, as the record tells it: whom one would have to tell of a breach."""
    services = look.rehearsal.app.extensions["resetapp"]
    with services.database.reading() as db:
        return [attempt.username for attempt in sent_since(db, services.clock() - _LONG_AGO)]
