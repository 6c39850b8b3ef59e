"""Activation codes, for people without MitID or without a CPR number."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "activation_code",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("directory", sa.String(60), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(256), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("id_check", sa.String(20), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("requested_by", sa.String(64), nullable=False),
        sa.Column("requester", sa.String(256), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decider", sa.String(256), nullable=False),
        sa.Column("decided_at", _MOMENT),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("shown_at", _MOMENT),
        sa.Column("expires_at", _MOMENT),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_activation_code"),
    )
    for column in ("requested_by", "requested_at", "expires_at"):
        op.create_index(f"ix_activation_code_{column}", "activation_code", [column])
    for name, states in (("asked", "state IN ('requested', 'approved')"), ("live", "state = 'shown'")):
        where = sa.text(states)
        op.create_index(
            f"uq_activation_code_{name}",
            "activation_code",
            ["directory", "entry_id"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    op.drop_table("activation_code")
