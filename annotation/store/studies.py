"""Queries on a study as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from annotation.store.queries import Queries
from annotation.store.records import DatabaseAway
from annotation.store.tables import AnnotatorRow, PairRow, StudyRow


class StudyQueries(Queries):
    """Which studies and pairs there are."""

    def answers(self) -> bool:
        """Whether the database answers at all, and is still the one that counts."""
        if self._database.is_replaced:
            return False
        try:
            with self._database.reading() as session:
                session.execute(select(col(StudyRow.key)).limit(1))
        except (DatabaseAway, DBAPIError):
            return False
        return True

    def register(
        self,
        study: str,
        version: int,
        wanted: Mapping[str, int],
        categories: Mapping[str, str | None],
        positions: Callable[[], Mapping[str, int]],
        now: datetime,
        prompts: Mapping[str, tuple[str, str | None]] | None = None,
    ) -> list[str]:
        """Make the database's pairs those of the study file; the ids that the file lost, sorted.

        wanted: pair id to the labels it needs, for every pair of the study. `positions` is called
        only where pairs came or went. A lost pair keeps its labels and is given to nobody; the
        number wanted never falls below the labels that a pair already counts. prompts: pair id to
        the id and the task of its prompt; without it each pair has a prompt of its own.
        """
        of_prompt = prompts or {pair_id: (pair_id, None) for pair_id in wanted}
        with self._database.writing() as session:
            self._database.alone(session)
            row = session.get(StudyRow, study) or StudyRow(key=study, version=0, opened_at=now)
            row.version, row.opened_at = version, now
            session.add(row)
            session.flush()
            counted = col(PairRow.counted_plain) + col(PairRow.counted_swapped)
            found = session.execute(
                select(
                    col(PairRow.pair_id),
                    col(PairRow.active),
                    col(PairRow.wanted),
                    counted,
                    col(PairRow.category),
                    col(PairRow.prompt_id),
                    col(PairRow.task),
                    col(PairRow.position),
                ).where(col(PairRow.study) == study)
            ).all()
            same = wanted.keys() == {pair_id for pair_id, active, *_ in found if active}
            places = {pair_id: place for pair_id, *_, place in found} if same else positions()
            known = {pair_id for pair_id, *_ in found}
            new = [
                {
                    "study": study,
                    "pair_id": pair_id,
                    "position": places[pair_id],
                    "category": categories[pair_id],
                    "wanted": wanted[pair_id],
                    "prompt_id": of_prompt[pair_id][0],
                    "task": of_prompt[pair_id][1],
                }
                for pair_id in wanted.keys() - known
            ]
            if new:
                session.connection().execute(insert(PairRow), new)
            changed = []
            for pair_id, active, had, has, category, prompt, task, place in found:
                want = max(wanted.get(pair_id, had), has)
                there = pair_id in wanted
                kind = categories.get(pair_id, category)
                new_place = places.get(pair_id, place)
                new_prompt, new_task = of_prompt.get(pair_id, (prompt or pair_id, task))
                was = active, had, category, prompt, task, place
                if was != (there, want, kind, new_prompt, new_task, new_place):
                    values = {"active": there, "wanted": want, "category": kind}
                    values |= {"prompt_id": new_prompt, "task": new_task}
                    key = {"study": study, "pair_id": pair_id, "position": new_place}
                    changed.append({**key, **values})
            if changed:
                session.execute(update(PairRow), changed)
            if not same:  # everybody looks from the start again, so new pairs reach people at once
                start = update(AnnotatorRow).where(col(AnnotatorRow.study) == study)
                session.execute(start.values(position=-1))
            return sorted(known - wanted.keys())

    def knows(self, study: str) -> bool:
        """Whether this study was ever served with this database."""
        with self._database.reading() as session:
            return session.get(StudyRow, study) is not None
