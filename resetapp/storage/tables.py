"""The tables. The classes are the domain objects of what we own: no layer above them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from resetapp.core.accounts import AccountKey
from resetapp.core.outcomes import AttemptState, Outcome, Step
from resetapp.core.staff import Purpose
from resetapp.storage.moments import AsWritten, Moment


def words(kind: type[StrEnum], length: int) -> Enum:
    """An enum kept as its value in a plain text column: a new member needs no migration."""
    return Enum(kind, native_enum=False, length=length, values_callable=lambda members: [m.value for m in members])


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment(), dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own


class Login(Table):
    """One trip to the hub and, once it has come back, the login that the browser's token stands for."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(9), index=True)  # what the person reads to support: 7KQ4-M2XD
    request_id: Mapped[str] = mapped_column(String(80), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the login cookie's token
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # SHA-256 of the token given after login
    language: Mapped[str] = mapped_column(String(2))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose, 8), default=Purpose.PASSWORD, server_default="password")
    replaces_id: Mapped[int | None]  # the same browser's older login, ended when this one is completed
    opened_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]  # the absolute limit, or the hub's own when that is sooner
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome] = mapped_column(words(Outcome, 24), default=Outcome.OPEN)
    reason: Mapped[str] = mapped_column(String(60), default="")  # our own word for why it was refused
    failed_answers: Mapped[int] = mapped_column(default=0)  # broken responses posted to this request
    assurance: Mapped[int | None]
    display_name: Mapped[str] = mapped_column(String(200), default="")  # shown while logged in; emptied at the end
    issuer: Mapped[str | None] = mapped_column(String(512))
    name_id: Mapped[str | None] = mapped_column(String(512))
    name_id_format: Mapped[str | None] = mapped_column(String(256))
    name_qualifier: Mapped[str | None] = mapped_column(String(512))
    sp_name_qualifier: Mapped[str | None] = mapped_column(String(512))
    session_index: Mapped[str | None] = mapped_column(String(512))
    authenticated_at: Mapped[datetime | None]

    visit: Mapped["Visit | None"] = relationship(back_populates="login")
    staff: Mapped["StaffLogin | None"] = relationship(back_populates="login")

    __table_args__ = (Index("ix_login_name_id", "issuer", "name_id"),)


class StaffLogin(Table):
    """Who of the staff logged in to the console, by which account, and what that account's groups made of them."""

    __tablename__ = "staff_login"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), index=True)  # keyed fingerprint of the CPR number
    directory: Mapped[str] = mapped_column(String(60))
    entry_id: Mapped[str] = mapped_column(String(64))
    username: Mapped[str] = mapped_column(String(256))
    roles: Mapped[list[Any]]  # values of core.staff.Role
    indexes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))  # `CprIndexes.of`

    browser: Mapped[str] = mapped_column(String(64), default="", server_default="")  # keyed fingerprint; "": not known

    login: Mapped[Login] = relationship(back_populates="staff", lazy="joined")


_GOES_ON = frozenset({Outcome.OPEN, Outcome.DONE, Outcome.PARTLY, Outcome.UNKNOWN})


