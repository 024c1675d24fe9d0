"""Benchmark scores against people's and judges' rankings of the same systems."""

from __future__ import annotations

from analysis.estimates import Names
from analysis.report.document import Cell, Section, Value, section, table
from analysis.report.parts.criteria import p_value
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
        table(
            "Kendall's tau-b of benchmark scores with win rates (of ratings: with means)",
            ("benchmark", "people", "p, adjusted", *judges, "systems"),
            body,
            shown=SHOWN,
            rest="benchmarks",
        ),
    )
