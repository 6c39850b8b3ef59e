"""What the owner of an account is told of a mapping, and the link by which they stop it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from resetapp import texts
from resetapp.core.freeze import freeze_token
from resetapp.demo import ldap_seed as seed
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.mailing import desk, outbox_of
from tests.web.mailing import send as send_mails
from tests.web.mapping.steps import (
    MAPPER,
    REFUSED,
    STUDENT,
    WHY,
    ask,
    asked,
    change,
    console,
    decide,
    freeze_links,
    main,
    mapped,
    press,
    requests_of,
    rows_of,
    seen,
    states,
    submit,
)
from tests.web.staff_steps import events
from tests.web.test_visit_races import form
from tests.web.test_visit_races import post as send_form
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr

Make = Callable[..., World]


def test_the_owner_is_told_of_the_request_and_of_the_approval_at_the_directorys_address(
    world: World, post: Post
) -> None:
    address = asked(world)
    change(world, account(STUDENT), mail=["new@example.dk"])
    decide(world, address)
    first, second = freeze_links(world, post)
    assert first == second
    assert [mail.recipients for mail in post.mails] == [[f"{account(STUDENT)}@example.dk"], ["new@example.dk"]]
    assert all(cpr(STUDENT) not in mail.octets.decode() for mail in post.mails)


def test_looking_changes_nothing_and_says_what_the_button_does(world: World, post: Post) -> None:
    asked(world)
    [link] = freeze_links(world, post)
    for _ in range(3):  # mail scanners follow every link
        page = world.get(link, world.other_browser())
        assert page.status_code == 200
    assert "Stop CPR-nummeret for din konto" in page.text
    assert account(STUDENT) in main(page)
    assert "Eksempel Universitet" in main(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert states(world) == ["requested"]
    assert "Stop the CPR number" in world.get(f"{link}?lang=en").text


def test_pressed_it_stops_the_request_and_no_other_can_be_made(world: World, post: Post) -> None:
    address = asked(world)
    [link] = freeze_links(world, post)
    again = pressed_twice(world, link)
    assert states(world) == ["frozen"]
    assert requests_of(world)[0].state == "frozen"
    assert "Det er stoppet" in world.get(link).text
    assert all("Det er stoppet" in each.text for each in again)  # nothing more
    assert len(events(world, "mapping.frozen")) == 1
    page = seen(world, address)
    assert "Stoppet af ejeren" in page
    assert "/approve" not in page
    assert decide(world, address).status_code == REFUSED
    assert "ejeren har stoppet det" in main(ask(world))


def pressed_twice(world: World, link: str) -> list[TestResponse]:
    browser = world.other_browser()
    form = {"csrf_token": csrf_token(world.get(link, browser).text)}
    headers = {"Referer": f"{PUBLIC_URL}/"}
    return [browser.post(link, data=form, headers=headers, base_url=PUBLIC_URL) for _ in range(2)]


def test_a_button_pressed_on_a_foreign_page_or_without_its_token_stops_nothing(world: World, post: Post) -> None:
    asked(world)
    [link] = freeze_links(world, post)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert world.other_browser().post(link, headers=foreign, base_url=PUBLIC_URL).status_code == 400
    assert world.other_browser().post(link, base_url=PUBLIC_URL).status_code == 400
    assert states(world) == ["requested"]


def test_a_link_that_is_none_gets_one_answer_whatever_is_wrong_with_it(world: World, post: Post) -> None:
    asked(world)
    [link] = freeze_links(world, post)
    unknown = freeze_token(desk(world).person_key, "f" * 32)
    changed = link[:-1] + ("A" if link[-1] != "A" else "B")
    pages = [world.get(path) for path in ("/freeze/x", f"/freeze/{unknown}", changed, f"{link}x")]
    assert {page.status_code for page in pages} == {404}
    assert len({main(page) for page in pages}) == 1
    assert "Linket gælder ikke" in pages[0].text
    assert press(world, f"/freeze/{unknown}").status_code in (400, 404)
    assert states(world) == ["requested"]


def test_who_tries_many_links_has_to_wait_and_good_links_still_open(world: World, post: Post) -> None:
    asked(world)
    [link] = freeze_links(world, post)
    few = replace(world.settings.limits, logins_per_address_per_hour=2)
    services = world.app.extensions["resetapp"]
    world.app.extensions["resetapp"] = replace(services, settings=replace(world.settings, limits=few))
    assert [world.get("/freeze/x").status_code for _ in range(3)] == [404, 404, 429]
    assert world.get(link).status_code == 200
    world.clock.forward(hours=1, seconds=1)
    assert "Det er stoppet" in press(world, link).text


def test_the_token_is_in_no_line_of_the_log(world: World, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    asked(world)
    [link] = freeze_links(world, post)
    press(world, link)
    world.get(f"{link}x")
    world.other_browser().post(link, base_url=PUBLIC_URL)
    assert "csrf_refused" in caplog.text
    assert link.rpartition("/")[2] not in caplog.text
    assert link.rpartition("/")[2][32:] not in caplog.text


# ---- the person with the number


def test_the_whole_story_of_a_new_student(world: World, post: Post) -> None:
    address = mapped(world)
    shut = world.log_in(cpr(STUDENT))
    assert shut.location == "/stopped"
    opens = texts.date("da", world.clock() + timedelta(hours=24))
    world.clock.forward(hours=23, minutes=59)
    world.log_in(cpr(STUDENT))
    assert f"Kontoen er ikke klar endnu. Den bliver klar {opens}." in world.get("/stopped").text
    world.clock.forward(minutes=2)
    assert world.log_in(cpr(STUDENT)).location == "/password"
    assert world.choose_password(GOOD).location == "/done"
    assert "er ændret" in world.get("/done").text
    send_mails(world)
    assert "er brugt gennem et CPR-nummer" in "".join(str(mail.message["Subject"]) for mail in post.mails)
    [used] = events(world, "mapping.first_used")
    assert used["account"] == account(STUDENT)
    assert "ny adgangskode med det for første gang" in seen(world, address)
    again = world.other_browser()
    world.log_in(cpr(STUDENT), again)
    page = world.get("/password", again)
    assert page.status_code == 429  # one a day while it is new
    world.clock.forward(hours=24, seconds=1)
    world.log_in(cpr(STUDENT), again)
    assert world.choose_password(ALSO_GOOD, again).location == "/done"
    assert len(events(world, "mapping.first_used")) == 1


def test_stopped_during_the_wait_it_opens_nothing(world: World, post: Post) -> None:
    mapped(world)
    press(world, freeze_links(world, post)[-1])
    assert states(world) == ["frozen"]
    world.clock.forward(hours=25)
    assert world.log_in(cpr(STUDENT)).location == "/stopped"
    assert "frni" not in main(world.get("/stopped"))


def test_stopped_between_the_login_and_the_button_no_password_is_set(world: World, post: Post) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    world.log_in(cpr(STUDENT))
    fields = form(world)
    press(world, freeze_links(world, post)[-1])
    assert send_form(world, "/password", fields | {"password": GOOD}).location == "/signed-out"
    assert events(world, "password.sending") == []
    assert events(world, "mapping.first_used") == []


def test_stopping_ends_the_logins_that_lean_on_it_and_no_others(world: World, post: Post) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    world.log_in(cpr(STUDENT))
    other = world.other_browser()
    world.log_in(cpr("noah"), other)
    press(world, freeze_links(world, post)[-1])
    sent_away = world.get("/password")
    assert sent_away.location == "/signed-out"
    assert "Vi har afsluttet dit login" in world.get(sent_away.location).text
    assert [each["by"] for each in events(world, "login.ended")] == ["frozen"]
    assert world.logged_in(other)


def test_a_number_that_the_directory_gets_later_gives_the_account_to_nobody(world: World, post: Post) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    change(world, account(STUDENT), norEduPersonNIN=[cpr("victor")])
    assert world.log_in(cpr(STUDENT)).location == "/stopped"
    assert world.log_in(cpr("victor"), world.other_browser()).location == "/stopped"
    assert len(events(world, "mapping.conflict")) == 2


def test_the_same_number_in_the_directory_is_no_conflict(world: World) -> None:
    mapped(world)
    change(world, account(STUDENT), norEduPersonNIN=[cpr(STUDENT)])
    assert world.log_in(cpr(STUDENT)).location == "/password"
    assert events(world, "mapping.conflict") == []


def test_an_account_that_becomes_privileged_is_given_to_nobody(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    change(world, account(STUDENT), memberOf=[seed.ADMINISTRATORS])
    assert world.log_in(cpr(STUDENT)).location == "/stopped"


def test_a_mapping_that_was_taken_away_opens_nothing(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    with console(world, MAPPER) as browser:
        submit(world, browser, f"/staff/mappings/remove/{rows_of(world)[0].id}", reason=WHY)
    assert world.log_in(cpr(STUDENT)).location == "/stopped"


def test_no_mail_waits_when_there_is_nobody_to_tell(world: World) -> None:
    change(world, account(STUDENT), mail=[])
    mapped(world)
    assert outbox_of(world) == []
