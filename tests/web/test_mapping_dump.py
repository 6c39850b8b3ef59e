"""Who steals the database has no CPR number: none is in it in any shape, and none can be guessed without the key."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text

from resetapp.audit_export import FORMS
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingRefused, RequestKind
from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.mapping import decisions, owner, requests
from resetapp.mapping.requests import Wanted
from resetapp.register import Register
from resetapp.rekey import Rekeying
from resetapp.reset import Desk
from resetapp.settings import DatabaseSettings, Encryption, MappingKey, MappingSettings, Staff
from resetapp.storage import audit, mappings
from resetapp.storage.database import connect
from resetapp.storage.escrow import OfflineKey, new_pair
from resetapp.storage.mappings import AccountMapping
from resetapp.storage.tables import StaffLogin, Table
from tests.builders import PERSON_KEY
from tests.directory.binding import admin_connection
from tests.mail.smtp_server import Post, mail_settings, running_post
from tests.postgresql import programs
from tests.storage.mapping_rows import root
from tests.web.conftest import World
from tests.web.mailing import send as send_mails
from tests.web.number_traces import digests_in, found_in, guesses, hashes_of, index_key, shapes_of, values_of
from tests.web.staff_steps import enter, send, staff_roles
from tests.web.visiting import GOOD, account, cpr

BIRTH_DATE = "311236"  # 31 December 2036: nobody is born then yet
MAPPED, CHANGED, IMPORTED, REFUSED, UNKNOWN = (f"{BIRTH_DATE}{7531 + 111 * n}" for n in range(5))
OWN = (cpr("tove"), cpr("astrid"))  # who asks and who decides: their index is kept while they are logged in
CANARIES = (MAPPED, CHANGED, IMPORTED, REFUSED, UNKNOWN, *OWN)
PRIVATE, PUBLIC = new_pair()
KEYS = tuple(MappingKey(kid, root(kid)) for kid in ("2026c", "2026b", "2026a"))
OUR_KEYS = {f"index key {each.id}": index_key(each.key, each.id) for each in KEYS}
OUR_KEYS |= {f"root {each.id}": each.key for each in KEYS} | {"person_key": PERSON_KEY}
ROLES = (
    *staff_roles(Role.MAPPER, Role.SUPPORT, group=seed.IT_SUPPORT),
    *staff_roles(Role.APPROVER, group=seed.ADMINISTRATORS),
)
Make = Callable[..., World]


@dataclass
class Stolen:
    """What a thief may have, and what is told outside of the database."""

    dump: bytes
    told: bytes
    values: set[bytes]
    listed: set[bytes]  # of the values, those of the list of mappings itself


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def stolen(
    request: pytest.FixtureRequest, make_world: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Stolen]:
    changes = {}
    if request.param == "postgresql":
        changes["database"] = DatabaseSettings(request.getfixturevalue("postgresql_url"))
    with running_post(Encryption.NONE) as post:
        world = live(make_world, post, **changes)
        url = world.settings.database.url
        dump = postgresql_dump(url) if changes else sqlite_files(url)
        told = (caplog.text + exported(world)).encode() + b"".join(mail.octets for mail in post.mails)
        database = desk_of(world).database
        yield Stolen(dump, told, values_of(database), values_of(database, "mapping"))
    if changes:
        empty(url)


def test_no_number_is_in_a_dump_a_log_a_mail_or_an_export_in_any_shape(stolen: Stolen) -> None:
    for digits in CANARIES:
        traces = shapes_of(digits), hashes_of(digits, OUR_KEYS)
        assert found_in(stolen.dump, *traces) == []
        assert found_in(stolen.told, *traces) == []
    assert b"2026a" in stolen.dump  # it is the right one
    assert b"mapping.approved" in stolen.told


def test_no_number_can_be_guessed_without_the_key_and_each_with_it(stolen: Stolen) -> None:
    """What a birth date leaves open is tried with all that is in the list, the right ones with all there is."""
    known = digests_in(stolen.dump)
    assert min(len(known), len(stolen.values)) > 100
    assert len(stolen.listed) > 30
    for digits in CANARIES:
        assert known.isdisjoint(guesses(digits, stolen.values))
    open_numbers = [f"{BIRTH_DATE}{n:04d}" for n in range(4000, 10_000)]
    assert [digits for digits in open_numbers if not known.isdisjoint(guesses(digits, stolen.listed))] == []
    key = [OUR_KEYS["index key 2026c"]]
    found = {digits for digits in open_numbers if not known.isdisjoint(guesses(digits, key))}
    assert found == {MAPPED, CHANGED, IMPORTED, REFUSED}


@pytest.mark.parametrize("shape", ["plain", "reversed", "base32", "percent", "utf-16", "base64", "hex"])
def test_a_planted_number_would_be_found(shape: str) -> None:
    for form in shapes_of(MAPPED)[shape]:
        assert shape in found_in(b"before" + form + b"after", shapes_of(MAPPED))
    assert found_in(b"before and after", shapes_of(MAPPED)) == []


def live(make_world: Make, post: Post, **changes: Any) -> World:
    """Every way that a number can get in: a request, refused ones, logins, a change, a file, a search, a new key."""
    staff = Staff(enabled=True, roles=ROLES, search_by_cpr=True)

    def begin(*kids: str) -> World:
        used = tuple(each for each in KEYS if each.id in kids)
        mapping = MappingSettings(True, "example.dk", used, PUBLIC)
        return make_world(staff=staff, mail=mail_settings(post), mapping=mapping, **changes)

    world = begin("2026a")
    changes["database"] = world.settings.database
    without_number(world, "freja", "sofie")
    ask_and_be_refused(world)
    approve(world, request(world, "freja", MAPPED))
    later(world)
    reset(world, MAPPED)
    rows = stored(world)
    newer = begin("2026b", "2026a")
    newer.clock.at = world.clock.at
    reset(newer, MAPPED, refused=True)  # makes its row anew
    assert {each.key_id for each in stored(newer)} == {"2026b"} != {each.key_id for each in rows}
    change_number(newer)
    import_one(newer)
    newest = begin("2026c", "2026b", "2026a")
    newest.clock.at = newer.clock.at
    rekey(newest)
    later(newest)
    reset(newest, CHANGED, refused=True)
    newest.log_in(UNKNOWN, newest.other_browser())
    enter(newest, "tove")
    assert send(newest, "/staff/look-up", text=CHANGED).status_code == 200
    send_mails(newest)
    return newest


def desk_of(world: World) -> Desk:
    found: Desk = world.app.extensions["resetapp"].desk
    return found


def register_of(world: World) -> Register:
    register = desk_of(world).register
    assert register is not None
    return register


def without_number(world: World, *keys: str) -> None:
    admin = admin_connection(world.endpoint)
    for key in keys:
        change: dict[str, Any] = {"norEduPersonNIN": [("MODIFY_REPLACE", [])]}
        assert admin.modify(f"uid={account(key)},{seed.PEOPLE}", change)[1]["result"] == 0
    admin.unbind()


def member(world: World, key: str) -> StaffLogin:
    """Through the hub: the indexes of their own number are kept with the login."""
    assert enter(world, key, world.other_browser()).status_code == 303
    with desk_of(world).database.reading() as db:
        return list(db.scalars(select(StaffLogin).order_by(StaffLogin.login_id)))[-1]


def request(world: World, key: str, digits: str) -> str:
    wanted = Wanted(account(key), CprNumber.parse(digits), "Sag 4711")
    return requests.request(desk_of(world), register_of(world), member(world, "tove"), wanted)


def approve(world: World, request_id: str) -> None:
    decisions.approve(desk_of(world), register_of(world), member(world, "astrid"), request_id)


def ask_and_be_refused(world: World) -> None:
    """Their own number, one that nobody can log in with, an account that holds one; and what the owner stops."""
    for key, digits in (("freja", OWN[0]), ("freja", cpr("freja")), ("nobody", REFUSED)):
        wanted = Wanted(account(key) if key != "nobody" else "nobody", CprNumber.parse(digits), "Sag")
        with pytest.raises(MappingRefused):
            requests.request(desk_of(world), register_of(world), member(world, "tove"), wanted)
    decisions.reject(desk_of(world), member(world, "astrid"), request(world, "freja", REFUSED), "Nej")
    request(world, "sofie", REFUSED)
    assert owner.freeze(desk_of(world), next(each.id for each in stored(world) if each.username == account("sofie")))


def later(world: World) -> None:
    send_mails(world)
    world.clock.forward(hours=73)


def reset(world: World, digits: str, *, refused: bool = False) -> None:
    """Somebody logs in with this number and is given the account; `refused`: without setting a password."""
    browser = world.other_browser()
    assert world.log_in(digits, browser).location == "/password"
    if not refused:
        assert world.choose_password(GOOD, browser).location == "/done"


def stored(world: World) -> list[AccountMapping]:
    with desk_of(world).database.reading() as db:
        found = mappings.of_person(db, register_of(world).indexes.of(CprNumber.parse(MAPPED)))
        return found or list(db.scalars(select(AccountMapping)))


def change_number(world: World) -> None:
    old, new = CprNumber.parse(MAPPED), CprNumber.parse(CHANGED)
    asked = requests.request_change(desk_of(world), register_of(world), member(world, "tove"), old, new, "Nyt nummer")
    approve(world, asked)


def import_one(world: World) -> None:
    """As a file does it, with the account already found."""
    desk, register = desk_of(world), register_of(world)
    asked = requests.new_request(desk, register, member(world, "tove"), RequestKind.IMPORT, "Fil", 1)
    [found] = desk.directories["people"].find_by_username(account("freja"))
    other = replace(found, key=replace(found.key, entry_id="imported"), username="imported")
    with desk.database.transaction() as db:
        made = requests.new_mapping(register, asked, other, CprNumber.parse(IMPORTED))
        assert mappings.add(db, asked, [made])


def rekey(world: World) -> None:
    desk, indexes = desk_of(world), register_of(world).indexes
    key = OfflineKey("example.dk", PRIVATE)
    done = list(Rekeying(desk.database, desk.journal, indexes, key, desk.clock, "0").chunks())
    assert sum(each.rows for each in done) == sum(each.looked_at for each in done) > 3


def exported(world: World) -> str:
    with desk_of(world).database.reading() as db:
        return "\n".join(line for write in FORMS.values() for line in write(audit.events(db)))


def sqlite_files(url: str) -> bytes:
    """The file with what was deleted and not yet overwritten, and its write-ahead log."""
    file = Path(str(make_url(url).database))
    found = sorted(file.parent.glob(f"{file.name}*"))
    assert any(each.name.endswith("-wal") for each in found)
    return b"".join(each.read_bytes() for each in found)


def postgresql_dump(url: str) -> bytes:
    parsed, binaries = make_url(url), programs()
    assert binaries is not None
    command = [str(binaries / "pg_dump"), "-h", str(parsed.query["host"]), "-U", str(parsed.username)]
    return subprocess.run([*command, str(parsed.database)], capture_output=True, check=True).stdout


def empty(url: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(t.name for t in Table.metadata.sorted_tables)} CASCADE"))
    engine.dispose()
