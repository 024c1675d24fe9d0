"""A study as the files of PandaLM, Tulu and AlpacaEval."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from annotation.export.wanted import (
    CannotExport,
    Member,
    Plan,
    Tally,
    Wanted,
    in_chunks,
    preference_keys,
)
from annotation.formats.alpaca_eval import annotation_of
from annotation.formats.imported import count, named
from annotation.formats.pandalm import annotator_columns, joined_names, testset_record
from annotation.formats.pandalm_judges import judge_record
from annotation.formats.sheets import write_sheet
from annotation.formats.tulu import instance_of
from annotation.formats.tulu_sheet import COLUMNS, broken_cells, first_free_id, pair_rows
from annotation.schema import Kind, Label, Pair
from annotation.study import Study


def pandalm(wanted: Wanted) -> Plan:
    """PandaLM's test set and a file for each judge, of one preference criterion."""
    tally = Tally()
    plain = _plain_pairs(wanted, tally)
    judges = wanted.judges
    columns, notes = annotator_columns(_names_of_people(wanted))
    tally.notes += [*notes, *joined_names(plain.values(), wanted.names)]
    tally.written["pair"] = 0

    def testset() -> Iterator[dict[str, object]]:
        for pair, labels in _comparable(wanted, tally, plain, ("human",)):
            number = tally.written["pair"]
            tally.written["pair"] += 1
            blind = not wanted.unblind
            yield testset_record(number, pair, labels, columns, wanted.names, blind)

    members = [Member("testset.json", lambda: in_chunks(_json_list(testset(), 4)))]
    for name in judges.annotators("judge") if judges else ():
        file = f"judge-{quote(name, safe='')}.json"
        members.append(Member(file, lambda name=name: _judge(wanted, tally, plain, name)))  # type: ignore[misc]
    return Plan(tuple(members), tally, _beside_a_json)


def _judge(wanted: Wanted, tally: Tally, plain: dict[str, Pair], name: str) -> Iterator[bytes]:
    """One judge's file, its records in the order that they had there."""
    judges = wanted.judges
    assert judges is not None
    rows: list[tuple[int, dict[str, object]]] = []
    for number, (pair_id, labels) in enumerate(judges.of_pairs(plain)):
        for label in labels:
            if label.kind != "judge" or label.annotator != name:
                continue
            why = _unwritable(label, wanted, None)
            if why:
                tally.left_out[why] += 1
            else:
                blind = not wanted.unblind
                rows.append(judge_record(name, number, plain[pair_id], label, blind))
    rows.sort(key=lambda row: row[0])
    return in_chunks(_json_list((record for _, record in rows), 4))


def _beside_a_json(out: Path, name: str) -> Path:
    if out.suffix != ".json":
        return out / name
    return out if name == "testset.json" else out.with_name(f"{out.stem}-{name}")


