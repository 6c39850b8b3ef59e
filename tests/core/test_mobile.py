"""Telephone numbers as directories hold them: one plain number, or nothing."""

import pytest

from resetapp.core.mobile import e164, masked_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("20000000", "+4520000000"),
        ("20 00 00 00", "+4520000000"),
        ("+45 20000000", "+4520000000"),
        ("+45 20-00-00-00", "+4520000000"),
        ("0045 20 00 00 00", "+4520000000"),
        ("+46 70 000 00 00", "+46700000000"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("+354 600 0000", "+3546000000"),
    ],
)
def test_a_number_gets_its_country(written: str, number: str) -> None:
    assert e164(written) == number
    assert e164(number) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "6101901234",  # a CPR number
        "610190-1234",
        "+456101901234",
        "+45 610190-1234",
        "2000000",
        "10000000",  # no Danish subscriber
        "+45 2000000",
        "+0520000000",
        "+1234567890123456",
        "20000000 eller 20000001",
        "20000000, 20000001",
        "20000000\r\nX: y",
        "20000000\n",
        "tel:+4520000000",
        "２0000000",
        "٢0000000",
        "+45+4520000000",
        "\x0020000000",
    ],
)
def test_what_is_not_one_number_is_none(written: str) -> None:
    assert e164(written) is None


def test_masked_it_cannot_be_written_to() -> None:
    assert masked_number("+4520000078") == "+45…78"
