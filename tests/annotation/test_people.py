from __future__ import annotations

import csv
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotation.__main__ import main
from annotation.blind import Submission, Task
from annotation.protocol import Access
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Identity, Place, Store
from annotation.workflow import Workflow
from tests.builders import a_plan, a_study_folder

Told = Callable[..., list[str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """What a command prints, line by line."""
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*arguments: str, status: int = 0) -> list[str]:
        assert main(arguments) == status
        shown = capsys.readouterr()
        return (shown.err if status else shown.out).splitlines()

    return run


def a_folder(folder: Path, access: Access) -> str:
    return str(a_study_folder(folder / "study", a_plan(access=access)))


def label_once(folder: str, name: str, identity: Identity | None = None) -> None:
    """Answer one pair as somebody new."""
    study = Path(folder)
    store = Store.open(database_url(study, {}))
    workflow = Workflow(load_served(study), store)
    joined = workflow.enter(identity) if identity else workflow.join(name)
    task = workflow.next_task(joined.annotator)
    assert isinstance(task, Task)
    answers = [{"criterion": one.key, "target": "pair", "choice": "a"} for one in task.criteria]
    given = {"submission_id": "s" * 16, "token": task.token, "answers": answers, "seconds": 90.0}
    workflow.submit(joined.annotator, Submission.model_validate(given))
    store.close()


def test_invitations_are_printed_once_each_and_work(tmp_path: Path, told: Told) -> None:
    folder = a_folder(tmp_path, Access(mode="invite"))
    codes = told("invite", folder, "--count", "3")
    assert len(set(codes)) == 3
    store = Store.open(database_url(Path(folder), {}))
    assert Workflow(load_served(Path(folder)), store).join("ann", codes[1]).return_key
    store.close()


def test_personal_links_lead_to_the_app(tmp_path: Path, told: Told) -> None:
    folder = a_folder(tmp_path, Access(mode="invite"))
    (link,) = told("invite", folder, "--link", "https://label.test/")
    assert link.startswith("https://label.test/#invite=")


@pytest.mark.parametrize(
    ("mode", "arguments", "said"),
    [
        ("open", (), 'mode = "invite"'),
        ("invite", ("--count", "0"), "--count"),
        ("invite", ("--link", "label.test"), "--link"),
    ],
)
def test_invitations_that_make_no_sense_are_refused(
    tmp_path: Path, told: Told, mode: str, arguments: tuple[str, ...], said: str
) -> None:
    folder = a_folder(tmp_path, Access.model_validate({"mode": mode}))
    (line,) = told("invite", folder, *arguments, status=2)
    assert said in line


def test_payments_say_who_did_what_and_which_code_they_get(tmp_path: Path, told: Told) -> None:
    folder = a_folder(tmp_path, Access(mode="prolific", completed="C0DE"))
    who = Identity(provider="prolific", external_id="=p1", details={"study_id": "s1"})
    label_once(folder, "", who)
    (row,) = csv.DictReader(told("payments", folder))
    assert row == {
        "provider": "prolific",
        "identifier": "'=p1",
        "details": "study_id=s1",
        "status": "working",
        "labels": "1",
        "minutes": "1.5",
        "code": "",
    }


def test_a_file_of_payments_is_for_its_owner_alone(tmp_path: Path, told: Told) -> None:
    folder = a_folder(tmp_path, Access(mode="prolific"))
    label_once(folder, "", Identity(provider="prolific", external_id="p1"))
    out = tmp_path / "payments.csv"
    told("payments", folder, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "p1" in out.read_text("utf-8")


def test_withdrawing_asks_for_a_yes_first(tmp_path: Path, told: Told) -> None:
    folder = a_folder(tmp_path, Access())
    label_once(folder, "Ann")
    (line,) = told("withdraw", folder, "ann", status=2)
    assert "--yes" in line
    assert told("withdraw", folder, "ann", "--yes")[0].startswith("1 labels and all else of Ann")
    assert "nobody is called" in told("withdraw", folder, "ann", "--yes", status=2)[0]


def test_withdrawing_from_a_mirrored_database_says_what_becomes_of_the_mirror(
    tmp_path: Path, told: Told
) -> None:
    folder = a_folder(tmp_path, Access())
    label_once(folder, "Ann")
    with closing(Store.open(f"sqlite:///{Path(folder) / 'annotations.db'}")) as store:
        store.capture()
        with store.image() as image:
            at = datetime(2026, 11, 22, tzinfo=UTC)
            store.sending(Place(sequence=1, digest="d", revision=image.revision, at=at), image)
        store.arrived()
    said = told("withdraw", folder, "ann", "--yes")
    assert "takes them out of its mirror while it runs, or at its next start" in said[1]
    with closing(Store.open(f"sqlite:///{Path(folder) / 'annotations.db'}")) as store:
        assert store.unmirrored().anew


@pytest.mark.parametrize("command", [("payments",), ("withdraw", "ann")])
def test_a_study_that_nobody_labelled_gets_no_database(
    tmp_path: Path, told: Told, command: tuple[str, ...]
) -> None:
    folder = a_folder(tmp_path, Access())
    (line,) = told(command[0], folder, *command[1:], status=2)
    assert "nobody has labelled yet" in line
    assert not (Path(folder) / "annotations.db").exists()
