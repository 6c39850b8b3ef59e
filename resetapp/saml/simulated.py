"""Whether the configured hub is a simulator, at which everybody may say who they are (docs/rehearsal.md)."""

import logging
from urllib.parse import urlsplit

from resetapp.core.checks import Check
from resetapp.settings.model import Service, Wayf

_log = logging.getLogger(__name__)
_END = "/simulator"  # of every simulator's entityID, wherever it answers
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REMEDY = "Set hub_entity_id and the hub's metadata to WAYF's own before anybody else can reach this service."


def is_simulated(wayf: Wayf) -> bool:
    """By the hub's name, which every message must carry: an answer under another name is refused."""
    return wayf.hub_entity_id.endswith(_END) or urlsplit(wayf.hub_entity_id).hostname in _LOOPBACK


def warn_of_simulator(wayf: Wayf) -> None:
    """At each start: a rehearsal that was left running must not pass for the service (docs/rehearsal.md)."""
    if is_simulated(wayf):
        _log.warning("hub.simulated hub=%s: whoever reaches it can log in here as anybody", wayf.hub_entity_id)


def may_be_simulated(service: Service, wayf: Wayf) -> bool:
    """On this machine alone, with a simulator: nobody real can log in there."""
    return is_simulated(wayf) and not service.secure


def check_hub_is_real(service: Service, wayf: Wayf) -> Check:
    """A service on this machine alone, such as the demo, may have a simulator; a public one never (T16)."""
    simulated = is_simulated(wayf)
    told = "a simulator: whoever reaches it can be anybody" if simulated else "is not a simulator"
    ok = not simulated or not service.secure
    return Check("hub", "real", ok, f"{wayf.hub_entity_id} {told}", "" if ok else _REMEDY)
