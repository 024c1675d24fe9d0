"""The command `simulate`: whether the intervals of a report hold what they promise."""

from __future__ import annotations

import argparse

from analysis.arguments import MOST_RESAMPLES, Parser, at_least
from analysis.planning.arguments import (
    MOST_ANNOTATORS,
    MOST_LABELS,
    MOST_SYSTEMS,
    add_assumptions,
    overridden,
)
from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.coverage import Simulation, fresh_annotators, same_annotators
from analysis.planning.simulation_words import (
    coverage_table,
    gaps_table,
    others_table,
    splits_table,
    statement,
)
from analysis.planning.telling import false_splits, planned_gaps, planned_others
from analysis.watch import Watch, unwatched


def parser() -> argparse.ArgumentParser:
    """The flags of `python -m analysis simulate`."""
    made = Parser(
        prog="python -m analysis simulate",
        description="Draw studies from a stated model and count how often their intervals hold.",
    )
    made.add_argument(
        "--prompts", type=at_least(2), nargs="+", default=[30, 100, 300], metavar="N",
        help="sizes of studies; default 30 100 300",
    )  # fmt: skip
    for flag, default, least, most, meaning in (
        ("--studies", 1000, 1, None, "drawn of each size; default 1000"),
        ("--resamples", 1000, 1, MOST_RESAMPLES, "bootstrap resamples of each study; default 1000"),
        ("--seed", 0, 0, None, "of all random draws; default 0"),
        ("--systems", 3, 2, MOST_SYSTEMS, "compared with each other in each prompt; default 3"),
        ("--labels", 3, 2, MOST_LABELS, "of a pair, each by another annotator; default 3"),
        ("--annotators", 5, 2, MOST_ANNOTATORS, "who label; default 5"),
    ):
        made.add_argument(
            flag, type=at_least(least, most), default=default, metavar="N", help=meaning
        )
    add_assumptions(made)
    return made


def run(args: argparse.Namespace, watch: Watch = unwatched) -> str:
    """The tables as Markdown; raises BadAssumption."""
    if args.labels > args.annotators:
        raise BadAssumption(
            f"--labels: found {args.labels}, expected at most the {args.annotators} of "
            "--annotators: each label of a pair is another person's"
        )
    design = Assumptions(systems=args.systems, labels=args.labels, annotators=args.annotators)
    assumed = overridden(args, design)
    of = Simulation(assumed, args.prompts, args.studies, args.resamples, args.seed)
    return "\n".join(
        [
            "# Do the intervals hold?",
            "",
            statement(of),
            "",
            "## New prompts, these annotators",
            "",
            "The annotators' effects are drawn once and held: what an interval of a report claims.",
            "",
            coverage_table(same_annotators(of, watch)),
            "",
            "## New prompts, fresh annotators",
            "",
            "Each study has annotators of its own, and the truth is what they find on average. No "
            "interval of a report claims this: more prompts narrow it, and the annotators' part of "
            "the error stays.",
            "",
            coverage_table(fresh_annotators(of, watch)),
            "",
            "## Equal systems",
            "",
            "How many reports split systems that are equal into more than one `system_group`. The "
            "annotators differ, but in no system's favour.",
            "",
            splits_table(false_splits(of, watch=watch)),
            "",
            "## Systems that differ",
            "",
            "How many reports tell the first system from the last (Holm, 5%) in studies whose size "
            "`python -m analysis plan systems` gave for this power. People are average ones.",
            "",
            gaps_table(planned_gaps(of, watch=watch)),
            "",
            "## Other plans",
            "",
            "Power, or the mean half-width of the interval, in studies of the planned size.",
            "",
            others_table(planned_others(of, watch)),
        ]
    )
