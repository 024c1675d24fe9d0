"""How criteria go together, and effects of length and lists: planted ones found, no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import pearsonr
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.arrays import Floats
from analysis.criteria.confounds import Comparisons, effects
from analysis.criteria.correlation import correlation
from analysis.criteria.rows import estimates
from analysis.estimates import Estimate, TooFewLabels
from analysis.labels import from_records
from analysis.pairs import has_list
from analysis.report.compose import analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from analysis.tables import StudyLabels
from annotation.schema import Label, Pair
from tests.analysis.small_studies import pair_of
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_plan, a_prompt, a_response

FEW = Bootstrap(200)
CHOICES = ("a", "tie", "b")


def rows_of(study: StudyLabels) -> dict[Any, Estimate]:
    return {
        (row.statistic, row.criterion, *map(str, row.subject.values())): row
        for row in estimates(study, FEW)
        if not row.slice
    }


# Correlations


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=4, max_size=30))
def test_the_correlation_is_pearsons_over_both_orders(rows: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, float) for column in zip(*[*rows, (1, 1), (1, -1)], strict=True))
    found = correlation(x, y, np.arange(len(x)), FEW, centred=False)
    assert found.value == pytest.approx(pearsonr(np.append(x, -x), np.append(y, -y))[0])


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=4, max_size=30))
def test_of_ratings_it_is_pearsons(rows: list[tuple[int, int]]) -> None:
    x, y = (
        np.array(column, float) for column in zip(*[*rows, (1, 2), (4, 2), (5, 5)], strict=True)
    )
    found = correlation(x, y, np.arange(len(x)), FEW, centred=True)
    assert found.value == pytest.approx(pearsonr(x, y)[0])


def test_a_criterion_without_any_spread_has_no_correlation() -> None:
    with pytest.raises(TooFewLabels, match="say the same"):
        correlation(np.zeros(3), np.ones(3), np.arange(3), FEW, centred=False)
    with pytest.raises(TooFewLabels, match="nobody answered both"):
        correlation(np.zeros(0), np.ones(0), np.arange(0), FEW, centred=False)


def test_null_data_seldom_have_a_small_p_and_intervals_hold_zero() -> None:
    rng = np.random.default_rng(1)
    p, held = [], []
    for _ in range(300):
        x, y = rng.integers(-1, 2, (2, 120)).astype(float)
        found = correlation(x, y, np.repeat(np.arange(40), 3), Bootstrap(100), centred=False)
        assert found.p is not None
        assert found.interval.low is not None
        assert found.interval.high is not None
        p.append(found.p < 0.05)
        held.append(found.interval.low <= 0 <= found.interval.high)
    assert 0.02 < np.mean(p) < 0.09
    assert np.mean(held) > 0.9


def said(rng: np.random.Generator, lean: Floats) -> list[str]:
    """A choice for each number: the further below 0, the oftener a."""
    value = lean + rng.normal(0, 1, len(lean))
    return [CHOICES[int(np.sign(one) * (abs(one) > 0.3)) + 1] for one in value]


def halo_study(seed: int, *, halo: float) -> StudyLabels:
    """Overall follows clarity; form has a truth of its own, and `halo` of the general liking."""
    rng = np.random.default_rng(seed)
    pairs = [pair_of(number, "x", "y") for number in range(150)]
    clarity, form, liking = rng.normal(0, 1, (3, len(pairs)))
    plan = a_plan(a_criterion("clarity"), a_criterion("form"), a_criterion("overall"))
    labels: list[Label] = []
    for who in ("ann", "bob"):
        leans = {
            "clarity": clarity + halo * liking,
            "form": form + halo * liking,
            "overall": 2 * clarity + halo * liking,
        }
        for key, lean in leans.items():
            labels += [
                a_label(pair_id=pair.id, annotator=who, criterion=key, choice=choice)
                for pair, choice in zip(pairs, said(rng, lean), strict=True)
            ]
    return from_records(plan, pairs, labels)


def of(rows: dict[Any, Estimate], one: str, other: str) -> Estimate:
    return rows["criteria_correlation", None, str((one, other))]


def test_overall_follows_the_criterion_that_was_planted_and_no_other() -> None:
    rows = rows_of(halo_study(2, halo=0))
    followed, other = of(rows, "clarity", "overall"), of(rows, "form", "overall")
    assert followed.value is not None
    assert followed.value > 0.4
    assert followed.p_adjusted is not None
    assert followed.p_adjusted < 1e-6
    assert followed.adjustment == "holm"
    assert other.p_adjusted is not None
    assert other.p_adjusted > 0.05
    assert other.low is not None
    assert other.high is not None
    assert other.low < 0 < other.high


def test_a_planted_halo_is_found_where_without_it_none_is() -> None:
    alone = of(rows_of(halo_study(3, halo=0)), "clarity", "form")
    planted = of(rows_of(halo_study(3, halo=2)), "clarity", "form")
    assert alone.p is not None
    assert alone.p > 0.05
    assert planted.low is not None
    assert planted.low > 0.3


def test_exchanging_a_and_b_changes_no_correlation() -> None:
    study = halo_study(4, halo=0.5)
    turned = study.labels.choice.copy()
    rows = np.flatnonzero(study.labels.pair % 2)
    turned[rows] = 2 - turned[rows]
    swapped = replace(study, labels=replace(study.labels, choice=turned))
    pairs = ("clarity", "form"), ("clarity", "overall"), ("form", "overall")
    one, other = rows_of(study), rows_of(swapped)
    assert [of(one, *both).value for both in pairs] == pytest.approx(
        [of(other, *both).value for both in pairs]
    )


def test_only_what_the_same_people_say_of_the_same_pair_is_compared() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    plan = a_plan(a_criterion("clarity"), a_criterion("form"))
    labels = [
        a_label(pair_id=pairs[0].id, criterion="clarity", choice="a"),
        a_label(pair_id=pairs[0].id, criterion="form", choice="a"),
        a_label(pair_id=pairs[1].id, criterion="clarity", choice="a"),
        a_label(pair_id=pairs[1].id, criterion="form", choice="b", annotator="bob"),
        a_label(pair_id=pairs[2].id, criterion="form", choice="b"),
    ]
    row = of(rows_of(from_records(plan, pairs, labels)), "clarity", "form")
    assert (row.value, row.n) == (1, 1)


def test_a_rating_meets_a_preference_as_the_difference_of_its_two() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    plan = a_plan(a_criterion("fine", scale=YES_NO), a_criterion())
    rated = (("yes", "no", "a"), ("no", "yes", "b"), ("yes", "yes", "tie"))
    labels = [
        label
        for pair, (a, b, choice) in zip(pairs, rated, strict=True)
        for label in (
            a_label(pair_id=pair.id, criterion="fine", target="a", choice=a),
            a_label(pair_id=pair.id, criterion="fine", target="b", choice=b),
            a_label(pair_id=pair.id, choice=choice),
        )
    ]
    row = of(rows_of(from_records(plan, pairs, labels)), "fine", "overall")
    assert (row.value, row.n) == (1, 3)


# Length and lists


def games(
    rng: np.random.Generator, pairs: int, slope: float, strengths: Sequence[float] = (0.0, 1.0)
) -> Comparisons:
    """Three preferences a pair; the better system also writes more."""
    systems = rng.integers(0, len(strengths), (2, pairs))
    value = np.array(strengths)
    gap = value[systems[1]] - value[systems[0]]
    longer = np.tanh(rng.normal(0, 1, pairs) + gap)
    wins = rng.binomial(3, expit(gap + slope * longer)).astype(float)
    cluster = np.repeat(np.arange(pairs // 2), 2)
    return Comparisons(systems[0], systems[1], cluster, wins, np.full(pairs, 3.0), longer[:, None])


def test_a_planted_slope_is_recovered_beside_better_systems_that_write_more() -> None:
    found = effects(games(np.random.default_rng(5), 3000, 0.8, (0.0, 0.5, 1.5)))
    assert found.slope[0] == pytest.approx(0.8, abs=3 * found.error[0])
    assert found.error[0] < 0.06


def test_a_better_system_that_writes_more_is_no_taste_for_length() -> None:
    rng = np.random.default_rng(6)
    t = []
    for _ in range(300):
        found = effects(games(rng, 100, 0.0))
        t.append(abs(found.slope[0] / found.error[0]) > 2.01)  # t with 49 degrees of freedom
    assert np.mean(t) < 0.09


def test_slopes_and_errors_are_those_of_statsmodels() -> None:
    made = games(np.random.default_rng(7), 400, 0.5)
    design = np.zeros((400, 2))
    design[:, 0] = (made.system_b == 1).astype(float) - (made.system_a == 1)
    design[:, 1] = made.features[:, 0]
    ends = np.stack([made.for_b, made.number - made.for_b], axis=1)
    fit = GLM(ends, design, family=Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": made.cluster, "use_correction": False}
    )
    found = effects(made)
    assert found.slope[0] == pytest.approx(fit.params[1], abs=1e-4)
    assert found.error[0] == pytest.approx(fit.bse[1] * np.sqrt(200 / 199), rel=1e-3)


def test_length_that_alone_tells_wins_from_losses_is_marked() -> None:
    longer = np.array([1.0, -1.0, 1.0, -1.0])
    made = Comparisons(
        np.zeros(4, int), np.ones(4, int), np.arange(4), (longer > 0).astype(float), np.ones(4),
        longer[:, None],
    )  # fmt: skip
    assert effects(made).separated.tolist() == [True]


LIST = "- one\n- two\n"


def written(seed: int, *, length: float, lists: float, pairs: int = 300) -> StudyLabels:
    """Responses of random length, half of them with a list; people like either as told."""
    rng = np.random.default_rng(seed)
    made: list[Pair] = []
    labels: list[Label] = []
    for number in range(pairs):
        size, listed = rng.integers(1, 400, 2), rng.integers(0, 2, 2)
        texts = [LIST * int(has) + "x" * int(n) for has, n in zip(listed, size, strict=True)]
        made.append(
            a_pair(
                number,
                prompt=a_prompt(f"Prompt {number}"),
                response_a=a_response("x", texts[0]),
                response_b=a_response("y", texts[1]),
            )
        )
        gap = np.tanh((len(texts[1]) - len(texts[0])) / 160) * length + lists * np.diff(listed)[0]
        labels += [
            a_label(
                pair_id=made[-1].id,
                annotator=f"ann{who}",
                choice="b" if rng.random() < expit(gap) else "a",
            )
            for who in range(3)
        ]
    return from_records(a_plan(), made, labels)


@pytest.mark.parametrize(("length", "lists"), [(1.2, 0.0), (0.0, 1.2), (0.0, 0.0)])
def test_planted_effects_are_found_and_told_from_each_other(length: float, lists: float) -> None:
    rows = rows_of(written(10, length=length, lists=lists))
    for name, planted in (("length_effect", length), ("list_effect", lists)):
        row = rows[name, "overall"]
        assert row.low is not None
        assert row.high is not None
        assert row.p_adjusted is not None
        assert row.low < planted < row.high
        assert (row.p_adjusted < 0.001) == (planted > 0)


def test_without_texts_or_without_lists_an_effect_is_undefined() -> None:
    study = written(9, length=0, lists=0, pairs=10)
    blind = replace(study, pairs=replace(study.pairs, list_a=None, length_a=None))
    rows = rows_of(blind)
    assert rows["length_effect", "overall"].reason == "the texts of the responses are unknown"
    none = np.zeros(10, bool)
    plain = replace(study, pairs=replace(study.pairs, list_a=none, list_b=none))
    rows = rows_of(plain)
    assert rows["list_effect", "overall"].reason == "no pair has a list on one side only"
    assert rows["length_effect", "overall"].value is not None
    unlisted = replace(study, pairs=replace(study.pairs, list_b=None))
    assert rows_of(unlisted)["length_effect", "overall"].value is not None


def test_nothing_by_people_leaves_everything_undefined() -> None:
    study = from_records(
        a_plan(a_criterion("clarity"), a_criterion("form")),
        [a_pair(0)],
        [a_label(pair_id=a_pair(0).id, criterion="form", kind="judge")],
    )
    assert all(row.value is None for row in estimates(study, FEW))


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("First:\n- one\n- two", True),
        ("* one\n* two", True),
        ("1. one\n2. two", True),
        ("1) one\n2) two", True),
        ("- only one", False),
        ("It was 1. not 2. a list - at all.", False),
        ("", False),
    ],
)
def test_a_list_has_two_points(text: str, listed: bool) -> None:
    assert has_list(text) == listed


def test_the_report_says_what_overall_follows_and_what_people_prefer_besides() -> None:
    text = markdown(analyse(halo_study(2, halo=0), FEW))
    assert "## How the criteria go together" in text
    assert "| clarity / overall | 0." in text
    assert "Overall follows, the most first: clarity (0." in text
    text = markdown(analyse(written(10, length=1.2, lists=0), FEW))
    assert "People prefer the longer response, whoever wrote it." in text
    assert "a list, whoever wrote it" not in text


# Slices


def kinds_study() -> StudyLabels:
    """In poems overall follows clarity and length is liked; in letters neither."""
    rng = np.random.default_rng(12)
    plan = a_plan(a_criterion("clarity"), a_criterion("overall"))
    pairs, labels = [], []
    for number in range(300):
        kind = ("poem", "letter")[number % 2]
        longer = int(rng.integers(2))
        texts = [f"{number} " * (60 if side == longer else 20) for side in range(2)]
        pair = a_pair(
            number,
            prompt=a_prompt(f"Prompt {number}", category=kind),
            response_a=a_response("x", f"a {texts[0]}"),
            response_b=a_response("y", f"b {texts[1]}"),
        )
        pairs.append(pair)
        clear = "ab"[rng.integers(2)]
        liked = "ab"[longer] if rng.random() < 0.6 else clear
        overall = liked if kind == "poem" else "ab"[rng.integers(2)]
        for key, choice in (("clarity", clear), ("overall", overall)):
            labels.append(a_label(pair_id=pair.id, criterion=key, choice=choice))
    return from_records(plan, pairs, labels)


def test_what_holds_in_one_category_is_seen_there_and_not_in_the_other() -> None:
    found = {
        (row.statistic, row.criterion, row.slice.get("category")): row
        for row in estimates(kinds_study(), FEW)
        if not row.slice or "category" in row.slice
    }
    for name, criterion in (("criteria_correlation", None), ("length_effect", "overall")):
        there, nowhere = found[name, criterion, "poem"], found[name, criterion, "letter"]
        assert (there.n, nowhere.n, found[name, criterion, None].n) == (150, 150, 300)
        assert there.low is not None
        assert there.low > 0.1
        assert nowhere.low is not None
        assert nowhere.high is not None
        assert nowhere.low < 0 < nowhere.high
        assert there.p_adjusted is not None
        assert there.p_adjusted < 0.01
        assert nowhere.adjustment == "holm"


def test_a_category_without_labels_or_lists_says_why_it_is_undefined() -> None:
    study = kinds_study()
    letters = study.pairs.category == study.pairs.categories.index("letter")
    kept = replace(study, labels=study.labels.where(~letters[study.labels.pair]))
    rows = {
        (row.statistic, row.slice["category"]): row
        for row in estimates(kept, FEW)
        if "category" in row.slice and row.criterion in (None, "overall")
    }
    assert rows["criteria_correlation", "letter"].reason == "no label by a person"
    assert rows["length_effect", "letter"].reason == "no label by a person"
    assert rows["list_effect", "poem"].reason == "no pair has a list on one side only"
    assert rows["length_effect", "poem"].value is not None


def test_a_category_that_a_criterion_is_not_asked_of_has_no_row() -> None:
    study = kinds_study()
    first = study.plan.criteria[0].model_copy(update={"applies_to": ("poem",)})
    plan = study.plan.model_copy(update={"criteria": (first, study.plan.criteria[1])})
    rows = [row for row in estimates(replace(study, plan=plan), FEW) if "category" in row.slice]
    both = [row.slice["category"] for row in rows if row.statistic == "criteria_correlation"]
    assert both == ["poem"]
    overall = [
        row for row in rows if (row.statistic, row.criterion) == ("length_effect", "overall")
    ]
    assert {row.slice["category"] for row in overall} == {"letter", "poem"}


def test_the_report_shows_criteria_by_category() -> None:
    text = markdown(analyse(kinds_study(), FEW))
    assert "|  | letter | poem |" in text
    assert "| category | length | p, adjusted | list | p, adjusted | labels |" in text
