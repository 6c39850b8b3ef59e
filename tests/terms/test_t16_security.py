"""T16: no frame, no imitation, no unsafe setting; who is affected by a breach can be told."""

from collections.abc import Callable

import pytest

from resetapp.terms import trust
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.web import protection
from tests.terms.looking import missing, red, state, without


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


def test_red_when_the_settings_take_http(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "public_url", lambda value, at: value)
    assert red("T16", look) == {"T16.https"}


def test_red_when_no_change_is_on_record(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "sent_since", lambda db, since: [])
    assert red("T16", look) == {"T16.affected"}


def test_who_tells_of_a_breach_is_to_be_declared(looking: Callable[..., Inspection]) -> None:
    assert missing("T16", looking(terms={"breach_contact": ""})) == {"breach_contact"}
