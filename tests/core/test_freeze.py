"""The link that stops a mapping: only this service makes one, it names one mapping, and nothing else passes for it."""

import base64
import hmac
import string

import pytest

from resetapp.core.freeze import freeze_token, mapping_of

KEY, OTHER = b"k" * 32, b"o" * 32
MAPPING = "0123456789abcdef" * 2
TOKEN = freeze_token(KEY, MAPPING)


def test_a_token_leads_to_its_mapping() -> None:
    assert mapping_of(KEY, TOKEN) == MAPPING
    assert TOKEN.startswith(MAPPING)
    assert len(TOKEN) == 64
    assert set(TOKEN) <= set(string.ascii_letters + string.digits + "-_")
    assert freeze_token(KEY, MAPPING) == TOKEN  # nothing is kept, so it is the same each time


def test_a_token_of_another_installation_stops_nothing() -> None:
    assert mapping_of(OTHER, TOKEN) is None


@pytest.mark.parametrize("place", range(64))
def test_one_character_changed_stops_nothing(place: int) -> None:
    changed = "1" if TOKEN[place] == "0" else "0"
    assert mapping_of(KEY, TOKEN[:place] + changed + TOKEN[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    ["", MAPPING, TOKEN + "A", TOKEN + "\n", TOKEN[:-1], TOKEN.upper(), "/" + TOKEN, "æ" * 64, TOKEN + "=" * 4000],
)
def test_what_is_no_token_stops_nothing(text: str) -> None:
    assert mapping_of(KEY, text) is None


def test_the_token_is_made_with_a_key_of_its_own() -> None:
    """Or what is made with the person's key for something else, and shown somewhere, could pass for a token."""
    octets = base64.urlsafe_b64decode(TOKEN[32:])
    assert not hmac.digest(KEY, MAPPING.encode(), "sha256").startswith(octets)
