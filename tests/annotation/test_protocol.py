"""How people are led through a study: consent, training, gold, repeats, skips, edits, leaving."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from annotation.assignment import Answer, labels_wanted, rotated
from annotation.blind import (
    ClosingAsked,
    ConsentAsked,
    Draft,
    Finished,
    Receipt,
    Refused,
    Screen,
    ScreenedOut,
    Skip,
    Submission,
    Task,
)
from annotation.known import KnownPair
from annotation.protocol import Overlap
from annotation.schema import Pair
from annotation.served import load_served
from annotation.store import (
    AnnotatorRecord,
    AssignmentClosed,
    Identity,
    InviteUsed,
    NotEditable,
    Store,
    UnknownInvite,
)
from annotation.study import GOLD_FILE, PAIRS_FILE, TRAINING_FILE, StudyError, write_jsonl
from annotation.view import BadAnswers
from annotation.workflow import NotInvited, NotYourTurn, Workflow
from tests.builders import a_criterion, a_pair, a_plan, a_prompt, a_response, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)  # so that what comes later is later
        return self.now


Serve = Callable[..., Workflow]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(store: Store, tmp_path: Path, clock: Clock) -> Serve:
    """A workflow over a study of one criterion; keywords are fields of study.toml."""

    def make(
        pairs: Sequence[Pair] | int = 4,
        known_training: Sequence[Pair] = (),
        known_gold: Sequence[Pair] = (),
        consent_text: str = "",
        **fields: Any,
    ) -> Workflow:
        plan = a_plan(a_criterion("overall"), **{"labels_per_pair": 1, **fields})
        folder = a_study_folder(tmp_path / "study", plan, pairs)
        write_jsonl(folder / TRAINING_FILE, known_training)
        write_jsonl(folder / GOLD_FILE, known_gold)
        (folder / "consent.md").write_text(consent_text)
        return Workflow(load_served(folder), store, now=clock, coin=Random(0))

    return make


def known(number: int, choice: str = "a", explanation: str = "Because.") -> Pair:
    meta = {"answers": {"overall": choice}, "explanation": explanation}
    return a_pair(number, meta=meta)


def again(workflow: Workflow, annotator: AnnotatorRecord) -> AnnotatorRecord:
    """The annotator as the next request would find them."""
    found = workflow._store.annotator_called(workflow.study.key, annotator.pseudonym)
    assert found is not None
    return found


def now_on_screen(workflow: Workflow, annotator: AnnotatorRecord) -> Screen:
    return workflow.next_task(again(workflow, annotator))


def a_task(workflow: Workflow, annotator: AnnotatorRecord) -> Task:
    shown = now_on_screen(workflow, annotator)
    assert isinstance(shown, Task), shown
    return shown


def submission(task: Task, choice: str = "a", **fields: Any) -> Submission:
    made = {
        "submission_id": f"id-{task.token}",
        "token": task.token,
        "answers": (Answer(criterion="overall", target="pair", choice=choice),),
    }
    return Submission.model_validate({**made, **fields})


def answer(
    workflow: Workflow, annotator: AnnotatorRecord, choice: str = "a", **fields: Any
) -> Receipt:
    task = a_task(workflow, annotator)
    return workflow.submit(again(workflow, annotator), submission(task, choice, **fields))


def answer_in_pair_order(workflow: Workflow, annotator: AnnotatorRecord, choice: str) -> Receipt:
    """Whatever side a response is on: `a` is the one that the builders call First."""
    task = a_task(workflow, annotator)
    swapped = task.left.text.startswith("Second")
    shown = {"a": "b", "b": "a"}[choice] if swapped else choice
    return workflow.submit(again(workflow, annotator), submission(task, shown))


# -- consent --------------------------------------------------------------------------------------


def test_consent_is_asked_before_anything_is_shown(serve: Serve) -> None:
    workflow = serve(consent={"version": 2}, consent_text="We ask ...")
    ann = workflow.join("ann").annotator
    assert now_on_screen(workflow, ann) == ConsentAsked(text="We ask ...", version=2, sensitive=())
    workflow.consent(ann, 2, agreed=True)
    assert isinstance(now_on_screen(workflow, ann), Task)


def test_who_refuses_consent_sees_nothing_and_gets_the_code(serve: Serve) -> None:
    workflow = serve(consent={}, access={"consent_refused": "NO-1"})
    ann = workflow.join("ann").annotator
    workflow.consent(ann, 1, agreed=False)
    assert now_on_screen(workflow, ann) == Refused(code="NO-1")


def test_consent_to_an_older_text_is_not_taken(serve: Serve) -> None:
    workflow = serve(consent={"version": 2})
    with pytest.raises(NotYourTurn):
        workflow.consent(workflow.join("ann").annotator, 1, agreed=True)


# -- training -------------------------------------------------------------------------------------

TRAINING = {"pass_mark": 1.0, "attempts": 2}


def test_training_comes_first_and_explains_what_was_expected(serve: Serve) -> None:
    workflow = trained(serve, [known(90, "a")])
    ann = workflow.join("ann").annotator
    task = a_task(workflow, ann)
    assert task.training is not None
    assert (task.training.number, task.training.total, task.training.attempts) == (1, 1, 2)
    receipt = answer_in_pair_order(workflow, ann, "b")
    assert receipt.explanation == "Because."
    assert [one.given == one.expected for one in receipt.feedback] == [False]


def test_an_explanation_names_the_responses_as_they_were_shown() -> None:
    one = KnownPair(pair=known(90), answers=(), explanation="{a} is shorter than {b}, {a} is true.")
    assert one.explained(swapped=False) == one.explanation
    assert one.explained(swapped=True) == "{b} is shorter than {a}, {b} is true."


def trained(serve: Serve, pairs: Sequence[Pair], **rules: Any) -> Workflow:
    return serve(known_training=pairs, training={**TRAINING, **rules})


def test_a_failed_round_is_repeated_and_a_passed_one_leads_on(serve: Serve) -> None:
    workflow = trained(serve, [known(90), known(91)])
    ann = workflow.join("ann").annotator
    for choice in ("a", "b", "a", "a"):
        assert a_task(workflow, ann).training is not None
        answer_in_pair_order(workflow, ann, choice)
    assert a_task(workflow, ann).training is None
    assert again(workflow, ann).submitted == 0


def test_who_fails_every_round_is_screened_out(serve: Serve) -> None:
    workflow = serve(
        known_training=[known(90)], training=TRAINING, access={"screened_out": "OUT-1"}
    )
    ann = workflow.join("ann").annotator
    for _ in range(2):
        answer_in_pair_order(workflow, ann, "b")
    assert now_on_screen(workflow, ann) == ScreenedOut(code="OUT-1")


def test_a_pass_mark_below_one_forgives_a_mistake(serve: Serve) -> None:
    workflow = trained(serve, [known(90), known(91)], pass_mark=0.5)
    ann = workflow.join("ann").annotator
    for choice in ("a", "b"):
        answer_in_pair_order(workflow, ann, choice)
    assert a_task(workflow, ann).training is None


def test_training_labels_are_kept_apart(serve: Serve, store: Store) -> None:
    workflow = trained(serve, [known(90)])
    ann = workflow.join("ann").annotator
    answer_in_pair_order(workflow, ann, "a")
    assert [label.purpose for label in store.labels("trial")] == ["training"]


def test_a_training_pair_cannot_be_skipped(serve: Serve) -> None:
    workflow = trained(serve, [known(90)])
    ann = workflow.join("ann").annotator
    with pytest.raises(NotYourTurn):
        workflow.skip(ann, Skip(token=a_task(workflow, ann).token, reason="no"))


# -- gold and repeats -----------------------------------------------------------------------------


def test_gold_pairs_come_at_about_their_share_and_look_like_any_other(
    serve: Serve, store: Store
) -> None:
    workflow = serve(40, known_gold=[known(n) for n in range(90, 130)], gold={"share": 0.5})
    ann = workflow.join("ann").annotator
    for _ in range(40):
        task = a_task(workflow, ann)
        assert task.training is None
        answer(workflow, ann)
    gold = [label for label in store.labels("trial") if label.purpose == "gold"]
    assert 10 <= len(gold) <= 30
    assert len({label.pair_id for label in gold}) == len(gold)


def test_a_gold_pair_is_the_same_after_reloads(serve: Serve) -> None:
    workflow = serve(4, known_gold=[known(n) for n in range(90, 99)], gold={"share": 1.0})
    ann = workflow.join("ann").annotator
    assert len({a_task(workflow, ann).token for _ in range(5)}) == 1


def test_a_repeat_is_ones_own_pair_with_the_sides_swapped_and_spaced(
    serve: Serve, store: Store
) -> None:
    workflow = serve(30, repeats={"share": 1.0, "after": 5})
    ann = workflow.join("ann").annotator
    for _ in range(12):
        answer(workflow, ann)
    labels = list(store.labels("trial"))
    for place, label in enumerate(labels):
        if label.purpose == "repeat":
            first = next(one for one in labels if one.pair_id == label.pair_id)
            assert place - labels.index(first) > 5
            assert (label.repeat, label.swapped) == (1, not first.swapped)
    assert [label.purpose for label in labels].count("repeat") >= 3


def test_repeats_and_gold_do_not_count_for_the_pairs(serve: Serve, store: Store) -> None:
    workflow = serve(6, repeats={"share": 0.5, "after": 1}, labels_per_pair=1)
    ann = workflow.join("ann").annotator
    while isinstance(now_on_screen(workflow, ann), Task):
        answer(workflow, ann)
    counted = [label.pair_id for label in store.labels("trial") if label.purpose == "study"]
    assert sorted(counted) == sorted(a_pair(n).id for n in range(6))


# -- assignment -----------------------------------------------------------------------------------


def test_an_overlap_gives_its_share_of_every_stratum_more_labels() -> None:
    pairs = [
        a_pair(n, prompt=a_prompt(f"{category} {n}", category=category))
        for category in ("creative", "honest")
        for n in range(50)
    ]
    wanted = labels_wanted(pairs, 1, Overlap(share=0.2, labels_per_pair=3), "key")
    assert sorted(set(wanted.values())) == [1, 3]
    for half in (pairs[:50], pairs[50:]):
        assert sum(wanted[pair.id] == 3 for pair in half) == 10


def test_an_overlap_is_served_exactly(serve: Serve, store: Store) -> None:
    workflow = serve(10, overlap={"share": 0.2, "labels_per_pair": 3})
    for name in ("ann", "ben", "carl", "dora"):
        who = workflow.join(name).annotator
        while isinstance(now_on_screen(workflow, who), Task):
            answer(workflow, who)
    labels = [label.pair_id for label in store.labels("trial")]
    assert sorted(labels.count(a_pair(n).id) for n in range(10)) == [1] * 8 + [3] * 2


def test_a_study_that_is_broken_off_has_given_every_stratum_its_share(
    serve: Serve, store: Store
) -> None:
    """Four people at a cap label half of what is wanted, with sides to be balanced meanwhile."""
    pairs = [
        a_pair(
            prompt=a_prompt(f"{category} {n}", category=category),
            response_b=a_response(system, f"answer {n}"),
        )
        for category in ("creative", "honest")
        for system in ("system-y", "system-z")
        for n in range(10)
    ]
    workflow = serve(pairs, labels_per_pair=2, pairs_per_annotator=10)
    for name in ("ann", "ben", "carl", "dora"):
        who = workflow.join(name).annotator
        while isinstance(now_on_screen(workflow, who), Task):
            answer(workflow, who)
    by_id = {pair.id: pair for pair in pairs}
    labelled = [by_id[label.pair_id] for label in store.labels("trial")]
    counts = Counter((pair.prompt.category, pair.response_b.system) for pair in labelled)
    assert len(labelled) == 40
    assert all(8 <= count <= 12 for count in counts.values()), counts
    assert len(counts) == 4


def test_gold_and_repeats_are_among_the_pairs_that_are_said_to_be_ahead(serve: Serve) -> None:
    workflow = serve(
        20,
        known_gold=[known(n) for n in range(90, 100)],
        gold={"share": 0.2},
        repeats={"share": 0.2, "after": 2},
    )
    ann = workflow.join("ann").annotator
    totals = []
    while isinstance(task := now_on_screen(workflow, ann), Task):
        assert task.remaining > 0
        totals.append(task.done + task.remaining)
        answer(workflow, ann)
    assert totals[0] == 20 + 7 + 5  # a quarter of 20 for repeats, 20 * .2 / .64 for gold
    assert len(totals) > 20
    assert abs(len(totals) - totals[0]) < 10


def test_an_answer_that_is_changed_is_not_another_pair_ahead(serve: Serve) -> None:
    workflow = serve(2)
    ann = workflow.join("ann").annotator
    for _ in range(2):
        last = a_task(workflow, ann)
        answer(workflow, ann)
    assert workflow.reopen(again(workflow, ann), last.token).remaining == 0


def test_nobody_labels_more_than_the_cap(serve: Serve) -> None:
    workflow = serve(6, pairs_per_annotator=2)
    ann = workflow.join("ann").annotator
    assert a_task(workflow, ann).remaining == 2
    for _ in range(2):
        answer(workflow, ann)
    assert now_on_screen(workflow, ann) == Finished(done=2, waiting=False)


def test_pairs_of_a_greater_priority_come_first(serve: Serve) -> None:
    urgent = a_pair(99, meta={"priority": 5})
    workflow = serve([*(a_pair(n) for n in range(20)), urgent])
    task = a_task(workflow, workflow.join("ann").annotator)
    assert task.prompt.text == "Prompt 99"


def test_criteria_are_turned_per_annotator_with_overall_at_the_end() -> None:
    criteria = [a_criterion(key) for key in ("clarity", "overall", "formality", "adherence")]
    orders = [[one.key for one in rotated(criteria, turn)] for turn in range(4)]
    assert orders[0] == ["clarity", "formality", "adherence", "overall"]
    assert orders[1] == ["formality", "adherence", "clarity", "overall"]
    assert orders[3] == orders[0]


def test_a_skipped_pair_goes_to_somebody_else_and_does_not_come_back(serve: Serve) -> None:
    workflow = serve(1)
    ann, ben = workflow.join("ann").annotator, workflow.join("ben").annotator
    skipped = a_task(workflow, ann)
    workflow.skip(ann, Skip(token=skipped.token, reason="I know the author"))
    assert isinstance(now_on_screen(workflow, ann), Finished)
    assert a_task(workflow, ben).prompt == skipped.prompt


def test_a_pair_that_is_handed_back_goes_to_somebody_else_and_keeps_its_draft(
    serve: Serve,
) -> None:
    workflow = serve(2, labels_per_pair=1)
    ann, ben = workflow.join("ann").annotator, workflow.join("ben").annotator
    task = a_task(workflow, ann)
    draft = Draft(token=task.token, comment="half way", sequence=1)
    workflow.save_draft(ann, draft)
    workflow.leave(ann)
    given = [a_task(workflow, ben).prompt]
    answer(workflow, ben)
    workflow.leave(ben)
    back = a_task(workflow, ann)
    assert given == [task.prompt] or back.draft_comment == "half way"


def test_sensitive_pairs_are_marked_and_can_be_left_out(serve: Serve) -> None:
    harsh = a_pair(7, prompt=a_prompt("Harsh", category="harmless"))
    workflow = serve([harsh, a_pair(1)], sensitive={"categories": ["harmless"]})
    ann = workflow.join("ann").annotator
    seen = {}
    for _ in range(2):
        task = a_task(workflow, ann)
        seen[task.prompt.text] = task.sensitive
        if task.sensitive:
            workflow.leave_out(ann, ["harmless"])
        else:
            answer(workflow, ann)
    assert seen == {"Harsh": True, "Prompt 1": False}
    assert now_on_screen(workflow, ann) == Finished(done=1, waiting=False)


def test_only_sensitive_categories_can_be_left_out(serve: Serve) -> None:
    workflow = serve()
    with pytest.raises(NotYourTurn):
        workflow.leave_out(workflow.join("ann").annotator, ["creative"])


# -- edits ----------------------------------------------------------------------------------------


def test_an_answer_can_be_changed_and_what_it_was_is_kept(serve: Serve, store: Store) -> None:
    workflow = serve(3)
    ann = workflow.join("ann").annotator
    answer_in_pair_order(workflow, ann, "a")
    token = workflow.recent(ann)[0].token
    task = workflow.reopen(ann, token)
    assert task.editing
    assert len(task.draft) == 1
    choice = "tie"
    workflow.revise(ann, submission(task, choice, submission_id="edit-0001"))
    labels = list(store.labels("trial"))
    assert [label.choice for label in labels] == ["tie"]
    assert revisions(store) == ["a"]


def revisions(store: Store) -> list[str]:
    from sqlalchemy import text

    with store._database.reading() as session:
        return list(session.scalars(text("SELECT choice FROM label_revision ORDER BY id")))


def test_a_retried_edit_is_one_revision(serve: Serve, store: Store) -> None:
    workflow = serve(3)
    ann = workflow.join("ann").annotator
    answer(workflow, ann)
    task = workflow.reopen(ann, workflow.recent(ann)[0].token)
    for _ in range(3):
        workflow.revise(ann, submission(task, "tie", submission_id="edit-0001"))
    assert len(revisions(store)) == 1


def test_only_the_last_pairs_can_be_changed(serve: Serve) -> None:
    workflow = serve(8)
    ann = workflow.join("ann").annotator
    first = a_task(workflow, ann)
    for _ in range(6):
        answer(workflow, ann)
    assert len(workflow.recent(ann)) == 5
    with pytest.raises(NotEditable):
        workflow.reopen(ann, first.token)


def test_the_training_cannot_be_changed(serve: Serve) -> None:
    workflow = trained(serve, [known(90)])
    ann = workflow.join("ann").annotator
    answer(workflow, ann)
    assert workflow.recent(ann) == []


# -- comments and the end -------------------------------------------------------------------------


def test_a_required_reason_is_insisted_upon(serve: Serve, store: Store) -> None:
    workflow = serve(comments={"required_share": 1.0})
    ann = workflow.join("ann").annotator
    assert a_task(workflow, ann).comment_required
    with pytest.raises(BadAnswers, match="reason"):
        answer(workflow, ann, comment="  ")
    answer(workflow, ann, comment="clearer")
    assert [label.comment for label in store.labels("trial")] == ["clearer"]


def test_the_closing_question_comes_last_and_then_the_code(serve: Serve) -> None:
    workflow = serve(1, closing={"ask_systems": True}, access={"completed": "DONE-1"})
    ann = workflow.join("ann").annotator
    answer(workflow, ann)
    assert now_on_screen(workflow, ann) == ClosingAsked(done=1)
    workflow.answer_closing(ann, "perhaps the one from last year")
    assert now_on_screen(workflow, ann) == Finished(done=1, waiting=False, code="DONE-1")
    assert again(workflow, ann).status == "completed"


def test_the_pace_is_the_annotators_own(serve: Serve) -> None:
    workflow = serve(3)
    ann = workflow.join("ann").annotator
    assert a_task(workflow, ann).seconds_per_pair is None
    answer(workflow, ann, seconds=30)
    answer(workflow, ann, seconds=50)
    assert a_task(workflow, ann).seconds_per_pair == 40


# -- who they are ---------------------------------------------------------------------------------


def test_an_invitation_is_good_for_one(serve: Serve) -> None:
    workflow = serve(access={"mode": "invite"})
    [code] = workflow.invite(1)
    workflow.join("ann", code)
    with pytest.raises(InviteUsed):
        workflow.join("ben", code)
    with pytest.raises(UnknownInvite):
        workflow.join("ben", "another")
    with pytest.raises(UnknownInvite):
        workflow.join("ben")


def test_a_refused_pseudonym_does_not_use_the_invitation_up(serve: Serve) -> None:
    workflow = serve(access={"mode": "invite"})
    first, second = workflow.invite(2)
    workflow.join("ann", first)
    with pytest.raises(Exception, match="in use"):
        workflow.join("ann", second)
    workflow.join("ben", second)


def prolific(external_id: str = "5f0") -> Identity:
    return Identity(provider="prolific", external_id=external_id, details={"STUDY_ID": "s"})


def test_who_comes_from_elsewhere_is_the_same_on_every_device(serve: Serve) -> None:
    workflow = serve(access={"mode": "prolific"})
    first, second = workflow.enter(prolific()), workflow.enter(prolific())
    assert first.annotator == second.annotator
    assert workflow.annotator_of(second.return_key) == first.annotator
    assert workflow.enter(prolific("other")).annotator != first.annotator


def test_the_outside_identifier_stands_in_payments_and_nowhere_else(
    serve: Serve, store: Store
) -> None:
    workflow = serve(access={"mode": "prolific"})
    ann = workflow.enter(prolific("5f0e-MARKER")).annotator
    answer(workflow, ann, seconds=60)
    assert "MARKER" not in str(list(store.labels("trial")))
    [payee] = store.payees("trial")
    assert (payee.identity.external_id, payee.labels) == ("5f0e-MARKER", 1)
    assert payee.annotator.seconds == 60


def test_a_way_of_joining_that_the_study_does_not_offer_is_refused(serve: Serve) -> None:
    with pytest.raises(NotInvited):
        serve().enter(prolific())
    with pytest.raises(NotInvited):
        serve(access={"mode": "prolific"}).join("ann")


def test_withdrawal_leaves_no_trace_and_gives_the_pairs_back(serve: Serve, store: Store) -> None:
    workflow = serve(3, access={"mode": "prolific"})
    ann, ben = workflow.enter(prolific("ann")).annotator, workflow.enter(prolific("ben")).annotator
    for who in (ann, ann, ben):
        answer(workflow, who)
    edited = workflow.reopen(ann, workflow.recent(ann)[0].token)
    workflow.revise(ann, submission(edited, "tie", submission_id="edit-0001"))
    assert workflow.withdraw(ann) == 2
    assert [label.annotator for label in store.labels("trial")] == [ben.pseudonym]
    assert revisions(store) == []
    assert [payee.identity.external_id for payee in store.payees("trial")] == ["ben"]
    for _ in range(2):
        answer(workflow, ben)
    assert len(list(store.labels("trial"))) == 3


def test_withdrawal_keeps_the_sides_of_a_pair_balanced(serve: Serve, store: Store) -> None:
    workflow = serve(1, labels_per_pair=3)
    people = [workflow.join(name).annotator for name in ("ann", "ben", "carl")]
    for who in people:
        answer(workflow, who)
    sides = {label.annotator: label.swapped for label in store.labels("trial")}
    lone = next(name for name in sides if list(sides.values()).count(sides[name]) == 1)
    workflow.withdraw(next(who for who in people if who.pseudonym == lone))
    assert [label.purpose for label in store.labels("trial")] == ["study", "surplus"]


# -- a study that changes under a running app -----------------------------------------------------


def change(workflow: Workflow, pairs: Sequence[Pair]) -> None:
    path = workflow._served.study.folder / PAIRS_FILE
    write_jsonl(path, pairs)
    os.utime(path, ns=(1, len(pairs) + path.stat().st_size))


def test_pairs_that_are_added_reach_people_at_once(serve: Serve) -> None:
    workflow = serve(1)
    ann = workflow.join("ann").annotator
    answer(workflow, ann)
    change(workflow, [a_pair(0), a_pair(1)])
    assert a_task(workflow, ann).prompt.text == "Prompt 1"


def test_a_pair_that_is_removed_leaves_the_screen(serve: Serve) -> None:
    workflow = serve(1)
    ann = workflow.join("ann").annotator
    old = a_task(workflow, ann)
    change(workflow, [a_pair(1)])
    with pytest.raises(Exception, match="taken out of the study"):
        workflow.submit(ann, submission(old))
    assert a_task(workflow, ann).prompt.text == "Prompt 1"


def test_a_changed_file_that_cannot_be_used_changes_nothing_and_is_told(serve: Serve) -> None:
    workflow = serve(2)
    ann = workflow.join("ann").annotator
    before = a_task(workflow, ann)
    (workflow.study.folder / PAIRS_FILE).write_text("{broken\n")
    assert a_task(workflow, ann) == before
    assert workflow.study_problem is not None
    assert "pairs.jsonl:1: not JSON" in workflow.study_problem


@pytest.mark.parametrize("table", ["training", "gold", "consent"])
def test_a_file_that_a_table_asks_for_must_be_there(tmp_path: Path, table: str) -> None:
    rules = {"share": 0.1} if table == "gold" else {}
    folder = a_study_folder(tmp_path, a_plan(**{table: rules}))
    with pytest.raises(StudyError, match=rf"table \[{table}\]"):
        load_served(folder)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (None, "meta.answers: found None"),
        ({"clarity": "a"}, "not asked 'clarity'"),
        ({"overall": "c"}, "found 'c', expected one of a, tie, b"),
    ],
)
def test_a_known_answer_that_cannot_be_right_is_named(
    tmp_path: Path, answers: object, words: str
) -> None:
    folder = a_study_folder(tmp_path, a_plan(gold={"share": 0.1}))
    write_jsonl(folder / GOLD_FILE, [known(90), a_pair(91, meta={"answers": answers})])
    with pytest.raises(StudyError) as raised:
        load_served(folder)
    assert "gold.jsonl:2: " in str(raised.value)
    assert words in str(raised.value)


def test_a_closed_pair_takes_no_draft(serve: Serve) -> None:
    workflow = serve(2)
    ann = workflow.join("ann").annotator
    task = a_task(workflow, ann)
    workflow.skip(ann, Skip(token=task.token, reason="no"))
    with pytest.raises(AssignmentClosed):
        workflow.save_draft(ann, Draft(token=task.token, sequence=1))
