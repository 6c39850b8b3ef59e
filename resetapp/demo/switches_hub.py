"""What the login says of a person, what becomes of the hub, and messages that nobody has asked for."""

from dataclasses import replace
from datetime import timedelta

from resetapp.demo import forgery
from resetapp.demo import logout_forgery as logout
from resetapp.demo import switch as ends
from resetapp.demo.hub_envelope import AUTHN_FAILED, NO_PASSIVE, RESPONDER, STATUS
from resetapp.demo.persona import Persona, Source
from resetapp.demo.switch import (
    Answer,
    Change,
    Declined,
    Failed,
    Group,
    LoggedOut,
    Published,
    Repeated,
    Silent,
    Stayed,
    Switch,
    Unasked,
)

_SLOW = timedelta(seconds=3)
_ANOTHER_CPR = "6707904102"  # nobody's: the day is above 60


def _level(*values: str) -> Change:
    """As the hub would send it if it did not stop odd levels itself."""
    return lambda persona: replace(persona, level=values, limiter=False)


def _without_cpr(persona: Persona) -> Persona:
    return replace(persona, cpr=None, other_values=(), cvr="12345678", organization="Eksempelskolen")


def _with_two(persona: Persona) -> Persona:
    return replace(persona, other_values=(_ANOTHER_CPR,))


def _pseudo(persona: Persona) -> Persona:
    return replace(persona, cpr=None, other_values=("700187YUD1",))


def _from_a_university(persona: Persona) -> Persona:
    return replace(persona, source=Source.UNIVERSITY)


LEVEL = (
    Switch("level_missing", Group.LEVEL, ("Login siger intet om niveau.", "The login says nothing of its level."),
           ends.LEVEL_UNKNOWN, Answer(told=_level())),
    Switch("level_two", Group.LEVEL, ("Login siger to niveauer på én gang.", "The login tells two levels at once."),
           ends.LEVEL_UNKNOWN, Answer(told=_level("Substantial", "Low"))),
    Switch("level_low", Group.LEVEL, ("Login er på niveau Lav.", "The login is at level Low."),
           ends.LEVEL_TOO_LOW, Answer(told=_level("Low"))),
    Switch("level_high", Group.LEVEL, ("Login er på niveau Høj. WAYF giver Betydelig videre.",
           "The login is at level High. WAYF passes on Substantial."),
           ends.LET_IN, Answer(told=lambda persona: replace(persona, level=("High",)))),
    Switch("level_unknown", Group.LEVEL, ("Login siger et niveau, som ikke findes.",
           "The login tells a level that does not exist."), ends.LEVEL_UNKNOWN, Answer(told=_level("Enormous"))),
)  # fmt: skip

IDENTITY = (
    Switch("other_idp", Group.IDENTITY, ("En anden institutions login påstår, at det har dit CPR-nummer.",
           "Another institution's identity provider claims your CPR number."),
           ends.WRONG_AUTHORITY, Answer(told=_from_a_university)),
    Switch("cpr_missing", Group.IDENTITY, ("Login har intet CPR-nummer, som et MitID Erhverv kan gøre.",
           "The login carries no CPR number, as a MitID Erhverv may."), ends.NO_CPR, Answer(told=_without_cpr)),
    Switch("cpr_two", Group.IDENTITY, ("Login har to CPR-numre.", "The login carries two CPR numbers."),
           ends.REFUSED, Answer(told=_with_two)),
    Switch("cpr_pseudo", Group.IDENTITY, ("Login har bogstaver i CPR-nummeret.",
           "The login has letters in its CPR number."), ends.REFUSED, Answer(told=_pseudo)),
)  # fmt: skip

OUTAGE = (
    Switch("hub_500", Group.OUTAGE, ("WAYF svarer med en fejl (HTTP 500).", "WAYF answers with an error (HTTP 500)."),
           ends.HUB_ERROR, Failed("Internal Server Error")),
    Switch("hub_silent", Group.OUTAGE, ("WAYF svarer slet ikke.", "WAYF does not answer at all."),
           ends.NO_ANSWER, Silent()),
    Switch("hub_slow", Group.OUTAGE, ("WAYF er langsom: Svaret kommer efter tre sekunder.",
           "WAYF is slow: the answer comes after three seconds."), ends.LET_IN, Answer(wait=_SLOW)),
    Switch("forgotten", Group.OUTAGE, ("Der går mere end tre minutter, og WAYF har glemt login.",
           "More than three minutes go by, and WAYF has forgotten the login."),
           ends.HUB_ERROR, Failed("the request has expired")),
    Switch("never_back", Group.OUTAGE, ("Personen lukker fanen og kommer aldrig tilbage.",
           "The person closes the tab and never comes back."), ends.AT_HUB, Stayed("away")),
    Switch("wrong_code", Group.OUTAGE, ("Personen taster en forkert kode.", "The person types a wrong code."),
           ends.AT_HUB, Stayed("wrong_code")),
    Switch("blocked", Group.OUTAGE, ("WAYF har spærret tjenesten.", "WAYF has blocked the service."),
           ends.HUB_ERROR, Failed("no common federations")),
)  # fmt: skip

