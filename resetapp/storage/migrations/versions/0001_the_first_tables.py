"""The first tables: logins, visits, attempts, seen messages, counts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_count()
    create_login()
    create_seen_message()
    create_visit()
    create_attempt()


def create_count() -> None:
    op.create_table(
        "count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count")),
    )
    op.create_index(op.f("ix_count_at"), "count", ["at"], unique=False)
    op.create_index("ix_count_kind_subject_at", "count", ["kind", "subject", "at"], unique=False)


def create_login() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("failed_answers", sa.Integer(), nullable=False),
        sa.Column("assurance", sa.Integer(), nullable=True),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=True),
        sa.Column("name_id", sa.String(length=512), nullable=True),
        sa.Column("name_id_format", sa.String(length=256), nullable=True),
        sa.Column("name_qualifier", sa.String(length=512), nullable=True),
        sa.Column("sp_name_qualifier", sa.String(length=512), nullable=True),
        sa.Column("session_index", sa.String(length=512), nullable=True),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_login_browser_hash")),
        sa.UniqueConstraint("request_id", name=op.f("uq_login_request_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_hash")),
    )
    op.create_index("ix_login_name_id", "login", ["issuer", "name_id"], unique=False)
    op.create_index(op.f("ix_login_opened_at"), "login", ["opened_at"], unique=False)
    op.create_index(op.f("ix_login_reference"), "login", ["reference"], unique=False)


def create_seen_message() -> None:
    op.create_table(
        "seen_message",
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_seen_message")),
    )
    op.create_index(op.f("ix_seen_message_expires_at"), "seen_message", ["expires_at"], unique=False)


def create_visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("not_asked", sa.JSON(), nullable=False),
        sa.Column("chosen_directory", sa.String(length=60), nullable=True),
        sa.Column("chosen_entry", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_visit_login_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("login_id", name=op.f("uq_visit_login_id")),
    )
    op.create_index(op.f("ix_visit_opened_at"), "visit", ["opened_at"], unique=False)
    op.create_index(op.f("ix_visit_person"), "visit", ["person"], unique=False)


def create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("directory", sa.String(length=60), nullable=False),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_attempt_visit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_account", "attempt", ["directory", "entry_id", "settled_at"], unique=False)
    op.create_index(op.f("ix_attempt_person"), "attempt", ["person"], unique=False)
    op.create_index(op.f("ix_attempt_visit_id"), "attempt", ["visit_id"], unique=False)
    op.create_index(
        "uq_attempt_sending",
        "attempt",
        ["directory", "entry_id"],
        unique=True,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )


def downgrade() -> None:
    for table in ("attempt", "visit", "seen_message", "login", "count"):
        op.drop_table(table)
