"""By which account somebody of the staff asked, so that its groups can be read anew when it is decided.

What waited says nothing of it, and its seal, which is over these columns too, would not fit: it is over. A code that
was asked for before is not approved and not shown.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NEW = {"requester_directory": 60, "requester_entry_id": 64}
_MAPPING = sa.table("mapping", *map(sa.column, ("state", "ended_at", "ended_by", "removal_id", "seal")))
_REQUEST = sa.table("mapping_request", sa.column("state"))


def upgrade() -> None:
    for table in ("mapping_request", "activation_code"):
        for name, length in _NEW.items():
            op.add_column(table, sa.Column(name, sa.String(length), nullable=False, server_default=""))
    over = {"ended_at": sa.func.current_timestamp(), "ended_by": "upgrade", "removal_id": None, "seal": None}
    op.execute(_MAPPING.update().where(_MAPPING.c.state == "requested").values(state="rejected", **over))
    op.execute(_MAPPING.update().where(_MAPPING.c.removal_id.is_not(None)).values(removal_id=None))
    going_on = ("checking", "waiting", "applying")
    op.execute(_REQUEST.update().where(_REQUEST.c.state.in_(going_on)).values(state="lapsed"))


def downgrade() -> None:
    for table in ("activation_code", "mapping_request"):
        with op.batch_alter_table(table) as batch:
            for name in _NEW:
                batch.drop_column(name)
