"""Files as spreadsheets write them: what is read, what is refused and where, and that nothing is guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resetapp.core.cpr import CprNumber
from resetapp.mapping.faults import Findings, Flaw, Report, shown
from resetapp.mapping.files import MOST_OCTETS, MOST_ROWS, Row, read
from tests.mapping.conftest import number

A, B, C = number(1), number(2), number(3)
HEAD = "cpr;username\n"
DIRECTORIES = ("people", "staff")


def found(content: str | bytes) -> tuple[list[Row], Findings]:
    findings = Findings()
    rows = read(content.encode() if isinstance(content, str) else content, DIRECTORIES, findings)
    return rows, findings


def rows(content: str | bytes) -> list[tuple[int, str, str, str]]:
    """Without a fault."""
    these, findings = found(content)
    assert findings.faults == []
    return [(row.line, row.cpr.digits, row.username, row.directory) for row in these]


def faults(content: str | bytes) -> list[tuple[int, Flaw]]:
    return [(fault.line, fault.flaw) for fault in found(content)[1].report().faults]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f"cpr;username\r\n{A};søren\r\n".encode(), "utf-8"),
        (f"\ufeffcpr;username\n{A};søren".encode(), "utf-8"),
        (f"cpr;username\r{A};søren\r".encode(), "utf-8"),
        (f"cpr;username\n{A};søren\n".encode("iso-8859-1"), "windows-1252"),
        (f"cpr\tusername\r\n{A}\tsøren\r\n".encode("utf-16"), "utf-16"),
        (f"cpr,username\n{A},søren\n".encode(), "utf-8"),
        (f"sep=,\r\ncpr,username\r\n{A},søren\r\n".encode(), "utf-8"),
        (f'"sep=;"\r\nBrugernavn;"CPR-nummer"\r\n"søren";"{A}"\r\n'.encode(), "utf-8"),
        (f"CPR nr.;Brugernavn;Katalog\n{A};  søren  ;\n".encode(), "utf-8"),
    ],
)
def test_what_spreadsheets_write_is_read(content: bytes, encoding: str) -> None:
    these, findings = found(content)
    assert [(row.cpr.digits, row.username) for row in these] == [(A, "søren")]
    assert findings.encoding == encoding


@pytest.mark.parametrize(
    "form",
    [
        *(A, f"{A[:6]}-{A[6:]}", f"{A[:6]} {A[6:]}", f"{A[:2]} {A[2:4]} {A[4:6]} {A[6:]}", f'="{A}"', f"'{A}"),
        *(f'"=""{A}"""', f"{A[:6]}\u2013{A[6:]}", f"{A[:6]}\u00a0{A[6:]}"),
    ],
)
def test_the_number_may_be_written_as_people_write_it(form: str) -> None:
    assert rows(f"{HEAD}{form};s01\n") == [(2, A, "s01", "")]


@pytest.mark.parametrize(
    ("form", "flaw"),
    [
        (A[1:], Flaw.EXCEL_CPR),
        (f"{A[1:6]}-{A[6:]}", Flaw.EXCEL_CPR),
        ("1,02E+09", Flaw.EXCEL_POWER),
        ("1.02e9", Flaw.EXCEL_POWER),
        ("6101901234", Flaw.CPR_REPLACEMENT),
        ("610190-1234", Flaw.CPR_REPLACEMENT),
        ("010203-ABC1", Flaw.CPR_PSEUDO),
        ("010203ÆB12", Flaw.CPR_PSEUDO),
        ("3202571234", Flaw.CPR),
        ("01025712345", Flaw.CPR),
        ("٠١٠٢٥٧٥٠٠٠", Flaw.CPR),
        ("０１０２５７５０００", Flaw.CPR),
        (f"{A[:6]}\u200b{A[6:]}", Flaw.CPR),
        (f"\ufeff{A}", Flaw.CPR),
        ('"1,02E+09"', Flaw.EXCEL_POWER),
        (f"{A}.0", Flaw.CPR),
        ("hemmelig", Flaw.CPR),
        ("", Flaw.CPR_MISSING),
        ('=""', Flaw.CPR_MISSING),
    ],
)
def test_what_is_no_number_is_told_and_never_mended(form: str, flaw: Flaw) -> None:
    assert faults(f"{HEAD}{form};s01\n{B};s02\n") == [(2, flaw)]


def test_only_the_demos_invented_people_may_have_replacement_numbers() -> None:
    content, findings = f"{HEAD}6101901234;s01\nhemmelig;s02\n".encode(), Findings()
    [row] = read(content, DIRECTORIES, findings, invented=True)
    assert (row.cpr.digits, row.username) == ("6101901234", "s01")
    assert [(fault.line, fault.flaw) for fault in findings.faults] == [(3, Flaw.CPR)]
    assert faults(f"{HEAD}6101901234;s01\n") == [(2, Flaw.CPR_REPLACEMENT)]


