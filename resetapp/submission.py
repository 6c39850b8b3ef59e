"""A new password on its way to one or several accounts, from the press of the button to the receipt.

First everything that can stand in the way is looked at, for all accounts together: each is read once more (it may
have been closed, protected or given to somebody else since), and our own rules and every directory's policy are
asked. If anything refuses, nothing is sent to anybody; the person is told, and presses again for the others. Then
the attempts are claimed, all or none, so that a second click or another worker cannot, and committed as SENDING.
Only then are the directories asked, side by side, so that one that does not answer keeps none of the others waiting,
and with no transaction open. Each answer is one of three: set and verified, refused for reasons, or not known. Each is
written down by itself before it is told; none hides or undoes another.

Nothing here keeps a password or a CPR number beyond its own call.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from resetapp import notify
from resetapp.core.accounts import AccountKey, AccountState, DirectoryAccount, DirectoryPolicy
from resetapp.core.events import PasswordAnswered, PasswordSending
from resetapp.core.events import PasswordRefused as RefusedPassword
from resetapp.core.outcomes import (
    AttemptState,
    OutcomeUnknown,
    PasswordRefused,
    PasswordSet,
    Refusal,
    ResetOutcome,
    Step,
)
from resetapp.core.passwords import PersonWords, check_password, tightened
from resetapp.core.secret import Secret
from resetapp.directory.ldap import LdapDirectory
from resetapp.mapping import owner
from resetapp.reset import Desk, demand_recent_login, demand_sets_left, still_theirs
from resetapp.storage import attempts, audit, stops, visits
from resetapp.storage.database import Session
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import Attempt, Visit
from resetapp.trouble import AccountGone, AlreadySent, DirectoryDown, NotRecorded, ServiceStopped, WrongStep

log = logging.getLogger(__name__)

_AT_ONCE = 8  # accounts that are asked side by side; hardly anybody has more
_NO_ANSWER = PasswordRefused((Refusal.NO_ANSWER,))
_STOPPED = PasswordRefused((Refusal.SERVICE_STOPPED,))
_CHANGED = PasswordRefused((Refusal.ACCOUNT_CHANGED,))
_LIMITS = frozenset({Refusal.TOO_SHORT, Refusal.TOO_LONG, Refusal.TOO_FEW_KINDS})  # of a policy that can be read
_UNTOLD = frozenset({Refusal.TOO_SHORT, Refusal.TOO_LONG})  # whose number a person would be told
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one account. PasswordRefused without reasons: others stood in the way, nothing was sent."""

    attempt: Attempt
    outcome: ResetOutcome


@dataclass(frozen=True, slots=True)
class _Look:
    """An account as it is now; `refused` when it can get no password."""

    attempt: Attempt
    account: DirectoryAccount | None
    refused: PasswordRefused | None


def set_passwords(desk: Desk, visit_id: int, round_: str, password: Secret) -> list[Answer]:
    """Set the password of every account of this round. If no answer is anything but refused, the page stays open.

    Raises AlreadySent (a second click: the first one's result counts), AccountBusy, WrongStep, LoginTooOld,
    TooManyAttempts, ServiceStopped, DirectoryDown (no account could be asked, nothing was changed), NotRecorded
    (answered, but our database failed).
    """
    ready = _ready(desk, visit_id, round_)
    looks = _side_by_side(lambda attempt: _look(desk, attempt), ready)
    accounts = [look.account for look in looks if look.account is not None]
    if not accounts and all(look.refused == _NO_ANSWER for look in looks):
        raise DirectoryDown(ready[0].directory, "not_reached")
    reasons = _judge(desk, ready[0].visit, accounts, password) if accounts else ()
    if reasons or len(accounts) < len(ready):
        answers = [Answer(look.attempt, look.refused or PasswordRefused(reasons)) for look in looks]
        return _refuse(desk, visit_id, answers, {account.key: account.policy for account in accounts})
    _claim(desk, visit_id, list(zip(ready, accounts, strict=True)))
    answers = _side_by_side(lambda one: _send(desk, *one, password), list(zip(ready, accounts, strict=True)))
    if all(answer.outcome == _NO_ANSWER for answer in answers):
        raise DirectoryDown(ready[0].directory, "not_reached")
    if all(answer.outcome == _STOPPED for answer in answers):
        raise ServiceStopped("operator")
    return answers


def _side_by_side(work: Callable[[T], U], items: Collection[T]) -> list[U]:
    """All are finished when it returns or raises."""
    if len(items) == 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(len(items), _AT_ONCE)) as threads:
        return list(threads.map(work, items))


