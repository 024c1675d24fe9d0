"""Runs of judges: both orders of every pair, whatever happens to the run."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.labels import read_study
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label
from annotation.study import StudyError, write_jsonl
from generation.__main__ import main
from generation.judges.declared import JudgeRefused, load_judges
from generation.judges.judgements import StaleJudgements, judge_files
from generation.ledger import Shard
from tests.analysis.small_studies import row_of
from tests.builders import a_criterion, a_label, a_plan
from tests.generation.judges.runs import judge_here
from tests.generation.judges.studies import (
    a_folder,
    a_judge,
    judgements,
    labels,
    orders,
    run,
    some_pairs,
)
from tests.generation.stand_in import completion, served

BOTH = {False, True}
RATED = {
    "kind": "rating",
    "levels": [{"name": f"{n} of 5", "value": n} for n in range(1, 6)],
}


@pytest.mark.parametrize("style", ["logit", "generate", "choice"])
def test_every_pair_is_judged_in_both_orders(style: str, tiny_model: Path, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    outcome = run(folder, a_judge(tiny_model, style))
    assert (outcome.answered, outcome.failed, outcome.labels) == (12, 0, 12)
    assert list(orders(labels(folder)).values()) == [BOTH] * 6
    assert {row.kind for row in labels(folder)} == {"judge"}
    assert run(folder, a_judge(tiny_model, style)).answered == 0


def test_a_sampled_judge_judges_each_order_as_often_as_it_has_runs(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, pairs=2)
    warm = {"temperature": 1.0, "max_new_tokens": 8}
    run(folder, a_judge(tiny_model, "generate", runs=3, decoding=warm))
    assert sorted(orders(labels(folder)).values(), key=str) == [BOTH] * 6
    replies = [row.raw.reply for row in judgements(folder)]
    assert len(set(replies)) > 6


def test_the_likelihood_of_a_response_knows_no_order_and_no_empty_response(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, pairs=4)
    empty = some_pairs(5)[4]
    blank = empty.response_b.model_copy(update={"text": " "})
    broken = empty.model_copy(update={"response_b": blank, "id": ""})
    write_jsonl(folder / "pairs.jsonl", [*some_pairs(4), type(empty)(**dict(broken))])
    run(folder, a_judge(tiny_model, "loglik"))
    rows = labels(folder)
    assert [row.swapped for row in rows] == [None] * 5
    assert rows[0].choice in ("invalid", "a", "b")
    (invalid,) = [row for row in rows if row.choice == "invalid"]
    assert invalid.comment == "nothing to weigh: response b is empty"
    for row in judgements(folder):
        if row.settled is None:
            first, second = (n / t for n, t in zip(row.raw.numbers, row.raw.tokens, strict=True))
            assert row.verdict.margin == pytest.approx(abs(first - second))
            assert row.verdict.choice == ("a" if first > second else "b")


def test_a_small_margin_is_abstained_and_kept(tiny_model: Path, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=3)
    run(folder, a_judge(tiny_model, abstain_below=1000))
    assert {row.choice for row in labels(folder)} == {"abstained"}
    assert all((row.comment or "").startswith("margin ") for row in labels(folder))


@pytest.fixture
def spawner() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.generation.judges.runs"])
    return context


def test_kills_lose_nothing_and_leave_no_pair_with_one_order(
    tiny_model: Path, tmp_path: Path, spawner: multiprocessing.context.ForkServerContext
) -> None:
    judge = a_judge(tiny_model, "generate", prompt="mine.toml", batch_tokens=100)
    disturbed, quiet = a_folder(tmp_path / "d", 8), a_folder(tmp_path / "q", 8)
    for folder in (disturbed, quiet):
        (folder / "mine.toml").write_text('reads = "verdict-line"\ntext = "{first} {second}"\n')
    path = judge_files(disturbed, "tiny").judgements
    for number in range(2):
        process = spawner.Process(
            target=judge_here, args=(str(disturbed), judge.model_dump_json(), f"run-{number}")
        )
        process.start()
        enough = 3 + 6 * number
        while process.is_alive() and (not path.exists() or path.read_bytes().count(b"\n") < enough):
            process.join(0.002)
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        if judge_files(disturbed, "tiny").labels.exists():
            assert set(map(frozenset, orders(labels(disturbed)).values())) <= {frozenset(BOTH)}
    assert 3 <= len(judgements(disturbed)) < 16
    run(disturbed, judge, name="last")
    run(quiet, judge)
    assert len({row.key for row in judgements(disturbed)}) == len(judgements(disturbed)) == 16
    kept = {row.place: row.raw.reply for row in judgements(disturbed)}
    assert kept == {row.place: row.raw.reply for row in judgements(quiet)}
    assert list(orders(labels(disturbed)).values()) == [BOTH] * 8


def test_a_pair_of_which_one_order_failed_has_no_label(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=2)
    with served(lambda body, n: completion("Verdict: 1") if n else (400, {}, b"no")) as server:
        judge = a_judge(style="generate", backend=f"endpoint:{server.url}", threads=1)
        outcome = run(folder, judge)
        assert (outcome.answered, outcome.failed, outcome.incomplete) == (3, 1, 1)
        assert list(orders(labels(folder)).values()) == [BOTH]
        assert run(folder, judge).answered == 1
    assert list(orders(labels(folder)).values()) == [BOTH] * 2


def test_a_model_that_always_says_1_is_biased_in_the_report_and_no_winner(tmp_path: Path) -> None:
    people = [a_label(pair_id=pair.id) for pair in some_pairs(6)]
    folder = a_folder(tmp_path, labels={"people.jsonl": people})
    with served(lambda body, n: completion("Verdict: 1")) as server:
        run(folder, a_judge(style="generate", backend=f"endpoint:{server.url}"))
    report = analyse(read_study(folder), Bootstrap(50))
    judge = {"judge": "tiny"}
    assert row_of(report, "order_consistency", judge).value == 0
    assert row_of(report, "first_position_bias", judge).value == 1
    assert row_of(report, "win_rate", {**judge, "system": "x"}).value == 0.5
    assert row_of(report, "judge_accuracy", {"judge": "length"}).value is not None


def test_replies_are_read_anew_without_a_model(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=2)
    (folder / "mine.toml").write_text('reads = "first-line"\ntext = "{first} {second}"\n')
    with served(lambda body, n: completion("I think\nVerdict: 2")) as server:
        url = server.url
        run(folder, a_judge(style="generate", backend=f"endpoint:{url}", prompt="mine.toml"))
    assert {(row.choice, row.comment) for row in labels(folder)} == {
        ("invalid", "I think\nVerdict: 2")
    }
    (folder / "mine.toml").write_text('reads = "verdict-line"\ntext = "{first} {second}"\n')
    (folder / "judges.toml").write_text(
        f'[[judges]]\nname = "tiny"\nstyle = "generate"\nprompt = "mine.toml"\n'
        f'backend = "endpoint:{url}"\n'
    )
    assert main(["judge", str(folder), "--reparse"]) == 0
    found = {row.swapped: row.choice for row in labels(folder)}
    assert found == {False: "b", True: "a"}
    assert {row.raw.reply for row in judgements(folder)} == {"I think\nVerdict: 2"}


def test_a_changed_judge_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=2)
    run(folder, a_judge(tiny_model))
    with pytest.raises(StaleJudgements, match="another version of judge 'tiny'"):
        run(folder, a_judge(tiny_model, prompt="pandalm"))


def test_replies_of_another_style_are_not_read_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_folder(tmp_path, pairs=2)
    with served(lambda body, n: completion("Verdict: 2")) as server:
        run(folder, a_judge(style="generate", backend=f"endpoint:{server.url}"))
    path = judge_files(folder, "tiny").judgements
    before = path.read_bytes(), labels(folder)
    for style in ("logit", "loglik"):
        (folder / "judges.toml").write_text(
            f'[[judges]]\nname = "tiny"\nstyle = "{style}"\nbackend = "hf:x"\n'
        )
        assert main(["judge", str(folder), "--reparse"]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith(f"{path}: found judgements of another version of judge 'tiny'")
        assert (path.read_bytes(), labels(folder)) == before


def test_numbers_of_other_labels_are_not_read_anew(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_folder(tmp_path, pairs=1)
    run(folder, a_judge(tiny_model))
    (folder / "judges.toml").write_text(
        f'[[judges]]\nname = "tiny"\nstyle = "logit"\nprompt = "choice"\n'
        f'backend = "hf:{tiny_model}"\n'
    )
    assert main(["judge", str(folder), "--reparse"]) == 2
    assert "found judgements of another version" in capsys.readouterr().err


def test_a_changed_margin_holds_for_what_was_judged_before_it_too(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, pairs=3)
    run(folder, a_judge(tiny_model), limit=1)
    run(folder, a_judge(tiny_model, abstain_below=1000))
    assert [row.choice for row in labels(folder)] == ["abstained"] * 6


def test_without_pairs_there_is_nothing_to_judge_and_labels_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = '[[judges]]\nname = "j"\nstyle = "generate"\nbackend = "endpoint:http://x"\n'
    folder = a_folder(tmp_path, 2, toml, labels={"judge-j.jsonl": [a_label()]})
    (folder / "pairs.jsonl").unlink()
    for words in ([], ["--reparse"], ["--estimate"]):
        assert main(["judge", str(folder), *words]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith(f"{folder}/pairs.jsonl: found no pairs to judge")
    assert len(labels(folder, "j")) == 1


def test_a_torn_judgement_is_asked_again_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(lambda body, n: completion("Verdict: 2")) as server:
        toml = f'[[judges]]\nname = "j"\nstyle = "generate"\nbackend = "endpoint:{server.url}"\n'
        folder = a_folder(tmp_path, 2, toml)
        assert main(["judge", str(folder)]) == 0
        path = judge_files(folder, "j").judgements
        os.truncate(path, path.stat().st_size - 40)
        assert main(["judge", str(folder), "--estimate"]) == 0
        assert "1 requests about 1 pairs (3 done before)" in capsys.readouterr().out
        assert main(["judge", str(folder)]) == 0
    assert len(judgements(folder, "j")) == 4  # raises on a torn line
    assert list(orders(labels(folder, "j")).values()) == [BOTH] * 2


def test_shards_hold_both_orders_of_their_pairs_and_share_the_labels(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, pairs=8)
    first = run(folder, a_judge(tiny_model), shard=Shard(number=1, of=2))
    assert 0 < first.labels < 16
    assert first.incomplete == 0
    run(folder, a_judge(tiny_model), shard=Shard(number=2, of=2))
    assert list(orders(labels(folder)).values()) == [BOTH] * 8


@pytest.mark.parametrize(
    ("prompt", "reply", "choice"), [("relevance", "4", "4 of 5"), ("coherence", "9", "invalid")]
)
def test_ratings_are_asked_of_each_response(
    prompt: str, reply: str, choice: str, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, pairs=1, plan=a_plan(a_criterion(prompt, RATED)))
    with served(lambda body, n: completion(reply)) as server:
        judge = a_judge(style="rating", prompt=prompt, backend=f"endpoint:{server.url}")
        run(folder, judge)
    assert [(row.target, row.choice) for row in labels(folder)] == [("a", choice), ("b", choice)]


def test_the_higher_of_two_single_scores_wins(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=2)

    def mind(body: dict[str, object], _: int) -> tuple[int, dict[str, str], bytes]:
        return completion("[[9]]" if "Well: 0" in str(body) else "[[4]]")

    with served(mind) as server:
        judge = a_judge(style="rating", prompt="mt-bench-single", backend=f"endpoint:{server.url}")
        run(folder, judge)
    assert [(row.target, row.choice) for row in labels(folder)] == [("pair", "b"), ("pair", "tie")]


def test_what_pandalm_says_beside_its_verdict_is_kept(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, pairs=1)
    reply = "1\n\n### Reason: It is right.\n\n### Reference: Yes."
    with served(lambda body, n: completion(reply)) as server:
        run(folder, a_judge(style="generate", prompt="pandalm", backend=f"endpoint:{server.url}"))
    assert {row.comment for row in labels(folder)} == {"It is right."}
    assert {row.verdict.reference for row in judgements(folder)} == {"Yes."}


def test_a_jury_is_what_most_of_its_members_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pair,) = some_pairs(1)

    def said(name: str, given: str, swapped: str) -> list[Label]:
        fields = {"pair_id": pair.id, "annotator": name, "kind": "judge"}
        both = ((False, given), (True, swapped))
        return [a_label(choice=one, swapped=order, **fields) for order, one in both]

    votes = [*said("k", "a", "a"), *said("l", "a", "b"), *said("m", "tie", "invalid")]
    toml = '[[judges]]\nname = "jury"\nstyle = "jury"\nmembers = ["k", "l", "m"]\n'
    folder = a_folder(tmp_path, 1, toml, labels={"judge-others.jsonl": votes})
    assert main(["judge", str(folder)]) == 0
    found = labels(folder, "jury")
    assert {row.swapped: row.choice for row in found} == {False: "a", True: "abstained"}
    assert found[0].comment == "k: a, l: a, m: tie"
    assert "jury: 2 labels (a 1, abstained 1)" in capsys.readouterr().out


def test_a_limited_jury_or_a_shard_of_it_still_votes_on_everything(tmp_path: Path) -> None:
    votes = [
        a_label(pair_id=pair.id, annotator=name, kind="judge", swapped=False)
        for pair in some_pairs(4)
        for name in ("k", "l")
    ]
    toml = '[[judges]]\nname = "jury"\nstyle = "jury"\nmembers = ["k", "l"]\n'
    folder = a_folder(tmp_path, 4, toml, labels={"judge-others.jsonl": votes})
    for few in (["--limit", "1"], ["--shard", "1/2"]):
        assert main(["judge", str(folder), *few]) == 0
        assert len(labels(folder, "jury")) == 4


def test_of_a_members_labels_with_one_key_the_latest_votes(tmp_path: Path) -> None:
    (pair,) = some_pairs(1)
    late, early = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 1))
    fields = {"pair_id": pair.id, "kind": "judge"}
    votes = [
        a_label(annotator="k", choice="b", created_at=late, **fields),
        a_label(annotator="k", choice="a", created_at=early, **fields),
        a_label(annotator="k", choice="a", **fields),
        a_label(annotator="l", choice="b", **fields),
    ]
    toml = '[[judges]]\nname = "jury"\nstyle = "jury"\nmembers = ["k", "l"]\n'
    folder = a_folder(tmp_path, 1, toml, labels={"judge-others.jsonl": votes})
    assert main(["judge", str(folder)]) == 0
    assert [row.choice for row in labels(folder, "jury")] == ["b"]


def test_an_estimate_asks_nothing_of_a_jury_and_counts_no_votes(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = (
        f'[[judges]]\nname = "j"\nstyle = "logit"\nbackend = "hf:{tiny_model}"\n'
        '[[judges]]\nname = "jury"\nstyle = "jury"\nmembers = ["j", "k"]\n'
    )
    folder = a_folder(tmp_path, 1, toml)
    assert main(["judge", str(folder), "--estimate"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "jury: no requests, it counts the votes of j, k"
    assert not judge_files(folder, "jury").labels.exists()


def test_a_servers_time_is_told_from_a_trial_and_never_tried_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(lambda body, n: completion("Verdict: 1")) as server:
        toml = (
            '[[judges]]\nname = "j"\nstyle = "generate"\n'
            f'backend = "endpoint:{server.url}"\nthreads = 1\n'
        )
        folder = a_folder(tmp_path, 5, toml)
        assert main(["judge", str(folder), "--estimate"]) == 0
        assert "time unknown before a trial with --limit" in capsys.readouterr().out
        assert server.bodies == []
        assert main(["judge", str(folder), "--limit", "2"]) == 0
        assert len(server.bodies) == 4
        assert main(["judge", str(folder), "--estimate"]) == 0
    assert "about 1 s by the 4 requests before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("toml", "line", "said"),
    [
        ('[[judges]]\nname = "j"\nstyle = "guess"\nbackend = "hf:x"\n', 3, "style"),
        ('[[judges]]\nname = "length"\nstyle = "logit"\nbackend = "hf:x"\n', 2, "baseline"),
        ('[[judges]]\nname = "j"\nstyle = "jury"\nmembers = ["k"]\n', 1, "two or more"),
        ('[[judges]]\nname = "j"\nstyle = "jury"\nmembers = ["k", "j"]\n', 1, "its own member"),
        (
            '[[judges]]\nname = "i"\nstyle = "jury"\nmembers = ["k", "l"]\n'
            '[[judges]]\nname = "j"\nstyle = "jury"\nmembers = ["i", "k"]\n',
            1,
            "the jury 'j' has the jury 'i' as a member",
        ),
        (
            '[[judges]]\nname = "j"\nstyle = "generate"\nbackend = "hf:x"\nabstain_below = 1\n',
            1,
            "a reply has none",
        ),
        ('[[judges]]\nname = "j"\nstyle = "logit"\n', 1, "'backend' is missing"),
        (
            '[[judges]]\nname = "j"\nstyle = "logit"\nbackend = "hf:x"\nrun = 3\n',
            5,
            "unknown field",
        ),
    ],
)
def test_a_faulty_judges_toml_is_told_with_its_line(
    toml: str, line: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "judges.toml").write_text(toml)
    with pytest.raises(StudyError, match=rf"judges\.toml:{line}: .*{said}"):
        load_judges(tmp_path)


def test_a_judge_that_cannot_answer_is_refused_before_it_starts(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, plan=a_plan(a_criterion(scale="preference5")))
    with pytest.raises(JudgeRefused, match="asks for strengths"):
        run(folder, a_judge(tiny_model))
    chat = a_judge(backend="endpoint:http://localhost:1/v1")
    with pytest.raises(JudgeRefused, match="needs a backend that can score"):
        run(a_folder(tmp_path / "second"), chat)


def test_before_it_starts_a_judge_tells_requests_tokens_time_and_money(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = (
        f'[[judges]]\nname = "j"\nstyle = "generate"\nbackend = "hf:{tiny_model}"\n'
        "decoding = { max_new_tokens = 10 }\nprice = { prompt = 1e6, reply = 2e6 }\n"
    )
    folder = a_folder(tmp_path, 5, toml)
    assert main(["judge", str(folder), "--limit", "2", "--estimate"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("j: 4 requests about 2 pairs, about ")
    assert "at most 40 new ones" in out
    assert "by one request tried alone" in out
    assert "USD" in out
    assert not judge_files(folder, "j").labels.exists()
    assert main(["judge", str(folder), "--limit", "2"]) == 0
    assert len(labels(folder, "j")) == 4
    told = json.loads(next(judge_files(folder, "j").provenance.glob("j.*.json")).read_text())
    assert told["prompt"]["reads"] == "verdict-line"
