"""A study published to the stand-in Hub: one commit or nothing, private, read by `datasets`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from annotation.__main__ import main
from annotation.hub.local import local_study
from annotation.schema import Label, Pair
from annotation.study import load_study, read_labels, write_jsonl
from tests.annotation.export.studies import CRITERIA, votes
from tests.builders import a_label, a_pair, a_plan, a_response, a_study_folder
from tests.stand_in_hub import READER, WRITER, StandInHub, refusing

REPO = "lab/verdicts"
VIEWS = ("pairs", "labels", "aggregated", "preferences")
SECRETS = ("Qx-marker-one", "Qy-marker-two")
Publish = Callable[..., tuple[int, str, str]]


def pairs() -> list[Pair]:
    more = {"x": "m-secret"}
    a, b = (a_response(name, f"Text {n}.", meta=more) for n, name in enumerate(SECRETS))
    return [a_pair(n, response_a=a, response_b=b, meta=more) for n in range(3)]


def labels() -> list[Label]:
    first, second, _ = pairs()
    return [
        *votes(first, ["b", "b", "a"], comment="c-secret", seconds=4.5),
        *votes(second, ["tie", "a"], criterion="overall"),
        a_label(pair_id=first.id, annotator="settler", kind="adjudication", choice="b"),
        a_label(pair_id=first.id, annotator="gpt", kind="judge", choice="a", swapped=False),
    ]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    plan = a_plan(*CRITERIA, description="For a trial.")
    folder = a_study_folder(tmp_path / "study", plan, pairs(), {"all.jsonl": labels()})
    (folder / "systems.toml").write_text(
        f'[[systems]]\nname = "{SECRETS[0]}"\nbackend = "hf:org/model@abc"\nkey_file = "k-secret"\n'
        "decoding = { temperature = 0.5 }\n"
    )
    return folder


@pytest.fixture
def publish(
    study: Path,
    stand_in_hub: StandInHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Publish:
    """Run the command; the exit status and what it said."""
    monkeypatch.setenv("HF_TOKEN", WRITER)

    def run(*more: str) -> tuple[int, str, str]:
        code = main(["publish", str(study), "--repo", REPO, *more])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def loaded(folder: Path, cache: Path, name: str, split: str = "test") -> list[dict[str, Any]]:
    """What `datasets` reads of a folder, without a Hub."""
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    rows = datasets.load_dataset(str(folder), name, split=split, cache_dir=str(cache))
    return [dict(row) for row in rows]


# -- what is published ------------------------------------------------------------------------


def test_a_release_is_one_commit_to_a_private_repository(
    publish: Publish, stand_in_hub: StandInHub
) -> None:
    code, out, err = publish()
    repo = stand_in_hub.repo(REPO)
    assert (code, err) == (0, "")
    assert out == (
        "pairs 3, labels 6, aggregated 2, preferences 1 -> lab/verdicts at commit "
        f"{repo.head.oid[:8]}, for those who may see the repository\n"
    )
    assert repo.private
    assert [commit.title for commit in repo.commits] == ["initial commit", "First release"]
    assert {*repo.head.files} == {
        *(".gitattributes", "README.md", "manifest.json"),
        *(f"data/{name}.parquet" for name in VIEWS),
    }


def everything(stand_in_hub: StandInHub, tmp_path: Path) -> str:
    text = ""
    for name, content in stand_in_hub.repo(REPO).head.files.items():
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        is_table = path.suffix == ".parquet"
        text += str(pq.read_table(path).to_pylist()) if is_table else content.decode()
    return text


def test_a_blind_release_confirms_no_guess_of_the_systems_names(
    publish: Publish, stand_in_hub: StandInHub, tmp_path: Path
) -> None:
    publish()
    text = everything(stand_in_hub, tmp_path)
    assert [pair.id for pair in pairs() if pair.id in text] == []  # hashes of texts and names
    out = tmp_path / "all" / "data"
    ids = [{*pq.read_table(out / f"{view}.parquet")["pair_id"].to_pylist()} for view in VIEWS]
    assert [len(one) for one in ids] == [3, 2, 2, 1]
    assert all(one <= ids[0] for one in ids)


def test_nothing_is_published_that_was_not_meant_for_others(
    publish: Publish, stand_in_hub: StandInHub, tmp_path: Path
) -> None:
    publish()
    text = everything(stand_in_hub, tmp_path)
    assert "Text 0." in text
    hidden = (*SECRETS, "person 0", "settler", "c-secret", "m-secret", "k-secret", "gpt")
    assert [word for word in hidden if word in text] == []


def test_names_are_published_on_request_and_still_no_secrets(
    publish: Publish, stand_in_hub: StandInHub, tmp_path: Path
) -> None:
    publish("--unblind", "--comments")
    text = everything(stand_in_hub, tmp_path)
    assert [word for word in (*SECRETS, "c-secret") if word not in text] == []
    assert [word for word in ("person 0", "settler", "m-secret", "k-secret") if word in text] == []
    assert "hf:org/model@abc" in text


def test_datasets_reads_every_view_with_its_types(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["publish", str(study), "--out", str(out), "--unblind"]) == 0
    cache = tmp_path / "cache"
    rows = loaded(out, cache, "labels")
    assert [(row["choice"], row["seconds"], row["repeat"]) for row in rows[:3]] == [
        ("b", 4.5, 0),
        ("b", 4.5, 0),
        ("a", 4.5, 0),
    ]
    assert {row["annotator"] for row in rows} == {"A1", "A2", "A3", "A4"}
    assert [row["kind"] for row in rows].count("adjudication") == 1
    first, second = loaded(out, cache, "aggregated")
    assert first["counts"] == [{"choice": "a", "count": 1}, {"choice": "b", "count": 2}]
    assert (first["majority"], first["adjudication"], second["majority"]) == ("b", "b", None)
    [preferred] = loaded(out, cache, "preferences", "train")
    assert preferred["chosen"] == [{"role": "assistant", "content": "Text 1."}]
    assert preferred["chosen_system"] == SECRETS[1]
    assert [row["prompt"] for row in loaded(out, cache, "pairs")] == [
        "Prompt 0",
        "Prompt 1",
        "Prompt 2",
    ]
    assert [row["annotator"] for row in loaded(out, cache, "judges")] == ["gpt"]


def test_an_unblinded_release_is_a_study_again(
    publish: Publish,
    stand_in_hub: StandInHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish("--unblind")
    monkeypatch.chdir(tmp_path)
    folder = local_study(f"hf://datasets/{REPO}", print)
    study = load_study(folder)
    assert [pair.id for pair in study.pairs] == [pair.id for pair in pairs()]
    assert len(list(read_labels(folder))) == 7
    assert main(["check", f"hf://datasets/{REPO}"]) == 0
    assert "unknown_pair" not in capsys.readouterr().out


def test_the_card_is_written_from_the_study(publish: Publish, stand_in_hub: StandInHub) -> None:
    publish("--unblind", "--licence", "cc-by-4.0", "--note", "The first\nhalf")
    card = stand_in_hub.repo(REPO).head.files["README.md"].decode()
    for said in (
        "license: cc-by-4.0",
        "- config_name: aggregated",
        "For a trial.",
        "| `overall` | Which is better: overall? | preference3: a = -1, tie = 0, b = 1 | all |",
        "> Compare.",
        "3 people gave 5 labels, between 1 and 2 each (median 2)",
        "| `overall` | 0.167 | 2 | 1/2 |",
        '| `Qx-marker-one` | backend: hf:org/model@abc; decoding: {"temperature": 0.5} |',
        "| `Qy-marker-two` | not recorded |",
        "- Without a majority: `overall` 1 units.",
        "- 1 pair without any label that counts.",
        "The first half",
    ):
        assert said in card


# -- again, and side by side ------------------------------------------------------------------


def test_another_release_is_a_revision_with_its_note(
    publish: Publish, stand_in_hub: StandInHub, study: Path
) -> None:
    publish("--unblind")
    write_jsonl(study / "labels" / "all.jsonl", labels()[:3])
    assert publish("--note", "Fewer labels")[0] == 0
    repo = stand_in_hub.repo(REPO)
    assert [commit.title for commit in repo.commits[1:]] == ["First release", "Fewer labels"]
    about = json.loads(repo.head.files["manifest.json"])
    assert [one["note"] for one in about["changes"]] == ["First release", "Fewer labels"]
    card = repo.head.files["README.md"].decode()
    assert card.index("Fewer labels") < card.index(": First release")
    # What this release does not have is gone: the judge's labels, and the study with its names.
    assert {"data/judges.parquet", "pairs.jsonl", "labels/people.jsonl"}.isdisjoint(repo.head.files)


def test_somebody_elses_commit_in_between_is_not_overrun(
    publish: Publish, stand_in_hub: StandInHub
) -> None:
    publish()
    stand_in_hub.before_commit = lambda repo: repo.commit({"theirs.txt": b"x"}, "theirs")
    code, out, err = publish("--note", "mine")
    assert (code, out) == (2, "")
    assert err == (
        "lab/verdicts: somebody else committed in between; nothing was published, look at their "
        "commit and publish again\n"
    )
    assert stand_in_hub.repo(REPO).head.title == "theirs"


def test_their_files_stay_in_the_next_release(publish: Publish, stand_in_hub: StandInHub) -> None:
    publish()
    stand_in_hub.repo(REPO).commit({"theirs.txt": b"x"}, "theirs")
    assert publish()[0] == 0
    assert "theirs.txt" in stand_in_hub.repo(REPO).head.files


# -- refusals ---------------------------------------------------------------------------------


def test_a_repository_with_other_things_in_it_is_refused(
    publish: Publish, stand_in_hub: StandInHub
) -> None:
    stand_in_hub.repo(REPO).commit({"train.csv": b"x"}, "other data")
    code, _, err = publish()
    assert code == 2
    assert err.startswith("lab/verdicts: holds train.csv and no manifest.json of a release")
    assert stand_in_hub.repo(REPO).head.title == "other data"


def test_a_public_repository_needs_the_word(publish: Publish, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO, private=False)
    code, _, err = publish()
    assert (code, len(repo.commits)) == (2, 1)
    assert err.startswith("lab/verdicts: the repository is public, expected a private one")
    assert publish("--public")[0] == 0


def test_a_release_is_public_when_told_so(publish: Publish, stand_in_hub: StandInHub) -> None:
    publish()
    assert stand_in_hub.repo(REPO).private
    code, out, _ = publish("--public", "--note", "Now for all")
    assert (code, stand_in_hub.repo(REPO).private) == (0, False)
    assert out.endswith(", for everybody\n")


@pytest.mark.parametrize("token", [READER, "hf_forged"])
def test_a_token_without_rights_makes_nothing(
    publish: Publish, stand_in_hub: StandInHub, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    code, out, err = publish()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "it takes a token in HF_TOKEN that may" in err
    assert stand_in_hub.repos == {}


@pytest.mark.parametrize("where", ["/commit/", "/preupload/", "/upload/", "/validate-yaml"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_failing_hub_leaves_no_repository(
    publish: Publish, stand_in_hub: StandInHub, where: str, status: int
) -> None:
    stand_in_hub.trouble = refusing(status, where)
    code, out, err = publish()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("lab/verdicts: ")
    assert stand_in_hub.repos == {}


def test_a_failing_hub_leaves_the_release_before_as_it_was(
    publish: Publish, stand_in_hub: StandInHub
) -> None:
    publish()
    stand_in_hub.trouble = refusing(503, "/commit/")
    code, _, err = publish("--note", "again")
    assert code == 2
    assert "503" in err
    assert len(stand_in_hub.repo(REPO).commits) == 2


@pytest.mark.parametrize("more", [[], ["--repo", REPO, "--out", "x"]])
def test_a_place_is_needed_and_only_one(
    study: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", str(study), *more]) == 2
    assert capsys.readouterr().err == "publish: expected one of --repo ORG/NAME and --out FOLDER\n"


def test_a_folder_that_is_there_is_not_written_over(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(study.rglob("*"))
    assert main(["publish", str(study), "--out", str(study)]) == 2
    assert "stands there already" in capsys.readouterr().err
    assert sorted(study.rglob("*")) == before
