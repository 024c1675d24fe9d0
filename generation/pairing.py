"""Answers become pairs: who meets whom on which prompt, a and b by a seeded coin."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from random import Random

from annotation.schema import Pair, PairResponse, Prompt, content_hash
from annotation.study import PAIRS_FILE, StudyError, load_plan, read_pairs, write_jsonl
from generation.answers import Admission, Place, Tally, admit, read_answers
from generation.designs import (
    Design,
    Match,
    against,
    every_pair,
    incomplete,
    strata_of,
    take_sides,
)
from generation.responses import load_prompts

DESIGNS = ("all", "baseline", "incomplete")


class PairsInUse(StudyError):
    """Other pairs stand in `pairs.jsonl` already, and labels may hang on them."""


@dataclass
class Pairing:
    """The pairs of a study, and what was left out of them by reason."""

    pairs: list[Pair] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def checks(self) -> int:
        """How many of the pairs are attention checks."""
        return sum("attention_check" in pair.meta for pair in self.pairs)


def add_pair_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `generation pair`."""
    parser.add_argument("study", type=Path, help="the study folder")
    parser.add_argument(
        "--design",
        choices=DESIGNS,
        default="all",
        help="all: every two systems on every prompt; baseline: every system against one; "
        "incomplete: some pairs of systems on each prompt, balanced (default: all)",
    )
    parser.add_argument("--baseline", metavar="SYSTEM", help="the system that all others meet")
    parser.add_argument(
        "--pairs-per-prompt", metavar="K", type=int, help="of the incomplete design (default: 1)"
    )
    parser.add_argument(
        "--system", action="append", default=[], metavar="NAME", help="only these systems"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the design and the sides")
    parser.add_argument(
        "--replace", action="store_true", help="make all pairs anew, also those that stand already"
    )


def pair(args: argparse.Namespace) -> list[str]:
    """Pair the answers of a study and write `pairs.jsonl`; the lines that tell what was done."""
    plan = load_plan(args.study)
    prompts = {prompt.id: prompt for prompt in load_prompts(args.study)}
    rng = Random(args.seed)
    design = _design(args, rng)
    answers = read_answers(args.study)
    if args.system:
        answers = (each for each in answers if each[0].system in args.system)
    admission = admit(prompts, answers, plan.pairing, plan.screen)
    _all_known(args, admission.tallies)
    attention = plan.pairing.identical == "attention_check"
    path = args.study / PAIRS_FILE
    before = list(read_pairs(path)) if path.exists() and not args.replace else []
    pairing = make_pairs(prompts, admission, design, rng, attention, before)
    if not pairing.pairs:
        raise StudyError(f"{args.study}: nothing is left to pair; {_reasons(pairing.left_out)}")
    _refuse_to_lose(path, pairing.pairs, before)
    write_jsonl(path, pairing.pairs)
    return [*report(admission, pairing), f"{len(pairing.pairs)} pairs -> {path}"]


def make_pairs(
    prompts: Mapping[str, Prompt],
    admission: Admission,
    design: Design,
    rng: Random,
    attention_checks: bool,
    before: Sequence[Pair] = (),
) -> Pairing:
    """The pairs of a design, in the order of the prompts, as far as there are answers.

    One that stood among those `before` keeps its sides, and with them its id and its labels.
    Identical answers become pairs with `meta.attention_check` true, whose only right choice is a
    tie, or are left out. Where systems have several samples, sample n meets sample n.
    """
    strata = strata_of(prompts.values())
    samples = range(1 + max((place.sample for place in admission.answers), default=0))
    pairing = Pairing()
    met: dict[str, tuple[Match, int]] = {}
    in_front = {_unsided(each.prompt, each.response_a, each.response_b): each for each in before}
    for match, sample in product(design(strata, sorted(admission.tallies)), samples):
        both = _both(admission, match, sample)
        if both is None:
            pairing.left_out["no answer" if sample == 0 else "no such sample"] += 1
        elif alike(*both) and not attention_checks:
            pairing.left_out["identical"] += 1
        elif (mark := _unsided(prompts[match.prompt_id], *both)) in met:
            pairing.left_out["repeated"] += 1
        else:
            met[mark] = match, sample
    fresh = [mark for mark in met if mark not in in_front]
    sides = take_sides([met[mark][0] for mark in fresh], strata, rng)
    sided = dict(zip(fresh, sides, strict=True))
    for mark, (match, sample) in met.items():
        first_of = in_front[mark].systems if mark in in_front else sided[mark][1:]
        if both := _both(admission, Match(match.prompt_id, *first_of), sample):
            meta = {"attention_check": True} if alike(*both) else {}
            prompt, (first, second) = prompts[match.prompt_id], both
            pairing.pairs.append(
                Pair(prompt=prompt, response_a=first, response_b=second, meta=meta)
            )
    return pairing


def alike(one: PairResponse, other: PairResponse) -> bool:
    """Whether two answers show the same, blanks at the ends aside."""
    return _shown(one) == _shown(other)


def report(admission: Admission, pairing: Pairing) -> Iterator[str]:
    """What became of every system's answers, what was left out, and how often systems meet."""
    for system, tally in sorted(admission.tallies.items()):
        yield _about(system, tally)
    if pairing.left_out:
        yield f"pairs left out: {_reasons(pairing.left_out)}"
    met = Counter(tuple(sorted(each.systems)) for each in pairing.pairs)
    times = [met[two] for two in combinations(sorted(admission.tallies), 2) if met[two]]
    often = str(max(times)) if min(times) == max(times) else f"{min(times)} to {max(times)}"
    yield f"pairs of systems that meet: {len(met)}, each {often} times"
    lead = Counter(each.systems[0] for each in pairing.pairs)
    lead.subtract(each.systems[1] for each in pairing.pairs)
    yield f"response a oftener than b, or b than a: by {max(map(abs, lead.values()))} at most"
    if pairing.checks:
        yield f"identical answers, declared as attention checks: {pairing.checks}"


def _about(system: str, tally: Tally) -> str:
    line = f"{system}: {tally.answers} answers"
    if tally.left_out:
        line += f"; left out: {_reasons(tally.left_out)}"
    if tally.found:
        line += f"; found: {_reasons(tally.found)}"
    return line


def _reasons(counts: Counter[str]) -> str:
    return (
        ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items())) or "no answers"
    )


