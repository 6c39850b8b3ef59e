"""The embedded directory that is like OpenLDAP: its password policy, and who may do what.

It follows slapd 2.5 with the overlay ppolicy and the access rules of `slapd_files/slapd.conf.in`, as far as
resetapp can see the difference; the tests hold both to the same contract.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from resetapp.demo import ldap_messages as ldap
from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_ber import elements
from resetapp.demo.ldap_filters import Filter, holds
from resetapp.demo.ldap_node import DELETE, Change, Node, Refused, StoredPassword, at_or_under, normal, under
from resetapp.demo.ldap_store import Store

LOCK, FAILURES, CHANGED, POLICY = "pwdAccountLockedTime", "pwdFailureTime", "pwdChangedTime", "pwdPolicySubentry"
_PASSWORD = "userpassword"  # noqa: S105 - the name of an attribute
_CPR = frozenset({"noredupersonnin", "schacpersonaluniqueid"})  # only the service account sees these
_FOR_SERVICE_ONLY = _CPR | {LOCK.lower(), FAILURES.lower(), POLICY.lower()}
_INDEXED = ("norEduPersonNIN", "schacPersonalUniqueID", "uid", "entryUUID")
_QUALITY = "Password fails quality checking policy"


class Tree(Store):
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
        super().__init__(clock, _INDEXED, admin)
        self._hidden, self._unwritable = set(map(normal, hidden)), tuple(map(normal, unwritable))
        self._unlockable = tuple(map(normal, unlockable))
        for entry in entries:
            self.add(entry)

    def add(self, entry: seed.SeedEntry) -> None:
        node = self.insert(entry)
        node.put("entryUUID", [str(uuid.uuid4())])
        self.index(node)

    # ---- what this kind of server is

    controls: Mapping[int, frozenset[str]] = {
        ldap.BIND: frozenset({ldap.POLICY_CONTROL}),
        ldap.SEARCH: frozenset({ldap.PAGED_RESULTS}),
        ldap.MODIFY: frozenset({ldap.POLICY_CONTROL, ldap.ASSERTION_CONTROL}),
    }
    unencrypted = (13, "confidentiality required")

    def root(self) -> Mapping[str, list[str]]:
        """Of the root DSE (RFC 4512, section 5.1), what this kind says."""
        return {
            "namingContexts": [seed.SUFFIX],
            "supportedControl": [ldap.POLICY_CONTROL, ldap.ASSERTION_CONTROL, ldap.PAGED_RESULTS],
        }

    def whoami(self, who: Node | None) -> str:
        return f"dn:{who.dn}" if who else ""

    def start(self, who: Node | None, dn: str) -> Node:
        """Where a search begins. Raises Refused."""
        top = self.at(dn)
        if not self.may_see(who, top):
            raise Refused(32)  # as if it were not there
        return top

    def matches(self, who: Node | None, node: Node, wanted: Filter) -> bool:
        return holds(wanted, node, lambda name: self.may_see(who, node, name)) is True

    def computed(self, _node: Node, _names: Iterable[str], *, alone: bool) -> Mapping[str, list[bytes]]:
        """Values that are made when they are read: none here. `alone`: by a search for this one entry."""
        return {}

    # ---- who may do what

    def _is_service(self, who: Node | None) -> bool:
        return who is not None and normal(who.dn) == normal(seed.SERVICE_DN)

    def may_see(self, who: Node | None, node: Node, attribute: str = "entry") -> bool:
        key, name = normal(node.dn), attribute.lower()
        if self.is_admin(who):
            return True
        if self._is_service(who):
            if key in self._hidden or at_or_under(key, normal(f"ou=services,{seed.SUFFIX}")):
                return False
            return not (name == LOCK.lower() and any(at_or_under(key, top) for top in self._unlockable))
        return who is node and name not in _FOR_SERVICE_ONLY

    def may_set_password(self, who: Node | None, node: Node) -> bool:
        if self.is_admin(who) or (who is node and not self._is_service(who)):
            return True
        key = normal(node.dn)
        writable = under(key, normal(seed.PEOPLE)) and not any(at_or_under(key, top) for top in self._unwritable)
        return self._is_service(who) and writable

    # ---- logging in

    def bind(self, dn: str, password: bytes) -> Node:
        """Raises Refused, with the same code for every reason."""
        if not (node := self.admin_named(dn)):
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

    # ---- changes, in slapd's order: there? good password? assertion? allowed? possible?

    def modify(self, who: Node | None, dn: str, changes: list[Change], controls: Mapping[str, bytes]) -> None:
        """All or nothing. Raises Refused."""
        node, admin = self.at(dn), self.is_admin(who)
        for change in changes:
            if change.name.lower() == _PASSWORD and change.operation != DELETE and not admin:
                self.demand_good_password(node, change.values[0])
        condition = controls.get(ldap.ASSERTION_CONTROL)
        if condition is not None and not self.matches(who, node, elements(condition)[0]):
            raise Refused(122)
        for change in changes:
            if not (admin or (change.name.lower() == _PASSWORD and self.may_set_password(who, node))):
                raise Refused(50)
        for change in changes:
            self._change(node, change)
        self.index(node)

    def _change(self, node: Node, change: Change) -> None:
        if change.name.lower() != _PASSWORD:
            node.put(change.name, change.applied(node.values(change.name)))
        elif change.operation == DELETE:
            raise Refused(16, "modify/delete: userPassword: no such value")  # it is kept as a hash: no value equals it
        else:
            self.store_password(node, change.values[0])

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
