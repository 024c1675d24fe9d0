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
from generation.batching import batches_by_tokens
from generation.systems import System


class Peaks(NamedTuple):
    """Bytes that each way took beyond the model, and the tokens of the largest batch."""

    ours: int
    all_logits: int
    tokens: int


def peaks(system: System, requests: Sequence[ScoreRequest]) -> Peaks:
    """Both ways on the same batches."""
    found = []
    for way in (_ours, _all_logits):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(_grown, way, system, list(requests)).result())
    (ours, tokens), (all_logits, _) = found
    return Peaks(ours, all_logits, tokens)


def _grown(
    way: Callable[[HfBackend, list[ScoreRequest]], int],
    system: System,
    requests: list[ScoreRequest],
) -> tuple[int, int]:
    backend = HfBackend(system, Path())
    turn = Turn(role="user", text="Why?")
    way(backend, [ScoreRequest(key="warm", messages=(turn,), continuations=("So.",))])
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    tokens = way(backend, requests)
    return _resident("VmHWM") - before, tokens


def _resident(which: str) -> int:
    """Bytes of resident memory, now (VmRSS) or at most (VmHWM)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def _ours(backend: HfBackend, requests: list[ScoreRequest]) -> int:
    assert all(score.error is None for score in backend.score(requests))
    return max(len(batch) * max(map(len, batch)) for batch in _batches(backend, requests))


def _all_logits(backend: HfBackend, requests: list[ScoreRequest]) -> int:
    model, most = backend.model, 0
    for batch in _batches(backend, requests):
        width = max(map(len, batch))
        most = max(most, len(batch) * width)
        ids = [[model.pad_token] * (width - len(row)) + row for row in batch]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in batch]
        with torch.inference_mode():
            logits = model.network(
                input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), use_cache=False
            ).logits
            for row in logits:  # a row at a time, as in ours: all at once would take thrice that
                row.float().log_softmax(-1)
    return most


def _batches(backend: HfBackend, requests: list[ScoreRequest]) -> list[list[list[int]]]:
    model = backend.model
    rows = [
        model.encode([model.prompt_text(each.messages)])[0] + own
        for each in requests
        for own in model.encode(each.continuations)
    ]
    batches = batches_by_tokens([len(row) for row in rows], 1, backend.budget)
    return [[rows[place] for place in batch] for batch in batches]
