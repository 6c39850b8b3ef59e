"""The owner of an account is told what was done to it: put in writing with the change, sent a little later (`deliver`).

`put` writes one notice for each of the account's own addresses into the outbox, in the transaction of the change: by
mail, by SMS, or both, as the settings say, and one for another system of the institution. The addresses are those that
the directory shows at the time of the change; neither the browser nor the hub can name one. Several addresses are all
written to: a thief who has got hold of one cannot keep it from the others, and a directory shows them in no order.
Nothing that goes wrong here undoes or hides what became of the password.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.mailbox import is_mailbox
from resetapp.core.mobile import e164
from resetapp.logs import scrubbed
from resetapp.reset import Desk
from resetapp.storage import outbox
from resetapp.storage.database import Session
from resetapp.storage.outbox import About, Channel, MailKind, Receiver, Told
from resetapp.storage.tables import Visit

log = logging.getLogger(__name__)

_MOST = 5  # addresses of one account; a mistake in a directory must not make us a sender of bulk mail


def put(
    desk: Desk, db: Session, visit: Visit, attempt_id: str, kind: MailKind, account: DirectoryAccount | None
) -> None:
    """In the transaction of what the notice tells of. Never raises what is wrong with an address or the outbox."""
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
    before. Returns how many mails and SMS were written; 0: no owner is told, for both are off or no address is usable.
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
    already: int = 0,
) -> int:
    """`put_about_mapping` for an import: (mapping's id, kind, account) of each. Raises and returns as that does.

    The mails are sent over some time, a few a second, so that a changed password is told in between. `already`: how
    many of the same import were told before these.
    """
    faults: Counter[tuple[str, str]] = Counter()

    def written() -> Iterator[Told]:
        for mapping_id, kind, account in told:
            receivers = _Receivers.of(account, desk.told_by)
            faults.update((word, account.key.directory) for word in receivers.faults)
            yield _about(desk, kind, account, "", mapping_id, starts_at), receivers.good

    try:
        with db.begin_nested():
            put = outbox.put_many(db, written(), language, desk.clock(), already)
    except Exception as error:
        log.error("notice.not_queued reference= fault=%s", type(error).__name__)
        return 0
    for (word, where), number in sorted(faults.items()):
        log.warning("%s reference= directory=%s accounts=%d", word, where, number)
    return put


def addresses(desk: Desk, account: DirectoryAccount) -> int:
    """How many messages to its owner a notice about this account would be."""
    return sum(address is not None for _, address in _Receivers.of(account, desk.told_by).good)


def _put(
    desk: Desk,
    db: Session,
    account: DirectoryAccount | None,
    about: Callable[[], About],
    reference: str,
    language: str,
) -> int:
    try:
        receivers = _Receivers.of(account, desk.told_by)
        for word in receivers.faults:
            log.warning("%s reference=%s directory=%s", word, reference, account.key.directory if account else "")
        if not receivers.good:
            return 0
        with db.begin_nested():
            return outbox.put(db, about(), receivers.good, language, desk.clock())
    except Exception as error:  # a notice that fails must not make a changed password look unchanged
        log.error("notice.not_queued reference=%s fault=%s", reference, type(error).__name__)
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
        username=scrubbed(account.username),  # an institution may use CPR numbers as usernames
        happened_at=desk.clock(),
        reference=reference,
        person=numbers[0].fingerprint(desk.person_key) if len(numbers) == 1 else "",
        mapping_id=mapping_id,
        starts_at=starts_at,
    )


@dataclass(frozen=True, slots=True)
class _Receivers:
    """Where to one account's notices go, and our words for what is wrong with its other addresses."""

    good: list[Receiver]
    faults: list[str]

    @classmethod
    def of(cls, account: DirectoryAccount | None, told_by: Collection[Channel]) -> "_Receivers":
        found = cls([], [])
        if account and Channel.MAIL in told_by:
            found._add(Channel.MAIL, account.mail, is_mailbox, account.cpr_numbers)
        if account and Channel.SMS in told_by:
            numbers = [e164(each) or each for each in account.mobile]
            found._add(Channel.SMS, numbers, lambda each: e164(each) == each, account.cpr_numbers)
        if Channel.WEBHOOK in told_by:
            found.good.append(Receiver(Channel.WEBHOOK, None))
        return found

    def _add(
        self, channel: Channel, written: Iterable[str], holds: Callable[[str], bool], numbers: Collection[CprNumber]
    ) -> None:
        each_once = list(dict.fromkeys(written))
        good = [each for each in each_once if holds(each) and not _holds_cpr(each, numbers)]
        wrong = {
            "address_refused": len(good) < len(each_once),
            "no_address": not good,
            "many_addresses": len(good) > _MOST,
        }
        self.good.extend(Receiver(channel, each) for each in good[:_MOST])
        self.faults.extend(f"{channel}.{word}" for word, found in wrong.items() if found)


def _holds_cpr(address: str, numbers: Collection[CprNumber]) -> bool:
    """None is ever kept, not even as somebody's address."""
    digits = address.replace("-", "")
    return any(number.digits in digits for number in numbers)
