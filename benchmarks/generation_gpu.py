"""Batches, continuous batching and the loop on a GPU, against what its memory could feed at most.

`python -m benchmarks.generation --gpu`: random Llamas of 1.2 and 6.7 billion parameters in
bfloat16, 32 and 128 prompts of 384 tokens, 128 new tokens each. The roofline is the time to read
the weights and the cache once for each step, at the bandwidth measured on this very device; reading
the prompts is no part of it, so each share is given with that time and without it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from generation.backends.base import BackendLost
from generation.backends.batch import answer_batch
from generation.backends.continuous import answer_continuously
from generation.backends.hf import HfBackend
from generation.backends.model import LocalModel
from generation.systems import Decoding, System
from tests.generation.tiny import a_tokenizer

SHAPES: dict[str, dict[str, Any]] = {
    "1.2B": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128_256,
        "tie_word_embeddings": True,
    },
    "6.7B": {
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": 32_000,
    },
}
ROWS, PROMPT_TOKENS, NEW_TOKENS, TIMES = (32, 128), 384, 128, 3
"""Prompts at a time, their tokens, new ones, and runs of which the fastest counts: in the first one
kernels are chosen and built for the shapes that it meets, at every token where the cache grows."""

LOOPED = 2
"""Of the loop only so many prompts are run: each costs the same."""


def main() -> int:
    """Print the figures, or say that there is no GPU."""
    if not torch.cuda.is_available():
        print("no GPU here: torch.cuda.is_available() is false, so nothing was measured")
        return 1
    device = torch.device("cuda")
    bandwidth = measured_bandwidth(device)
    name = torch.cuda.get_device_name(device)
    print(f"{name}, torch {torch.__version__}, {bandwidth / 1e12:.2f} TB/s measured by copying")
    for shape, numbers in SHAPES.items():
        model = random_backend(numbers, device, a_tokenizer()).model
        cases = [Case.of(shape, model, rows, bandwidth) for rows in ROWS]
        for case in cases:
            case.compare()
        model.system = model.system.model_copy(update={"compile": True})
        model.adopt(model.network)
        for case in cases:
            case.tell("compiled static batch", case.batch)
        del model
        torch.cuda.empty_cache()
    return 0


def random_backend(
    numbers: dict[str, Any], device: torch.device, tokenizer: PreTrainedTokenizerFast
) -> HfBackend:
    """A backend around random weights, built on the device itself; nothing ends early."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        config = LlamaConfig(
            **numbers, max_position_embeddings=4096, pad_token_id=0, eos_token_id=None
        )
        config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        system = System(name="bench", backend=f"hf:{folder}", dtype="bfloat16", device=str(device))
        backend = HfBackend(system, folder)
    backend.model.tokenizer.eos_token = None
    with device:
        # Not from_config on the meta device: that leaves the rotary table empty.
        network: Any = LlamaForCausalLM(config)
    backend.model.adopt(network.to(torch.bfloat16))
    return backend


class Case(NamedTuple):
    """Prompts that a model is to answer, and what they are compared with, in tokens a second."""

    name: str
    model: LocalModel
    prompts: list[list[int]]
    limit: float
    loop: float

    @classmethod
    def of(cls, shape: str, model: LocalModel, rows: int, bandwidth: float) -> Case:
        """Random prompts, and the loop of the published systems on some of them."""
        generator = torch.Generator().manual_seed(0)
        prompts = torch.randint(3, 250, (rows, PROMPT_TOKENS), generator=generator).tolist()
        limit = roofline(model, rows, bandwidth)
        took = fastest(lambda: one_by_one(model, prompts[:LOOPED], NEW_TOKENS))
        loop = LOOPED * NEW_TOKENS / took
        name = f"{shape}, {rows} prompts"
        print(f"{name}: roofline {limit:.0f} tokens/s, one prompt at a time {loop:.1f}")
        return cls(name, model, prompts, limit, loop)

    def compare(self) -> None:
        """One line for each way."""
        self.tell("generate in one batch", lambda most: together(self.model, self.prompts, most))
        self.tell("static batch", self.batch)
        self.tell("static batch, drawn", lambda most: self.batch(most, temperature=1.0))
        self.tell("continuous", self.continuous)

    def batch(self, most: int, temperature: float = 0.0) -> None:
        """As a system answers them."""
        decoding = Decoding(max_new_tokens=most, temperature=temperature)
        answer_batch(self.model, self.prompts, range(len(self.prompts)), decoding)

    def continuous(self, most: int) -> None:
        """Without fixed batches."""
        answer_continuously(self.model, self.prompts, Decoding(max_new_tokens=most))

    def tell(self, way: str, work: Callable[[int], None]) -> None:
        """One line: the speed with and without the time in which the prompts are read."""
        try:
            first = seconds(lambda: work(NEW_TOKENS))
            took = fastest(lambda: work(NEW_TOKENS))
        except BackendLost as error:
            print(f"  {self.name}, {way}: {error}")
            return
        reading = fastest(lambda: work(1))
        speed = len(self.prompts) * NEW_TOKENS / took
        steps = len(self.prompts) * (NEW_TOKENS - 1) / (took - reading)
        print(
            f"  {self.name}, {way}: {speed:.0f} tokens/s, {speed / self.loop:.0f} times the loop, "
            f"{speed / self.limit:.0%} of the roofline; {steps / self.limit:.0%} without the time "
            f"to read the prompts, {reading * 1e3:.0f} ms of {took * 1e3:.0f} "
            f"(the first time {first:.1f} s)",
            flush=True,
        )


def one_by_one(model: LocalModel, prompts: list[list[int]], new_tokens: int) -> None:
    """The loop of the published systems."""
    for prompt in prompts:
        together(model, [prompt], new_tokens)


def together(model: LocalModel, prompts: list[list[int]], new_tokens: int) -> None:
    """Prompts of one length through transformers' own loop."""
    ids = torch.tensor(prompts, device=model.device)
    with torch.inference_mode():
        model.network.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=model.likeliest(new_tokens),
        )


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes until the device is done with it."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def fastest(work: Callable[[], object]) -> float:
    """The least seconds of some runs."""
    return min(seconds(work) for _ in range(TIMES))


def roofline(model: LocalModel, rows: int, bandwidth: float) -> float:
    """Tokens a second if every step did nothing but read the weights and the cache once."""
    config: Any = model.config
    head = config.hidden_size // config.num_attention_heads
    cache = 2 * config.num_hidden_layers * config.num_key_value_heads * head * 2
    weights = 2 * sum(weight.numel() for weight in model.network.parameters())
    if not config.tie_word_embeddings:
        # Of the table of tokens a step reads a row for each prompt.
        weights -= 2 * config.vocab_size * config.hidden_size
    step = weights + rows * cache * (PROMPT_TOKENS + NEW_TOKENS / 2)
    return float(rows * bandwidth / step)


def measured_bandwidth(device: torch.device) -> float:
    """Bytes a second that the memory moves: a large copy reads and writes."""
    source = torch.empty(2**31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    target.copy_(source)
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(10):
        target.copy_(source)
    torch.cuda.synchronize()
    return 10 * 2 * source.numel() / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
