"""Batches, continuous batching and the loop on a GPU, against what its memory could feed at most.

`python -m benchmarks.generation --gpu`: random Llamas of 1.2 and 6.7 billion parameters in
bfloat16, 32 and 128 prompts of 384 tokens, 128 new tokens each. The roofline is the time to read
all weights and the cache once for each step, at the bandwidth measured on this very device.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from generation.backends.base import BackendLost
from generation.backends.batch import answer_batch
from generation.backends.continuous import answer_continuously
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
PROMPT_TOKENS, NEW_TOKENS, LOOPED = 384, 128, 2
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
        model = random_model(numbers, device)
        for rows in (32, 128):
            compare(shape, model, rows, bandwidth)
        del model
        torch.cuda.empty_cache()
    return 0


def random_model(numbers: dict[str, Any], device: torch.device) -> LocalModel:
    """A LocalModel around random weights, built on the device itself."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        config = LlamaConfig(**numbers, max_position_embeddings=4096, pad_token_id=0)
        config.save_pretrained(folder)
        a_tokenizer().save_pretrained(folder)
        system = System(name="bench", backend=f"hf:{folder}", dtype="bfloat16", device="cuda")
        model = LocalModel(system, folder)
    model.tokenizer.eos_token = None  # nothing may end early
    with device:
        # Not from_config on the meta device: that leaves the rotary table empty.
        network: Any = LlamaForCausalLM(config)
    model.adopt(network.to(torch.bfloat16))
    return model


def compare(shape: str, model: LocalModel, rows: int, bandwidth: float) -> None:
    """One line for each way."""
    decoding = Decoding(max_new_tokens=NEW_TOKENS)
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randint(3, 250, (rows, PROMPT_TOKENS), generator=generator).tolist()
    limit = roofline(model, rows, bandwidth)
    answer_batch(model, prompts[:1], [0], Decoding(max_new_tokens=4))
    loop = speed(lambda: answer_all_alone(model, prompts[:LOOPED], decoding), LOOPED)
    static = speed(lambda: answer_batch(model, prompts, [0] * rows, decoding), rows)
    line = f"{shape}, {rows} prompts: loop {loop:.0f} tokens/s, "
    line += f"static {static:.0f} ({static / loop:.0f} x, {static / limit:.0%} of the roofline)"
    try:
        free = speed(lambda: answer_continuously(model, prompts, decoding), rows)
        line += f", continuous {free:.0f} ({free / loop:.0f} x, {free / limit:.0%})"
    except BackendLost as error:
        line += f", continuous: {error}"
    print(f"{line}; roofline {limit:.0f}")


def answer_all_alone(model: LocalModel, prompts: list[list[int]], decoding: Decoding) -> None:
    """The loop of the published systems."""
    for prompt in prompts:
        answer_batch(model, [prompt], [0], decoding)


def speed(work: Callable[[], object], rows: int) -> float:
    """New tokens a second, the reading of the prompts included."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return rows * NEW_TOKENS / (time.perf_counter() - start)


def roofline(model: LocalModel, rows: int, bandwidth: float) -> float:
    """Tokens a second if every step did nothing but read the weights and the cache once."""
    config: Any = model.config
    head = config.hidden_size // config.num_attention_heads
    cache = 2 * config.num_hidden_layers * config.num_key_value_heads * head * 2
    weights = 2 * sum(weight.numel() for weight in model.network.parameters())
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
