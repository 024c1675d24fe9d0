"""What a child process runs, so that a test can kill it; it imports before it is forked."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from generation.judges.declared import Judge
from tests.generation.judges.studies import run

LOADED = (AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM)


def judge_here(folder: str, judge: str, name: str) -> None:
    """Judge everything that is left, in this process."""
    torch.set_num_threads(1)
    run(Path(folder), Judge.model_validate_json(judge), name=name)
