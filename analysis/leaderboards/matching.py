"""Which model of a leaderboard is which system of a study."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.leaderboards.reading import BenchmarkError, Scored, plain

SHOWN = 5


def scores_of(systems: Sequence[str], models: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """The scores of each benchmark by system, for those systems that have one.

    Names are alike where their letters and digits are; a name with the model's size goes before
    one without. Raises BenchmarkError where two rows are one system's, and where none is.
    """
    found: dict[str, dict[str, float]] = {}
    places: dict[tuple[str, str], str] = {}
    for system in systems:
        for model in _rows_of(system, models):
            for benchmark, score in model.scores.items():
                before = found.setdefault(benchmark, {})
                if before.get(system, score) != score:
                    raise BenchmarkError(
                        f"{model.where}: found another score of {system} for {benchmark} than in "
                        f"{places[benchmark, system]}, expected one; leave one of them out"
                    )
                before[system] = score
                places[benchmark, system] = model.where
    if not found:
        some = ", ".join(model.names[-1] for model in models[:SHOWN])
        raise BenchmarkError(
            f"found the models {some}{', ...' if len(models) > SHOWN else ''}, expected systems "
            f"of the study: {', '.join(systems)}"
        )
    return found


def _rows_of(system: str, models: Sequence[Scored]) -> list[Scored]:
    """The rows that call a model by the surest of its names that is the system's."""
    wanted = plain(system)
    ranked = [
        (place - len(model.names), model)
        for model in models
        for place, name in enumerate(model.names)
        if plain(name) == wanted
    ]
    surest = min((place for place, _ in ranked), default=0)
    return [model for place, model in ranked if place == surest]
