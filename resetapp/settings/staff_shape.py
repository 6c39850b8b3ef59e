"""The console's tables of the file: who may use it, the list of mappings that is kept by it, and activation codes."""

from datetime import timedelta
from functools import partial

from resetapp.core import staff
from resetapp.settings import addresses, rules, values
from resetapp.settings.codes import CodeSettings
from resetapp.settings.mapping import MappingKey, MappingSettings
from resetapp.settings.sections import Key, Section, listed
from resetapp.settings.staff import Staff, StaffRole

EIGHT_HOURS = "Choose at most 480: eight hours is the limit of WAYF's terms (Sessionsvarighed, T18)"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_FLAG = Key(values.flag)
_LEAST_WAIT = "Choose 24 to 720: the owner of the account must have the time to see the notice and to stop it"

STAFF_ROLE = Section(
    StaffRole,
    {
        "role": Key(values.choice(staff.Role)),
        "directory": Key(addresses.lasting_name),
        "group": Key(addresses.dn),
    },
)

STAFF = Section(
    Staff,
    {
        "enabled": _FLAG,
        "networks": Key(values.each(addresses.network)),
        "idle": Key(values.duration(_MINUTE, 1, 60, "Choose 1 to 60: open pages must not wait longer"), "idle_minutes"),
        "absolute": Key(values.duration(_MINUTE, 5, 480, EIGHT_HOURS), "absolute_minutes"),
        "search_by_cpr": _FLAG,
        "look_ups_per_hour": Key(values.whole(1, 10_000)),
        "ticket_price": Key(values.whole(0, 100_000)),
        "ticket_share": Key(values.whole(0, 100)),
        "roles": Key(partial(listed, STAFF_ROLE, name_key="role"), "role"),
    },
    rules.staff,
)

MAPPING_KEY = Section(
    MappingKey,
    {
        "id": Key(addresses.lasting_name),
        "key": Key(values.key_bytes, secret=True),
    },
)

MAPPING = Section(
    MappingSettings,
    {
        "enabled": _FLAG,
        "tenant": Key(values.optional(addresses.domain), default=""),
        "keys": Key(partial(listed, MAPPING_KEY, name_key="id"), "key"),
        "escrow_key": Key(values.optional_public_key),
        "cool_down": Key(values.duration(_HOUR, 24, 720, _LEAST_WAIT), "cool_down_hours"),
        "student_cool_down": Key(values.duration(_HOUR, 24, 720, _LEAST_WAIT), "student_cool_down_hours"),
        "student_kinds": Key(values.each(values.text)),
        "requests_per_day": Key(values.whole(1, 1000)),
        "request_life": Key(values.duration(_DAY, 1, 30), "request_days"),
        "largest_removal": Key(values.whole(0, 100), "largest_removal_percent"),
    },
    rules.mapping,
)

CODES = Section(
    CodeSettings,
    {
        "enabled": _FLAG,
        "life": Key(values.duration(_MINUTE, 5, 1440, "Choose 5 to 1440: who has it has the account"), "life_minutes"),
        "tries": Key(values.whole(1, 20)),
        "per_day": Key(values.whole(1, 1000)),
    },
)
