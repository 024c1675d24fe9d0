"""The command line of annotation: import pairs and labels, check a study, export its labels."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from annotation.arguments import parser, spread
from annotation.check import check_study
from annotation.doctor import doctor
from annotation.export import Wanted
from annotation.export import export as write_export
from annotation.formats.arguments import BadArgument, Subcommand, assignments
from annotation.formats.commands import FILE_NAME, PROMPTS, STUDIES, PromptReader, StudyReader
from annotation.formats.files import FormatError
from annotation.formats.imported import (
    Imported,
    LeftOut,
    count,
    make_study,
    refuse_if_taken,
)
from annotation.formats.prompts import known_prompts, save_prompts
from annotation.formats.table_labels import LabelDefaults, read_labels_table
from annotation.formats.table_pairs import known_pairs, read_pairs_table, save_pairs
from annotation.formats.tables import open_table
from annotation.hub.local import local_study
from annotation.people import PEOPLE
from annotation.publishing.command import publishing
from annotation.schema import Pair, TiebreakError
from annotation.settings import database_url
from annotation.sides import balance, in_words
from annotation.sources import find_labels
from annotation.starting import new
from annotation.study import append_jsonl, load_study, read_labels

T = TypeVar("T")

_PREVIEWED = 3
_WIDTH = 72


def new_study(args: argparse.Namespace) -> None:
    """Make a study folder; at a terminal, by asking."""
    ask = input if sys.stdin.isatty() else None
    try:
        for line in new(args, ask):
            print(line)
    except (EOFError, KeyboardInterrupt):
        raise BadArgument(f"{args.study}: no answer, so nothing was made") from None


def import_pairs(args: argparse.Namespace) -> None:
    """Make a study of one's own pairs, or add them to one."""
    known = known_pairs(args.study)
    table = open_table(args.file, args.encoding, args.sheet)
    read = read_pairs_table(table, assignments(args.map, "--map"), known or (), _progress)
    for pair in read.pairs[:_PREVIEWED]:
        _preview_pair(pair)
    _report(read.notes, read.left_out)
    if not read.pairs and not read.already:
        _refuse_nothing(args.file, "pair", read.left_out)
    if save_pairs(args.study, read.pairs):
        print(f"{count(len(read.pairs), 'pair')} -> {args.study}, a new study")
        print(f"label them: STUDY={shlex.quote(str(args.study))} python app.py")
    else:
        print(f"{count(len(read.pairs), 'pair')} added to {args.study}")


def import_labels(args: argparse.Namespace) -> None:
    """Add labels made elsewhere to a study."""
    study = load_study(args.study)
    name = args.name or re.sub(r"[^A-Za-z0-9._-]+", "-", args.file.stem).strip(".-") or "labels"
    if not FILE_NAME.fullmatch(name):
        raise BadArgument(f"--name: found {name!r}, expected letters, digits, '.', '_' and '-'")
    defaults = LabelDefaults(args.criterion, args.kind, assignments(args.choices, "--choices"))
    table = open_table(args.file, args.encoding, args.sheet)
    given = assignments(args.map, "--map")
    known = read_labels(args.study)
    read = read_labels_table(table, study, given, defaults, known, _progress)
    for label in read.labels[:_PREVIEWED]:
        print(f"{label.annotator} on {label.pair_id}: {label.criterion} = {label.choice}")
    _report(read.notes, read.left_out)
    if not read.labels and not read.already:
        _refuse_nothing(args.file, "label", read.left_out)
    path = args.study / "labels" / f"{name}.jsonl"
    append_jsonl(path, read.labels)
    print(f"{count(len(read.labels), 'label')} -> {path}")


def import_prompts(read: PromptReader, args: argparse.Namespace) -> None:
    """Add prompts to a study, or make one of them."""
    found = read(args, known_prompts(args.study), _progress)
    for prompt in found.prompts[:_PREVIEWED]:
        kinds = ", ".join(kind for kind in (prompt.task, prompt.category) if kind)
        print(f"prompt: {_short(prompt.text)}" + (f" ({kinds})" if kinds else ""))
    _report(found.notes, found.left_out)
    if not found.prompts and not found.already:
        _refuse_nothing(args.file, "prompt", found.left_out)
    prompts = count(len(found.prompts), "prompt")
    if save_prompts(args.study, found.prompts):
        print(f"{prompts} -> {args.study}, a new study")
        where = shlex.quote(str(args.study))
        print(f"name systems in systems.toml there, then: python -m generation respond {where}")
    else:
        print(f"{prompts} added to {args.study}")


