"""The command `plan`: how many prompts, annotators and labels a study needs, and its cost."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from analysis.arguments import Parser, at_least, number
from analysis.labels import read_study
from analysis.planning.arguments import (
    MOST_LABELS,
    MOST_SYSTEMS,
    add_assumptions,
    overridden,
)
from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.checking import checked
from analysis.planning.pilot import Pilot, basis, pilot_of
from analysis.planning.plan_words import GOALS, Answer, text, to_json
from analysis.planning.plans import Basis, Costs, Goal, plans
from analysis.resampling.resample import Bootstrap
from analysis.watch import Watch, unwatched


def parser() -> argparse.ArgumentParser:
    """The flags of `python -m analysis plan`."""
    made = Parser(
        prog="python -m analysis plan",
        description="How many prompts, annotators and labels a study needs, and what they cost.",
    )
    made.add_argument(
        "goals", nargs="*", metavar="GOAL",
        help=f"what is to be known: {', '.join(GOALS)}; default all of them",
    )  # fmt: skip
    made.add_argument("--half-width", type=number(0.001, 0.5), default=0.05, metavar="X",
                      help="of the interval of win-rate and alpha; default 0.05")  # fmt: skip
    made.add_argument("--power", type=number(0.01, 0.999), default=0.8, metavar="X",
                      help="to tell systems, or a judge from people; default 0.8")  # fmt: skip
    made.add_argument(
        "--labels", type=at_least(1, MOST_LABELS), nargs="+", default=[1, 2, 3, 5], metavar="N",
        help="labels a pair to compare; default 1 2 3 5",
    )  # fmt: skip
    made.add_argument("--systems", type=at_least(2, MOST_SYSTEMS), default=2, metavar="N",
                      help="every two of them meet in each prompt; default 2")  # fmt: skip
    made.add_argument("--check", type=at_least(1), metavar="N",
                      help="draw so many studies by the plan with the fewest labels")  # fmt: skip
    made.add_argument("--seed", type=at_least(0), default=0, metavar="N",
                      help="of all random draws; default 0")  # fmt: skip
    made.add_argument("--json", type=Path, metavar="FILE", help="write the plans there as JSON")
    add_assumptions(made)
    _add_pilot(made)
    _add_costs(made)
    return made


def _add_pilot(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("a pilot, whose labels stand for what no flag says")
    group.add_argument("--pilot", type=Path, metavar="STUDY", help="a study's folder")
    group.add_argument("--criterion", metavar="KEY", help="needed where the pilot has several")
    group.add_argument("--between", nargs=2, metavar="SYSTEM", help="needed where it has over two")
    group.add_argument("--judge", metavar="NAME", help="needed where it has several")


def _add_costs(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("costs")
    priced = number(0, 1e6)
    group.add_argument("--price-per-label", type=priced, metavar="X", help="in any currency")
    group.add_argument("--minutes-per-pair", type=priced, metavar="X",
                       help="of one annotator; default the pilot's median")  # fmt: skip
    group.add_argument("--hourly-rate", type=priced, metavar="X", help="in any currency")
    group.add_argument("--labels-per-annotator", type=at_least(1), default=200, metavar="N",
                       help="that one person gives; default 200")  # fmt: skip


def run(args: argparse.Namespace, watch: Watch = unwatched) -> str:
    """The plans as text; raises BadAssumption, StudyError where the pilot cannot be read."""
    wrong = [name for name in args.goals if name not in GOALS]
    if wrong:
        raise BadAssumption(f"goal: found {wrong[0]!r}, expected one of {', '.join(GOALS)}")
    if args.price_per_label is not None and args.hourly_rate is not None:
        raise BadAssumption("costs: found a price a label and an hourly rate, expected one of them")
    if args.check and args.pilot:
        raise BadAssumption(
            "--check: found a pilot, expected assumptions alone to draw studies from"
        )
    pilot = None
    if args.pilot:
        study = read_study(args.pilot, watch)
        pilot = pilot_of(study, args.criterion, args.between, args.judge)
    costs = _costs(args, pilot)
    goals = args.goals or _goals(pilot)
    answers = [_answer(args, name, pilot, costs, watch) for name in goals]
    if args.json:
        args.json.write_text(json.dumps(to_json(answers), indent=1) + "\n", encoding="utf-8")
    return text(answers, costs)


def _goals(pilot: Pilot | None) -> list[str]:
    """All goals, but for the judge's where a pilot has none."""
    unjudged = pilot is not None and pilot.verdicts is None
    return [name for name, statistic in GOALS.items() if not (unjudged and statistic == "judge")]


def _costs(args: argparse.Namespace, pilot: Pilot | None) -> Costs:
    minutes = args.minutes_per_pair
    if minutes is None and pilot and pilot.seconds is not None:
        minutes = pilot.seconds / 60
    if args.hourly_rate is not None and minutes is None:
        raise BadAssumption("costs: found an hourly rate, expected --minutes-per-pair with it")
    return Costs(args.price_per_label, minutes, args.hourly_rate, args.labels_per_annotator)


def _answer(
    args: argparse.Namespace, name: str, pilot: Pilot | None, costs: Costs, watch: Watch
) -> Answer:
    statistic = GOALS[name]
    if statistic in ("win_rate", "alpha"):
        goal = Goal(statistic, half_width=args.half_width)
    else:
        goal = Goal(statistic, power=args.power)
    if pilot:
        based = basis(pilot, statistic, Bootstrap(seed=args.seed))
        based = replace(based, assumptions=overridden(args, based.assumptions))
    else:
        assumed = overridden(args, Assumptions(systems=args.systems))
        based = Basis(assumed, assumed.systems * (assumed.systems - 1) / 2)
    made = plans(based, goal, args.labels, costs, args.seed, watch)
    check = None
    if args.check:
        check = checked(based, made[0], args.check, seed=args.seed, watch=watch)
    return Answer(goal, based, made, check)
