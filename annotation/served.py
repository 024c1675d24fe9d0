"""A study ready to be served: pairs by id, the consent text, pairs with known answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from annotation.known import KnownPair, read_known_pairs
from annotation.schema import Pair
from annotation.study import (
    CONSENT_FILE,
    GOLD_FILE,
    GUIDELINES_FILE,
    PAIRS_FILE,
    PLAN_FILE,
    TRAINING_FILE,
    Study,
    StudyError,
    load_study,
    read_text,
)

Stamp = tuple[tuple[int, int], ...]
_FILES = (PLAN_FILE, GUIDELINES_FILE, CONSENT_FILE, PAIRS_FILE, TRAINING_FILE, GOLD_FILE)


@dataclass(frozen=True)
class Served:
    """One version of a study's files, checked against each other."""

    study: Study
    pairs: Mapping[str, Pair]
    """Every pair that can be shown, by its id."""
    consent: str
    training: tuple[KnownPair, ...]
    gold: Mapping[str, KnownPair]
    stamp: Stamp
    systems: frozenset[str] = frozenset()
    """The systems that meet in the pairs that are labelled."""


def load_served(folder: Path) -> Served:
    """The study in `folder`; raises StudyError where a file is missing that its tables ask for."""
    stamp = stamp_of(folder)
    study = load_study(folder)
    if not study.pairs:
        raise StudyError(f"{folder / PAIRS_FILE}: there are no pairs, expected one or more")
    training = _known(study, TRAINING_FILE) if study.training else ()
    gold = _known(study, GOLD_FILE) if study.gold else ()
    pairs = {pair.id: pair for pair in study.pairs}
    for name, known in ((TRAINING_FILE, training), (GOLD_FILE, gold)):
        for one in known:
            if pairs.setdefault(one.pair.id, one.pair) is not one.pair:
                raise StudyError(f"{folder / name}: pair {one.pair.id} stands in another file too")
    return Served(
        study=study,
        pairs=pairs,
        consent=_consent(study),
        training=training,
        gold={one.pair.id: one for one in gold},
        stamp=stamp,
        systems=frozenset(name for pair in study.pairs for name in pair.systems),
    )


def stamp_of(folder: Path) -> Stamp:
    """Changes when one of the study's files does."""
    found = []
    for name in _FILES:
        try:
            status = (folder / name).stat()
            found.append((status.st_mtime_ns, status.st_size))
        except FileNotFoundError:
            found.append((0, -1))
    return tuple(found)


def _known(study: Study, name: str) -> tuple[KnownPair, ...]:
    path = study.folder / name
    if not path.exists():
        table = path.stem
        raise StudyError(f"{path}: not found, expected because study.toml has a table [{table}]")
    known = tuple(read_known_pairs(path, study))
    if not known:
        raise StudyError(f"{path}: there are no pairs, expected one or more")
    return known


def _consent(study: Study) -> str:
    path = study.folder / CONSENT_FILE
    if study.consent is None:
        return ""
    if not path.exists():
        raise StudyError(f"{path}: not found, expected because study.toml has a table [consent]")
    return read_text(path)
