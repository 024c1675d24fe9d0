"""Plans as a readable text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.planning.assumptions import Assumptions
from analysis.planning.checking import Check
from analysis.planning.plans import OF_SYSTEMS, Basis, Costs, Goal, Plan

GOALS = {
    "win-rate": "win_rate",
    "alpha": "alpha",
    "systems": "strength",
    "judge": "judge",
}
"""What may be asked for, and the statistic that answers."""


@dataclass(frozen=True)
class Answer:
    """A goal, what its plans are made from, the plans, and a check of the cheapest if wanted."""

    goal: Goal
    basis: Basis
    plans: Sequence[Plan]
    check: Check | None


def text(answers: Sequence[Answer], costs: Costs) -> str:
    """One section a goal: what is wanted and assumed, and a line for each number of labels."""
    return "\n\n".join("\n".join(_section(one, costs)) for one in answers)


def _section(answer: Answer, costs: Costs) -> list[str]:
    best = answer.plans[0]
    lines = [
        f"Wanted: {wanted(answer.goal, answer.basis)}.",
        f"Assumed: {_assumed(answer.goal, answer.basis)}",
        "",
        *_table(answer.plans),
        "",
        f"Fewest labels: {best.prompts:,} prompts with {best.labels_per_pair} a pair. At "
        f"{costs.labels_per_annotator} labels a person that takes {best.annotators} or more "
        f"annotators; for {best.annotators_for_others} or more the interval for annotators other "
        "than these is at most a tenth wider.",
    ]
    if answer.check:
        lines.append(_checked(answer.check))
    return lines


def wanted(goal: Goal, basis: Basis) -> str:
    """The goal in words."""
    if goal.half_width is not None:
        of = {"win_rate": "the first system's win rate by majority"}.get(
            goal.statistic, "Krippendorff's ordinal alpha"
        )
        return f"a 95% interval of {of} of +-{goal.half_width:g}"
    of = {
        "judge": "to tell the judge from people (leave-one-out agreement)",
        "strength": "to tell the first system from the last (Bradley-Terry, by majority)",
    }[goal.statistic]
    many = f", Holm over {basis.comparisons} pairs of systems" if basis.comparisons > 1 else ""
    return f"{of} with a power of {goal.power:g} at 5%{many if goal.statistic != 'judge' else ''}"


def _assumed(goal: Goal, basis: Basis) -> str:
    assumed: Assumptions = basis.assumptions
    of_labels = {
        "a win rate": f"{assumed.win_rate:.3g}",
        "a tie share": f"{assumed.tie_share:.3g}",
        "an ordinal alpha": f"{assumed.alpha:.3g}",
    }
    if basis.scale and goal.statistic not in OF_SYSTEMS:
        del of_labels["a win rate"]
    said = ", ".join(f"{name} of {value}" for name, value in of_labels.items())
    pairs = (
        f"{basis.pairs_per_prompt:.3g} pair{'' if basis.pairs_per_prompt == 1 else 's'} a prompt"
    )
    found = f"{pairs}; single labels with {said}"
    if goal.statistic == "judge":
        found += f"; the judge's agreement {assumed.judge_minus_human:+.3g} of people's"
    for scale in basis.scale.values():
        found += f"; in the pilot a prompt moves the number {scale:.2f} times as much as so assumed"
    return f"{found}."


COLUMNS = ("labels a pair", "prompts", "pairs", "labels", "annotators", "expected", "gives")


def _table(plans: Sequence[Plan]) -> list[str]:
    timed, priced = plans[0].hours is not None, plans[0].cost is not None
    head = [*COLUMNS, *(["hours"] if timed else []), *(["cost"] if priced else [])]
    rows = [
        [
            f"{plan.labels_per_pair}",
            f"{plan.prompts:,}",
            f"{plan.pairs:,}",
            f"{plan.labels:,}",
            f"{plan.annotators:,}",
            f"{plan.effect:.3f}",
            f"power {plan.expected:.3f}" if plan.goal.power else f"+-{plan.expected:.4f}",
            *([f"{plan.hours:,.1f}"] if timed else []),
            *([f"{plan.cost:,.2f}"] if priced else []),
        ]
        for plan in plans
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in (head, *rows)]  # fmt: skip


def _checked(check: Check) -> str:
    what = "power" if check.plan.goal.power else "mean half-width"
    return (
        f"Checked by {check.studies:,} studies drawn by this plan: {what} {check.found:.4f} "
        f"+- {check.error:.4f}."
    )


def to_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """Goals, assumptions and plans as JSON values."""
    return {
        "answers": [
            {
                "goal": asdict(one.goal),
                "assumptions": asdict(one.basis.assumptions),
                "pairs_per_prompt": one.basis.pairs_per_prompt,
                "scale": dict(one.basis.scale),
                "plans": [_flat(plan) for plan in one.plans],
                "check": one.check
                and {
                    "labels_per_pair": one.check.plan.labels_per_pair,
                    "studies": one.check.studies,
                    "found": one.check.found,
                    "error": one.check.error,
                },
            }
            for one in answers
        ]
    }


def _flat(plan: Plan) -> dict[str, Any]:
    return {name: value for name, value in asdict(plan).items() if name != "goal"}