HUB = (
    Switch("cancelled", Group.HUB, ("Personen afbryder.", "The person cancels."),
           ends.CANCELLED, Declined((RESPONDER, AUTHN_FAILED))),
    Switch("denied", Group.HUB, ("Login bliver nægtet.", "The login is denied."),
           ends.CANCELLED, Declined((RESPONDER, STATUS + "RequestDenied"))),
    Switch("no_context", Group.HUB, ("Personens login kan ikke nå det niveau, der er bedt om.",
           "The person's login cannot reach the level that was asked for."),
           ends.REFUSED, Declined((RESPONDER, STATUS + "NoAuthnContext"))),
    Switch("no_passive", Group.HUB, ("NemLog-in kan ikke svare uden at spørge personen.",
           "NemLog-in cannot answer without asking the person."), ends.REFUSED, Declined((RESPONDER, NO_PASSIVE))),
    Switch("consent", Group.HUB, ("WAYF spørger først, om oplysningerne må sendes.",
           "WAYF first asks whether the attributes may be sent."), ends.LET_IN, Answer(consent=True)),
    Switch("replayed", Group.HUB, ("Et svar, der allerede er brugt i denne browser, sendes igen.",
           "An answer that has been used in this browser is sent again."), ends.REFUSED, Repeated(wrapped=False)),
    Switch("rewrapped", Group.HUB, ("Det brugte svar sendes igen i en ny konvolut.",
           "The used answer is sent again in a new envelope."), ends.REFUSED, Repeated(wrapped=True)),
)  # fmt: skip

UNASKED = (
    Switch("unsolicited", Group.UNASKED, ("WAYF sender et svar, som ingen har bedt om (IdP-initiated).",
           "WAYF sends an answer that nobody has asked for (IdP-initiated)."),
           ends.NOT_ASKED, Unasked(forgery.unanswered)),
    Switch("foreign_login", Group.UNASKED, ("En fremmed sender dig sit eget svar, så du logger på som ham.",
           "A stranger sends you his own answer, so that you log in as him."),
           ends.NOT_ASKED, Unasked(forgery.honest)),
)  # fmt: skip

LOGOUT = (
    Switch("logout_unsigned", Group.LOGOUT, ("Ingen har underskrevet beskeden.", "Nobody has signed the message."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(key=None))),
    Switch("logout_stranger", Group.LOGOUT, ("En fremmed nøgle har underskrevet.", "A stranger's key has signed."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(key="stranger"))),
    Switch("logout_sha1", Group.LOGOUT, ("Underskriften bruger SHA-1.", "The signature uses SHA-1."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(algorithm="RSA_SHA1"))),
    Switch("logout_issuer", Group.LOGOUT, ("En anden end WAYF står som afsender.",
           "Somebody other than WAYF is the sender."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(issuer="https://wayf.andetsteds.example"))),
    Switch("logout_destination", Group.LOGOUT, ("Beskeden er til en anden tjeneste.",
           "The message is for another service."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(destination="https://andetsteds.example/slo"))),
    Switch("logout_expired", Group.LOGOUT, ("Beskeden er udløbet.", "The message has expired."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.expired)),
    Switch("logout_replayed", Group.LOGOUT, ("En besked, der allerede er brugt, sendes igen.",
           "A message that has been used is sent again."),
           ends.LOGOUT_REFUSED, LoggedOut(logout.requested(), repeated=True)),
    Switch("logout_unasked", Group.LOGOUT, ("Et svar på en logud, som ingen har bedt om.",
           "An answer to a logout that nobody has asked for."), ends.LOGOUT_REFUSED, LoggedOut(logout.answered)),
    Switch("logout_another", Group.LOGOUT, ("En ægte besked om en helt anden person.",
           "A genuine message about quite another person."), ends.NOBODY_LOGGED_OUT,
           LoggedOut(logout.requested(name_id="_another-person", session_index="_another-session"))),
)  # fmt: skip

METADATA = (
    Switch("metadata_signed", Group.METADATA, ("Underskrevet og gyldig i et døgn, som WAYFs egen.",
           "Signed and valid for a day, like WAYF's own."), ends.READ, Published("signed")),
    Switch("metadata_unsigned", Group.METADATA, ("Uden underskrift og udløb.", "Without signature and end."),
           ends.NOT_WHEN_PINNED, Published("unsigned")),
    Switch("metadata_expired", Group.METADATA, ("Underskrevet, men udløbet i går.", "Signed, but expired yesterday."),
           ends.NOT_READ, Published("expired")),
    Switch("metadata_rolled", Group.METADATA, ("WAYF har skiftet nøgle: kun den nye er tilbage.",
           "WAYF has changed its key: only the new one is left."), ends.READ, Published("rolled")),
    Switch("metadata_forged", Group.METADATA, ("Underskrevet af en fremmed, med den fremmedes nøgle til svar.",
           "Signed by a stranger, with the stranger's key for answers."), ends.NOT_WHEN_PINNED, Published("forged")),
)  # fmt: skip

IN_A_LOGIN = LEVEL + IDENTITY + OUTAGE + HUB
ALONE = UNASKED + LOGOUT + METADATA
