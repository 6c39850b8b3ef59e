"""Files that somebody has made by hand, in haste or on purpose: what is wrong is told at its line, and no number is."""

import io
import zipfile

import pytest

from resetapp.mapping.faults import Fault, Findings, Flaw, shown
from resetapp.mapping.files import MOST_OCTETS, Row, read
from tests.mapping.conftest import number

A, B, C = number(1), number(2), number(3)


def found(content: str | bytes) -> tuple[list[Row], list[Fault]]:
    findings = Findings()
    rows = read(content.encode() if isinstance(content, str) else content, ("people",), findings)
    return rows, list(findings.report().faults)


def people(content: str | bytes) -> list[tuple[int, str, str]]:
    """Line, number and username of each row of a file without a fault."""
    rows, faults = found(content)
    assert faults == []
    return [(row.line, row.cpr.digits, row.username) for row in rows]


def faults(content: str | bytes) -> list[tuple[int, Flaw]]:
    return [(fault.line, fault.flaw) for fault in found(content)[1]]


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_its_mark(mark: str) -> None:
    text = f"cpr;username\r\n{A};søren\r\n"
    assert people(f"\ufeff{text}".encode(mark)) == [(2, A, "søren")]
    assert faults(text.encode(mark)) == [(0, Flaw.TYPE)]
    assert faults(f"\ufeff{text}".encode(mark)[:-1]) == [(0, Flaw.TYPE)]  # cut off in the middle of a letter


def test_the_signs_of_windows_are_read_and_a_dash_in_a_number_is_one() -> None:
    content = f"cpr;username\r\n{A[:6]}–{A[6:]};løn€\r\n".encode("windows-1252")
    assert people(content) == [(2, A, "løn€")]
    assert people(f"cpr;username\n{A[:6]}\u202f\u2212 {A[6:]};s01\n") == [(2, A, "s01")]


def test_lines_end_as_they_like_and_keep_their_numbers() -> None:
    assert [line for line, _, _ in people(f"cpr;username\r{A};s01\r\n{B};s02\n\r{C};s03")] == [2, 3, 5]
    odd = f"cpr;username\n{A};s\x0b1\n{B};s\u20282\n{C};s\x853\n1;s04\n"  # Python would break lines at these
    assert faults(odd) == [(2, Flaw.USERNAME), (3, Flaw.USERNAME), (4, Flaw.USERNAME), (5, Flaw.CPR)]


def test_a_line_end_between_quotation_marks_spoils_its_two_lines_and_no_other() -> None:
    content = f'cpr;username\n{A};"s\n01"\n{B};s02\n1;s03\n'
    assert faults(content) == [(2, Flaw.QUOTES), (3, Flaw.COLUMNS), (5, Flaw.CPR)]
    assert [row.line for row in found(content)[0]] == [4]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_delimiters_at_the_end_hold_nothing(delimiter: str) -> None:
    lines = ("cpr;username;;", f"{A};s01;;", f"{B};s02", ";;;", f"{C};s03;", "", ";;")
    assert [name for _, _, name in people("\r\n".join(lines).replace(";", delimiter))] == ["s01", "s02", "s03"]
    told = "\n".join((*lines, f"{number(4)};s04;;x")).replace(";", delimiter)
    assert [(each.line, each.flaw, each.other) for each in found(told)[1]] == [(8, Flaw.COLUMNS, 4)]


@pytest.mark.parametrize(
    "head", ["CPR;USERNAME", " Cpr-nr. ; Bruger navn ", '"CPR_nummer";"Konto"', "personnummer;brugernavn;KATALOG"]
)
def test_the_headings_may_be_danish_in_any_case_and_with_spaces(head: str) -> None:
    row = f"{A};s01;people" if head.count(";") > 1 else f"{A};s01"
    assert people(f"{head}\n{row}\n") == [(2, A, "s01")]


def test_a_workbook_is_told_as_one_whatever_its_name() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    assert faults(packed.getvalue()) == [(0, Flaw.WORKBOOK)]


def test_one_endless_line_is_refused_at_once() -> None:
    assert faults(b"x" * (3 * 1024 * 1024)) == [(0, Flaw.SIZE)]
    assert faults(f"cpr;username\n{A};".encode().ljust(MOST_OCTETS, b"s")) == [(2, Flaw.USERNAME)]
    assert faults(f'cpr;username\n{A};"'.encode().ljust(MOST_OCTETS - 1, b"s") + b'"') == [(2, Flaw.QUOTES)]
    assert faults(f"cpr;username\n{A};".encode().ljust(MOST_OCTETS, b";"))[0] == (2, Flaw.USERNAME_MISSING)


def test_a_nul_anywhere_makes_it_no_text() -> None:
    assert faults(f"cpr;username\n{A};s01\n{B};s\0\n") == [(0, Flaw.TYPE)]


@pytest.mark.parametrize(
    "hidden",
    [
        B,
        B[1:],
        f"{B[:6]}-{B[6:]}",
        f"{B[:4]}\u200b{B[4:]}",
        " ".join(B),
        "-".join(B),
        "_".join(B),
        "".join(chr(ord(digit) + 0xFEE0) for digit in B),  # full-width
        "".join(chr(ord(digit) + 0x630) for digit in B),  # Arabic
        f"s{B}x",
    ],
)
def test_a_number_where_a_username_should_be_is_never_shown(hidden: str) -> None:
    """As when the columns are mixed up."""
    rows, told = found(f"cpr;username\n1;{hidden}\n")
    assert (rows, {(fault.line, fault.username) for fault in told}) == ([], {(2, "…")})
    assert hidden not in repr(told)
    assert shown(f"{hidden}-konto") == "…"


def test_names_with_some_digits_are_shown() -> None:
    assert shown("s2026-0123") == "s2026-0123"
    assert shown("au12345678") == "au12345678"
