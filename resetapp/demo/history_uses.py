"""Passwords that were chosen in the past by a mapping or an activation code, as the service would have left them.

The directories are not asked to change anything: the accounts keep the password that the demo tells.
"""

import secrets
from datetime import timedelta

from resetapp import notify
from resetapp.codes import entry
from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.events import LoginCompleted, PasswordAnswered, PasswordSending
from resetapp.core.outcomes import AttemptState, Outcome
from resetapp.core.staff import Purpose
from resetapp.demo.history_past import Past, login_at
from resetapp.mapping import owner
from resetapp.matching import result_of
from resetapp.storage import logins, visits
from resetapp.storage.audit import about
from resetapp.storage.outbox import MailKind
from resetapp.storage.tables import Attempt, Visit

_WHILE_CHOOSING, _IDLE = timedelta(seconds=74), timedelta(minutes=15)


def by_mapping(past: Past, cpr: str) -> None:
    """The person with this number logs in, is given the account by the list, and chooses a password."""
    number = CprNumber.parse(cpr)
    login = login_at(past.at, Purpose.PASSWORD)
    found = past.register.added_to(result_of((), ()), number, login.reference)
    person = number.fingerprint(past.desk.person_key)
    with past.desk.database.transaction() as db:
        db.add(login)
        db.flush()
        visits.open_visit(db, login.id, person, found, past.at)
        who = {"reference": login.reference, "person": person}
        told = LoginCompleted(assurance=2, accounts=1, not_asked=(), outcome=str(found.outcome), **who)
        past.desk.journal.write(db, told, past.at)
    _choose(past, login.id, found.accounts[0])


def by_code(past: Past, username: str, typed: str) -> None:
    entered = entry.enter(past.desk, username, typed, secrets.token_hex(32), "en")
    if entered is None:
        raise ValueError("the story's own code was refused")
    with past.desk.database.reading() as db:
        login = logins.find_login(db, entered[1])
    if login is not None:
        _choose(past, login.id, past.account(username), login.request_id)


def _choose(past: Past, login_id: int, account: DirectoryAccount, link: str = "") -> None:
    past.at += _WHILE_CHOOSING
    with past.desk.database.transaction() as db:
        visit = db.query(Visit).filter_by(login_id=login_id).one()
        attempt = _attempt(past, visit, account, link or account.link)
        db.add(attempt)
        visit.outcome, visit.chosen = Outcome.DONE, []
        db.flush()
        what = about(visit, attempt)
        past.desk.journal.write(db, PasswordSending(**what), past.at)
        past.desk.journal.write(db, PasswordAnswered(state=AttemptState.SET, reasons=(), **what), past.at)
        notify.put(past.desk, db, visit, attempt.id, MailKind.CHANGED, account)
        owner.used(past.desk, db, visit, attempt, account)
        logins.end(db, visit.login, Outcome.EXPIRED, past.at + _IDLE)


def _attempt(past: Past, visit: Visit, account: DirectoryAccount, link: str) -> Attempt:
    return Attempt(
        id=secrets.token_hex(16),
        visit_id=visit.id,
        round=secrets.token_hex(16),
        number=1,
        person=visit.person,
        directory=account.key.directory,
        entry_id=account.key.entry_id,
        username=account.username,
        link=link,
        state=AttemptState.SET,
        ready_at=past.at,
        sent_at=past.at,
        settled_at=past.at,
    )
