"""The list of mappings as a file, what support sees of it, and what a new key or somebody's erasure does to it."""

import csv
import io
from collections.abc import Callable

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.settings.mapping import MappingKey
from resetapp.storage import mapping_list
from resetapp.storage.mappings import AccountMapping
from tests.mail.smtp_server import Post
from tests.web.conftest import PUBLIC_URL, World
from tests.web.mailing import send as send_mails
from tests.web.mapping.steps import (
    APPROVER,
    MAPPER,
    REFUSED,
    ROLES,
    STUDENT,
    WHY,
    asked,
    console,
    decide,
    freeze_links,
    join,
    main,
    mapped,
    mapping_world,
    press,
    renew,
    rows_of,
    set_number,
    submit,
)
from tests.web.staff_steps import events, staff_roles
from tests.web.visiting import account, cpr

EXPORT = "/staff/mappings/export"
Make = Callable[..., World]


def read(octets: bytes) -> list[dict[str, str]]:
    """As Excel in Denmark reads it."""
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))


# ---- the file


def test_the_file_has_every_mapping_on_the_list_and_no_number(world: World) -> None:
    for key in ("mikkel", "sofie"):
        set_number(world, key, "")
    mapped(world)
    mapped(world, about="mikkel")
    asked(world, about="sofie")
    with console(world, APPROVER) as browser:
        answer = submit(world, browser, EXPORT, reason="Årlig kontrol")
    lines = read(answer.data)
    assert {each["username"] for each in lines} == {account(STUDENT), account("mikkel")}
    assert {(each["state"], each["requested_by"], each["approved_by"]) for each in lines} == {
        ("approved", account(MAPPER), account(APPROVER))
    }
    for row in rows_of(world):
        assert row.cpr_index.encode() not in answer.data
    assert cpr(STUDENT).encode() not in answer.data
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="mappings-20')
    [told] = events(world, "mapping.exported")
    assert (told["rows"], told["why"], told["username"]) == (2, "Årlig kontrol", account(APPROVER))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_what_a_spreadsheet_would_run_is_a_text_in_it(world: World, start: str) -> None:
    mapped(world)
    with world.app.extensions["resetapp"].database.transaction() as db:
        db.query(AccountMapping).update({"username": f"{start}1;2"})
    with console(world, APPROVER) as browser:
        [line] = read(submit(world, browser, EXPORT, reason=WHY).data)
    assert line["username"] == f"'{start}1;2"


def test_the_file_needs_a_reason_and_a_fresh_login(world: World) -> None:
    mapped(world)
    with console(world, APPROVER) as browser:
        answer = submit(world, browser, EXPORT, reason="nej")
        assert answer.status_code == REFUSED
        assert "mindst 5 tegn" in answer.text
        world.clock.forward(minutes=6)
        assert submit(world, browser, EXPORT, reason=WHY).status_code == 403
        page = browser.get("/staff/mappings", base_url=PUBLIC_URL)
        assert EXPORT not in page.text
    assert events(world, "mapping.exported") == []


def test_a_long_list_goes_out_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_list, "_ROUND", 2)
    monkeypatch.setattr("resetapp.web.console.mappings_files._LINES_TOGETHER", 2)
    people = ("mikkel", "sofie", "victor")
    mapped(world)
    [first] = rows_of(world)
    with world.app.extensions["resetapp"].database.transaction() as db:
        kept = {name: getattr(first, name) for name in ("request_id", "directory", "key_id", "state", "requested_at")}
        for number, key in enumerate(people):
            db.add(AccountMapping(id=f"{number:032x}", entry_id=key, username=key, cpr_index="", **kept))
    with console(world, APPROVER) as browser:
        lines = read(submit(world, browser, EXPORT, reason=WHY).data)
    assert {each["username"] for each in lines} == {*people, account(STUDENT)}


def test_the_empty_file_for_an_import_has_its_columns(world: World) -> None:
    with console(world, MAPPER) as browser:
        assert "/staff/mappings/template.csv" in browser.get("/staff/mappings/import", base_url=PUBLIC_URL).text
        answer = browser.get("/staff/mappings/template.csv", base_url=PUBLIC_URL)
    assert answer.data.decode("utf-8-sig") == "cpr;username;directory\r\n"


# ---- support


def test_support_sees_at_the_account_what_the_list_says_and_no_number(make_world: Make, post: Post) -> None:
    post.mails.clear()
    both = (*ROLES, *staff_roles(Role.SUPPORT, group=seed.ADMINISTRATORS))
    world = mapping_world(make_world, post, roles=both)
    assert "på listen" not in looked_up(world)
    address = asked(world)
    assert "på listen: venter på svar" in looked_up(world)
    decide(world, address)
    assert "på listen: ejeren har ikke fået besked, gælder først fra" in looked_up(world)
    send_mails(world)
    assert "på listen: gælder fra" in looked_up(world)
    world.clock.forward(hours=24)
    assert "på listen: gælder<" in looked_up(world).replace(" ·", "<").replace("\n", "")
    press(world, freeze_links(world, post)[-1])
    page = looked_up(world)
    assert "på listen: stoppet af ejeren" in page
    assert rows_of(world)[0].cpr_index not in page
    assert cpr(STUDENT) not in page


def looked_up(world: World) -> str:
    with console(world, APPROVER) as browser:
        return main(submit(world, browser, "/staff/look-up", text=account(STUDENT)))


# ---- keys


def test_at_the_next_login_a_row_is_indexed_under_the_newest_key(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    old, new = MappingKey("2026a", bytes(range(32))), MappingKey("2027a", bytes(range(1, 33)))
    renew(world, (new, old))
    assert world.log_in(cpr(STUDENT)).location == "/password"
    [row] = rows_of(world)
    register = world.app.extensions["resetapp"].desk.register
    assert (row.key_id, row.cpr_index) == ("2027a", register.indexes.newest_of(CprNumber.parse(cpr(STUDENT))))
    renew(world, (new,))  # the old key is taken away: it is found all the same
    assert world.log_in(cpr(STUDENT), world.other_browser()).location == "/password"


def test_without_its_key_a_row_gives_nobody_an_account(world: World) -> None:
    mapped(world)
    world.clock.forward(hours=25)
    renew(world, (MappingKey("2027a", bytes(range(1, 33))),))
    assert world.log_in(cpr(STUDENT)).location == "/stopped"


def test_the_others_of_the_staff_join_by_their_groups(world: World) -> None:
    join(world, "mikkel", seed.IT_SUPPORT)
    with console(world, "mikkel") as browser:
        page = browser.get("/staff/", base_url=PUBLIC_URL)
    assert 'href="/staff/mappings"' in page.text
