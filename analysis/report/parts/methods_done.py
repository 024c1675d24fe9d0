"""What a report may have done, as sentences of its methods paragraph with the works they cite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from analysis.report.compose import Report

Way: TypeAlias = tuple[str, str, str | None, str | None]
"""The statistic, method, adjustment and status of an estimate that has a value."""


def ways_of(report: Report) -> set[Way]:
    """All ways in which a report's numbers were made: a few hundred, of a million numbers."""
    return {
        (one.statistic, one.method or "", one.adjustment, one.status)
        for one in report.estimates
        if one.value is not None
    }


@dataclass(frozen=True)
class Done:
    """A sentence that is true of a report in which one of `statistics` has a value.

    Their `method` must say `by` and not `but`, and `adjustment` or `status` be as given. `{key}`
    cites a work.
    """

    sentence: str
    statistics: tuple[str, ...] = ()
    by: str = ""
    but: str | None = None
    adjustment: str | None = None
    status: str | None = None

    def holds(self, ways: Iterable[Way]) -> bool:
        """Whether it was done."""
        return any(
            (not self.statistics or statistic in self.statistics)
            and self.by in method
            and (self.but is None or self.but not in method)
            and self.adjustment in (None, adjustment)
            and self.status in (None, status)
            for statistic, method, adjustment, status in ways
        )


DONE = (
    Done(
        "Agreement between people is Krippendorff's alpha {krippendorff2011} with ordinal "
        "distances between choices.",
        ("krippendorff_alpha_ordinal",),
    ),
    Done(
        "Gwet's AC1 {gwet2008} stands beside it, because kappa-like coefficients collapse where "
        "one choice prevails.",
        ("gwet_ac1",),
    ),
    Done("Fleiss' kappa {fleiss1971} is given as well.", ("fleiss_kappa",)),
    Done(
        "Each two annotators are compared by Cohen's kappa {cohen1960}, unweighted and with linear "
        "and quadratic weights {cohen1968}.",
        ("cohen_kappa",),
    ),
    Done(
        "As a check on the majority, annotators' accuracies are estimated by a latent-class model "
        "{dawid1979}.",
        ("dawid_skene_accuracy",),
    ),
    Done(
        "How long annotators chose the same in a row is held against what their own shares of "
        "choices make likely {feller1968}.",
        ("straight_lining",),
        adjustment="bh",
    ),
    Done(
        "Win rates count a tie as half a win and take one outcome a pair, the choice that strictly "
        "most people made.",
        ("win_rate",),
    ),
    Done(
        "Strengths of systems are those of the Bradley-Terry model {bradley1952} with a tie as "
        "half a win each; their errors are sandwich errors clustered by prompt {liang1986}.",
        ("bradley_terry",),
    ),
    Done(
        "Where the comparisons do not determine strengths, half a win was added both ways for each "
        "two systems that met; these are marked as regularised.",
        ("bradley_terry",),
        status="regularised",
    ),
    Done(
        "Each two systems are tested with Holm's adjustment {holm1979}, and systems that "
        "cannot be told apart form a group.",
        ("system_group",),
    ),
    Done(
        "The probability of being best is the share of draws from the clustered approximation of "
        "the strengths or means in which a system comes first.",
        ("best_probability",),
    ),
    Done(
        "What length and lists add to people's preferences is estimated by logistic regression "
        "beside the systems' strengths.",
        ("length_effect", "list_effect"),
    ),
    Done("Ties are also modelled by themselves {davidson1970}.", ("davidson",)),
    Done(
        "For each two systems, the shares of the earliest labels and the agreement of the first "
        "two annotators are given as in How Far Can Camels Go? {wang2023camels}.",
        ("relaxed_agreement",),
    ),
    Done(
        "Ratings of two levels are averaged over what people's majority said of each response, "
        "ratings of more levels over all of people's labels.",
        ("mean_rating",),
    ),
    Done(
        "Judges are compared with people's majority by accuracy, macro-averaged precision, recall "
        "and F1 {wang2023pandalm}, and Cohen's kappa {cohen1960}; a verdict that changes with the "
        "order of the responses counts as a tie, and no verdict as wrong.",
        ("judge_accuracy",),
    ),
    Done(
        "Agreement is also given in the two setups of MT-bench {zheng2023}, with the share "
        "of votes that the second one keeps.",
        ("mtbench_s1",),
    ),
    Done(
        "Beside the judges stands a baseline that always prefers the longer response.",
        ("judge_accuracy",),
        by="the longer response wins",
    ),
    Done(
        "Judges and people are held against the same leave-one-out references, and their "
        "difference is computed within each resample.",
        ("judge_minus_human",),
    ),
    Done(
        "Each two judges are compared by the difference of their accuracies within each resample, "
        "with Holm's adjustment {holm1979}.",
        ("pairwise_significance",),
        by="accuracy against the human majority",
    ),
    Done("AlpacaEval's agreement {dubois2023} is given too.", ("alpacaeval_agreement",)),
    Done(
        "Win rates at equal lengths come from a logistic regression on the bounded difference of "
        "lengths {dubois2024}.",
        ("length_controlled_win_rate",),
    ),
    Done(
        "Whether a judge may stand in for annotators is decided by the alternative-annotator "
        "test {calderon2025}, clustered by prompt, with the false discovery rate held "
        "{benjamini2001} over annotators at q = 0.05.",
        ("alt_test_omega_clustered",),
    ),
    Done(
        "Scores of benchmarks are compared with people's win rates (of ratings, with mean "
        "ratings) by Kendall's tau-b.",
        ("benchmark_kendall_tau",),
    ),
    Done(
        "Win rates from people's and judges' labels together are prediction-powered "
        "{angelopoulos2023}.",
        ("ppi_win_rate",),
        by="PPI++",
        but="people's own win rate",
    ),
    Done(
        "Alignment is the share of known preferences that a judge chooses, as in INSTRUCTEVAL "
        "{chia2023}.",
        ("reference_accuracy",),
    ),
    Done(
        "Intervals are 95% and take prompts, not labels, as what was sampled: {resamples} "
        "resamples of prompts {field2007} with seed {seed}, with percentiles expanded for the "
        "number of prompts {hesterberg2015}.",
        by="expanded percentiles",
    ),
    Done(
        "Shares have Wilson's interval {wilson1927} for the number of prompts that clustering "
        "leaves, with quantiles of t {franco2019}.",
        by="Wilson interval with t",
    ),
    Done("Intervals of Cohen's kappa are linearised and clustered by prompt.", by="linearised"),
    Done("Reported p values are adjusted by Holm's method {holm1979}.", adjustment="holm"),
    Done(
        "p values of screening tests are adjusted for the false discovery rate {benjamini1995}.",
        adjustment="bh",
    ),
)
"""What may have been done, in the order in which it is told."""
