"""One client of the embedded directory: LDAP messages in, answers out (RFC 4511)."""

import asyncio
import ssl
from dataclasses import dataclass

from resetapp.demo.ldap_ber import BadEncoding, Element, elements, encoded, integer, octets, sequence
from resetapp.demo.ldap_filters import candidates, holds
from resetapp.demo.ldap_seed import SUFFIX
from resetapp.demo.ldap_tree import Node, Refused, Tree

BIND, UNBIND, SEARCH, MODIFY, DELETE, ABANDON, EXTENDED = 0x60, 0x42, 0x63, 0x66, 0x4A, 0x50, 0x77
_ENTRY = 0x64
_ANSWERS = {BIND: 0x61, SEARCH: 0x65, MODIFY: 0x67, 0x68: 0x69, DELETE: 0x6B, 0x6C: 0x6D, 0x6E: 0x6F, EXTENDED: 0x78}
POLICY_CONTROL = "1.3.6.1.4.1.42.2.27.8.5.1"
ASSERTION_CONTROL = "1.3.6.1.1.12"
_KNOWN_CONTROLS = {BIND: {POLICY_CONTROL}, MODIFY: {POLICY_CONTROL, ASSERTION_CONTROL}}
_START_TLS = "1.3.6.1.4.1.1466.20037"
_WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
_NO_ATTRIBUTES = "1.1"
_LARGEST_MESSAGE = 1 << 20
_ADD, _DELETE, _REPLACE = range(3)
_BASE, _ONE_LEVEL, _SUBTREE = range(3)


@dataclass(frozen=True, slots=True)
class Request:
    message_id: int
    tag: int
    body: bytes
    controls: dict[str, bytes]  # their values by OID
    critical: frozenset[str]