def import_study(read: StudyReader, args: argparse.Namespace) -> None:
    """Make a study of pairs and labels in somebody else's files."""
    refuse_if_taken(args.study)
    _make(args.study, read(args, _progress))


def _make(folder: Path, imported: Imported) -> None:
    make_study(folder, imported)
    _report(imported.notes, imported.left_out)
    labels = sum(map(len, imported.labels.values()))
    pairs = count(len(imported.pairs), "pair")
    print(f"{pairs} and {count(labels, 'label')} -> {folder}, a new study")


def export(args: argparse.Namespace) -> None:
    """Write the labels of a study for others to read."""
    study = load_study(args.study)
    url = None if args.source == "labels" else database_url(args.study)
    with find_labels(study, url) as found:
        wanted = Wanted(
            study=study,
            found=found,
            format=args.format,
            view=args.view,
            unblind=args.unblind,
            criterion=args.criterion,
            renumber=args.renumber,
            progress=_progress,
        )
        made = write_export(wanted, args.out)
    _report(made.notes, ())
    systems = "systems by their names" if args.unblind else "systems called S1, S2, ..."
    paths = ", ".join(str(path) for path in made.paths)
    print(f"{made.what} from {found.source}, {systems} -> {paths}")


def check(args: argparse.Namespace) -> None:
    """Read every file of a study folder and print what is in it, and how balanced its sides are."""
    for line in check_study(args.study, _progress):
        print(line)
    with find_labels(load_study(args.study), database_url(args.study)) as found:
        sides = in_words(balance(_progress(found.current), found.excluded))
    if sides:
        print(f"sides in {found.source}: {sides}")


def say_each(
    lines: Callable[[argparse.Namespace], Iterable[str]], args: argparse.Namespace
) -> None:
    """Print each line that a command has to say."""
    for line in lines(args):
        print(line)


def _progress(records: Iterable[T], /) -> Iterable[T]:
    """A bar on stderr for what takes longer than two seconds."""
    return tqdm(records, unit=" records", unit_scale=True, delay=2, leave=False)


def _preview_pair(pair: Pair) -> None:
    responses = (pair.response_a, pair.response_b)
    print(f"prompt: {_short(pair.prompt.text)}")
    for side, response in zip("ab", responses, strict=True):
        print(f"  {side} ({response.system}): {_short(response.text)}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _report(notes: Iterable[str], left_out: Sequence[LeftOut]) -> None:
    for note in notes:
        print(f"note: {note}")
    for row in left_out:
        print(f"left out: {row.where}: {row.why}")
    if left_out:
        print(f"{count(len(left_out), 'row')} left out")


def _refuse_nothing(path: Path, noun: str, left_out: Sequence[LeftOut]) -> None:
    first = (
        f"; the first row left out is {left_out[0].where}: {left_out[0].why}" if left_out else ""
    )
    raise FormatError(f"{path}: found no {noun} to import{first}")


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "new": new_study,
    "import pairs": import_pairs,
    "import labels": import_labels,
    **{f"import {name}": partial(import_prompts, read) for name, read in PROMPTS.items()},
    **{f"import {name}": partial(import_study, read) for name, read in STUDIES.items()},
    "export": export,
    "publish": partial(say_each, lambda args: publishing(args, _progress)),
    "check": check,
    **{name: partial(say_each, lines) for name, lines in PEOPLE.items()},
    "doctor": partial(say_each, doctor),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 with one sentence on stderr where it cannot be done."""
    args = parser(SUBCOMMANDS).parse_args(list(spread(sys.argv[1:] if argv is None else argv)))
    try:
        if isinstance(getattr(args, "study", None), Path):
            args.study = local_study(args.study, lambda line: print(line, file=sys.stderr))
        args.run(args)
    except TiebreakError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
