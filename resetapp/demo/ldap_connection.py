"""One client of the embedded directory: LDAP messages in, answers out (RFC 4511)."""

import asyncio
import ssl
from dataclasses import dataclass

from resetapp.demo.domain_tree import DomainTree
from resetapp.demo.ldap_ber import BadEncoding, Element, elements, encoded, integer, octets, sequence
from resetapp.demo.ldap_filters import candidates
from resetapp.demo.ldap_messages import (
    ABANDON,
    ADD,
    ANSWERS,
    BASE,
    BIND,
    DELETE,
    ENTRY,
    EXTENDED,
    MODIFY,
    ONE_LEVEL,
    PAGED_RESULTS,
    POLICY_CONTROL,
    RENAME,
    SEARCH,
    START_TLS,
    SUBTREE,
    UNBIND,
    WHO_AM_I,
)
from resetapp.demo.ldap_node import Change, Node, Refused
from resetapp.demo.ldap_seed import SeedEntry
from resetapp.demo.ldap_tree import Tree

AnyTree = Tree | DomainTree
_NO_ATTRIBUTES = "1.1"
_LARGEST_MESSAGE = 1 << 20


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
        self, tree: AnyTree, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext
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
            if request.critical - self._tree.controls.get(request.tag, frozenset()):
                raise Refused(12, "critical extension is not recognized")
            if request.tag == EXTENDED:
                await self._extended(request)
            elif request.tag == SEARCH:
                self._result(request, control=self._search(request))
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
        elif not self._tree.is_admin(self._who):
            raise Refused(53, "not supported here")
        else:
            self._administer(request)

    def _administer(self, request: Request) -> None:
        if request.tag == DELETE:
            self._tree.remove(request.body.decode())
        elif request.tag == RENAME:
            (_, dn), (_, leaf), _, *superior = elements(request.body)
            self._tree.rename(dn.decode(), leaf.decode(), superior[0][1].decode() if superior else "")
        elif request.tag == ADD:
            (_, dn), (_, attributes) = elements(request.body)
            self._tree.add(SeedEntry(dn.decode(), dict(_texts(each) for _, each in elements(attributes))))
        else:
            raise Refused(53, "not supported here")

    def _result(
        self, request: Request, refused: Refused | None = None, extra: bytes = b"", control: bytes = b""
    ) -> None:
        """slapd sends the policy control with every bind's answer when asked, with a modify's only to tell an error."""
        code, text = (refused.code, refused.text) if refused else (0, "")
        answer = sequence(integer(code, 0x0A), octets(""), octets(text), extra, tag=ANSWERS.get(request.tag, 0x78))
        error = refused.policy_error if refused else None
        controls = sequence(control, tag=0xA0) if control else b""
        asked = {POLICY_CONTROL} & self._tree.controls.get(request.tag, frozenset()) & set(request.controls)
        if asked and (error is not None or request.tag == BIND):
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
            raise Refused(*self._tree.unencrypted)
        self._who = self._tree.bind(name.decode(), password)

    # ---- search

    def _search(self, request: Request) -> bytes:
        """The control that goes with the result, empty unless pages were asked for."""
        base, scope, _, limit, _, _, wanted, names = elements(request.body)
        attributes = [name.decode().lower() for _, name in elements(names[1])]
        at, depth, at_most = base[1].decode(), scope[1][0], int.from_bytes(limit[1], "big")
        if not at and depth == BASE:
            self._send_entry(request, self._root(), attributes)
            return b""
        nodes = [node for node in self._range(at, depth, wanted) if self._found(node, wanted)]
        part, control = _page(request, nodes)
        for number, node in enumerate(part):
            if at_most and number == at_most:
                raise Refused(4)
            self._send_entry(request, node, attributes, alone=depth == BASE)
        return control

    def _found(self, node: Node, wanted: Element) -> bool:
        return self._tree.may_see(self._who, node) and self._tree.matches(self._who, node, wanted)

    def _range(self, at: str, depth: int, wanted: Element) -> list[Node]:
        top = self._tree.start(self._who, at)
        if depth == BASE:
            return [top]
        below = self._tree.below(top.dn, candidates(wanted, self._tree.indexed), one_level=depth == ONE_LEVEL)
        return [top, *below] if depth == SUBTREE else below

    def _root(self) -> Node:
        root = Node("")
        root.put("supportedLDAPVersion", ["3"])
        root.put("supportedExtension", [START_TLS, WHO_AM_I])
        root.put("vendorName", ["resetapp demo"])
        for name, values in self._tree.root().items():
            root.put(name, values)
        return root

    def _send_entry(self, request: Request, node: Node, wanted: list[str], *, alone: bool = False) -> None:
        everything = not wanted or "*" in wanted or "+" in wanted
        computed = self._tree.computed(node, wanted, alone=alone) if node.dn else {}
        stored = {name: values for key, (name, values) in node.attributes.items() if everything or key in wanted}
        shown = [
            sequence(octets(name), sequence(*map(octets, values), tag=0x31))
            for name, values in {**stored, **computed}.items()
            if not node.dn or self._tree.may_see(self._who, node, name)
        ]
        attributes = [] if wanted == [_NO_ATTRIBUTES] else shown
        self._send(request, sequence(octets(node.dn), sequence(*attributes), tag=ENTRY))

    def _modify(self, request: Request) -> None:
        (_, dn), (_, changes) = elements(request.body)
        todo = [_change(change) for _, change in elements(changes)]
        self._tree.modify(self._who, dn.decode(), todo, request.controls)

    # ---- extended

    async def _extended(self, request: Request) -> None:
        name = dict(elements(request.body))[0x80].decode()
        if name == START_TLS and not self._encrypted:
            self._result(request, extra=octets(START_TLS, 0x8A))
            await self._writer.drain()
            await self._writer.start_tls(self._tls)
            self._encrypted = True
        elif name == WHO_AM_I:
            self._result(request, extra=octets(self._tree.whoami(self._who), 0x8B))
        else:
            raise Refused(2, "unsupported extended operation")


def _page(request: Request, nodes: list[Node]) -> tuple[list[Node], bytes]:
    """What goes into this answer, and the control that leads to the next (RFC 2696). The cookie is the place in all."""
    if PAGED_RESULTS not in request.controls:
        return nodes, b""
    (_, size), (_, cookie) = elements(elements(request.controls[PAGED_RESULTS])[0][1])
    first = int(cookie or b"0")
    end = first + int.from_bytes(size, "big")
    value = sequence(integer(0), octets(str(end) if end < len(nodes) else ""))
    return nodes[first:end], sequence(octets(PAGED_RESULTS), octets(value))


def _change(change: bytes) -> Change:
    (_, operation), (_, attribute) = elements(change)
    (_, name), (_, values) = elements(attribute)
    return Change(operation[0], name.decode(), [value for _, value in elements(values)])


def _texts(attribute: bytes) -> tuple[str, tuple[str, ...]]:
    (_, name), (_, values) = elements(attribute)
    return name.decode(), tuple(value.decode() for _, value in elements(values))