class LdapConnection:
    """Answers until the client leaves or says something that is not LDAP."""

    def __init__(
        self, tree: Tree, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext
    ) -> None:
        self._tree, self._reader, self._writer, self._tls = tree, reader, writer, tls
        self._encrypted = writer.get_extra_info("ssl_object") is not None
        self._who: Node | None = None

    async def serve(self) -> None:
        try:
            while (request := await self._next()).tag != UNBIND:
                if request.tag != ABANDON:
                    await self._answer(request)
                    await self._writer.drain()
        except (asyncio.IncompleteReadError, OSError, BadEncoding, ValueError):
            pass  # gone, or no LDAP: nothing to say to it
        finally:
            self._writer.close()

    async def _next(self) -> Request:
        head = await self._reader.readexactly(2)
        size = head[1]
        if size & 0x80:
            size = int.from_bytes(await self._reader.readexactly(size & 0x7F), "big")
        if head[0] != 0x30 or size > _LARGEST_MESSAGE:
            raise BadEncoding("not an LDAP message")
        (_, number), (tag, body), *rest = elements(await self._reader.readexactly(size))
        controls = [elements(control) for _, control in elements(rest[0][1])] if rest and rest[0][0] == 0xA0 else []
        return Request(
            int.from_bytes(number, "big"),
            tag,
            body,
            {parts[0][1].decode(): parts[-1][1] if parts[-1][0] == 0x04 else b"" for parts in controls},
            frozenset(parts[0][1].decode() for parts in controls if (0x01, b"\xff") in parts),
        )

    async def _answer(self, request: Request) -> None:
        try:
            if request.critical - _KNOWN_CONTROLS.get(request.tag, set()):
                raise Refused(12, "critical extension is not recognized")
            if request.tag == EXTENDED:
                await self._extended(request)
            elif request.tag == SEARCH:
                self._search(request)
                self._result(request)
            else:
                self._act(request)
                self._result(request)
        except Refused as refused:
            self._result(request, refused)
        except (ValueError, LookupError):
            self._result(request, Refused(2, "protocol error"))

    def _act(self, request: Request) -> None:
        if request.tag == BIND:
            self._bind(request)
        elif request.tag == MODIFY:
            self._modify(request)
        elif request.tag == DELETE and self._tree.is_admin(self._who):
            self._tree.remove(request.body.decode())
        else:
            raise Refused(53, "not supported here")

    def _result(self, request: Request, refused: Refused | None = None, extra: bytes = b"") -> None:
        """slapd sends the policy control with every bind's answer when asked, with a modify's only to tell an error."""
        code, text = (refused.code, refused.text) if refused else (0, "")
        answer = sequence(integer(code, 0x0A), octets(""), octets(text), extra, tag=_ANSWERS.get(request.tag, 0x78))
        error = refused.policy_error if refused else None
        controls = b""
        if POLICY_CONTROL in request.controls and (error is not None or request.tag == BIND):
            value = sequence(b"" if error is None else encoded(0x81, bytes((error,))))
            controls = sequence(sequence(octets(POLICY_CONTROL), octets(value)), tag=0xA0)
        self._send(request, answer + controls)

    def _send(self, request: Request, answer: bytes) -> None:
        self._writer.write(sequence(integer(request.message_id), answer))

    def _bind(self, request: Request) -> None:
        _, (_, name), (method, password) = elements(request.body)
        self._who = None
        if method != 0x80:
            raise Refused(7, "only simple binds")
        if not password:
            return  # anonymous, or unauthenticated (RFC 4513, section 5.1.2): nobody either way
        if not self._encrypted:
            raise Refused(13, "confidentiality required")
        self._who = self._tree.bind(name.decode(), password)

    # ---- search

    def _search(self, request: Request) -> None:
        base, scope, _, limit, _, _, wanted, names = elements(request.body)
        attributes = [name.decode().lower() for _, name in elements(names[1])]
        at, depth, at_most = base[1].decode(), scope[1][0], int.from_bytes(limit[1], "big")
        if not at and depth == _BASE:
            return self._send_entry(request, self._root(), attributes)
        found = 0
        for node in self._range(at, depth, wanted):
            if self._tree.may_see(self._who, node) and self._matches(wanted, node):
                found += 1
                if at_most and found > at_most:
                    raise Refused(4)
                self._send_entry(request, node, attributes)
        return None

    def _range(self, at: str, depth: int, wanted: Element) -> list[Node]:
        top = self._tree.at(at)
        if not self._tree.may_see(self._who, top):
            raise Refused(32)  # as if it were not there
        if depth == _BASE:
            return [top]
        below = self._tree.below(at, candidates(wanted, self._tree), one_level=depth == _ONE_LEVEL)
        return [top, *below] if depth == _SUBTREE else below

    def _matches(self, wanted: Element, node: Node) -> bool:
        return holds(wanted, node, lambda name: self._tree.may_see(self._who, node, name)) is True

    def _root(self) -> Node:
        root = Node("")
        root.put("namingContexts", [SUFFIX])
        root.put("supportedLDAPVersion", ["3"])
        root.put("supportedControl", [POLICY_CONTROL, ASSERTION_CONTROL])
        root.put("supportedExtension", [_START_TLS, _WHO_AM_I])
        root.put("vendorName", ["resetapp demo"])
        return root

    def _send_entry(self, request: Request, node: Node, wanted: list[str]) -> None:
        everything = not wanted or "*" in wanted or "+" in wanted
        shown = [
            sequence(octets(name), sequence(*map(octets, values), tag=0x31))
            for key, (name, values) in node.attributes.items()
            if (everything or key in wanted) and (not node.dn or self._tree.may_see(self._who, node, key))
        ]
        attributes = [] if wanted == [_NO_ATTRIBUTES] else shown
        self._send(request, sequence(octets(node.dn), sequence(*attributes), tag=_ENTRY))

    # ---- modify, in slapd's order: there? good password? assertion? allowed? possible?

    def _modify(self, request: Request) -> None:
        (_, dn), (_, changes) = elements(request.body)
        node = self._tree.at(dn.decode())
        todo = [_change(change) for _, change in elements(changes)]
        admin = self._tree.is_admin(self._who)
        for operation, name, values in todo:
            if name.lower() == "userpassword" and operation != _DELETE and not admin:
                self._tree.demand_good_password(node, values[0])
        if ASSERTION_CONTROL in request.controls:
            wanted = elements(request.controls[ASSERTION_CONTROL])[0]
            if not self._matches(wanted, node):
                raise Refused(122)
        for _, name, _ in todo:
            if not (admin or (name.lower() == "userpassword" and self._tree.may_set_password(self._who, node))):
                raise Refused(50)
        for operation, name, values in todo:
            self._change(node, operation, name, values)

    def _change(self, node: Node, operation: int, name: str, values: list[bytes]) -> None:
        if name.lower() != "userpassword":
            kept = [value for value in node.values(name) if value not in values] if operation != _REPLACE else []
            gone = operation == _DELETE and values
            node.put(name, kept if gone else [] if operation == _DELETE else [*kept, *values])
        elif operation == _DELETE:
            raise Refused(16, "modify/delete: userPassword: no such value")  # it is kept as a hash: no value equals it
        else:
            self._tree.store_password(node, values[0])

    # ---- extended

    async def _extended(self, request: Request) -> None:
        name = dict(elements(request.body))[0x80].decode()
        if name == _START_TLS and not self._encrypted:
            self._result(request, extra=octets(_START_TLS, 0x8A))
            await self._writer.drain()
            await self._writer.start_tls(self._tls)
            self._encrypted = True
        elif name == _WHO_AM_I:
            self._result(request, extra=octets(f"dn:{self._who.dn}" if self._who else "", 0x8B))
        else:
            raise Refused(2, "unsupported extended operation")


def _change(change: bytes) -> tuple[int, str, list[bytes]]:
    (_, operation), (_, attribute) = elements(change)
    (_, name), (_, values) = elements(attribute)
    return operation[0], name.decode(), [value for _, value in elements(values)]
