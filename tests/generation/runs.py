"""What a child process runs, so that a test can kill it; it imports before it is forked."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from generation.responses import load_prompts
from generation.systems import load_systems
from tests.generation.studies import run


def respond_here(folder: str, name: str) -> None:
    """Answer everything that is left, in this process."""
    torch.set_num_threads(1)
    (system,) = load_systems(Path(folder))
    load_prompts(Path(folder))
    run(Path(folder), system, name=name)


# transformers loads its classes when they are first named, which takes a second.
LOADED = (AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM)
