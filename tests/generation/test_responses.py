from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from annotation.schema import Prompt, Response
from annotation.study import StudyError, write_text
from generation.backends.base import Request, Result
from generation.backends.hf import HfBackend
from generation.ledger import RunUnderWay, Shard, files_of, one_writer, open_ledger
from generation.manifest import read_manifests
from generation.merging import merge
from generation.responses import StaleResponses
from tests.generation.studies import (
    a_dialogue,
    a_folder,
    a_system,
    responses,
    run,
    some_prompts,
    texts,
)

WARM = {"temperature": 1.0, "seed": 3}


class Watched(HfBackend):
    """The real backend, which remembers what it was given."""

    given: list[list[str]]

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:
        self.given = [[request.prompt_id for request in batch] for batch in batches]
        return super().generate([])


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return a_folder(tmp_path / "study", some_prompts(12), a_system(tiny_model))


def test_a_response_says_how_to_make_it_again(tiny_model: Path, folder: Path) -> None:
    run(folder, a_system(tiny_model, decoding=WARM))
    row = next(row for row in responses(folder) if row.prompt_id == "p3")
    assert row.meta["run"] == "run-1"
    assert row.meta["seed"] > 0
    assert row.meta["new_tokens"] == 12
    assert row.meta["batch"] == {"rows": 12, "width": row.meta["batch"]["width"], "split_to": 12}


def test_the_answers_of_a_dialogue_stand_as_turns_and_together_as_text(
    tiny_model: Path, tmp_path: Path
) -> None:
    study = a_folder(tmp_path, [a_dialogue()])
    run(study, a_system(tiny_model))
    (row,) = responses(study)
    assert len(row.turns) == 2
    assert row.text == "\n\n".join(turn.text for turn in row.turns)


def test_a_finished_run_has_nothing_left_to_do(tiny_model: Path, folder: Path) -> None:
    system = a_system(tiny_model)
    run(folder, system)
    before = files_of(folder, "tiny").responses.read_bytes()
    counts = run(folder, system, name="run-2").counts
    assert (counts.done_before, counts.answered) == (12, 0)
    assert files_of(folder, "tiny").responses.read_bytes() == before


def test_a_limited_run_and_the_rest_make_the_texts_of_a_whole_run(
    tiny_model: Path, folder: Path, tmp_path: Path
) -> None:
    system = a_system(tiny_model, decoding=WARM)
    run(folder, system, limit=5)
    assert {row.prompt_id for row in responses(folder)} == {f"p{n}" for n in range(5)}
    run(folder, system, name="run-2")
    whole = a_folder(tmp_path / "whole", some_prompts(12))
    run(whole, system)
    assert texts(folder) == texts(whole)


def test_a_batch_that_is_half_done_is_run_whole_so_that_its_shape_stays(
    tiny_model: Path, folder: Path
) -> None:
    system = a_system(tiny_model, batch_tokens=300)
    run(folder, system)
    files = files_of(folder, "tiny")
    kept = [line for line in files.responses.read_text().splitlines() if '"p4"' not in line]
    files.responses.write_text("\n".join(kept) + "\n")
    backend = Watched(system, folder)
    run(folder, system, backend=backend, name="run-2")
    (batch,) = backend.given
    assert "p4" in batch
    assert len(batch) > 1


def test_in_bfloat16_too_a_resumed_run_gives_the_texts_of_a_whole_one(
    tiny_model: Path, folder: Path
) -> None:
    system = a_system(tiny_model, decoding=WARM, batch_tokens=300, dtype="bfloat16")
    run(folder, system)
    whole = texts(folder)
    path = files_of(folder, "tiny").responses
    path.write_text("".join(path.read_text().splitlines(keepends=True)[::2]))
    assert run(folder, system, name="run-2").counts.answered == 6
    assert texts(folder) == whole


def test_a_torn_last_line_is_cut_off_and_its_prompt_answered_again(
    tiny_model: Path, folder: Path
) -> None:
    system = a_system(tiny_model)
    run(folder, system)
    expected = texts(folder)
    path = files_of(folder, "tiny").responses
    path.write_bytes(path.read_bytes()[:-40])
    assert run(folder, system, name="run-2").counts.answered == 1
    assert texts(folder) == expected


def test_a_second_run_of_one_system_is_told_that_there_is_one(
    tiny_model: Path, folder: Path
) -> None:
    with open_ledger(files_of(folder, "tiny")), pytest.raises(RunUnderWay, match="another run"):
        run(folder, a_system(tiny_model))


@pytest.mark.parametrize("change", [{"temperature": 0.5}, {"max_new_tokens": 5}, {"seed": 9}])
def test_another_decoding_is_not_mixed_into_the_same_file(
    tiny_model: Path, folder: Path, change: dict[str, float]
) -> None:
    run(folder, a_system(tiny_model))
    with pytest.raises(StaleResponses, match=r"found 12 responses of another version"):
        run(folder, a_system(tiny_model, decoding=change), name="run-2")


def test_a_new_prompt_is_answered_and_a_removed_one_does_not_matter(
    tiny_model: Path, tmp_path: Path
) -> None:
    system = a_system(tiny_model)
    study = a_folder(tmp_path, some_prompts(4))
    run(study, system)
    a_folder(study, [*some_prompts(6)[1:]])
    assert run(study, system, name="run-2").counts.answered == 2


