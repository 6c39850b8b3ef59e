"""The page where the password is chosen: its rules, its refusals and its suggestions, in both languages."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from resetapp.breached.build import build
from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import AttemptState, Refusal
from resetapp.demo.ldap_seed import DEFAULT_POLICY
from resetapp.settings import Passwords
from resetapp.storage.tables import Visit
from resetapp.texts import REFUSALS, text
from tests.breached.published import range_files
from tests.directory.binding import binds
from tests.web.conftest import World
from tests.web.visiting import GOOD, account, cpr, rows

STRICT = DirectoryPolicy(minimum_length=20, maximum_length=40, history=24, complexity=True)
LEAKED = "solsikke vinter ko"


def policy_of(page: str) -> dict[str, Any]:
    found = re.search(r"data-policy='([^']*)'", page)
    assert found
    policy: dict[str, Any] = json.loads(html.unescape(found[1]))
    return policy


def remember(world: World, policy: DirectoryPolicy) -> None:
    """As a match in a directory that tells its policy leaves it in the visit."""
    with world.app.extensions["resetapp"].database.transaction() as db:
        visit = db.query(Visit).one()
        facts = [{**each, "policy": asdict(policy)} for each in visit.candidates]
        db.execute(update(Visit).values(candidates=facts))


def suggestions(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'<span class="code"[^>]*>([^<]*)</span>', page)]


def test_what_the_directory_demands_stands_on_the_page_before_anything_is_typed(
    make_world: Callable[..., World],
) -> None:
    """Its policy says twelve, our setting eight."""
    directory = replace(make_world().settings.directories[0], policy=DEFAULT_POLICY)
    world = make_world(passwords=Passwords(minimum_length=8), directories=(directory,))
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    assert text("da", "password.rule_min", n=12) in page
    assert policy_of(page)["min"] == 12
    answer = world.choose_password("grøn cykel")
    assert answer.status_code == 422
    assert text("da", "error.pw_too_short", n=12) in answer.text


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_strict_policy_is_shown_in_full(world: World, language: str) -> None:
    world.log_in(cpr("freja"))
    remember(world, STRICT)
    page = html.unescape(world.get(f"/password?lang={language}").text)
    for key, n in (("rule_min", 20), ("rule_max", 40), ("rule_classes", 3)):
        assert text(language, f"password.{key}", n=n) in page
    assert "required: upper" in page
    assert policy_of(page) | {"names": []} == {"min": 20, "max": 40, "ascii": False, "kinds": 3, "names": []}


def test_rules_that_nobody_meets_are_not_shown(world: World) -> None:
    world.log_in(cpr("freja"))
    page = world.get("/password").text
    assert text("da", "password.rule_max", n=128) not in page
    assert text("da", "password.rule_classes", n=3) not in page
    assert text("da", "password.rule_breached") not in page


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Sommer2026!!", Refusal.TOO_COMMON),
        ("poiuytrewq09876", Refusal.SEQUENCE),
        ("aaaaaaaaaaaaXk1", Refusal.REPEATED),
        ("min Freja på cykel", Refusal.CONTAINS_NAME),
        ("Eksempel2026!!", Refusal.CONTAINS_INSTITUTION),
    ],
)
def test_a_refusal_is_told_in_both_languages(world: World, language: str, password: str, reason: Refusal) -> None:
    world.log_in(cpr("freja"))
    world.get(f"/password?lang={language}")
    answer = world.choose_password(password)
    assert answer.status_code == 422
    assert text(language, REFUSALS[reason]) in html.unescape(answer.text)
    assert password not in html.unescape(answer.text)


def test_a_username_of_another_account_of_the_person_is_refused_too(world: World) -> None:
    world.log_in(cpr("sofie"))
    chosen, other = account("sofie", 0), account("sofie", 1)
    world.post("/account", {"account": 0})
    name = other if chosen in world.get("/password").text.split("data-policy")[0] else chosen
    answer = world.choose_password(f"cykel {name} under bro")
    assert answer.status_code == 422
    assert text("da", "error.pw_name") in answer.text


def test_a_word_of_the_dictionary_is_refused(make_world: Callable[..., World], tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("sandsynlighedsregning\n", "utf-8")
    world = make_world(passwords=Passwords(word_lists=(words,)))
    world.log_in(cpr("freja"))
    assert text("da", "error.pw_weak") in world.choose_password("Sandsynlighedsregning12").text


def test_a_leaked_password_is_refused_and_the_rule_stands_on_the_page(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    build(range_files(tmp_path / "ranges", {LEAKED: 7}), tmp_path / "list", 1, lambda _: None)
    world = make_world(passwords=Passwords(breached_list=tmp_path / "list"))
    world.log_in(cpr("freja"))
    assert text("da", "password.rule_breached") in world.get("/password").text
    answer = world.choose_password(LEAKED)
    assert answer.status_code == 422
    assert text("da", "error.pw_breached") in answer.text
    assert rows(world)[0].reasons == [Refusal.BREACHED]
    assert world.choose_password(GOOD).location == "/done"


@pytest.mark.parametrize("language", ["da", "en"])
def test_three_suggestions_are_in_every_page_and_folded_away(world: World, language: str) -> None:
    """No request fetches them, so nothing that is typed can be lost by asking for them."""
    world.log_in(cpr("freja"))
    answer = world.get(f"/password?lang={language}")
    assert '<details class="card suggestions" id="suggestions">' in answer.text
    assert "suggest=" not in answer.text
    assert len(set(suggestions(answer.text))) == 3
    assert answer.headers["Cache-Control"] == "no-store"
    assert text(language, "password.suggestions_heading") in answer.text
    assert set(suggestions(answer.text)).isdisjoint(suggestions(world.get("/password").text))


def test_a_suggestion_is_accepted_by_us_and_by_the_directory(world: World) -> None:
    world.log_in(cpr("freja"))
    suggestion = suggestions(world.get("/password").text)[0]
    assert world.choose_password(suggestion).location == "/done"
    assert binds(world.endpoint, account("freja"), suggestion)


def test_suggestions_keep_what_the_directory_demands(world: World) -> None:
    world.log_in(cpr("freja"))
    remember(world, STRICT)
    for each in suggestions(world.get("/password").text):
        assert 20 <= len(each) <= 40
        assert each[0].isupper()
        assert each[-1].isdigit()


def test_where_no_strong_suggestion_fits_the_page_says_so(world: World) -> None:
    world.log_in(cpr("freja"))
    remember(world, replace(STRICT, minimum_length=8, maximum_length=16))
    page = world.get("/password").text
    assert suggestions(page) == []
    assert text("da", "password.suggestions_none") in page


def test_suggestions_are_in_no_log_and_no_database(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.log_in(cpr("freja"))
    with caplog.at_level("DEBUG"):
        shown = suggestions(world.get("/password").text)
    file = Path(world.settings.database.url.removeprefix("sqlite:///"))
    stored = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert len(shown) == 3
    assert not any(each in caplog.text or each.encode() in stored for each in shown)


def test_a_refused_password_sends_nothing(world: World) -> None:
    world.log_in(cpr("freja"))
    world.choose_password("Sommer2026!!")
    assert [row.state for row in rows(world)] == [AttemptState.REFUSED, AttemptState.READY]
