"""How a switch of the simulator is met, and on which page of ours it must end."""

from resetapp import texts
from resetapp.demo.switch import (
    LET_IN,
    LOGOUT_REFUSED,
    NOT_ASKED,
    AtLogout,
    Late,
    LoggedOut,
    Published,
    Repeated,
    Switch,
)
from resetapp.demo.what_if import IN_LOGIN, WITHOUT_LOGIN

# Those of the metadata are in tests/demo/test_metadata_states.py, those of a logout in test_logout_failures.py.
CLICKED = tuple(each for each in (*IN_LOGIN, *WITHOUT_LOGIN) if not isinstance(each.act, Published | AtLogout | Late))
IN_ENGLISH = tuple({each.end: each for each in CLICKED}.values())  # one for each end
SPOKEN = [(each, "da") for each in CLICKED] + [(each, "en") for each in IN_ENGLISH]
HEADINGS = {NOT_ASKED: "login.unknown.title", LOGOUT_REFUSED: "logout.failed.title"}


def heading(switch: Switch, language: str = "da") -> str:
    """The headline of the page, or nothing when the browser stays at the hub."""
    if switch.end is LET_IN:
        return texts.text(language, "password.title")
    outcome = switch.end.outcome
    key = f"{texts.OUTCOMES[outcome]}.title" if outcome else HEADINGS.get(switch.end, "")
    return texts.text(language, key) if key else ""


def needs_a_login_before(switch: Switch) -> bool:
    """What is repeated must have happened once."""
    return isinstance(switch.act, Repeated) or (isinstance(switch.act, LoggedOut) and switch.act.repeated)


REASONS = {  # what the service's log says: each attack is refused for what it is, and not by chance for something else
    "level_missing": "level-unknown",
    "level_two": "level-unknown",
    "level_low": "level-too-low",
    "level_unknown": "level-unknown",
    "other_idp": "authority",
    "cpr_missing": "no-cpr",
    "cpr_two": "several-cpr",
    "cpr_pseudo": "cpr-shape",
    "cancelled": "authn-failed",
    "denied": "request-denied",
    "no_context": "no-authn-context",
    "no_passive": "no-passive",
    "replayed": "in-response-to",
    "rewrapped": "confirmation-in-response-to",
    "unsigned": "unsigned-assertion",
    "stripped": "empty-value",
    "response_signed": "only-response-signed",
    "stranger": "signature",
    "borrowed_certificate": "signature",
    "edited": "digest",
    "sha1": "signature-algorithm",
    "sha1_digest": "digest-algorithm",
    "evil_first": "not-one-assertion",
    "evil_last": "not-one-assertion",
    "genuine_inside": "several-assertions",
    "genuine_in_advice": "several-assertions",
    "genuine_in_object": "several-assertions",
    "evil_inside": "several-assertions",
    "evil_in_signature": "several-assertions",
    "same_id": "digest",
    "second_statement": "digest",
    "signed_twice": "several-signatures",
    "two_encrypted": "response-shape",
    "unencrypted": "plain-assertion",
    "wrong_key": "decryption",
    "rsa15": "key-transport",
    "cbc": "content-algorithm",
    "audience": "audience",
    "no_audience": "audience",
    "recipient": "recipient",
    "destination": "destination",
    "another_request": "in-response-to",
    "no_request": "in-response-to",
    "issuer": "issuer",
    "expired": "confirmation-not-on-or-after",
    "not_yet": "not-before",
    "session_over": "session-not-on-or-after",
    "old_login": "authn-instant",
    "clock_2_behind": "issue-instant",
    "clock_5_behind": "issue-instant",
    "clock_10_behind": "issue-instant",
    "clock_2_ahead": "issue-instant",
    "clock_5_ahead": "issue-instant",
    "clock_10_ahead": "issue-instant",
    "comment": "decryption",
    "entity": "markup-declaration",
    "laughs": "markup-declaration",
    "too_much": "too-many-elements",
    "rubbish": "not-a-response",
    "base64": "base64-attributes",
    "no_subject": "subject",
    "unsolicited": "no-request",
    "foreign_login": "no-request",
    "logout_unsigned": "unsigned",
    "logout_stranger": "signature",
    "logout_sha1": "signature-algorithm",
    "logout_issuer": "issuer",
    "logout_destination": "destination",
    "logout_expired": "not-on-or-after",
    "logout_replayed": "replay",
    "logout_unasked": "in-response-to",
}
