"""What is wrong with a deployment: its settings, study, database, secret and address."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from annotation.durability import plain_durability
from annotation.formats.arguments import Commands, Subcommand, command
from annotation.formats.imported import count
from annotation.hub.local import local_study
from annotation.hub.repository import Repository
from annotation.mirror.files import read_head
from annotation.mirror.lease import read_lease
from annotation.schema import TiebreakError
from annotation.served import load_served
from annotation.settings import (
    SECRET_FILE,
    Settings,
    environment,
    old_secrets,
    read_oauth,
    read_researchers,
    read_settings,
    sqlite_file,
)
from annotation.store.inspection import inspect_database
from annotation.study import StudyPlan

ROOM = 500 * 1024**2
"""Bytes free below which a disk is worth a word: labels are small, and a full disk stops all."""

_MARKS = {"ok": "  ok  ", "note": " note ", "wrong": "WRONG "}

DRIFT = 60.0
"""Seconds between our clock and the database's that leases do not mind."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: well, worth a word, or wrong, with what to do about it."""

    state: Literal["ok", "note", "wrong"]
    said: str


class Unwell(TiebreakError):
    """A deployment with something wrong in it."""


def doctor(args: argparse.Namespace) -> Iterator[str]:
    """A line for everything that was looked at; raises Unwell at the end if anything is wrong."""
    wrong = 0
    for one in examine(environment(STUDY=str(args.study)) if args.study else environment()):
        wrong += one.state == "wrong"
        yield f"{_MARKS[one.state]} {one.said}"
    if wrong:
        raise Unwell(f"{count(wrong, 'thing')} to mend before people label here")


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything that `app.py` would use, and change nothing."""
    yield from _packages()
    try:
        settings = read_settings(environ)
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    yield from _study(settings, environ)
    yield from _database(settings)
    yield from _mirror(settings)
    yield from _disk(settings)
    yield from _secret(settings, environ)
    yield from _researchers(settings, environ)
    yield from _address(settings)


def _packages() -> Iterator[Finding]:
    """What is installed against what the tests ran with."""
    pinned = Path(__file__).resolve().parent.parent / "requirements.txt"
    if not pinned.is_file():
        return
    others = []
    for line in pinned.read_text(encoding="utf-8").splitlines():
        name, equals, wanted = line.partition("==")
        if not equals or line.startswith("#"):
            continue
        name = name.split("[")[0]
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found != wanted:
            others.append(f"{name} {found} (tested: {wanted})")
    if others:
        yield Finding("note", f"packages differ from requirements.txt: {', '.join(others)}")
    else:
        yield Finding("ok", "packages are those of requirements.txt")


def _study(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    fetched: list[str] = []
    try:
        served = load_served(local_study(settings.study_given, fetched.append))
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    yield from (Finding("ok", line) for line in fetched)
    study = served.study
    labels = sum(study.labels_per_pair for _ in study.pairs)
    yield Finding(
        "ok", f"study {study.key!r}: {count(len(study.pairs), 'pair')}, about {labels:,} labels"
    )
    if not study.guidelines.strip():
        yield Finding("note", "guidelines.md is empty: people are told nothing of the criteria")
    unasked = sum(not study.asked(pair.prompt) for pair in study.pairs)
    if unasked:
        yield Finding("note", f"{count(unasked, 'pair')} asked no criterion (applies_to)")
    yield from _access(study, environ)


def _database(settings: Settings) -> Iterator[Finding]:
    durability = plain_durability(settings)
    yield Finding("ok" if durability.survives else "wrong", durability.sentence)
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        yield Finding("ok", f"{file} will be made at the first start")
        return
    try:
        found = inspect_database(settings.database_url)
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    match found.tables:
        case "none":
            yield Finding("ok", "the database has no tables yet; they are made at the first start")
        case "current":
            yield Finding("ok", "the database answers and its tables are of this version")
        case "older":
            yield Finding(
                "note",
                "the tables are older; the next start brings them up to date; make a copy before",
            )
        case "newer":
            yield Finding(
                "wrong", "the tables were made by a newer version of Tiebreak; install that one"
            )
    if found.clock is not None:
        drift = abs((found.clock - datetime.now(UTC)).total_seconds())
        if drift > DRIFT:
            yield Finding(
                "wrong",
                f"the database's clock is {drift:.0f} s away from this machine's; set both by NTP",
            )


def _mirror(settings: Settings) -> Iterator[Finding]:
    """Look only: whether the token may write there is seen at the start."""
    if settings.mirror is None:
        return
    repository = Repository(settings.mirror.repository, settings.mirror.token)
    try:
        seen = repository.look()
        head = read_head(repository, seen.commit) if seen else None
        lease = read_lease(repository, seen.commit) if seen else None
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    if seen is None:
        yield Finding("note", f"{repository.name}: will be made at the first start, private")
    elif not seen.private:
        yield Finding("wrong", f"{repository.name}: is public, a mirror has to be private")
    elif head is None:
        yield Finding("ok", f"{repository.name}: private, and nothing is mirrored yet")
    else:
        used = " by an app that runs, or was killed" if lease and lease.state == "held" else ""
        yield Finding("ok", f"{repository.name}: holds everything up to {head.at}{used}")


def _disk(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database_url)
    if file is None:
        return
    if not file.parent.is_dir():
        yield Finding("wrong", f"{file.parent}: there is no such folder for the database")
        return
    if not os.access(file.parent, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
        yield Finding("wrong", f"{file}: cannot be written here; set DATABASE_URL or the rights")
    free = shutil.disk_usage(file.parent).free
    if free < ROOM:
        yield Finding(
            "wrong",
            f"{file.parent}: found {free / 1024**2:.0f} MB free, expected 500 or more",
        )
    else:
        yield Finding("ok", f"{free / 1024**3:.1f} GB are free for the database")


def _secret(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    given = environ.get("SECRET", "")
    try:
        old = old_secrets(environ)
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        old = ()
    if given:
        if len(given) < 16:
            yield Finding("wrong", f"SECRET: found {len(given)} characters, expected 16 or more")
        elif len(set(given)) < 8:
            yield Finding("wrong", "SECRET: easy to guess; make one: openssl rand -hex 32")
        elif given in old:
            yield Finding("note", "SECRET stands in SECRET_OLD too; it was not changed")
        else:
            yield Finding("ok", "SECRET is set")
        return
    if settings.on_space:
        yield Finding(
            "wrong",
            "SECRET is not set among the Space's secrets: each restart signs everybody out",
        )
        return
    file = sqlite_file(settings.database_url)
    path = (file.parent if file else settings.study) / SECRET_FILE
    if file is None:
        yield Finding(
            "note",
            f"SECRET is not set: with several replicas each would need the same {path}; set it",
        )
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("wrong", f"{path}: can be read by others; chmod 600")
    elif file is not None:
        kept = "is" if path.exists() else "will be"
        yield Finding("ok", f"the secret {kept} kept in {path}")


def _researchers(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        found = read_researchers(settings, environ)
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    if found.key:
        yield Finding("ok", "/researcher opens with RESEARCHER_KEY")
    elif found.accounts:
        yield Finding("ok", f"/researcher opens for the accounts {', '.join(found.accounts)}")
    elif found.offers_link:
        yield Finding("ok", "/researcher opens with the link that app.py prints")
    else:
        yield Finding("note", "nobody can open /researcher; set RESEARCHER_KEY")


def _address(settings: Settings) -> Iterator[Finding]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        why = error.strerror or str(error)
        yield Finding(
            "note", f"{settings.host}:{settings.port}: {why}: the app runs already, or set PORT"
        )
    if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.on_space:
        yield Finding(
            "note",
            f"HOST is {settings.host}: put a proxy with TLS in front, or cookies travel readable",
        )
    else:
        yield Finding("ok", f"address {settings.host}:{settings.port}")


def _access(plan: StudyPlan, environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        oauth = read_oauth(environ)
    except TiebreakError as error:
        yield Finding("wrong", str(error))
        return
    if plan.access.mode == "huggingface" and oauth is None:
        yield Finding(
            "wrong",
            "people join with Hugging Face accounts, but this is no Space with hf_oauth: true",
        )
    elif plan.access.mode == "open" and environ.get("SPACE_ID"):
        yield Finding(
            "note",
            "anybody who finds this Space can join; set another mode in [access] of study.toml",
        )
    else:
        yield Finding("ok", f"people join in the mode {plan.access.mode!r}")


def add_doctor(commands: Commands, run: Subcommand) -> None:
    """The arguments of `doctor`."""
    one = command(
        commands,
        "doctor",
        run,
        "say what is wrong with a deployment",
        """

Run it with the environment variables that app.py is started with. It changes nothing. Exit status
2 where something has to be mended.""",
    )
    one.add_argument(
        "study", type=Path, nargs="?", metavar="STUDY", help="default: STUDY or the demo"
    )
