"""Whether the settings turn an unsafe value away: asked of the sections that read the file at each start."""

from pathlib import Path

from resetapp.settings import Wayf
from resetapp.settings.sections import Reading, Section
from resetapp.settings.shape import SETTINGS

UNSAFE: tuple[tuple[str, object], ...] = (
    ("service.public_url", "http://password.example.dk"),  # passwords and cookies in the clear
    ("service.secret_key", "short"),  # cookies that can be forged
    ("service.person_key", "00" * 32),  # fingerprints of CPR numbers that can be guessed
    ("wayf.minimum_level", "Low"),
    ("wayf.hub_metadata_url", "http://metadata.example.dk/feed.xml"),  # another hub's keys on the way
    ("wayf.clock_skew_seconds", 3600),  # an assertion that is good for an hour
    ("visits.absolute_minutes", 481),
    ("passwords.minimum_length", 7),
)
"""Values that would put NemLog-in, MitID or the people at risk (T16)."""


def refused(key: str, value: object) -> bool:
    """`key` as "table.key". Raises KeyError for one that the settings do not have: nothing would be looked at."""
    table, _, name = key.partition(".")
    section = SETTINGS.keys[table].read
    if not isinstance(section, Section) or name not in section.names():
        raise KeyError(key)
    at = Reading(folder=Path(), public=False)
    SETTINGS({table: {name: value}}, at)  # what else such a file lacks is told, too, under other keys
    return any(fault.key == key for fault in at.faults)


def blamed(wayf: Wayf) -> set[str]:
    """The keys that the rules for the whole table [wayf] find fault with."""
    section = SETTINGS.keys["wayf"].read
    rules = section.rules if isinstance(section, Section) else None
    return {key for key, _ in rules(wayf)} if rules else set()
