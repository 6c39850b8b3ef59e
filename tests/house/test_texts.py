"""The texts: complete in both languages, plain, in use, and true about what the new password is."""

import ast
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from babel.messages.pofile import read_po

from resetapp import texts
from resetapp.core.accounts import USABLE, AccountState
from resetapp.core.outcomes import Outcome, Refusal
from tests.house.tree import project_files, python_files, text_of

# Keys that code puts together. Each part that varies is a closed list: HTTP errors, the states in texts.CLOSED, and the
# keys and words of an export (tests/cli/test_person.py); what the console makes of an event, an outcome and a refusal
# (tests/web/test_look_up.py, test_trail.py).
FAMILIES = (
    *(
        "problem.",
        "account.status_",
        "account.why_",
        "export.",
        "export.is_",
        "level.",
        "task.",
        "task.about_",
        "staff.role_",
    ),
    *("support.unlock_is_", "support.unlock_no_", "trail.unlock_"),
    *("support.event_", "support.event_ended_", "advice.", "reason.", "trail.event_", "trail.flaw_", "trail.fact_"),
    *("mapping.error_", "mapping.kind_", "mapping.is_", "mapping.request_", "mapping.event_", "support.mapping_"),
    *("status.key_", "mail.", "sms.", "stats.period_", "stats.by_", "stats.col_", "stats.is_"),
    *("import.state_", "import.count_", "import.warning_", "import.error_", "import.ended_", "import.refused_"),
    *("code.is_", "code.check_", "code.error_"),
    *("report.is_", "report.did_", "report.col_", "report.heading_"),
    *("readiness.col_", "readiness.before_", "readiness.fault_", "readiness.remedy_"),
)

# One word for one thing, in the tone of Det Fælles Designsystem. The last words would tell of a mail as sent that is
# only in the outbox.
FORBIDDEN = {
    "da": r"password|kodeord|koden?\b|bruger-id|log\w* ud|log\w* ind|nulstil\w*|helpdesk|servicedesk|venligst"
    r"|ugyldig\w*|personnummer\w*|transaktion\w*|profil\w*|identitet\w*|loa|nsis|sendt dig",
    "en": r"log(?:ged)? (?:in|out|on|off)|user name|please|invalid|reset\w*|helpdesk|passcode|loa|nsis|sent you",
}
BUTTON = "start.cta_mitid"  # an approved pair of words that may not be changed
MARKS = r"MitID|NemLog-in"
MARKS_MAY_STAND = (
    "start.",
    "login.",
    "done.notmitid_",
    "password.reuse_warning",
    "session.loggedoff.",
    "privacy.",
    "cookies.",
    "mail.how",
    "mail.mitid",
    "mail.own_password",
)
AUTHENTICATORS = "login.loa.how"  # "MitID kodeviser og adgangskode" is the name of one of MitID's own means
DENIED = {"da": r"\bikke\b", "en": r"\bnot\b"}
MOST_LIX, MOST_WORDS, ENOUGH_WORDS = 35, 20, 40


