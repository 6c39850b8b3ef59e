"""Activation codes: what support asked for and who said yes, and of the code itself nothing but a keyed hash.

A row names the account by its lasting id. It opens one login (`begin`), whose `request_id` names it: the database
itself keeps a second one from being made.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from resetapp.core.accounts import AccountKey
from resetapp.core.codes import LINK, CodeState, IdCheck
from resetapp.core.staff import Purpose
from resetapp.storage.logins import new_reference, new_token, token_hash
from resetapp.storage.tables import Attempt, Login, Table, Visit, words

REQUEST_LIFE = timedelta(hours=1)  # undecided, or approved and not shown, so long it lapses
_OPEN = (CodeState.REQUESTED, CodeState.APPROVED)


def _only_one(name: str, where: str) -> Index:
    """For each account, among the rows of which this holds."""
    condition = text(where)
    return Index(name, "directory", "entry_id", unique=True, sqlite_where=condition, postgresql_where=condition)


class ActivationCode(Table):
    """One code for one account, from its request to its end."""

    __tablename__ = "activation_code"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    directory: Mapped[str] = mapped_column(String(60))
    entry_id: Mapped[str] = mapped_column(String(64))
    username: Mapped[str] = mapped_column(String(256))
    state: Mapped[CodeState] = mapped_column(words(CodeState, 10), default=CodeState.REQUESTED)
    id_check: Mapped[IdCheck] = mapped_column(words(IdCheck, 20))
    note: Mapped[str] = mapped_column(String(300))  # on how it was checked
    requested_by: Mapped[str] = mapped_column(String(64), index=True)  # keyed fingerprint, as in staff_login.person
    requester: Mapped[str] = mapped_column(String(256))  # their username
    requester_directory: Mapped[str] = mapped_column(String(60), default="", server_default="")
    requester_entry_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    requested_at: Mapped[datetime] = mapped_column(index=True)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decider: Mapped[str] = mapped_column(String(256), default="")
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")  # why it was rejected
    code_hash: Mapped[str | None] = mapped_column(String(64))  # HMAC-SHA256 (core.codes.CodeKeys); None: none is good
    shown_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    failed_tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        # One request and one code for each account, on all workers.
        _only_one("uq_activation_code_asked", "state IN ('requested', 'approved')"),
        _only_one("uq_activation_code_live", "state = 'shown'"),
    )

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.directory, self.entry_id)

    @property
    def asker(self) -> AccountKey:
        """The account that let in who asked."""
        return AccountKey(self.requester_directory, self.requester_entry_id)

    @property
    def link(self) -> str:
        """How an account that it opened names it (`DirectoryAccount.link`), and its login (`Login.request_id`)."""
        return f"{LINK}{self.id}"

    def standing(self, now: datetime) -> CodeState:
        """Its state, with what time has made of it."""
        match self.state:
            case CodeState.REQUESTED | CodeState.APPROVED:
                lapses = (self.decided_at or self.requested_at) + REQUEST_LIFE
            case CodeState.SHOWN:
                lapses = self.expires_at or now
            case _:
                return self.state
        return CodeState.LAPSED if now >= lapses else self.state


# ---- finding


def find(db: Session, ident: str, *, held: bool = False) -> ActivationCode | None:
    query = select(ActivationCode).where(ActivationCode.id == ident)
    query = query.with_for_update() if held else query
    return db.scalar(query.execution_options(populate_existing=True))


def recent(db: Session, since: datetime) -> list[ActivationCode]:
    """Asked for from this moment on, the newest first."""
    query = select(ActivationCode).where(ActivationCode.requested_at >= since)
    return list(db.scalars(query.order_by(ActivationCode.requested_at.desc())))


def live_named(db: Session, username: str, now: datetime) -> list[ActivationCode]:
    """Those that can be used for an account of this name, held against other writers.

    Case is ignored, as directories do. Few are ever live at once, so all their names are read: no database folds case
    as Danish needs it.
    """
    living = (ActivationCode.state == CodeState.SHOWN, ActivationCode.expires_at > now)
    named = db.execute(select(ActivationCode.id, ActivationCode.username).where(*living))
    ids = [row.id for row in named if row.username.casefold() == username.casefold()]
    query = select(ActivationCode).where(ActivationCode.id.in_(ids), *living).with_for_update()
    return list(db.scalars(query.execution_options(populate_existing=True)))


def opened(db: Session, attempt: Attempt, key: AccountKey) -> bool:
    """Was this account's code used up by the very visit that this attempt belongs to?"""
    query = select(Login.request_id).join(Visit, Visit.login_id == Login.id).where(Visit.id == attempt.visit_id)
    code = find(db, attempt.link.removeprefix(LINK))
    if code is None or db.scalar(query) != code.link:
        return False
    return code.state is CodeState.USED and code.key == key


