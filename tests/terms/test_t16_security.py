"""T16: no frame, no imitation, no unsafe setting; who is affected by a breach can be told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from resetapp.settings import SettingsError, load
from resetapp.settings.sections import Key, Section
from resetapp.settings.shape import SERVICE, SETTINGS, WAYF
from resetapp.storage import attempts
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.terms.refusal import UNSAFE, refused
from resetapp.web import protection
from tests.terms.looking import changed, missing, red, state, unread, without


def test_it_holds(look: Inspection) -> None:
    assert "frame-ancestors 'none'" in look.rehearsal.get("/").headers["Content-Security-Policy"]
    assert state("T16", look) is State.DECLARED


def test_red_when_frames_are_allowed(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "_POLICY", "default-src 'self'")
    assert red("T16", look) == {"T16.no_frames"}


def test_red_with_a_frame_on_a_page(look: Inspection) -> None:
    frame = "<iframe></iframe>{{ _('start.need_heading') }}"
    assert red("T16", without(look, "reset/start.html", "{{ _('start.need_heading') }}", frame)) == {"T16.no_imitation"}


@pytest.mark.parametrize("flag", ["SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE"])
def test_red_with_a_cookie_that_is_not_safe(look: Inspection, flag: str) -> None:
    look.rehearsal.app.config[flag] = False
    assert red("T16", look) == {"T16.cookies"}


@pytest.mark.parametrize(("key", "value"), UNSAFE)
def test_red_when_the_settings_take_what_is_unsafe(
    look: Inspection, monkeypatch: pytest.MonkeyPatch, key: str, value: object
) -> None:
    table, _, name = key.partition(".")
    section = SETTINGS.keys[table].read
    assert isinstance(section, Section)
    (field,) = [field for field, each in section.keys.items() if (each.name or field) == name]
    unread(monkeypatch, section, field, timedelta(minutes=481) if table == "visits" else value)
    assert red("T16", look) == {"T16.unsafe_refused"}


def test_red_when_the_service_starts_with_http(
    look: Inspection, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = changed(installed, "http", "public_url", '"http://password.example.dk"')
    with pytest.raises(SettingsError):
        load(http)
    unread(monkeypatch, SERVICE, "public_url", "http://password.example.dk")
    assert not load(http).service.secure
    assert red("T16", look) == {"T16.unsafe_refused"}


def test_red_when_metadata_are_taken_from_whoever_answers(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast(dict[str, Key], SETTINGS.keys), "wayf", Key(replace(WAYF, rules=lambda _: ())))
    assert red("T16", look) == {"T16.unsafe_refused"}


def test_a_key_that_the_settings_do_not_have_is_never_called_safe() -> None:
    with pytest.raises(KeyError):
        refused("wayf.minimum_levels", "Low")


def test_red_when_it_is_not_written_down_when_a_change_was_sent(
    look: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = attempts._move

    def forgetful(db: Any, attempt_id: str, before: Any, state: Any, **values: Any) -> None:
        move(db, attempt_id, before, state, **{key: value for key, value in values.items() if key != "sent_at"})

    monkeypatch.setattr(attempts, "_move", forgetful)
    assert red("T16", look) == {"T16.affected"}


def test_who_tells_of_a_breach_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("T16", looking(terms={"breach_contact": ""})) == {"breach_contact"}
