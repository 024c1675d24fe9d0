"""An index to read labels pair by pair."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Labels can be read pair by pair without a look at all of them."""
    op.create_index("ix_label_pair", "label", ["study", "pair_id"])
