"""What systems and people are called where their names must not be known."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from annotation.schema import content_hash


def blind_names(seed: str, systems: Iterable[str]) -> dict[str, str]:
    """S1, S2, ... for each system of a study that was never served, not by alphabet.

    `seed` is the study's key, so that every export has the same, or a secret. A study that was
    served has names of its own, drawn once (`Store.blind_names`).
    """
    drawn = sorted(systems, key=lambda name: content_hash([seed, name]))
    return {name: f"S{number}" for number, name in enumerate(drawn, start=1)}


def release_names(pseudonyms: Iterable[str], draw: Random) -> dict[str, str]:
    """A1, A2, ... for each annotator, in an order that says nothing of who came first."""
    drawn = sorted(pseudonyms)
    draw.shuffle(drawn)
    return {name: f"A{number}" for number, name in enumerate(drawn, start=1)}
