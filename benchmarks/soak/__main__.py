"""Run the soak on SQLite, or on two replicas behind nginx with PostgreSQL; one line a figure.

    python -m benchmarks.soak [--database sqlite|postgresql] [--annotators 50] [--kills 20]

Exits with 1 on any violation. Everything stays on the loopback address; PostgreSQL is a server
of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from annotation.settings import database_url
from benchmarks.soak.run import Plan, soak
from tests.annotation import postgres


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'annotations.db'}"
        return
    with postgres.server() as url:
        with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE soak")
        yield database_url(folder, {"DATABASE_URL": url.format("soak")})


def main() -> int:
    """The status to exit with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=900, help="after which it is given up")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, empty_database(given.database, Path(name)) as url:
        plan = Plan(
            database_url=url,
            replicas=1 if given.database == "sqlite" else 2,
            annotators=given.annotators,
            pairs=given.pairs,
            kills=given.kills,
            seconds=given.seconds,
            proxy=given.database == "postgresql",
            seed=given.seed,
        )
        outcome = soak(Path(name), plan)
        if outcome.violations:
            log = (Path(name) / "app.log").read_text(encoding="utf-8", errors="replace")
            sys.stderr.write(log[-6000:])
    for what, value in outcome.figures.items():
        print(f"soak, {given.database}: {what}: {value:g}")
    for sentence in outcome.violations:
        print(f"soak, {given.database}: VIOLATION: {sentence}")
    print(f"soak, {given.database}: violations: {len(outcome.violations)}")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
