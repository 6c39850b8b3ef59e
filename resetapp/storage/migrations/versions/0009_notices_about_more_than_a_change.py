"""A notice may also be about a CPR number that is tied to an account, or about what support did; and go other ways.

What it says stands in its own row from now on. The rows of attempts are filled from there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FILL = """
UPDATE outbox SET
  directory = (SELECT attempt.directory FROM attempt WHERE attempt.id = outbox.attempt_id),
  username = (SELECT attempt.username FROM attempt WHERE attempt.id = outbox.attempt_id),
  person = (SELECT attempt.person FROM attempt WHERE attempt.id = outbox.attempt_id),
  happened_at = (SELECT COALESCE(settled_at, outbox.queued_at) FROM attempt WHERE attempt.id = outbox.attempt_id),
  reference = (SELECT login.reference FROM attempt JOIN visit ON visit.id = visit_id JOIN login ON login.id = login_id
    WHERE attempt.id = outbox.attempt_id)
"""


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("attempt_id", existing_type=sa.String(32), nullable=True)
        batch.alter_column("change", existing_type=sa.String(8), type_=sa.String(24), existing_nullable=False)
        batch.add_column(sa.Column("mapping_id", sa.String(32), nullable=True))
        batch.add_column(sa.Column("channel", sa.String(8), nullable=False, server_default="mail"))
        batch.add_column(sa.Column("directory", sa.String(60), nullable=False, server_default=""))
        batch.add_column(sa.Column("username", sa.String(256), nullable=False, server_default=""))
        batch.add_column(sa.Column("reference", sa.String(9), nullable=False, server_default=""))
        batch.add_column(sa.Column("person", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_FILL)
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("happened_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_unique_constraint("uq_outbox_mapping_id", ["mapping_id", "change", "number"])
    op.drop_index("ix_outbox_next_at", "outbox")
    op.create_index("ix_outbox_due", "outbox", ["channel", "next_at"])
    op.create_index("ix_outbox_person", "outbox", ["person"])


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE attempt_id IS NULL")
    op.drop_index("ix_outbox_person", "outbox")
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index("ix_outbox_next_at", "outbox", ["next_at"])
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint("uq_outbox_mapping_id", type_="unique")
        for name in (
            "starts_at",
            "happened_at",
            "person",
            "reference",
            "username",
            "directory",
            "channel",
            "mapping_id",
        ):
            batch.drop_column(name)
        batch.alter_column("change", existing_type=sa.String(24), type_=sa.String(8), existing_nullable=False)
        batch.alter_column("attempt_id", existing_type=sa.String(32), nullable=False)
