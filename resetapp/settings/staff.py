"""The console: who of the staff has which role, from where, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

from resetapp.core.staff import Role

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class StaffRole:
    """One [[staff.role]] table: who is in this group, at any depth, has this role."""

    role: Role
    directory: str
    group: str  # its DN


@dataclass(frozen=True, slots=True)
class Staff:
    """Off until `enabled`: then no page of the console exists."""

    enabled: bool = False
    networks: tuple[Network, ...] = ()  # from where it can be reached; () = from anywhere
    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=4)
    search_by_cpr: bool = False
    look_ups_per_hour: int = 60  # of one person of the staff; more raise the alarm and have to wait
    ticket_price: int = 0  # whole kroner, the institution's own estimate; 0: no money is told
    ticket_share: int = 0  # percent of the passwords set that would have been a call; 0: no calls are told
    roles: tuple[StaffRole, ...] = ()
