"""The flags of `plan` and `simulate`: what is assumed of a study."""

from __future__ import annotations

import argparse
from dataclasses import replace

from analysis.arguments import below, between, number
from analysis.planning.assumptions import Assumptions

ASSUMED = Assumptions()

MOST_LABELS, MOST_SYSTEMS, MOST_ANNOTATORS = 15, 20, 200
"""Beyond these the sums over all that can be said of a prompt would take minutes."""


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """The flags that say what people, systems and judge are like; a flag left out is None."""
    group = parser.add_argument_group("assumed of single labels")

    for flag, read, default, meaning in (
        ("--win-rate", between(0, 1), ASSUMED.win_rate,
         "how often the better system is preferred, a tie half"),
        ("--tie-share", below(0, 1), ASSUMED.tie_share, "how often people choose a tie"),
        ("--alpha", between(0, 1), ASSUMED.alpha, "Krippendorff's ordinal alpha"),
        ("--judge-minus-human", number(-1, 1), ASSUMED.judge_minus_human,
         "the judge's agreement less people's"),
    ):  # fmt: skip
        group.add_argument(flag, type=read, metavar="X", help=f"{meaning}; default {default:g}")
    group.add_argument(
        "--annotator-spread",
        type=number(0, 10),
        metavar="X",
        help="how far annotators differ: standard deviation, in log odds, of their tastes for a "
        f"system; default {ASSUMED.spread.taste:g}",
    )


def overridden(args: argparse.Namespace, assumed: Assumptions) -> Assumptions:
    """The assumptions with what the flags say in place of their own; raises BadAssumption."""
    named = {
        name: getattr(args, name)
        for name in ("win_rate", "tie_share", "alpha", "judge_minus_human")
        if getattr(args, name) is not None
    }
    spread = assumed.spread
    if args.annotator_spread is not None:
        spread = replace(spread, taste=args.annotator_spread)
    return replace(assumed, **named, spread=spread)