@pytest.mark.parametrize(
    ("username", "flaw"),
    [
        ("", Flaw.USERNAME_MISSING),
        ("=1+1", Flaw.FORMULA),
        ("+s", Flaw.FORMULA),
        ("-s", Flaw.FORMULA),
        ("@s", Flaw.FORMULA),
        ("s\t1", Flaw.USERNAME),
        ("s\u202e1", Flaw.USERNAME),
        ("s" * 257, Flaw.USERNAME),
        (B, Flaw.USERNAME),
        (f"{B[:6]}-{B[6:]}", Flaw.USERNAME),
        (f"s{B}", Flaw.USERNAME),
        ("０２０２５７５０００", Flaw.USERNAME),
        ("s\u200b1", Flaw.USERNAME),
        ('"s', Flaw.QUOTES),
        ('"s"x', Flaw.QUOTES),
    ],
)
def test_a_username_that_cannot_be_one_is_refused(username: str, flaw: Flaw) -> None:
    assert faults(f"{HEAD}{A};{username}\n{C};s02\n") == [(2, flaw)]
    assert rows(f"{HEAD}{A};{'s' * 256}\n")[0][2] == "s" * 256


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", (0, Flaw.EMPTY)),
        (b"\xef\xbb\xbf\r\n \r\n", (0, Flaw.EMPTY)),
        (HEAD.encode(), (0, Flaw.EMPTY)),
        (b"PK\x03\x04 spreadsheet", (0, Flaw.WORKBOOK)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old one", (0, Flaw.WORKBOOK)),
        (b"cpr;username\n\0;s\n", (0, Flaw.TYPE)),
        ("cpr;username\n".encode("utf-16-le"), (0, Flaw.TYPE)),
        (b"\xff\xfeo", (0, Flaw.TYPE)),
        (f"{A};s01\n".encode(), (1, Flaw.HEADER)),
        (b"cpr;username;phone\n", (1, Flaw.HEADER)),
        (b"cpr;;username\n", (1, Flaw.HEADER)),
        (b"cpr;username;Brugernavn\n", (1, Flaw.HEADER)),
        (b"username\n", (1, Flaw.DELIMITER)),
        (b";;;\n", (1, Flaw.HEADER)),
        (b"cpr;username;\n", (0, Flaw.EMPTY)),
        (b"cpr;username;CPR-nr\n", (1, Flaw.HEADER)),
        (b"\ncpr;directory\n", (2, Flaw.HEADER)),
        (b"cpr\n", (1, Flaw.DELIMITER)),
        (b"sep=;\n\n", (0, Flaw.HEADER)),
    ],
)
def test_a_file_that_is_none_is_told_as_a_whole(content: bytes, fault: tuple[int, Flaw]) -> None:
    assert faults(content) == [fault]


def test_every_fault_of_every_line_is_told_at_once() -> None:
    content = f"{HEAD}{A};s01;x\n1;=s\n\n{B[1:]};s03\n{C};s04\n;;\n"
    assert faults(content) == [(2, Flaw.COLUMNS), (3, Flaw.CPR), (3, Flaw.FORMULA), (5, Flaw.EXCEL_CPR)]
    these, findings = found(content)
    assert [row.line for row in these] == [6]
    assert (findings.counts["rows"], findings.counts["empty"]) == (4, 2)
    assert findings.report().faults[0].other == 3


def test_one_account_with_two_numbers_is_a_fault_on_each_of_its_lines() -> None:
    content = f"{HEAD}{A};s01\n{B};S01\n{C};s02\n{C};s01\n"
    these, findings = found(content)
    assert [(each.line, each.flaw, each.other) for each in findings.report().faults] == [
        (2, Flaw.DUPLICATE, 3),
        (3, Flaw.DUPLICATE, 2),
        (5, Flaw.DUPLICATE, 2),
    ]
    assert [row.line for row in these] == [4]


def test_one_number_on_two_accounts_is_a_person_with_two() -> None:
    assert len(rows(f"{HEAD}{A};s01\n{A};s02\n")) == 2


def test_the_same_line_twice_is_one_row_and_a_warning() -> None:
    these, findings = found(f"{HEAD}{A};s01\n{A};s01\n")
    assert (len(these), findings.faults, findings.warnings["twice"]) == (1, [], 1)


def test_a_number_that_fails_modulus_11_is_only_counted() -> None:
    _, findings = found(f"{HEAD}0101575000;s01\n0101575004;s02\n")
    assert findings.faults == []
    assert findings.warnings["modulus"] == 1


def test_a_directory_must_be_one_of_ours() -> None:
    content = f"username;directory;cpr\ns01;staff;{A}\ns02;;{B}\n"
    assert rows(content) == [(2, A, "s01", "staff"), (3, B, "s02", "")]
    assert faults(content + f"s03;other;{C}\n") == [(4, Flaw.DIRECTORY)]


def test_the_limits_hold_to_the_last_row_and_the_last_octet() -> None:
    content = HEAD + "".join(f"{number(n)};u{n}\n" for n in range(MOST_ROWS))
    assert len(rows(content)) == MOST_ROWS
    these, findings = found(content + f"{A};more\n")
    assert (these, [fault.flaw for fault in findings.faults]) == ([], [Flaw.ROWS])
    full = f"{HEAD}{A};s01\n".encode().ljust(MOST_OCTETS, b"\n")
    assert len(rows(full)) == 1
    assert faults(full + b"\n") == [(0, Flaw.SIZE)]


def test_no_number_stands_in_what_is_kept_or_shown_of_a_file() -> None:
    content = f'{HEAD}{A};s01\n{B};{C}\ns02;{C}\n{A[1:]};{B[1:]}\n{B};{C[:6]} {C[6:]}\n{A};="{B}"\n'
    these, findings = found(content)
    told = f"{these}{findings}{findings.report().stored()}"
    for each in (A, B, C):
        assert each not in told
        assert each[1:] not in told
    assert shown("s01\x07") == "s01…"


def test_a_report_is_kept_and_read_again() -> None:
    report = found(f"{HEAD}1;s01\n")[1].report()
    assert Report.of(report.stored()) == report
    assert Report.of({}) == Report((), {}, {}, "")


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='cpr;,\t"=-\n\r\0 username0123456789æ', max_size=200)))
def test_whatever_is_sent_is_read_or_refused(junk: bytes | str) -> None:
    content = junk.encode() if isinstance(junk, str) else junk
    for whole in (content, HEAD.encode() + content):
        these, findings = found(whole)
        assert all(CprNumber.parse(row.cpr.digits) == row.cpr for row in these)
        assert these or findings.faults