def catalogue(language: str) -> dict[str, str]:
    with (texts.FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


DA, EN = catalogue("da"), catalogue("en")
BOTH = [(language, key, text) for language, found in (("da", DA), ("en", EN)) for key, text in found.items()]
AREAS = {key.split(".")[0] for key in DA}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\((\w+)\)s", text))


def test_both_languages_have_the_same_keys() -> None:
    assert DA.keys() == EN.keys()
    assert DA.keys() == {key for key in DA if texts.has(key)}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_catalogue_is_finished(language: str) -> None:
    source = (texts.FOLDER / language / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(keys) == len(set(keys)), "a key stands twice"
    assert "#, fuzzy" not in source
    assert "#~" not in source
    assert all(catalogue(language).values())


def test_both_languages_have_the_same_placeholders() -> None:
    assert {key for key in DA if placeholders(DA[key]) != placeholders(EN[key])} == set()


def test_texts_hold_no_markup() -> None:
    """Jinja marks the text itself as safe: a sign of HTML would reach the page, and a bare % would raise."""
    assert [(key, text) for _, key, text in BOTH if not is_plain(text)] == []
    assert not is_plain("100 % sikker")
    assert not is_plain('Vælg "Log af"')
    assert is_plain("Trin %(n)s af %(total)s")


def is_plain(text: str) -> bool:
    return not re.search(r"[<>&\"{}%]|^\s|\s$|\s\s", re.sub(r"%\(\w+\)s", "x", text))


def test_no_text_puts_a_danish_genitive_on_a_value() -> None:
    assert [key for key, text in DA.items() if re.search(r"\)s['’]?s\b", text)] == []


def test_texts_use_the_words_of_the_word_list() -> None:
    assert [(key, text) for language, key, text in BOTH if key != BUTTON and forbidden(language, text)] == []
    assert forbidden("da", "Nulstil dit kodeord")
    assert not forbidden("da", "Oplys henvisningskoden")


def forbidden(language: str, text: str) -> bool:
    return re.search(rf"(?<!\w)(?:{FORBIDDEN[language]})(?!\w)", text, re.IGNORECASE) is not None


def test_the_mitid_button_has_an_approved_text() -> None:
    assert (DA[BUTTON], EN[BUTTON]) == ("Log ind med MitID", "Log on with MitID")


def test_the_new_password_is_never_called_mitid() -> None:
    """WAYF's terms, "Afledte identiteter": what follows from a NemLog-in login may not be presented as one."""
    assert [(key, text) for language, key, text in BOTH if key != AUTHENTICATORS and claims_mitid(language, text)] == []
    assert claims_mitid("da", "Din nye adgangskode er en MitID-adgangskode.")
    assert claims_mitid("en", "Your MitID is not changed. Your password works with NemLog-in.")
    assert not claims_mitid("da", "Adgangskoden er ikke dit MitID")


def claims_mitid(language: str, text: str) -> bool:
    """A sentence that puts the password and a mark together without denying that they are one."""
    return any(
        re.search(MARKS, sentence)
        and re.search(r"adgangskode|password", sentence, re.IGNORECASE)
        and not re.search(DENIED[language], sentence)
        for sentence in sentences(text)
    )


def test_the_marks_stand_only_where_the_login_is_the_subject() -> None:
    """WAYF's terms, "Kendetegn": never in the frame, the receipt's own words, an error of the password or a fault."""
    assert [key for _, key, text in BOTH if re.search(MARKS, text) and not key.startswith(MARKS_MAY_STAND)] == []


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.:?!])\s+", text) if part]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_texts_are_easy_to_read(language: str) -> None:
    """LIX 35 is easy: a text for a thirteen-year-old. Areas that are mere lists have no sentences to count."""
    for area in AREAS:
        found = [text for spoken, key, text in BOTH if spoken == language and key.split(".")[0] == area]
        if sum(len(words(text)) for text in found) >= ENOUGH_WORDS:
            assert lix(found) <= MOST_LIX, area
    long = [
        (key, s)
        for spoken, key, text in BOTH
        for s in sentences(text)
        if spoken == language and len(words(s)) > MOST_WORDS
    ]
    assert long == []


def words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", re.sub(r"%\(\w+\)s", "x", text))


def lix(found: list[str]) -> float:
    """Björnsson's index: words per sentence plus the percentage of words longer than six letters."""
    every = [word for text in found for word in words(text)]
    return len(every) / sum(len(sentences(text)) for text in found) + 100 * sum(len(w) > 6 for w in every) / len(every)


def keys_in_templates() -> Iterator[str]:
    for name in project_files():
        if name.startswith("templates/") and name.endswith(".html"):
            yield from re.findall(r"\b_\(\s*'([^']+)'", text_of(name))


def strings_in_code() -> Iterator[tuple[str, bool]]:
    """The strings of the code that shows texts, and whether more is put after them (an f-string)."""
    for name, source in python_files("resetapp"):
        if name.startswith(
            (
                "resetapp/web/",
                "resetapp/texts.py",
                "resetapp/person_report.py",
                "resetapp/report/tables.py",
                "resetapp/mail/letter.py",
                "resetapp/sending/",
            )
        ):
            yield from strings_of(source)


