"""A Secret gives its text to nobody but who asks by name."""

import copy
import json
import logging
import pickle

import pytest

from resetapp.core.secret import Secret

TEXT = "grøn-cykel-under-bro"


def test_no_rendering_shows_the_text() -> None:
    secret = Secret(TEXT)
    assert TEXT not in f"{secret} {secret!r} {secret!s} {secret:>30} {[secret]} {(secret,)}"
    assert TEXT not in "%s %r" % (secret, secret)  # noqa: UP031 - the old way is one of the ways


def test_it_is_neither_pickled_nor_copied_nor_written_as_json() -> None:
    secret = Secret(TEXT)
    for attempt in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError) as caught:
            attempt(secret)
        assert TEXT not in str(caught.value)


def test_logging_it_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("set %s %r", Secret(TEXT), [Secret(TEXT)])
    assert TEXT not in caplog.text


def test_reveal_gives_it_and_equality_compares_it() -> None:
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("another")
    assert not Secret("")
