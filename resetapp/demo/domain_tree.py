"""The embedded directory that is like Active Directory: its names, its rules for passwords, and who may do what.

It follows Samba 4.24 as far as resetapp can tell the difference; the tests hold it to what was seen on a real Samba.
One domain, and one service account with delegated rights.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from resetapp.demo import ldap_messages as ldap
from resetapp.demo.domain_groups import link_members, token_groups
from resetapp.demo.domain_logins import WRONG, computed_flags, lift_lock, log_in, refused
from resetapp.demo.domain_policy import Policy
from resetapp.demo.domain_values import filetime, guid_octets, sid_octets, typed_password
from resetapp.demo.ldap_ber import elements
from resetapp.demo.ldap_filters import Filter, holds
from resetapp.demo.ldap_node import REPLACE, Change, Node, Refused, StoredPassword, at_or_under, normal, under
from resetapp.demo.ldap_seed import SeedEntry, generalized_time
from resetapp.demo.ldap_store import Store

_INDEXED = ("lDAPDisplayName", "employeeNumber", "sAMAccountName", "userPrincipalName", "objectGUID")
_PASSWORD, _LOCKOUT, _CHANGED = "unicodepwd", "lockouttime", "pwdlastset"
_PASSWORD_RIGHTS = frozenset({_PASSWORD, _LOCKOUT, _CHANGED})
_TOKENS, _FLAGS = "tokenGroups", "msDS-User-Account-Control-Computed"
_CONFIDENTIAL = 128  # in searchFlags (MS-ADTS 2.2.9)
_CATEGORIES = {"computer": "Computer", "user": "Person", "group": "Group"}  # a computer is a user, too
_CODED = {"objectSid": sid_octets, "attributeSecurityGUID": guid_octets}
_FIRST_FREE = 1103  # relative identifier of a person or group


@dataclass(frozen=True, slots=True)
class Delegation:
    """Below `people` the service account may set passwords, lift locks, read CPR numbers, and write `more`."""

    service: str  # its DN
    people: str
    more: frozenset[str] = frozenset()  # names of attributes, in lower case


class DomainTree(Store):
    """All entries of one domain, its head first. One thread at a time."""

    controls: Mapping[int, frozenset[str]] = {
        ldap.SEARCH: frozenset({ldap.PAGED_RESULTS}),
        ldap.MODIFY: frozenset({ldap.POLICY_HINTS}),
    }
    unencrypted = (8, "BindSimple: Transport encryption required.")

    def __init__(
        self,
        entries: Iterable[SeedEntry],
        clock: Callable[[], datetime],
        delegation: Delegation,
        admin_password: str = "",
    ) -> None:
        """SIDs and GUIDs in `entries` are given as text. `admin_password`: of Administrator; "": has none."""
        super().__init__(clock, _INDEXED)
        self._service, self._people = normal(delegation.service), normal(delegation.people)
        self._writable = _PASSWORD_RIGHTS | delegation.more
        head, *others = entries
        self._sid, self._next = head.attributes["objectSid"][0], _FIRST_FREE
        self._head = self.add(head)
        for entry in others:
            self.add(entry)
        link_members(self.nodes.values())
        self._administrator = self.at(f"CN=Administrator,CN=Users,{self._head.dn}")
        if admin_password:
            self._store_password(self._administrator, admin_password)

    def is_admin(self, who: Node | None) -> bool:
        return who is self._administrator

    def add(self, entry: SeedEntry) -> Node:
        """A person or group without an identifier gets the next one."""
        node = self.insert(entry)
        if node.values("sAMAccountName") and not node.values("objectSid"):
            node.put("objectSid", [f"{self._sid}-{self._next}"])
            self._next += 1
        for name, coded in _CODED.items():
            node.put(name, [coded(text) for text in node.texts(name)])
        node.put("objectGUID", [uuid.uuid4().bytes_le])
        kind = next((category for name, category in _CATEGORIES.items() if node.has_class(name)), "")
        if kind:
            node.put("objectCategory", [self._category(kind)])
        self.index(node)
        return node

    # ---- what this kind of server is

    @property
    def _schema(self) -> str:
        return f"CN=Schema,CN=Configuration,{self._head.dn}"

    def _category(self, name: str) -> str:
        return f"CN={name},{self._schema}"

    def root(self) -> Mapping[str, list[str]]:
        """Of the root DSE, what this kind says (MS-ADTS 3.1.1.3.2)."""
        return {
            "defaultNamingContext": [self._head.dn],
            "schemaNamingContext": [self._schema],
            "namingContexts": [self._head.dn, self._schema],
            "supportedControl": [ldap.POLICY_HINTS, ldap.PAGED_RESULTS],
            "currentTime": [generalized_time(self.clock()).replace("Z", ".0Z")],
        }

    def whoami(self, who: Node | None) -> str:
        return f"u:{self._short_name}\\{who.text('sAMAccountName')}" if who else ""

    @property
    def _short_name(self) -> str:
        return self._head.dn.partition(",")[0].partition("=")[2].upper()

    @property
    def _dns_name(self) -> str:
        return ".".join(part.partition("=")[2] for part in normal(self._head.dn).split(","))

    def at(self, dn: str) -> Node:
        """Also by `<GUID=…>` (MS-ADTS 3.1.1.3.1.2.4)."""
        if guid := re.fullmatch(r"<GUID=([0-9A-Fa-f-]{32,36})>", dn):
            dn = next(iter(self.indexed("objectGUID", guid_octets(guid[1])) or ()), "")
        try:
            return super().at(dn)
        except Refused:
            raise Refused(32, "00002030: No such Base DN") from None

    def start(self, who: Node | None, dn: str) -> Node:
        """Where a search begins. Raises Refused."""
        if who is None:
            raise Refused(1, "000004DC: In order to perform this operation a successful bind must be completed")
        return self.at(dn)

    def matches(self, who: Node | None, node: Node, wanted: Filter) -> bool:
        return holds(wanted, node, lambda name: self.may_see(who, node, name), self._meant) is True

    def _meant(self, name: str, value: bytes) -> bytes:
        """A category may be called by its short name (MS-ADTS 3.1.1.3.1.3.5)."""
        short = name.lower() == "objectcategory" and b"=" not in value
        return self._category(value.decode()).encode() if short else value

    def computed(self, node: Node, names: Iterable[str], *, alone: bool) -> Mapping[str, list[bytes]]:
        """Values that are made when they are asked for. `alone`: by a search for this one entry."""
        found: dict[str, list[bytes]] = {}
        if _FLAGS.lower() in names and node.has_class("user"):
            found[_FLAGS] = [str(computed_flags(node, self._policy(node), self.clock())).encode()]
        if _TOKENS.lower() in names and alone and node.has_class("user"):
            found[_TOKENS] = token_groups(node, self.nodes.values(), self._sid)
        return found

    # ---- who may do what

    def _may_act(self, who: Node | None, node: Node) -> bool:
        """Is this the service account, and one of the people entrusted to it?"""
        person = node.has_class("user") and not node.has_class("computer")
        return who is not None and normal(who.dn) == self._service and person and under(normal(node.dn), self._people)

    def may_see(self, who: Node | None, node: Node, attribute: str = "entry") -> bool:
        """Everybody who is logged in sees nearly everything, as in every Active Directory."""
        if self.is_admin(who):
            return True
        key = normal(node.dn)
        if at_or_under(key, normal(f"CN=Password Settings Container,CN=System,{self._head.dn}")):
            return who is not None and normal(who.dn) == self._service
        return who is not None and (not self._is_confidential(attribute) or self._may_act(who, node))

    def _is_confidential(self, attribute: str) -> bool:
        described = self.below(self._schema, self.indexed("lDAPDisplayName", attribute.encode()), one_level=True)
        return any(each.number("searchFlags") & _CONFIDENTIAL for each in described)

    # ---- logging in

    def bind(self, name: str, password: bytes) -> Node:
        """By DN, userPrincipalName or sAMAccountName, also `DOMAIN\\name` (MS-ADTS 5.1.1.1.1). Raises Refused."""
        node = self._named(name)
        if node is None:
            raise refused(WRONG)
        log_in(node, password, self._policy(node), self.clock())
        return node

    def _named(self, name: str) -> Node | None:
        if node := self.nodes.get(normal(name)):
            return node
        short = name.lower().removeprefix(f"{self._short_name}\\".lower()).removesuffix(f"@{self._dns_name}")
        keys = self.indexed("userPrincipalName", name.encode()) or self.indexed("sAMAccountName", short.encode())
        return next((self.nodes[key] for key in keys or ()), None)

    # ---- changes

    def rename(self, dn: str, leaf: str, superior: str) -> Node:
        node = super().rename(dn, leaf, superior)
        link_members(self.nodes.values())
        return node

    def modify(self, who: Node | None, dn: str, changes: list[Change], controls: Mapping[str, bytes]) -> None:
        """All or nothing: there? allowed? possible? Raises Refused."""
        node = self.at(dn)
        for change in changes:
            may = self._may_act(who, node) and change.name.lower() in self._writable
            if not (may or self.is_admin(who)):
                raise Refused(50, "00002098: insufficient access rights")
        hinted = _obeys_history(controls)
        for change in changes:
            self._demand_possible(node, change, hinted)
        for change in sorted(changes, key=_password_first):
            self._change(node, change)
        self.index(node)
        if self.is_admin(who):  # nobody else can change a group
            link_members(self.nodes.values())

    def _demand_possible(self, node: Node, change: Change, hinted: bool) -> None:
        if change.name.lower() == _PASSWORD:
            self._policy(node).demand(_password_in(change), node, with_history=hinted)
        if change.name.lower() == _LOCKOUT and (change.operation, change.values) != (REPLACE, [b"0"]):
            raise Refused(53, "00000057: lockoutTime can only be set to 0")
        if change.name.lower() == _CHANGED and (change.operation != REPLACE or change.values not in ([b"0"], [b"-1"])):
            raise Refused(53, "00000057: pwdLastSet can only be set to 0 and -1")

    def _change(self, node: Node, change: Change) -> None:
        if change.name.lower() == _PASSWORD:
            self._store_password(node, _password_in(change))
        elif change.name.lower() == _LOCKOUT:
            lift_lock(node)
        elif change.name.lower() == _CHANGED and change.values == [b"-1"]:
            node.put(change.name, [filetime(self.clock())])
        else:
            node.put(change.name, change.applied(node.values(change.name)))

    def _store_password(self, node: Node, password: str) -> None:
        """Lifts no lock and opens no account: a reset does neither here."""
        if node.password is not None:
            node.history = [node.password, *node.history][: self._policy(node).history]
        node.password = StoredPassword.of(password.encode())
        node.put("pwdLastSet", [filetime(self.clock())])

    def _policy(self, node: Node) -> Policy:
        fine = self.nodes.get(normal(node.text("msDS-ResultantPSO")))
        return Policy.fine_grained(fine) if fine else Policy.of_domain(self._head)


def _password_first(change: Change) -> bool:
    """A reset sets pwdLastSet; what else the same modify says of it holds."""
    return change.name.lower() != _PASSWORD


def _obeys_history(controls: Mapping[str, bytes]) -> bool:
    """With the policy hints a reset is judged as a change by the person would be."""
    if ldap.POLICY_HINTS not in controls:
        return False
    (_, flags), *_ = elements(elements(controls[ldap.POLICY_HINTS])[0][1])
    return bool(flags[-1] & 1)


def _password_in(change: Change) -> str:
    """Raises Refused: it may only be replaced, by a value in the right form."""
    if change.operation != REPLACE or len(change.values) != 1:
        raise Refused(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0")
    password = typed_password(change.values[0])
    if password is None:
        raise Refused(53, "00002035: setup_io: it's not allowed to set the NT hash password directly'")
    return password
