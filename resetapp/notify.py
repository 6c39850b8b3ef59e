"""The owner of an account is told by mail what was done to it: put in writing with the change, sent a little later.

`put` writes one mail for each of the account's own addresses into the outbox, in the transaction of the change. The
addresses are those that the directory shows at the time of the change; neither the browser nor the hub can name one.
Several addresses all get the mail: a thief who has got hold of one cannot keep it from the others, and a directory
shows them in no order. Nothing that goes wrong here undoes or hides what became of the password.

`send_due` claims the mails one by one, sends each, and writes down what became of it. Between the sending and the
writing no transaction is open. A process that dies there leaves a mail that may have been sent; it is sent once more
when the claim runs out, with the same Message-ID. A mail that is known to be sent is never sent again.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.events import MailGivenUp, MailSent
from resetapp.core.mailbox import is_mailbox, masked
from resetapp.mail.letter import Facts, Letters
from resetapp.mail.server import Delivery, Fate, MailServer
from resetapp.reset import Desk
from resetapp.storage import outbox
from resetapp.storage.database import Session
from resetapp.storage.outbox import About, MailKind, MailState, OutboxMail
from resetapp.storage.tables import Visit

log = logging.getLogger(__name__)

_MOST = 5  # addresses of one account; a mistake in a directory must not make us a sender of bulk mail
_PAUSE = 5.0  # seconds between two looks into the outbox
_PAUSE_AFTER_FAULT = 60.0  # a server that is down is asked again in a while, not at every mail that waits


def put(
    desk: Desk, db: Session, visit: Visit, attempt_id: str, kind: MailKind, account: DirectoryAccount | None
) -> None:
    """In the transaction of what the mail tells of. Never raises what is wrong with an address or the outbox."""
    if account is not None:
        reference, language = visit.login.reference, visit.login.language
        _put(desk, db, account, lambda: outbox.of_attempt(db, attempt_id, kind, desk.clock()), reference, language)


def put_about_mapping(
    desk: Desk,
    db: Session,
    mapping_id: str,
    kind: MailKind,
    account: DirectoryAccount,
    language: str = "da",
    *,
    reference: str = "",
    starts_at: datetime | None = None,
) -> int:
    """As `put`: about a CPR number that is, or shall be, tied to this account; each kind once for a mapping.

    `account`: as its directory shows it now. `language`: "" writes in both. `starts_at`: the mapping opens nothing
    before. Returns how many mails were written; 0: nobody is told, for mail is off or there is no usable address.
    """
    return _put(
        desk, db, account, lambda: _about(desk, kind, account, reference, mapping_id, starts_at), reference, language
    )


def put_unlocked(desk: Desk, db: Session, account: DirectoryAccount, reference: str, language: str) -> int:
    """As above: support has lifted a lock. Each time it does, the owner is told."""
    kind = MailKind.UNLOCKED_BY_SUPPORT
    return _put(desk, db, account, lambda: _about(desk, kind, account, reference), reference, language)


def put_code_issued(desk: Desk, db: Session, account: DirectoryAccount) -> int:
    """As above: support has been shown an activation code for this account. In both languages, each time."""
    return _put(desk, db, account, lambda: _about(desk, MailKind.CODE_ISSUED, account, ""), "", "")


def put_many(
    desk: Desk,
    db: Session,
    told: Iterable[tuple[str, MailKind, DirectoryAccount]],
    language: str = "da",
    *,
    starts_at: datetime | None = None,
) -> int:
    """`put_about_mapping` for an import: (mapping's id, kind, account) of each. Raises and returns as that does.

    The mails are sent over some time, a few a second, so that a changed password is told in between.
    """
    if not desk.mail_on:
        return 0
    try:
        found = [
            (_about(desk, kind, account, "", mapping_id, starts_at), account, _Addresses.of(account))
            for mapping_id, kind, account in told
        ]
        with db.begin_nested():
            put = outbox.put_many(
                db, [(about, addresses.good) for about, _, addresses in found], language, desk.clock()
            )
    except Exception as error:
        log.error("mail.not_queued reference= fault=%s", type(error).__name__)
        return 0
    counted = Counter((word, account.key.directory) for _, account, addresses in found for word in addresses.faults)
    for (word, where), number in sorted(counted.items()):
        log.warning("mail.%s reference= directory=%s accounts=%d", word, where, number)
    return put


def _put(
    desk: Desk, db: Session, account: DirectoryAccount, about: Callable[[], About], reference: str, language: str
) -> int:
    if not desk.mail_on:
        return 0
    try:
        addresses = _Addresses.of(account)
        for word in addresses.faults:
            log.warning("mail.%s reference=%s directory=%s", word, reference, account.key.directory)
        with db.begin_nested():
            return outbox.put(db, about(), addresses.good, language, desk.clock())
    except Exception as error:  # a notice that fails must not make a changed password look unchanged
        log.error("mail.not_queued reference=%s fault=%s", reference, type(error).__name__)
        return 0


def _about(
    desk: Desk,
    kind: MailKind,
    account: DirectoryAccount,
    reference: str,
    mapping_id: str | None = None,
    starts_at: datetime | None = None,
) -> About:
    """The owner is who the directory says: the number of a mapping may be a thief's, who could have the row erased."""
    numbers = list(account.cpr_numbers)
    return About(
        kind=kind,
        directory=account.key.directory,
        username=account.username,
        happened_at=desk.clock(),
        reference=reference,
        person=numbers[0].fingerprint(desk.person_key) if len(numbers) == 1 else "",
        mapping_id=mapping_id,
        starts_at=starts_at,
    )


@dataclass(frozen=True, slots=True)
class _Addresses:
    """Those of one account that may be written to, and our words for what is wrong with the others."""

    good: list[str]
    faults: list[str]

    @classmethod
    def of(cls, account: DirectoryAccount) -> "_Addresses":
        good = [each for each in dict.fromkeys(account.mail) if _may_be_written_to(each, account.cpr_numbers)]
        wrong = {
            "address_refused": len(good) < len(set(account.mail)),
            "no_address": not good,
            "many_addresses": len(good) > _MOST,
        }
        return cls(good[:_MOST], [word for word, holds in wrong.items() if holds])


def _may_be_written_to(address: str, numbers: frozenset[CprNumber]) -> bool:
    """Also no CPR number in it: none is ever kept, not even as somebody's address."""
    digits = address.replace("-", "")
    return is_mailbox(address) and not any(number.digits in digits for number in numbers)


# ---- sending


def send_due(desk: Desk, letters: Letters, server: MailServer) -> bool:
    """Send what is due, until nothing is or the server takes nothing. False in that case. Raises DatabaseDown."""
    while mail := _claimed(desk):
        delivery = _send(desk, letters, server, mail)
        _record(desk, mail, delivery)
        if delivery.fate is Fate.DOWN:
            return False
    return True


def _claimed(desk: Desk) -> OutboxMail | None:
    with desk.database.reading() as db:
        due = outbox.is_due(db, desk.clock())
    if not due:
        return None
    with desk.database.transaction() as db:
        return outbox.claim(db, desk.clock())


def _send(desk: Desk, letters: Letters, server: MailServer, mail: OutboxMail) -> Delivery:
    address = mail.address or ""
    try:
        message = letters.write(_facts(mail, address), desk.clock())
    except Exception as error:  # nothing was sent: a row that somebody has changed, or a fault of ours
        return Delivery(Fate.REFUSED, f"not_written_{type(error).__name__}")
    return server.deliver(message, address)


def _facts(mail: OutboxMail, address: str) -> Facts:
    return Facts(
        ident=mail.id,
        key=str(mail.change),
        address=address,
        language=mail.language or "",
        username=mail.username,
        reference=mail.reference,
        at=mail.happened_at,
        mapping=mail.mapping_id or "",
        starts_at=mail.starts_at,
        by_code=mail.by_code,
    )


def _record(desk: Desk, mail: OutboxMail, delivery: Delivery) -> None:
    now = desk.clock()
    reference, known = mail.reference, {"attempt": mail.attempt_id or "", "mapping": mail.mapping_id or ""}
    about = {"reference": reference, "person": mail.person, "address": masked(mail.address or ""), **known}
    word = "claim_lost"  # to a sender that came when the lease was over: what became of it, that one says
    with desk.database.transaction() as db:
        if delivery.fate is Fate.SENT:
            if outbox.end(db, mail, MailState.SENT, now):
                desk.journal.write(db, MailSent(**about), now)
                word = "sent"
        elif delivery.fate is not Fate.REFUSED and outbox.put_off(db, mail, now):
            word = "put_off"
        elif outbox.end(db, mail, MailState.GIVEN_UP, now):
            desk.journal.write(db, MailGivenUp(**about, reason=delivery.reason), now)
            word = "given_up"
    level = logging.INFO if delivery.fate is Fate.SENT else logging.WARNING
    log.log(level, "mail.%s reference=%s tries=%d reason=%s", word, reference, mail.tries, delivery.reason or "none")


class Sender(threading.Thread):
    """Sends in the background of a serving process, until the process ends."""

    def __init__(self, desk: Desk, letters: Letters, server: MailServer) -> None:
        super().__init__(name="sender", daemon=True)
        self._due: Callable[[], bool] = lambda: send_due(desk, letters, server)
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