def test_a_failure_is_noted_and_tried_again(tiny_model: Path, tmp_path: Path) -> None:
    study = a_folder(tmp_path, [Prompt(id="saga", text="x" * 2040), *some_prompts(2)])
    system = a_system(tiny_model)
    for name in ("run-1", "run-2"):
        assert run(study, system, name=name).counts.failed == 1
    notes = files_of(study, "tiny").failures.read_text().splitlines()
    assert [json.loads(line)["run"] for line in notes] == ["run-1", "run-2"]
    assert json.loads(notes[0])["error"].startswith("prompt 'saga' is too long: ")
    assert {row.prompt_id for row in responses(study)} == {"p0", "p1"}


def test_each_sample_is_answered(tiny_model: Path, folder: Path) -> None:
    run(folder, a_system(tiny_model, decoding={**WARM, "samples": 3}))
    assert len(responses(folder)) == 36
    assert len({row.text for row in responses(folder) if row.prompt_id == "p0"}) == 3


def test_shards_divide_the_work_and_merge_into_the_whole(
    tiny_model: Path, folder: Path, tmp_path: Path
) -> None:
    system = a_system(tiny_model, decoding=WARM)
    parts = [
        run(folder, system, shard=Shard(number=n, of=3), name=f"run-{n}").counts for n in (1, 2, 3)
    ]
    assert sum(part.answered for part in parts) == 12
    assert max(part.answered for part in parts) < 12
    merged = merge(folder, "tiny", 1, some_prompts(12))
    assert (merged.files, merged.responses, merged.missing) == (3, 12, 0)
    whole = a_folder(tmp_path / "whole", some_prompts(12))
    run(whole, system)
    assert texts(folder) == texts(whole)


def test_a_lock_on_a_file_that_was_replaced_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{}\n")

    def replace(handle: int, operation: int) -> None:
        """As `merge` does while another run has opened the file and not locked it yet."""
        if path.read_text() == "{}\n":
            write_text(path, "{}\n{}\n")
        flock(handle, operation)

    flock = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", replace)
    with one_writer(path), pytest.raises(RunUnderWay), one_writer(path):
        pass


def test_a_torn_last_line_of_a_shard_counts_as_missing(tiny_model: Path, folder: Path) -> None:
    part = Shard(number=1, of=2)
    run(folder, a_system(tiny_model), shard=part)
    path = files_of(folder, "tiny", part).responses
    before = len(responses(folder, shard=part))
    path.write_bytes(path.read_bytes()[:-40])
    assert merge(folder, "tiny", 1, some_prompts(12)).responses == before - 1


def test_merging_twice_changes_nothing(tiny_model: Path, folder: Path) -> None:
    run(folder, a_system(tiny_model), shard=Shard(number=1, of=2))
    merge(folder, "tiny", 1, some_prompts(12))
    once = files_of(folder, "tiny").responses.read_bytes()
    assert merge(folder, "tiny", 1, some_prompts(12)).missing > 0
    assert files_of(folder, "tiny").responses.read_bytes() == once


def test_a_shard_does_not_answer_again_what_was_merged(tiny_model: Path, folder: Path) -> None:
    run(folder, a_system(tiny_model))
    counts = run(folder, a_system(tiny_model), shard=Shard(number=1, of=2), name="run-2").counts
    assert counts.answered == 0


def test_merging_shards_of_two_decodings_is_refused(tiny_model: Path, folder: Path) -> None:
    first, second = Shard(number=1, of=2), Shard(number=1, of=1)
    run(folder, a_system(tiny_model), shard=first)
    run(folder, a_system(tiny_model, decoding=WARM), shard=second, name="run-2")
    with pytest.raises(StaleResponses, match="expected shards of one run"):
        merge(folder, "tiny", 1, some_prompts(12))


def test_the_manifest_tells_the_whole_run(tiny_model: Path, folder: Path) -> None:
    run(folder, a_system(tiny_model, batch_tokens=500))
    manifest = read_manifests(files_of(folder, "tiny").manifests, "tiny")["run-1"]
    assert manifest.finished_at is not None
    assert manifest.counts.answered == 12
    assert manifest.batches > 1
    assert 0 < manifest.padding_share < 1
    assert manifest.backend["parameters"] > 90_000
    assert manifest.libraries["transformers"]
    assert manifest.identity.revision == manifest.backend["revision"]


def test_the_plan_is_kept_and_made_anew_when_the_prompts_change(
    tiny_model: Path, folder: Path
) -> None:
    system = a_system(tiny_model, batch_tokens=300)
    run(folder, system, limit=5)
    path = files_of(folder, "tiny").plan
    first = path.read_text()
    run(folder, system, name="run-2")
    assert path.read_text() != first
    path.write_text(path.read_text()[:-20])
    files_of(folder, "tiny").responses.unlink()
    assert run(folder, system, name="run-3").counts.answered == 12


def test_the_same_prompt_id_twice_is_told_with_its_line(tiny_model: Path, tmp_path: Path) -> None:
    study = a_folder(tmp_path, [*some_prompts(2), *some_prompts(1)])
    with pytest.raises(StudyError, match=r"prompts\.jsonl:3: found the id 'p0' of line 1 again"):
        run(study, a_system(tiny_model))


def test_responses_written_by_hand_stand_beside_those_of_a_run(
    tiny_model: Path, folder: Path
) -> None:
    path = files_of(folder, "tiny").responses
    path.parent.mkdir(parents=True)
    by_hand = Response(prompt_id="p0", system="tiny", text="By hand.")
    path.write_text(by_hand.model_dump_json() + "\n")
    run(folder, a_system(tiny_model))
    assert next(row.text for row in responses(folder)) == "By hand."
