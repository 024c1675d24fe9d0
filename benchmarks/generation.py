"""Generation in batches against one prompt at a time, and resuming what is done.

`python -m benchmarks.generation`

Every figure names the model, the device and what it is compared with. Without `--model` a random
Llama of 145 million parameters is used: what it says is nonsense, but it costs what a model costs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from annotation.schema import Prompt, Response
from annotation.study import PROMPTS_FILE, append_jsonl, read_jsonl, write_jsonl
from generation.backends.base import Request
from generation.backends.batch import answer_batch
from generation.backends.hf import HfBackend
from generation.engines import Local
from generation.keys import identity_of, requests_of
from generation.ledger import files_of
from generation.responses import Job, load_prompts, respond
from generation.systems import Decoding, System

PROMPTS = Path(__file__).parent.parent / "data" / "prompts"
"""The prompts whose lengths the figures are measured with."""


class Took(NamedTuple):
    """What a way of answering cost."""

    tokens: int
    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.tokens} tokens in {self.seconds:.1f} s and {self.cpu_seconds:.1f} CPU-s: "
            f"{self.tokens / self.seconds:.1f} tokens/s, "
            f"{self.tokens / self.cpu_seconds:.1f} tokens/CPU-s"
        )


def timed(work: Callable[[], int]) -> Took:
    """`work` returns how many tokens it made."""
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return Took(tokens, time.perf_counter() - wall, time.process_time() - cpu)


def our_prompts(count: int) -> list[Prompt]:
    """The first prompts of each of our files in turn, so that all kinds are among them."""
    files = [
        [row for _, row in read_jsonl(path, Prompt)] for path in sorted(PROMPTS.glob("*.jsonl"))
    ]
    mixed = [
        file[place] for place in range(max(map(len, files))) for file in files if place < len(file)
    ]
    return mixed[:count]


def speed(backend: HfBackend, requests: Sequence[Request], decoding: Decoding, looped: int) -> None:
    """Our batches against the loop of the published systems, same prompts and tokens.

    The loop gets `looped` of the prompts, evenly from the shortest to the longest: one at a time,
    each costs what it costs whether the others are run or not.
    """
    model = backend.model
    plan = backend.plan(requests)
    batches = [[requests[place] for place in batch] for batch in plan.batches]
    warm = model.encode([model.prompt_text(requests[0].messages)])
    answer_batch(model, warm, [0], decoding.model_copy(update={"max_new_tokens": 4}))

    def batched() -> int:
        return sum(int(each.meta["new_tokens"]) for each in backend.generate(batches))

    every = sorted(model.encode([model.prompt_text(each.messages) for each in requests]), key=len)
    some = [every[(2 * place + 1) * len(every) // (2 * looped)] for place in range(looped)]

    def loop() -> int:
        made = 0
        for ids in some:
            inputs = torch.tensor([ids], device=model.device)
            with torch.inference_mode():
                row = model.network.generate(
                    input_ids=inputs,
                    attention_mask=torch.ones_like(inputs),
                    max_new_tokens=decoding.max_new_tokens,
                    do_sample=False,
                )
            made += row.shape[1] - len(ids)
        return made

    mean = sum(map(len, every)) / len(every)
    print(f"prompts of {mean:.0f} tokens on average, up to {len(every[-1])}")
    shapes = ", ".join(str(len(batch)) for batch in batches)
    ours = timed(batched)
    print(f"batches of {shapes} rows (budget {backend.budget} tokens): {ours}")
    print(f"padding: {plan.padding_share:.1%} of the prompt tokens")
    theirs = timed(loop)
    print(f"one prompt at a time, {looped} of them: {theirs}")
    if ours.tokens * looped != theirs.tokens * len(requests):
        print(f"the texts end at different places: {ours.tokens} and {theirs.tokens} tokens")
    by_wall = (ours.tokens / ours.seconds) / (theirs.tokens / theirs.seconds)
    by_cpu = (ours.tokens / ours.cpu_seconds) / (theirs.tokens / theirs.cpu_seconds)
    print(f"ratio: {by_cpu:.1f} per CPU-second, {by_wall:.1f} per second (aim on a CPU: 10)")


def resume(model: Path, count: int) -> None:
    """How long a finished run of `count` requests takes to see that nothing is left."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        system = System(name="done", backend=f"hf:{model}", device="cpu", template="plain")
        write_jsonl(folder / PROMPTS_FILE, (Prompt(id=f"p{n}", text=_PROSE) for n in range(count)))
        backend = HfBackend(system, folder)
        identity = identity_of(system, backend.revision, backend.template)
        rows = [
            Response(
                prompt_id=each.prompt_id,
                system="done",
                text=_PROSE * 8,
                finish_reason="stop",
                meta={"key": each.key, "run": "earlier", "sample": 0, "seed": each.seed},
            )
            for each in requests_of(identity, load_prompts(folder))
        ]
        append_jsonl(files_of(folder, "done").responses, rows)
        megabytes = files_of(folder, "done").responses.stat().st_size / 1e6
        start, cpu = time.perf_counter(), time.process_time()
        prompts = load_prompts(folder)
        read = time.process_time()
        job = Job(folder=folder, system=system, prompts=prompts, run="again")
        manifest, _ = respond(job, backend, Local(), lambda: datetime.now(UTC))
        seconds, used = time.perf_counter() - start, time.process_time() - cpu
        assert manifest.counts.done_before == count
        print(
            f"resume: {used:.2f} CPU-s, {seconds:.2f} s, for {count} done keys, {megabytes:.0f} MB "
            f"of responses ({read - cpu:.2f} CPU-s of it to read the prompts; aim: 2 s)"
        )


