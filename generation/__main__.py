"""The command line of the generation stage: `python -m generation respond STUDY` and the rest."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from random import SystemRandom

from annotation.hub.local import local_study
from annotation.schema import TiebreakError
from annotation.study import PAIRS_FILE, StudyError, load_study
from generation.backends.opening import Surroundings, open_backend
from generation.engines import Engine, Local
from generation.judges.asking import JudgeJob, prepare
from generation.judges.declared import Judge, load_judges
from generation.judges.estimating import estimate
from generation.judges.judgements import JUDGEMENTS, judge_files
from generation.judges.labelling import Outcome, count_votes, reparse
from generation.judging import judge_pairs
from generation.ledger import RESPONSES, WHOLE, Shard, files_of
from generation.manifest import Manifest, run_name
from generation.merging import merge as merge_shards
from generation.pairing import add_pair_arguments
from generation.pairing import pair as pair_answers
from generation.responses import Job, load_prompts
from generation.responses import respond as answer_prompts
from generation.systems import System, load_systems
from generation.verifying import failures
from generation.verifying import verify as verify_system


class EngineMissing(TiebreakError):
    """An engine whose library is not installed."""


def respond(args: argparse.Namespace) -> None:
    """Let each system answer what it has not answered yet."""
    systems = load_systems(args.study, args.system)
    prompts = load_prompts(args.study)
    rng = SystemRandom()
    around = Surroundings(
        folder=args.study,
        cache=args.study / RESPONSES / "plans" / "hashes.json",
        seed=rng.getrandbits(32),
    )
    for system in systems:
        job = Job(
            folder=args.study,
            system=system,
            prompts=prompts,
            run=run_name(datetime.now(UTC), f"{rng.getrandbits(32):08x}"),
            shard=args.shard,
            limit=args.limit,
        )
        backend = open_backend(system, around)
        engine = _engine(args, system, around)
        manifest, notes = answer_prompts(job, backend, engine, lambda: datetime.now(UTC))
        for note in notes:
            print(note, file=sys.stderr)
        if manifest.counts.failed:
            _tell_failures(args.study, system, args.shard)
        print(_outcome(job, manifest))


def _engine(args: argparse.Namespace, system: System, around: Surroundings) -> Engine:
    # A file's answers are only looked up, so no cluster can be of use.
    if args.engine == "local" or system.kind == "file":
        return Local()
    try:
        from generation.engine_ray import Ray, Workers
    except ImportError as error:
        raise EngineMissing(f"--engine ray needs requirements-ray.txt: {error}") from None
    workers = Workers(count=args.workers, cpus=args.worker_cpus, gpus=args.worker_gpus)
    return Ray(system, around, workers)


def _tell_failures(study: Path, system: System, part: Shard = WHOLE) -> None:
    """Why the first few requests got no answer."""
    for failure in failures(study, system, part)[:3]:
        print(f"{system.name}: {failure.error}", file=sys.stderr)


def _outcome(job: Job, manifest: Manifest) -> str:
    counts = manifest.counts
    parts = [f"{counts.answered} answered"]
    if counts.done_before:
        parts.append(f"{counts.done_before} done before")
    if counts.truncated:
        parts.append(f"{counts.truncated} of them cut off at max_new_tokens")
    files = files_of(job.folder, job.system.name, job.shard)
    if counts.failed:
        parts.append(f"{counts.failed} failed, tried again by the same command: {files.failures}")
    return f"{job.system.name}: {', '.join(parts)} -> {files.responses}"


def judge(args: argparse.Namespace) -> None:
    """Let judges label the pairs, each in both orders."""
    study = load_study(args.study)
    if not study.pairs:
        raise StudyError(
            f"{args.study / PAIRS_FILE}: found no pairs to judge; make them with `generation pair`"
        )
    rng = SystemRandom()
    for one in load_judges(args.study, args.judge):
        job = JudgeJob(
            study=study,
            judge=one,
            run=run_name(datetime.now(UTC), f"{rng.getrandbits(32):08x}"),
            shard=args.shard,
            limit=args.limit,
        )
        if one.style == "jury" and args.estimate:
            print(f"{one.name}: no requests, it counts the votes of {', '.join(one.members)}")
        elif one.style == "jury":
            _tell(one, count_votes(job, lambda: datetime.now(UTC)), job)
        elif args.reparse:
            _tell(one, reparse(job), job)
        else:
            _judge(args, job, rng.getrandbits(32))


def _judge(args: argparse.Namespace, job: JudgeJob, seed: int) -> None:
    cache = args.study / JUDGEMENTS / "manifests" / "hashes.json"
    around = Surroundings(folder=args.study, cache=cache, seed=seed)
    system = job.judge.system()
    backend = open_backend(system, around)
    asked = prepare(job, backend)
    print(f"{job.judge.name}: {estimate(job, asked, backend).sentence()}", flush=True)
    if args.estimate:
        return
    engine = _engine(args, system, around)
    outcome = judge_pairs(job, asked, backend, engine, lambda: datetime.now(UTC))
    for note in backend.notes():
        print(note, file=sys.stderr)
    _tell(job.judge, outcome, job)


def _tell(judged_by: Judge, outcome: Outcome, job: JudgeJob) -> None:
    if outcome.first_error:
        print(f"{judged_by.name}: {outcome.first_error}", file=sys.stderr)
    parts = [f"{outcome.labels} labels"]
    if outcome.answered or outcome.failed:
        parts.insert(0, f"{outcome.answered} answered")
    if outcome.failed:
        parts.append(f"{outcome.failed} failed, tried again by the same command")
    if outcome.incomplete:
        parts.append(f"{outcome.incomplete} pairs without all orders yet, left out")
    said = ", ".join(f"{choice} {count}" for choice, count in outcome.choices.items())
    path = judge_files(*job.named).labels
    print(f"{judged_by.name}: {', '.join(parts)}{f' ({said})' if said else ''} -> {path}")


def merge(args: argparse.Namespace) -> None:
    """Bring the shards' files together."""
    prompts = load_prompts(args.study)
    for system in load_systems(args.study, args.system):
        made = merge_shards(args.study, system.name, system.decoding.samples, prompts)
        if not made.files:
            print(f"{system.name}: found no shards, nothing to merge")
            continue
        missing = f", {made.missing} missing" if made.missing else ""
        print(
            f"{system.name}: {made.responses} responses from {made.files} shards{missing} "
            f"-> {made.path}"
        )


