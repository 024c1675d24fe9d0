"""The project's own files agree with each other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def pins(name: str) -> dict[str, str]:
    """Package to version of a requirements file, without the files it includes."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {one.name.lower(): str(one.specifier).removeprefix("==") for one in wanted}


def closure(names: set[str]) -> set[str]:
    """All that is installed with these packages, by what the installed ones say they need."""
    seen: set[str] = set()
    todo = set(names)
    while todo:
        name = todo.pop()
        seen.add(name)
        try:
            needed = [Requirement(each) for each in requires(name) or ()]
        except PackageNotFoundError:
            continue
        found = {
            one.name.lower()
            for one in needed
            if one.marker is None or one.marker.evaluate({"extra": ""})
        }
        todo |= found - seen
    return seen


def test_what_a_space_installs_does_not_pull_torch() -> None:
    assert not {"torch", "transformers", "ray"} & closure(set(pins("requirements.txt")))


@pytest.mark.parametrize("name", sorted(p.name for p in ROOT.glob("requirements*.txt")))
def test_every_direct_requirement_is_pinned(name: str) -> None:
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pins(name).values())


def test_the_pins_lie_in_the_ranges_that_the_project_supports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = [Requirement(each) for each in project["dependencies"]]
    ranges += [Requirement(each) for each in project["optional-dependencies"]["generation"]]
    pinned = {**pins("requirements.txt"), **pins("requirements-generation.txt")}
    outside = [
        one.name
        for one in ranges
        if not one.specifier.contains(pinned[one.name.lower()], prereleases=True)
    ]
    assert outside == []


def test_the_space_runs_the_gradio_that_is_pinned() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    front = readme.split("---")[1]
    assert f"sdk_version: {pins('requirements.txt')['gradio']}" in front
    assert "app_file: app.py" in front
