"""One batch of prompts through `generate`: left-padded, seeded by row, cut where answers end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from annotation.schema import Record
from generation.backends.base import Step, trimmed
from generation.backends.model import LocalModel
from generation.backends.sampling import StopText, draw
from generation.backends.stepping import aligned, in_steps, new_tokens
from generation.systems import Decoding


class Answered(Record):
    """One row's answer and its numbers."""

    text: str = ""
    finish_reason: str | None = None
    error: str | None = None
    prompt_tokens: int = 0
    new_tokens: int = 0
    rows: int = 1
    width: int = 0


class StepsTold(StoppingCriteria):
    """Stops no row, but tells of every token that the rows have got."""

    def __init__(self, on_step: Callable[[Step], None], start: int, most: int) -> None:
        self._on_step, self._start, self._most = on_step, start, most

    def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Shape (rows,), all false."""
        rows, length = input_ids.shape
        self._on_step(Step(length - self._start, self._most, rows))
        return torch.zeros(rows, dtype=torch.bool, device=input_ids.device)


def answer_batch(
    model: LocalModel,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    decoding: Decoding,
    on_step: Callable[[Step], None] | None = None,
) -> list[Answered]:
    """The answers to `prompts`, in their order; raises torch.OutOfMemoryError."""
    width, steps = max(len(ids) for ids in prompts), in_steps(model)
    if steps:
        width = aligned(width)
    pad = [[model.pad_token] * (width - len(ids)) + list(ids) for ids in prompts]
    mask = [[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts]
    stops = StopText(model.tokenizer, decoding.stop, width, len(prompts)) if decoding.stop else None
    criteria = StoppingCriteriaList([stops] if stops else [])
    if on_step:
        criteria.append(StepsTold(on_step, width, decoding.max_new_tokens))
    ids = torch.tensor(pad, device=model.device)
    tokens = torch.tensor(mask, device=model.device)
    chain, most = draw(decoding, seeds, model.device), decoding.max_new_tokens
    with torch.inference_mode():
        if steps:
            rows = new_tokens(
                model.network, ids, tokens, most, model.end_tokens(), chain, criteria, model.step
            )
        else:
            rows = model.network.generate(
                input_ids=ids,
                attention_mask=tokens,
                generation_config=model.likeliest(most),
                logits_processor=chain,
                stopping_criteria=criteria,
            )
    ends = stops.stopped_at if stops else [None] * len(prompts)
    return [
        read_answer(model, row[width:], decoding, end).model_copy(
            update={"prompt_tokens": len(ids), "rows": len(prompts), "width": width}
        )
        for row, ids, end in zip(rows.tolist(), prompts, ends, strict=True)
    ]


def read_answer(
    model: LocalModel, tokens: Sequence[int], decoding: Decoding, end: int | None = None
) -> Answered:
    """New tokens as an answer: up to the end token or the stop string, `length` without either."""
    ends = model.end_tokens()
    own = next((place for place, token in enumerate(tokens) if token in ends), None)
    if own is not None and (end is None or own < end):
        ended, kept = True, tokens[:own]
    else:
        ended, kept = False, tokens[:end]
    text = str(model.tokenizer.decode(list(kept), skip_special_tokens=True))
    text, stopped = trimmed(text, decoding.stop)
    return Answered(
        text=text,
        finish_reason="stop" if ended or stopped else "length",
        new_tokens=len(kept) + ended,
    )
