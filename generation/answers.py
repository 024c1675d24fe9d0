"""Which answers of a study may stand in pairs: read, screened and sifted by the study's rules."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from annotation.schema import PairResponse, Prompt, Response
from annotation.study import PairingRules, ScreenRules, StudyError, read_jsonl
from generation.ledger import RESPONSES
from generation.screen import Finding, FindingKind, masked, screen


class Place(NamedTuple):
    """Where an answer belongs; a system's answers to one prompt are numbered as its samples."""

    prompt_id: str
    system: str
    sample: int


@dataclass
class Tally:
    """What became of one system's answers: how many, left out by reason, found by kind."""

    answers: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)


@dataclass
class Admission:
    """The answers that may stand in pairs, and what became of all of them, by system."""

    answers: dict[Place, PairResponse] = field(default_factory=dict)
    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


class Judged(NamedTuple):
    """An answer after the screen: what was found, and why it is left out, if it is."""

    response: PairResponse
    kinds: tuple[FindingKind, ...]
    left_out: str | None = None


def read_answers(folder: Path) -> Iterator[tuple[Place, Response]]:
    """Every answer of `responses/*.jsonl`; those without `meta.sample` are numbered as they come.

    Raises StudyError where there are none, or where one place is taken twice.
    """
    paths = sorted((folder / RESPONSES).glob("*.jsonl"))
    if not paths:
        where = folder / RESPONSES
        raise StudyError(f"{where}: found no responses; make them with `generation respond`")
    taken: dict[Place, str] = {}
    unnumbered: Counter[tuple[str, str]] = Counter()
    for path in paths:
        for line, response in read_jsonl(path, Response):
            of = (response.prompt_id, response.system)
            sample = response.meta.get("sample", unnumbered[of])
            if not isinstance(sample, int):
                raise StudyError(f"{path}:{line}: meta.sample: expected a number, found {sample!r}")
            unnumbered[of] += 1
            place = Place(*of, sample)
            if place in taken:
                raise StudyError(
                    f"{path}:{line}: found a second answer of {response.system!r} to prompt "
                    f"{response.prompt_id!r} as sample {sample}, the first stands in {taken[place]}"
                )
            taken[place] = f"{path.name}:{line}"
            yield place, response


def admit(
    prompts: Mapping[str, Prompt],
    answers: Iterable[tuple[Place, Response]],
    pairing: PairingRules,
    rules: ScreenRules,
) -> Admission:
    """Sift answers by the rules; whatever is left out is counted under its reason."""
    admission = Admission()
    firsts: dict[tuple[str, str], Place] = {}
    for place, response in tqdm(answers, desc="screening", unit="answer", delay=2):
        tally = admission.tallies[response.system]
        tally.answers += 1
        if place.prompt_id not in prompts:
            tally.left_out["unknown prompt"] += 1
            continue
        judged = judge(prompts[place.prompt_id], response, pairing, rules)
        tally.found.update(judged.kinds)
        if judged.left_out:
            tally.left_out[judged.left_out] += 1
            continue
        if judged.response.finish_reason == "length":
            tally.found["truncated"] += 1
        admission.answers[place] = judged.response
        if pairing.samples == "first":
            _keep_the_first(admission, firsts, place)
    return admission


def _keep_the_first(
    admission: Admission, firsts: dict[tuple[str, str], Place], place: Place
) -> None:
    """Of a system's answers to one prompt keep that with the lowest number, and call it 0."""
    of = (place.prompt_id, place.system)
    before = firsts.get(of)
    if before is not None:
        admission.tallies[place.system].left_out["further sample"] += 1
    if before is None or place.sample < before.sample:
        firsts[of] = place
        admission.answers[Place(*of, 0)] = admission.answers[place]
    if place.sample != 0:
        del admission.answers[place]


def judge(
    prompt: Prompt, response: PairResponse, pairing: PairingRules, rules: ScreenRules
) -> Judged:
    """What the study's rules make of one answer; a finding is noted in its `meta.screen`."""
    bare = PairResponse(**{name: getattr(response, name) for name in PairResponse.model_fields})
    if pairing.empty == "drop" and not has_text(bare):
        return Judged(bare, (), "empty")
    if pairing.truncated == "drop" and bare.finish_reason == "length":
        return Judged(bare, (), "truncated")
    findings = screen(prompt, bare, rules.names)
    if not findings:
        return Judged(bare, ())
    kinds: tuple[FindingKind, ...] = tuple(dict.fromkeys(found.kind for found in findings))
    for kind in kinds:
        if getattr(rules, kind) == "drop":
            return Judged(bare, kinds, kind)
    noted = [{"kind": found.kind, "found": found.found} for found in findings]
    meta = {**bare.meta, "screen": noted}
    maskable = tuple(kind for kind in kinds if getattr(rules, kind) == "mask")
    if maskable:
        meta["masked"] = list(maskable)
        bare = _mask(prompt, bare, findings, maskable, rules.names)
    bare = bare.model_copy(update={"meta": meta})
    if maskable and pairing.empty == "drop" and not has_text(bare):
        return Judged(bare, kinds, "empty when masked")
    return Judged(bare, kinds)


def _mask(
    prompt: Prompt,
    response: PairResponse,
    findings: Sequence[Finding],
    kinds: Sequence[FindingKind],
    names: Sequence[str],
) -> PairResponse:
    """Mask until nothing of these kinds is found, as one phrase can hide within another."""
    while hidden := [each for each in findings if each.kind in kinds and each.end > each.start]:
        shorter = masked(response, hidden)
        if shorter == response:
            break
        response, findings = shorter, screen(prompt, shorter, names)
    return response


def has_text(response: PairResponse) -> bool:
    """Whether there is anything to see in an answer; blanks and control characters are nothing."""
    texts = [response.text, *(turn.text for turn in response.turns)]
    return any(unicodedata.category(letter)[0] not in "ZC" for text in texts for letter in text)
