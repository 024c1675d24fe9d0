"""Keep the figures of a study in step with its labels: prompts whose labels changed are done anew.

Who changes a label marks its pair as stale and nothing else, so that people who label do not wait
for each other. Whoever wants to see the figures brings them up to date first, a batch at a time.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, text, update
from sqlmodel import Session, col

from annotation.store.figures import SUMS, PromptFigures, Verdict, change, figures_of
from annotation.store.queries import Queries
from annotation.store.tables import (
    IS_STALE,
    AdjudicationRow,
    AnnotatorRow,
    LabelRow,
    PairRow,
    ProfileRow,
    ShareRow,
    SplitRow,
    SumRow,
)

_ALONE = 0x7469_6566  # any number that is ours: one replica makes figures, the others read them
BATCH = 200
"""Prompts that are done in one transaction."""


class RefiguringQueries(Queries):
    """Figures, up to date."""

    def refigure(self, study: str, batch: int = BATCH) -> int:
        """Do a batch of prompts anew; how many are left. Another replica at it does them for us."""
        with self._database.writing() as session:
            if self._database.is_sqlite or session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ALONE}
            ):
                _refigure(session, study, _claimed(session, study, batch))
            stale = select(func.count(col(PairRow.prompt_id).distinct()))
            return session.scalar(stale.where(*_stale(study))) or 0

    def figure_anew(self) -> None:
        """Forget that figures were ever made: all pairs with labels are stale, of all studies."""
        with self._database.writing(always=True) as session:
            for table in (ProfileRow, ShareRow, SumRow, SplitRow):
                session.execute(delete(table))
            labelled = select(1).where(
                col(LabelRow.study) == col(PairRow.study),
                col(LabelRow.pair_id) == col(PairRow.pair_id),
            )
            session.execute(update(PairRow).where(labelled.exists()).values(stale=True))


def refigure_now(session: Session, study: str, prompts: Iterable[str]) -> None:
    """Do these prompts anew within a transaction that has changed their labels."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALONE})
    whole = sorted({*prompts})
    for start in range(0, len(whole), BATCH):
        _refigure(session, study, whole[start : start + BATCH])


def _stale(study: str) -> tuple[Any, ...]:
    # Not by an index that begins with the study, or SQLite looks at every pair of it.
    return (col(PairRow.study).concat("") == study, text(IS_STALE))


def _claimed(session: Session, study: str, batch: int) -> list[str]:
    """Prompts with stale pairs, which are marked as done; those in use by others wait."""
    prompts = select(col(PairRow.prompt_id)).where(*_stale(study)).distinct().limit(batch)
    query = (
        select(col(PairRow.pair_id), col(PairRow.prompt_id))
        .where(*_stale(study), col(PairRow.prompt_id).in_(session.scalars(prompts).all()))
        .order_by(col(PairRow.pair_id))
        .with_for_update(skip_locked=True)
    )
    found = session.execute(query).all()
    session.execute(
        update(PairRow)
        .where(col(PairRow.study) == study, col(PairRow.pair_id).in_([pair for pair, _ in found]))
        .values(stale=False)
        .execution_options(synchronize_session=False)
    )
    return sorted({prompt for _, prompt in found})


def _refigure(session: Session, study: str, prompts: Sequence[str]) -> None:
    if not prompts:
        return
    verdicts, finished, done = _read(session, study, prompts)
    made = {prompt: figures_of(verdicts[prompt], finished) for prompt in prompts}
    before = dict(
        session.execute(
            select(col(ShareRow.prompt_id), col(ShareRow.shares)).where(
                col(ShareRow.study) == study, col(ShareRow.prompt_id).in_(prompts)
            )
        ).all()
    )
    for table in (ProfileRow, ShareRow, SplitRow):
        session.execute(
            delete(table)
            .where(col(table.study) == study, col(table.prompt_id).in_(prompts))
            .execution_options(synchronize_session=False)
        )
    _insert(session, study, made, done)
    totals: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for prompt, figures in made.items():
        for key, row in change(before.get(prompt, {}), figures.shares).items():
            for name, number in row.items():
                totals[key][name] += number
    _add(session, study, totals)


