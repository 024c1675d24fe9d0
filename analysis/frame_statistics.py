"""Single statistics of a frame with one row a label or one row a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.agreement.alpha import Level
from analysis.agreement.coefficients import COEFFICIENTS, coefficient, intervals, similarity
from analysis.arrays import Floats
from analysis.estimates import TooFewLabels
from analysis.frames import PREFERENCES, FrameError, fitting_scale, need
from analysis.resampling.resample import Bootstrap
from analysis.resampling.tally import Tally
from analysis.systems.bradley_terry import ELO_MEAN, ELO_SCALE, Comparisons
from analysis.systems.bradley_terry import bradley_terry as fitted
from analysis.systems.contrasts import ranks
from annotation.schema import Scale

PREFERENCE_VALUES = {
    choice: value
    for kind in PREFERENCES
    for choice, value in Scale.model_validate({"kind": kind}).values.items()
}


def krippendorff_alpha(
    labels: pd.DataFrame,
    level: Level = "ordinal",
    *,
    unit: str = "pair_id",
    annotator: str = "annotator",
    choice: str = "choice",
    values: Mapping[Any, float] | None = None,
) -> float:
    """Krippendorff's alpha of a frame with one row a label: 1 full agreement, 0 chance.

    unit, annotator, choice: names of columns. values: what each choice stands for; numbers stand
    for themselves and the choices of the preference scales have their values. Nominal alpha needs
    none. Raises FrameError, and TooFewLabels where alpha is undefined.
    """
    tally = _tally(labels, unit, annotator, choice, values, nominal=level == "nominal")
    return coefficient(f"krippendorff_alpha_{level}", tally)


def agreement_table(
    labels: pd.DataFrame,
    *,
    unit: str = "pair_id",
    annotator: str = "annotator",
    choice: str = "choice",
    cluster: str | None = None,
    values: Mapping[Any, float] | None = None,
    bootstrap: Bootstrap | None = None,
) -> pd.DataFrame:
    """Every agreement coefficient with its 95% interval: a row each, `value`, `low`, `high`, `n`.

    cluster: the column of what is resampled, such as the prompt; by default the unit. What is
    undefined is missing, and `reason` says why. `n` counts units with two labels or more.
    """
    tally = _tally(labels, unit, annotator, choice, values, nominal=False)
    first = labels.drop_duplicates(unit)
    codes = pd.factorize(first[cluster or unit])[0]
    chosen = bootstrap or Bootstrap()
    found = intervals(tally, codes, chosen, chosen.generator("agreement"))
    rows = []
    for name in COEFFICIENTS:
        row: dict[str, Any] = {"statistic": name, "n": tally.pairable, "reason": None}
        try:
            row["value"] = coefficient(name, tally)
            row["low"], row["high"] = found[name].low, found[name].high
        except TooFewLabels as undefined:
            row["reason"] = str(undefined)
        rows.append(row)
    columns = ["statistic", "value", "low", "high", "n", "reason"]
    return pd.DataFrame(rows, columns=columns).set_index("statistic")


def cohen_kappa(
    labels: pd.DataFrame,
    one: str,
    other: str,
    weights: int | None = None,
    *,
    unit: str = "pair_id",
    annotator: str = "annotator",
    choice: str = "choice",
    values: Mapping[Any, float] | None = None,
) -> float:
    """Cohen's kappa of two annotators over the units that both labelled; -1 to 1.

    weights: 1 linear, 2 quadratic, over the places of the choices ordered by their values. Raises
    FrameError, and TooFewLabels where kappa is undefined.
    """
    both = labels[labels[annotator].isin([one, other])]
    tally_values = _values(labels[choice], values, nominal=weights is None)
    table = both.pivot(index=unit, columns=annotator, values=choice)
    if one not in table or other not in table or table[[one, other]].dropna().empty:
        raise TooFewLabels(f"{one} and {other} share no {unit}")
    shared = table[[one, other]].dropna()
    place = {name: code for code, name in enumerate(sorted(tally_values, key=tally_values.get))}  # type: ignore[arg-type]
    like = np.eye(len(place)) if weights is None else similarity(len(place), weights)
    counts = np.zeros((len(place), len(place)))
    np.add.at(counts, (shared[one].map(place).to_numpy(), shared[other].map(place).to_numpy()), 1)
    share = counts / counts.sum()
    observed = float((share * like).sum())
    expected = float(share.sum(axis=1) @ like @ share.sum(axis=0))
    if 1 - expected < 1e-12:
        raise TooFewLabels(f"{one} and {other} always chose one same choice")
    return (observed - expected) / (1 - expected)


def _tally(
    labels: pd.DataFrame,
    unit: str,
    annotator: str,
    choice: str,
    values: Mapping[Any, float] | None,
    *,
    nominal: bool,
) -> Tally:
    need(labels, (unit, annotator, choice), "labels")
    twice = labels.duplicated([unit, annotator])
    if twice.any():
        where = labels.loc[twice].iloc[0]
        raise FrameError(f"labels: {where[annotator]} labelled {where[unit]} more than once")
    place = _values(labels[choice], values, nominal=nominal)
    names = list(place)
    codes = labels[choice].map({name: code for code, name in enumerate(names)}).to_numpy(np.int64)
    units = pd.factorize(labels[unit])[0].astype(np.int64)
    size = int(units.max(initial=-1)) + 1
    counts = np.bincount(units * len(names) + codes, minlength=size * len(names))
    return Tally.of(counts.reshape(size, len(names)), np.array(list(place.values()), np.float64))


def _values(
    column: pd.Series[Any], values: Mapping[Any, float] | None, *, nominal: bool
) -> dict[Any, float]:
    """Each choice and its value, in the order of the values."""
    found = list(pd.unique(column))
    if values is None and all(one in PREFERENCE_VALUES for one in found):
        kind = fitting_scale(str(column.name), set(found))
        values = Scale.model_validate({"kind": kind}).values
    elif values is None and pd.api.types.is_numeric_dtype(column):
        values = {one: float(one) for one in found}
    elif values is None and nominal:
        values = {one: float(place) for place, one in enumerate(sorted(found, key=str))}
    if values is None:
        raise FrameError(f"{column.name}: say what the choices stand for, such as values={{...}}")
    unknown = [one for one in found if one not in values]
    if unknown:
        raise FrameError(f"{column.name}: found {unknown[0]!r}, expected one of {list(values)}")
    return dict(sorted(((one, float(value)) for one, value in values.items()), key=lambda v: v[1]))


def bradley_terry(
    games: pd.DataFrame,
    *,
    first: str = "system_a",
    second: str = "system_b",
    choice: str = "choice",
    cluster: str | None = None,
) -> pd.DataFrame:
    """Strengths of systems from comparisons, the strongest first: a row a system.

    choice: who won, as in a preference scale (a is `first`), or numbers: 1 where the first won, 0.5
    for a tie, 0 where it lost. cluster: the column of what comparisons belong together, such as the
    prompt; by default none do. Columns: `strength` (log, mean 0), `error`, `low`, `high`, `elo`,
    `rank`; `attrs["regularised"]` says whether some systems never lost to others.
    Raises FrameError, and TooFewLabels where systems were never compared.
    """
    need(games, (first, second, choice), "games")
    names = np.array(sorted({*games[first].astype(str), *games[second].astype(str)}))
    found = fitted(
        Comparisons(
            np.searchsorted(names, games[first].astype(str).to_numpy(str)),
            np.searchsorted(names, games[second].astype(str).to_numpy(str)),
            _scores(games[choice]),
            np.arange(len(games)) if cluster is None else pd.factorize(games[cluster])[0],
        ),
        len(names),
    )
    reach = np.full(len(names), np.nan)
    if found.clusters > 1:
        reach = stdtrit(found.clusters - 1, 0.975) * found.error
    table = pd.DataFrame(
        {
            "strength": found.log_strength,
            "error": found.error,
            "low": found.log_strength - reach,
            "high": found.log_strength + reach,
            "elo": ELO_MEAN + ELO_SCALE * found.log_strength,
            "rank": ranks(found.log_strength),
        },
        index=pd.Index(names.tolist(), name="system"),
    ).sort_values("strength", ascending=False)
    table.attrs["regularised"] = found.regularised
    return table


def _scores(column: pd.Series[Any]) -> Floats:
    if pd.api.types.is_numeric_dtype(column):
        scores = column.to_numpy(np.float64)
        if not np.isin(scores, (0.0, 0.5, 1.0)).all():
            raise FrameError(f"{column.name}: found {scores[~np.isin(scores, (0, 0.5, 1))][0]:g}")
        return scores
    unknown = sorted({str(one) for one in column} - set(PREFERENCE_VALUES))
    if unknown:
        raise FrameError(f"{column.name}: found {unknown[0]!r}, expected a preference's choice")
    side = np.sign(column.map(PREFERENCE_VALUES).to_numpy(np.float64))
    scores_of_first: Floats = (1 - side) / 2
    return scores_of_first
