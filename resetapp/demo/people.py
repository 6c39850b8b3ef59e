"""Everybody in the demo. All are invented, and their CPR numbers are nobody's."""

from resetapp.demo.people_refused import REFUSED
from resetapp.demo.people_served import SERVED
from resetapp.demo.people_staff import STAFF_PEOPLE
from resetapp.demo.persona import OLD_PASSWORD, Behaviour, DemoAccount, Group, Persona, Source

__all__ = ["OLD_PASSWORD", "PERSONAS", "Behaviour", "DemoAccount", "Group", "Persona", "Source", "person"]

PERSONAS: tuple[Persona, ...] = SERVED + STAFF_PEOPLE + REFUSED


def person(key: str) -> Persona:
    """Raises KeyError for an unknown key."""
    return {persona.key: persona for persona in PERSONAS}[key]
