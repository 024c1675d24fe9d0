"""Figures for the researchers: profiles of prompts, sums of annotators, hours, adjudication."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

HAS_REMARK = sa.text("comment IS NOT NULL OR CAST(flags AS TEXT) <> '[]'")
IS_CONTROL = sa.text("purpose IN ('gold', 'repeat')")
STALE = sa.text("stale")
SUMS = (
    *("labels", "ties", "met_prompts", "met", "same", "met_met", "same_met", "same_same"),
    *("sided_prompts", "sided", "first", "sided_sided", "first_sided", "first_first"),
)


def upgrade() -> None:
    """Figures for the researchers."""
    op.add_column("pair", sa.Column("prompt_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("pair", sa.Column("task", sa.Text(), nullable=True))
    no = sa.false()
    op.add_column("pair", sa.Column("stale", sa.Boolean(), nullable=False, server_default=no))
    op.execute("UPDATE pair SET prompt_id = pair_id, stale = counted_plain + counted_swapped > 0")
    _tables()
    _hours()
    _index("ix_pair_stale", "pair", ["study", "prompt_id"], STALE)
    op.create_index("ix_pair_prompt", "pair", ["study", "prompt_id"])
    op.create_index("ix_assignment_pair", "assignment", ["study", "pair_id"])
    _index("ix_label_remark", "label", ["study", "assignment_id"], HAS_REMARK)
    _index("ix_label_control", "label", ["study", "purpose"], IS_CONTROL)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _key(*names: str) -> list[sa.Column[Any]]:
    """Columns that several tables have, in this order."""
    types: dict[str, Any] = {
        "study": sa.String(length=80),
        "pair_id": sa.String(length=64),
        "criterion": sa.String(length=80),
        "target": sa.String(length=8),
        "prompt_id": sa.Text(),
        "annotator_id": sa.BigInteger(),
    }
    return [sa.Column(name, types[name], nullable=False) for name in names]


def _tables() -> None:
    op.create_table(
        "adjudication",
        *_key("study", "pair_id", "criterion", "target"),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["study.key"]),
        sa.PrimaryKeyConstraint("study", "pair_id", "criterion", "target"),
    )
    op.create_table(
        "hour",
        *_key("annotator_id"),
        sa.Column("hour", sa.Integer(), nullable=False),
        *_key("study"),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"]),
        sa.PrimaryKeyConstraint("annotator_id", "hour"),
    )
    op.create_table(
        "profile",
        *_key("study", "prompt_id", "criterion"),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("study", "prompt_id", "criterion"),
    )
    op.create_index("ix_profile_count", "profile", ["study", "criterion", "profile"])
    op.create_table(
        "share",
        *_key("study", "prompt_id"),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("study", "prompt_id"),
    )
    op.create_table(
        "annotator_sum",
        *_key("annotator_id", "criterion", "study"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("annotator_id", "criterion"),
    )
    op.create_index("ix_annotator_sum_study", "annotator_sum", ["study"])
    op.create_table(
        "split",
        *_key("study", "pair_id", "criterion", "target", "prompt_id"),
        sa.PrimaryKeyConstraint("study", "pair_id", "criterion", "target"),
    )
    op.create_index("ix_split_prompt", "split", ["study", "prompt_id"])


def _hours() -> None:
    """What was answered before, by hour."""
    assignment = sa.table(
        "assignment",
        *(sa.column("annotator_id"), sa.column("study"), sa.column("state"), sa.column("purpose")),
        sa.column("answered_at", sa.DateTime(timezone=True)),
    )
    query = sa.select(
        assignment.c.annotator_id, assignment.c.study, assignment.c.answered_at
    ).where(assignment.c.state == "submitted", assignment.c.purpose != "training")
    counts: Counter[tuple[int, str, int]] = Counter()
    for annotator, study, moment in op.get_bind().execute(query):
        if moment is not None:
            counts[annotator, study, int(moment.timestamp() // 3600)] += 1
    hour = sa.table("hour", *map(sa.column, ("annotator_id", "study", "hour", "pairs")))
    rows = [
        {"annotator_id": annotator, "study": study, "hour": number, "pairs": pairs}
        for (annotator, study, number), pairs in counts.items()
    ]
    if rows:
        op.bulk_insert(hour, rows)
