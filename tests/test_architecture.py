"""Imports point one way, and each heavy or impure thing has one home (CONTRIBUTING's picture)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("annotation", "analysis", "generation")

_RULES = (
    "annotation.schema",
    "annotation.assignment",
    "annotation.study",
    "annotation.known",
    "annotation.served",
    "annotation.store",
    "annotation.blind",
)
# Which of our modules a module may import; a name stands for all below it, the longest name counts.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "app": ("annotation",),
    "annotation.schema": (),
    "annotation.protocol": ("annotation.schema",),
    "annotation.study": ("annotation.schema", "annotation.protocol"),
    "annotation.assignment": ("annotation.schema", "annotation.protocol"),
    "annotation.settings": ("annotation.schema", "annotation.hub.address"),
    "annotation.sides": ("annotation.schema",),
    "annotation.durability": ("annotation.schema", "annotation.settings"),
    "annotation.known": ("annotation.schema", "annotation.assignment", "annotation.study"),
    "annotation.served": ("annotation.schema", "annotation.known", "annotation.study"),
    "annotation.store": ("annotation.schema", "annotation.assignment", "annotation.store"),
    "annotation.migrations": ("annotation.store.tables",),
    "annotation.blind": ("annotation.schema", "annotation.assignment", "annotation.store"),
    "annotation.view": _RULES,
    "annotation.quality": _RULES,
    "annotation.workflow": (
        *_RULES,
        "annotation.durability",
        "annotation.view",
        "annotation.quality",
        "annotation.workflow",
    ),
    "annotation.hub": ("annotation.schema", "annotation.settings", "annotation.hub"),
    "annotation.mirror": (
        "annotation.schema",
        "annotation.settings",
        "annotation.durability",
        "annotation.store",
        "annotation.hub",
        "annotation.mirror",
    ),
    "annotation.pages": (
        "annotation.schema",
        "annotation.study",
        "annotation.assignment",
        "annotation.settings",
        "annotation.durability",
        "annotation.store",
        "annotation.blind",
        "annotation.view",
        "annotation.workflow",
        "annotation.pages",
    ),
    "annotation.pages.researcher": ("annotation", "analysis"),
    "annotation.formats": ("annotation.schema", "annotation.study", "annotation.formats"),
    "annotation": tuple(
        f"annotation.{name}"
        for name in (
            "schema",
            "study",
            "known",
            "settings",
            "served",
            "store",
            "workflow",
            "formats",
            "export",
            "filed",
            "naming",
            "check",
            "sources",
            "sides",
            "arguments",
            "people",
            "protocol",
            "starting",
            "durability",
            "doctor",
            "hub",
            "mirror",
            "publishing",
        )
    ),
    "generation": ("annotation.schema", "annotation.study", "generation"),
    "generation.__main__": (
        "annotation.schema",
        "annotation.study",
        "annotation.hub.local",
        "generation",
    ),
    "analysis.__main__": (
        "annotation.schema",
        "annotation.study",
        "annotation.hub.local",
        "analysis",
    ),
    "analysis": ("annotation.schema", "annotation.study", "annotation.known", "analysis"),
}

# Where a library, or a kind of side effect, may stand.
HOMES: dict[str, tuple[str, ...]] = {
    "gradio": ("app", "annotation.pages"),
    "sqlmodel": ("annotation.store", "annotation.migrations"),
    "sqlalchemy": ("annotation.store", "annotation.migrations"),
    "alembic": ("annotation.store", "annotation.migrations"),
    "torch": ("generation.backends",),
    "transformers": ("generation.backends",),
    "huggingface_hub": ("generation.backends", "annotation.hub", "annotation.pages.login"),
    "httpx2": ("annotation.hub",),
    "cryptography": ("annotation.mirror.sealing",),
    "ray": ("generation.engine_ray",),
    "os.environ": ("annotation.settings",),
    "print": ("app", "annotation.__main__", "generation.__main__", "analysis.__main__"),
}


def modules() -> dict[str, Path]:
    """Dotted name to file, for every module of ours."""
    paths = [path for package in OURS for path in (ROOT / package).rglob("*.py")]
    paths += [path for path in (ROOT / "app.py",) if path.exists()]
    named = {path: path.relative_to(ROOT).with_suffix("").parts for path in paths}
    return {".".join(p for p in parts if p != "__init__"): path for path, parts in named.items()}


def imports(source: str) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it; `from x import y` gives x.y."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can read them"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def uses(source: str) -> Iterator[str]:
    """The side effects of `HOMES` that stand in a module."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            yield "print"
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
            yield "os.environ"


def within(name: str, place: str) -> bool:
    return name == place or name.startswith(f"{place}.")


def violations(module: str, source: str) -> list[str]:
    """What a module does that the picture does not allow, one sentence each."""
    found = []
    rule = max((name for name in MAY_IMPORT if within(module, name)), key=len)
    for name in imports(source):
        if name.split(".")[0] in OURS and not (
            any(within(name, allowed) for allowed in MAY_IMPORT[rule]) or within(name, module)
        ):
            found.append(f"{module} imports {name}")
    for name in [*imports(source), *uses(source)]:
        for thing, homes in HOMES.items():
            if within(name, thing) and not any(within(module, home) for home in homes):
                found.append(f"{module} uses {thing}")
    return found


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_point_one_way(module: str) -> None:
    assert violations(module, modules()[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("annotation.schema", "from annotation.study import Study"),
        ("annotation.study", "import annotation.store"),
        ("annotation.store.store", "from annotation.workflow import Workflow"),
        ("annotation.workflow", "from annotation.pages import text"),
        ("annotation.formats.tulu", "from annotation.store import Store"),
        ("analysis.labels", "from annotation.store import Store"),
        ("analysis.labels", "from annotation.formats import tulu"),
        ("analysis.report.compose", "from generation import pairing"),
        ("generation.responses", "from analysis import labels"),
        ("annotation.pages.annotate", "import analysis"),
        ("annotation.store.store", "from annotation.mirror.mirror import Mirror"),
        ("annotation.pages.mount", "from annotation.hub.repository import Repository"),
        ("annotation.workflow", "import gradio as gr"),
        ("analysis.labels", "from sqlmodel import Session"),
        ("generation.pairing", "import torch"),
        ("annotation.workflow", "import os\nos.environ['X']"),
        ("analysis.systems.ranking", "print('x')"),
    ],
)
def test_an_import_turned_round_is_found(module: str, line: str) -> None:
    assert len(violations(module, line)) == 1
