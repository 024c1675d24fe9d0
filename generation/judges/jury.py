"""A jury: what more than half of several judges say, as a judge of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from annotation.schema import Choice, Label, Target

Seat: TypeAlias = tuple[str, str, Target]
"""Pair, criterion and target."""

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def jury_labels(
    name: str, members: Sequence[str], labels: Iterable[Label], now: datetime, version: int
) -> Iterator[Label]:
    """The jury's labels, from its members'; both orders where any member has both.

    A member with several runs has one vote: what it says most often. One that knows no order votes
    in both. A choice needs more than half of all members; otherwise the jury abstains, or is
    invalid where half of it is.
    """
    votes = _votes(members, labels)
    for (pair, criterion, target), by_order in votes.items():
        orders: set[bool | None] = {order for order, _ in by_order} - {None}
        for order in sorted(orders, key=bool) or [None]:
            said = {
                member: by_order.get((order, member)) or by_order.get((None, member))
                for member in members
            }
            given = {member: one for member, one in said.items() if one}
            yield Label(
                pair_id=pair,
                criterion=criterion,
                annotator=name,
                kind="judge",
                target=target,
                choice=_decided(given.values(), len(members)),
                swapped=order,
                comment=", ".join(f"{member}: {one}" for member, one in given.items()),
                created_at=now,
                study_version=version,
            )


def _votes(
    members: Sequence[str], labels: Iterable[Label]
) -> dict[Seat, dict[tuple[bool | None, str], Choice]]:
    """The vote of each member on each seat, by order."""
    # Of several with one key the latest counts, then the last line.
    by_time = sorted(labels, key=lambda label: label.created_at or _EARLIEST)
    latest = {label.key: label for label in by_time if label.annotator in members}
    runs: defaultdict[Seat, defaultdict[tuple[bool | None, str], Counter[Choice]]]
    runs = defaultdict(lambda: defaultdict(Counter))
    for label in latest.values():
        if label.kind == "judge":
            seat = (label.pair_id, label.criterion, label.target)
            runs[seat][label.swapped, label.annotator][label.choice] += 1
    return {
        seat: {place: _most(counts) for place, counts in by_order.items()}
        for seat, by_order in runs.items()
    }


def _most(counts: Counter[Choice]) -> Choice:
    """What one judge says in most of its runs; abstained where two choices are as frequent."""
    ranked = counts.most_common(2)
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else "abstained"


def _decided(given: Iterable[Choice], members: int) -> Choice:
    counts = Counter(given)
    choice, most = counts.most_common(1)[0]
    if 2 * most > members:
        return choice
    return "invalid" if 2 * counts["invalid"] >= members else "abstained"
