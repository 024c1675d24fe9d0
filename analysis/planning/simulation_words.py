"""The tables of a simulation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.planning.assumptions import JUDGE_SIDE, JUDGE_TASTE, Assumptions
from analysis.planning.checking import Check
from analysis.planning.coverage import UNLABELLED, Coverage, Simulation
from analysis.planning.intervals import STATISTICS
from analysis.planning.model import Model
from analysis.planning.plan_words import wanted
from analysis.planning.plans import Basis
from analysis.planning.telling import Splits


def statement(of: Simulation) -> str:
    """What the studies are drawn from, and how many of them."""
    assumed, model = of.assumptions, of.assumptions.model()
    return "\n".join(
        [
            f"Made by `python -m analysis simulate`: {of.studies} studies of each size, "
            f"{of.resamples} resamples a study, seed {of.seed}. "
            f"Each prompt has a pair of every two of {assumed.systems} systems, and each pair "
            f"{assumed.labels} labels of {assumed.annotators} annotators. {_model(assumed, model)}",
            "",
            "Coverage is the share of studies whose 95% interval holds what the model gives with "
            "endlessly many prompts; ± is its standard error from drawing so many studies only.",
        ]
    )


def _model(assumed: Assumptions, model: Model) -> str:
    spread = assumed.spread
    strengths = ", ".join(f"{one:.3f}" for one in model.strength)
    return (
        f"The model: a response's quality is its system's strength ({strengths}) plus an effect "
        f"of prompt and system, normal, so that the difference of two qualities spreads by "
        f"{model.spread:.3f} about that of the strengths; a label is the difference as an "
        f"annotator sees it plus logistic noise, a tie if it is within {model.threshold:.3f}. "
        f"So average people give a win rate of {assumed.win_rate:g} of the first system over the "
        f"last, a tie share of {assumed.tie_share:g} and an ordinal alpha of {assumed.alpha:g}. "
        f"Annotators differ, with standard deviations of {spread.sensitivity:g} in log "
        f"sensitivity, {spread.threshold:g} in the log of the tie's reach, {spread.side:g} in the "
        f"pull of the left side and {spread.taste:g} in the taste for each system. The judge "
        f"answers in both orders, is for what is shown first by {JUDGE_SIDE:g} and for the first "
        f"system by {JUDGE_TASTE:g}, and has as much noise as makes its agreement "
        f"{assumed.judge_minus_human:+g} of average people's. For prediction-powered win rates it "
        f"judges {UNLABELLED} times as many prompts more."
    )


def coverage_table(rows: Iterable[Coverage]) -> str:
    """One row for each statistic and size."""
    lines = [
        "| statistic | prompts | truth | coverage | interval below truth | above | mean width |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda one: list(STATISTICS).index(one.statistic)):
        without = f", {row.missing} without" if row.missing else ""
        lines.append(
            f"| {STATISTICS[row.statistic]} | {row.prompts} | {row.truth:.3f} "
            f"| {100 * row.share:.1f}% ± {100 * row.error:.1f}{without} "
            f"| {100 * row.below / row.studies:.1f}% | {100 * row.above / row.studies:.1f}% "
            f"| {row.width:.3f} |"
        )
    return "\n".join(lines)


def splits_table(rows: Iterable[Splits]) -> str:
    """One row for each number of equal systems and size."""
    lines = ["| equal systems | prompts | studies with a false split |", "|---|---|---|"]
    for row in rows:
        share = f"{100 * row.share:.1f}% ± {100 * row.error:.1f}"
        lines.append(f"| {row.systems} | {row.prompts} | {share} |")
    return "\n".join(lines)


def gaps_table(rows: Iterable[tuple[Basis, Check]]) -> str:
    """One row for each gap and number of systems."""
    lines = [
        "| win rate of first over last | systems | planned prompts | planned power | found |",
        "|---|---|---|---|---|",
    ]
    for basis, check in rows:
        assumed = basis.assumptions
        lines.append(
            f"| {assumed.win_rate:g} | {assumed.systems} | {check.plan.prompts} "
            f"| {100 * check.plan.expected:.1f}% "
            f"| {100 * check.found:.1f}% ± {100 * check.error:.1f} |"
        )
    return "\n".join(lines)


def others_table(rows: Iterable[tuple[Basis, Check]]) -> str:
    """One row for each further goal."""
    lines = ["| wanted | planned prompts | planned | found |", "|---|---|---|---|"]
    for basis, check in rows:
        goal = check.plan.goal
        words = wanted(goal, basis)
        if goal.statistic == "judge":
            words += f", the judge {basis.assumptions.judge_minus_human:+g}"
        planned, found, error = (
            f"{100 * one:.1f}%" if goal.power else f"±{one:.4f}"
            for one in (check.plan.expected, check.found, check.error)
        )
        lines.append(
            f"| {words} | {check.plan.prompts} | {planned} | {found} ± {error.strip('±%')} |"
        )
    return "\n".join(lines)
