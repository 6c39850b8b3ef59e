"""A file of mappings in the console: sent, looked on while it is checked, approved by somebody else."""

import re
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from resetapp.core.mappings import RequestState
from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.mapping import imports
from resetapp.mapping.comparison import quiet
from resetapp.mapping.files import MOST_OCTETS
from resetapp.mapping.imports import File, system_user
from resetapp.mapping.work import Importer
from resetapp.settings import Mail, Staff
from resetapp.storage import mappings
from resetapp.storage.imports import STOPPED_AFTER
from resetapp.storage.mappings import AccountMapping, MappingRequest
from tests.mapping.conftest import MAPPING, number
from tests.web.conftest import PUBLIC_URL, World, csrf_token, directory_settings, hidden
from tests.web.mapping.test_askers import GONE, leave
from tests.web.staff_steps import enter, events, staff_roles
from tests.web.visiting import account

IMPORT, WHY = "/staff/mappings/import", "Semesterstart 2027"
MAPPER, APPROVER = "tove", "astrid"
ROLES = (*staff_roles(Role.MAPPER, group=seed.IT_SUPPORT), *staff_roles(Role.APPROVER, group=seed.ADMINISTRATORS))
PEOPLE = [account(key) for key in ("freja", "sofie", "noah")]
HEAD = "cpr;username;directory\n"

Make = Callable[..., World]


@pytest.fixture
def world(make_world: Make, directory: Any) -> World:
    """The same accounts a second time, in a directory that shows no number of anybody."""
    students = directory_settings(directory, name="students", cpr_attribute="employeeNumber")
    mail = Mail(enabled=True, host="127.0.0.1", from_address="it@example.dk")
    return make_world((students,), staff=Staff(enabled=True, roles=ROLES), mapping=MAPPING, mail=mail)


def rows(first: int = 0, last: int = 3, shift: int = 0) -> str:
    return "".join(f"{number(n + shift)};{PEOPLE[n]};students\n" for n in range(first, last))


def browser(world: World, key: str) -> FlaskClient:
    client = world.other_browser()
    assert enter(world, key, client).status_code == 303
    return client


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    token = csrf_token(client.get("/staff/", base_url=PUBLIC_URL).text)
    headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
    return client.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)


def upload(client: FlaskClient, content: str | bytes, **form: str) -> TestResponse:
    octets = content.encode() if isinstance(content, str) else content
    return post(client, IMPORT, **{"reason": WHY, "file": (BytesIO(octets), "file.csv"), **form})


def sent(world: World, client: FlaskClient, content: str | bytes, **form: str) -> str:
    """To the end of the check; returns the address of its page."""
    answer = upload(client, content, **form)
    assert answer.status_code == 303, answer.text
    settled(world)
    return str(answer.location)


def settled(world: World) -> None:
    deadline = time.monotonic() + 20
    while {each.state for each in requests_of(world)} & {RequestState.CHECKING, RequestState.APPLYING}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def requests_of(world: World) -> list[MappingRequest]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return list(db.scalars(select(MappingRequest).order_by(MappingRequest.requested_at)))


def states(world: World) -> list[str]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return sorted(each.state for each in db.scalars(select(AccountMapping)))


def main(client: FlaskClient, path: str) -> str:
    page = client.get(path, base_url=PUBLIC_URL)
    assert page.status_code == 200
    return page.text.partition("<main")[2].partition("</main")[0]


def approve(world: World, client: FlaskClient, address: str, **form: str) -> TestResponse:
    """With what the page holds."""
    shown = {"hash": hidden(client.get(address, base_url=PUBLIC_URL).text, "hash"), **form}
    answer = post(client, f"{address}/approve", **shown)
    settled(world)
    return answer


