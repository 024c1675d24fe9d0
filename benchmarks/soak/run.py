"""A whole soak: a study, replicas, annotators, kills, and the audit at the end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import NamedTuple

from annotation.protocol import Overlap, Repeats
from annotation.schema import Criterion, TiebreakError
from annotation.served import load_served
from annotation.store import Store
from annotation.study import PAIRS_FILE, StudyPlan, write_jsonl, write_plan
from annotation.workflow import Workflow
from benchmarks.soak import audit, found, proxy
from benchmarks.soak.annotator import QUIET, Annotator, Chances, Ending, Surroundings
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.replicas import Place, Replicas, TookTooLong, running
from tests.builders import a_pair

GENERATIONS = 4
"""So often at most somebody new takes the place of one who vanished or withdrew."""


class Plan(NamedTuple):
    """How large a soak is."""

    database_url: str
    replicas: int
    annotators: int
    pairs: int
    kills: int
    seed: int
    proxy: bool = False
    """Whether nginx stands before the replicas; without it the browsers go round themselves."""
    lease: int = 3
    """Seconds."""
    seconds: float = 900.0
    """After which the soak is given up."""


class Outcome(NamedTuple):
    """What a soak showed."""

    violations: list[str]
    figures: dict[str, float]


def soak(folder: Path, plan: Plan) -> Outcome:
    """Run it in `folder`, on an empty database."""
    study = make_study(folder / "study", plan.pairs)
    place = Place(study, plan.database_url, plan.lease, folder / "app.log")
    ledger = Ledger()
    began = monotonic()
    with closing(Store.open(plan.database_url)) as store:
        workflow = Workflow(load_served(study), store)

        def withdraw(return_key: str) -> None:
            workflow.withdraw(workflow.annotator_of(return_key))

        with (
            _reachable(place, plan) as replicas,
            ThreadPoolExecutor(plan.annotators) as tabs,
        ):
            around = Surroundings(replicas, ledger, tabs, plan.lease, withdraw)
            try:
                _label_all(plan, around)
            except TookTooLong as error:
                ledger.problems.append(str(error))
    return _outcome(plan, ledger, place, monotonic() - began)


@contextmanager
def _reachable(place: Place, plan: Plan) -> Iterator[Replicas]:
    """The replicas as browsers reach them; raises NoNginx."""
    with ExitStack() as stack:
        made = stack.enter_context(running(place, plan.replicas))
        door = stack.enter_context(proxy.before(made)).port if plan.proxy else None
        replicas = Replicas(made, plan.seconds, door)
        stack.callback(replicas.settle)
        yield replicas


def make_study(folder: Path, pairs: int) -> Path:
    """Two questions, two labels a pair and five for a fifth of them, repeats switched on."""
    criteria = tuple(
        Criterion(key=key, question=f"Which is {key}?", scale="preference3")
        for key in ("clearer", "better")
    )
    plan = StudyPlan(
        key="soak",
        title="Soak",
        labels_per_pair=3,
        criteria=criteria,
        overlap=Overlap(share=0.2, labels_per_pair=5),
        repeats=Repeats(share=0.15, after=3),
    )
    write_plan(folder, plan)
    write_jsonl(folder / PAIRS_FILE, (a_pair(number) for number in range(pairs)))
    return folder


def _label_all(plan: Plan, around: Surroundings) -> None:
    """Everybody labels while replicas are killed; then new people finish what is left."""
    with ThreadPoolExecutor(plan.annotators + 1) as pool:
        running_slots = [pool.submit(_slot, n, plan, around) for n in range(plan.annotators)]
        killing = pool.submit(_kill, plan, around)
        for each in (*running_slots, killing):
            each.result()
    around.replicas.settle()
    for number in range(plan.annotators):
        last = Annotator(f"last-{number}", around, Random(f"{plan.seed}/last/{number}"))
        before = len(around.ledger.acknowledged)
        _until_finished(last, around, QUIET)
        last.close()
        if len(around.ledger.acknowledged) == before:
            return


def _slot(number: int, plan: Plan, around: Surroundings) -> None:
    """One place at work: who vanishes or withdraws is followed by somebody new."""
    try:
        for generation in range(GENERATIONS):
            name = f"{number}-{generation}"
            annotator = Annotator(name, around, Random(f"{plan.seed}/{name}"))
            is_last = generation == GENERATIONS - 1
            chances = Chances(vanish=0, withdraw=0) if is_last else Chances()
            ending = _until_finished(annotator, around, chances)
            annotator.close()
            if ending == "finished":
                return
    except TiebreakError as error:
        around.ledger.problems.append(f"{number}: {error}")


def _until_finished(annotator: Annotator, around: Surroundings, chances: Chances) -> Ending:
    """Wait, as a person at the page does, for pairs that others hold."""
    while (ending := annotator.work(chances)) == "waiting":
        around.replicas.wait(lambda: False, 0.3)
    return ending


def _kill(plan: Plan, around: Surroundings) -> None:
    rng = Random(f"{plan.seed}/kills")
    for moment in _moments(plan, rng):
        around.replicas.wait(lambda at=moment: len(around.ledger.acknowledged) >= at)  # type: ignore[misc]
        around.replicas.kill_one(rng)
        around.ledger.count("SIGKILLs")


def _moments(plan: Plan, rng: Random) -> Iterator[int]:
    """After how many acknowledged submissions a replica is killed, spread over the soak."""
    return iter(sorted(rng.sample(range(1, 3 * plan.pairs), plan.kills)))


def _outcome(plan: Plan, ledger: Ledger, place: Place, seconds: float) -> Outcome:
    stands = found.read(plan.database_url)
    answered = [each for each in stands.assignments if each.state == "submitted"]
    log = place.log.read_text(encoding="utf-8", errors="replace")
    figures = {
        "seconds": round(seconds, 1),
        "pairs": len(stands.pairs),
        "submissions acknowledged": len(ledger.acknowledged),
        "submissions of those who withdrew": len(ledger.acknowledged) - len(ledger.kept()),
        **{f"{kind} answers": sum(each.purpose == kind for each in answered) for kind in KINDS},
        **dict(sorted(ledger.counts.items())),
        "tracebacks in the logs": log.count("Traceback"),
        "largest side difference of one annotator (aim 2)": audit.largest_side_difference(stands),
    }
    return Outcome(violations=audit.violations(stands, ledger), figures=figures)


KINDS = ("study", "surplus", "repeat")
