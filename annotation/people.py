"""Commands for the people who label: invitations, payments, and leaving a study for good."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from annotation.formats.arguments import BadArgument, Commands, Subcommand, command
from annotation.formats.cells import neutralise
from annotation.protocol import Access
from annotation.schema import TiebreakError
from annotation.served import load_served
from annotation.settings import database_url, sqlite_file
from annotation.store import Payee, Store
from annotation.study import load_plan
from annotation.workflow import Workflow, pseudonym_key

COLUMNS = ("provider", "identifier", "details", "status", "labels", "minutes", "code")


class NobodyThere(TiebreakError):
    """A study that was never served from this database, or a pseudonym that nobody has."""


class NotConfirmed(TiebreakError):
    """A deletion that was not asked for in so many words."""


def invite(args: argparse.Namespace) -> Iterator[str]:
    """Make invitations; the codes, or the links where a base is given, are shown this once."""
    if not 1 <= args.count <= 100_000:
        raise BadArgument(f"--count: found {args.count}, expected 1 to 100000")
    if args.link and not args.link.startswith(("http://", "https://")):
        raise BadArgument(f"--link: found {args.link!r}, expected http://... or https://...")
    served = load_served(args.study)
    if served.study.access.mode != "invite":
        raise BadArgument(
            f"{args.study}: the study is joined in the mode {served.study.access.mode!r}; "
            'set mode = "invite" in the table [access] of study.toml first'
        )
    base = f"{args.link.split('#')[0]}#invite=" if args.link else ""
    with _open(database_url(args.study)) as store:
        for code in Workflow(served, store).invite(args.count):
            yield base + code


def payments(args: argparse.Namespace) -> Iterator[str]:
    """Who is to be paid for what, as CSV on the screen or in a file for its owner's eyes."""
    plan = load_plan(args.study)
    with _known(args.study, plan.key) as store:
        payees = store.payees(plan.key)
    table = as_csv(payees, plan.access)
    if args.out is None:
        yield table.removesuffix("\n")
        return
    handle = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)  # one that was there before keeps its own mode otherwise
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(table)
    yield f"{len(payees)} people -> {args.out}, readable for you alone"


def withdraw(args: argparse.Namespace) -> Iterator[str]:
    """Delete a person's labels, drafts, revisions and identifiers."""
    plan = load_plan(args.study)
    with _known(args.study, plan.key) as store:
        found = store.annotator_called(plan.key, pseudonym_key(args.pseudonym))
        if found is None:
            raise NobodyThere(f"{args.study}: nobody is called {args.pseudonym!r}")
        if not args.yes:
            raise NotConfirmed(
                f"{found.pseudonym} answered {found.submitted} pairs; "
                "add --yes to delete all of it for good"
            )
        gone = store.withdraw(found.id)
        is_mirrored = store.mirrored().sequence > 0
    yield f"{gone} labels and all else of {found.pseudonym} deleted from the database"
    if is_mirrored:
        yield "the app takes them out of its mirror while it runs, or at its next start"
    yield "what was exported, published or backed up before cannot be reached from here"


def payment_rows(payees: Iterable[Payee], access: Access) -> Iterator[dict[str, str]]:
    """One row a person: who they are elsewhere, what they did, and the code for how it ended."""
    codes = {
        "completed": access.completed,
        "screened_out": access.screened_out,
        "consent_refused": access.consent_refused,
    }
    for one in payees:
        details = "; ".join(f"{name}={value}" for name, value in one.identity.details.items())
        status = one.annotator.status
        cells = (
            *(one.identity.provider, one.identity.external_id, details, status),
            *(str(one.labels), f"{one.annotator.seconds / 60:.1f}", codes.get(status, "")),
        )
        yield dict(zip(COLUMNS, cells, strict=True))


def as_csv(payees: Iterable[Payee], access: Access) -> str:
    """The payments as a table whose cells no spreadsheet runs."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in payment_rows(payees, access):
        writer.writerow([neutralise(cell) for cell in row.values()])
    return out.getvalue()


@contextmanager
def _open(url: str) -> Iterator[Store]:
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _known(study: Path, key: str) -> Iterator[Store]:
    """The database that the study was served from; none is made by looking for one."""
    url = database_url(study)
    database = sqlite_file(url)
    if database is not None and not database.exists():
        raise NobodyThere(f"{study}: nobody has labelled yet, there is no database {database}")
    with _open(url) as store:
        if not store.knows(key):
            raise NobodyThere(f"{study}: the study {key!r} was never served from this database")
        yield store


def add_people(commands: Commands, run: Mapping[str, Subcommand]) -> None:
    """The arguments of these commands."""
    one = command(commands, "invite", run["invite"], "make invitations for a study")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--count", type=int, default=1, metavar="N", help="default: 1")
    one.add_argument("--link", metavar="BASE_URL", help="print links to the app at this address")
    one = command(commands, "payments", run["payments"], "list who is to be paid for what, as CSV")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--out", type=Path, metavar="FILE", help="default: the screen")
    one = command(commands, "withdraw", run["withdraw"], "delete a person and all of theirs")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("pseudonym", metavar="PSEUDONYM", help="as it stands beside the labels")
    one.add_argument("--yes", action="store_true", help="really delete")


PEOPLE: Mapping[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "invite": invite,
    "payments": payments,
    "withdraw": withdraw,
}
