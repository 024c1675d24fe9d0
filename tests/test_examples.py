"""The notebooks run, and print what stands in them; `python -m tests.test_examples` writes that."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def run(notebook: dict[str, Any]) -> list[str]:
    """What each code cell prints, in one namespace from top to bottom."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    for number, cell in enumerate(_code(notebook)):
        with redirect_stdout(io.StringIO()) as out:
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        printed.append(out.getvalue())
    return printed


def _code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def stored(cell: dict[str, Any]) -> str:
    """What the cell says that it prints."""
    return "".join(line for output in cell["outputs"] for line in output["text"])


def _stream(text: str) -> list[dict[str, Any]]:
    lines = text.splitlines(keepends=True)
    return [{"name": "stdout", "output_type": "stream", "text": lines}] if text else []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.stem))
def test_a_notebook_prints_what_stands_in_it(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert run(notebook) == [stored(cell) for cell in _code(notebook)]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


def main() -> None:
    """Run the notebooks and store what they print."""
    for path in NOTEBOOKS:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for number, (cell, text) in enumerate(zip(_code(notebook), run(notebook), strict=True)):
            cell["execution_count"] = number + 1
            cell["outputs"] = _stream(text)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
