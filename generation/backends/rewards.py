"""Numbers from a reward model on this machine: a sequence classifier with a single output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from annotation.schema import Turn
from generation.backends.base import (
    BackendRefused,
    Caps,
    Plan,
    Request,
    Result,
    Score,
    ScoreRequest,
)
from generation.backends.hf import CPU_BUDGET, GPU_BUDGET
from generation.backends.model import LocalModel, out_of_memory
from generation.backends.templates import template_hash
from generation.batching import batches_by_tokens, halves
from generation.systems import System


class RewardModel(LocalModel):
    """The same tokenizer and template; the weights are those of a classifier."""

    loader = AutoModelForSequenceClassification

    def adopt(self, network: Any) -> Any:
        """Take a loaded classifier; raises BackendRefused where it gives more than one number."""
        if network.config.num_labels != 1:
            raise BackendRefused(
                f"system {self.system.name!r}: found a classifier of {network.config.num_labels} "
                "classes, expected a reward model with one output"
            )
        # Decoders look for the last token that is no padding, by this id.
        network.config.get_text_config().pad_token_id = self.pad_token
        self._network = network.to(self.device).eval()
        return self._network

    def end_tokens(self, network: Any = None) -> set[int]:  # noqa: ARG002
        """None: nothing is generated."""
        return set()

    def dialogue_text(self, messages: Sequence[Turn], response: str) -> str:
        """A dialogue with its answer, in the words of the chat template."""
        answer = Turn(role="assistant", text=response)
        return self.prompt_text([*messages, answer], answered=True)


class RewardBackend:
    """Scores only: `logprobs` of a Score are the rewards, of one token each."""

    caps = Caps(generate=False, score=True)

    def __init__(self, system: System, folder: Path, cache: Path | None = None) -> None:
        self.system = system
        self.model = RewardModel(system, folder, cache)
        self.revision = self.model.weights.revision
        self.template = template_hash(self.model.template)
        self.budget = system.batch_tokens or (
            GPU_BUDGET if self.model.device.type == "cuda" else CPU_BUDGET
        )
        self.grouping = ""

    def plan(self, requests: Sequence[Request]) -> Plan:  # noqa: ARG002
        """Refused: a reward model says nothing."""
        raise BackendRefused(f"system {self.system.name!r}: a reward model answers no prompts")

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:  # noqa: ARG002
        """Refused: a reward model says nothing."""
        raise BackendRefused(f"system {self.system.name!r}: a reward model answers no prompts")

    def score(self, requests: Sequence[ScoreRequest], /) -> Iterator[Score]:
        """The reward of each continuation after its dialogue."""
        said: list[ScoreRequest] = []
        texts: list[str] = []
        for request in requests:
            try:
                texts += [
                    self.model.dialogue_text(request.messages, text)
                    for text in request.continuations
                ]
            except BackendRefused as refusal:
                yield Score(key=request.key, error=str(refusal))
            else:
                said.append(request)
        rows = self.model.encode(texts)
        rewards: list[float | None] = [None] * len(rows)
        fits = [n for n, ids in enumerate(rows) if self._fits(ids)]
        for batch in batches_by_tokens([len(rows[n]) for n in fits], 0, self.budget):
            places = [fits[place] for place in batch]
            for place, value in self._within_memory(places, rows):
                rewards[place] = value
        start = 0
        for request in said:
            own = rewards[start : start + len(request.continuations)]
            start += len(own)
            values = [value for value in own if value is not None]
            if len(values) < len(own):
                error = f"a response is too long: the model takes {self.model.context} tokens"
                yield Score(key=request.key, error=error)
                continue
            yield Score(key=request.key, logprobs=tuple(values), tokens=(1,) * len(values))

    def _fits(self, ids: Sequence[int]) -> bool:
        return self.model.context is None or 0 < len(ids) <= self.model.context

    def _within_memory(
        self, places: Sequence[int], rows: Sequence[Sequence[int]]
    ) -> Iterator[tuple[int, float | None]]:
        try:
            values = self._forward([rows[place] for place in places])
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            values = []
        if values:
            yield from zip(places, values, strict=True)
        elif len(places) > 1:
            for part in halves(places):
                yield from self._within_memory(part, rows)

    def _forward(self, rows: Sequence[Sequence[int]]) -> list[float]:
        # Padding on the right, because some classifiers count positions from the first token.
        width = max(map(len, rows))
        ids = [[*row, *[self.model.pad_token] * (width - len(row))] for row in rows]
        mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
        with torch.inference_mode():
            logits = self.model.network(
                input_ids=torch.tensor(ids, device=self.model.device),
                attention_mask=torch.tensor(mask, device=self.model.device),
            ).logits
        return [float(value) for value in logits[:, 0].float()]

    def provenance(self) -> dict[str, Any]:
        """The model's, and how batches were made."""
        return {**self.model.provenance(), "batch_tokens": self.budget}

    def notes(self) -> tuple[str, ...]:
        """Nothing to say."""
        return ()
