"""A world whose mails go to a real SMTP server, with a sender that is started by hand."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from resetapp.app import letters_of
from resetapp.deliver import Courier, by_mail, send_due
from resetapp.demo import ldap_seed as seed
from resetapp.mail.server import MailServer
from resetapp.reset import Desk
from resetapp.storage.outbox import OutboxMail
from tests.directory.binding import admin_connection
from tests.mail.smtp_server import Post, mail_settings
from tests.web.conftest import World

Make = Callable[..., World]


def desk(world: World) -> Desk:
    found: Desk = world.app.extensions["resetapp"].desk
    return found


def postman(world: World, patience: float = 2.0) -> Courier:
    return by_mail(letters_of(world.settings), MailServer(world.settings.mail, patience=patience))


def send(world: World) -> bool:
    """What is due by mail, by one sender."""
    return send_due(desk(world), postman(world))


def outbox_of(world: World) -> list[OutboxMail]:
    with desk(world).database.reading() as db:
        return list(db.scalars(select(OutboxMail).order_by(OutboxMail.queued_at, OutboxMail.number)))


def mailing_world(make_world: Make, post: Post, *more: Any, **changes: Any) -> World:
    return make_world(*more, mail=mail_settings(post), **changes)


def addressed(world: World, username: str, *addresses: str | bytes) -> None:
    """What the directory holds as this person's mail address from now on."""
    admin = admin_connection(world.endpoint)
    change: dict[str, Any] = {"mail": [("MODIFY_REPLACE", list(addresses))]}
    assert admin.modify(f"uid={username},{seed.PEOPLE}", change)[1]["result"] == 0
    admin.unbind()
