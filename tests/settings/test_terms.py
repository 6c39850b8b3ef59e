"""The terms record: what it may hold, and when it is complete."""

from datetime import date
from pathlib import Path

import pytest

from resetapp.settings import Terms, load
from resetapp.settings.terms import REQUIRED
from tests.builders import A_RECORD
from tests.settings.written import filled_in, only_fault, with_line, write


def test_it_is_empty_at_first_and_the_login_closed(folder: Path) -> None:
    terms = load(write(folder, filled_in())).terms
    assert terms == Terms()
    assert terms.left_empty == REQUIRED
    assert not terms.login_open


def test_a_complete_record_opens_the_login_and_the_switch_closes_it() -> None:
    assert A_RECORD.left_empty == ()
    assert A_RECORD.login_open
    assert not Terms(**{key: getattr(A_RECORD, key) for key in REQUIRED}, login=False).login_open


@pytest.mark.parametrize("missing", REQUIRED)
def test_every_key_is_needed(missing: str) -> None:
    kept = {key: getattr(A_RECORD, key) for key in REQUIRED if key != missing}
    assert Terms(**kept).left_empty == (missing,)
    assert not Terms(**kept).login_open


@pytest.mark.parametrize("written", ['"2026-01-31"', "2026-01-31"])
def test_a_date_is_read_with_and_without_quotes(folder: Path, written: str) -> None:
    terms = load(write(folder, with_line(filled_in(), "reviewed_on", written))).terms
    assert terms.reviewed_on == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("cvr_number", '"12345678"', "is not a CVR number"),
        ("cvr_number", '"00000000"', "is not a CVR number"),
        ("cvr_number", '"1234567"', "is not a CVR number"),
        ("role", '"broker"', "is not one of the known words"),
        ("reviewed_on", '"31.1.2026"', "is not a date"),
        ("reviewed_on", "2026-01-31T12:00:00", "is not a text"),
        ("review_months", "0", "is 0, outside 1 to 60"),
        ("terms_url", '"http://www.wayf.dk/"', "is not https"),
        ("status_urls", '["https://digst.dk/"]', "has fewer than 2 entries"),
        ("recipients", '["Drift A/S"]', "has 0 entries, but recipients has 1"),
        ("wayf_breach_contact", '"WAYF"', "is not an e-mail address"),
    ],
)
def test_a_faulty_value_is_told(folder: Path, key: str, value: str, problem: str) -> None:
    fault = only_fault(write(folder, with_line(filled_in(), key, value)))
    assert fault.key.startswith("terms.")
    assert problem in fault.problem


@pytest.mark.parametrize("number", ["01234560", "01 23 45 60"])
def test_a_cvr_number_has_the_check_of_the_register(folder: Path, number: str) -> None:
    terms = load(write(folder, with_line(filled_in(), "cvr_number", f'"{number}"'))).terms
    assert terms.cvr_number == number.replace(" ", "")
