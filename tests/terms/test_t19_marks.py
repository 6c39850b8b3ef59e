"""T19: marks only with the login, and gone with it. The official picture is the institution's own to install."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from resetapp.settings import Terms
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from resetapp.web import about
from tests.builders import INVENTED_MARK
from tests.terms.looking import missing, red, state, without

PICTURE = '<img src="/mark'


def test_a_closed_login_leaves_no_mark_on_any_page(look: Inspection) -> None:
    with look.record(replace(look.settings.terms, login=False)) as rehearsal:
        for path in ("/", "/privacy", "/cookies", "/expired", "/signed-out", "/login", "/done", "/no-such-page"):
            for language in ("da", "en"):
                page = rehearsal.get(f"{path}?lang={language}").text
                assert "MitID" not in page
                assert "NemLog-in" not in page
                assert PICTURE not in page
        assert rehearsal.get("/mark").status_code == 404


def test_the_picture_stands_in_the_button_and_is_served_by_us(look: Inspection) -> None:
    start = look.rehearsal.get("/").text
    assert start.count(PICTURE) == 1
    assert start.index('class="mitid"') < start.index(PICTURE) < start.index("Log ind med MitID")
    picture = look.rehearsal.get("/mark")
    assert picture.text == INVENTED_MARK
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert {"default-src 'none'", "sandbox"} <= set(picture.headers["Content-Security-Policy"].split("; "))


def test_it_holds(look: Inspection) -> None:
    assert state("T19", look) is State.DECLARED


def test_without_the_picture_the_button_has_words_alone_and_it_is_to_be_declared(
    looking: Callable[..., Inspection],
) -> None:
    look = looking(terms={"mark_file": None})
    assert missing("T19", look) == {"mark_file"}
    assert look.settings.terms.login_open
    start = look.rehearsal.get("/").text
    assert "Log ind med MitID" in start
    assert "<img" not in start
    assert look.rehearsal.get("/mark").status_code == 404


def test_on_this_machine_alone_no_picture_is_asked_for(looking: Callable[..., Inspection]) -> None:
    look = looking(terms={"mark_file": None}, service={"public_url": "http://127.0.0.1:8000"})
    assert state("T19", look) is State.HOLDS


def test_red_with_a_mark_in_a_name(looking: Callable[..., Inspection]) -> None:
    assert red("T19", looking(wayf={"service_name": "MitID-adgangskode"})) == {"T19.own_names"}


def test_red_with_a_mark_in_the_address(looking: Callable[..., Inspection]) -> None:
    assert red("T19", looking(service={"public_url": "https://mitid.example.dk"})) == {"T19.own_names"}


def test_red_with_a_mark_in_a_title(look: Inspection) -> None:
    assert "T19.titles" in red("T19", without(look, "base.html", "<title>", "<title>MitID "))


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("macros/footer.html", "<footer"),
        ("reset/done.html", "<h1"),
        ("reset/account.html", "<form method"),
        ("reset/password.html", "<h1"),
        ("reset/expired.html", "<h1"),
        ("problem/message.html", "<h1"),
    ],
)
@pytest.mark.parametrize("shown", [f'{PICTURE}" alt="">', '<i class="btn mitid"></i>'], ids=["picture", "button"])
def test_red_when_it_is_shown_on_another_page(look: Inspection, template: str, words: str, shown: str) -> None:
    assert "T19.only_at_login" in red("T19", without(look, template, words, f"{shown}{words}"))


def test_red_when_a_closed_login_leaves_a_mark(look: Inspection) -> None:
    without(look, "reset/privacy.html", "{% if login_open %}", "{% if true %}")
    assert red("T19", look) == {"T19.off_removes_all"}


def test_red_when_a_closed_login_leaves_the_picture(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = look.rehearsal.app.extensions["resetapp.mark"]
    monkeypatch.setattr(about, "mark", lambda: kept)
    assert red("T19", look) == {"T19.off_removes_all"}


def test_red_when_the_switch_does_nothing(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terms, "login_open", True)
    assert "T19.off_removes_all" in red("T19", look)
