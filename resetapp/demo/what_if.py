"""Every "what if" of the simulator: personas show what people bring along, these what the hub or an attacker does."""

from resetapp.demo.switch import Switch
from resetapp.demo.switches_answers import ANSWERS
from resetapp.demo.switches_hub import ALONE, IN_A_LOGIN
from resetapp.demo.switches_logout import LOGGING_OUT

IN_LOGIN: tuple[Switch, ...] = IN_A_LOGIN + ANSWERS
WITHOUT_LOGIN: tuple[Switch, ...] = ALONE + LOGGING_OUT
SWITCHES = IN_LOGIN + WITHOUT_LOGIN


def switch(key: str) -> Switch:
    """Raises KeyError for an unknown key."""
    return {each.key: each for each in SWITCHES}[key]
