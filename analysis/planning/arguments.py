"""The flags of `plan` and `simulate`: what is assumed of a study."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

from analysis.planning.assumptions import Assumptions

ASSUMED = Assumptions()

MOST_LABELS, MOST_SYSTEMS, MOST_ANNOTATORS = 15, 20, 200
"""Beyond these the sums over all that can be said of a prompt would take minutes."""


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """The flags that say what people, systems and judge are like; a flag left out is None."""
    group = parser.add_argument_group("assumed of single labels")

    def share(flag: str, default: float, meaning: str) -> None:
        group.add_argument(
            flag, type=number(-1, 1), metavar="X", help=f"{meaning}; default {default:g}"
        )

    share("--win-rate", ASSUMED.win_rate, "how often the better system is preferred, a tie half")
    share("--tie-share", ASSUMED.tie_share, "how often people choose a tie")
    share("--alpha", ASSUMED.alpha, "Krippendorff's ordinal alpha")
    share("--judge-minus-human", ASSUMED.judge_minus_human, "the judge's agreement less people's")
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


def number(least: float, greatest: float) -> Callable[[str], float]:
    """Reads a number within bounds."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not least <= found <= greatest:
            raise argparse.ArgumentTypeError(
                f"found {text!r}, expected a number from {least:g} to {greatest:g}"
            )
        return found

    return read


def at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number."""

    def read(text: str) -> int:
        whole = text.isascii() and text.isdecimal()
        if not whole or int(text) < least or (most is not None and int(text) > most):
            end = "on" if most is None else f"to {most}"
            raise argparse.ArgumentTypeError(
                f"found {text!r}, expected a number from {least} {end}"
            )
        return int(text)

    return read
