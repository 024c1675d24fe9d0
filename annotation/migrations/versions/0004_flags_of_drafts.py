"""A draft holds the flags, too."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A draft holds the flags, too."""
    op.add_column(
        "assignment", sa.Column("draft_flags", sa.JSON(), nullable=False, server_default="[]")
    )
