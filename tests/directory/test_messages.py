"""Searches as octets: what ldap3 would send itself, and answers that are none."""

import pytest
from ldap3 import DEREF_NEVER
from ldap3.operation.search import search_operation
from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp
from ldap3.strategy.base import encode

from resetapp.directory.messages import SearchAnswer, search_request

DONE = bytes.fromhex("300c02010765070a010004000400")
ENTRY = bytes.fromhex("301602010764110403613d62300a300804014f3103040178")


@pytest.mark.parametrize("number", [1, 127, 128, 255, 256, 32767, 32768, 2**31 - 1])
@pytest.mark.parametrize("subtree", [True, False])
@pytest.mark.parametrize("attributes", [("1.1",), ("uid",) * 30, tuple(f"attribute{n}" for n in range(40))])
def test_a_request_is_octet_for_octet_what_ldap3_would_send(
    number: int, subtree: bool, attributes: tuple[str, ...]
) -> None:
    base, condition = "ou=Sønderjylland,dc=example", r"(&(|(cpr=\30101)(!(x=*)))(objectClass=person))"
    scope = "SUBTREE" if subtree else "BASE"
    operation = search_operation(
        base, condition, scope, DEREF_NEVER, list(attributes), 200, 10, False, False, False, None, None, False
    )
    message = LDAPMessage()
    message["messageID"] = MessageID(number)
    message["protocolOp"] = ProtocolOp().setComponentByName("searchRequest", operation)
    ours = search_request(number, base, condition, attributes, subtree=subtree, limits=(200, 10))
    assert ours == encode(message)


def test_entries_and_the_result_code_are_read() -> None:
    answer = SearchAnswer(7)
    answer.take([ENTRY])
    assert answer.code is None
    answer.take([DONE])
    assert answer.code == 0
    assert [(entry.dn, dict(entry.attributes)) for entry in answer.entries] == [("a=b", {"o": (b"x",)})]


@pytest.mark.parametrize("received", [[], [DONE, ENTRY], [DONE, DONE]])
def test_a_closed_connection_and_what_comes_after_the_end_are_no_answer(received: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"closed|this search"):
        SearchAnswer(7).take(received)


@pytest.mark.parametrize("number", [0, 6, 8])
def test_an_answer_to_another_request_is_no_answer(number: int) -> None:
    with pytest.raises(ValueError, match="this search"):
        SearchAnswer(number).take([DONE])


def test_an_answer_to_another_operation_is_no_answer() -> None:
    modified = DONE.replace(b"\x65", b"\x67", 1)
    with pytest.raises(ValueError, match="to a search"):
        SearchAnswer(7).take([modified])
