"""The tables; what must never happen is a constraint here, not care elsewhere.

Table classes skip validation, so rows are written from validated records only, and choices are
strings. Every change here has its migration in the same commit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

HAS_ROOM = "wanted > counted_plain + counted_swapped + leased_plain + leased_swapped"
PLAIN_OPEN = "counted_plain + leased_plain <= counted_swapped"
SWAPPED_OPEN = "counted_swapped + leased_swapped <= counted_plain"
FREE = f"active AND {HAS_ROOM} AND ({PLAIN_OPEN} OR {SWAPPED_OPEN})"
"""Which pairs can be given to somebody now: a column that the database computes, and its index.

The sides follow `assignment.open_sides`, which a test compares with these words."""

IS_OPEN = "state = 'open'"
IS_STALE = "stale"
HAS_REMARK = "comment IS NOT NULL OR CAST(flags AS TEXT) <> '[]'"
IS_CONTROL = "purpose IN ('gold', 'repeat')"
"""Labels that tell of the annotator: answers to pairs with known answers, and second answers."""

BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC on every database (SQLite gives back naive ones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime, which could mean any zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected an aware datetime, found {value!r}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Say that it is UTC where the database forgot."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class StudyRow(SQLModel, table=True):
    """A study that was served with this database."""

    __tablename__ = "study"

    key: str = Field(sa_column=Column(String(80), primary_key=True))
    version: int
    opened_at: datetime = Field(sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    locked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blind_order: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The systems in the order of S1, S2, ..., drawn once."""


