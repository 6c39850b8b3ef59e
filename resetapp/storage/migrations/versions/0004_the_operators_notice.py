"""What the operator has to say on every page, and whether new logins are off meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_da", sa.String(500), nullable=False),
        sa.Column("text_en", sa.String(500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )


def downgrade() -> None:
    op.drop_table("notice")
