"""The owner is told by mail: from the press of the button to the SMTP server; to nobody else, and once."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text as sql

from resetapp.core.outcomes import AttemptState
from resetapp.deliver import Sender
from resetapp.settings import Encryption
from resetapp.storage.outbox import LEASE, MailState
from tests.directory.binding import binds
from tests.mail.smtp_server import FROM, Post, running_post
from tests.web.conftest import World
from tests.web.mailing import addressed, desk, mailing_world, outbox_of, postman, send
from tests.web.test_events import events
from tests.web.visiting import ALSO_GOOD, GOOD, account, cpr, rows

FREJA = account("freja")
ADDRESS = f"{FREJA}@example.dk"
PROMISE = "Vi sender en mail om det"


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


@pytest.fixture
def mailing(make_world: Callable[..., World], post: Post) -> World:
    return mailing_world(make_world, post)


def change(world: World, password: str = GOOD) -> str:
    """Freja sets a password. Returns the receipt."""
    world.log_in(cpr("freja"))
    assert world.choose_password(password).location == "/done"
    return world.get("/done").text


def told(world: World, name: str) -> list[tuple[object, ...]]:
    facts = [facts for found, facts in events(world) if found == name]
    return [(each["reference"], each["attempt"], each["address"], each.get("reason")) for each in facts]


def test_a_new_password_is_told_to_its_owner(mailing: World, post: Post) -> None:
    receipt = change(mailing)
    assert f"{PROMISE} til den adresse, der står på kontoen {FREJA}." in receipt
    assert post.mails == []  # promised, not sent: nobody waits for a mail server
    assert send(mailing)
    [mail] = post.mails
    assert (mail.sender, mail.recipients, mail.message["To"]) == (FROM, [ADDRESS], ADDRESS)
    [attempt] = rows(mailing)
    reference = str(events(mailing)[0][1]["reference"])
    assert f"din konto {FREJA} hos Eksempel Universitet blev ændret" in mail.text
    assert reference in mail.text
    for secret in (GOOD, cpr("freja"), cpr("freja")[6:], str(len(GOOD)) + " tegn", attempt.person, attempt.id):
        assert secret not in mail.octets.decode()
    assert told(mailing, "mail.sent") == [(reference, attempt.id, f"{ADDRESS[0]}…@example.dk", None)]
    assert [(each.state, each.address, each.language) for each in outbox_of(mailing)] == [(MailState.SENT, None, None)]
    assert send(mailing)
    assert len(post.mails) == 1


def test_it_is_written_in_the_language_of_the_login(mailing: World, post: Post) -> None:
    mailing.get("/?lang=en")
    assert "We are sending an email about this to the address on the account" in change(mailing)
    send(mailing)
    assert post.mails[0].message["Subject"] == "Your password at Example University has been changed"


def test_while_mail_is_off_no_address_is_kept_and_nothing_promised(world: World) -> None:
    assert PROMISE not in change(world)
    assert outbox_of(world) == []
    assert "sender vi en mail" not in world.get("/privacy").text


def test_the_privacy_page_tells_of_the_address(mailing: World) -> None:
    assert "sender vi en mail" in mailing.get("/privacy").text


def test_a_refused_password_is_no_news(mailing: World) -> None:
    mailing.log_in(cpr("freja"))
    mailing.choose_password("kort")
    assert outbox_of(mailing) == []


def test_the_address_is_that_of_the_change_and_not_of_the_login(mailing: World, post: Post) -> None:
    mailing.log_in(cpr("freja"))
    addressed(mailing, FREJA, "moved@example.dk")
    mailing.choose_password(GOOD)
    addressed(mailing, FREJA, "thief@example.net")  # what is changed afterwards reaches nobody
    send(mailing)
    assert [each.recipients for each in post.mails] == [["moved@example.dk"]]


def test_each_of_several_addresses_has_a_mail_of_its_own(mailing: World, post: Post) -> None:
    addressed(mailing, FREJA, "one@example.dk", "two@example.dk")
    change(mailing)
    send(mailing)
    assert sorted(each.recipients for each in post.mails) == [["one@example.dk"], ["two@example.dk"]]
    assert len({each.message["Message-ID"] for each in post.mails}) == 2


def test_a_mistake_in_the_directory_makes_no_bulk_mail(mailing: World, caplog: pytest.LogCaptureFixture) -> None:
    addressed(mailing, FREJA, *(f"a{n}@example.dk" for n in range(7)))
    change(mailing)
    assert len(outbox_of(mailing)) == 5
    assert "mail.many_addresses reference=" in caplog.text


@pytest.mark.parametrize(
    "hostile",
    [
        "freja@example.dk\r\nBcc: thief@example.net",
        "freja@example.dk\nSubject: Vigtigt",
        "freja@example.dk, thief@example.net",
        "Freja <thief@example.net>",
        "frejå@example.dk",
        b"\xff\xfe@example.dk",
        f"{cpr('freja')}@example.dk",
        f"x{cpr('freja')[:6]}-{cpr('freja')[6:]}@example.dk",
    ],
)
def test_a_hostile_address_gets_nothing_and_hides_no_good_one(
    mailing: World, post: Post, hostile: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    addressed(mailing, FREJA, hostile)
    receipt = change(mailing)
    assert "Din adgangskode er ændret" in receipt
    assert PROMISE not in receipt
    assert "mail.address_refused reference=" in caplog.text
    assert "mail.no_address reference=" in caplog.text
    assert "thief" not in caplog.text
    assert "@" not in caplog.text
    addressed(mailing, FREJA, hostile, "good@example.dk")
    change(mailing, ALSO_GOOD)
    send(mailing)
    assert [each.recipients for each in post.mails] == [["good@example.dk"]]


def test_nothing_is_sent_twice_with_many_senders(mailing: World, post: Post) -> None:
    addressed(mailing, FREJA, *(f"a{n}@example.dk" for n in range(5)))
    change(mailing)
    start = threading.Barrier(4)

    def sender(_: int) -> bool:
        start.wait()
        return send(mailing)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(sender, range(4)))
    assert sorted(each.recipients[0] for each in post.mails) == [f"a{n}@example.dk" for n in range(5)]


def test_a_mail_that_may_have_been_sent_comes_again_under_the_same_name(mailing: World, post: Post) -> None:
    """The server took it and broke off, or our process died before it could write that down."""
    change(mailing)
    post.breaks_off = "after"
    assert not send(mailing)
    post.breaks_off = ""
    mailing.clock.forward(minutes=1)
    assert send(mailing)
    assert len({each.message["Message-ID"] for each in post.mails}) == 1
    assert len(post.mails) == 2
    assert len(told(mailing, "mail.sent")) == 1


def test_a_killed_sender_leaves_its_mail_to_the_next(mailing: World, post: Post) -> None:
    change(mailing)

    def die() -> None:
        with desk(mailing).database.transaction() as db:  # somebody else holds the row by now
            db.execute(sql("UPDATE outbox SET claim = 'another'"))

    post.before_answer = die
    send(mailing)
    assert [each.state for each in outbox_of(mailing)] == [MailState.QUEUED]
    assert told(mailing, "mail.sent") == []  # who has lost the claim says nothing
    post.before_answer = lambda: None
    assert send(mailing)
    assert len(post.mails) == 1
    mailing.clock.forward(seconds=LEASE.total_seconds())
    assert send(mailing)
    assert [each.state for each in outbox_of(mailing)] == [MailState.SENT]


def test_a_recipient_refused_for_good_is_given_up_and_no_longer_promised(mailing: World, post: Post) -> None:
    post.recipient_answers[ADDRESS] = "550 5.1.1 No such user"
    assert PROMISE in change(mailing)
    assert send(mailing)
    [mail] = outbox_of(mailing)
    assert (mail.state, mail.address) == (MailState.GIVEN_UP, None)
    assert [each[2:] for each in told(mailing, "mail.given_up")] == [(f"{ADDRESS[0]}…@example.dk", "recipient_550")]
    receipt = mailing.get("/done").text
    assert PROMISE not in receipt
    assert "Din adgangskode er ændret" in receipt


def test_a_recipient_refused_for_a_while_gets_it_later(mailing: World, post: Post) -> None:
    addressed(mailing, FREJA, "busy@example.dk", "free@example.dk")
    post.recipient_answers["busy@example.dk"] = "451 Later"
    change(mailing)
    assert send(mailing)
    assert [each.recipients for each in post.mails] == [["free@example.dk"]]  # the other does not wait for it
    post.recipient_answers.clear()
    assert send(mailing)
    assert len(post.mails) == 1  # not before its pause is over
    mailing.clock.forward(minutes=1)
    assert send(mailing)
    assert post.mails[1].recipients == ["busy@example.dk"]


def test_a_server_that_is_down_for_two_days_changes_nothing_of_the_password(
    make_world: Callable[..., World], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    world = mailing_world(make_world, Post(port=port))
    addressed(world, FREJA, "one@example.dk", "two@example.dk")
    assert "Din adgangskode er ændret" in change(world)
    assert not send(world)
    assert sorted(each.tries for each in outbox_of(world)) == [0, 1]  # the second does not try at a server that is down
    world.clock.forward(hours=48)
    assert not send(world)
    assert not send(world)
    assert [(each.state, each.address) for each in outbox_of(world)] == [(MailState.GIVEN_UP, None)] * 2
    assert [each[3] for each in told(world, "mail.given_up")] == ["connection_not_reached"] * 2
    assert "mail.given_up reference=" in caplog.text
    assert "@" not in caplog.text
    assert binds(world.endpoint, FREJA, GOOD)


def test_a_fault_of_the_outbox_does_not_hide_the_new_password(mailing: World, caplog: pytest.LogCaptureFixture) -> None:
    mailing.log_in(cpr("freja"))
    with desk(mailing).database.transaction() as db:
        db.execute(sql("ALTER TABLE outbox RENAME COLUMN change TO gone"))
    assert mailing.choose_password(GOOD).location == "/done"
    assert [each.state for each in rows(mailing)] == [AttemptState.SET]
    assert binds(mailing.endpoint, FREJA, GOOD)
    assert "notice.not_queued reference=" in caplog.text


def test_without_the_change_on_record_there_is_no_mail(mailing: World) -> None:
    """One transaction: a mail about a change that was rolled back would be untrue."""
    mailing.log_in(cpr("freja"))
    directory = desk(mailing).directories["people"]
    real = directory.set_password

    def breaking(*arguments: object) -> object:
        answer = real(*arguments)  # type: ignore[arg-type]
        with desk(mailing).database.transaction() as db:
            db.execute(sql("ALTER TABLE audit_event RENAME TO gone"))
        return answer

    object.__setattr__(directory, "set_password", breaking)
    assert mailing.choose_password(GOOD).status_code >= 500
    with desk(mailing).database.transaction() as db:
        db.execute(sql("ALTER TABLE gone RENAME TO audit_event"))
    assert outbox_of(mailing) == []


def test_the_thread_in_the_background_sends_by_itself(mailing: World, post: Post) -> None:
    arrived = threading.Event()
    post.before_answer = arrived.set
    change(mailing)
    sender = Sender(desk(mailing), postman(mailing))
    sender.start()
    assert arrived.wait(10)
    assert sender.daemon
    sender.stop()
    sender.join(5)
    assert not sender.is_alive()
    assert [each.state for each in outbox_of(mailing)] == [MailState.SENT]


def test_a_row_that_somebody_has_changed_is_not_written_to(mailing: World, post: Post) -> None:
    """The letter judges the address once more: a copy of the database's rights is no right to send mail."""
    change(mailing)
    with desk(mailing).database.transaction() as db:
        db.execute(sql("UPDATE outbox SET address = 'a@example.dk, thief@example.net'"))
    assert send(mailing)
    assert (post.mails, post.tries) == ([], 0)
    assert [each[3] for each in told(mailing, "mail.given_up")] == ["not_written_ValueError"]