def test_one_sends_a_file_and_another_one_approves_it(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    address = sent(world, mapper, HEAD + rows())
    page = main(mapper, address)
    for words in ("venter på, at en anden godkender", WHY, "Nye tilknytninger", *PEOPLE, "Træk filen tilbage"):
        assert words in page
    assert "/approve" not in page
    page = main(approver, address)
    [asked] = requests_of(world)
    assert asked.file_hash is not None
    assert asked.file_hash in page
    assert approve(world, approver, address).location == address
    assert "Filen er importeret" in main(mapper, address)
    assert states(world) == ["approved"] * 3
    assert [each["rows"] for each in events(world, "mapping.file_approved")] == [3]
    assert "Filen er importeret" in main(approver, IMPORT)


def test_faults_are_told_by_line_and_nothing_is_kept(world: World) -> None:
    mapper = browser(world, MAPPER)
    faulty = f"{number(50)[1:]};{PEOPLE[0]};students\n{number(51)};ingen<b>;students\n"
    address = sent(world, mapper, HEAD + faulty + rows(1, 3))
    page = main(mapper, address)
    assert "Linje 2: CPR-nummeret har 9 cifre. Excel kan have fjernet et 0 forrest" in page
    assert "Linje 3: kontoen findes ikke (ingen&lt;b&gt;)" in page
    assert "Intet er ændret" in page
    assert number(50)[1:] not in page
    assert states(world) == []
    listed = mapper.get(f"{address}/faults.csv", base_url=PUBLIC_URL)
    assert listed.data.decode("utf-8-sig").splitlines()[1:] == [
        f"2;{PEOPLE[0]};Linje 2: CPR-nummeret har 9 cifre. Excel kan have fjernet et 0 forrest",
        "3;ingen<b>;Linje 3: kontoen findes ikke",
    ]


def test_of_many_faults_the_page_shows_the_first_and_the_file_all(world: World) -> None:
    mapper = browser(world, MAPPER)
    address = sent(world, mapper, HEAD + "1;=s;\n" * 150)
    page = main(mapper, address)
    assert "de første 200 af 300 fejl" in page
    assert page.count("Linje ") == 200
    listed = mapper.get(f"{address}/faults.csv", base_url=PUBLIC_URL).text.splitlines()
    assert len(listed) == 301
    assert not any(re.search(r";[=+@-]", line) for line in listed)


def test_another_file_or_another_hash_is_not_what_was_looked_at(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    first = sent(world, mapper, HEAD + rows())
    looked_at = hidden(approver.get(first, base_url=PUBLIC_URL).text, "hash")
    post(mapper, f"{first}/withdraw")
    second = sent(world, mapper, HEAD + rows() + "\n")  # one octet more
    assert approve(world, approver, second, hash=looked_at).status_code == 422
    assert approve(world, approver, first, hash=looked_at).status_code == 422
    assert states(world).count("approved") == 0


def test_who_sent_it_cannot_approve_it_and_a_stale_login_neither(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    address = sent(world, mapper, HEAD + rows())
    [asked] = requests_of(world)
    assert post(mapper, f"{address}/approve", hash=asked.file_hash).status_code == 403
    world.clock.forward(minutes=5)
    assert f"{address}/approve" not in main(approver, address)
    answer = post(approver, f"{address}/approve", hash=asked.file_hash)
    assert answer.status_code == 403
    assert "Bekræft med MitID" in answer.text
    assert states(world) == ["requested"] * 3


def test_a_file_of_who_may_not_ask_any_more_is_not_approved(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    address = sent(world, mapper, HEAD + rows())
    leave(world)
    answer = approve(world, approver, address)
    assert (answer.status_code, GONE in answer.text) == (422, True)
    assert states(world) == ["requested"] * 3


def test_who_sends_one_by_the_command_has_no_role_to_lose(world: World) -> None:
    desk = world.app.extensions["resetapp"].desk
    sender, file = system_user(0, "root"), File((HEAD + rows()).encode(), False, WHY)
    ident = imports.begin(desk, desk.register, sender, file)
    imports.check(desk, desk.register, sender, ident, file, quiet)
    assert approve(world, browser(world, APPROVER), f"{IMPORT}/{ident}").status_code == 303
    assert states(world) == ["approved"] * 3


def test_what_removes_much_needs_the_word(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    approve(world, approver, sent(world, mapper, HEAD + rows()))
    address = sent(world, mapper, HEAD + rows(0, 1), whole="1")
    assert "mere end 50 procent" in main(approver, address)
    assert "Skriv FJERN, hvis det er meningen" in approve(world, approver, address, confirm="ok").text
    assert approve(world, approver, address, confirm="FJERN").status_code == 303
    assert states(world) == ["approved", "removed", "removed"]


def test_a_file_is_rejected_with_a_reason(world: World) -> None:
    mapper, approver = browser(world, MAPPER), browser(world, APPROVER)
    address = sent(world, mapper, HEAD + rows())
    assert post(approver, f"{address}/reject", why="x").status_code == 422
    assert post(approver, f"{address}/reject", why="Forkert semester").status_code == 303
    page = main(mapper, address)
    assert "Forkert semester" in page
    assert "Filen blev ikke importeret" in page
    assert states(world) == ["rejected"] * 3


def test_a_large_file_is_never_written_to_a_temporary_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise AssertionError("a temporary file")

    mapper = browser(world, MAPPER)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    full = (HEAD + rows()).encode().ljust(MOST_OCTETS)
    assert "venter på" in main(mapper, sent(world, mapper, full))


@pytest.mark.parametrize(
    ("content", "form", "words"),
    [
        (b" " * (MOST_OCTETS + 1), {}, "Filen er for stor. Den må højst være 2 MB"),
        (b"", {}, "Filen er tom"),
        (b"x", {"file": ""}, "Vælg en CSV-fil"),
        (HEAD.encode(), {"reason": "x"}, "Skriv en begrundelse"),
        (HEAD.encode(), {"reason": f"Sag {number(1)}"}, "Teksten ligner et CPR-nummer"),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_field(
    world: World, content: bytes, form: dict[str, str], words: str
) -> None:
    answer = upload(browser(world, MAPPER), content, **form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert number(1) not in answer.text
    assert requests_of(world) == []


def test_only_who_may_send_a_file_has_room_for_one(world: World) -> None:
    assert upload(browser(world, APPROVER), b" " * 20_000).status_code == 413
    assert upload(world.other_browser(), b" " * 20_000).status_code == 413
    assert upload(browser(world, MAPPER), b" " * (4 * 1024 * 1024)).status_code == 413


def test_while_it_is_worked_on_the_page_fetches_itself(world: World) -> None:
    mapper, desk = browser(world, MAPPER), world.app.extensions["resetapp"].desk
    address = sent(world, mapper, HEAD + rows())
    [asked] = requests_of(world)
    with desk.database.transaction() as db:
        mine = mappings.find_request(db, asked.id)
        assert mine is not None
        mine.state, mine.done, mine.rows, mine.touched_at = RequestState.CHECKING, 1, 4, world.clock()
    page = mapper.get(address, base_url=PUBLIC_URL)
    assert page.headers["Refresh"] == "2"
    assert '<progress max="100" value="25"' in page.text
    world.clock.forward(seconds=STOPPED_AFTER.total_seconds() + 1)
    page = mapper.get(address, base_url=PUBLIC_URL)
    assert "Refresh" not in page.headers
    assert "Arbejdet stoppede midt i det hele" in page.text
    assert states(world) == []


def test_no_more_files_are_kept_in_memory_than_the_process_has_room_for(world: World) -> None:
    services = world.app.extensions["resetapp"]
    importer = Importer(services.desk, services.desk.register)
    importer._thread = True  # type: ignore[assignment] # at work on something else
    mapper = browser(world, MAPPER)
    world.app.extensions["resetapp.importer"] = importer
    assert [upload(mapper, HEAD + rows()).status_code for _ in range(3)] == [303, 303, 503]
    assert len(requests_of(world)) == 2


@pytest.mark.parametrize(
    "path", ["", "/0123456789abcdef0123456789abcdef", "/0123456789abcdef0123456789abcdef/faults.csv"]
)
def test_there_is_no_page_where_there_is_no_file_or_no_list(world: World, make_world: Make, path: str) -> None:
    if path:
        assert browser(world, MAPPER).get(IMPORT + path, base_url=PUBLIC_URL).status_code == 404
    off = make_world(staff=Staff(enabled=True, roles=ROLES))
    assert browser(off, MAPPER).get(IMPORT + path, base_url=PUBLIC_URL).status_code == 404
