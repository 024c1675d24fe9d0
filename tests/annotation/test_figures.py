"""The figures that the database keeps are those of a report on the same labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from analysis.estimates import Estimate
from analysis.labels import from_records
from analysis.live import LIVE, ClusterSums, agreement, agreement_with_others, side_bias
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.schema import Label
from annotation.served import load_served
from annotation.sources import find_labels
from annotation.store import AnnotatorRecord, Split, Store, Sums
from annotation.store.figures import Verdict, change, figures_of, read_profile
from annotation.study import load_study
from annotation.workflow import Workflow
from tests.builders import YES_NO, a_criterion, a_pair, a_plan, a_prompt, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CRITERIA = (
    a_criterion("clear", "preference5"),
    a_criterion("accepted", YES_NO),
    a_criterion("overall", "preference3-bad"),
)
BOOTSTRAP = Bootstrap(50)


@pytest.fixture
def workflow(store: Store, tmp_path: Path) -> Workflow:
    pairs = [a_pair(n, prompt=a_prompt(f"Prompt {n // 2}")) for n in range(8)]
    folder = a_study_folder(tmp_path / "study", a_plan(*CRITERIA), pairs)
    return Workflow(load_served(folder), store, now=lambda: NOON, coin=Random(0))


def answers(draw: Random) -> tuple[Answer, ...]:
    return tuple(
        Answer(criterion=one.key, target=target, choice=draw.choice(one.scale.choices[:4]))
        for one in CRITERIA
        for target in one.scale.targets
    )


def labelled(workflow: Workflow, who: AnnotatorRecord, draw: Random, pairs: int) -> None:
    """Answer pairs, and change the last one."""
    token = ""
    for number in range(pairs):
        task = workflow.next_task(who)
        if not isinstance(task, Task):
            return
        token = task.token
        sent = Submission(
            submission_id=f"s{who.id}-{number}-sub", token=token, answers=answers(draw)
        )
        workflow.submit(who, sent)
    again = Submission(submission_id=f"s{who.id}-again", token=token, answers=answers(draw))
    workflow.revise(who, again)


def up_to_date(store: Store) -> None:
    while store.refigure("trial", batch=2):
        pass


def same(one: Estimate, other: Estimate) -> bool:
    if one.value is None or other.value is None:
        return one.value == other.value
    return one.value == pytest.approx(other.value) and one.n == other.n


def reported(store: Store, workflow: Workflow) -> dict[tuple[str, str, str], Estimate]:
    """Statistic, criterion and annotator to the number of a report without slices."""
    gone = store.excluded("trial")
    labels = [one for one in store.labels("trial") if one.annotator not in gone]
    report = analyse(from_records(workflow.study, workflow.study.pairs, labels), BOOTSTRAP)
    return {
        (one.statistic, one.criterion or "", str(one.subject.get("annotator", ""))): one
        for one in report.estimates
        if not one.slice and len(one.subject) == ("annotator" in one.subject)
    }


def kept(store: Store) -> Iterator[tuple[tuple[str, str, str], Estimate]]:
    profiles = store.profiles("trial")
    for criterion in CRITERIA:
        rows = [(read_profile(text), n) for text, n in profiles.get(criterion.key, {}).items()]
        for name, estimate in agreement(criterion, rows, BOOTSTRAP).estimates.items():
            yield (name, criterion.key, ""), estimate
        for one in store.annotator_figures("trial"):
            sums = one.sums.get(criterion.key, Sums())
            met = ClusterSums(
                *(sums.met_prompts, sums.met, sums.same),
                *(sums.met_met, sums.same_met, sums.same_same),
            )
            sided = ClusterSums(
                *(sums.sided_prompts, sums.sided, sums.first),
                *(sums.sided_sided, sums.first_sided, sums.first_first),
            )
            key = criterion.key, one.pseudonym
            yield ("loo_agreement", *key), agreement_with_others(one.pseudonym, key[0], met)
            yield ("side_bias", *key), side_bias(one.pseudonym, key[0], sided)


def check(store: Store, workflow: Workflow) -> None:
    up_to_date(store)
    report = reported(store, workflow)
    compared = 0
    for key, live in kept(store):
        if key in report:
            assert same(live, report[key]), (key, live, report[key])
            compared += live.value is not None
            if live.low is not None and key[0] in ("loo_agreement", "side_bias"):
                assert (live.low, live.high) == pytest.approx((report[key].low, report[key].high))
        else:
            assert live.value is None, key
    assert compared >= 5


def test_the_figures_are_those_of_a_report_whatever_happened(
    store: Store, workflow: Workflow
) -> None:
    draw = Random(1)
    names = ("ann", "ben", "carl", "dora", "emil")
    people = [workflow.join(name).annotator for name in names]
    for who in people[:3]:
        labelled(workflow, who, draw, 5)
    check(store, workflow)
    store.exclude(people[0].id, "bots", NOON)
    check(store, workflow)
    workflow.withdraw(people[1])
    labelled(workflow, people[3], draw, 8)
    labelled(workflow, people[4], draw, 8)
    check(store, workflow)
    store.readmit(people[0].id)
    check(store, workflow)
    assert {name for (name, *_), _ in kept(store)} == {*LIVE, "loo_agreement", "side_bias"}


def test_nothing_of_who_withdraws_stays_in_the_figures(store: Store, workflow: Workflow) -> None:
    ann, ben = (workflow.join(name).annotator for name in ("ann", "ben"))
    for who in (ann, ben):
        labelled(workflow, who, Random(who.id), 6)
    up_to_date(store)
    workflow.withdraw(ann)
    assert [one.pseudonym for one in store.annotator_figures("trial")] == ["ben"]
    before = store.profiles("trial")
    up_to_date(store)
    assert store.profiles("trial") == before
    assert sum(store.hours("trial", 0).values()) == 6


def test_hours_and_categories_count_pairs(store: Store, workflow: Workflow) -> None:
    ann = workflow.join("ann").annotator
    labelled(workflow, ann, Random(0), 3)
    assert store.hours("trial", 0) == {int(NOON.timestamp() // 3600): 3}
    (one,) = store.categories("trial")
    assert (one.task, one.category, one.pairs, one.wanted) == ("writing", "creative", 8, 24)
    assert (one.counted, one.leased) == (3, 0)


def test_a_split_is_offered_once_and_its_verdict_is_a_label_of_its_own(
    store: Store, url: str, tmp_path: Path
) -> None:
    prompts = {"p": ("q", None)}
    store.register("trial", 1, {"p": 2}, {"p": None}, lambda: {"p": 0}, NOON, prompts)
    _two_disagree(store)
    assert store.refigure("trial") == 0
    assert store.splits("trial") == 1
    assert store.next_split("trial", {"another"}) is None
    split = store.next_split("trial", {"p"})
    assert split
    assert split == Split(token=split.token, pair_id="p", criterion="overall", target="pair")
    assert store.split("trial", split.token) == split
    store.adjudicate("trial", split, "a", True, "clear enough", 1, NOON)
    assert store.splits("trial") == 0
    assert store.split("trial", split.token) is None
    (label,) = store.adjudications("trial")
    assert label in _exported(url, tmp_path)
    assert (label.kind, label.choice, label.swapped) == ("adjudication", "a", True)
    assert "adjudication" not in {one.kind for one in store.labels("trial")}
    store.adjudicate("trial", split, "b", False, None, 1, NOON)
    assert [one.choice for one in store.adjudications("trial")] == ["b"]


def _exported(url: str, folder: Path) -> list[Label]:
    study = load_study(a_study_folder(folder / "study"))
    with find_labels(study, url) as found:
        return [*found.current]


def _two_disagree(store: Store) -> None:
    from tests.annotation.test_store import a_given, joined, taken

    for name, choice in (("ann", "a"), ("ben", "b")):
        who = joined(store, name)
        task = taken(store, who)
        given = a_given(answers=(Answer(criterion="overall", target="pair", choice=choice),))
        store.submit(who.id, task.token, given, NOON)


def verdict(who: int, choice: str, pair: str = "p", target: str = "pair") -> Verdict:
    return Verdict(pair, "overall", target, who, choice, swapped=False)


def test_a_profile_is_the_same_in_whatever_order_the_labels_came() -> None:
    labels = [verdict(1, "a"), verdict(2, "tie"), verdict(3, "a"), verdict(1, "b", "o")]
    one, other = figures_of(labels, ()), figures_of(reversed(labels), ())
    assert one.profiles == other.profiles == {"overall": "a:2,tie:1;b:1"}
    assert read_profile("a:2,tie:1;b:1") == [{"a": 2, "tie": 1}, {"b": 1}]


def test_a_level_of_a_scale_may_have_any_name() -> None:
    names = ["so, so; 50%", "a:1", "%2C"]
    labels = [verdict(n, name, target="a") for n, name in enumerate(names)]
    assert read_profile(figures_of(labels, ()).profiles["overall"]) == [dict.fromkeys(names, 1)]


def test_only_a_finished_unit_can_be_split() -> None:
    labels = [verdict(1, "a"), verdict(2, "b")]
    assert figures_of(labels, {"p"}).splits == (("p", "overall", "pair"),)
    assert figures_of(labels, ()).splits == ()
    assert figures_of([*labels, verdict(3, "b")], {"p"}).splits == ()


def test_a_change_of_shares_undoes_itself() -> None:
    shares = figures_of([verdict(1, "a"), verdict(2, "a"), verdict(3, "b")], ()).shares
    assert change(shares, shares) == {}
    added, removed = change({}, shares), change(shares, {})
    assert added[1, "overall"]["same"] == 0  # the others are split
    assert added[3, "overall"] == {**added[3, "overall"], "met": 1, "same": 0, "sided": 1}
    assert {key: {k: -v for k, v in row.items()} for key, row in added.items()} == removed