class Visit(Table):
    """What a logged-in person came for. Where it stands follows from what has happened (`step`)."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id", ondelete="CASCADE"), unique=True)
    person: Mapped[str] = mapped_column(String(64), index=True)  # keyed fingerprint of the CPR number
    candidates: Mapped[list[Any]]  # the accounts found, written by `core.candidates`
    not_asked: Mapped[list[Any]]  # names of directories that could not answer
    chosen: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))  # [directory, entry id], each
    outcome: Mapped[Outcome] = mapped_column(words(Outcome, 24), default=Outcome.OPEN)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    login: Mapped[Login] = relationship(back_populates="visit", lazy="joined")
    attempts: Mapped[list["Attempt"]] = relationship(
        back_populates="visit", order_by="Attempt.number", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - two posts cannot both win

    @property
    def wanted(self) -> tuple[AccountKey, ...]:
        """The accounts that are still to get a password: chosen, and not yet sent."""
        return tuple(AccountKey(directory, entry_id) for directory, entry_id in self.chosen)

    @property
    def sent(self) -> bool:
        """Has anything been on its way to a directory?"""
        return any(attempt.sent_at is not None for attempt in self.attempts)

    @property
    def changed(self) -> bool:
        """Has a password been changed, or may it have been? Then there is a receipt, whatever is tried after it."""
        return self.outcome in (Outcome.DONE, Outcome.PARTLY, Outcome.UNKNOWN)

    @property
    def step(self) -> Step:
        """The page this visit belongs on, computed from facts."""
        if self.login.ended_at is not None:
            return Step.ENDED
        if self.outcome not in _GOES_ON:
            return Step.STOPPED
        if self.chosen:
            return Step.PASSWORD
        return Step.RECEIPT if self.sent else Step.ACCOUNT


_OPEN_ATTEMPT = "state IN ('sending', 'unknown') AND settled_at IS NULL"


class Attempt(Table):
    """One try at setting one password on one account.

    The attempts of one showing of the password page share its `round`, which is the page's double-submit key.
    """

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), index=True)
    round: Mapped[str] = mapped_column(String(32), server_default="")
    number: Mapped[int]
    person: Mapped[str] = mapped_column(String(64), index=True)
    directory: Mapped[str] = mapped_column(String(60))
    entry_id: Mapped[str] = mapped_column(String(64))
    username: Mapped[str] = mapped_column(String(256))
    link: Mapped[str] = mapped_column(String(48), default="", server_default="")  # DirectoryAccount.link
    state: Mapped[AttemptState] = mapped_column(words(AttemptState, 8), default=AttemptState.READY)
    reasons: Mapped[list[Any]] = mapped_column(default=list)  # values of core.outcomes.Refusal
    ready_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    mark: Mapped[str | None] = mapped_column(String(64))  # DirectoryAccount.mark just before the write; None: not read
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())  # SET: at the next login again
    fence_at: Mapped[datetime | None]  # until then the request may still be carried out
    look_at: Mapped[datetime | None] = mapped_column(index=True)  # when `resetapp.settle` looks next; None: settled

    visit: Mapped[Visit] = relationship(back_populates="attempts")

    __table_args__ = (
        # One change per account that is on its way or may still be, on all workers (security requirement R-04).
        Index(
            "uq_attempt_open",
            "directory",
            "entry_id",
            unique=True,
            sqlite_where=text(_OPEN_ATTEMPT),
            postgresql_where=text(_OPEN_ATTEMPT),
        ),
        Index("ix_attempt_account", "directory", "entry_id", "settled_at"),
    )

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.directory, self.entry_id)

    @property
    def open(self) -> bool:
        """Is it not known yet what became of it?"""
        return self.state in (AttemptState.SENDING, AttemptState.UNKNOWN) and self.settled_at is None


class SeenMessage(Table):
    """IDs of assertions and logout requests that have been used, until they would be too old anyway (S-06)."""

    __tablename__ = "seen_message"

    message_id: Mapped[str] = mapped_column(String(256), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Count(Table):
    """Things counted for the limits: `subject` is a keyed fingerprint of a person or an address."""

    __tablename__ = "count"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_count_kind_subject_at", "kind", "subject", "at"),)


class NoticeRow(Table):
    """The operator's message on every page: one row, or none (`storage.notices`)."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    text_da: Mapped[str] = mapped_column(String(500))
    text_en: Mapped[str] = mapped_column(String(500))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    login_off: Mapped[bool] = mapped_column(default=False)


class StopRow(Table):
    """The operator's emergency stop: one row while it holds, else none (`storage.stops`)."""

    __tablename__ = "stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    text_da: Mapped[str] = mapped_column(String(500))
    text_en: Mapped[str] = mapped_column(String(500))


class AuditEvent(Table):
    """One thing that happened (`core.events`), for good; `storage.chain` says how the rows hold together."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # without a gap
    at: Mapped[datetime] = mapped_column(AsWritten(), index=True)
    name: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str | None] = mapped_column(String(9), index=True)  # both are among the facts, too
    person: Mapped[str | None] = mapped_column(String(64), index=True)
    facts: Mapped[str | None] = mapped_column(Text)  # JSON exactly as it was hashed; None: erased
    salt: Mapped[str | None] = mapped_column(String(32))
    facts_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    erased: Mapped[str | None] = mapped_column(String(64))  # seal of the erasure


class AuditHead(Table):
    """The newest event: one row, and none before the first."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
