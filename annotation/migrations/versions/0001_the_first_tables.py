"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# The words as they were at this step: a migration never changes with the code.
FREE = (
    "active AND wanted > counted_plain + counted_swapped + leased_plain + leased_swapped "
    "AND (counted_plain + leased_plain <= counted_swapped "
    "OR counted_swapped + leased_swapped <= counted_plain)"
)


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "study",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "annotator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("pseudonym_key", sa.String(length=256), nullable=False),
        sa.Column("return_key_hash", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("counted_plain", sa.Integer(), nullable=False),
        sa.Column("counted_swapped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study"],
            ["study.key"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("return_key_hash", name="uq_annotator_return_key"),
        sa.UniqueConstraint("study", "pseudonym_key", name="uq_annotator_pseudonym"),
    )
    op.create_table(
        "pair",
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("pair_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("counted_plain", sa.Integer(), nullable=False),
        sa.Column("counted_swapped", sa.Integer(), nullable=False),
        sa.Column("leased_plain", sa.Integer(), nullable=False),
        sa.Column("leased_swapped", sa.Integer(), nullable=False),
        sa.Column("free", sa.Boolean(), sa.Computed(FREE, persisted=True), nullable=False),
        sa.CheckConstraint(
            "counted_plain + counted_swapped <= wanted", name="ck_pair_never_exceeded"
        ),
        sa.CheckConstraint(
            "counted_plain - counted_swapped BETWEEN -1 AND 1", name="ck_pair_sides_balanced"
        ),
        sa.CheckConstraint("leased_plain >= 0 AND leased_swapped >= 0", name="ck_pair_leases"),
        sa.ForeignKeyConstraint(
            ["study"],
            ["study.key"],
        ),
        sa.PrimaryKeyConstraint("study", "pair_id"),
    )
    op.create_index("ix_pair_free", "pair", ["study", "free", "position"])

    op.create_table(
        "assignment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("study", sa.String(length=80), nullable=False),
        sa.Column("annotator_id", sa.BigInteger(), nullable=False),
        sa.Column("pair_id", sa.String(length=64), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_answers", sa.JSON(), nullable=False),
        sa.Column("draft_comment", sa.Text(), nullable=False),
        sa.Column("draft_sequence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'expired', 'submitted')", name="ck_assignment_state"),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("annotator_id", "pair_id", "repeat", name="uq_assignment_once"),
        sa.UniqueConstraint("token", name="uq_assignment_token"),
    )
    op.create_index(
        "ix_assignment_lease",
        "assignment",
        ["study", "leased_until"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_assignment_one_open",
        "assignment",
        ["annotator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "label",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "annotator_id", "pair_id", "criterion", "target", "repeat", name="uq_label_key"
        ),
    )
    op.create_index("ix_label_study", "label", ["study", "id"], unique=False)

    op.create_table(
        "submission",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assignment_id", name="uq_submission_assignment"),
    )
