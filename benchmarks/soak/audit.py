"""Compare what annotators were told with what the database holds: a sentence a difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby

from benchmarks.soak.found import Found, FoundAssignment, FoundLabel
from benchmarks.soak.ledger import Acknowledged, Ledger, ScreenAnswer

_OTHER_SIDE = {"a": "b", "b": "a"}


def violations(found: Found, ledger: Ledger) -> list[str]:
    """All that must not be, in sentences; none where every promise is kept."""
    return [*ledger.problems, *(each for check in CHECKS for each in check(found, ledger))]


def largest_side_difference(found: Found) -> int:
    """By how much the sides of one annotator's counted labels differ at most."""
    return max((abs(a.counted_plain - a.counted_swapped) for a in found.annotators), default=0)


def nothing_acknowledged_is_lost(found: Found, ledger: Ledger) -> Iterator[str]:
    """Every acknowledged submission is there, and the latest of a pair is what its labels say."""
    by_token = {each.token: each for each in found.assignments}
    named = {each.id: each.pseudonym for each in found.annotators}
    submissions = {each.id: each.assignment_id for each in found.submissions}
    latest: dict[str, Acknowledged] = {}
    for told in ledger.kept():
        mine = by_token.get(told.token)
        if mine is None or submissions.get(told.submission_id) != mine.id:
            yield f"{told.submission_id} was acknowledged and is lost"
        elif mine.state != "submitted" or named[mine.annotator_id] != told.pseudonym:
            yield f"{told.submission_id} is not {told.pseudonym}'s, or its pair is open"
        else:
            latest[told.token] = told
    labels = _labels_by_assignment(found)
    for token, told in latest.items():
        mine = by_token[token]
        if Counter(_on_screen(each) for each in labels[mine.id]) != Counter(told.answers):
            yield f"the labels of {told.submission_id} are not what was acknowledged"


def nothing_is_doubled(found: Found, ledger: Ledger) -> Iterator[str]:
    """Each submission is there once, each answered pair has one set of labels."""
    told = {each.submission_id for each in ledger.kept()}
    for each in found.submissions:
        if each.id not in told:
            yield f"the submission {each.id} was acknowledged to nobody"
    first = Counter(each.assignment_id for each in found.submissions if each.revision == 0)
    labels = _labels_by_assignment(found)
    for mine in found.assignments:
        asked = Counter((each.criterion, each.target) for each in labels[mine.id])
        answered = mine.state == "submitted"
        if first[mine.id] != answered or bool(asked) != answered:
            yield f"{mine.token} is {mine.state} and has {first[mine.id]} first submissions"
        if any(count > 1 for count in asked.values()):
            yield f"{mine.token} has two labels for one question"
        if any(not _is_of(each, mine) for each in labels[mine.id]):
            yield f"{mine.token} has labels of another pair, annotator, order or purpose"


def every_pair_is_at_its_number(found: Found, _: Ledger) -> Iterator[str]:
    """Exactly the labels that are wanted, on both sides but for one, and no lease left over."""
    counted: Counter[tuple[str, bool]] = Counter()
    leased: Counter[tuple[str, bool]] = Counter()
    for each in found.assignments:
        if each.purpose == "study":
            counted[each.pair_id, bool(each.swapped)] += each.state == "submitted"
            leased[each.pair_id, bool(each.swapped)] += each.state == "open"
    for pair in found.pairs:
        plain, swapped = (counted[pair.pair_id, side] for side in (False, True))
        held = tuple(leased[pair.pair_id, side] for side in (False, True))
        if plain + swapped != pair.wanted:
            yield f"{pair.pair_id} has {plain + swapped} labels of {pair.wanted}"
        if abs(plain - swapped) > 1:
            yield f"{pair.pair_id} was shown {plain} times in one order, {swapped} in the other"
        if (plain, swapped) != (pair.counted_plain, pair.counted_swapped):
            yield f"{pair.pair_id} counts other labels than it has"
        if held != (pair.leased_plain, pair.leased_swapped):
            yield f"{pair.pair_id} counts other leases than it has"


def no_pair_is_seen_twice(found: Found, ledger: Ledger) -> Iterator[str]:
    """A pair comes back to an annotator as a declared repeat with the sides swapped, or never."""
    repeats = {each.token for each in found.assignments if each.purpose == "repeat"}
    gone = set(ledger.withdrawn)
    for pseudonym, token in ledger.seen_again:
        if pseudonym not in gone and token not in repeats:
            yield f"{pseudonym} saw a pair again that was done, under {token}"

    def key(each: FoundAssignment) -> tuple[int, str]:
        return each.annotator_id, each.pair_id

    for _, group in groupby(sorted(found.assignments, key=key), key):
        first, *more = sorted(group, key=lambda each: each.repeat)
        declared = [each.purpose == "repeat" and each.repeat == 1 for each in more]
        if first.repeat != 0 or first.purpose == "repeat" or len(more) > 1 or not all(declared):
            yield f"annotator {first.annotator_id} has {first.pair_id} more than once"
        if any(each.swapped == first.swapped for each in more):
            yield f"a repeat of {first.pair_id} has the same sides as the first"


def annotators_are_credited(found: Found, _: Ledger) -> Iterator[str]:
    """The numbers of an annotator's row are those of the assignments."""
    submitted: Counter[int] = Counter()
    counted: Counter[tuple[int, bool]] = Counter()
    for each in found.assignments:
        submitted[each.annotator_id] += each.state == "submitted"
        is_counted = each.state == "submitted" and each.purpose == "study"
        counted[each.annotator_id, bool(each.swapped)] += is_counted
    for who in found.annotators:
        sides = counted[who.id, False], counted[who.id, True]
        if who.submitted != submitted[who.id] or sides != (who.counted_plain, who.counted_swapped):
            yield f"{who.pseudonym} is not credited with what they did"


def the_withdrawn_are_gone(found: Found, ledger: Ledger) -> Iterator[str]:
    """Nothing is left of those who withdrew."""
    there = {each.pseudonym for each in found.annotators}
    tokens = {each.token for each in found.assignments}
    for pseudonym in ledger.withdrawn:
        if pseudonym in there:
            yield f"{pseudonym} withdrew and is still there"
    for told in ledger.acknowledged:
        if told.pseudonym in ledger.withdrawn and told.token in tokens:
            yield f"{told.submission_id} is still there, though {told.pseudonym} withdrew"


Check = Callable[[Found, Ledger], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    nothing_acknowledged_is_lost,
    nothing_is_doubled,
    every_pair_is_at_its_number,
    no_pair_is_seen_twice,
    annotators_are_credited,
    the_withdrawn_are_gone,
)


def _labels_by_assignment(found: Found) -> defaultdict[int, list[FoundLabel]]:
    labels: defaultdict[int, list[FoundLabel]] = defaultdict(list)
    for each in found.labels:
        labels[each.assignment_id].append(each)
    return labels


def _on_screen(label: FoundLabel) -> ScreenAnswer:
    choice = _OTHER_SIDE.get(label.choice, label.choice) if label.swapped else label.choice
    return label.criterion, label.target, choice


def _is_of(label: FoundLabel, mine: FoundAssignment) -> bool:
    return (label.annotator_id, label.pair_id, label.repeat, label.purpose, label.swapped) == (
        mine.annotator_id,
        mine.pair_id,
        mine.repeat,
        mine.purpose,
        mine.swapped,
    )
