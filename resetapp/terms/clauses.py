"""Every clause of WAYF's terms for NemLog-in (T) and every point of its privacy policy (P), and looking at them all."""

from collections.abc import Iterator

from resetapp.terms import agreement, login, marks, privacy, trust
from resetapp.terms.clause import Clause, Finding, Point, Proof, State
from resetapp.terms.inspection import Inspection

_SETTINGS, _DECLARED, _METADATA, _PAGES = Proof.SETTINGS, Proof.DECLARATION, Proof.METADATA, Proof.PAGES
_REHEARSED, _KEYS, _DATABASE, _TEXTS = Proof.REHEARSAL, Proof.KEYS, Proof.DATABASE, Proof.TEXTS

CLAUSES = (
    Clause("T0", "Indledning", (_PAGES, _METADATA, _DECLARED), agreement.introduction),
    Clause("T1", "Tilslutning", (_DECLARED,), agreement.joining),
    Clause("T2", "Kun for offentlige myndigheder", (_DECLARED, _PAGES), agreement.public_bodies),
    Clause("T3", "Sikringsniveauer", (_SETTINGS, _DECLARED, _REHEARSED), login.assurance),
    Clause("T4", "Single-sign-on", (_METADATA, _REHEARSED), login.single_sign_on),
    Clause("T5", "Krypteringskrav", (_METADATA, _KEYS, _REHEARSED), login.encryption),
    Clause("T6", "Dataansvar", (_DECLARED, _PAGES), trust.controllership),
    Clause("T7", "Formidlingsforbud", (_METADATA, _REHEARSED), trust.passing_on),
    Clause("T8", "Omfang af rådighed", (_REHEARSED, _PAGES, _TEXTS), trust.availability),
    Clause("T9", "Ansvarsfraskrivelse", (_DECLARED, _PAGES), agreement.disclaimer),
    Clause("T10", "Vilkårsændringer", (_DECLARED, _SETTINGS), agreement.changes),
    Clause("T11", "Vederlagsfrihed", (_DECLARED,), agreement.free_of_charge),
    Clause("T12", "Support", (_PAGES, _SETTINGS), trust.support),
    Clause("T13", "Interface", (_METADATA, _REHEARSED), login.interface),
    Clause("T14", "De identificeredes alder", (_REHEARSED, _PAGES), login.age),
    Clause("T15", "Opkrævningsforbud", (_TEXTS, _PAGES), trust.no_charge),
    Clause("T16", "Sikkerhedskrav", (_SETTINGS, _PAGES, _REHEARSED, _DECLARED), trust.security),
    Clause("T17", "Afledte identiteter", (_TEXTS, _REHEARSED), trust.derived_identity),
    Clause("T18", "Sessionsvarighed", (_SETTINGS, _REHEARSED), login.sessions),
    Clause("T19", "Kendetegn", (_SETTINGS, _DECLARED, _REHEARSED), marks.marks),
    Clause("T20", "Spærring", (_REHEARSED, _PAGES), agreement.blocking),
    Clause("P0", "Indledning", (_PAGES,), privacy.introduction),
    Clause("P1", "Kontaktoplysninger for den dataansvarlige", (_DECLARED, _PAGES), privacy.controller),
    Clause("P2", "Kontaktoplysninger for databeskyttelsesrådgiveren", (_PAGES,), privacy.protection_officer),
    Clause("P3", "Formålene med og retsgrundlaget", (_PAGES,), privacy.purpose),
    Clause("P4", "Kategorier af personoplysninger", (_METADATA, _PAGES), privacy.categories),
    Clause("P5", "Modtagere eller kategorier af modtagere", (_DECLARED, _PAGES), privacy.recipients),
    Clause("P6", "Hvor dine personoplysninger stammer fra", (_PAGES,), privacy.origin),
    Clause("P7", "Opbevaring af dine personoplysninger", (_PAGES, _REHEARSED, _DATABASE), privacy.retention_of_data),
    Clause("P8", "Dine rettigheder", (_DECLARED, _PAGES), privacy.rights),
    Clause("P9", "Klage til Datatilsynet", (_PAGES,), privacy.complaint),
)


def examine(look: Inspection) -> list[Finding]:
    """Every clause, in the order of the terms."""
    return [finding(clause, look) for clause in CLAUSES]


def finding(clause: Clause, look: Inspection) -> Finding:
    """Fails closed: what cannot be looked at does not hold."""
    return Finding(clause, tuple(_points(clause, look)))


def _points(clause: Clause, look: Inspection) -> Iterator[Point]:
    try:
        yield from clause.examine(look)
    except Exception as error:  # its text may quote anything
        yield Point("unexamined", State.DOES_NOT_HOLD, type(error).__name__)