# ---- before anything is sent


def _ready(desk: Desk, visit_id: int, round_: str) -> list[Attempt]:
    now = desk.clock()
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        found = [each for each in visit.attempts if each.round == round_ and each.visit is visit]  # kept at hand
        if not found:  # a forged form, or one from another visit
            raise WrongStep("attempt")
        if visit.step == Step.RECEIPT or any(each.state != AttemptState.READY for each in found):
            raise AlreadySent("attempt_used")
        if visit.step != Step.PASSWORD or {each.key for each in found} != set(visit.wanted):
            raise WrongStep("password")
        demand_recent_login(desk, visit)
        attempts.demand_free(db, visit.wanted, now)
        demand_sets_left(desk, db, found, now)
        return found


def _look(desk: Desk, attempt: Attempt) -> _Look:
    directory = desk.directories.get(attempt.directory)
    try:
        if directory is None:
            raise AccountGone("directory_removed")
        account = directory.reread(attempt.key)
    except AccountGone:
        return _Look(attempt, None, _CHANGED)
    except DirectoryDown as down:
        log.warning("directory_down reason=%s directory=%s", down.reason, attempt.directory)
        return _Look(attempt, None, _NO_ANSWER)
    if account.state == AccountState.PROTECTED:
        return _Look(attempt, None, PasswordRefused((Refusal.ACCOUNT_PROTECTED,)))
    if not account.usable or not still_theirs(desk, attempt, account):
        return _Look(attempt, None, _CHANGED)
    return _Look(attempt, account, None)


def _judge(desk: Desk, visit: Visit, accounts: list[DirectoryAccount], password: Secret) -> tuple[Refusal, ...]:
    """By our rules and every directory's, with the words of all accounts: one password is to suit them all."""
    rules = tightened(desk.rules, (account.policy for account in accounts))
    return check_password(password, rules, PersonWords.of(visits.candidates(visit), accounts))


def _refuse(
    desk: Desk, visit_id: int, answers: list[Answer], policies: Mapping[AccountKey, DirectoryPolicy]
) -> list[Answer]:
    """Nothing was sent. An account that can get no password is taken off the choice; the page goes on with the rest."""
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        _renew(visit, policies)
        for answer in answers:
            if isinstance(answer.outcome, PasswordRefused):
                attempts.refuse(db, answer.attempt.id, answer.outcome, desk.clock())
        visits.choose(visit, _left(answers))
        _close(desk, db, visit)
        for answer in answers:
            told = RefusedPassword(**audit.about(visit, answer.attempt), reasons=_reasons(answer))
            desk.journal.write(db, told, desk.clock())
    for answer in answers:
        _tell(visit, answer)
    return answers


def _renew(visit: Visit, policies: Mapping[AccountKey, DirectoryPolicy]) -> None:
    """The pages go on with what the directories demand now, not with what they did at the match."""
    found = visits.candidates(visit)
    visit.candidates = [replace(each, policy=policies.get(each.key, each.policy)).to_json() for each in found]


def _left(answers: Iterable[Answer]) -> list[AccountKey]:
    """Those that the next password can be for: without those that cannot get any, unless it would be none at all."""
    able = [answer for answer in answers if not visits.OF_THE_ACCOUNT & set(_reasons(answer))]
    silent = [answer for answer in answers if not visits.HOPELESS & set(_reasons(answer))]
    return [answer.attempt.key for answer in able or silent]


def _reasons(answer: Answer) -> tuple[Refusal, ...]:
    return answer.outcome.reasons if isinstance(answer.outcome, PasswordRefused) else ()


def _claim(desk: Desk, visit_id: int, writes: list[tuple[Attempt, DirectoryAccount]]) -> None:
    """From here on nobody else sets these accounts' passwords.

    Asked again, with the visit held: sent by another click, logged out, chosen anew or at the limit in the meantime?
    """
    now, marks = desk.clock(), {attempt.id: account.mark for attempt, account in writes}
    with desk.database.transaction() as db:
        visit = visits.load(db, visit_id)
        held = [each for each in visit.attempts if each.id in marks]
        if visit.login.ended_at is not None or {each.key for each in held} != set(visit.wanted):
            raise WrongStep("password")
        stops.demand_none(db)
        attempts.demand_free(db, visit.wanted, now)
        demand_sets_left(desk, db, held, now)
        attempts.claim(db, [(each, marks[each.id]) for each in held], now)
        visits.choose(visit, ())
        for each in held:
            desk.journal.write(db, PasswordSending(**audit.about(visit, each)), now)