def strings_of(source: str) -> Iterator[tuple[str, bool]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value), True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, False


def looks_like_a_key(text: str) -> bool:
    return re.fullmatch(r"[a-z]+\.[a-z0-9_.]+", text) is not None and text.split(".")[0] in AREAS


def meant(text: str) -> set[str]:
    """The keys that a string of the code stands for: itself, or the `.title` and `.body` of a page."""
    return {key for key in (text, f"{text}.title", f"{text}.body") if key in DA}


def unknown(keys: Iterable[str]) -> list[str]:
    return sorted({key for key in keys if not meant(key)})


def test_every_key_in_use_exists() -> None:
    whole = [text for text, more in strings_in_code() if not more and looks_like_a_key(text) and text not in FAMILIES]
    assert unknown([*keys_in_templates(), *whole]) == []
    assert unknown(["login.failed", "done.title", "done.tittle"]) == ["done.tittle"]


def test_keys_are_only_put_together_in_known_families() -> None:
    made = {text for text, more in strings_in_code() if more and looks_like_a_key(text + "x")}
    assert made <= set(FAMILIES)
    assert [text for text, more in strings_of("f'problem.{n}'") if more] == ["problem."]


def test_every_key_is_in_use() -> None:
    used = {key for text in keys_in_templates() for key in meant(text)}
    used |= {key for text, _ in strings_in_code() for key in meant(text)}
    used |= {key for key in DA if key.startswith(FAMILIES)}
    shown_by_outcome = {f"{stem}.{part}" for stem in texts.OUTCOMES.values() for part in ("title", "body")}
    assert sorted(DA.keys() - used - shown_by_outcome) == []


def test_every_outcome_has_its_page() -> None:
    assert set(texts.OUTCOMES) == set(Outcome) - {Outcome.OPEN}
    assert [
        stem for stem in texts.OUTCOMES.values() if not (texts.has(f"{stem}.title") and texts.has(f"{stem}.body"))
    ] == []


def test_every_refusal_has_its_text() -> None:
    assert set(texts.REFUSALS) == set(Refusal)
    assert unknown(texts.REFUSALS.values()) == []


def test_every_closed_account_has_its_reason() -> None:
    assert set(texts.CLOSED) == set(AccountState) - USABLE
    for word in texts.CLOSED.values():
        assert texts.has(f"account.status_{word}")
        assert texts.has(f"account.why_{word}")


MOMENT = datetime(2026, 11, 22, 9, 51, tzinfo=UTC)


def test_moments_are_written_as_clocks_in_denmark_show_them() -> None:
    assert texts.date("da", MOMENT) == "22. november 2026"
    assert texts.date("en", MOMENT) == "22 November 2026"
    assert texts.date_time("da", MOMENT) == "22. november 2026 kl. 10.51"
    assert texts.date_time("en", MOMENT.replace(month=7)) == "22 July 2026 at 11:51"
    assert texts.time_of_day("da", MOMENT) == "kl. 10.51"
    assert texts.time_of_day("en", MOMENT) == "10:51"


def test_numbers_are_written_as_the_language_does() -> None:
    assert (texts.number("da", 1204), texts.number("en", 1204)) == ("1.204", "1,204")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        texts.date_time("da", MOMENT.replace(tzinfo=None))


def test_an_unknown_key_is_refused_and_never_shown() -> None:
    assert not texts.has("done.tittle")
    with pytest.raises(texts.UnknownText):
        texts.text("da", "done.tittle")
    with pytest.raises(texts.UnknownText):
        texts.translations("en").gettext("done.tittle")


def test_a_text_without_its_values_is_refused() -> None:
    assert texts.text("da", "common.step", n=2, total=3) == "Trin 2 af 3"
    with pytest.raises(KeyError):
        texts.text("da", "common.step", n=2)