_PROSE = "The river had risen in the night, and nobody in the village could say how far. "


def learnt_tokenizer() -> PreTrainedTokenizerFast:
    """Byte pairs learnt from our prompts, about four letters each as with published tokenizers.

    With a token a byte, as in the tests, prompts would be four times as long as they are to a
    real model, and reading them would cost more than answering.
    """
    from tests.generation.tiny import TEMPLATE

    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learnt.decoder = decoders.ByteLevel()
    made: Any = trainers.BpeTrainer  # its constructor has no types
    trainer = made(
        vocab_size=3_000,
        special_tokens=["<pad>", "<bos>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learnt.train_from_iterator((prompt.text for prompt in our_prompts(10_000)), trainer)
    untyped: Any = PreTrainedTokenizerFast
    fast: PreTrainedTokenizerFast = untyped(
        tokenizer_object=learnt, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>"
    )
    fast.chat_template = TEMPLATE
    return fast


def random_llama(folder: Path) -> Path:
    """A Llama of 145 million parameters in bfloat16, with a tokenizer learnt from our prompts."""
    tokenizer = learnt_tokenizer()
    config = LlamaConfig(
        vocab_size=32_000,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=16,
        num_attention_heads=12,
        num_key_value_heads=4,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=None,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    network: Any = LlamaForCausalLM(config)
    network.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation", description=__doc__)
    parser.add_argument("--model", type=Path, help="a folder with a causal language model")
    parser.add_argument("--template", default=None, help="its chat template, where it has none")
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--looped", type=int, default=8, help="prompts that the loop answers")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--done", type=int, default=100_000, help="keys of the resumed run")
    parser.add_argument("--gpu", action="store_true", help="random 1.2B and 6.7B Llamas on a GPU")
    args = parser.parse_args()
    if args.gpu:
        from benchmarks.generation_gpu import main as on_a_gpu

        return on_a_gpu()
    with tempfile.TemporaryDirectory() as top:
        model = (args.model or random_llama(Path(top))).resolve()
        decoding = Decoding(max_new_tokens=args.tokens)
        system = System(
            name="bench",
            backend=f"hf:{model}",
            dtype=args.dtype,
            device="cpu",
            template=args.template,
            decoding=decoding,
        )
        backend = HfBackend(system, Path(top))
        # Nothing may end early, so that both ways make the same number of tokens.
        backend.model.network.generation_config.eos_token_id = None
        backend.model.tokenizer.eos_token = None
        told = backend.provenance()
        print(
            f"model: {told['architecture']}, {told['parameters'] / 1e6:.0f}M parameters, "
            f"{told['dtype']} on {told['device']}, {torch.get_num_threads()} threads; "
            f"{args.prompts} of our prompts, {args.tokens} new tokens each"
        )
        identity = identity_of(system, backend.revision, backend.template)
        speed(
            backend, list(requests_of(identity, our_prompts(args.prompts))), decoding, args.looped
        )
        resume(model, args.done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
