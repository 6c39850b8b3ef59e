"""The settings of SMS and of the webhook: off unless asked for, over TLS alone, and no secret shown."""

from pathlib import Path

import pytest

from resetapp.core.secret import Secret
from resetapp.settings import Sms, SmsBody, Webhook, load
from tests.settings.written import faults_of, filled_in, with_line, write

SMS_ON = ("enabled = true", 'url = "https://gateway.example.dk/send"', 'sender = "Eksempel"')
HOOK_ON = ("enabled = true", 'url = "https://events.example.dk/resetapp"', f'secret = "{"s" * 32}"')


def written(table: str, *lines: str, mobile: str = "mobile") -> str:
    head, tail = with_line(filled_in(), "mobile_attribute", f'"{mobile}"').split(f"\n[{table}]\n")
    return f"{head}\n[{table}]\n{chr(10).join(lines)}\n{tail}"


def test_both_are_off_unless_they_are_asked_for(folder: Path) -> None:
    found = load(write(folder, filled_in()))
    assert (found.sms, found.webhook) == (Sms(enabled=False), Webhook(enabled=False))
    assert found.directories[0].mobile_attribute == ""


def test_with_an_address_and_a_sender_sms_is_on(folder: Path) -> None:
    more = ('number_field = "recipients.0.msisdn"', "plus = false", 'body = "form"', "timeout_seconds = 3")
    sms = load(write(folder, written("sms", *SMS_ON, *more, 'scheme = "Token"'))).sms
    assert (sms.enabled, sms.url, sms.sender) == (True, "https://gateway.example.dk/send", "Eksempel")
    assert (sms.number_field, sms.plus, sms.body, sms.timeout) == ("recipients.0.msisdn", False, SmsBody.FORM, 3.0)
    assert load(write(folder, written("sms", *SMS_ON[:2], 'sender_field = ""'))).sms.sender == ""


def test_with_an_address_and_a_secret_the_webhook_is_on(folder: Path) -> None:
    assert load(write(folder, written("webhook", *HOOK_ON))).webhook.secret == Secret("s" * 32)


@pytest.mark.parametrize(("table", "key", "on"), [("sms", "token", SMS_ON), ("webhook", "secret", HOOK_ON[:2])])
def test_a_secret_may_stand_in_a_file_of_its_own_and_is_never_shown(
    folder: Path, table: str, key: str, on: tuple[str, ...]
) -> None:
    hidden = "seen by nobody 0123456789 0123456789"
    (folder / "a-secret").write_text(hidden + "\n")
    (folder / "a-secret").chmod(0o600)
    found = load(write(folder, written(table, *on, f'{key}_file = "a-secret"')))
    assert Secret(hidden) in (found.sms.token, found.webhook.secret)
    assert hidden not in repr(found)


@pytest.mark.parametrize(
    ("table", "lines", "key", "problem"),
    [
        ("sms", SMS_ON[:1] + SMS_ON[2:], "sms.url", "is empty although SMS is on"),
        ("sms", (SMS_ON[0], 'url = "http://gateway.example.dk/"', SMS_ON[2]), "sms.url", "not https"),
        ("sms", (SMS_ON[0], 'url = "https://me@gateway.example.dk/"', SMS_ON[2]), "sms.url", "not a web address"),
        ("sms", SMS_ON[:2], "sms.sender", "is empty"),
        ("sms", (*SMS_ON[:2], 'sender = "Eksempel Universitet"'), "sms.sender", "neither a short name"),
        ("sms", (*SMS_ON, 'sender_field = ""'), "sms.sender", "sender_field is empty"),
        ("sms", (*SMS_ON, 'scheme = "Bearer x"'), "sms.scheme", "not one word"),
        ("sms", (*SMS_ON, 'number_field = "to whom"'), "sms.number_field", "not the name of a field"),
        ("sms", (*SMS_ON, 'number_field = "message"'), "sms.number_field", "the name of another one"),
        ("sms", (*SMS_ON, 'number_field = "message.to"'), "sms.number_field", "lies inside another one"),
        ("sms", (*SMS_ON, 'body = "xml"'), "sms.body", "not one of the known words"),
        ("sms", (*SMS_ON, 'token = "nøgle"'), "sms.token", "no header can carry"),
        ("webhook", HOOK_ON[:1] + HOOK_ON[2:], "webhook.url", "is empty although the webhook is on"),
        ("webhook", (HOOK_ON[0], 'url = "http://localhost/"', HOOK_ON[2]), "webhook.url", "not https"),
        ("webhook", HOOK_ON[:2], "webhook.secret", "nobody could tell that it was us"),
        ("webhook", (*HOOK_ON[:2], 'secret = "short"'), "webhook.secret", "shorter than 32"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    folder: Path, table: str, lines: tuple[str, ...], key: str, problem: str
) -> None:
    [(where, what)] = [(each.key, each.problem) for each in faults_of(write(folder, written(table, *lines)))]
    assert where == key
    assert problem in what


def test_sms_without_a_directory_that_holds_numbers_is_refused(folder: Path) -> None:
    [fault] = faults_of(write(folder, written("sms", *SMS_ON, mobile="")))
    assert (fault.key, fault.problem) == ("sms.enabled", "is on, but no directory says where the numbers are")