# ---- sending


def _send(desk: Desk, attempt: Attempt, account: DirectoryAccount, password: Secret) -> Answer:
    directory = desk.directories[attempt.directory]
    outcome = _asked(directory, attempt, account, password)
    policy = account.policy
    if isinstance(outcome, PasswordRefused) and {*_LIMITS, Refusal.BY_POLICY} & set(outcome.reasons):
        policy = _policy_now(directory, account)
        outcome = _in_its_words(desk, policy, password, outcome)
    try:
        return _record(desk, Answer(attempt, outcome), replace(account, policy=policy))
    except Exception as error:
        fault, where = type(error).__name__, attempt.directory
        log.critical("password.not_recorded attempt=%s directory=%s fault=%s", attempt.id, where, fault)
        raise NotRecorded(type(outcome).__name__) from None


def _asked(directory: LdapDirectory, attempt: Attempt, account: DirectoryAccount, password: Secret) -> ResetOutcome:
    try:
        return directory.set_password(account, password)
    except DirectoryDown as down:  # nothing was changed, and nothing will be
        log.warning("directory_down reason=%s directory=%s", down.reason, attempt.directory)
        return _NO_ANSWER
    except ServiceStopped:
        return _STOPPED
    except AccountGone:
        return _CHANGED
    except Exception as error:  # a fault of ours on the way: nobody can say what has been sent
        log.error("password.fault directory=%s fault=%s", attempt.directory, type(error).__name__)
        return OutcomeUnknown(attempt.key)


def _policy_now(directory: LdapDirectory, account: DirectoryAccount) -> DirectoryPolicy:
    """It may have become stricter since it was read; asked for only when the directory has refused."""
    try:
        return directory.policy_now(account.key)
    except (AccountGone, DirectoryDown):
        return account.policy


def _in_its_words(desk: Desk, policy: DirectoryPolicy, password: Secret, refused: PasswordRefused) -> PasswordRefused:
    """Which limit of the policy the password breaks, where that can be seen; directories often say "no" alone.

    A length that was refused by a limit that we cannot read is "the policy" only: any number of ours would be untrue.
    """
    failed = check_password(password, tightened(desk.rules, [policy]), PersonWords(()))
    if seen := tuple(reason for reason in failed if reason in _LIMITS):
        return PasswordRefused(seen)
    return PasswordRefused(tuple(Refusal.BY_POLICY if reason in _UNTOLD else reason for reason in refused.reasons))


def _record(desk: Desk, answer: Answer, account: DirectoryAccount) -> Answer:
    """Write the answer down; when nothing of the whole round was changed, the page stays open for another password."""
    with desk.database.transaction() as db:
        visit = visits.load(db, answer.attempt.visit_id)
        if isinstance(answer.outcome, PasswordRefused):
            _renew(visit, {account.key: account.policy})
        attempts.record(db, answer.attempt.id, answer.outcome, desk.clock())
        db.refresh(visit, ["attempts"])
        together = [each for each in visit.attempts if each.round == answer.attempt.round]
        if all(each.state in (AttemptState.REFUSED, AttemptState.NOT_SET) for each in together):
            visits.choose(visit, [each.key for each in together if not visits.HOPELESS & set(each.reasons)])
        _close(desk, db, visit)
        [now_is] = [each for each in together if each.id == answer.attempt.id]
        if now_is.state == AttemptState.SET:
            notify.put(desk, db, visit, now_is.id, MailKind.CHANGED, account)
            owner.used(desk, db, visit, now_is, account)
        told = PasswordAnswered(**audit.about(visit, now_is), state=now_is.state, reasons=tuple(now_is.reasons))
        desk.journal.write(db, told, desk.clock())
    _tell(visit, answer)
    return answer


def _close(desk: Desk, db: Session, visit: Visit) -> None:
    db.refresh(visit, ["attempts"])
    visits.close(visit, desk.limits.refusals_per_visit)


def _tell(visit: Visit, answer: Answer) -> None:
    word, where = _word(answer.outcome), answer.attempt.directory
    if word:
        log.info("password.%s reference=%s directory=%s", word, visit.login.reference, where)


def _word(outcome: ResetOutcome) -> str:
    match outcome:
        case PasswordSet():
            return "set"
        case PasswordRefused(reasons):
            return "refused:" + ",".join(reasons) if reasons else ""
        case OutcomeUnknown():
            return "unknown"
