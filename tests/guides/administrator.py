"""Somebody who may do everything, at work in a directory."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from ldap3 import BASE, MODIFY_ADD, MODIFY_REPLACE, Connection

from tests.servers.running import RunningServer


class Administrator:
    """Each method fails when the server refuses."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, str] | None = None) -> None:
        with self._bound() as connection:
            _accepted(connection.add(dn, list(classes), dict(attributes or {}))[1])

    def add_values(self, dn: str, attribute: str, *values: str) -> None:
        with self._bound() as connection:
            _accepted(connection.modify(dn, {attribute: [(MODIFY_ADD, list(values))]})[1])

    def replace(self, dn: str, attribute: str, value: str) -> None:
        with self._bound() as connection:
            _accepted(connection.modify(dn, {attribute: [(MODIFY_REPLACE, [value])]})[1])

    def sees(self, dn: str, attribute: str) -> list[bytes]:
        with self._bound() as connection:
            found = connection.search(dn, "(objectClass=*)", BASE, attributes=[attribute])[2]
        return [value for entry in found for value in entry["raw_attributes"].get(attribute, [])]

    @contextlib.contextmanager
    def _bound(self) -> Iterator[Connection]:
        connection = self._server.admin()
        try:
            yield connection
        finally:
            connection.unbind()


def _accepted(result: Mapping[str, object]) -> None:
    assert result["result"] == 0, result
