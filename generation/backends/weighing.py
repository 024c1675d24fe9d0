"""Logits where they are asked for: from a batch of padded rows, or from one row without padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any

import torch

from annotation.schema import Record
from generation.backends.base import BackendRefused
from generation.backends.model import LocalModel
from generation.backends.packing import can_pack, pack, packed_attention


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
    def text(self) -> tuple[int, ...]:
        """What goes through the model after the prompt; nothing looks back on the last token."""
        return () if self.first_only else self.targets[:-1]

    @property
    def sequence(self) -> tuple[int, ...]:
        """What goes through the model."""
        return self.prompt + self.text

    @property
    def asked(self) -> int:
        """At how many positions, the last ones, the vocabulary is weighed."""
        return 1 if self.first_only else len(self.targets)


def packs(model: LocalModel) -> bool:
    """Whether rows stand one after another without padding, and prompts once for all their texts.

    On a GPU a batch of rows is quicker, whose attention is one kernel.
    """
    return model.device.type == "cpu" and can_pack(model.network)


def logits_asked(model: LocalModel, rows: Sequence[Row]) -> list[torch.Tensor]:
    """For each row its logits, shape (asked, vocabulary); one forward pass."""
    run = _packed if packs(model) else _padded
    every: Any = run(model, rows)[0]
    return list(every.split([row.asked for row in rows]))


def _padded(model: LocalModel, rows: Sequence[Row]) -> torch.Tensor:
    """Logits of shape (1, sum of asked, vocabulary), from a batch of rows of one width."""
    width = max(len(row.sequence) for row in rows)
    ids = [[model.pad_token] * (width - len(row.sequence)) + [*row.sequence] for row in rows]
    tokens = [[0] * (width - len(row.sequence)) + [1] * len(row.sequence) for row in rows]
    mask = torch.tensor(tokens, device=model.device)
    ends = [
        place
        for number, row in enumerate(rows)
        for place in range((number + 1) * width - row.asked, (number + 1) * width)
    ]
    with _weighed_only(model, ends):
        made = model.network(
            input_ids=torch.tensor(ids, device=model.device),
            attention_mask=mask,
            position_ids=_positions(mask),
            use_cache=False,
        )
    logits: torch.Tensor = made.logits
    return logits


def _packed(model: LocalModel, rows: Sequence[Row]) -> torch.Tensor:
    """The same from one row without padding, in which texts after one prompt share it."""
    groups = [list(own) for _, own in groupby(rows, key=lambda row: row.request)]
    packed = pack([(own[0].prompt, [row.text for row in own]) for own in groups])
    stretches, places = iter(packed.stretches), list[int]()
    for own in groups:
        prompt = next(stretches)
        for text in islice(stretches, len(own)):
            places += [prompt.end - 1, *range(text.start, text.end)]
    with _weighed_only(model, places), packed_attention(model.network):
        made = model.network(
            input_ids=torch.tensor([packed.ids], device=model.device),
            position_ids=torch.tensor([packed.places], device=model.device),
            use_cache=False,
            stretches=packed.stretches,
        )
    logits: torch.Tensor = made.logits
    return logits


@contextmanager
def _weighed_only(model: LocalModel, places: Sequence[int]) -> Iterator[None]:
    """Weigh the vocabulary only at `places`, counted through all rows.

    `logits_to_keep` keeps as many for every row as for the longest. The others are cut out right
    before the output layer, so that all that a model does after it (scaling, a softcap) is done
    as always; its logits then have the shape (1, places, vocabulary).
    """
    kept = torch.tensor(places, device=model.device)

    def cut(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (given[0].flatten(0, 1)[kept][None],)

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
