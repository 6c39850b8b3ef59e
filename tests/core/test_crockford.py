"""Letters that people read out on the telephone."""

import pytest

from resetapp.core import crockford


def test_letters_are_of_the_alphabet_and_never_the_same_twice() -> None:
    drawn = {crockford.drawn(12) for _ in range(1000)}
    assert len(drawn) == 1000
    assert {len(each) for each in drawn} == {12}
    assert set("".join(drawn)) == set(crockford.ALPHABET)
    assert not set(crockford.ALPHABET) & set("ILOU")


@pytest.mark.parametrize(
    "typed", ["7KQ4-M2XD-0RT1", "7kq4m2xdort1", " 7kq4 m2xd\u2013orti ", "7KQ4\u2011M2XD\u2011ORTL"]
)
def test_what_is_heard_or_typed_otherwise_is_meant_right(typed: str) -> None:
    assert crockford.read(typed) == "7KQ4M2XD0RT1"


def test_they_are_written_by_four() -> None:
    assert crockford.grouped("7KQ4M2XD0RT1") == "7KQ4-M2XD-0RT1"
