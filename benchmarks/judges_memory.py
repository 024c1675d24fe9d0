"""Peak memory of weighing responses, measured: at their own tokens alone, and with all logits.

Each way runs in a process of its own. The kernel's mark of the greatest resident memory is set back
once the model has run on one short response (`/proc/self/clear_refs`, Linux), and what is resident
then is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import torch

from annotation.schema import Turn
from generation.backends.base import ScoreRequest
from generation.backends.hf import HfBackend
from generation.backends.scoring import CPU_TOKENS
from generation.batching import batches_by_tokens
from generation.systems import System


class Peak(NamedTuple):
    """Bytes that a way took beyond the model, and the tokens of its largest forward pass."""

    bytes: int
    tokens: int

    def __str__(self) -> str:
        return (
            f"{self.bytes / 1e6:.0f} MB for up to {self.tokens} tokens, "
            f"{self.bytes / self.tokens / 1e6:.2f} MB a token"
        )


def peaks(system: System, requests: Sequence[ScoreRequest]) -> tuple[Peak, Peak]:
    """Ours, and all logits of batches of about as many tokens."""
    found = []
    for way in (_ours, _all_logits):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(_grown, way, system, list(requests)).result())
    return found[0], found[1]


def _grown(
    way: Callable[[HfBackend, list[ScoreRequest]], None],
    system: System,
    requests: list[ScoreRequest],
) -> Peak:
    backend = HfBackend(system, Path())
    turn = Turn(role="user", text="Why?")
    way(backend, [ScoreRequest(key="warm", messages=(turn,), continuations=("So.",))])
    tokens: list[int] = []
    layer = backend.model.network.get_input_embeddings()
    layer.register_forward_hook(lambda _, given, __: tokens.append(given[0].numel()))
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    way(backend, requests)
    return Peak(_resident("VmHWM") - before, max(tokens))


def _resident(which: str) -> int:
    """Bytes of resident memory, now (VmRSS) or at most (VmHWM)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def _ours(backend: HfBackend, requests: list[ScoreRequest]) -> None:
    assert all(score.error is None for score in backend.score(requests))


def _all_logits(backend: HfBackend, requests: list[ScoreRequest]) -> None:
    model = backend.model
    rows = [
        model.encode([model.prompt_text(each.messages)])[0] + own
        for each in requests
        for own in model.encode(each.continuations)
    ]
    for batch in batches_by_tokens([len(row) for row in rows], 1, CPU_TOKENS):
        width = max(len(rows[place]) for place in batch)
        ids = [[model.pad_token] * (width - len(rows[place])) + rows[place] for place in batch]
        mask = [[0] * (width - len(rows[place])) + [1] * len(rows[place]) for place in batch]
        with torch.inference_mode():
            logits = model.network(
                input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), use_cache=False
            ).logits
            for row in logits:  # a row at a time: all at once would take thrice that
                row.float().log_softmax(-1)
