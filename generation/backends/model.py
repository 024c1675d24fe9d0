"""A causal language model with its tokenizer and chat template, loaded from what a system names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from annotation.schema import Turn
from generation.backends.base import BackendRefused
from generation.backends.compiling import compiled
from generation.backends.templates import template_hash, template_text
from generation.backends.weights import Weights, find_weights
from generation.systems import System


class LocalModel:
    """The tokenizer and configuration at once; the weights when first needed."""

    loader: Any = AutoModelForCausalLM

    def __init__(self, system: System, folder: Path, cache: Path | None = None) -> None:
        self.system = system
        self.device = torch.device(_device(system))
        self.weights: Weights = find_weights(system, folder, cache)
        source, options = self.weights.source, self.weights.load_options
        try:
            self.config = AutoConfig.from_pretrained(source, **options)
            self.tokenizer = AutoTokenizer.from_pretrained(source, padding_side="left", **options)
        except (OSError, ValueError, ImportError) as error:
            raise _unloadable(system, error) from None
        self.template = template_text(
            system.template, self.tokenizer.chat_template, folder, system.name
        )
        self._network: Any = None
        self._step: Callable[..., Any] | None = None
        self._published: dict[str, Any] = {}

    @property
    def network(self) -> Any:
        """The model itself, in evaluation mode on its device."""
        return self._load() if self._network is None else self._network

    def _load(self) -> Any:
        source, options = self.weights.source, dict(self.weights.load_options)
        _quietly()
        dtype = "auto" if self.system.dtype == "auto" else getattr(torch, self.system.dtype)
        # transformers 5.17 has no such class and always unpacks GGUF weights.
        if self.weights.gguf_file and hasattr(transformers, "GgufConfig"):
            options["quantization_config"] = transformers.GgufConfig(dequantize=True)
        try:
            network: Any = self.loader.from_pretrained(source, dtype=dtype, **options)
        except (OSError, ValueError, ImportError) as error:
            raise _unloadable(self.system, error) from None
        return self.adopt(network)

    def adopt(self, network: Any) -> Any:
        """Take a loaded model as this one's weights."""
        network = network.to(self.device).eval()
        self._published = network.generation_config.to_diff_dict()
        # What a system does is what systems.toml says: of the published decoding only the end
        # tokens stay, and `provenance` tells what was left out.
        network.generation_config = _settings(self.end_tokens(network), self.pad_token)
        self._network = network
        self._step = compiled(network, self.system.name) if self.system.compile else None
        return network

    @property
    def step(self) -> Callable[..., Any] | None:
        """What runs in the place of the network once prompts are read, where it is compiled."""
        return self._step

    def likeliest(self, new_tokens: int) -> GenerationConfig:
        """Up to `new_tokens` tokens, each the likeliest after what processors make of it."""
        return _settings(
            self.end_tokens(), self.pad_token, do_sample=False, max_new_tokens=new_tokens
        )

    def end_tokens(self, network: Any = None) -> set[int]:
        """The ids after which an answer is over."""
        published = (network or self.network).generation_config.eos_token_id
        listed = published if isinstance(published, list) else [published]
        return {token for token in [*listed, self.tokenizer.eos_token_id] if token is not None}

    @property
    def pad_token(self) -> int:
        """An id for padding; what it is does not matter, because padding is masked."""
        return next(
            (
                token
                for token in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
                if token is not None
            ),
            0,
        )

    @property
    def context(self) -> int | None:
        """How many tokens of prompt and answer the model can take; None where it does not say."""
        text = self.config.get_text_config(decoder=True)
        return getattr(text, "max_position_embeddings", None)

    def prompt_text(self, messages: Sequence[Turn], *, answered: bool = False) -> str:
        """A dialogue in the words of the chat template, ready for the answer, or with it."""
        plain = [{"role": turn.role, "content": turn.text} for turn in messages]
        try:
            text = self.tokenizer.apply_chat_template(
                plain,
                chat_template=self.template,
                add_generation_prompt=not answered,
                tokenize=False,
            )
        except jinja2.TemplateError as error:
            roles = ", ".join(turn.role for turn in messages)
            raise BackendRefused(
                f"the chat template of system {self.system.name!r} refuses the turns "
                f"{roles}: {error}"
            ) from None
        return str(text)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text; templates write the first token themselves, so none is added."""
        if not texts:
            return []
        ids = self.tokenizer(list(texts), add_special_tokens=False, padding=False)["input_ids"]
        return [list(row) for row in ids]

    def provenance(self) -> dict[str, Any]:
        """Everything about the model that decides its answers; JSON."""
        network = self.network
        left_out = {name: value for name, value in self._published.items() if name in _DECIDING}
        return {
            "source": self.weights.source,
            "revision": self.weights.revision,
            "gguf_file": self.weights.gguf_file,
            "architecture": type(network).__name__,
            "parameters": sum(weight.numel() for weight in network.parameters()),
            "device": _device_name(self.device),
            "dtype": str(network.dtype).removeprefix("torch."),
            "attention": getattr(network.config, "_attn_implementation", None),
            "template_sha256": template_hash(self.template),
            "tokenizer_sha256": template_hash(
                json.dumps(
                    [type(self.tokenizer).__name__, sorted(self.tokenizer.get_vocab().items())]
                )
            ),
            "end_tokens": sorted(self.end_tokens()),
            "published_decoding_not_applied": left_out,
            "libraries": {"torch": torch.__version__, "transformers": transformers.__version__},
        }


def _settings(ends: set[int], pad: int, **options: Any) -> GenerationConfig:
    made: Any = GenerationConfig  # its constructor has no types
    config: GenerationConfig = made(eos_token_id=sorted(ends), pad_token_id=pad, **options)
    return config


def _device(system: System) -> str:
    if system.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if system.device.startswith("cuda") and not torch.cuda.is_available():
        raise BackendRefused(f"system {system.name!r} asks for {system.device}, found no CUDA here")
    return system.device


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def _unloadable(system: System, error: Exception) -> BackendRefused:
    reason = str(error).strip().splitlines()[0]
    return BackendRefused(f"system {system.name!r}: {system.where} cannot be loaded: {reason}")


_DECIDING = {
    "do_sample",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "num_beams",
    "length_penalty",
    "suppress_tokens",
    "bad_words_ids",
}
"""What a published generation config may say of how tokens are chosen."""


def _quietly() -> None:
    """Without transformers' own bar for loading weights, which would break ours in two."""
    untyped: Any = transformers.utils.logging.disable_progress_bar
    untyped()


def out_of_memory(error: RuntimeError) -> bool:
    """Whether that is what went wrong; on a CPU torch has no exception of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
