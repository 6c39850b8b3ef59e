"""The list of mappings, and what ties an account to a person where the directory does not."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("attempt", sa.Column("link", sa.String(48), nullable=False, server_default=""))
    op.add_column("staff_login", sa.Column("indexes", sa.JSON(), nullable=False, server_default="{}"))
    _requests()
    _mappings()


def _requests() -> None:
    op.create_table(
        "mapping_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("requested_by", sa.String(64), nullable=False),
        sa.Column("requester", sa.String(256), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decider", sa.String(256), nullable=False),
        sa.Column("decided_at", _MOMENT),
        sa.Column("answer", sa.String(500), nullable=False),
        sa.Column("file_hash", sa.String(64)),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("touched_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mapping_request"),
    )
    op.create_index("ix_mapping_request_requested_by", "mapping_request", ["requested_by"])
    op.create_index("ix_mapping_request_requested_at", "mapping_request", ["requested_at"])


def _mappings() -> None:
    op.create_table(
        "mapping",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("removal_id", sa.String(32)),
        sa.Column("directory", sa.String(60), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(256), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("cpr_index", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("replaces_id", sa.String(32)),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("active_from", _MOMENT),
        sa.Column("first_used_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("ended_by", sa.String(256), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["mapping_request.id"], name="fk_mapping_request_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mapping"),
    )
    for column in ("request_id", "removal_id", "replaces_id", "ended_at"):
        op.create_index(f"ix_mapping_{column}", "mapping", [column])
    op.create_index("ix_mapping_index", "mapping", ["cpr_index", "key_id"])
    op.create_index("ix_mapping_account", "mapping", ["directory", "entry_id", "state"])
    for name, states in (("held", "state IN ('approved', 'frozen')"), ("asked", "state = 'requested'")):
        where = sa.text(states)
        op.create_index(
            f"uq_mapping_{name}",
            "mapping",
            ["directory", "entry_id"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    op.drop_table("mapping")
    op.drop_table("mapping_request")
    for table, column in (("staff_login", "indexes"), ("attempt", "link")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
