"""What each switch that spoils a logout leads to: where the browser is left, and what our page says there."""

from typing import NamedTuple

from resetapp import texts
from resetapp.demo.switch import AtLogout, Switch
from resetapp.demo.what_if import SWITCHES

SPOILT = [each for each in SWITCHES if isinstance(each.act, AtLogout)]


class Left(NamedTuple):
    """`at_hub`: the status there, 0 for no answer at all; None when the hub sends the browser back to us."""

    at_hub: int | None
    told: str  # the text of our page


_UNKNOWN, _PARTIAL = "session.loggedoff.unanswered", "session.loggedoff.partial"
LEFT = {
    "logging_out_500": Left(500, _UNKNOWN),
    "logging_out_silent": Left(0, _UNKNOWN),
    "logging_out_left": Left(200, _UNKNOWN),
    "logging_out_lost": Left(200, _UNKNOWN),
    "logging_out_failed": Left(None, _UNKNOWN),
    "logging_out_partial": Left(None, _PARTIAL),
    "logging_out_partial_success": Left(None, _PARTIAL),
}


def told(switch: Switch, language: str = "da") -> str:
    return texts.text(language, LEFT[switch.key].told)
