"""Sign-ins of researchers, and tokens for splits."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Sign-ins of researchers, and tokens for splits."""
    op.create_table(
        "researcher_session",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.add_column("split", sa.Column("token", sa.String(length=64), nullable=True))
    # The splits of before have none; their prompts are done anew and get theirs.
    op.execute("UPDATE pair SET stale = true WHERE pair_id IN (SELECT pair_id FROM split)")
    op.execute("DELETE FROM split")
    with op.batch_alter_table("split") as batch_op:
        batch_op.alter_column("token", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint("uq_split_token", ["token"])
