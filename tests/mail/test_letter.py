"""What the mail says and how it is built: true, plain, in both languages, with nothing to press."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from resetapp import texts
from resetapp.core.freeze import freeze_token, mapping_of
from resetapp.core.notices import Facts
from resetapp.core.secret import Secret
from resetapp.mail.letter import Letters
from resetapp.settings import Institution, Mail, Service
from tests.house.test_texts import MARKS, claims_mitid, lix

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KINDS = ("changed", "presumed", "uncertain", "unlocked", "unlocked_by_support")
MAPPING_KINDS = ("mapping_requested", "mapping_approved", "mapping_used")
MAPPING, KEY = "0123456789abcdef" * 2, b"k" * 32
LINK = f"https://password.example.dk/freeze/{freeze_token(KEY, MAPPING)}"
SERVICE = Service("https://password.example.dk", Secret("s" * 32), KEY)
INSTITUTION = Institution(
    name="Eksempel Universitet på Ærø",
    name_en="Example University",
    support_phone="+45 12 34 56 78",
    support_email="support@example.dk",
    support_hours="Hverdage 8–16",
    support_hours_en="Weekdays 8–16",
    accessibility_url="https://was.digst.dk/example",
    privacy_contact="dpo@example.dk",
)


def written(
    key: str = "changed", language: str = "da", *, marks: bool = True, reply_to: str = "", **changes: Any
) -> EmailMessage:
    known: dict[str, Any] = {"ident": "abc123", "address": "freja@example.dk", "username": "freja"}
    known |= {"reference": "7KQ4-M2XD", "at": NOW, "key": key, "language": language}
    mail = Mail(enabled=True, host="localhost", from_address="noreply@example.dk", reply_to=reply_to)
    made = Letters(mail, INSTITUTION, SERVICE, marks=marks).write(Facts(**known | changes), NOW)
    read = message_from_bytes(made, policy=SMTP)  # type: ignore[arg-type]
    assert isinstance(read, EmailMessage)
    return read


def body(message: EmailMessage) -> str:
    return str(message.get_content())


def test_the_owner_reads_what_happened_and_what_to_do() -> None:
    assert body(written()).replace("\r\n", "\n") == (
        "Hej\n\n"
        "Adgangskoden til din konto freja hos Eksempel Universitet på Ærø blev ændret 22. november 2026 kl. 13.00.\n"
        "Det skete efter login med MitID i selvbetjeningen hos Eksempel Universitet på Ærø.\n\n"
        "Har du selv gjort det, skal du ikke gøre mere.\n"
        "Har du ikke selv gjort det, så ring straks til it-support på +45 12 34 56 78.\n\n"
        "Tror du, at andre bruger dit MitID, så spær det hos MitID. Det spærrer ikke din konto hos "
        "Eksempel Universitet på Ærø. Det skal it-support gøre.\n\n"
        "Adgangskoden gælder kun hos Eksempel Universitet på Ærø. Den er ikke dit MitID.\n\n"
        "Mailen indeholder med vilje ingen links. Vi beder dig aldrig om din adgangskode.\n\n"
        "Henvisningskode: 7KQ4-M2XD\n"
        "Mailen er sendt automatisk. Du kan ikke svare på den.\n\n"
        "Eksempel Universitet på Ærø\n"
    )
    english = body(written(language="en"))
    assert "Your password" not in english
    assert "was changed on 22 November 2026 at 13:00" in english
    assert "call IT support at once on +45 12 34 56 78" in english


def test_its_headers_are_those_of_a_machine_that_is_who_it_says() -> None:
    message = written()
    assert message["From"] == "Eksempel Universitet på Ærø <noreply@example.dk>"
    assert message["To"] == "freja@example.dk"
    assert message["Subject"] == "Din adgangskode hos Eksempel Universitet på Ærø er ændret"
    assert message["Message-ID"] == "<abc123@example.dk>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert (message.get_content_type(), message.is_multipart()) == ("text/plain", False)
    assert message["Reply-To"] is None
    assert written(reply_to="support@example.dk")["Reply-To"] == "support@example.dk"
    assert "Du kan ikke svare" not in body(written(reply_to="support@example.dk"))


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", KINDS)
def test_it_holds_no_link_and_reads_easily(key: str, language: str) -> None:
    message = written(key, language)
    text = f"{message['Subject']}\n{body(message)}"
    assert re.findall(r"://|www\.|\bhttps?\b|<|[\w-]+\.(?:dk|com|net|org)\b", text, re.IGNORECASE) == []
    assert lix([text]) < 40
    assert max(map(len, message.as_bytes().splitlines())) < 500  # RFC 5322, section 2.1.1: 998


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", KINDS)
def test_the_password_is_never_called_mitids(key: str, language: str) -> None:
    """WAYF's terms T17 and T19, in the sentences as they are sent; the mark names the login and what is to be done."""
    message = written(key, language)
    assert not claims_mitid(language, body(message))
    assert re.search(MARKS, message["Subject"]) is None
    assert re.search(MARKS, str(message["From"])) is None
    assert bool(re.search(MARKS, body(message))) == (key != "unlocked_by_support")  # which no login with MitID did


@pytest.mark.parametrize("key", KINDS)
def test_while_the_login_is_closed_no_mark_is_named(key: str) -> None:
    assert re.search(MARKS, body(written(key, marks=False))) is None


