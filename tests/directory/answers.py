"""What a server answers to a plain client: the words on which resetapp's own reading of them rests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ldap3 import MODIFY_REPLACE, Connection

from resetapp.directory import policy_control
from resetapp.directory.policy_control import PolicyError
from resetapp.directory.session import Answer


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str
    control: bytes | None  # the value of the policy control; None: the server sent none

    @property
    def error(self) -> PolicyError | None:
        return policy_control.policy_error(self.control or b"")

    @property
    def read(self) -> Answer:
        """As resetapp gets it."""
        return Answer(self.code, self.error, self.text)


def reply_of(result: dict[str, Any]) -> Reply:
    control = (result.get("controls") or {}).get(policy_control.OID)
    return Reply(result["result"], result["message"] or "", None if control is None else control["value"] or b"")


def replaced(client: Connection, dn: str, attribute: str, value: str | bytes) -> Reply:
    return modified(client, dn, {attribute: [(MODIFY_REPLACE, [value])]})


def modified(client: Connection, dn: str, changes: dict[str, Sequence[Any]]) -> Reply:
    return reply_of(client.modify(dn, changes, controls=[policy_control.REQUEST])[1])


def exchanged(client: Connection, dn: str, password: str) -> Reply:
    """By the password modify extended operation (RFC 3062), which resetapp never uses."""
    client.extend.standard.modify_password(dn, None, password, controls=[policy_control.REQUEST])
    return reply_of(client.result)
