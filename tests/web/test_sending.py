"""By SMS and to another system: from the press of the button to a real server over TLS, each way on its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from resetapp.app import couriers_of
from resetapp.core.secret import Secret
from resetapp.core.staff import Role
from resetapp.deliver import send_due
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.settings import Encryption, Mail, Sms, Staff, Webhook
from resetapp.storage.outbox import Channel, MailState
from tests.directory.binding import admin_connection
from tests.mail.smtp_server import mail_settings, running_post
from tests.sending.gateway import Gateway, running_gateway
from tests.web.conftest import PUBLIC_URL, World, directory_settings
from tests.web.mailing import desk, outbox_of
from tests.web.staff_steps import enter, staff_roles, visited
from tests.web.staff_steps import send as submitted
from tests.web.test_events import events
from tests.web.visiting import GOOD, account, cpr

FREJA = account("freja")
Make = Callable[..., World]


@pytest.fixture
def gateway(certificates: ServerCertificates) -> Iterator[Gateway]:
    with running_gateway(certificates) as gateway:
        yield gateway


@pytest.fixture
def make(make_world: Make, gateway: Gateway, directory: Endpoint, certificates: ServerCertificates) -> Make:
    """A world with an SMS gateway, a receiver of the webhook, or both, which are the same server; without mail."""

    def made(*ways: str, **changes: Any) -> World:
        known = {"enabled": True, "url": gateway.url, "ca_file": certificates.ca}
        if "sms" in ways:
            changes["directories"] = (directory_settings(directory, mobile_attribute="mobile"),)
            changes["sms"] = Sms(**known, sender="Eksempel")
        if "webhook" in ways:
            changes["webhook"] = Webhook(**known, secret=Secret("w" * 64))
        return make_world(**changes)

    return made


def numbered(world: World, *numbers: str) -> None:
    admin = admin_connection(world.endpoint)
    change: dict[str, Any] = {"mobile": [("MODIFY_REPLACE", list(numbers))]}
    assert admin.modify(f"uid={FREJA},{seed.PEOPLE}", change)[1]["result"] == 0
    admin.unbind()


def change(world: World) -> str:
    world.log_in(cpr("freja"))
    assert world.choose_password(GOOD).location == "/done"
    return world.get("/done").text


def send(world: World) -> list[bool]:
    return [send_due(desk(world), courier) for courier in couriers_of(world.settings)]


def test_a_new_password_is_told_to_the_owners_telephone(make: Make, gateway: Gateway) -> None:
    world = make("sms")
    numbered(world, "20 00 00 78", "+45 20000078", "+46 70 000 00 00")
    receipt = change(world)
    assert "Din adgangskode er ændret" in receipt
    assert f"Vi sender en SMS om det til det nummer, der står på kontoen {FREJA}." in receipt
    assert "mail om det" not in receipt
    assert gateway.got == []
    assert send(world) == [True]
    assert sorted(got.json["to"] for got in gateway.got) == ["+4520000078", "+46700000000"]
    message = gateway.got[0].json["message"]
    assert f"Adgangskoden til din konto {FREJA} blev ændret" in message
    for secret in (GOOD, cpr("freja"), "://"):
        assert secret not in message
    told = {str(facts["address"]) for name, facts in events(world) if name == "sms.sent"}
    assert told == {"+45…78", "+46…00"}
    assert [(each.channel, each.state, each.address) for each in outbox_of(world)] == [
        (Channel.SMS, MailState.SENT, None)
    ] * 2


@pytest.mark.parametrize("number", [cpr("freja"), "20000078, 20000079", "20000078\r\nX: y", "112", "ring til mig"])
def test_what_is_not_one_number_gets_nothing(
    make: Make, gateway: Gateway, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = make("sms")
    numbered(world, number)
    receipt = change(world)
    assert "Din adgangskode er ændret" in receipt
    assert "Vi sender" not in receipt
    assert send(world) == [True]
    assert (gateway.got, outbox_of(world)) == ([], [])
    assert "sms.address_refused reference=" in caplog.text
    assert "sms.no_address reference=" in caplog.text


def test_while_it_is_off_no_number_is_asked_for(make: Make) -> None:
    world = make("webhook")
    numbered(world, "20000078")
    assert "Vi sender" not in change(world)  # the webhook tells nobody but the institution
    assert [each.channel for each in outbox_of(world)] == [Channel.WEBHOOK]
    assert "sender vi en SMS" not in world.get("/privacy").text
    assert "sender vi en SMS" in make("sms").get("/privacy").text


@pytest.mark.parametrize(
    ("language", "both", "mail_alone"),
    [
        ("da", "Vi sender en mail og en SMS om det.", "Vi sender en mail om det"),
        ("en", "We are sending an email and an SMS about this.", "We are sending an email about this"),
    ],
)
def test_the_receipt_promises_what_is_on_its_way_and_no_more(
    make: Make, gateway: Gateway, language: str, both: str, mail_alone: str
) -> None:
    with running_post(Encryption.NONE) as post:
        world = make("sms", mail=mail_settings(post))
    numbered(world, "20000078")
    world.client.get(f"/?lang={language}", base_url=PUBLIC_URL)
    assert both in change(world)
    gateway.status = 400
    send(world)
    receipt = world.get("/done").text
    assert mail_alone in receipt
    assert "SMS" not in receipt


@pytest.mark.parametrize(("status", "words"), [(200, "SMS om ændringen afsendt til"), (400, "kunne ikke sendes til")])
def test_support_sees_where_the_sms_went_but_not_the_number(
    make: Make, gateway: Gateway, status: int, words: str
) -> None:
    world = make("sms", staff=Staff(enabled=True, roles=staff_roles(Role.SUPPORT)))
    numbered(world, "20000078")
    reference = visited(world)
    gateway.status = status
    send(world)
    enter(world)
    page = submitted(world, "/staff/look-up", text=reference).text
    assert f"{words} +45…78" in page
    assert "20000078" not in page


def test_another_system_is_told_also_of_an_account_without_an_address(make: Make, gateway: Gateway) -> None:
    world = make("webhook")
    change(world)
    assert send(world) == [True]
    [got] = gateway.got
    [row] = outbox_of(world)
    reference = str(events(world)[0][1]["reference"])
    assert got.json == {
        "id": row.id,
        "event": "changed",
        "at": row.happened_at.isoformat(timespec="seconds"),
        "reference": reference,
        "directory": "people",
        "username": FREJA,
    }
    for secret in (GOOD.encode(), cpr("freja").encode(), row.person.encode(), b"@"):
        assert secret not in got.body
    assert row.state == MailState.SENT
    assert [name for name, _ in events(world) if name.endswith(".sent")] == []
    assert send(world) == [True]
    assert len(gateway.got) == 1


def test_one_way_that_is_down_holds_up_no_other(make: Make, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    with running_post(Encryption.NONE) as post:
        world = make("sms", "webhook", mail=mail_settings(post))
        numbered(world, "20000078")
        change(world)
        gateway.status = 503
        assert send(world) == [True, False, False]
        assert len(post.mails) == 1
        assert len(gateway.got) == 2
        gateway.status = 200
        assert send(world) == [True, True, True]
        assert len(gateway.got) == 2  # not before its pause is over
        world.clock.forward(minutes=1)
        assert send(world) == [True, True, True]
    assert len({got.body for got in gateway.got}) == 2
    assert len(gateway.got) == 4
    assert "sms.put_off reference=" in caplog.text
    assert "webhook.sent reference=" in caplog.text
    assert "20000078" not in caplog.text
    assert "secret words" not in caplog.text
    assert {each.state for each in outbox_of(world)} == {MailState.SENT}


def test_an_sms_that_is_refused_for_good_is_given_up(make: Make, gateway: Gateway) -> None:
    world = make("sms")
    numbered(world, "20000078")
    change(world)
    gateway.status = 422
    assert send(world) == [True]
    assert [facts["reason"] for name, facts in events(world) if name == "sms.given_up"] == ["http_422"]
    assert [(each.state, each.address) for each in outbox_of(world)] == [(MailState.GIVEN_UP, None)]


def test_nothing_is_switched_on_by_itself(make_world: Make) -> None:
    world = make_world()
    assert couriers_of(world.settings) == []
    assert (world.settings.mail, world.settings.sms, world.settings.webhook) == (Mail(), Sms(), Webhook())
    change(world)
    assert outbox_of(world) == []
