"""Several accounts in one visit, and what it takes to find out what became of a lost answer.

A visit's choice becomes a list; it is empty once something has been sent. Each older attempt is a round of its own.
Changes whose outcome was not known stay so for good: nothing was written down by which it could be told now.
No table is built anew, for on SQLite that would delete the rows that hang on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = "state IN ('sending', 'unknown') AND settled_at IS NULL"
_SENDING = "state = 'sending'"

_visit = sa.table(
    "visit",
    sa.column("id", sa.Integer),
    sa.column("chosen", sa.JSON),
    sa.column("chosen_directory", sa.String),
    sa.column("chosen_entry", sa.String),
)
_attempt = sa.table(
    "attempt",
    sa.column("id", sa.String),
    sa.column("visit_id", sa.Integer),
    sa.column("round", sa.String),
    sa.column("state", sa.String),
    sa.column("sent_at", sa.DateTime(timezone=True)),
    sa.column("settled_at", sa.DateTime(timezone=True)),
    sa.column("look_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.add_column("visit", sa.Column("chosen", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    gather_choices()
    op.drop_column("visit", "chosen_directory")
    op.drop_column("visit", "chosen_entry")
    op.add_column("attempt", sa.Column("round", sa.String(length=32), server_default="", nullable=False))
    op.add_column("attempt", sa.Column("mark", sa.String(length=64), nullable=True))
    for name in ("fence_at", "look_at"):
        op.add_column("attempt", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    fill_attempts()
    op.create_index(op.f("ix_attempt_look_at"), "attempt", ["look_at"], unique=False)
    change_index("uq_attempt_sending", "uq_attempt_open", _OPEN)


def gather_choices() -> None:
    sent = sa.select(_attempt.c.visit_id).where(_attempt.c.state.in_(["sending", "set", "unknown"]))
    chosen = sa.select(_visit).where(_visit.c.chosen_entry.isnot(None), _visit.c.id.not_in(sent))
    for row in op.get_bind().execute(chosen).all():
        pair = [[row.chosen_directory, row.chosen_entry]]
        op.execute(_visit.update().where(_visit.c.id == row.id).values(chosen=pair))


def fill_attempts() -> None:
    op.execute(_attempt.update().values(round=_attempt.c.id))
    op.execute(_attempt.update().where(_attempt.c.state == "unknown").values(settled_at=_attempt.c.sent_at))
    op.execute(_attempt.update().where(_attempt.c.state == "sending").values(look_at=_attempt.c.sent_at))


def change_index(before: str, after: str, condition: str) -> None:
    op.drop_index(before, table_name="attempt")
    where = sa.text(condition)
    op.create_index(
        after, "attempt", ["directory", "entry_id"], unique=True, sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.add_column("visit", sa.Column("chosen_directory", sa.String(length=60), nullable=True))
    op.add_column("visit", sa.Column("chosen_entry", sa.String(length=64), nullable=True))
    op.drop_column("visit", "chosen")
    op.execute(_attempt.update().where(_attempt.c.state == "presumed").values(state="unknown"))
    change_index("uq_attempt_open", "uq_attempt_sending", _SENDING)
    op.drop_index(op.f("ix_attempt_look_at"), table_name="attempt")
    for name in ("round", "mark", "fence_at", "look_at"):
        op.drop_column("attempt", name)
