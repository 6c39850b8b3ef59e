"""The small readers: times, numbers, and the policy control."""

from datetime import UTC, datetime

import pytest

from resetapp.core.outcomes import Refusal
from resetapp.directory.entries import Entry, Unreadable, generalized_time
from resetapp.directory.flavours.openldap import OPENLDAP
from resetapp.directory.policy_control import PolicyError, policy_error
from resetapp.directory.session import Answer


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260102030405Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("202601020304Z", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("20260102030405.123456Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102030405,5Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20260102030405+0200", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("20260101003000-01", datetime(2026, 1, 1, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read(text: str, moment: datetime) -> None:
    assert generalized_time(text, "x") == moment


@pytest.mark.parametrize(
    "text",
    ["", "2026", "20260102030405", "20261302030405Z", "000001010000Z", "20260102030405Zx", "x", "２0260102030405Z"],
)
def test_what_is_no_time_says_so_without_repeating_it(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^x is not a time$"):
        generalized_time(text, "x")


def test_values_that_cannot_be_read_say_so() -> None:
    entry = Entry("", {"a": (b"\xff",), "b": (b"12x",), "c": ("１２".encode(),)})
    for read in (entry.texts, entry.text, entry.moment):
        with pytest.raises(Unreadable):
            read("a")
    for name in ("b", "c"):
        with pytest.raises(Unreadable):
            entry.number(name)
    assert (entry.texts("d"), entry.text("d"), entry.number("d"), entry.moment("d")) == ((), "", None, None)
    assert repr(entry) == "Entry()"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (b"0\x03\x81\x01\x04", PolicyError.MUST_SUPPLY_OLD_PASSWORD),
        (b"0\x03\x81\x01\x00", PolicyError.PASSWORD_EXPIRED),
        (b"0\x84\x00\x00\x00\x03\x81\x01\x08", PolicyError.PASSWORD_IN_HISTORY),  # as 389-DS sends it
        (b"0\x08\xa0\x03\x80\x01\x61\x81\x01\x06", PolicyError.PASSWORD_TOO_SHORT),  # behind a warning
        (b"0\x05\xa0\x03\x80\x01\x61", None),
        (b"0\x00", None),
        (b"", None),
        (b"0\x03\x81\x01\x63", None),  # an error nobody has defined
        (b"0\x7f\x81", None),
        (b"0\x84", None),
        (b"\x04\x03\x81\x01\x06", None),
    ],
)
def test_the_policy_control_is_read(value: bytes, error: PolicyError | None) -> None:
    assert policy_error(value) is error


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (Answer(19, PolicyError.PASSWORD_TOO_SHORT), Refusal.TOO_SHORT),
        (Answer(19, PolicyError.PASSWORD_TOO_LONG), Refusal.TOO_LONG),
        (Answer(19, PolicyError.PASSWORD_TOO_YOUNG), Refusal.TOO_YOUNG),
        (Answer(19, PolicyError.PASSWORD_IN_HISTORY), Refusal.USED_BEFORE),
        (Answer(19, PolicyError.INSUFFICIENT_PASSWORD_QUALITY), Refusal.BY_POLICY),
        (Answer(19), Refusal.BY_POLICY),
        (Answer(19, None, "Password is too young to change"), Refusal.TOO_YOUNG),
        (Answer(19, None, "Password is in history of old passwords"), Refusal.USED_BEFORE),
        (Answer(50, PolicyError.MUST_SUPPLY_OLD_PASSWORD), None),
        (Answer(53), None),
    ],
)
def test_each_refusal_has_its_reason(answer: Answer, refusal: Refusal | None) -> None:
    assert OPENLDAP.writing.refusal(answer) is refusal
