"""The entries of an embedded directory in memory: where they are, what is at or below a name, and their indexes."""

from collections.abc import Callable, Iterable
from datetime import datetime

from resetapp.demo.ldap_node import Node, Refused, StoredPassword, above, normal, under
from resetapp.demo.ldap_seed import SeedEntry


class Store:
    """What both kinds share. It knows no schema and keeps nothing. One thread at a time."""

    def __init__(
        self, clock: Callable[[], datetime], indexed: Iterable[str], admin: tuple[str, bytes] | None = None
    ) -> None:
        """`indexed`: names of attributes. `admin`: name and password of one who may do everything."""
        self.clock = clock
        self.nodes: dict[str, Node] = {}
        self._index: dict[str, dict[bytes, set[str]]] = {name.lower(): {} for name in indexed}
        self._admin = Node(admin[0], password=StoredPassword.of(admin[1])) if admin else None

    def insert(self, entry: SeedEntry) -> Node:
        node = Node(entry.dn)
        for name, values in entry.attributes.items():
            node.put(name, values)
        if entry.password:
            node.password = StoredPassword.of(entry.password.encode())
        self.nodes[normal(entry.dn)] = node
        self.index(node)
        return node

    def at(self, dn: str) -> Node:
        try:
            return self.nodes[normal(dn)]
        except KeyError:
            raise Refused(32) from None

    def below(self, dn: str, among: Iterable[str] | None = None, *, one_level: bool = False) -> list[Node]:
        """The entries below this name; `among`: only these keys need be looked at."""
        top = normal(dn)
        return [self.nodes[key] for key in (self.nodes if among is None else among) if under(key, top, one_level)]

    def index(self, node: Node) -> None:
        """To be told after every change of the entry."""
        key = normal(node.dn)
        self._forget(key)
        for name, table in self._index.items():
            for value in node.values(name):
                table.setdefault(value.lower(), set()).add(key)

    def _forget(self, key: str) -> None:
        for table in self._index.values():
            for keys in table.values():
                keys.discard(key)

    def indexed(self, name: str, value: bytes) -> set[str] | None:
        """Keys of the entries with this value; None when there is no index for the attribute."""
        table = self._index.get(name.lower())
        return None if table is None else table.get(value.lower(), set())

    def remove(self, dn: str) -> None:
        key = normal(self.at(dn).dn)
        del self.nodes[key]
        self._forget(key)

    def rename(self, dn: str, leaf: str, superior: str) -> Node:
        """`leaf`: the new first part. `superior`: the name of the entry above, "" = as before. Leaves only."""
        node = self.at(dn)
        old = normal(node.dn)
        if self.below(dn):
            raise Refused(66)
        top = self.at(superior or above(node.dn)).dn
        self.remove(dn)
        node.dn = f"{leaf},{top}"
        attribute, _, value = leaf.partition("=")
        node.put(attribute.lower(), [value])
        self.nodes[normal(node.dn)] = node
        self.index(node)
        self._follow(old, node.dn)
        return node

    def _follow(self, old: str, dn: str) -> None:
        """Members are named by their DN."""
        for node in self.nodes.values():
            members = node.texts("member")
            if old in map(normal, members):
                node.put("member", [dn if normal(member) == old else member for member in members])

    def is_admin(self, who: Node | None) -> bool:
        return who is not None and who is self._admin

    def admin_named(self, name: str) -> Node | None:
        return self._admin if self._admin is not None and normal(name) == normal(self._admin.dn) else None
