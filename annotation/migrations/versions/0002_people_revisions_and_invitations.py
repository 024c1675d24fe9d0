"""People, revisions and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STATES = "state IN ('open', 'expired', 'skipped', 'submitted')"


def upgrade() -> None:
    """People, revisions and invitations."""
    op.create_table(
        "identity",
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("annotator_id", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study"],
            ["study.key"],
        ),
        sa.PrimaryKeyConstraint("study", "provider", "external_id"),
        sa.UniqueConstraint("annotator_id", name="uq_identity_annotator"),
    )
    op.create_table(
        "invite",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotator_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotator.id"],
        ),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "label_revision",
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("annotator_id", sa.BigInteger(), nullable=False),
        sa.Column("pair_id", sa.String(length=64), nullable=False),
        sa.Column("criterion", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_label_revision_assignment", "label_revision", ["assignment_id"])
    op.create_index("ix_label_assignment", "label", ["assignment_id"])
    no, nothing = sa.false(), sa.text("0")
    for column in (
        sa.Column("seconds", sa.Float(), nullable=False, server_default=nothing),
        sa.Column("consent_refused", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("training_round", sa.Integer(), nullable=False, server_default=nothing),
        sa.Column("training_passed", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("screened_out", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("consent_version", sa.Integer(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing", sa.JSON(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("annotator", column)
    op.add_column("pair", sa.Column("category", sa.Text(), nullable=True))
    _skips()
    with op.batch_alter_table("submission") as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint("uq_submission_assignment", type_="unique")
        batch_op.create_unique_constraint("uq_submission_revision", ["assignment_id", "revision"])


def _skips() -> None:
    """Assignments can be skipped, and know when they were answered."""
    op.add_column("assignment", sa.Column("skip_reason", sa.Text(), nullable=True))
    op.add_column("assignment", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE assignment SET answered_at = (SELECT received_at FROM submission"
        " WHERE submission.assignment_id = assignment.id)"
    )
    with op.batch_alter_table("assignment") as batch_op:
        batch_op.drop_constraint("ck_assignment_state", type_="check")
        batch_op.create_check_constraint("ck_assignment_state", STATES)
