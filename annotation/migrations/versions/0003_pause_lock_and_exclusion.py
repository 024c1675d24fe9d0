"""Pause, lock and exclusion."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Studies can be paused and locked, and annotators excluded."""
    moment = sa.DateTime(timezone=True)
    op.add_column("study", sa.Column("paused_at", moment, nullable=True))
    op.add_column("study", sa.Column("locked_at", moment, nullable=True))
    op.add_column("study", sa.Column("blind_order", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("annotator", sa.Column("excluded_at", moment, nullable=True))
    op.add_column("annotator", sa.Column("excluded_reason", sa.Text(), nullable=True))
