"""What people read: the catalogues, and dates and numbers as each language writes them.

The keys are lasting names (`password.title`), so a text can be edited without breaking the other language. The .po
files are read when the program starts; there are no compiled files that a checkout or a wheel could lack.
"""

import gettext
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_day_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from resetapp.core.accounts import AccountState
from resetapp.core.outcomes import Outcome, Refusal

LANGUAGES: Final = ("da", "en")
DEFAULT: Final = "da"
TIME_ZONE: Final = ZoneInfo("Europe/Copenhagen")
FOLDER: Final = Path(__file__).parent / "translations"

_DATE = {"da": "d. MMMM y", "en": "d MMMM y"}
_DATE_TIME = {"da": "d. MMMM y 'kl.' HH.mm", "en": "d MMMM y 'at' HH:mm"}
_TIME = {"da": "'kl.' HH.mm", "en": "HH:mm"}

REFUSALS: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.EMPTY: "error.pw_empty",
        Refusal.TOO_SHORT: "error.pw_too_short",
        Refusal.TOO_LONG: "error.pw_too_long",
        Refusal.BAD_CHARACTER: "error.pw_charset",
        Refusal.SPACE_AT_END: "error.pw_space_ends",
        Refusal.CONTAINS_NAME: "error.pw_name",
        Refusal.CONTAINS_CPR: "error.pw_cpr",
        Refusal.CONTAINS_INSTITUTION: "error.pw_org",
        Refusal.TOO_COMMON: "error.pw_common",
        Refusal.ONE_WORD: "error.pw_weak",
        Refusal.SEQUENCE: "error.pw_sequence",
        Refusal.REPEATED: "error.pw_repeat_char",
        Refusal.BREACHED: "error.pw_breached",
        Refusal.TOO_FEW_KINDS: "error.pw_classes",
        Refusal.MORE_KINDS: "error.pw_more_kinds",
        Refusal.USED_BEFORE: "error.pw_history",
        Refusal.TOO_YOUNG: "error.pw_min_age",
        Refusal.BY_POLICY: "error.pw_directory_policy",
        Refusal.ACCOUNT_PROTECTED: "account.protected_only",
        Refusal.ACCOUNT_CHANGED: "account.changed",
        Refusal.NO_ANSWER: "done.no_answer",
        Refusal.SERVICE_STOPPED: "done.service_stopped",
        Refusal.OVERTAKEN: "done.overtaken",
    }
)
"""The text of every refusal: an `error.…` key stands at the field, a `done.…` one on an account's line of the receipt;
the two `account.…` ones name a whole page."""

OUTCOMES: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.DONE: "done",
        Outcome.PARTLY: "done.partly",
        Outcome.UNKNOWN: "outage.unknown_result",
        Outcome.LEFT: "session.loggedoff",
        Outcome.LOGGED_OUT_ELSEWHERE: "session.loggedoff",
        Outcome.EXPIRED: "session.expired",
        Outcome.LOGIN_CLOSED: "login.closed",
        Outcome.NO_STAFF_ROLE: "staff.no_role",
        Outcome.CANCELLED: "login.cancelled",
        Outcome.LOGIN_FAILED: "login.failed",
        Outcome.WRONG_AUTHORITY: "login.wrong_authority",
        Outcome.NO_CPR: "login.no_cpr",
        Outcome.ASSURANCE_TOO_LOW: "login.loa",
        Outcome.ASSURANCE_UNKNOWN: "login.loa_unknown",
        Outcome.NO_ACCOUNT: "account.none",
        Outcome.NO_USABLE_ACCOUNT: "account.none_usable",
        Outcome.TOO_OFTEN: "limit",
        Outcome.DIRECTORY_DOWN: "outage.directory",
    }
)
"""The page of every outcome but OPEN: the keys are this plus `.title` and `.body`."""

CLOSED: Final[Mapping[AccountState, str]] = MappingProxyType(
    {
        AccountState.DISABLED: "disabled",
        AccountState.EXPIRED: "expired",
        AccountState.NOT_YET: "not_ready",
        AccountState.PROTECTED: "blocked",
    }
)
"""Why an account cannot be chosen: the keys are `account.status_…` and `account.why_…` (`…_undated` without a date)."""


class UnknownText(KeyError):
    """No catalogue has this key: a mistake in our code, never something a user can bring about."""


class _Refusing(gettext.NullTranslations):
    """Gettext would show a missing key to the user as if it were a text."""

    def gettext(self, message: str) -> NoReturn:
        raise UnknownText(message)


def _read(language: str, name: str = "messages") -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / f"{name}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _translations(catalogue: Catalog) -> gettext.GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    texts = gettext.GNUTranslations(compiled)
    texts.add_fallback(_Refusing())
    return texts


_CATALOGUES: Final = MappingProxyType({language: _translations(_read(language)) for language in LANGUAGES})


def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of one of LANGUAGES, for Jinja. Its `gettext` raises UnknownText for an unknown key."""
    return _CATALOGUES[language]


def has(key: str) -> bool:
    """Whether every language has this text."""
    try:
        return key != "" and all(catalogue.gettext(key) for catalogue in _CATALOGUES.values())
    except UnknownText:
        return False


def text(language: str, key: str, **values: object) -> str:
    """The text with its values filled in. Raises UnknownText, and KeyError for a value that is not given."""
    return translations(language).gettext(key) % values


@cache
def _terms(language: str) -> gettext.NullTranslations:
    """Read only when asked for: the pages do not need it."""
    return _translations(_read(language, "terms"))


def terms(language: str, key: str, **values: object) -> str:
    """A text of the report on WAYF's terms, which is for operators and auditors. Raises as `text` does."""
    return _terms(language).gettext(key) % values


def every(language: str) -> list[tuple[str, str]]:
    """Each key of what people read, with its text."""
    return [(str(each.id), str(each.string)) for each in _read(language) if each.id]


def has_terms(key: str) -> bool:
    """Whether the report has this text."""
    try:
        return all(_terms(language).gettext(key) for language in LANGUAGES)
    except UnknownText:
        return False


def date(language: str, moment: datetime) -> str:
    """`22. november 2026`, `22 November 2026`. A naive moment is a ValueError, here and below."""
    return _written(language, moment, _DATE)


def date_time(language: str, moment: datetime) -> str:
    """`22. november 2026 kl. 10.51`, `22 November 2026 at 10:51`, as clocks in Denmark show it."""
    return _written(language, moment, _DATE_TIME)


def time_of_day(language: str, moment: datetime) -> str:
    """`kl. 10.51`, `10:51`."""
    return _written(language, moment, _TIME)


def weekday(language: str, day: int) -> str:
    """`man`, `Mon`. 0 is Monday."""
    return str(get_day_names("abbreviated", context="stand-alone", locale=language)[day]).rstrip(".")


def number(language: str, n: int) -> str:
    """`1.204`, `1,204`."""
    return format_decimal(n, locale=language)


def percent(language: str, n: int) -> str:
    """`85 %`, `85%`."""
    return format_percent(n / 100, locale=language)


def _written(language: str, moment: datetime, patterns: Mapping[str, str]) -> str:
    if moment.tzinfo is None:  # Babel would take it for UTC without a word
        raise ValueError("naive datetime")
    return format_datetime(moment, patterns[language], tzinfo=TIME_ZONE, locale=language)
