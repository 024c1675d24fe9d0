"""Judging by labels and by likelihood against the ways of the published systems.

`python -m benchmarks.judges`

Both ways get the same model and pairs in one run. Without `--model` a random Llama of 145 million
parameters is used: what it says is nonsense, but it costs what a model costs. First the scores of
the parsers on replies that are hard to read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from annotation.formats.hhh import read_hhh
from annotation.schema import Pair, PairResponse, Prompt
from annotation.study import read_jsonl
from benchmarks.generation import random_llama
from benchmarks.judges_gpu import main as on_a_gpu
from benchmarks.judges_memory import peaks
from generation.backends.base import ScoreRequest
from generation.backends.hf import HfBackend
from generation.judges.prompts import load_prompt, spoken
from generation.keys import messages_of
from generation.systems import System
from tests.builders import a_criterion
from tests.generation.judges import oddities

DEMO = Path(__file__).parent.parent / "data" / "demo" / "pairs.jsonl"
"""The pairs whose lengths the figures are measured with."""

GPU_PAIRS = 384
"""Pairs that a GPU judges: some seconds' work."""


class Took(NamedTuple):
    """What a way of judging cost."""

    pairs: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Pairs per CPU-second."""
        return self.pairs / self.cpu_seconds

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs in {self.seconds:.1f} s and {self.cpu_seconds:.1f} CPU-s: "
            f"{self.rate:.3f} pairs/CPU-s"
        )


def timed(pairs: int, work: Callable[[], None]) -> Took:
    """What `work` on so many pairs costs."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(pairs, time.perf_counter() - wall, time.process_time() - cpu)


def parsers() -> None:
    """How the parsers do now, and how they did when they first met each set."""
    first = oddities.first_run()
    for name in ("oddities", "attacks"):
        for blind in (True, False):
            which = f"{name} {'blind' if blind else 'sighted'}"
            written = "before the parser" if blind else "after it"
            print(
                f"{name} written {written}: first run {first[which]}; now "
                f"{oddities.score(name, blind)}"
            )


def labels_asked(pairs: Sequence[Pair]) -> list[ScoreRequest]:
    """PandaLM's question on each pair, both orders: one label to be weighed after it."""
    prompt = load_prompt("pandalm", DEMO.parent)
    return [
        ScoreRequest(
            key=f"{pair.id}/{order}",
            messages=tuple(spoken(prompt, pair, a_criterion(), order)),
            continuations=tuple(prompt.labels.values()),
            of="labels",
        )
        for pair in pairs
        for order in (False, True)
    ]


def labels_against_replies(
    backend: HfBackend, pairs: Sequence[Pair], slow: int, new_tokens: int
) -> None:
    """`logit` against PandaLM's way: one prompt at a time, four beams, the first line used."""
    model = backend.model
    requests = labels_asked(pairs)
    list(backend.score(requests[:2]))

    def logit() -> None:
        assert all(score.error is None for score in backend.score(requests))

    def pandalm() -> None:
        for request in requests[: 2 * slow]:
            (ids,) = model.encode([model.prompt_text(request.messages)])
            inputs = torch.tensor([ids], device=model.device)
            with torch.inference_mode():
                row = model.network.generate(
                    input_ids=inputs,
                    attention_mask=torch.ones_like(inputs),
                    max_new_tokens=new_tokens,
                    num_beams=4,
                    do_sample=False,
                    early_stopping=True,
                )
            str(model.tokenizer.decode(row[0][len(ids) :])).strip().partition("\n")

    ours = timed(len(pairs), logit)
    print(f"logit, both orders: {ours}")
    theirs = timed(slow, pandalm)
    print(f"one prompt at a time, 4 beams, up to {new_tokens} new tokens, both orders: {theirs}")
    print(f"ratio: {ours.rate / theirs.rate:.0f} per CPU-second (aim: 50)")


