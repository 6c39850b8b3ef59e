"""Deciding about a mapping: a second person, who looks now; and how one ends."""

from collections.abc import Callable
from datetime import timedelta

from resetapp.demo import ldap_seed as seed
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World
from tests.web.mailing import send as send_mails
from tests.web.mapping.steps import (
    APPROVER,
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
    join,
    main,
    mapped,
    mapping_world,
    press,
    rows_of,
    seen,
    set_number,
    states,
    submit,
)
from tests.web.staff_steps import events
from tests.web.test_stop import go_on, stop
from tests.web.visiting import account, cpr

OTHER = "6101901234"
Make = Callable[..., World]


def both_roles(world: World) -> None:
    """The mapper may approve, too."""
    join(world, MAPPER, seed.ADMINISTRATORS)


# ---- approving


def test_nothing_is_approved_while_the_service_is_stopped(world: World) -> None:
    address = asked(world)
    stop(world)
    assert decide(world, address).status_code == 503
    assert states(world) == ["requested"]
    go_on(world)
    assert decide(world, address).location == address


def test_a_second_person_approves_and_it_counts_after_the_students_wait(world: World) -> None:
    address = asked(world)
    page = seen(world, address)
    assert "Bliv færdig inden kl." in page
    assert decide(world, address).location == address
    [row] = rows_of(world)
    assert (row.state, row.active_from) == ("approved", world.clock() + timedelta(hours=24))
    page = seen(world, address)
    assert "ejeren har ikke fået besked: gælder først fra" in page
    send_mails(world)
    page = seen(world, address)
    assert "Godkendt, gælder fra" in page
    assert f"{account(APPROVER)} sagde ja" in page
    assert "Godkend<" not in page
    [told] = events(world, "mapping.approved")
    assert (told["account"], told["username"], told["notices"]) == (account(STUDENT), account(APPROVER), 1)


def test_who_asked_cannot_approve_and_sees_why(world: World) -> None:
    both_roles(world)
    address = asked(world)
    page = seen(world, address, MAPPER)
    assert "Du kan ikke godkende det her" in page
    assert "En anden end den, der bad om det" in page
    assert "/approve" not in page
    assert "/reject" not in page
    for word in ("approve", "reject"):
        answer = decide(world, address, word, MAPPER, reason=WHY)
        assert answer.status_code == REFUSED
        assert "En anden end den, der bad om det" in main(answer)
    assert states(world) == ["requested"]


def test_nobody_approves_what_gives_them_an_account(world: World) -> None:
    address = asked(world, number=cpr(APPROVER))
    page = seen(world, address)
    assert "godkende noget for dig selv" in page
    assert "/approve" not in page
    assert decide(world, address).status_code == REFUSED
    assert states(world) == ["requested"]


def test_nobody_approves_for_the_account_by_which_they_are_let_in(world: World) -> None:
    join(world, "mikkel", seed.ADMINISTRATORS)
    with console(world, "mikkel") as browser:  # let in by an account that loses its number meanwhile
        change(world, account("mikkel"), norEduPersonNIN=[])
        with_group = {"member": [("MODIFY_DELETE", [f"uid={account('mikkel')},{seed.PEOPLE}"])]}
        leave(world, with_group)
        address = asked(world, about="mikkel", number=OTHER)
        page = main(browser.get(address, base_url=PUBLIC_URL))
        assert "godkende noget for dig selv" in page
        assert submit(world, browser, f"{address}/approve").status_code == REFUSED
    assert states(world) == ["requested"]


def leave(world: World, change: dict[str, list[tuple[str, list[str]]]]) -> None:
    from tests.directory.binding import admin_connection

    admin = admin_connection(world.endpoint)
    assert admin.modify(seed.ADMINISTRATORS, change)[1]["result"] == 0
    admin.unbind()


def test_a_console_that_was_left_open_approves_nothing(world: World) -> None:
    address = asked(world)
    with console(world, APPROVER) as browser:
        world.clock.forward(minutes=6)
        page = main(browser.get(address, base_url=PUBLIC_URL))
        assert "/approve" not in page
        assert 'href="/staff/login"' in page
        assert submit(world, browser, f"{address}/approve").status_code == 403
    assert states(world) == ["requested"]


def test_it_is_judged_as_the_account_is_at_the_approval(world: World) -> None:
    address = asked(world)
    set_number(world, STUDENT, OTHER)
    assert "Kataloget har allerede et CPR-nummer" in main(decide(world, address))
    set_number(world, STUDENT, "")
    join(world, STUDENT, seed.ADMINISTRATORS)
    assert "må ikke kunne ændres med selvbetjening" in main(decide(world, address))
    assert states(world) == ["requested"]


