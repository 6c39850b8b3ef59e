"""Searches as octets: what ldap3 would send itself, and answers that are none."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3 import DEREF_NEVER
from ldap3.operation.search import compile_filter, parse_filter, search_operation
from ldap3.protocol.convert import build_controls_list
from ldap3.protocol.rfc2696 import Cookie, RealSearchControlValue, Size, paged_search_control
from ldap3.protocol.rfc4511 import (
    LDAPMessage,
    MessageID,
    PartialAttributeList,
    ProtocolOp,
    SearchResultEntry,
    Vals,
)
from ldap3.strategy.base import encode

from resetapp.directory import filters
from resetapp.directory.entries import Entry
from resetapp.directory.messages import Page, Search, SearchAnswers, search_filter, search_request

NO_FILTERS = (
    *(
        "",
        "(",
        ")",
        "()",
        "(&)",
        "(|)",
        "(!)",
        "uid=a",
        "(uid=a",
        "(uid=a))",
        "(uid=a)(uid=b)",
        "(!(a=b)(c=d))",
        "(=a)",
    ),
    *("(uid=a*)", "(uid>=a)", "(uid:=a)", "(uid=a\\)", "(uid=\\2)", "(uid=a\0)", "(uid=(a))", "(&(uid=a)", " (uid=a)"),
)
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
    search = Search(base, condition, attributes, subtree, size_limit=200)
    assert search_request(number, search, 10) == encode(message)
    assert search_request(number, dataclasses.replace(search, seconds=10), 99) == encode(message)


@pytest.mark.parametrize("cookie", [b"", b"\0\xff", b"x" * 300])
def test_a_page_is_asked_for_octet_for_octet_as_ldap3_would(cookie: bytes) -> None:
    search = Search("dc=example", "(uid=*)", ("uid",))
    plain = search_request(7, search, 10)
    control = encode(build_controls_list([paged_search_control(True, 500, cookie)]))
    paged = search_request(7, dataclasses.replace(search, page=Page(500, cookie)), 10)
    assert paged[paged.index(plain[2:]) :] == plain[2:] + b"\xa0" + control[1:]


@given(st.lists(st.text(), min_size=1), st.text())
def test_a_filter_is_octet_for_octet_what_ldap3_would_send(values: list[str], other: str) -> None:
    named = filters.some(filters.equals("uid", value) for value in values)
    without = filters.without(filters.every(filters.present("1.2.3"), filters.holds("x-y", other.encode("utf-16"))))
    for text in (named, without, filters.every(named, without)):
        theirs = compile_filter(parse_filter(text, None, False, False, None, False).elements[0])
        assert search_filter(text) == encode(theirs)


@pytest.mark.parametrize("text", NO_FILTERS)
def test_what_is_no_filter_of_ours_is_never_sent(text: str) -> None:
    with pytest.raises(ValueError, match="no filter"):
        search_filter(text)


def test_entries_and_the_result_code_are_read() -> None:
    answers = SearchAnswers([7])
    answers.take([ENTRY])
    assert not answers.complete
    answers.take([DONE])
    assert answers.complete
    assert answers.in_order() == [(0, [Entry("a=b", {"o": (b"x",)})])]


def test_the_way_to_the_next_page_is_read() -> None:
    answers = SearchAnswers([7])
    answers.take([DONE])
    assert answers.cookie is None
    for cookie in (b"", b"\0\xff"):
        value = encode(RealSearchControlValue().setComponents(Size(0), Cookie(cookie)))
        oid = b"1.2.840.113556.1.4.319"
        control = b"\x04" + bytes([len(oid)]) + oid + b"\x04" + bytes([len(value)]) + value
        controls = b"\xa0" + bytes([len(control) + 2]) + b"\x30" + bytes([len(control)]) + control
        answers = SearchAnswers([7])
        answers.take([b"\x30" + bytes([len(DONE) - 2 + len(controls)]) + DONE[2:] + controls])
        assert answers.cookie == cookie


def test_the_answers_to_several_searches_may_come_mixed() -> None:
    answers = SearchAnswers([8, 7])
    answers.take([ENTRY, _numbered(8, ENTRY), DONE])
    assert not answers.complete
    answers.take([_numbered(8, ENTRY), _numbered(8, DONE.replace(b"\x0a\x01\x00", b"\x0a\x01\x04"))])
    assert [(code, len(entries)) for code, entries in answers.in_order()] == [(4, 2), (0, 1)]


def _numbered(number: int, message: bytes) -> bytes:
    return message.replace(b"\x02\x01\x07", bytes((2, 1, number)), 1)


@pytest.mark.parametrize("received", [[], [DONE, ENTRY], [DONE, DONE]])
def test_a_closed_connection_and_what_comes_after_the_end_are_no_answer(received: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"closed|this search"):
        SearchAnswers([7]).take(received)


@pytest.mark.parametrize("number", [0, 6, 8])
def test_an_answer_to_another_request_is_no_answer(number: int) -> None:
    with pytest.raises(ValueError, match="this search"):
        SearchAnswers([number]).take([DONE])


def test_an_answer_to_another_operation_is_no_answer() -> None:
    modified = DONE.replace(b"\x65", b"\x67", 1)
    with pytest.raises(ValueError, match="to a search"):
        SearchAnswers([7]).take([modified])


@given(
    st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9;-]{0,20}", fullmatch=True), st.lists(st.binary(max_size=200))),
    st.integers(1, 2**31 - 1),
)
def test_an_entry_is_read_as_ldap3_writes_it(values: dict[str, list[bytes]], number: int) -> None:
    attributes = PartialAttributeList()
    for place, (name, octets) in enumerate(values.items()):
        attributes[place]["type"] = name
        attributes[place]["vals"] = Vals().setComponents(*octets) if octets else Vals().clear()
    found = (
        SearchResultEntry()
        .setComponentByName("object", "cn=Sønderjylland")
        .setComponentByName("attributes", attributes)
    )
    message = LDAPMessage()
    message["messageID"] = MessageID(number)
    message["protocolOp"] = ProtocolOp().setComponentByName("searchResEntry", found)
    answers = SearchAnswers([number])
    answers.take([encode(message), _numbered_anew(DONE, number)])
    read = {name.lower(): sorted(octets) for name, octets in values.items()}
    [(code, [entry])] = answers.in_order()
    assert (code, entry.dn) == (0, "cn=Sønderjylland")
    assert {name: sorted(octets) for name, octets in entry.attributes.items()} == read


def _numbered_anew(message: bytes, number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes((0x30, len(message) - 3 + len(octets), 2, len(octets))) + octets + message[5:]


@pytest.mark.parametrize(
    "octets",
    [
        *(ENTRY[:cut] for cut in range(1, len(ENTRY))),
        ENTRY + b"\x00",
        ENTRY.replace(b"\x30\x16", b"\x30\x80", 1),  # a length that only shows at the end: not in LDAP
        ENTRY.replace(b"\x30\x0a", b"\x30\x0c", 1),
        ENTRY.replace(b"\x30\x16", b"\x04\x16", 1),
        ENTRY.replace(b"\x02\x01\x07", b"\x04\x01\x07", 1),
    ],
)
def test_what_is_cut_off_or_no_message_is_no_answer(octets: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        SearchAnswers([7]).take([octets])