def tulu(wanted: Wanted) -> Plan:
    """Tulu's instances and the sheet of its records, of a preference and of acceptability."""
    tally = Tally()
    plain = _plain_pairs(wanted, tally)
    rating = _yes_or_no(wanted.study)
    broken = broken_cells(plain.values())
    tally.notes += [
        f"the true text stands where a spreadsheet had broken it: {one}" for one in broken
    ]
    tally.written["pair"], tally.written["record"] = len(plain), 0

    def rows() -> Iterator[Sequence[object]]:
        following = first_free_id(plain.values())
        superseded = wanted.found.labels.superseded_of
        found = _comparable(wanted, tally, plain, ("human",), rating)
        for number, (pair, labels) in enumerate(found):
            replaced = [wanted.shown(label) for label in superseded(pair.id)]
            earlier = _kept(replaced, wanted, tally, ("human",), rating)
            for row in pair_rows(number, pair, labels, earlier, wanted.names):
                if row["id"] is None:
                    row["id"], following = following, following + 1
                tally.written["record"] += 1
                yield [row[column] for column in COLUMNS]

    def instances() -> Iterator[bytes]:
        lines = (instance_of(one, wanted.names, not wanted.unblind) for one in plain.values())
        return in_chunks(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    members = (
        Member("instances.jsonl", instances),
        Member("annotations.xlsx", lambda: _book(rows())),
    )
    return Plan(members, tally, _beside_each_other)


def _book(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    with TemporaryDirectory(prefix="tiebreak-") as folder:
        path = Path(folder) / "annotations.xlsx"
        write_sheet(path, "sheet", COLUMNS, rows)
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block


def _beside_each_other(out: Path, name: str) -> Path:
    if out.suffix in (".jsonl", ".xlsx"):
        return out.with_suffix(Path(name).suffix)
    return out / name


def alpaca_eval(wanted: Wanted) -> Plan:
    """AlpacaEval's annotations: a record for each label of one preference criterion."""
    tally = Tally()
    plain = _plain_pairs(wanted, tally)
    tally.written["annotation"] = 0

    def records() -> Iterator[dict[str, object]]:
        for pair, labels in _comparable(wanted, tally, plain, ("human", "judge")):
            for label in labels:
                tally.written["annotation"] += 1
                yield annotation_of(pair, label, wanted.names)
        beside = wanted.judges if wanted.found.from_database else None
        for pair_id, labels in beside.of_pairs(plain) if beside else ():
            for label in _kept(labels, wanted, tally, ("judge",)):
                tally.written["annotation"] += 1
                yield annotation_of(plain[pair_id], label, wanted.names)

    return Plan((Member("annotations.json", lambda: in_chunks(_json_list(records(), 2))),), tally)


def _json_list(records: Iterable[dict[str, object]], indent: int) -> Iterator[str]:
    """The text of `json.dumps(records, indent=indent)`, one record at a time."""
    before = "[\n"
    for record in records:
        text = json.dumps(record, ensure_ascii=False, indent=indent)
        yield before + " " * indent + text.replace("\n", "\n" + " " * indent)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _plain_pairs(wanted: Wanted, tally: Tally) -> dict[str, Pair]:
    """The pairs that a format without turns can hold; raises CannotExport where it fits nothing."""
    study = wanted.study
    preferences = preference_keys(study)
    if wanted.criterion not in preferences:
        raise CannotExport(
            f"{study.folder}: this format needs a criterion that compares the responses, found "
            f"{wanted.criterion!r}, expected --criterion with one of {named(preferences) or 'none'}"
        )
    plain = {
        pair.id: pair
        for pair in study.pairs
        if not (pair.prompt.turns or pair.response_a.turns or pair.response_b.turns)
    }
    dialogues = len(study.pairs) - len(plain)
    if dialogues:
        tally.notes.append(f"{count(dialogues, 'dialogue')} left out: this format has no turns")
    return plain


def _names_of_people(wanted: Wanted) -> list[str]:
    people = wanted.found.labels.annotators("human")
    return sorted(wanted.people.get(name, name) for name in people)


def _yes_or_no(study: Study) -> str | None:
    criterion = study.criterion("acceptability")
    return criterion.key if criterion and {*criterion.scale.choices} == {"yes", "no"} else None


def _comparable(
    wanted: Wanted,
    tally: Tally,
    plain: dict[str, Pair],
    kinds: Sequence[Kind],
    rating: str | None = None,
) -> Iterator[tuple[Pair, list[Label]]]:
    """The plain pairs with the labels that the format can hold; the others are tallied."""
    for pair, labels in wanted.labels_of_pairs(tally):
        if pair.id in plain:
            yield pair, _kept(labels, wanted, tally, kinds, rating)
        elif labels:
            tally.left_out["of a dialogue"] += len(labels)


def _kept(
    labels: Iterable[Label],
    wanted: Wanted,
    tally: Tally,
    kinds: Sequence[Kind],
    rating: str | None = None,
) -> list[Label]:
    kept: list[Label] = []
    for label in labels:
        if label.kind == "judge" and "judge" not in kinds:
            continue  # it stands in a file of its own
        why = f"of the kind {label.kind}" if label.kind not in kinds else None
        why = why or _unwritable(label, wanted, rating)
        if why:
            tally.left_out[why] += 1
        else:
            kept.append(label)
    return kept


def _unwritable(label: Label, wanted: Wanted, rating: str | None) -> str | None:
    """Why a format with one verdict of each annotator on a pair cannot hold this one."""
    if label.criterion not in (wanted.criterion, rating):
        return f"of the criterion {label.criterion}"
    if label.repeat or label.purpose != "study":
        return f"a {'repeat' if label.repeat else label.purpose} label"
    if label.kind == "judge":
        return "of a judge that saw the pair the other way round" if label.swapped else None
    criterion = wanted.study.criterion(label.criterion)
    if criterion is None or label.choice not in criterion.scale.choices:
        return f"the choice {label.choice!r} is not on the scale of {label.criterion}"
    return None
