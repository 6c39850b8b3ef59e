"""What a "what if" is made of: what happens, and what the service must make of it. `what_if` has the table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from resetapp.core.outcomes import Outcome
from resetapp.demo.forgery import Forge, honest
from resetapp.demo.logout_forgery import LogoutForge
from resetapp.demo.persona import Persona, Texts


class Group(StrEnum):
    """Where a switch stands on the page. The first ones are offered in a login, the rest when there is none."""

    LEVEL = "level"
    IDENTITY = "identity"
    OUTAGE = "outage"
    HUB = "hub"
    SIGNATURE = "signature"
    WRAPPING = "wrapping"
    ENCRYPTION = "encryption"
    ADDRESS = "address"
    TIME = "time"
    XML = "xml"
    UNASKED = "unasked"
    LOGOUT = "logout"
    LOGGING_OUT = "logging_out"
    METADATA = "metadata"


class End(NamedTuple):
    """Where the browser must end. With an `outcome` it is that outcome's page."""

    name: str
    status: int
    expect: Texts
    outcome: Outcome | None = None


LET_IN = End("let_in", 200, ("Login lykkes.", "The login succeeds."))
_NOT_IN = ("Login afvises, og ingen er logget på.", "The login is refused and nobody is logged in.")
REFUSED = End("refused", 403, _NOT_IN, Outcome.LOGIN_FAILED)
CANCELLED = End(
    "cancelled",
    403,
    ("Siden siger, at login blev afbrudt.", "The page says that the login was cancelled."),
    Outcome.CANCELLED,
)
WRONG_AUTHORITY = End(
    "wrong_authority",
    403,
    ("Login afvises: Kun NemLog-in må sige god for et CPR-nummer.", "Refused: only NemLog-in may vouch for a CPR."),
    Outcome.WRONG_AUTHORITY,
)
NO_CPR = End(
    "no_cpr",
    403,
    ("Siden siger, at CPR-nummeret mangler.", "The page says that the CPR number is missing."),
    Outcome.NO_CPR,
)
LEVEL_TOO_LOW = End(
    "level_too_low",
    403,
    ("Siden fortæller, hvordan niveauet hæves.", "The page tells how to raise the level."),
    Outcome.ASSURANCE_TOO_LOW,
)
LEVEL_UNKNOWN = End(
    "level_unknown",
    403,
    ("Login afvises: Niveauet er ukendt.", "The login is refused: its level is unknown."),
    Outcome.ASSURANCE_UNKNOWN,
)
NOT_ASKED = End(
    "not_asked",
    403,
    ("Siden beder om at begynde forfra. Ingen er logget på.", "The page asks to start again. Nobody is logged in."),
)
LOGOUT_REFUSED = End(
    "logout_refused",
    403,
    ("Beskeden afvises. Den, der er logget på, er det stadig.", "The message is refused. Who is logged in stays so."),
)
NOBODY_LOGGED_OUT = End(
    "nobody_logged_out",
    200,
    ("Svaret er høfligt, men ingen andre bliver logget af.", "The answer is polite, but nobody else is logged out."),
)
LOGGED_OUT_HERE = End(
    "logged_out_here",
    200,
    (
        "Log af tjenesten: Login er slut dér, og siden påstår ikke, at det også er slut andre steder.",
        "Log out of the service: the login has ended there, and no page claims that it has ended elsewhere.",
    ),
)
TOO_LATE = End(
    "too_late",
    403,
    ("Svaret afvises. Den, der siden er logget på, er det stadig.", "It is refused. Who has logged in since stays so."),
)
HUB_ERROR = End(
    "hub_error",
    500,
    ("WAYF viser sin egen fejlside. Intet når frem.", "WAYF shows an error page of its own. Nothing arrives."),
)
AT_HUB = End("at_hub", 200, ("Intet når frem til tjenesten.", "Nothing reaches the service."))
NO_ANSWER = End(
    "no_answer",
    0,
    ("Browseren siger selv, at der ikke kom et svar.", "The browser itself says that no answer came."),
)
NOT_READ = End("not_read", 200, ("Tjenesten må ikke tro på filen.", "The service must not believe the file."))
NOT_WHEN_PINNED = End(
    "not_when_pinned",
    200,
    (
        "Tjenesten må ikke tro på filen, når den kender WAYFs underskrift.",
        "The service must not believe the file when it knows WAYF's signature.",
    ),
)
READ = End("read", 200, ("Tjenesten kan bruge filen.", "The service can use the file."))

Change = Callable[[Persona], Persona]


def themselves(persona: Persona) -> Persona:
    """Unchanged."""
    return persona


class Answer(NamedTuple):
    """A Response to the login that waits, forged or only unusual."""

    forge: Forge = honest
    told: Change = themselves  # what the login at NemLog-in says of the person
    wait: timedelta = timedelta()
    consent: bool = False


class Unasked(NamedTuple):
    """A Response that no login waits for."""

    forge: Forge


class Repeated(NamedTuple):
    """This browser's last honest answer once more; `wrapped` for the login that waits now."""

    wrapped: bool


class Declined(NamedTuple):
    """An error Response with these status codes."""

    status: tuple[str, ...]


class Failed(NamedTuple):
    """The hub gives up and shows this text."""

    text: str


class Silent(NamedTuple):
    """The hub closes the connection without an answer."""


class Stayed(NamedTuple):
    """A page of the simulator from which nothing goes on by itself. `page`: the key of its texts."""

    page: str


class LoggedOut(NamedTuple):
    """A logout message. `repeated`: this browser's last one once more, instead of a new one."""

    forge: LogoutForge
    repeated: bool = False


class Ended(NamedTuple):
    """A LogoutResponse with these status codes."""

    status: tuple[str, ...]


class AtLogout(NamedTuple):
    """What becomes of the LogoutRequest that this browser brings next. `ended`: the hub has ended its own login first.

    The browser's back and reload bring the same request again, and meet the same.
    """

    act: Failed | Silent | Stayed | Ended
    ended: bool = False


class Late(NamedTuple):
    """The LogoutResponse that was lost on its way, after all."""


class Published(NamedTuple):
    """The hub's metadata in another state."""

    state: str


Act = Answer | Unasked | Repeated | Declined | Failed | Silent | Stayed | LoggedOut | AtLogout | Late | Published


@dataclass(frozen=True, slots=True)
class Switch:
    key: str
    group: Group
    story: Texts  # what happens
    end: End
    act: Act