def _read(
    session: Session, study: str, prompts: Sequence[str]
) -> tuple[dict[str, list[Verdict]], set[str], set[tuple[str, str, str]]]:
    """The counted labels by prompt, the pairs that have all theirs, and what is adjudicated."""
    pairs = select(
        col(PairRow.pair_id),
        col(PairRow.prompt_id),
        col(PairRow.counted_plain) + col(PairRow.counted_swapped) >= col(PairRow.wanted),
    ).where(col(PairRow.study) == study, col(PairRow.prompt_id).in_(prompts))
    prompt_of: dict[str, str] = {}
    finished: set[str] = set()
    for pair_id, prompt, whole in session.execute(pairs):
        prompt_of[pair_id] = prompt
        if whole:
            finished.add(pair_id)
    ids = [*prompt_of]
    labels = (
        select(
            col(LabelRow.pair_id),
            col(LabelRow.criterion),
            col(LabelRow.target),
            col(LabelRow.annotator_id),
            col(LabelRow.choice),
            col(LabelRow.swapped),
        )
        .join(AnnotatorRow, col(AnnotatorRow.id) == col(LabelRow.annotator_id))
        .where(col(LabelRow.study) == study, col(LabelRow.pair_id).in_(ids))
        .where(col(LabelRow.purpose) == "study", col(AnnotatorRow.excluded_at).is_(None))
    )
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for row in session.execute(labels):
        verdicts[prompt_of[row[0]]].append(Verdict(*row))
    key = (AdjudicationRow.pair_id, AdjudicationRow.criterion, AdjudicationRow.target)
    done = session.execute(
        select(*map(col, key)).where(
            col(AdjudicationRow.study) == study, col(AdjudicationRow.pair_id).in_(ids)
        )
    )
    return verdicts, finished, {(pair, criterion, target) for pair, criterion, target in done}


def _insert(
    session: Session,
    study: str,
    made: Mapping[str, PromptFigures],
    done: set[tuple[str, str, str]],
) -> None:
    of = {"study": study}
    profiles = [
        {**of, "prompt_id": prompt, "criterion": criterion, "profile": profile}
        for prompt, figures in made.items()
        for criterion, profile in figures.profiles.items()
    ]
    shares = [
        {**of, "prompt_id": prompt, "shares": figures.shares}
        for prompt, figures in made.items()
        if figures.shares
    ]
    names = ("pair_id", "criterion", "target")
    splits = [
        {
            **of,
            "prompt_id": prompt,
            "token": secrets.token_urlsafe(16),
            **dict(zip(names, unit, strict=True)),
        }
        for prompt, figures in made.items()
        for unit in figures.splits
        if unit not in done
    ]
    for table, rows in ((ProfileRow, profiles), (ShareRow, shares), (SplitRow, splits)):
        if rows:
            session.execute(insert(table), rows)


def _add(session: Session, study: str, totals: Mapping[tuple[int, str], Mapping[str, int]]) -> None:
    """Add to the annotators' sums; only who holds the lock on figures writes them."""
    if not totals:
        return
    there = {
        (annotator, criterion)
        for annotator, criterion in session.execute(
            select(col(SumRow.annotator_id), col(SumRow.criterion)).where(
                col(SumRow.annotator_id).in_([annotator for annotator, _ in totals])
            )
        )
    }
    new = [
        {"annotator_id": who, "criterion": criterion, "study": study, **row}
        for (who, criterion), row in totals.items()
        if (who, criterion) not in there
    ]
    if new:
        session.execute(insert(SumRow), new)
    more = [
        {"who": who, "of": criterion, **{f"more_{name}": row[name] for name in SUMS}}
        for (who, criterion), row in totals.items()
        if (who, criterion) in there and any(row.values())
    ]
    if more:
        session.connection().execute(_ADD, more)


_SUMS = cast(Table, SumRow.__table__)  # type: ignore[attr-defined]
_ADD = (
    update(_SUMS)
    .where(_SUMS.c.annotator_id == bindparam("who"), _SUMS.c.criterion == bindparam("of"))
    .values({name: _SUMS.c[name] + bindparam(f"more_{name}") for name in SUMS})
)
"""In one go for all annotators: a batch of prompts touches most of them on every criterion."""
