"""The command that publishes a study as a dataset of the Hub, or writes its files to a folder."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from annotation.formats.arguments import BadArgument, Commands, Subcommand, command
from annotation.formats.imported import refuse_if_taken
from annotation.formats.progress import Progress
from annotation.publishing.dataset import Release
from annotation.settings import database_url
from annotation.sources import find_labels
from annotation.study import load_study

NAMELESS = "ORG/NAME"


def publishing(args: argparse.Namespace, progress: Progress) -> Iterator[str]:
    """Publish, or write to a folder; one line that says what came where."""
    if bool(args.repo) == bool(args.out):
        raise BadArgument("publish: expected one of --repo ORG/NAME and --out FOLDER")
    study = load_study(args.study)
    url = None if args.source == "labels" else database_url(args.study)
    now = datetime.now(UTC).replace(microsecond=0)
    with find_labels(study, url) as found:
        release = Release(
            study=study,
            found=found,
            repository=args.repo or NAMELESS,
            unblind=args.unblind,
            comments=args.comments,
            licence=args.licence,
            seed=randbits(128),
            progress=progress,
        )
        yield _to_hub(release, args, now) if args.repo else _to_folder(release, args, now)


def _to_hub(release: Release, args: argparse.Namespace, now: datetime) -> str:
    from annotation.hub.repository import Repository, own_token, without_bars  # slow to load
    from annotation.publishing.publish import publish

    if not sys.stderr.isatty():
        without_bars()
    repository = Repository(args.repo, own_token())
    with TemporaryDirectory(prefix="tiebreak-") as folder:
        place = Path(folder)
        return publish(release, place, repository, now, note=args.note, public=args.public)


def _to_folder(release: Release, args: argparse.Namespace, now: datetime) -> str:
    from annotation.publishing.publish import write_release

    out = args.out.resolve()
    refuse_if_taken(out)
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        facts = write_release(release, partial, args.note or "First release", now)
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    rows = ", ".join(f"{one.name} {one.rows:,}" for one in facts.configs)
    return f"{rows} -> {args.out}"


def add_publish(commands: Commands, run: Subcommand) -> None:
    """The arguments of `publish`."""
    one = command(
        commands,
        "publish",
        run,
        "make a dataset of the Hub from a study, or a further revision of one",
        """

One commit: a card written from the study, and one Parquet file for each view (pairs, labels,
aggregated, preferences, judges), which datasets.load_dataset reads. Annotators are renumbered,
comments and what a source said besides stay behind. The repository is private unless --public is
given, and somebody else's commit in between is not overrun. It takes a token that may write, in
HF_TOKEN or from `hf auth login`.

  python -m annotation publish studies/mine --repo ORG/NAME --unblind --licence cc-by-4.0
  python -m annotation publish studies/mine --out to-look-at""",
    )
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--repo", metavar="ORG/NAME", help="the dataset repository")
    one.add_argument("--out", type=Path, metavar="FOLDER", help="write the files here instead")
    one.add_argument("--public", action="store_true", help="for everybody to read")
    one.add_argument("--note", default="", help="what changed since the last revision")
    one.add_argument(
        "--unblind",
        action="store_true",
        help="write the names of the systems; the repository is then a study of its own, too",
    )
    one.add_argument("--comments", action="store_true", help="publish what annotators wrote")
    one.add_argument("--licence", metavar="ID", help="as the Hub calls it, e.g. cc-by-4.0")
    one.add_argument(
        "--from",
        dest="source",
        choices=("auto", "labels"),
        default="auto",
        help="labels: take the files though there is a database",
    )