def likelihoods(backend: HfBackend, whose: str, pairs: Sequence[Pair]) -> None:
    """`loglik` of both responses at once against one at a time with all positions' logits."""
    model = backend.model
    requests = [
        ScoreRequest(
            key=pair.id,
            messages=messages_of(pair.prompt),
            continuations=(pair.response_a.text, pair.response_b.text),
        )
        for pair in pairs
    ]
    list(backend.score(requests[:2]))
    rows = [
        (tuple(model.encode([model.prompt_text(each.messages)])[0]), tuple(own))
        for each in requests
        for own in model.encode(each.continuations)
    ]

    def alone() -> None:
        for prompt, own in rows:
            ids = torch.tensor([[*prompt, *own]], device=model.device)
            with torch.inference_mode():
                logits = model.network(ids).logits[0].float().log_softmax(-1)
            sum(float(logits[len(prompt) + n - 1, token]) for n, token in enumerate(own))

    def batched() -> None:
        assert all(score.error is None for score in backend.score(requests))

    prompts, own = (sum(len(row[place]) for row in rows) for place in (0, 1))
    ours, theirs = timed(len(pairs), batched), timed(len(pairs), alone)
    lengths = f"{prompts / len(rows):.0f} tokens of prompt, {own / len(rows):.0f} of response"
    print(f"loglik of {whose}, {lengths}: {ours}")
    print(f"one response at a time, all logits: {theirs}")
    print(f"ratio: {ours.rate / theirs.rate:.2f} per CPU-second (aim: 1.5)")
    ours_peak, every = peaks(backend.system, requests)
    print(
        f"peak memory beyond the model, measured: {ours_peak}; with all logits in batches {every}"
    )


def hhh_pairs(data: Path, count: int) -> list[Pair]:
    """HHH's examples, evenly from all of them: long dialogues, whose answers are mostly short."""
    with tempfile.TemporaryDirectory() as top:
        pairs = read_hhh([data], Path(top), 0).pairs
    return [pairs[place * len(pairs) // count] for place in range(count)]


def some_pairs(count: int) -> list[Pair]:
    """Pairs of the demo study, again with other names where there are too few."""
    demo = [pair for _, pair in read_jsonl(DEMO, Pair)]
    made = []
    for number in range(count):
        pair = demo[number % len(demo)]
        first = PairResponse(system=f"x{number}", text=pair.response_a.text)
        second = PairResponse(system="y", text=pair.response_b.text)
        prompt = Prompt(text=pair.prompt.text, input=pair.prompt.input)
        made.append(Pair(prompt=prompt, response_a=first, response_b=second))
    return made


def main() -> int:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a folder with a causal language model")
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--slow-pairs", type=int, default=1, help="for PandaLM's way; 0: not")
    parser.add_argument("--hhh", type=Path, help="HHH's task files: loglik on its lengths too")
    parser.add_argument("--new-tokens", type=int, default=512)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--gpu", action="store_true", help="a random 6.7B Llama on a GPU")
    args = parser.parse_args()
    if args.gpu:
        return on_a_gpu(labels_asked(some_pairs(GPU_PAIRS)))
    parsers()
    with tempfile.TemporaryDirectory() as top:
        folder = args.model.resolve() if args.model else random_llama(Path(top))
        system = System(
            name="judge",
            backend=f"hf:{folder}",
            device="cpu",
            dtype=args.dtype,
            template="plain",
        )
        backend = HfBackend(system, Path(top))
        parameters = sum(weight.numel() for weight in backend.model.network.parameters())
        print(f"model: {parameters / 1e6:.0f} million parameters, {args.dtype}, on the CPU")
        if args.slow_pairs:
            demo = some_pairs(args.pairs)
            labels_against_replies(backend, demo, args.slow_pairs, args.new_tokens)
        likelihoods(backend, "the demo", some_pairs(args.pairs))
        if args.hhh:
            likelihoods(backend, "HHH", hhh_pairs(args.hhh, args.pairs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
