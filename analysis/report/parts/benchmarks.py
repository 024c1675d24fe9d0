"""Benchmark scores against people's and judges' rankings of the same systems."""

from __future__ import annotations

from dataclasses import replace

from analysis.estimates import Names
from analysis.report.document import Cell, Figure, Section, Value, section, table
from analysis.report.parts.agreement import MOST_DRAWN, first_of, forest
from analysis.report.parts.criteria import p_value
from analysis.report.pictures.axis import Axis
from analysis.report.rows import Rows

SHOWN = 40


def benchmarks(rows: Rows) -> Section:
    """One line a benchmark: how alike its ranking is to people's, and to each judge's."""
    name = "benchmark_kendall_tau"
    found = rows.named(name)
    keys = sorted({str(one.subject["benchmark"]) for one in found})
    judges = sorted({str(one.subject["judge"]) for one in found if "judge" in one.subject})
    body: list[tuple[Cell, ...]] = []
    for key in keys:
        people: Names = {"benchmark": key}
        row = rows.get(name, people)
        beside = [Value(rows.get(name, {"benchmark": key, "judge": one}), 2) for one in judges]
        body.append((key, Value(row, 2), p_value(row), *beside, row.n if row else 0))
    return section(
        "Benchmarks against people",
        _drawn(rows, keys),
        table(
            "Kendall's tau-b of benchmark scores with win rates (of ratings: with means)",
            ("benchmark", "people", "p, adjusted", *judges, "systems"),
            body,
            shown=SHOWN,
            rest="benchmarks",
        ),
    )


def _drawn(rows: Rows, keys: list[str]) -> Figure | None:
    """How alike each benchmark's ranking is to people's, the most first."""
    found = [(key, rows.known("benchmark_kendall_tau", {"benchmark": key})) for key in keys]
    drawn = [(key, row) for key, row in found if row is not None]
    drawn.sort(key=lambda one: -(one[1].value or 0.0))
    if len(drawn) < 2:
        return None
    said = "; ".join(f"{key} {Value(row, 2).text}" for key, row in drawn[:MOST_DRAWN])
    return Figure(
        "Kendall's tau-b of each benchmark's scores with people's, 1 where they rank the systems "
        f"alike and -1 where one reverses the other{first_of(len(drawn))}.",
        replace(
            forest(drawn[:MOST_DRAWN], digits=2), axis=Axis(-1, 1, (-1, -0.5, 0, 0.5, 1), 1, 0)
        ),
        f"Benchmarks and people: {said}.",
        table("Benchmarks", ("benchmark", "tau-b"), [(key, Value(row)) for key, row in drawn]),
        told=True,
    )
