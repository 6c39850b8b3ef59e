"""Whose data an auditor read: on record for the person when the question was about one, else once for the whole."""

from resetapp.core.staff import Role
from resetapp.settings import Staff
from resetapp.storage import audit
from tests.web.staff_steps import Make, enter, events, staff_roles, visited
from tests.web.test_trail import ask
from tests.web.visiting import account


def test_a_question_about_one_person_is_theirs_to_know_of_and_leafing_is_not(make_world: Make) -> None:
    world = make_world(staff=Staff(enabled=True, roles=staff_roles(Role.AUDITOR)))
    enter(world)
    visited(world)
    [login] = events(world, "login.completed")
    [member] = events(world, "staff.logged_in")
    world.get("/staff/events")
    ask(world, event="login.completed")
    ask(world, "/staff/events/export", form="csv", why="Kontrol")
    ask(world, reference="0000-0000")
    assert events(world, "person.seen") == []
    ask(world, reference=login["reference"])
    ask(world, event="staff.logged_in", username=account("astrid"))
    seen = [(each["person"], each["reference"], each["role"]) for each in events(world, "person.seen")]
    assert seen == [
        (login["person"], login["reference"], "auditor"),
        (member["person"], member["reference"], "auditor"),
    ]
    with world.app.extensions["resetapp"].database.reading() as db:
        assert [each.name for each in audit.events(db)][-4:] == ["person.seen", "staff.read_events"] * 2
