"""How a switch of the simulator is met, and on which page of ours it must end."""

from resetapp import texts
from resetapp.demo.switch import LET_IN, LOGOUT_REFUSED, NOT_ASKED, LoggedOut, Published, Repeated, Switch
from resetapp.demo.what_if import IN_LOGIN, WITHOUT_LOGIN

CLICKED = tuple(each for each in (*IN_LOGIN, *WITHOUT_LOGIN) if not isinstance(each.act, Published))
IN_ENGLISH = tuple({each.end: each for each in CLICKED}.values())  # one for each end
SPOKEN = [(each, "da") for each in CLICKED] + [(each, "en") for each in IN_ENGLISH]
HEADINGS = {NOT_ASKED: "login.expired.title", LOGOUT_REFUSED: "logout.failed.title"}


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
