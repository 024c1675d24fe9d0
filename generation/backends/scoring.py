"""Log-probabilities of labels and of whole continuations, by forward passes without drawing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import torch

from generation.backends.base import BackendRefused, Score, ScoreRequest
from generation.backends.model import LocalModel, out_of_memory
from generation.backends.weighing import Row, logits_asked, packs
from generation.batching import batches_by_tokens, halves

LOGITS = 2**28
"""Logits of one forward pass at most: half a gigabyte in bfloat16."""

CPU_TOKENS = 2048
"""Tokens of one forward pass on a CPU: more make its products no faster, and leave the cache."""

CPU_SOFTMAX, GPU_SOFTMAX = 2**19, 2**27
"""Logits that are normalised at a time: what stays in a CPU's cache; half a gigabyte on a GPU."""

Values: TypeAlias = tuple[float, ...] | None


def score_requests(
    model: LocalModel, requests: Sequence[ScoreRequest], budget: int
) -> Iterator[Score]:
    """A Score for each request, in the order in which their last rows are done."""
    rows: list[list[Row]] = []
    for number, request in enumerate(requests):
        try:
            rows.append(_rows(model, number, request))
        except BackendRefused as error:
            yield Score(key=request.key, error=str(error))
    waiting = {own[0].request: len(own) for own in rows}
    found: defaultdict[int, dict[int, tuple[Row, Values]]] = defaultdict(dict)
    for part in _parts(model, rows, budget):
        for row, values in _within_memory(model, part):
            done = found[row.request]
            done[row.continuation] = row, values
            if len(done) == waiting[row.request]:
                made = [done[place] for place in sorted(done)]
                yield _score(requests[row.request].key, made)
                del found[row.request]


def _parts(model: LocalModel, rows: Sequence[Sequence[Row]], budget: int) -> Iterator[list[Row]]:
    """The rows of all requests in parts for one forward pass each, the largest first.

    No part asks for more than LOGITS logits, but those of one row alone.
    """
    most = max(1, LOGITS // model.config.get_text_config(decoder=True).vocab_size)
    if packs(model):
        whole: Iterable[Sequence[Sequence[Row]]] = [sorted(rows, key=_tokens, reverse=True)]
        room: int | None = min(budget, CPU_TOKENS)
    else:
        alone = [[row] for own in rows for row in own]
        batches = batches_by_tokens([_tokens(unit) for unit in alone], 1, budget)
        whole = ([alone[place] for place in batch] for batch in batches)
        room = None
    for units in whole:
        part: list[Row] = []
        for unit in _halved(units, most):
            asked = sum(row.asked for row in [*part, *unit])
            if part and (asked > most or (room and _tokens([*part, *unit]) > room)):
                yield part
                part = []
            part.extend(unit)
        if part:
            yield part


def _halved(units: Iterable[Sequence[Row]], most: int) -> Iterator[Sequence[Row]]:
    """The units, those that ask for more than `most` positions in smaller ones down to one row."""
    for unit in units:
        if len(unit) > 1 and sum(row.asked for row in unit) > most:
            yield from _halved(halves(unit), most)
        else:
            yield unit


def _tokens(rows: Sequence[Row]) -> int:
    """How many tokens go through the model for rows of which each prompt is read once."""
    prompts = {row.request: len(row.prompt) for row in rows}
    return sum(prompts.values()) + sum(len(row.text) for row in rows)


def _rows(model: LocalModel, number: int, request: ScoreRequest) -> list[Row]:
    prompt = tuple(model.encode([model.prompt_text(request.messages)])[0])
    texts = [tuple(ids) for ids in model.encode(request.continuations)]
    if not all(texts):
        raise BackendRefused("found a continuation without tokens, expected some text in each")
    firsts = tuple(ids[0] for ids in texts)
    longest = len(prompt) + max(len(ids) for ids in texts)
    if model.context is not None and longest > model.context:
        raise BackendRefused(f"too long: {longest} tokens, but the model takes {model.context}")
    # Labels that begin alike cannot be told apart by one token: then whole labels are weighed.
    if request.of == "labels" and len(set(firsts)) == len(firsts):
        return [Row(request=number, continuation=0, prompt=prompt, targets=firsts, first_only=True)]
    return [
        Row(request=number, continuation=place, prompt=prompt, targets=ids, first_only=False)
        for place, ids in enumerate(texts)
    ]


def _within_memory(model: LocalModel, rows: Sequence[Row]) -> Iterator[tuple[Row, Values]]:
    """Each row with its log-probabilities, or None where it does not fit into the memory."""
    try:
        made: list[tuple[float, ...]] = _forward(model, rows)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        made = []
    if made:
        yield from zip(rows, made, strict=True)
    elif len(rows) == 1:
        yield rows[0], None
    else:
        for part in halves(rows):
            yield from _within_memory(model, part)


def _forward(model: LocalModel, rows: Sequence[Row]) -> list[tuple[float, ...]]:
    """The log-probabilities of each row's targets."""
    with torch.inference_mode():
        asked = logits_asked(model, rows)
        return [_row_values(row, own) for row, own in zip(rows, asked, strict=True)]


def _row_values(row: Row, logits: torch.Tensor) -> tuple[float, ...]:
    """Log-probability of each target; logits: shape (asked, vocabulary)."""
    targets = torch.tensor(row.targets, device=logits.device)
    if row.first_only:
        return tuple(logits[-1].float().log_softmax(-1)[targets].tolist())
    most = CPU_SOFTMAX if logits.device.type == "cpu" else GPU_SOFTMAX
    size = max(1, most // logits.shape[-1])
    made = [
        logits[start : start + size]
        .float()
        .log_softmax(-1)
        .gather(-1, targets[start : start + size, None])[:, 0]
        for start in range(0, len(targets), size)
    ]
    return tuple(torch.cat(made).tolist())


def _score(key: str, made: Sequence[tuple[Row, Values]]) -> Score:
    values = [each for _, each in made if each is not None]
    if len(values) < len(made):
        return Score(key=key, error="out of memory with one continuation")
    if made[0][0].first_only:
        ones = (1,) * len(values[0])
        return Score(key=key, logprobs=values[0], tokens=ones, meta={"of": "first token"})
    return Score(
        key=key,
        logprobs=tuple(sum(each) for each in values),
        tokens=tuple(len(each) for each in values),
        meta={"of": "whole text"},
    )
