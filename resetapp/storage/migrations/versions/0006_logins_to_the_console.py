"""Logins to the console: what a login is for, and who of the staff it is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("login", sa.Column("purpose", sa.String(8), nullable=False, server_default="password"))
    op.create_table(
        "staff_login",
        sa.Column("login_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("directory", sa.String(60), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(256), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name="fk_staff_login_login_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("login_id", name="pk_staff_login"),
    )
    op.create_index("ix_staff_login_person", "staff_login", ["person"])


def downgrade() -> None:
    op.drop_table("staff_login")
    with op.batch_alter_table("login") as batch:
        batch.drop_column("purpose")
