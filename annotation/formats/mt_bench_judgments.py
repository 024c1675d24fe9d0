"""MT-bench's judgments as labels: pairwise in both orders, and scores of single answers.

Source: lm-sys/FastChat, fastchat/llm_judge, model_judgment/*_pair.jsonl and *_single.jsonl. The
turns of a question are judged apart, so they are pairs of their own with one prompt id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotation.formats.files import FormatError
from annotation.formats.imported import Imported, LeftOut, count, guidelines_template, study_key
from annotation.formats.mt_bench_pairs import Answered, JudgedFiles, Place, read_answered
from annotation.formats.mt_bench_records import (
    GREATEST,
    LEAST,
    Judgment,
    Match,
    Score,
    read_record,
)
from annotation.formats.plans import PUBLISHED_OVERALL
from annotation.formats.progress import Progress, silently
from annotation.formats.table import Unusable
from annotation.formats.tables import jsonl_rows
from annotation.schema import Criterion, Label, Level, Pair, PairResponse, Scale
from annotation.study import StudyPlan


def read_mt_bench_judgments(
    judgments: Iterable[Path], files: JudgedFiles, folder: Path, progress: Progress = silently
) -> Imported:
    """The study in files of judgments: a pair for each two answers judged, a label a verdict."""
    left_out: list[LeftOut] = []
    source = read_answered(files)
    scores: list[tuple[str, Score]] = []
    for path in judgments:
        for row in progress(jsonl_rows(path)):
            where = f"{path}:{row.line}"
            record = read_record(row)
            if isinstance(record, Score):
                scores.append((where, record))  # they need the pairs that matches make
                continue
            problem = _add_match(record, source) if isinstance(record, Match) else record
            if problem:
                left_out.append(LeftOut(where, problem.why))
    left_out += _add_scores(scores, source)
    if not source.judged.pairs:
        first = f"; {left_out[0].where}: {left_out[0].why}" if left_out else ""
        raise FormatError(f"found no judgment that can be used{first}")
    return _made(source, left_out, folder)


def _add_match(match: Match, source: Answered) -> Unusable | None:
    found = source.pair(Place(match.question, match.turn, match.models[0]), match.models[1])
    if isinstance(found, Unusable):
        return found
    pair, mirrored = found
    _note_template(pair, match)
    for second_first, choice, reply in zip(
        (False, True), match.choices, match.replies, strict=True
    ):
        source.judged.add(
            Label(
                pair_id=pair.id,
                criterion=PUBLISHED_OVERALL.key,
                annotator=match.judge,
                kind="judge",
                target="pair",
                choice=PUBLISHED_OVERALL.scale.unblind(choice, mirrored),
                swapped=second_first != mirrored,
                comment=reply,
                created_at=match.moment,
            )
        )
    return None


def _add_scores(scores: list[tuple[str, Score]], source: Answered) -> Iterator[LeftOut]:
    """Label every pair in which a scored response stands; make pairs for those in none."""
    _pair_up((one for _, one in scores), source)
    for where, score in scores:
        place = Place(score.question, score.turn, score.model)
        pairs = source.pairs_of.get(place, {})
        if not pairs:
            yield LeftOut(where, _why_alone(place, source))
        for pair_id, side in pairs.items():
            _note_template(source.judged.pairs[pair_id], score)
            source.judged.add(
                Label(
                    pair_id=pair_id,
                    criterion="quality",
                    annotator=score.judge,
                    kind="judge",
                    target=side,
                    choice="invalid" if score.score is None else _level(score.score),
                    comment=score.reply,
                    created_at=score.moment,
                )
            )


def _note_template(pair: Pair, judgment: Judgment) -> None:
    templates = pair.meta["judge_prompts"].setdefault(judgment.judge, [])
    if judgment.template not in (None, *templates):
        templates.append(judgment.template)


def _pair_up(scores: Iterable[Score], source: Answered) -> None:
    """Pair the scored responses that stand in no pair, two by two of each turn of a question.

    All pairs of dozens of models would be thousands, and a score needs only one.
    """
    groups: defaultdict[tuple[str, int], dict[Place, None]] = defaultdict(dict)
    for score in scores:
        place = Place(score.question, score.turn, score.model)
        if isinstance(source.response(place), PairResponse):
            groups[score.question, score.turn][place] = None
    for group in groups.values():
        alone = [place for place in group if place not in source.pairs_of]
        if len(alone) % 2:
            partner = next((place for place in group if place != alone[-1]), None)
            alone += [partner] if partner else alone[-1:]
        for one, other in zip(alone[::2], alone[1::2], strict=True):
            if one != other:
                source.pair(one, other.model)


def _why_alone(place: Place, source: Answered) -> str:
    response = source.response(place)
    if isinstance(response, Unusable):
        return response.why
    return (
        f"{place.model} is the only one scored on turn {place.turn} of question "
        f"{place.question}, and a pair needs two"
    )


def _level(score: float) -> str:
    return f"{score:g}"


def _quality(labels: Iterable[Label]) -> Criterion:
    """A rating from 1 to 10, with a level for every score between that a judge gave."""
    given = {float(one.choice) for one in labels if one.choice != "invalid"}
    values = sorted({*map(float, range(LEAST, GREATEST + 1)), *given})
    levels = tuple(Level(name=_level(value), value=value) for value in values)
    return Criterion(
        key="quality",
        question="How good is this response?",
        description=f"{LEAST}: of no use at all; {GREATEST}: could not be better",
        scale=Scale(kind="rating", levels=levels),
    )


def _made(source: Answered, left_out: list[LeftOut], folder: Path) -> Imported:
    judged = source.judged
    labels = [label for of_one in judged.labels.values() for label in of_one]
    scores = [label for label in labels if label.target != "pair"]
    criteria = [PUBLISHED_OVERALL] if len(scores) < len(labels) else []
    criteria += [_quality(scores)] if scores else []
    plan = StudyPlan(
        key=study_key(folder),
        title="MT-bench judgments",
        labels_per_pair=3,
        criteria=tuple(criteria),
    )
    made = Imported(plan, guidelines_template("published"), [*judged.pairs.values()])
    made.labels, made.left_out = judged.labels, left_out
    for (judge, criterion, choice), number in _unclear(labels).items():
        made.notes.append(f"{count(number, 'verdict')} of {judge} on {criterion}: {choice}")
    if judged.repeated():
        again = count(judged.repeated(), "verdict")
        made.notes.append(f"{again} of one judge, pair and order again, kept as a further run")
    return made


def _unclear(labels: Iterable[Label]) -> Counter[tuple[str, str, str]]:
    """How many ties and invalid verdicts each judge gave."""
    return Counter(
        (label.annotator, label.criterion, label.choice)
        for label in labels
        if label.choice in ("tie", "invalid")
    )
