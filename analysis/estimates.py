"""The record of every number of a report, and the names that a number may have."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, TypeAlias

from annotation.schema import TiebreakError

Names: TypeAlias = Mapping[str, str | float | tuple[str, ...]]
"""What a number speaks of: `{"system": "x"}`, `{"systems": ("x", "y")}`; empty for all."""


class TooFewLabels(TiebreakError):
    """A statistic is undefined on these labels; the report turns it into null and this reason."""


class BadEstimate(TiebreakError):
    """A number that the contract of report.json does not allow; a fault of ours."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval, or none; `dropped_share` counts the resamples that were undefined."""

    low: float | None = None
    high: float | None = None
    dropped_share: float | None = None


NO_INTERVAL = Interval()


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of a report with its interval, or null and the reason why it is undefined.

    `low` and `high` bound a 95% interval unless `method` says otherwise; `n` counts `unit`s.
    """

    statistic: str
    criterion: str | None
    subject: Names = field(default_factory=dict)
    slice: Names = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    unit: str = "pairs"
    method: str | None = None
    reason: str | None = None
    p: float | None = None
    p_adjusted: float | None = None
    adjustment: str | None = None
    status: str | None = None
    low_leave_one_out: float | None = None
    high_leave_one_out: float | None = None
    dropped_share: float | None = None

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS:
            raise BadEstimate(f"found the statistic {self.statistic!r}, expected a contract's name")
        if (self.value is None) == (self.reason is None):
            raise BadEstimate(f"{self.statistic}: expected either a value or a reason")
        numbers = (self.value, self.low, self.high, self.p, self.p_adjusted)
        for number in numbers:
            if number is not None and not math.isfinite(number):
                raise BadEstimate(
                    f"{self.statistic}: found {numbers}, expected finite numbers or null"
                )

    def __reduce__(self) -> tuple[type[Estimate], tuple[Any, ...]]:
        """How it is pickled: what its class makes is checked again, in half the time."""
        return Estimate, _FIELDS(self)

    @property
    def key(self) -> tuple[object, ...]:
        """What may occur once in a report."""
        subject, part = frozenset(self.subject.items()), frozenset(self.slice.items())
        return self.statistic, self.criterion, subject, part

    def to_json(self) -> dict[str, Any]:
        """The estimate as it stands in report.json; the optional fields only where they are set."""
        return {
            name: value
            for name, value in zip(self.__slots__, _FIELDS(self), strict=True)
            if value is not None or name not in _OPTIONAL
        }

    def known(
        self, value: float, interval: Interval = NO_INTERVAL, method: str | None = None
    ) -> Estimate:
        """This row with a value."""
        return replace(
            self,
            value=value,
            reason=None,
            low=interval.low,
            high=interval.high,
            dropped_share=interval.dropped_share,
            method=method or self.method,
        )


_OPTIONAL = frozenset(
    {
        "p",
        "p_adjusted",
        "adjustment",
        "status",
        "low_leave_one_out",
        "high_leave_one_out",
        "dropped_share",
    }
)
_FIELDS = attrgetter(*Estimate.__slots__)
"""All values of an estimate, in their order."""


def canonical(names: Names) -> str:
    """One text for equal subjects or slices, whatever the order of their keys."""
    return json.dumps(names, sort_keys=True, ensure_ascii=False)


def check_unique(estimates: Iterable[Estimate]) -> list[Estimate]:
    """All of them; or BadEstimate where two have one statistic, criterion, subject and slice."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for estimate in estimates:
        key = estimate.key
        if key in seen:
            raise BadEstimate(f"found {key} twice, expected it once")
        seen.add(key)
        kept.append(estimate)
    return kept


STATISTICS = frozenset(
    {
        # agreement
        "percent_agreement",
        "mean_cohen_kappa",
        "cohen_kappa",
        "cohen_kappa_linear",
        "cohen_kappa_quadratic",
        "fleiss_kappa",
        "krippendorff_alpha_nominal",
        "krippendorff_alpha_ordinal",
        "krippendorff_alpha_interval",
        "orientation_range",
        "gwet_ac1",
        "gwet_ac2_linear",
        "gwet_ac2_quadratic",
        "brennan_prediger",
        "unanimous_share",
        "first_two_agreement",
        "relaxed_agreement",
        # aggregation
        "majority_count",
        "dawid_skene_count",
        "dawid_skene_accuracy",
        # ranking
        "win_count",
        "tie_count",
        "loss_count",
        "win_rate",
        "net_win_rate",
        "bradley_terry",
        "elo_scale",
        "davidson",
        "davidson_nu",
        "rank",
        "system_group",
        "pairwise_significance",
        "length_controlled_win_rate",
        "mean_rating",
        "rating_share",
        "best_probability",
        # judges
        "judge_accuracy",
        "judge_macro_precision",
        "judge_macro_recall",
        "judge_macro_f1",
        "judge_weighted_f1",
        "judge_cohen_kappa",
        "judge_invalid_share",
        "judge_abstained_share",
        "judge_inconsistent_share",
        "order_consistency",
        "first_position_bias",
        "mtbench_s1",
        "mtbench_s2",
        "mtbench_s2_coverage",
        "human_loo_agreement",
        "judge_loo_agreement",
        "judge_minus_human",
        "alpacaeval_agreement",
        "alpacaeval_bias",
        "alpacaeval_variance",
        "longer_preferred",
        "alt_test_omega",
        "alt_test_rho",
        "alt_test_omega_clustered",
        "ppi_win_rate",
        "kendall_tau",
        "spearman_rho",
        "reference_accuracy",
        "judge_spearman",
        "judge_kendall_tau_b",
        "judge_mean_absolute_error",
        # annotators
        "loo_agreement",
        "side_bias",
        "self_consistency",
        "tie_share",
        "median_seconds",
        "gold_accuracy",
        "straight_lining",
        # criteria and confounds
        "criteria_correlation",
        "length_effect",
        "list_effect",
        "benchmark_kendall_tau",
    }
)
"""Every name that the contract of report.json has."""
