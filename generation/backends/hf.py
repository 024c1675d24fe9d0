"""Answers from a model on this machine, through transformers, in batches by token budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from generation.backends.base import (
    BackendRefused,
    Caps,
    Plan,
    Request,
    Result,
    Score,
    ScoreRequest,
    Step,
    answers_wanted,
    next_messages,
    worst_reason,
)
from generation.backends.batch import Answered, answer_batch
from generation.backends.continuous import answer_continuously, refuse_continuous, trial
from generation.backends.model import LocalModel, out_of_memory
from generation.backends.scoring import score_requests
from generation.backends.stepping import in_steps
from generation.backends.templates import template_hash
from generation.batching import batches_by_tokens, halves, padding_share
from generation.keys import seed_of
from generation.systems import System

CPU_BUDGET, GPU_BUDGET = 8_192, 65_536
"""Tokens of a batch, prompts and answers: what a CPU is fastest with; what fills a large GPU."""

TRIAL = 64
"""With how many requests static and continuous batching are timed against each other."""

CHUNK = 256
"""Requests of one call to continuous batching: what a kill can lose, against the call's start."""


class HfBackend:
    """A causal language model with a chat template, on the CPU or a GPU."""

    caps = Caps(score=True, logprobs=True, seed=True, stop=True)

    def __init__(self, system: System, folder: Path, cache: Path | None = None) -> None:
        self.system = system
        self.model = LocalModel(system, folder, cache)
        self.revision = self.model.weights.revision
        self.template = template_hash(self.model.template)
        self.budget = system.batch_tokens or (
            GPU_BUDGET if self.model.device.type == "cuda" else CPU_BUDGET
        )
        self.grouping = f"{self.budget} tokens, context {self.model.context}"
        self.on_step: Callable[[Step], None] | None = None
        self._notes: list[str] = []
        self._continuous = self._choose()

    def _choose(self) -> bool | None:
        """Whether batching is continuous; None where a trial is to tell."""
        if self.system.compile and self.model.device.type != "cuda":
            raise BackendRefused(
                f"system {self.system.name!r}: `compile` is for a GPU, but the device is "
                f"{self.model.device}; leave it out"
            )
        reason = refuse_continuous(self.system.decoding, self.system.compile)
        if self.system.batching == "continuous":
            if reason:
                raise BackendRefused(f"system {self.system.name!r}: {reason}")
            return True
        if self.system.batching == "static" or reason or self.model.device.type != "cuda":
            return False
        return None

    def plan(self, requests: Sequence[Request]) -> Plan:
        """Batches of requests alike in length; those that the model cannot take are refused."""
        lengths, refused = self._lengths(requests)
        places = [place for place in range(len(requests)) if place not in refused]
        new_tokens = self.system.decoding.max_new_tokens
        local = batches_by_tokens([lengths[place] for place in places], new_tokens, self.budget)
        batches = tuple(tuple(places[place] for place in batch) for batch in local)
        return Plan(
            batches=batches,
            refused=tuple(refused.items()),
            padding_share=padding_share(batches, lengths),
        )

    def _lengths(self, requests: Sequence[Request]) -> tuple[list[int], dict[int, str]]:
        """Tokens of each dialogue before its last answer, and why some cannot be answered."""
        new_tokens, context = self.system.decoding.max_new_tokens, self.model.context
        turns = [answers_wanted(request.messages) for request in requests]
        refused: dict[int, str] = {}
        texts = []
        by_template = 0
        for place, request in enumerate(requests):
            if not turns[place]:
                refused[place] = f"prompt {request.prompt_id!r} has no turn of a user to answer"
            blanks = [""] * (turns[place] - 1)
            last = next_messages(request.messages, blanks) if turns[place] else None
            try:
                texts.append(self.model.prompt_text(last) if last else "")
            except BackendRefused as error:
                refused[place] = f"prompt {request.prompt_id!r}: {error}"
                texts.append("")
                by_template += 1
                if by_template == len(requests):
                    raise  # what the template refuses of all is the system's fault
        lengths = []
        for place, ids in enumerate(self.model.encode(texts)):
            length = len(ids) + max(0, turns[place] - 1) * new_tokens
            lengths.append(length)
            if context is not None and length + new_tokens > context and place not in refused:
                refused[place] = (
                    f"prompt {requests[place].prompt_id!r} is too long: {length} tokens and up to "
                    f"{new_tokens} new ones, but the model takes {context}"
                )
        return lengths, refused

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:
        """Answer batch by batch; on a GPU perhaps continuously, where a trial shows it faster."""
        left = iter(batches)
        if self._continuous is None:
            yield from self._try_both(left)
        if self._continuous:
            while chunk := self._up_to(left, CHUNK):
                requests = list(chain.from_iterable(chunk))
                yield from self._dialogues(requests, continuous=True)
        for batch in left:
            yield from self._dialogues(list(batch))

    @staticmethod
    def _up_to(batches: Iterator[Sequence[Request]], count: int) -> list[Sequence[Request]]:
        """Batches with `count` requests or the first to exceed it; empty when none are left."""
        taken: list[Sequence[Request]] = []
        while sum(map(len, taken)) < count and (batch := next(batches, None)) is not None:
            taken.append(batch)
        return taken

    def _try_both(self, batches: Iterator[Sequence[Request]]) -> Iterator[Result]:
        """Answer the first requests both ways and keep to the faster one."""
        first = self._up_to(batches, TRIAL)
        requests = list(chain.from_iterable(first))
        if len(requests) < TRIAL:
            self._continuous = False
            yield from chain.from_iterable(self._dialogues(list(batch)) for batch in first)
            return
        results, faster = trial(
            lambda: [each for batch in first for each in self._dialogues(list(batch))],
            lambda seconds: list(self._dialogues(requests, continuous=True, seconds=seconds)),
            time.perf_counter,
        )
        self._continuous = faster.continuous
        self._notes.append(f"system {self.system.name!r}: {faster.sentence(len(requests))}")
        yield from results

    def _dialogues(
        self, batch: list[Request], continuous: bool = False, seconds: float | None = None
    ) -> Iterator[Result]:
        """Answer a batch turn by turn; dialogues that are over leave it.

        Continuous batching raises TooSlow where a turn takes more than so many seconds.
        """
        answers: dict[str, list[Answered]] = {request.key: [] for request in batch}
        started = time.perf_counter()
        active = batch
        while active:
            asked = [
                (request, messages)
                for request in active
                if (messages := next_messages(request.messages, _texts(answers[request.key])))
            ]
            if not asked:
                break
            turn = self._turn_continuous(asked, seconds) if continuous else self._turn(asked)
            for (request, _), answered in zip(asked, turn, strict=True):
                answers[request.key].append(answered)
            active = [request for request, _ in asked if not answers[request.key][-1].error]
        took = time.perf_counter() - started
        for request in batch:
            yield self._result(request, answers[request.key], len(batch), took, continuous)

    def _turn(self, asked: list[tuple[Request, list[Any]]]) -> list[Answered]:
        """One answer for each; a batch for which the memory does not suffice is halved."""
        prompts = self.model.encode([self.model.prompt_text(said) for _, said in asked])
        seeds = [seed_of(request.seed, len(said)) for request, said in asked]
        return self._within_memory(prompts, seeds)

    def _within_memory(self, prompts: list[list[int]], seeds: list[int]) -> list[Answered]:
        new_tokens = self.system.decoding.max_new_tokens
        cost = len(prompts) * (max(map(len, prompts)) + new_tokens)
        # What did not fit once is not tried again: the budget has shrunk since the plan was made.
        if len(prompts) == 1 or cost <= self.budget:
            try:
                return answer_batch(self.model, prompts, seeds, self.system.decoding, self.on_step)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
            # Outside of the handler the traceback no longer keeps the batch's tensors alive.
            if self.model.device.type == "cuda":
                torch.cuda.empty_cache()
            self.budget = min(self.budget, cost // 2)
        if len(prompts) == 1:
            sentence = f"out of memory with one prompt of {len(prompts[0])} tokens"
            return [Answered(error=sentence, prompt_tokens=len(prompts[0]))]
        return [
            answered
            for rows, own in zip(halves(prompts), halves(seeds), strict=True)
            for answered in self._within_memory(list(rows), list(own))
        ]

    def _turn_continuous(
        self, asked: list[tuple[Request, list[Any]]], seconds: float | None
    ) -> list[Answered]:
        prompts = self.model.encode([self.model.prompt_text(said) for _, said in asked])
        return answer_continuously(self.model, prompts, self.system.decoding, seconds)

    def _result(
        self, request: Request, turns: list[Answered], rows: int, seconds: float, continuous: bool
    ) -> Result:
        last = turns[-1]
        return Result(
            key=request.key,
            answers=tuple(_texts(turns)),
            finish_reason=worst_reason([turn.finish_reason for turn in turns]),
            error=next((turn.error for turn in turns if turn.error), None),
            meta={
                "batching": "continuous" if continuous else "static",
                "batch": {"rows": rows, "width": last.width, "split_to": last.rows},
                "prompt_tokens": sum(turn.prompt_tokens for turn in turns),
                "new_tokens": sum(turn.new_tokens for turn in turns),
                "seconds": round(seconds, 4),
            },
        )

    def score(self, requests: Sequence[ScoreRequest], /) -> Iterator[Score]:
        """Log-probabilities of continuations: one forward pass, no tokens drawn."""
        return score_requests(self.model, requests, self.budget)

    def provenance(self) -> dict[str, Any]:
        """The model's, and how batches were made."""
        how = {None: "to be tried", True: "continuous", False: "static"}[self._continuous]
        tokens = "generate"
        if in_steps(self.model):
            tokens = "compiled steps" if self.system.compile else "steps"
        return {
            **self.model.provenance(),
            "batching": how,
            "batch_tokens": self.budget,
            "tokens": tokens,
        }

    def notes(self) -> tuple[str, ...]:
        """What was chosen after the trial, and why."""
        return tuple(self._notes)


def _texts(turns: Sequence[Answered]) -> list[str]:
    return [turn.text for turn in turns]
