"""The mirror: what it costs a submission, how large its files are, how long a restart takes.

    python -m benchmarks.mirror [--pairs N] [--rounds N] [--large PAIRS]

Each figure is a ratio against the same thing without the mirror, or a plain way to do it, in one
run: submissions with and without the triggers that catch every change (the store alone, SQLite
with synchronous FULL), and a rebuild from files against a copy of the database file. Last the
memory that it takes to send an image of a study of PAIRS with 25 labels each, in pieces and all of
it in one commit, and to rebuild it, to and from the stand-in Hub in another process here: what a
network adds is not measured.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from annotation.assignment import Answer
from annotation.mirror import files
from annotation.mirror.files import Head, Part, check, images, written
from annotation.mirror.opening import open_mirrored
from annotation.mirror.pace import Pace, real_clocks
from annotation.mirror.sealing import Seal
from annotation.store import Given, Store
from annotation.store.rebuilding import rebuild
from benchmarks.exports import a_folder, fill
from benchmarks.resident import mib_at_most, mib_now
from tests.stand_in_hub import WRITER, running_hub

CRITERIA = ("conciseness", "clarity", "adherence", "formality", "overall")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=30)
SEAL = Seal("the secret of a benchmark")


def a_store(path: Path, pairs: int) -> Store:
    """A database with a study and ten annotators."""
    store = Store.open(f"sqlite:///{path}")
    places = {f"pair-{number}": number for number in range(pairs)}
    wanted, category = dict.fromkeys(places, 10), dict.fromkeys(places)
    store.register("mirror", 1, wanted, category, lambda: places, NOW)
    for number in range(10):
        store.add_annotator("mirror", f"a{number}", f"a{number}", f"hash {number}", NOW)
    return store


def label(store: Store, who: int, number: int) -> None:
    """Take a pair and submit five answers, as the page does it."""
    taken = store.take(who, f"token-{who}-{number}", NOW, LEASE, Random(number))
    assert taken is not None
    given = Given(
        submission_id=f"submission-{who}-{number}",
        answers=tuple(Answer(criterion=key, target="pair", choice="a") for key in CRITERIA),
        seconds=41.5,
        comment="The first one says why.",
        study_version=1,
    )
    store.submit(who, taken.token, given, NOW)


def submissions(folder: Path, pairs: int, rounds: int) -> tuple[float, float]:
    """Milliseconds a submission without and with the triggers; rounds alternate."""
    stores = [a_store(folder / "plain.db", pairs), a_store(folder / "caught.db", pairs)]
    stores[1].capture()
    took: tuple[list[float], list[float]] = ([], [])
    each = pairs // rounds
    for turn in range(rounds):
        for side, store in enumerate(stores):
            began = perf_counter()
            for number in range(turn * each, (turn + 1) * each):
                label(store, 1 + number % 10, number)
            took[side].append((perf_counter() - began) / each * 1000)
    for store in stores:
        store.close()
    return median(took[0]), median(took[1])


def restart(folder: Path) -> tuple[float, float, int]:
    """Seconds to copy the database file and to rebuild it from an image, and the image's bytes."""
    began = perf_counter()
    shutil.copyfile(folder / "caught.db", folder / "copy.db")
    copied = perf_counter() - began
    with closing(Store.open(f"sqlite:///{folder / 'caught.db'}")) as store, store.image() as image:
        parts = list(written(image, SEAL, 1, "", NOW))
        head = head_of(parts, image.revision)
    contents = {part.name: part.content for part in parts}
    began = perf_counter()
    names = check(head, contents.__getitem__, contents)
    rebuild(folder / "again.db", images(names, contents.__getitem__, SEAL), head.place)
    return copied, perf_counter() - began, sum(len(part.content) for part in parts)


def through_a_hub(path: Path, name: str, in_pieces: bool) -> tuple[float, float, float]:
    """MiB before, MiB at most, and seconds: open a mirrored database, and send what is due."""
    if not in_pieces:
        files.PIECE_BYTES = 2**40
    from annotation.hub.repository import Repository  # reads the Hub's address when it is loaded

    Store.open(f"sqlite:///{path.with_name('empty.db')}").close()  # what any process loads
    before, began = mib_now(), perf_counter()
    repository = Repository(name, WRITER)
    store, mirror = open_mirrored(path, repository, SEAL, Pace(), real_clocks())
    mirror.step()
    mirror.finish()
    store.close()
    if mirror.problem:
        raise SystemExit(mirror.problem)
    return before, mib_at_most(), perf_counter() - began


def large(folder: Path, pairs: int) -> list[str]:
    """A line for the image, and one for the rebuild."""
    a_folder(folder, pairs)
    path, again = folder / "annotations.db", folder / "again.db"
    labels = fill(f"sqlite:///{path}", folder)
    lines = []
    with running_hub() as hub:
        os.environ.update(HF_ENDPOINT=hub.url, HF_HUB_DISABLE_XET="1", HF_HOME=str(folder / "home"))
        for name, database, repository, in_pieces in (
            ("image sent in pieces", path, "lab/large", True),
            ("rebuilt from it", again, "lab/large", True),
            ("image sent in one commit", path, "lab/at-once", False),
        ):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                asked = pool.submit(through_a_hub, database, repository, in_pieces)
                before, most, seconds = asked.result()
            lines.append(
                f"{labels:,} labels, {name}: {most - before:.0f} MiB above {before:.0f}, "
                f"{seconds:.1f} s"
            )
        there = hub.repo("lab/large").head.files
        size = sum(len(content) for name, content in there.items() if "/log/" in name)
        commits = len(hub.repo("lab/large").commits)
    lines.append(f"{labels:,} labels: {size / 1e6:.0f} MB in {commits} commits")
    return lines


def head_of(parts: list[Part], revision: str) -> Head:
    """The head of a mirror that is one image."""
    last = parts[-1]
    return Head(
        first=1,
        last=last.sequence,
        sha256=last.digest,
        revision=revision,
        at=last.at,
        proof=SEAL.proof(),
    )


def main() -> None:
    """One line a figure."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--pairs", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--large", type=int, default=40_000)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="tiebreak-") as name:
        folder = Path(name)
        plain, caught = submissions(folder, args.pairs, args.rounds)
        copied, rebuilt, size = restart(folder)
    labels = args.pairs // args.rounds * args.rounds * len(CRITERIA)
    print(f"submit, without and with triggers: {plain:.2f} ms, {caught:.2f} ms")
    print(f"submit, with : without triggers: {caught / plain:.2f}")
    print(f"image of {labels} labels and {args.pairs} pairs: {size / 1e6:.1f} MB")
    print(f"image, bytes a label: {size / labels:.0f}")
    print(f"rebuild from the image: {rebuilt:.2f} s, {labels / rebuilt:.0f} labels/s")
    print(f"rebuild : copy of the database file: {rebuilt / copied:.0f}")
    with tempfile.TemporaryDirectory(prefix="tiebreak-") as name:
        for line in large(Path(name), args.large):
            print(line)


if __name__ == "__main__":
    main()