def _design(args: argparse.Namespace, rng: Random) -> Design:
    if (args.design == "baseline") != bool(args.baseline):
        raise StudyError("--design baseline and --baseline SYSTEM go together")
    if args.pairs_per_prompt is not None and args.design != "incomplete":
        raise StudyError("--pairs-per-prompt goes with --design incomplete")
    match args.design:
        case "baseline":
            return against(args.baseline)
        case "incomplete":
            return incomplete(1 if args.pairs_per_prompt is None else args.pairs_per_prompt, rng)
    return every_pair


def _all_known(args: argparse.Namespace, found: Mapping[str, Tally]) -> None:
    missing = sorted({*args.system} - {*found})
    if missing:
        raise StudyError(f"{args.study}: found no responses of the system {missing[0]!r}")


def _both(
    admission: Admission, match: Match, sample: int
) -> tuple[PairResponse, PairResponse] | None:
    first, second = (
        admission.answers.get(Place(match.prompt_id, system, sample)) for system in match[1:]
    )
    return (first, second) if first and second else None


def _shown(response: PairResponse) -> Sequence[str]:
    return [response.text.strip(), *(turn.text.strip() for turn in response.turns)]


def _unsided(prompt: Prompt, one: PairResponse, other: PairResponse) -> str:
    """The same for two pairs that differ only in who is a: such a pair would be asked twice."""
    turns = [turn.text for turn in prompt.turns]
    sides = sorted([response.system, *_shown(response)] for response in (one, other))
    return content_hash([prompt.text, prompt.input, turns, sides])


def _refuse_to_lose(path: Path, pairs: Sequence[Pair], before: Sequence[Pair]) -> None:
    lost = {each.id for each in before} - {each.id for each in pairs}
    if lost:
        raise PairsInUse(
            f"{path}: {len(lost)} of its pairs would be lost, and labels may hang on them; "
            "say --replace if none do"
        )