class AnnotatorRow(SQLModel, table=True):
    """One who labels; of the return key only the hash is kept."""

    __tablename__ = "annotator"
    __table_args__ = (
        UniqueConstraint("study", "pseudonym_key", name="uq_annotator_pseudonym"),
        UniqueConstraint("return_key_hash", name="uq_annotator_return_key"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    study: str = Field(foreign_key="study.key", max_length=80)
    pseudonym: str = Field(max_length=64)
    pseudonym_key: str = Field(max_length=256)
    return_key_hash: str = Field(max_length=64)
    joined_at: datetime = Field(sa_type=UtcDateTime)
    position: int = -1
    submitted: int = 0
    counted_plain: int = 0
    counted_swapped: int = 0
    seconds: float = 0.0
    consent_version: int | None = None
    consented_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    consent_refused: bool = False
    training_round: int = 0
    training_passed: bool = False
    screened_out: bool = False
    left_out: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    closing: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    excluded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    excluded_reason: str | None = Field(default=None, sa_type=Text)


class IdentityRow(SQLModel, table=True):
    """Who an annotator is elsewhere; read for payments and nothing else."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("annotator_id", name="uq_identity_annotator"),)

    study: str = Field(foreign_key="study.key", primary_key=True, max_length=80)
    provider: str = Field(primary_key=True, max_length=16)
    external_id: str = Field(primary_key=True, max_length=200)
    annotator_id: int = Field(sa_type=BigInteger, foreign_key="annotator.id")
    details: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    bound_at: datetime = Field(sa_type=UtcDateTime)


class InviteRow(SQLModel, table=True):
    """An invitation, good for one annotator; of the code only the hash is kept."""

    __tablename__ = "invite"

    code_hash: str = Field(primary_key=True, max_length=64)
    study: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=UtcDateTime)
    annotator_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="annotator.id")


class PairRow(SQLModel, table=True):
    """A pair of a study and how many labels it has and waits for; the texts stay in the file."""

    __tablename__ = "pair"
    __table_args__ = (
        CheckConstraint("counted_plain + counted_swapped <= wanted", name="ck_pair_never_exceeded"),
        CheckConstraint(
            "counted_plain - counted_swapped BETWEEN -1 AND 1", name="ck_pair_sides_balanced"
        ),
        CheckConstraint("leased_plain >= 0 AND leased_swapped >= 0", name="ck_pair_leases"),
        Index("ix_pair_free", "study", "free", "position"),
        Index(
            "ix_pair_stale",
            "study",
            "prompt_id",
            sqlite_where=text(IS_STALE),
            postgresql_where=text(IS_STALE),
        ),
        Index("ix_pair_prompt", "study", "prompt_id"),
    )

    study: str = Field(foreign_key="study.key", primary_key=True, max_length=80)
    pair_id: str = Field(primary_key=True, max_length=64)
    position: int
    category: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    wanted: int
    counted_plain: int = 0
    counted_swapped: int = 0
    leased_plain: int = 0
    leased_swapped: int = 0
    prompt_id: str = Field(default="", sa_type=Text)
    task: str | None = Field(default=None, sa_type=Text)
    stale: bool = False
    """Whether its labels changed since the figures of its prompt were made."""
    free: bool = Field(
        default=None, sa_column=Column(Boolean, Computed(FREE, persisted=True), nullable=False)
    )


class AssignmentRow(SQLModel, table=True):
    """This pair, shown to this annotator, in this order, leased until then."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("token", name="uq_assignment_token"),
        UniqueConstraint("annotator_id", "pair_id", "repeat", name="uq_assignment_once"),
        Index(
            "uq_assignment_one_open",
            "annotator_id",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_assignment_lease",
            "study",
            "leased_until",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_assignment_pair", "study", "pair_id"),
        CheckConstraint(
            "state IN ('open', 'expired', 'skipped', 'submitted')", name="ck_assignment_state"
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    study: str = Field(max_length=80)
    annotator_id: int = Field(sa_type=BigInteger, foreign_key="annotator.id")
    pair_id: str = Field(max_length=64)
    repeat: int = 0
    purpose: str = Field(default="study", max_length=16)
    swapped: bool
    token: str = Field(max_length=64)
    state: str = Field(default="open", max_length=16)
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    skip_reason: str | None = Field(default=None, sa_type=Text)
    draft_answers: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    draft_comment: str = Field(default="", sa_type=Text)
    draft_flags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    draft_sequence: int = Field(default=0, sa_type=BigInteger)


class SubmissionRow(SQLModel, table=True):
    """A submission that was acknowledged; its id makes a retry harmless.

    Revision 0 is the answer, later ones are edits of it.
    """

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("assignment_id", "revision", name="uq_submission_revision"),)

    id: str = Field(primary_key=True, max_length=64)
    assignment_id: int = Field(sa_type=BigInteger, foreign_key="assignment.id")
    revision: int = 0
    purpose: str = Field(max_length=16)
    received_at: datetime = Field(sa_type=UtcDateTime)


class _Verdict(SQLModel):
    """The columns that a label and its earlier versions share."""

    study: str = Field(max_length=80)
    assignment_id: int = Field(sa_type=BigInteger, foreign_key="assignment.id")
    annotator_id: int = Field(sa_type=BigInteger, foreign_key="annotator.id")
    pair_id: str = Field(max_length=64)
    criterion: str = Field(max_length=80)
    target: str = Field(max_length=8)
    choice: str = Field(sa_type=Text)
    swapped: bool
    repeat: int = 0
    purpose: str = Field(max_length=16)
    seconds: float | None = None
    comment: str | None = Field(default=None, sa_type=Text)
    flags: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    study_version: int


class LabelRow(_Verdict, table=True):
    """One verdict, in the pair's order; its key occurs once."""

    __tablename__ = "label"
    __table_args__ = (
        UniqueConstraint(
            "annotator_id", "pair_id", "criterion", "target", "repeat", name="uq_label_key"
        ),
        Index("ix_label_study", "study", "id"),
        Index("ix_label_assignment", "assignment_id"),
        Index("ix_label_pair", "study", "pair_id"),
        Index(
            "ix_label_remark",
            "study",
            "assignment_id",
            sqlite_where=text(HAS_REMARK),
            postgresql_where=text(HAS_REMARK),
        ),
        Index(
            "ix_label_control",
            "study",
            "purpose",
            sqlite_where=text(IS_CONTROL),
            postgresql_where=text(IS_CONTROL),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))


class LabelRevisionRow(_Verdict, table=True):
    """A verdict that was changed later: what it was before."""

    __tablename__ = "label_revision"
    __table_args__ = (Index("ix_label_revision_assignment", "assignment_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    replaced_at: datetime = Field(sa_type=UtcDateTime)


class AdjudicationRow(SQLModel, table=True):
    """A researcher's verdict on a unit on which people split, in the pair's order."""

    __tablename__ = "adjudication"

    study: str = Field(foreign_key="study.key", primary_key=True, max_length=80)
    pair_id: str = Field(primary_key=True, max_length=64)
    criterion: str = Field(primary_key=True, max_length=80)
    target: str = Field(primary_key=True, max_length=8)
    choice: str = Field(sa_type=Text)
    swapped: bool
    comment: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    study_version: int


class HourRow(SQLModel, table=True):
    """How many pairs an annotator answered in an hour; only their own transactions write it."""

    __tablename__ = "hour"

    annotator_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("annotator.id"), primary_key=True)
    )
    hour: int = Field(primary_key=True)
    """Hours since 1970."""
    study: str = Field(max_length=80)
    pairs: int = 0


class ProfileRow(SQLModel, table=True):
    """How the labels of a prompt's units fell on one criterion, as one text (figures.py)."""

    __tablename__ = "profile"
    __table_args__ = (Index("ix_profile_count", "study", "criterion", "profile"),)

    study: str = Field(primary_key=True, max_length=80)
    prompt_id: str = Field(sa_column=Column(Text, primary_key=True))
    criterion: str = Field(primary_key=True, max_length=80)
    profile: str = Field(sa_type=Text)


class ShareRow(SQLModel, table=True):
    """What each annotator adds to the sums by the labels of one prompt (figures.py)."""

    __tablename__ = "share"

    study: str = Field(primary_key=True, max_length=80)
    prompt_id: str = Field(sa_column=Column(Text, primary_key=True))
    shares: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SumRow(SQLModel, table=True):
    """Sums over prompts of an annotator on a criterion; an empty criterion stands for all."""

    __tablename__ = "annotator_sum"
    __table_args__ = (Index("ix_annotator_sum_study", "study"),)

    annotator_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    criterion: str = Field(primary_key=True, max_length=80)
    study: str = Field(max_length=80)
    labels: int = 0
    ties: int = 0
    met_prompts: int = 0
    met: int = 0
    same: int = 0
    met_met: int = 0
    same_met: int = 0
    same_same: int = 0
    sided_prompts: int = 0
    sided: int = 0
    first: int = 0
    sided_sided: int = 0
    first_sided: int = 0
    first_first: int = 0


class SplitRow(SQLModel, table=True):
    """A finished unit on which people have no majority, and nobody adjudicated yet."""

    __tablename__ = "split"
    __table_args__ = (
        UniqueConstraint("token", name="uq_split_token"),
        Index("ix_split_prompt", "study", "prompt_id"),
    )

    study: str = Field(primary_key=True, max_length=80)
    pair_id: str = Field(primary_key=True, max_length=64)
    criterion: str = Field(primary_key=True, max_length=80)
    target: str = Field(primary_key=True, max_length=8)
    prompt_id: str = Field(sa_type=Text)
    token: str = Field(max_length=64)
    """What the page knows it by: a pair's id depends on the names of its systems."""


class ResearcherSessionRow(SQLModel, table=True):
    """A researcher who is signed in; of the key in their cookie only the hash is kept."""

    __tablename__ = "researcher_session"

    key_hash: str = Field(primary_key=True, max_length=64)
    study: str = Field(max_length=80)
    way: str = Field(max_length=16)
    """key, link or account."""
    expires_at: datetime = Field(sa_type=UtcDateTime)


class WorkRow(SQLModel, table=True):
    """A long work that a researcher has begun, such as a report; one of a name at a time."""

    __tablename__ = "work"

    study: str = Field(primary_key=True, max_length=80)
    name: str = Field(primary_key=True, max_length=16)
    token: str = Field(max_length=64)
    """Whose it is: what was begun before, or is no longer wanted, has another one."""
    state: str = Field(max_length=8)
    done: int = 0
    total: int = 0
    said: str = Field(sa_type=Text)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    """The last sign of life."""


class ReportFileRow(SQLModel, table=True):
    """A file of the last report that was made from the page, for any replica to give out."""

    __tablename__ = "report_file"

    study: str = Field(primary_key=True, max_length=80)
    name: str = Field(primary_key=True, max_length=16)
    content: str = Field(sa_type=Text)


class ChangeRow(SQLModel, table=True):
    """A committed change that the mirror does not hold yet; triggers write it with the change.

    Of a mirrored SQLite database only. `fields` is a JSON list: of a row that was put its columns
    in their order, of one that was dropped its primary key; null where a person withdrew since.
    """

    __tablename__ = "change"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: str = Field(max_length=8)
    relation: str = Field(max_length=64)
    fields: str | None = Field(default=None, sa_type=Text)


class MirrorRow(SQLModel, table=True):
    """What the mirror holds as far as this database knows, and what was sent last: one row.

    While `anew` is not 0 the mirror needs an image of everything. A trigger counts it up, and
    `withdrawn`, whenever an annotator is deleted.
    """

    __tablename__ = "mirror"

    id: int = Field(default=1, primary_key=True)
    sequence: int = 0
    digest: str = Field(default="", max_length=64)
    revision: str = Field(default="", max_length=32)
    mirrored_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    anew: int = 1
    withdrawn: int = 0
    sent_sequence: int = 0
    sent_digest: str = Field(default="", max_length=64)
    sent_revision: str = Field(default="", max_length=32)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_through: int = Field(default=0, sa_type=BigInteger)
    sent_anew: int = 0
    sent_withdrawn: int = 0
