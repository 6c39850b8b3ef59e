"""Each kind of change is told as what it is: presumed, unlocked, one account of several; and support sees the mail."""

from collections.abc import Callable, Iterator

import pytest

from resetapp import settle
from resetapp.core.outcomes import AttemptState
from resetapp.core.staff import Role
from resetapp.demo.certificates import ServerCertificates
from resetapp.settings import Encryption, Staff
from resetapp.settings.model import DirectoryKind
from resetapp.storage.outbox import MailKind
from tests.directory.opening import settings_on
from tests.directory.proxy import Fate
from tests.mail.smtp_server import Post, mail_settings, running_post
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.web.conftest import World
from tests.web.mailing import mailing_world, outbox_of, send
from tests.web.staff_steps import enter, events, staff_roles, visited
from tests.web.staff_steps import send as submitted
from tests.web.test_settling import found_out, lose
from tests.web.test_settling_marks import forget_the_mark
from tests.web.two_directories import GUEST, STUDENT, Two, two_directories
from tests.web.visiting import GOOD

Make = Callable[..., World]
PROMISE = "Vi sender en mail om det"


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


@pytest.fixture
def two(make_world: Make, certificates: ServerCertificates, post: Post) -> Iterator[Two]:
    with two_directories(make_world, certificates, mail=mail_settings(post)) as two:
        yield two


def test_a_presumed_change_is_told_as_presumed_when_it_is_found_out(two: Two, post: Post) -> None:
    lose(two, GUEST)
    assert PROMISE not in two.world.get("/done").text
    assert outbox_of(two.world) == []  # not known: nothing that could be told would be true
    two.set_behind_our_back(GOOD)
    two.world.clock.forward(seconds=15)
    assert found_out(two) == [f"{GUEST} presumed"]
    assert PROMISE in two.world.get("/done").text
    send(two.world)
    [mail] = post.mails
    assert mail.recipients == [f"{GUEST}@example.dk"]
    assert "sandsynligvis ændret" in str(mail.message["Subject"])
    assert "blev sandsynligvis ændret" in mail.text


def never_known(two: Two) -> None:
    """The directory shows nothing that could be compared."""
    lose(two, GUEST)
    forget_the_mark(two)
    two.world.clock.forward(minutes=3)
    assert found_out(two) == [f"{GUEST} unknown"]


def test_what_nobody_will_ever_know_is_told_as_that(two: Two, post: Post) -> None:
    asked_at = two.world.clock()
    never_known(two)
    assert PROMISE in two.world.get("/done").text
    [waiting] = outbox_of(two.world)
    assert (waiting.change, waiting.happened_at) == (MailKind.UNCERTAIN, asked_at)
    send(two.world)
    [mail] = post.mails
    assert mail.recipients == [f"{GUEST}@example.dk"]
    assert "måske ændret" in str(mail.message["Subject"])
    assert "blev måske ændret" in mail.text
    assert "Det skete" not in mail.text


def test_what_is_given_up_after_a_week_is_on_record_and_its_account_is_free(two: Two) -> None:
    """The address is the directory's alone, and that one does not answer: there is nobody to write to."""
    lose(two, GUEST)
    two.world.clock.forward(days=6)
    assert list(settle.give_up(two.desk)) == []
    two.world.clock.forward(days=2)
    assert [(each.username, each.state) for each in settle.give_up(two.desk)] == [(GUEST, AttemptState.UNKNOWN)]
    assert list(settle.give_up(two.desk)) == []
    [told] = events(two.world, "password.settled")
    assert (told["username"], told["state"], told["reasons"]) == (GUEST, "unknown", [])
    assert outbox_of(two.world) == []
    assert two.choose(GUEST).location == "/password"


def test_what_was_not_changed_is_no_news(two: Two) -> None:
    lose(two, GUEST)
    for _ in range(3):
        two.world.clock.forward(minutes=2)
        list(settle.settle(two.desk))
    assert two.states()[GUEST] == AttemptState.NOT_SET
    assert outbox_of(two.world) == []


def test_on_a_receipt_of_several_accounts_each_mail_stands_at_its_own(two: Two, post: Post) -> None:
    two.choose(GUEST, STUDENT)
    two.proxy.fate = Fate.HELD
    two.submit(GOOD)
    two.proxy.fate = Fate.PASSED
    receipt = two.world.get("/done").text
    assert receipt.count(PROMISE) == 1
    assert f"der står på kontoen {STUDENT}." in receipt
    send(two.world)
    assert [each.recipients for each in post.mails] == [[f"{STUDENT}@example.dk"]]


def test_two_accounts_of_one_person_have_a_mail_each(two: Two, post: Post) -> None:
    two.choose(GUEST, STUDENT)
    two.submit(GOOD)
    assert two.world.get("/done").text.count(PROMISE) == 2
    send(two.world)
    assert sorted(each.recipients[0] for each in post.mails) == sorted(f"{n}@example.dk" for n in (GUEST, STUDENT))


def test_a_late_answer_brings_no_second_mail(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    """The process was held up; meanwhile another one has looked, found the change and told of it."""
    directory = two.desk.directories["guests"]
    real = directory.set_password

    def held_up(*arguments: object) -> object:
        answer = real(*arguments)  # type: ignore[arg-type]
        two.world.clock.forward(minutes=3)
        assert found_out(two) == [f"{GUEST} presumed"]
        return answer

    object.__setattr__(directory, "set_password", held_up)
    two.choose(GUEST)
    assert two.submit(GOOD).location == "/done"
    assert two.states()[GUEST] == AttemptState.SET
    assert [each.change for each in outbox_of(two.world)] == [MailKind.PRESUMED]
    assert "notice.not_queued" not in caplog.text


def test_an_unlocked_account_is_told_as_unlocked(
    make_world: Make, certificates: ServerCertificates, post: Post
) -> None:
    with running_domain(certificates) as server:
        for _ in range(domain.LOCKOUT_THRESHOLD):
            server.bind_result(f"person-001@{domain.REALM.lower()}", "a wrong password")
        server.change(f"CN=Person-001 Prøve,{domain.PEOPLE}", mail=["person-001@samdom.test"])
        world = make_world(
            directories=(settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, unlock=True),), mail=mail_settings(post)
        )
        world.log_in(domain.cpr_of("person-001").digits)
        assert world.post("/unlock", {}).location == "/done"
        assert PROMISE in world.get("/done").text
        send(world)
    [mail] = post.mails
    assert mail.recipients == ["person-001@samdom.test"]
    assert "er låst op" in str(mail.message["Subject"])
    assert "Adgangskoden er den samme som før" in mail.text


def test_support_sees_where_the_mail_went_but_not_the_address(make_world: Make, post: Post) -> None:
    world = mailing_world(make_world, post, staff=Staff(enabled=True, roles=staff_roles(Role.SUPPORT)))
    reference = visited(world)
    [address] = [each.address or "" for each in outbox_of(world)]
    send(world)
    enter(world)
    page = submitted(world, "/staff/look-up", text=reference).text
    assert f"Mail om ændringen afsendt til {address[0]}…@example.dk" in page
    assert address not in page
