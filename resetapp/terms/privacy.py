"""The points of WAYF's privacy policy, and what the institution's own page says to each: P0 to P9."""

import re
from collections.abc import Iterator
from datetime import timedelta

from resetapp import texts
from resetapp.saml.attributes import ASSURANCE, COMMON_NAME, CPR, HOME
from resetapp.storage import retention
from resetapp.terms.clause import Point, declared, fact
from resetapp.terms.inspection import MD, Inspection

_PAGE = "/privacy"
_MONTH = timedelta(days=31)
_NEEDED, _OPTIONAL = {CPR.oid, ASSURANCE.oid}, {COMMON_NAME.oid, HOME.oid}
_CONSENT = re.compile(r"type=\"checkbox\"", re.IGNORECASE)


def introduction(look: Inspection) -> Iterator[Point]:
    link = look.settings.terms.wayf_privacy_url
    yield fact("P0.three_parts", look.in_both(_PAGE, f'href="{link}"', 'href="https://digst.dk/"'), link)
    yield fact("P0.beside_login", look.in_both("/", f'href="{_PAGE}"'), _PAGE)


def controller(look: Inspection) -> Iterator[Point]:
    found = look.settings.terms.controller
    yield from declared(look, "controller")
    if found:
        first = all(found in page and page.index(found) < page.index("WAYF") for page in look.shown(_PAGE).values())
        yield fact("P1.first", first, found)
    yield fact("P1.no_copy", not any("sekretariat@wayf.dk" in page for page in look.shown(_PAGE).values()))


def protection_officer(look: Inspection) -> Iterator[Point]:
    contact = look.settings.institution.privacy_contact
    yield fact("P2.shown", look.in_both(_PAGE, contact), contact)


def purpose(look: Inspection) -> Iterator[Point]:
    pages, terms = look.shown(_PAGE), look.settings.terms
    told = all(texts.text(language, "privacy.purpose") in page for language, page in pages.items())
    yield fact("P3.purpose", told)
    based = terms.legal_basis in pages["da"] and terms.legal_basis_en in pages["en"]
    yield fact("P3.basis", based, f"{terms.legal_basis} / {terms.legal_basis_en}")
    yield fact("P3.cpr_basis", "§ 11, stk. 1" in pages["da"] and "section 11(1)" in pages["en"], "§ 11, stk. 1")
    asked = [path for path in ("/", _PAGE) if _CONSENT.search("".join(look.shown(path).values()))]
    yield fact("P3.no_consent", not asked, ", ".join(asked))


def categories(look: Inspection) -> Iterator[Point]:
    requested = {
        each.get("Name", ""): each.get("FriendlyName", "") for each in look.metadata.iter(f"{MD}RequestedAttribute")
    }
    fewest = requested.keys() >= _NEEDED and requested.keys() <= _NEEDED | _OPTIONAL
    yield fact("P4.fewest", fewest, ", ".join(requested.values()))
    listed = {CPR: "cpr", ASSURANCE: "level", COMMON_NAME: "name", HOME: "source"}
    same = all(
        (f"<li>{texts.text(language, f'privacy.attribute_{word}')}</li>" in page) == (wanted.oid in requested)
        for language, page in look.shown(_PAGE).items()
        for wanted, word in listed.items()
    )
    yield fact("P4.listed", same, len(requested))


def recipients(look: Inspection) -> Iterator[Point]:
    terms, pages = look.settings.terms, look.shown(_PAGE)
    yield from declared(look, "recipients", "recipients_en")
    if terms.recipients:
        by_language = (("da", terms.recipients), ("en", terms.recipients_en))
        shown = all(name in pages[language] for language, names in by_language for name in names)
        yield fact("P5.shown", shown, len(terms.recipients))


def origin(look: Inspection) -> Iterator[Point]:
    told = all(texts.text(language, "privacy.data") in page for language, page in look.shown(_PAGE).items())
    yield fact("P6.told", told and look.in_both(_PAGE, "WAYF"), "WAYF")


def retention_of_data(look: Inspection) -> Iterator[Point]:
    months, rehearsal = look.settings.institution.log_months, look.rehearsal
    told = retention.longest_months(months)
    stated = all(texts.text(lang, "privacy.log", months=told) in page for lang, page in look.shown(_PAGE).items())
    yield fact("P7.stated", stated, told)
    rehearsal.log_in()
    number = rehearsal.personal_number("freja").encode()
    yield fact("P7.number_not_kept", number not in rehearsal.stored())
    rehearsal.forward(_MONTH * months + timedelta(days=1))
    yield fact("P7.deletion", rehearsal.prune() > 0 and rehearsal.prune() == 0, months)
    with look.database() as database, database.reading() as db:
        oldest = retention.oldest(db)
    overdue = oldest is not None and look.now - oldest > _MONTH * months + timedelta(days=7)
    yield fact("P7.deleted", not overdue, f"{oldest:%Y-%m-%d}" if oldest else "")


def rights(look: Inspection) -> Iterator[Point]:
    contact = look.settings.terms.rights_contact
    yield from declared(look, "rights_contact")
    if contact:
        yield fact("P8.shown", look.in_both(_PAGE, contact), contact)


def complaint(look: Inspection) -> Iterator[Point]:
    yield fact("P9.link", look.in_both(_PAGE, 'href="https://www.datatilsynet.dk/"'), "https://www.datatilsynet.dk/")
