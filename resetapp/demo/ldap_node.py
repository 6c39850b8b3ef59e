"""What both kinds of embedded directory are made of: entries, kept passwords, names, and answers that refuse."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

ADD, DELETE, REPLACE = range(3)  # what a modify does to an attribute (RFC 4511, section 4.6)


class Refused(Exception):
    """An LDAP result other than success. `policy_error`: of the password policy control."""

    def __init__(self, code: int, text: str = "", policy_error: int | None = None) -> None:
        super().__init__(f"result {code}")
        self.code, self.text, self.policy_error = code, text, policy_error


@dataclass(frozen=True, slots=True)
class StoredPassword:
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: bytes, salt: bytes | None = None) -> "StoredPassword":
        salt = salt or secrets.token_bytes(16)
        return cls(salt, hashlib.pbkdf2_hmac("sha256", password, salt, 1000))

    def is_from(self, password: bytes) -> bool:
        return hmac.compare_digest(self.digest, StoredPassword.of(password, self.salt).digest)


@dataclass(eq=False, repr=False)
class Node:
    """One entry. Attributes: lower-case name -> (name as written, values)."""

    dn: str
    attributes: dict[str, tuple[str, list[bytes]]] = field(default_factory=dict)
    password: StoredPassword | None = None
    history: list[StoredPassword] = field(default_factory=list)

    def put(self, name: str, values: Iterable[str | bytes]) -> None:
        """No values take the attribute away."""
        found = [value if isinstance(value, bytes) else value.encode() for value in values]
        if found:
            self.attributes[name.lower()] = (name, found)
        else:
            self.attributes.pop(name.lower(), None)

    def values(self, name: str) -> list[bytes]:
        return self.attributes.get(name.lower(), (name, []))[1]

    def texts(self, name: str) -> list[str]:
        return [value.decode() for value in self.values(name)]

    def text(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def number(self, name: str) -> int:
        return int(self.text(name) or 0)

    def has_class(self, name: str) -> bool:
        return name in (each.lower() for each in self.texts("objectClass"))


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute of a modify."""

    operation: int
    name: str
    values: list[bytes] = field(repr=False)

    def applied(self, before: list[bytes]) -> list[bytes]:
        """The attribute's values afterwards."""
        if self.operation == REPLACE:
            return self.values
        kept = [value for value in before if value not in self.values]
        if self.operation == ADD:
            return [*kept, *self.values]
        return kept if self.values else []


@lru_cache(8192)
def normal(dn: str) -> str:
    """Lower case, without blanks around commas and equals signs that are not escaped."""
    return re.sub(r"\s*((?<!\\)[,=])\s*", r"\1", dn).lower()


def above(key: str) -> str:
    """The name of the entry above."""
    return "".join(re.split(r"(?<!\\),", key, maxsplit=1)[1:])


def under(key: str, top: str, one_level: bool = False) -> bool:
    return above(key) == top if one_level else key.endswith("," + top)


def at_or_under(key: str, top: str) -> bool:
    return key == top or under(key, top)