# ---- changing


def add(db: Session, code: ActivationCode, now: datetime) -> bool:
    """False when one is asked for already for this account; then nothing is added."""
    _lapse(db, code.key, now)
    try:
        with db.begin_nested():
            db.add(code)
            db.flush()
    except IntegrityError:
        return False
    return True


def _lapse(db: Session, key: AccountKey, now: datetime) -> None:
    of_account = (ActivationCode.directory == key.directory, ActivationCode.entry_id == key.entry_id)
    query = select(ActivationCode).where(*of_account, ActivationCode.state.in_(_OPEN)).with_for_update()
    for each in db.scalars(query):
        if each.standing(now) is CodeState.LAPSED:
            end(each, CodeState.LAPSED, now)
    db.flush()


def replace(db: Session, key: AccountKey, now: datetime) -> None:
    """End the code that this account may still have: a new one is being made."""
    of_account = (ActivationCode.directory == key.directory, ActivationCode.entry_id == key.entry_id)
    values = {"state": CodeState.REPLACED, "code_hash": None, "ended_at": now}
    db.execute(update(ActivationCode).where(*of_account, ActivationCode.state == CodeState.SHOWN).values(values))


def count_wrong(db: Session, tried: Collection[ActivationCode], tries: int, now: datetime) -> None:
    """One more wrong try at each of these. The same statements for none: the time they take must tell nothing."""
    ids = [each.id for each in tried]
    more = {"failed_tries": ActivationCode.failed_tries + 1}
    db.execute(update(ActivationCode).where(ActivationCode.id.in_(ids)).values(more))
    over = {"state": CodeState.BLOCKED, "code_hash": None, "ended_at": now}
    spent = (ActivationCode.id.in_(ids), ActivationCode.failed_tries >= tries)
    db.execute(update(ActivationCode).where(*spent).values(over))
    for each in tried:
        db.refresh(each)


def end(code: ActivationCode, state: CodeState, now: datetime) -> None:
    """Nothing of the code itself is kept any longer."""
    code.state, code.code_hash, code.ended_at = state, None, now


def begin(
    db: Session, code: ActivationCode, language: str, name: str, ends_at: datetime, now: datetime
) -> tuple[Login, str]:
    """The login that this code opens, and its browser's token. Raises IntegrityError for a second one.

    No fact of it comes from the hub, so that nothing is said to the hub when it ends.
    """
    token = new_token()
    login = Login(
        reference=new_reference(),
        request_id=code.link,
        browser_hash=token_hash(new_token()),  # nobody comes back with it
        token_hash=token_hash(token),
        language=language,
        purpose=Purpose.CODE,
        opened_at=now,
        completed_at=now,
        seen_at=now,
        authenticated_at=now,
        ends_at=ends_at,
        display_name=name[:200],
    )
    db.add(login)
    db.flush()
    return login, token


def prune(db: Session, before: datetime, now: datetime) -> None:
    """Erase the hashes of codes that nobody can use any more, and delete what was asked for before that moment."""
    over = or_(ActivationCode.expires_at <= now, ActivationCode.ended_at.isnot(None))
    db.execute(update(ActivationCode).where(over, ActivationCode.code_hash.isnot(None)).values(code_hash=None))
    db.execute(delete(ActivationCode).where(ActivationCode.requested_at < before))
