"""What a run of a judge will ask for, told before it starts."""

from __future__ import annotations

import time
from collections.abc import Sequence

from annotation.schema import Record
from generation.backends.base import Backend
from generation.judges.asking import Asked, JudgeJob, request_of, style_of, weighing
from generation.judges.judgements import Judgement, files_with_judgements, read_judgements

CHARACTERS_A_TOKEN = 4
"""For the estimate before the start: about what tokenizers make of English."""


class Estimate(Record):
    """What a run will ask for, before it starts."""

    requests: int
    done_before: int
    pairs: int
    prompt_tokens: int
    most_new_tokens: int
    seconds: float | None
    measured: str = ""
    cost: float | None
    currency: str

    def sentence(self) -> str:
        """As it is told to whoever started the run."""
        parts = [f"{self.requests} requests about {self.pairs} pairs"]
        if self.done_before:
            parts[0] += f" ({self.done_before} done before)"
        parts.append(f"about {self.prompt_tokens:,} tokens of prompts")
        parts.append(f"at most {self.most_new_tokens:,} new ones")
        if self.seconds is not None:
            parts.append(f"{_duration(self.seconds)} {self.measured}")
        elif self.measured:
            parts.append(self.measured)
        if self.cost is not None:
            parts.append(f"at most about {self.cost:.2f} {self.currency}")
        return ", ".join(parts)


def estimate(job: JudgeJob, asked: Sequence[Asked], backend: Backend) -> Estimate:
    """Requests, tokens, time and money of what is left to do; one request is tried for the time."""
    judged = list(read_judgements(files_with_judgements(*job.named)))
    done = {each.key for each in judged}
    left = [each for each in asked if each.key not in done and not each.question.settled]
    characters = sum(each.characters for each in left)
    writes = style_of(job.judge).needs == "generate"
    new = len(left) * job.judge.decoding.max_new_tokens if writes else 0
    tokens, price = characters // CHARACTERS_A_TOKEN, job.judge.price
    seconds, measured = _time(left, judged, backend, job)
    return Estimate(
        requests=len(left),
        done_before=len(asked) - len(left),
        pairs=len({each.asking.pair.id for each in left}),
        prompt_tokens=tokens,
        most_new_tokens=new,
        seconds=seconds,
        measured=measured,
        cost=None if price is None else (tokens * price.prompt + new * price.reply) / 1e6,
        currency="" if price is None else price.currency,
    )


def _time(
    left: Sequence[Asked], judged: Sequence[Judgement], backend: Backend, job: JudgeJob
) -> tuple[float | None, str]:
    """Seconds for what is left, and how they are known: from a request tried, or those before.

    A server is not asked for a trial that nobody ordered, because it may have its price.
    """
    if left and job.judge.kind in ("hf", "reward"):
        return _tried(left, backend, job) * len(left), "at most, by one request tried alone"
    took = [float(each.meta["seconds"]) for each in judged if "seconds" in each.meta]
    if not left or job.judge.kind != "endpoint":
        return None, ""
    if not took:
        return None, "time unknown before a trial with --limit"
    each = sum(took) / len(took)
    return each * len(left) / job.judge.threads, f"by the {len(took)} requests before"


def _tried(left: Sequence[Asked], backend: Backend, job: JudgeJob) -> float:
    """Seconds for the request of middling length, asked by itself; its answer is thrown away."""
    backend.provenance()  # loads the weights, which is no part of the rate
    middling = sorted(left, key=lambda each: each.characters)[len(left) // 2]
    started = time.perf_counter()
    if style_of(job.judge).needs == "score":
        list(backend.score([weighing(middling)]))
    else:
        request = request_of(middling)
        plan = backend.plan([request])
        list(backend.generate([[request] for _ in plan.batches]))
    return time.perf_counter() - started


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
