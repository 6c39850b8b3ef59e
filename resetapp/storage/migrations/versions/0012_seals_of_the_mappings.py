"""A seal for each row of the list of mappings, which only this service can make.

A migration has no key, and a row that nobody sealed may be anybody's: what was asked for or approved before is over.
What an owner has stopped stays stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MAPPING = sa.table("mapping", *map(sa.column, ("state", "ended_at", "ended_by", "removal_id")))
_REQUEST = sa.table("mapping_request", sa.column("state"))


def upgrade() -> None:
    for table in ("mapping", "mapping_request"):
        op.add_column(table, sa.Column("seal", sa.String(64)))
    over = {"ended_at": sa.func.current_timestamp(), "ended_by": "upgrade", "removal_id": None}
    for state, ended in (("approved", "removed"), ("requested", "rejected")):
        op.execute(_MAPPING.update().where(_MAPPING.c.state == state).values(state=ended, **over))
    going_on = ("checking", "waiting", "applying")
    op.execute(_REQUEST.update().where(_REQUEST.c.state.in_(going_on)).values(state="lapsed"))


def downgrade() -> None:
    for table in ("mapping_request", "mapping"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("seal")