def test_each_kind_says_what_is_true_of_it() -> None:
    assert "sandsynligvis ændret" in body(written("presumed"))
    uncertain = body(written("uncertain"))
    assert "blev måske ændret 22. november 2026" in uncertain
    assert "Der blev bedt om det efter login med MitID" in uncertain
    assert "prøv, om den nye adgangskode virker" in uncertain
    assert "Det skete" not in uncertain
    assert "bedt om det med en aktiveringskode" in body(written("uncertain", by_code=True))
    unlocked = body(written("unlocked"))
    assert "blev låst op" in unlocked
    assert "Adgangskoden er den samme som før" in unlocked
    assert "blev ændret" not in unlocked
    by_support = body(written("unlocked_by_support"))
    assert "It-support låste din konto freja hos" in by_support
    assert "Har du ikke bedt it-support om det, så ring straks på +45 12 34 56 78." in by_support


def about_mapping(key: str = "mapping_requested", language: str = "da", **changes: Any) -> EmailMessage:
    return written(
        key, language, **{"mapping": MAPPING, "reference": "", "starts_at": NOW + timedelta(days=1)} | changes
    )


def test_the_owner_reads_what_a_tied_number_means_and_how_to_stop_it() -> None:
    assert body(about_mapping()).replace("\r\n", "\n") == (
        "Hej\n\n"
        "It-support hos Eksempel Universitet på Ærø bad 22. november 2026 kl. 13.00 om at få knyttet et CPR-nummer til "
        "din konto freja.\n\n"
        "Den, der har CPR-nummeret, kan selv vælge en ny adgangskode til kontoen.\n"
        "Det gælder tidligst fra 23. november 2026 kl. 13.00.\n\n"
        "Har du selv bedt om det, eller ved du hvorfor, skal du ikke gøre noget.\n"
        "Ellers så stop det her:\n\n"
        f"{LINK}\n\n"
        "Du kan også ringe til it-support på +45 12 34 56 78.\n\n"
        "Linket kan kun stoppe det og intet andet. Siden beder ikke om nogen adgangskode, og det gør vi heller aldrig."
        "\n\n"
        "Mailen er sendt automatisk. Du kan ikke svare på den.\n\n"
        "Eksempel Universitet på Ærø\n"
    )
    assert "tidligst" not in body(about_mapping(starts_at=None))
    assert "Henvisningskode: 7KQ4-M2XD" in body(about_mapping(reference="7KQ4-M2XD"))
    assert "blev brugt første gang 22. november 2026" in body(about_mapping("mapping_used"))


@pytest.mark.parametrize("language", [*texts.LANGUAGES, ""])
@pytest.mark.parametrize("key", MAPPING_KINDS)
def test_a_mail_about_a_mapping_holds_the_link_that_stops_it_and_no_other(key: str, language: str) -> None:
    text = body(about_mapping(key, language))
    assert re.findall(r"\S*://\S*", text) == [LINK] * (1 if language else 2)
    assert mapping_of(KEY, LINK.rpartition("/")[2]) == MAPPING
    assert max(map(len, about_mapping(key, language).as_bytes().splitlines())) < 500
    assert lix([text.replace(LINK, "")]) < 40


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", MAPPING_KINDS)
def test_of_a_mapping_too_the_password_is_never_called_mitids(key: str, language: str) -> None:
    assert not claims_mitid(language, body(about_mapping(key, language)))
    assert re.search(MARKS, str(about_mapping(key, language)["Subject"])) is None
    assert re.search(MARKS, body(about_mapping(key, language, marks=False))) is None


def test_for_whom_no_language_is_known_it_is_written_in_both() -> None:
    message = about_mapping(language="")
    danish, english = body(about_mapping()), body(about_mapping(language="en"))
    assert message["Subject"] == (
        "Et CPR-nummer skal knyttes til din konto hos Eksempel Universitet på Ærø"
        " / A CPR number is to be linked to your account at Example University"
    )
    assert body(message) == f"{danish}\r\n* * *\r\n\r\n{english}".replace("\r\n", "\n").replace("\n", "\r\n")
    assert message["Content-Language"] == "da, en"
    assert message["From"] == "Eksempel Universitet på Ærø <noreply@example.dk>"


@pytest.mark.parametrize(
    "address",
    [
        "freja@example.dk\r\nBcc: thief@example.net",
        "freja@example.dk\nSubject: Hej",
        "freja@example.dk, thief@example.net",
        "Support <thief@example.net>",
        "frejå@example.dk",
        "",
    ],
)
def test_no_address_becomes_a_header_or_a_second_recipient(address: str) -> None:
    with pytest.raises(ValueError, match="mailbox"):
        written(address=address)


@pytest.mark.parametrize(
    ("username", "shown"),
    [
        ("freja\r\nBcc: thief@example.net", "freja??Bcc? thief@example.net"),
        ("https://thief.example", "https???thief.example"),
        ("WWW.thief.example", "?thief.example"),
        ("<a href=x>", "?a href?x?"),
        ("\u202efreja", "?freja"),
        ("søren.holm", "søren.holm"),
    ],
)
def test_a_username_is_neither_a_link_nor_a_line_of_its_own(username: str, shown: str) -> None:
    message = written(username=username)
    assert f"din konto {shown} hos" in body(message)
    assert message["Bcc"] is None
