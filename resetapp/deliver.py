"""What waits in the outbox is sent: by mail, by SMS, and to another system of the institution.

`send_due` claims the notices of one way one by one, sends each, and writes down what became of it. Between the sending
and the writing no transaction is open. A process that dies there leaves a notice that may have been sent; it is sent
once more when the claim runs out, under the same name. One that is known to be sent is never sent again. A server that
is down holds up its own way alone.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.events import MailGivenUp, MailSent, SmsGivenUp, SmsSent
from resetapp.core.mailbox import masked
from resetapp.core.mobile import masked_number
from resetapp.core.notices import Delivery, Facts, Fate
from resetapp.mail.letter import Letters
from resetapp.mail.server import MailServer
from resetapp.reset import Desk
from resetapp.sending.sms import SmsGateway
from resetapp.sending.webhook import Events
from resetapp.storage import outbox
from resetapp.storage.database import Session
from resetapp.storage.outbox import Channel, MailState, OutboxMail

log = logging.getLogger(__name__)

_PAUSE = 5.0  # seconds between two looks into the outbox
_PAUSE_AFTER_FAULT = 60.0  # a server that is down is asked again in a while, not at every notice that waits


@dataclass(frozen=True, slots=True)
class Courier:
    """`prepare` writes a notice, and returns what hands it over. It may raise; what it returns never does."""

    channel: Channel
    prepare: Callable[[Facts, datetime], Callable[[], Delivery]]


def by_mail(letters: Letters, server: MailServer) -> Courier:
    def prepare(facts: Facts, now: datetime) -> Callable[[], Delivery]:
        message = letters.write(facts, now)
        return lambda: server.deliver(message, facts.address)

    return Courier(Channel.MAIL, prepare)


def by_sms(gateway: SmsGateway) -> Courier:
    return Courier(Channel.SMS, gateway.prepare)


def by_webhook(events: Events) -> Courier:
    return Courier(Channel.WEBHOOK, events.prepare)


def send_due(desk: Desk, courier: Courier) -> bool:
    """Send what is due, until nothing is or the server takes nothing. False in that case. Raises DatabaseDown."""
    while notice := _claimed(desk, courier.channel):
        delivery = _send(desk, courier, notice)
        _record(desk, notice, delivery)
        if delivery.fate is Fate.DOWN:
            return False
    return True


def _claimed(desk: Desk, channel: Channel) -> OutboxMail | None:
    with desk.database.reading() as db:
        due = outbox.is_due(db, desk.clock(), channel)
    if not due:
        return None
    with desk.database.transaction() as db:
        return outbox.claim(db, desk.clock(), channel)


def _send(desk: Desk, courier: Courier, notice: OutboxMail) -> Delivery:
    try:
        hand_over = courier.prepare(_facts(notice), desk.clock())
    except Exception as error:  # nothing was sent: a row that somebody has changed, or a fault of ours
        return Delivery(Fate.REFUSED, f"not_written_{type(error).__name__}")
    return hand_over()


def _facts(notice: OutboxMail) -> Facts:
    return Facts(
        ident=notice.id,
        key=str(notice.change),
        address=notice.address or "",
        language=notice.language or "",
        username=notice.username,
        reference=notice.reference,
        at=notice.happened_at,
        mapping=notice.mapping_id or "",
        starts_at=notice.starts_at,
        directory=notice.directory,
        by_code=notice.by_code,
    )


def _record(desk: Desk, notice: OutboxMail, delivery: Delivery) -> None:
    now = desk.clock()
    word = "claim_lost"  # to a sender that came when the lease was over: what became of it, that one says
    with desk.database.transaction() as db:
        if delivery.fate is Fate.SENT:
            if outbox.end(db, notice, MailState.SENT, now):
                _write_down(desk, db, notice, now)
                word = "sent"
        elif delivery.fate is not Fate.REFUSED and outbox.put_off(db, notice, now):
            word = "put_off"
        elif outbox.end(db, notice, MailState.GIVEN_UP, now):
            _write_down(desk, db, notice, now, delivery.reason or "none")
            word = "given_up"
    level = logging.INFO if delivery.fate is Fate.SENT else logging.WARNING
    told = (notice.channel, word, notice.reference, notice.tries, delivery.reason or "none")
    log.log(level, "%s.%s reference=%s tries=%d reason=%s", *told)


def _write_down(desk: Desk, db: Session, notice: OutboxMail, now: datetime, given_up: str = "") -> None:
    """What reaches the owner, or does not. The webhook tells nobody but the institution: that is in the log alone."""
    if notice.channel is Channel.WEBHOOK:
        return
    mail, address = notice.channel is Channel.MAIL, notice.address or ""
    about = {
        "reference": notice.reference,
        "person": notice.person,
        "attempt": notice.attempt_id or "",
        "mapping": notice.mapping_id or "",
        "address": masked(address) if mail else masked_number(address),
    }
    if given_up:
        desk.journal.write(db, (MailGivenUp if mail else SmsGivenUp)(**about, reason=given_up), now)
    else:
        desk.journal.write(db, (MailSent if mail else SmsSent)(**about), now)


class Sender(threading.Thread):
    """Sends in the background of a serving process, until the process ends."""

    def __init__(self, desk: Desk, courier: Courier) -> None:
        super().__init__(name=f"sender-{courier.channel}", daemon=True)
        self._due: Callable[[], bool] = lambda: send_due(desk, courier)
        self._end = threading.Event()

    def run(self) -> None:
        """At once, for what a killed process may have left, and then again and again."""
        while True:
            try:
                pause = _PAUSE if self._due() else _PAUSE_AFTER_FAULT
            except Exception as error:  # the database is down, or a fault of ours: the next round may go well
                log.error("sender.fault fault=%s", type(error).__name__)
                pause = _PAUSE
            if self._end.wait(pause):
                return

    def stop(self) -> None:
        self._end.set()
