"""Log-probabilities of labels and of whole continuations, by forward passes without drawing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import torch

from annotation.schema import Record
from generation.backends.base import BackendRefused, Score, ScoreRequest
from generation.backends.model import LocalModel, out_of_memory
from generation.batching import batches_by_tokens, halves

LOGITS = 2**28
"""Logits of one forward pass at most: half a gigabyte in bfloat16."""

Values: TypeAlias = tuple[float, ...] | None


class Row(Record):
    """One sequence to run: a dialogue and the tokens whose probability is asked after it.

    With `first_only` the targets are alternatives for the next token, not one text.
    """

    request: int
    continuation: int
    prompt: tuple[int, ...]
    targets: tuple[int, ...]
    first_only: bool

    @property
    def sequence(self) -> tuple[int, ...]:
        """What goes through the model; the last token is never looked back upon."""
        return self.prompt if self.first_only else self.prompt + self.targets[:-1]

    @property
    def asked(self) -> int:
        """At how many positions, the last ones, the vocabulary is weighed."""
        return 1 if self.first_only else len(self.targets)


def score_requests(
    model: LocalModel, requests: Sequence[ScoreRequest], budget: int
) -> Iterator[Score]:
    """A Score for each request, in the order in which their last rows are done."""
    rows: list[Row] = []
    for number, request in enumerate(requests):
        try:
            rows += _rows(model, number, request)
        except BackendRefused as error:
            yield Score(key=request.key, error=str(error))
    waiting = Counter(row.request for row in rows)
    found: defaultdict[int, dict[int, tuple[Row, Values]]] = defaultdict(dict)
    vocabulary = model.config.get_text_config(decoder=True).vocab_size
    for batch in batches_by_tokens([len(row.sequence) for row in rows], 1, budget):
        for part in _parts([rows[place] for place in batch], max(1, LOGITS // vocabulary)):
            for row, values in _within_memory(model, part):
                done = found[row.request]
                done[row.continuation] = row, values
                if len(done) == waiting[row.request]:
                    made = [done[place] for place in sorted(done)]
                    yield _score(requests[row.request].key, made)
                    del found[row.request]


def _parts(rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
    """The rows in order, in parts that ask for at most `most` positions, or of one row alone."""
    part: list[Row] = []
    asked = 0
    for row in rows:
        if part and asked + row.asked > most:
            yield part
            part, asked = [], 0
        part.append(row)
        asked += row.asked
    if part:
        yield part


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
    width = max(len(row.sequence) for row in rows)
    keep = max(row.asked for row in rows)
    ids = [[model.pad_token] * (width - len(row.sequence)) + [*row.sequence] for row in rows]
    mask = [[0] * (width - len(row.sequence)) + [1] * len(row.sequence) for row in rows]
    with torch.inference_mode(), _weighed_only(model, [row.asked for row in rows]):
        logits = model.network(
            input_ids=torch.tensor(ids, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            position_ids=_positions(torch.tensor(mask, device=model.device)),
            logits_to_keep=keep,
            use_cache=False,
        ).logits
        own = logits[0].split([row.asked for row in rows])
        return [_row_values(row, one) for row, one in zip(rows, own, strict=True)]


@contextmanager
def _weighed_only(model: LocalModel, asked: Sequence[int]) -> Iterator[None]:
    """Weigh the vocabulary only where it is asked: at the last `asked` positions of each row.

    `logits_to_keep` keeps as many for every row as for the longest. What stands between rows is
    cut out right before the output layer, so that all that a model does after it (scaling, a
    softcap) is done as always; its logits then have the shape (1, sum of asked, vocabulary).
    """

    def cut(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        hidden = given[0]
        return (torch.cat([row[-own:] for row, own in zip(hidden, asked, strict=True)])[None],)

    layer = model.network.get_output_embeddings()
    if layer is None:
        raise BackendRefused(f"system {model.system.name!r}: the model has no output layer to ask")
    hook = layer.register_forward_pre_hook(cut)
    try:
        yield
    finally:
        hook.remove()


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Positions that start at 0 where the padding ends; shape (rows, width)."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def _row_values(row: Row, logits: torch.Tensor) -> tuple[float, ...]:
    """Log-probability of each target; logits: shape (asked, vocabulary)."""
    targets = torch.tensor(row.targets, device=logits.device)
    if row.first_only:
        return tuple(logits[-1].float().log_softmax(-1)[targets].tolist())
    spoken = logits.float().log_softmax(-1)
    return tuple(spoken.gather(-1, targets[:, None])[:, 0].tolist())


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
