"""A CPR number that is tied to an account, and what support does to one: told to its owner, and once."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from resetapp import notify
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.freeze import mapping_of
from resetapp.settings import Encryption
from resetapp.storage.outbox import MailKind, MailState
from tests.builders import FREJA, an_account
from tests.mail.smtp_server import Post, running_post
from tests.web.conftest import World
from tests.web.mailing import desk, mailing_world, outbox_of, send
from tests.web.test_events import events

MAPPING = "0123456789abcdef" * 2
ACCOUNT = an_account(mail=("freja@example.dk",))
REQUESTED, APPROVED = MailKind.MAPPING_REQUESTED, MailKind.MAPPING_APPROVED


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


@pytest.fixture
def mailing(make_world: Callable[..., World], post: Post) -> World:
    return mailing_world(make_world, post)


def tell(world: World, kind: MailKind = REQUESTED, account: DirectoryAccount = ACCOUNT, language: str = "da") -> int:
    with desk(world).database.transaction() as db:
        return notify.put_about_mapping(desk(world), db, MAPPING, kind, account, language)


def tell_many(world: World, number: int, account: DirectoryAccount = ACCOUNT) -> int:
    told = [(f"{n:032x}", REQUESTED, account) for n in range(number)]
    with desk(world).database.transaction() as db:
        return notify.put_many(desk(world), db, told)


def test_the_owner_gets_a_mail_with_the_link_that_stops_it(mailing: World, post: Post) -> None:
    assert tell(mailing) == 1
    assert tell(mailing) == 0
    assert tell(mailing, APPROVED) == 1
    assert post.mails == []  # nobody waits for a mail server
    assert send(mailing)
    first, second = sorted(post.mails, key=lambda mail: "godkendte" in mail.text)
    assert (first.recipients, second.recipients) == (["freja@example.dk"], ["freja@example.dk"])
    for mail in post.mails:
        link = next(line for line in mail.text.splitlines() if "://" in line)
        assert link.startswith(f"{mailing.settings.service.public_url}/freeze/")
        assert mapping_of(desk(mailing).person_key, link.rpartition("/")[2]) == MAPPING
    assert FREJA.digits not in "".join(mail.octets.decode() for mail in post.mails)


def test_it_is_on_record_with_the_mapping_and_the_owner(mailing: World) -> None:
    tell(mailing)
    send(mailing)
    [(name, facts)] = events(mailing)
    assert name == "mail.sent"
    assert (facts["mapping"], facts["attempt"], facts["reference"]) == (MAPPING, "", "")
    assert facts["person"] == FREJA.fingerprint(desk(mailing).person_key)
    assert facts["address"] == "f…@example.dk"
    assert [(each.state, each.address) for each in outbox_of(mailing)] == [(MailState.SENT, None)]


@pytest.mark.parametrize("numbers", [frozenset(), frozenset({FREJA, replace(FREJA, digits="6101905678")})])
def test_whose_account_it_is_only_the_directory_says(mailing: World, numbers: frozenset[object]) -> None:
    tell(mailing, account=an_account(mail=ACCOUNT.mail, cpr_numbers=numbers))
    assert [each.person for each in outbox_of(mailing)] == [""]


def test_each_time_support_unlocks_an_account_its_owner_is_told(mailing: World, post: Post) -> None:
    for _ in range(2):
        with desk(mailing).database.transaction() as db:
            assert notify.put_unlocked(desk(mailing), db, ACCOUNT, "7KQ4-M2XD", "en") == 1
    send(mailing)
    assert len(post.mails) == 2
    assert "IT support unlocked your account freja at" in post.mails[0].text
    assert "7KQ4-M2XD" in post.mails[0].text
    assert "://" not in post.mails[0].text


def test_while_mail_is_off_nothing_is_kept(world: World) -> None:
    assert (tell(world), tell_many(world, 2)) == (0, 0)
    assert outbox_of(world) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "freja@example.dk\r\nBcc: thief@example.net",
        "freja@example.dk, thief@example.net",
        f"{FREJA.digits}@example.dk",
    ],
)
def test_a_hostile_address_gets_nothing(mailing: World, hostile: str, caplog: pytest.LogCaptureFixture) -> None:
    account = an_account(mail=(hostile,))
    assert tell(mailing, account=account) == 0
    assert tell_many(mailing, 3, account) == 0
    assert "mail.no_address reference= directory=people accounts=3" in caplog.text
    assert "@" not in caplog.text
    assert outbox_of(mailing) == []


def test_a_hostile_username_adds_no_line_and_no_header(mailing: World, post: Post) -> None:
    tell(mailing, account=an_account("freja\r\nBcc: thief@example.net", mail=ACCOUNT.mail))
    send(mailing)
    [mail] = post.mails
    assert (mail.recipients, mail.message["Bcc"]) == (["freja@example.dk"], None)
    assert "din konto freja??Bcc? thief@example.net." in mail.text


def test_a_cpr_number_as_a_username_is_not_kept(mailing: World, post: Post) -> None:
    tell(mailing, account=an_account(FREJA.digits, mail=ACCOUNT.mail))
    assert [each.username for each in outbox_of(mailing)] == ["xxxxxx-xxxx"]


def test_without_the_request_on_record_there_is_no_mail(mailing: World) -> None:
    with desk(mailing).database.transaction() as db:
        assert notify.put_about_mapping(desk(mailing), db, MAPPING, REQUESTED, ACCOUNT) == 1
        db.rollback()
    assert outbox_of(mailing) == []


def test_a_fault_of_the_outbox_leaves_the_change_whole(mailing: World, caplog: pytest.LogCaptureFixture) -> None:
    with desk(mailing).database.transaction() as db:
        db.execute(sql("ALTER TABLE outbox RENAME COLUMN change TO gone"))
    with desk(mailing).database.transaction() as db:
        db.execute(sql("INSERT INTO count (kind, subject, at) VALUES ('k', 's', '2026-11-22')"))
        assert notify.put_about_mapping(desk(mailing), db, MAPPING, REQUESTED, ACCOUNT) == 0
        assert notify.put_many(desk(mailing), db, [(MAPPING, REQUESTED, ACCOUNT)]) == 0
    with desk(mailing).database.reading() as db:
        assert db.scalar(sql("SELECT kind FROM count")) == "k"
    assert caplog.text.count("notice.not_queued reference=") == 2


def test_an_import_is_told_to_everybody_over_some_time(mailing: World, post: Post) -> None:
    assert tell_many(mailing, 110) == 110
    assert tell_many(mailing, 112) == 2  # run again with two more
    assert send(mailing)
    assert len(post.mails) == 102
    mailing.clock.forward(seconds=2)
    assert send(mailing)
    assert len(post.mails) == 112
