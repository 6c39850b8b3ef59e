"""Asking for a mapping in the console: who may, for whom, and what its pages show."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from resetapp.demo import ldap_seed as seed
from resetapp.settings.mapping import MappingKey
from tests.mail.smtp_server import Post
from tests.web.conftest import World
from tests.web.mapping.steps import (
    APPROVER,
    MAPPER,
    MAPPING,
    REFUSED,
    STUDENT,
    WHY,
    ask,
    asked,
    change,
    console,
    decide,
    join,
    let_in_invented,
    main,
    mapped,
    mapping_world,
    renew,
    requests_of,
    rows_of,
    seen,
    set_number,
    states,
    submit,
)
from tests.web.staff_steps import events
from tests.web.visiting import account, cpr

NAME = "Freja Holm Nielsen"
OTHER = "6101901234"
Make = Callable[..., World]


# ---- asking


def test_who_asks_is_shown_the_account_that_was_found_and_can_withdraw(world: World) -> None:
    address = asked(world)
    page = seen(world, address, MAPPER)
    for words in (NAME, account(STUDENT), "Studerende", WHY, "Ejeren får det at vide.", "Venter på svar"):
        assert words in page
    assert f"{account(MAPPER)} bad om det" in page
    assert "En anden administrator skal godkende" in page
    assert "Godkend<" not in page
    assert decide(world, address, "withdraw", MAPPER).location == address
    assert "Trukket tilbage" in seen(world, address)
    assert states(world) == ["rejected"]
    assert [each["outcome"] for each in events(world, "mapping.request_ended")] == ["withdrawn"]


def test_only_who_asked_withdraws(world: World) -> None:
    address = asked(world)
    join(world, "mikkel", seed.IT_SUPPORT)
    assert "Træk tilbage" not in seen(world, address, "mikkel")
    assert decide(world, address, "withdraw", "mikkel").status_code == REFUSED
    assert states(world) == ["requested"]


def test_what_waits_stands_on_the_list_as_its_directory_shows_it_now(world: World) -> None:
    asked(world)
    change(world, account(STUDENT), cn=["Freja Gift"])
    page = seen(world, "/staff/mappings")
    assert "Freja Gift" in page
    assert NAME not in page
    assert WHY in page
    assert "Venter på svar: 1" in page
    set_number(world, STUDENT, OTHER)
    assert "Kataloget har allerede et CPR-nummer" in seen(world, "/staff/mappings")


def test_no_number_and_no_index_comes_back_on_any_page(world: World) -> None:
    address = mapped(world)
    [row] = rows_of(world)
    for path in (address, "/staff/mappings", f"/staff/mappings/remove/{row.id}"):
        page = seen(world, path, MAPPER)
        assert row.cpr_index not in page
        assert row.key_id not in page
        assert cpr(STUDENT) not in page


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"username": ""}, "username", "Skriv brugernavnet på kontoen"),
        ({"username": "7403014138"}, "username", "Skriv ikke CPR-nummer her"),
        ({"username": "nobody"}, "username", "Kontoen nobody findes ikke"),
        ({"cpr": ""}, "cpr", "Skriv CPR-nummeret"),
        ({"cpr": "740301-413"}, "cpr", "skal have 10 cifre"),
        ({"cpr": "9913014138"}, "cpr", "er ikke en dato"),
        ({"reason": "pas"}, "reason", "mindst 5 tegn"),
        ({"reason": "Han har 740301 4138"}, "reason", "Skriv ikke CPR-nummer her"),
        ({"directory": "elsewhere"}, "directory", "Vælg et katalog fra listen"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_the_number_is_never_given_back(
    world: World, wrong: dict[str, str], field: str, words: str
) -> None:
    answer = ask(world, **wrong)
    page = main(answer)
    assert answer.status_code == REFUSED
    assert f'<a href="#{field}">' in page
    assert words in page
    assert cpr(STUDENT) not in page
    assert "4138" not in page
    assert 'inputmode="numeric" autocomplete="off"' in page
    assert requests_of(world) == []


def test_a_replacement_number_opens_nothing_and_is_refused(world: World) -> None:
    let_in_invented(world, False)
    assert "erstatningsnummer" in main(ask(world))


def test_a_privileged_account_is_never_mapped(world: World) -> None:
    change(world, account("astrid"), norEduPersonNIN=[])
    assert "må ikke kunne ændres med selvbetjening" in main(ask(world, about="astrid", number=OTHER))


def test_where_the_directory_has_a_number_it_is_the_source(world: World) -> None:
    assert "Kataloget har allerede et CPR-nummer" in main(ask(world, about="mikkel", number=OTHER))


def test_nobody_asks_for_their_own_number_or_account(world: World) -> None:
    assert "Du kan ikke bede om eller godkende noget for dig selv" in main(ask(world, number=cpr(MAPPER)))
    set_number(world, MAPPER, cpr(MAPPER))
    assert "for dig selv" in main(ask(world, about=MAPPER, number=OTHER))
    assert requests_of(world) == []


def test_what_was_decided_before_the_keys_were_changed_asks_for_a_new_login(world: World) -> None:
    """Whether it is their own number can only be told by an index under a key that both were made with."""
    with console(world, MAPPER) as browser:
        desk = world.app.extensions["resetapp"].desk
        key = MappingKey("2026b", bytes(range(1, 33)))
        renew(world, (key,))
        wanted = {"username": account(STUDENT), "cpr": cpr(STUDENT), "reason": WHY}
        assert "Log på igen" in main(submit(world, browser, "/staff/mappings/new", **wanted))
    assert desk.register.indexes.newest == "2026a"
    assert ask(world).status_code == 303


def test_an_account_has_one_mapping_and_one_request(world: World) -> None:
    address = asked(world)
    assert "Der ligger allerede en anmodning" in main(ask(world))
    decide(world, address)
    assert "allerede knyttet til dette CPR-nummer" in main(ask(world))
    assert "allerede knyttet til en anden person" in main(ask(world, number=OTHER))
    assert len(requests_of(world)) == 1


def test_one_person_may_have_several_accounts(world: World) -> None:
    set_number(world, "mikkel", "")
    asked(world)
    asked(world, about="mikkel", number=cpr(STUDENT))
    assert states(world) == ["requested", "requested"]


def test_who_asks_too_often_has_to_wait_and_the_log_says_so(
    make_world: Make, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    world = mapping_world(make_world, post, replace(MAPPING, requests_per_day=2))
    assert [ask(world, username="nobody").status_code for _ in range(3)] == [REFUSED, REFUSED, 429]
    assert f"mapping.request_alarm username={account(MAPPER)} per_day=2" in caplog.text
    world.clock.forward(hours=24, seconds=1)
    assert ask(world).status_code == 303


# ---- the list


def test_the_list_is_searched_by_the_whole_username_and_the_search_is_on_record(world: World) -> None:
    mapped(world)
    with console(world, APPROVER) as browser:
        found = main(submit(world, browser, "/staff/mappings", username=account(STUDENT).upper()))
        part = main(submit(world, browser, "/staff/mappings", username=account(STUDENT)[:-1]))
        number = submit(world, browser, "/staff/mappings", username=cpr(STUDENT))
    assert "Fundet: 1" in found
    assert "Godkendt, gælder fra" in found
    assert "Listen har intet om det brugernavn" in part
    assert number.status_code == REFUSED
    assert cpr(STUDENT) not in number.text
    assert [(each["about"], each["found"]) for each in events(world, "mapping.searched")] == [
        (account(STUDENT).upper(), 1),
        (account(STUDENT)[:-1], 0),
    ]


def test_the_list_goes_on_over_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("mikkel", "sofie"):
        set_number(world, key, "")
    for key in (STUDENT, "mikkel", "sofie"):
        mapped(world, about=key)
    for module in ("resetapp.mapping.overview", "resetapp.web.console.mappings"):
        monkeypatch.setattr(f"{module}.PAGE", 2)
    first, second = seen(world, "/staff/mappings"), seen(world, "/staff/mappings?page=2")
    assert "Side 1 af 2" in first
    assert "page=2" in first
    assert [account(key) in first for key in (STUDENT, "mikkel", "sofie")].count(True) == 2
    assert "Side 2 af 2" in second
    assert [account(key) in second for key in (STUDENT, "mikkel", "sofie")].count(True) == 1
    for odd in ("0", "x", "-1", "9" * 30):
        assert "Side 1 af 2" in seen(world, f"/staff/mappings?page={odd}")