def test_an_owner_who_cannot_be_told_gets_the_long_wait(world: World) -> None:
    change(world, account(STUDENT), mail=[])
    address = asked(world)
    assert "Ejeren kan ikke få det at vide" in seen(world, address)
    decide(world, address)
    assert rows_of(world)[0].active_from == world.clock() + timedelta(hours=72)


def test_an_employee_waits_longer(world: World) -> None:
    set_number(world, "mikkel", "")
    mapped(world, about="mikkel")
    assert rows_of(world)[0].active_from == world.clock() + timedelta(hours=72)


# ---- saying no


def test_a_rejection_says_why_and_ends_it(world: World) -> None:
    address = asked(world)
    assert "Skriv en begrundelse" in main(decide(world, address, "reject", reason="nej"))
    assert decide(world, address, "reject", reason="Navnet passer ikke").status_code == 303
    page = seen(world, address, MAPPER)
    assert f"{account(APPROVER)} sagde nej: Navnet passer ikke" in page
    assert states(world) == ["rejected"]
    assert ask(world).status_code == 303  # and may be asked for again


def test_what_nobody_decides_lapses_and_stands_in_no_way(world: World) -> None:
    address = asked(world)
    world.clock.forward(days=7, seconds=1)
    page = seen(world, address)
    assert "Udløbet" in page
    assert "/approve" not in page
    assert "Venter på svar: 0" in seen(world, "/staff/mappings")
    assert decide(world, address).status_code == REFUSED
    assert ask(world).status_code == 303
    assert "Det udløb" in seen(world, address)
    assert [each["outcome"] for each in events(world, "mapping.request_ended")] == ["lapsed"]


# ---- a changed number


def test_a_new_number_takes_the_place_of_the_old_one(world: World) -> None:
    mapped(world)
    with console(world, MAPPER) as browser:
        wrong = submit(world, browser, "/staff/mappings/change", old=OTHER, new=OTHER, reason=WHY)
        assert "det samme som det gamle" in main(wrong)
        unknown = submit(world, browser, "/staff/mappings/change", old=OTHER, new=cpr(STUDENT), reason=WHY)
        assert "Ingen konto er knyttet til det gamle" in main(unknown)
        answer = submit(world, browser, "/staff/mappings/change", old=cpr(STUDENT), new=OTHER, reason=WHY)
    assert "Nyt CPR-nummer, konti: 1" in seen(world, answer.location)
    assert sorted(states(world)) == ["approved", "requested"]
    assert decide(world, answer.location).status_code == 303
    assert sorted(states(world)) == ["approved", "superseded"]
    assert len(events(world, "mapping.number_changed")) == 1
    send_mails(world)
    world.clock.forward(hours=25)
    assert "/stopped" in world.log_in(cpr(STUDENT)).location
    assert "/password" in world.log_in(OTHER, world.other_browser()).location


# ---- the end


def test_who_asks_for_mappings_takes_one_away_with_a_reason(world: World) -> None:
    address = mapped(world)
    [row] = rows_of(world)
    path = f"/staff/mappings/remove/{row.id}"
    assert f"Vil du fjerne tilknytningen til kontoen {account(STUDENT)}?" in seen(world, path, MAPPER)
    with console(world, MAPPER) as browser:
        assert submit(world, browser, path, reason="").status_code == REFUSED
        assert submit(world, browser, path, reason="Fratrådt i dag").location == address
        assert browser.get(path, base_url=PUBLIC_URL).status_code == 404
    assert f"{account(MAPPER)} fjernede det" in seen(world, address)
    assert [each["why"] for each in events(world, "mapping.removed")] == ["Fratrådt i dag"]


def test_what_its_owner_has_stopped_only_another_who_decides_clears_away(make_world: Make, post: Post) -> None:
    post.mails.clear()
    world = mapping_world(make_world, post)
    address = mapped(world)
    answer = press(world, freeze_links(world, post)[0])
    assert answer.status_code == 200, answer.text
    path = f"/staff/mappings/remove/{rows_of(world)[0].id}"
    with console(world, MAPPER) as browser:
        assert submit(world, browser, path, reason=WHY).status_code == 403
    both_roles(world)
    for page in ("/staff/mappings", address):  # who asked for it is not offered what they would be refused
        assert path not in seen(world, page, MAPPER)
        assert path in seen(world, page)
    with console(world, MAPPER) as browser:
        assert submit(world, browser, path, reason=WHY).status_code == REFUSED
    assert "allerede knyttet til en anden person, eller ejeren har stoppet det" in main(ask(world))
    with console(world, APPROVER) as browser:
        assert "Tal med ejeren først" in main(browser.get(path, base_url=PUBLIC_URL))
        assert submit(world, browser, path, reason="Ejeren siger ja").status_code == 303
    assert states(world) == ["removed"]
    assert ask(world).status_code == 303
