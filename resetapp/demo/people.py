"""Everybody in the demo. All are invented, and their CPR numbers are nobody's."""

from resetapp.demo.people_refused import REFUSED
from resetapp.demo.people_served import SERVED
from resetapp.demo.people_staff import STAFF_PEOPLE
from resetapp.demo.people_unnumbered import UNNUMBERED
from resetapp.demo.persona import OLD_PASSWORD, Behaviour, DemoAccount, Group, Home, Persona, Source

__all__ = [
    "OLD_PASSWORD",
    "PERSONAS",
    "Behaviour",
    "DemoAccount",
    "Group",
    "Persona",
    "Source",
    "accounts_in",
    "person",
]

PERSONAS: tuple[Persona, ...] = SERVED + STAFF_PEOPLE + REFUSED


def person(key: str) -> Persona:
    """Raises KeyError for an unknown key."""
    return {persona.key: persona for persona in PERSONAS}[key]


def accounts_in(home: Home) -> list[tuple[DemoAccount, str]]:
    """All of one directory, each with the CPR number that stands there, or ""."""
    everybody = [(account, each.cpr_in_directory) for each in PERSONAS for account in each.accounts]
    everybody += [(each.account, "") for each in UNNUMBERED]
    return [(account, cpr) for account, cpr in everybody if account.home is home]
