"""The embedded directory's entries, its password policy and who may do what: a small OpenLDAP in memory.

It follows slapd 2.5 with the overlay ppolicy and the access rules of `slapd_files/slapd.conf.in`, as far as
resetapp can see the difference; the tests hold both to the same contract. It knows no schema and keeps nothing.
"""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from resetapp.demo import ldap_seed as seed

LOCK, FAILURES, CHANGED, POLICY = "pwdAccountLockedTime", "pwdFailureTime", "pwdChangedTime", "pwdPolicySubentry"
_CPR = frozenset({"noredupersonnin", "schacpersonaluniqueid"})  # only the service account sees these
_FOR_SERVICE_ONLY = _CPR | {LOCK.lower(), FAILURES.lower(), POLICY.lower()}
_INDEXED = ("norEduPersonNIN", "schacPersonalUniqueID", "uid", "entryUUID")
_QUALITY = "Password fails quality checking policy"


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

    def text(self, name: str) -> str:
        return next((value.decode() for value in self.values(name)), "")

    def number(self, name: str) -> int:
        return int(self.text(name) or 0)


def normal(dn: str) -> str:
    """Enough for the names in here: none has an escaped character."""
    return re.sub(r"\s*([,=])\s*", r"\1", dn).lower()


class Tree:
    """All entries. One thread at a time."""

    def __init__(
        self,
        entries: Iterable[seed.SeedEntry],
        clock: Callable[[], datetime],
        *,
        admin: tuple[str, bytes] | None = None,
        hidden: Iterable[str] = (),
        unwritable: Iterable[str] = (),
        unlockable: Iterable[str] = (),
    ) -> None:
        """`admin`: name and password of one who may do everything. What the service account may not, by DN:
        `hidden` see, `unwritable` set passwords at or below, `unlockable` see locks at or below."""
        self.clock = clock
        self.nodes: dict[str, Node] = {}
        self._index: dict[str, dict[bytes, set[str]]] = {name.lower(): {} for name in _INDEXED}
        self._admin = Node(admin[0], password=StoredPassword.of(admin[1])) if admin else None
        self._hidden, self._unwritable = set(map(normal, hidden)), tuple(map(normal, unwritable))
        self._unlockable = tuple(map(normal, unlockable))
        for entry in entries:
            self._add(entry)

    def _add(self, entry: seed.SeedEntry) -> None:
        node, key = Node(entry.dn), normal(entry.dn)
        for name, values in entry.attributes.items():
            node.put(name, values)
        node.put("entryUUID", [str(uuid.uuid4())])
        if entry.password:
            node.password = StoredPassword.of(entry.password.encode())
        self.nodes[key] = node
        for name, table in self._index.items():
            for value in node.values(name):
                table.setdefault(value.lower(), set()).add(key)

    def at(self, dn: str) -> Node:
        try:
            return self.nodes[normal(dn)]
        except KeyError:
            raise Refused(32) from None

    def below(self, dn: str, among: Iterable[str] | None = None, *, one_level: bool = False) -> list[Node]:
        """The entries below this name; `among`: only these keys need be looked at."""
        top = normal(dn)
        return [self.nodes[key] for key in (self.nodes if among is None else among) if _under(key, top, one_level)]

    def indexed(self, name: str, value: bytes) -> set[str] | None:
        """Keys of the entries with this value; None when there is no index for the attribute."""
        table = self._index.get(name.lower())
        return None if table is None else table.get(value.lower(), set())

    def remove(self, dn: str) -> None:
        del self.nodes[normal(self.at(dn).dn)]
        for table in self._index.values():
            for keys in table.values():
                keys.discard(normal(dn))

    # ---- who may do what

    def is_admin(self, who: Node | None) -> bool:
        return who is not None and who is self._admin

    def _is_service(self, who: Node | None) -> bool:
        return who is not None and normal(who.dn) == normal(seed.SERVICE_DN)

    def may_see(self, who: Node | None, node: Node, attribute: str = "entry") -> bool:
        key, name = normal(node.dn), attribute.lower()
        if self.is_admin(who):
            return True
        if self._is_service(who):
            if key in self._hidden or _at_or_under(key, normal(f"ou=services,{seed.SUFFIX}")):
                return False
            return not (name == LOCK.lower() and any(_at_or_under(key, top) for top in self._unlockable))
        return who is node and name not in _FOR_SERVICE_ONLY

    def may_set_password(self, who: Node | None, node: Node) -> bool:
        if self.is_admin(who) or (who is node and not self._is_service(who)):
            return True
        key = normal(node.dn)
        writable = _under(key, normal(seed.PEOPLE)) and not any(_at_or_under(key, top) for top in self._unwritable)
        return self._is_service(who) and writable

    # ---- logging in

    def bind(self, dn: str, password: bytes) -> Node:
        """Raises Refused, with the same code for every reason."""
        if self._admin is not None and normal(dn) == normal(self._admin.dn):
            node = self._admin
        else:
            node = self.nodes.get(normal(dn)) or Node(dn)
            self._demand_open(node)
        if node.password is None or not node.password.is_from(password):
            self._note_failure(node)
            raise Refused(49)
        node.put(FAILURES, [])
        return node

    def _demand_open(self, node: Node) -> None:
        now, lock = seed.generalized_time(self.clock()), node.text(LOCK)
        duration = timedelta(seconds=self.policy(node).number("pwdLockoutDuration"))
        if lock and (lock.startswith("0000") or not duration or self.clock() < _moment(lock) + duration):
            raise Refused(49, policy_error=1)
        if node.text("pwdStartTime") > now or "" < node.text("pwdEndTime") <= now:
            raise Refused(49)

    def _note_failure(self, node: Node) -> None:
        policy = self.policy(node)
        if node.password is None or policy.text("pwdLockout") != "TRUE":
            return
        now = seed.generalized_time(self.clock())
        node.put(FAILURES, [*node.values(FAILURES), now])
        if len(node.values(FAILURES)) >= policy.number("pwdMaxFailure"):
            node.put(LOCK, [now])

    # ---- passwords

    def policy(self, node: Node) -> Node:
        own = node.text(POLICY) or seed.DEFAULT_POLICY
        return self.nodes.get(normal(own), Node(own))

    def demand_good_password(self, node: Node, password: bytes) -> None:
        """In slapd's order. Lengths count octets, as there. Raises Refused."""
        policy = self.policy(node)
        age = self.clock() - _moment(node.text(CHANGED)) if node.text(CHANGED) else None
        if age is not None and age < timedelta(seconds=policy.number("pwdMinAge")):
            raise Refused(19, "Password is too young to change", 7)
        if len(password) < policy.number("pwdMinLength"):
            raise Refused(19, _QUALITY, 6)
        if 0 < policy.number("pwdMaxLength") < len(password):
            raise Refused(19, _QUALITY, 9)
        if re.match(rb"\{[A-Za-z0-9/-]+\}", password):  # looks hashed: its quality cannot be checked
            raise Refused(19, _QUALITY, 5)
        if node.password is not None and node.password.is_from(password):
            raise Refused(19, "Password is not being changed from existing value", 8)
        if any(old.is_from(password) for old in node.history):
            raise Refused(19, "Password is in history of old passwords", 8)

    def store_password(self, node: Node, password: bytes) -> None:
        """Lifts every lock, an administrator's too, as slapd does."""
        if node.password is not None:
            node.history = [node.password, *node.history][: self.policy(node).number("pwdInHistory")]
        node.password = StoredPassword.of(password)
        node.put(CHANGED, [seed.generalized_time(self.clock())])
        node.put(LOCK, [])
        node.put(FAILURES, [])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _under(key: str, top: str, one_level: bool = False) -> bool:
    if one_level:
        return key.partition(",")[2] == top
    return key.endswith("," + top)


def _at_or_under(key: str, top: str) -> bool:
    return key == top or _under(key, top)
