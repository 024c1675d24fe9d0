"""The tiny model, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generation.tiny import a_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama, its tokenizer and its chat template."""
    return a_tiny_model(tmp_path_factory.mktemp("tiny-model"))
