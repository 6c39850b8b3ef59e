"""What the pages, the mails and support's view of a visit by activation code say, and what they must never say."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from resetapp.core.outcomes import Outcome
from resetapp.settings import Encryption, Limits
from resetapp.storage.tables import Visit
from resetapp.trouble import DirectoryDown
from tests.builders import A_RECORD
from tests.directory.binding import close_account
from tests.mail.smtp_server import Post, mail_settings, running_post
from tests.web.codes_steps import Make, counter
from tests.web.mailing import send as send_mails
from tests.web.staff_steps import send
from tests.web.test_visit_races import stored
from tests.web.visiting import GOOD

MARKS = re.compile(r"MitID|NemLog-in|WAYF|href=\"/login\"")


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


def said(answer: TestResponse) -> TestResponse:
    """Nothing on this page has to do with MitID."""
    assert answer.status_code != 303, answer.location
    assert MARKS.findall(answer.text) == []
    return answer


@pytest.mark.parametrize("language", ["da", "en"])
def test_from_the_code_to_the_end_no_page_names_mitid(make_world: Make, language: str) -> None:
    desk = counter(make_world)
    world, code = desk.world, desk.shown()
    said(world.get(f"/code?lang={language}"))
    said(desk.type_in("", ""))
    said(desk.type_in("7777-7777-7777"))
    assert desk.type_in(code).status_code == 303
    assert "aktiveringskode" in said(world.get("/password")).text if language == "da" else True
    said(world.choose_password("kort"))
    assert world.choose_password(GOOD).location == "/done"
    said(world.get("/done"))
    assert world.post("/logout", {}).location == "/signed-out"
    said(world.get("/signed-out"))


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_visit_that_ends_badly_does_not_name_it_either(make_world: Make, language: str) -> None:
    desk = counter(make_world, limits=Limits(refusals_per_visit=1, sets_per_account_per_day=1))
    world = desk.world
    world.get(f"/code?lang={language}")
    desk.type_in(desk.shown())
    said(world.choose_password("kort"))
    said(world.get("/stopped"))
    world.clock.forward(minutes=16)
    assert world.get("/stopped").location == "/expired"
    said(world.get("/expired"))


def test_too_late_too_often_and_a_directory_that_is_down_are_told_without_it(make_world: Make) -> None:
    desk = counter(make_world, limits=Limits(sets_per_account_per_day=1))
    world = desk.world
    desk.type_in(desk.shown())
    world.choose_password(GOOD)
    world.client = world.other_browser()
    desk.type_in(desk.shown())
    code = desk.shown()
    assert said(world.get("/password")).status_code == 429
    world.clock.forward(minutes=5)
    assert said(world.get("/password")).status_code == 403
    directory = world.app.extensions["resetapp"].directories["people"]

    def down(_key: object) -> None:
        raise DirectoryDown("people", "not_reached")

    world.client = world.other_browser()
    object.__setattr__(directory, "reread", down)
    assert said(desk.type_in(code)).status_code == 503


def test_a_closed_account_is_told_without_it(make_world: Make) -> None:
    desk = counter(make_world)
    code = desk.shown()
    close_account(desk.world.endpoint, "frni")
    desk.type_in(code)
    said(desk.world.get("/stopped"))


def test_logging_off_says_nothing_to_the_hub(make_world: Make) -> None:
    desk = counter(make_world)
    desk.type_in(desk.shown())
    answer = desk.world.post("/logout", {})
    assert (answer.status_code, answer.location) == (303, "/signed-out")
    assert stored(desk.world, Visit)[-1].outcome is Outcome.LEFT


def test_after_a_code_a_login_with_mitid_is_one_with_mitid(make_world: Make) -> None:
    """Nothing of the code's visit is left in the session."""
    desk = counter(make_world)
    desk.type_in(desk.shown())
    desk.world.log_in("7403014138")
    assert "MitID" in desk.world.get("/password").text


def test_the_start_page_and_privacy_tell_of_codes_also_while_the_login_is_closed(make_world: Make) -> None:
    desk = counter(make_world)
    code = desk.shown()
    assert 'href="/code"' in desk.world.get("/").text
    assert "numre fra dit pas" in desk.world.get("/privacy").text
    services = desk.world.app.extensions["resetapp"]
    closed = replace(services.settings, terms=replace(A_RECORD, login=False))
    desk.world.app.extensions["resetapp"] = replace(services, settings=closed)
    start = desk.world.get("/")
    assert (start.status_code, 'href="/code"' in start.text, "MitID" in start.text) == (200, True, False)
    assert desk.type_in(code).location == "/password"
    assert desk.world.choose_password(GOOD).location == "/done"
    said(desk.world.get("/done"))


def test_the_owner_is_told_of_the_code_and_of_the_password_without_mitid(make_world: Make, post: Post) -> None:
    desk = counter(make_world, mail=mail_settings(post))
    desk.type_in(desk.shown())
    desk.world.choose_password(GOOD)
    send_mails(desk.world)
    issued, changed = post.mails
    assert issued.recipients == changed.recipients == ["frni@example.dk"]
    assert "En aktiveringskode til din konto" in str(issued.message["Subject"])
    assert "An activation code for your account" in str(issued.message["Subject"])
    assert "Har du ikke bedt it-support om det" in issued.text
    assert "Det skete med en aktiveringskode fra it-support" in changed.text
    assert [MARKS.findall(each.text) for each in (issued, changed)] == [[], []]
    assert ["http" in each.text for each in (issued, changed)] == [False, False]


def test_a_password_after_a_login_with_mitid_is_told_as_before(make_world: Make, post: Post) -> None:
    desk = counter(make_world, mail=mail_settings(post))
    desk.world.log_in("7403014138")
    desk.world.choose_password(GOOD)
    send_mails(desk.world)
    assert "efter login med MitID" in post.mails[0].text


def test_support_finds_the_visit_and_reads_what_to_tell_the_caller(make_world: Make) -> None:
    desk = counter(make_world)
    desk.type_in(desk.shown())
    desk.world.get("/password")
    desk.world.post("/logout", {})
    found = send(desk.world, "/staff/look-up", desk.support, text="frni").text
    assert "Kom ind på kontoen frni med en aktiveringskode" in found
    assert "Aktiveringskoden er brugt. Skal brugeren prøve igen" in found
