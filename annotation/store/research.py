"""What the researchers' page asks: counts that the database makes, quick at a million labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Text, and_, case, func, select, text
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased
from sqlmodel import col

from annotation.store.queries import Queries, annotator_record
from annotation.store.records import (
    AnnotatorFigures,
    Category,
    Consistency,
    Remark,
    Sums,
)
from annotation.store.tables import (
    HAS_REMARK,
    AnnotatorRow,
    AssignmentRow,
    HourRow,
    LabelRow,
    PairRow,
    ProfileRow,
    SumRow,
)


class ResearchQueries(Queries):
    """Progress, agreement, annotators, remarks and splits of a study."""

    def categories(self, study: str) -> list[Category]:
        """Labels wanted, in and leased, by the task and category of the prompts."""
        groups = (col(PairRow.task), col(PairRow.category))
        query = (
            select(
                *groups,
                func.count(),
                func.sum(col(PairRow.wanted)),
                func.sum(col(PairRow.counted_plain) + col(PairRow.counted_swapped)),
                func.sum(col(PairRow.leased_plain) + col(PairRow.leased_swapped)),
            )
            # Not by the index of the key: every row is read, and so in its own order.
            .where(col(PairRow.study).concat("") == study, col(PairRow.active))
            .group_by(*groups)
            .order_by(*groups)
        )
        with self._database.reading() as session:
            return [
                Category(task=task, category=kind, pairs=n, wanted=want, counted=has, leased=out)
                for task, kind, n, want, has, out in session.execute(query)
            ]

    def hours(self, study: str, since: int) -> dict[int, int]:
        """How many pairs were answered in each hour from `since` on (hours since 1970)."""
        query = (
            select(col(HourRow.hour), func.sum(col(HourRow.pairs)))
            .where(col(HourRow.study) == study, col(HourRow.hour) >= since)
            .group_by(col(HourRow.hour))
            .order_by(col(HourRow.hour))
        )
        with self._database.reading() as session:
            return {hour: int(pairs) for hour, pairs in session.execute(query)}

    def profiles(self, study: str) -> dict[str, dict[str, int]]:
        """Criterion to how many prompts have each profile."""
        groups = (col(ProfileRow.criterion), col(ProfileRow.profile))
        query = (
            select(*groups, func.count()).where(col(ProfileRow.study) == study).group_by(*groups)
        )
        found: dict[str, dict[str, int]] = {}
        with self._database.reading() as session:
            for criterion, profile, prompts in session.execute(query):
                found.setdefault(criterion, {})[profile] = prompts
        return found

    def annotator_figures(self, study: str) -> list[AnnotatorFigures]:
        """Everybody of a study by time of joining, with their counts."""
        people = (
            select(AnnotatorRow)
            .where(col(AnnotatorRow.study) == study)
            .order_by(col(AnnotatorRow.id))
        )
        with self._database.reading() as session:
            sums: dict[int, dict[str, Sums]] = {}
            for row in session.scalars(select(SumRow).where(col(SumRow.study) == study)):
                made = Sums.model_validate(
                    row.model_dump(exclude={"annotator_id", "criterion", "study"})
                )
                sums.setdefault(row.annotator_id, {})[row.criterion] = made
            return [
                AnnotatorFigures(
                    id=cast(int, row.id),
                    pseudonym=row.pseudonym,
                    joined_at=row.joined_at,
                    pairs=row.submitted,
                    seconds=row.seconds,
                    excluded=row.excluded_reason if row.excluded_at else None,
                    status=annotator_record(row).status,
                    guess=(row.closing or {}).get("systems", ""),
                    sums=sums.get(cast(int, row.id), {}),
                )
                for row in session.scalars(people)
            ]

    def repeats(self, study: str) -> dict[int, Consistency]:
        """How often each annotator said the same of a pair that came again."""
        again, first = aliased(LabelRow), aliased(LabelRow)
        same_unit = and_(
            first.annotator_id == again.annotator_id,  # type: ignore[arg-type]
            first.pair_id == again.pair_id,  # type: ignore[arg-type]
            first.criterion == again.criterion,  # type: ignore[arg-type]
            first.target == again.target,  # type: ignore[arg-type]
            first.repeat == 0,  # type: ignore[arg-type]
        )
        right = func.sum(case((col(first.choice) == col(again.choice), 1), else_=0))
        query = (
            select(col(again.annotator_id), func.count(), right)
            .join(first, same_unit)
            .where(col(again.study) == study, col(again.purpose) == "repeat")
            .group_by(col(again.annotator_id))
        )
        with self._database.reading() as session:
            return {
                who: Consistency(labels=labels, right=int(agreed))
                for who, labels, agreed in session.execute(query)
            }

    def gold(self, study: str, known: Mapping[tuple[str, str, str], str]) -> dict[int, Consistency]:
        """How often each annotator gave the known answer; known: pair, criterion, target."""
        groups = (col(LabelRow.annotator_id), col(LabelRow.pair_id), col(LabelRow.criterion))
        more = (col(LabelRow.target), col(LabelRow.choice))
        query = (
            select(*groups, *more, func.count())
            .where(col(LabelRow.study) == study, col(LabelRow.purpose) == "gold")
            .group_by(*groups, *more)
        )
        labels: dict[int, int] = {}
        right: dict[int, int] = {}
        with self._database.reading() as session:
            for who, pair, criterion, target, choice, number in session.execute(query):
                expected = known.get((pair, criterion, target))
                if expected is not None:
                    labels[who] = labels.get(who, 0) + number
                    right[who] = right.get(who, 0) + number * (choice == expected)
        return {who: Consistency(labels=labels[who], right=right[who]) for who in labels}

    def remarks(self, study: str, limit: int, before: int | None = None) -> list[Remark]:
        """What people wrote or flagged, the latest first, each answered pair once."""
        query = (
            select(
                col(LabelRow.assignment_id),
                func.max(col(LabelRow.comment)),
                func.max(sql_cast(col(LabelRow.flags), Text)),
                func.max(col(LabelRow.created_at)),
            )
            .where(col(LabelRow.study) == study, text(f"({HAS_REMARK})"))
            .group_by(col(LabelRow.assignment_id))
            .order_by(col(LabelRow.assignment_id).desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(col(LabelRow.assignment_id) < before)
        with self._database.reading() as session:
            rows = session.execute(query).all()
            about = {
                number: (pair, purpose, pseudonym)
                for number, pair, purpose, pseudonym in session.execute(
                    select(
                        col(AssignmentRow.id),
                        col(AssignmentRow.pair_id),
                        col(AssignmentRow.purpose),
                        col(AnnotatorRow.pseudonym),
                    )
                    .join(AnnotatorRow, col(AnnotatorRow.id) == col(AssignmentRow.annotator_id))
                    .where(col(AssignmentRow.id).in_([number for number, *_ in rows]))
                )
            }
        return [
            Remark(
                number=number,
                pair_id=about[number][0],
                purpose=about[number][1],
                annotator=about[number][2],
                comment=comment or "",
                flags=tuple(_flags(flags)),
                created_at=moment,
            )
            for number, comment, flags, moment in rows
            if number in about
        ]


def _flags(stored: str) -> list[str]:
    found = json.loads(stored)
    return [str(one) for one in found] if isinstance(found, list) else []