def verify(args: argparse.Namespace) -> None:
    """Check hashes, counts and provenance of the responses."""
    prompts = load_prompts(args.study)
    for system in load_systems(args.study, args.system):
        _tell_failures(args.study, system)
        found = verify_system(args.study, system, prompts)
        print(
            f"{found.system}: {found.responses} responses to {found.prompts} prompts from "
            f"{found.runs} runs, {found.truncated} cut off: all as their manifests say"
        )


def shard(text: str) -> Shard:
    """A shard written as 2/8: the second of eight."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected e.g. 2/8, the second of eight")
    return Shard(number=number, of=of)


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1")
    return int(text)


def share(text: str) -> float:
    """So many CPUs or GPUs, of which a worker may have a part."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < inf:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0, such as 0.5")
    return number


def pair(args: argparse.Namespace) -> None:
    """Pair the systems' answers by a design, screened by the study's rules."""
    print(*pair_answers(args), sep="\n")


def parser() -> argparse.ArgumentParser:
    """All subcommands; `--help` is enough to use them."""
    top = argparse.ArgumentParser(prog="python -m generation", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_respond(commands)
    _add_judge(commands)
    for run in (merge, verify):
        command = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        _add_study(command)
        command.set_defaults(run=run)
    command = commands.add_parser("pair", help=pair.__doc__, description=pair.__doc__)
    add_pair_arguments(command)
    command.set_defaults(run=pair)
    return top


def _add_study(command: argparse.ArgumentParser) -> None:
    command.add_argument("study", type=Path, help="the study's folder")
    command.add_argument(
        "--system", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )


def _add_respond(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "respond",
        help=respond.__doc__,
        description="Each system of systems.toml answers the study's prompts. The run can be "
        "killed at any time: the same command goes on where it was.",
    )
    _add_study(command)
    _add_work(command, "prompts")
    command.set_defaults(run=respond)


def _add_judge(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "judge",
        help=judge.__doc__,
        description="Each judge of judges.toml labels the study's pairs, each in both orders. The "
        "run can be killed at any time: the same command goes on where it was.",
    )
    command.add_argument("study", type=Path, help="the study's folder")
    command.add_argument(
        "--judge", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )
    instead = command.add_mutually_exclusive_group()
    instead.add_argument(
        "--estimate", action="store_true", help="say what would be asked, and stop there"
    )
    instead.add_argument(
        "--reparse", action="store_true", help="read the stored replies anew, without a model"
    )
    _add_work(command, "pairs")
    command.set_defaults(run=judge)


def _add_work(command: argparse.ArgumentParser, units: str) -> None:
    command.add_argument(
        "--shard", type=shard, default=WHOLE, metavar="I/N", help="only the I-th of N parts"
    )
    command.add_argument("--limit", type=count, metavar="N", help=f"only the first N {units}")
    command.add_argument("--engine", choices=("local", "ray"), default="local")
    command.add_argument("--workers", type=count, default=2, help="with ray: how many")
    command.add_argument(
        "--worker-cpus", type=share, default=0.5, metavar="X", help="with ray: CPUs of each"
    )
    command.add_argument(
        "--worker-gpus", type=share, default=0.0, metavar="X", help="with ray: GPUs of each"
    )


_GOES_ON = "What is answered stays; the same command goes on."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; 2 and one sentence where something is wrong."""
    args = parser().parse_args(arguments)
    try:
        args.study = local_study(args.study, lambda line: print(line, file=sys.stderr))
        args.run(args)
    except TiebreakError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or str(error)
        print(f"{error.filename or 'output'}: {reason}. {_GOES_ON}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"Stopped. {_GOES_ON}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
