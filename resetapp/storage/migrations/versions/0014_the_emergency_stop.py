"""The operator's emergency stop; and by which browser somebody of the staff logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_da", sa.String(500), nullable=False),
        sa.Column("text_en", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stop"),
    )
    op.add_column("staff_login", sa.Column("browser", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("staff_login", "browser")
    op.drop_table("stop")
