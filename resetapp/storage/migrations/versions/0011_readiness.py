"""How many accounts of each directory have a CPR number or a mapping, counted once a day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readiness",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("directory", sa.String(60), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(24)),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("with_number", sa.Integer(), nullable=False),
        sa.Column("mapped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readiness"),
    )
    op.create_index("ix_readiness_directory_counted_at", "readiness", ["directory", "counted_at"])


def downgrade() -> None:
    op.drop_table("readiness")
