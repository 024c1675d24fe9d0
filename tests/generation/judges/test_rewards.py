"""Reward models and alignment data: small ones, for real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

from analysis.labels import read_study
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.formats.hhh import read_hhh
from annotation.schema import Turn
from annotation.study import write_jsonl, write_plan
from generation.backends.base import BackendRefused, ScoreRequest
from generation.backends.rewards import RewardBackend
from tests.analysis.small_studies import row_of
from tests.builders import a_label
from tests.generation.judges.studies import a_folder, a_judge, labels, run, some_pairs
from tests.generation.tiny import a_tokenizer


def a_reward_model(folder: Path, classes: int = 1) -> Path:
    """A random classifier with the tiny model's tokenizer."""
    tokenizer = a_tokenizer()
    made: Any = LlamaConfig  # its classes and the network's constructor have no types
    config = made(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=classes,
        initializer_range=0.3,
    )
    torch.manual_seed(1)
    network: Any = LlamaForSequenceClassification
    network(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_response_with_the_greater_reward_wins(tmp_path: Path) -> None:
    model = a_reward_model(tmp_path / "reward")
    folder = a_folder(tmp_path / "study", pairs=5)
    assert run(folder, a_judge(model, "reward")).labels == 5
    backend = RewardBackend(a_judge(model, "reward").system(), folder)
    for pair, label in zip(some_pairs(5), labels(folder), strict=True):
        alone = []
        for response in (pair.response_a, pair.response_b):
            said = [Turn(role="user", text=pair.prompt.text)]
            (ids,) = backend.model.encode([backend.model.dialogue_text(said, response.text)])
            with torch.inference_mode():
                alone.append(float(backend.model.network(torch.tensor([ids])).logits[0, 0]))
        assert label.choice == ("a" if alone[0] > alone[1] else "b")
        assert label.swapped is None


def test_what_a_reward_model_cannot_take_is_an_error_of_its_own(tmp_path: Path) -> None:
    model = a_reward_model(tmp_path / "reward")
    backend = RewardBackend(a_judge(model, "reward").system(), tmp_path)
    said = (Turn(role="user", text="Hi"),)
    scores = backend.score(
        [
            ScoreRequest(key="long", messages=said, continuations=("Yes", "x" * 600)),
            ScoreRequest(key="fine", messages=said, continuations=("Yes", "")),
        ]
    )
    found = {score.key: score for score in scores}
    assert "too long" in (found["long"].error or "")
    assert len(found["fine"].logprobs) == 2


def test_a_dialogue_that_the_template_refuses_is_an_error_of_its_own(tmp_path: Path) -> None:
    model = a_reward_model(tmp_path / "reward")
    (tmp_path / "strict.jinja").write_text(
        "{% if messages | length > 2 %}{{ raise_exception('one turn') }}{% endif %}"
        "{{ messages[-1]['content'] }}"
    )
    backend = RewardBackend(a_judge(model, "reward", template="strict.jinja").system(), tmp_path)
    said = (Turn(role="user", text="Hi"),)
    found = {
        score.key: score
        for score in backend.score(
            [
                ScoreRequest(key="refused", messages=said * 2, continuations=("Yes", "No")),
                ScoreRequest(key="fine", messages=said, continuations=("Yes", "No")),
            ]
        )
    }
    assert "refuses the turns user, user, assistant: one turn" in (found["refused"].error or "")
    assert len(found["fine"].logprobs) == 2


def test_a_classifier_is_no_reward_model(tmp_path: Path) -> None:
    model = a_reward_model(tmp_path / "reward", classes=3)
    with pytest.raises(BackendRefused, match="a classifier of 3 classes"):
        run(a_folder(tmp_path / "study", 1), a_judge(model, "reward"))


@pytest.mark.parametrize("style", ["loglik", "choice"])
def test_alignment_accuracy_is_reported_by_subset(
    style: str, tiny_model: Path, tmp_path: Path
) -> None:
    pairs = some_pairs(8)
    known = [
        a_label(pair_id=pair.id, annotator="hhh", kind="reference", choice="ab"[n % 3 % 2])
        for n, pair in enumerate(pairs)
    ]
    folder = a_folder(tmp_path, pairs=8, labels={"reference.jsonl": known})
    run(folder, a_judge(tiny_model, style))
    report = analyse(read_study(folder), Bootstrap(50))
    for subset in ("honest", "helpful"):
        row = row_of(report, "reference_accuracy", {"judge": "tiny"}, {"category": subset})
        assert row.n == 4
        assert row.low is not None
        assert row.value is not None


def test_the_real_alignment_pairs_are_judged_both_ways(
    tiny_model: Path, tmp_path: Path, shared_data: Path
) -> None:
    made = read_hhh([shared_data / "hhh"], tmp_path, 0)
    short = [pair for pair in made.pairs if len(pair.prompt.text) < 80][::40]
    ids = {pair.id for pair in short}
    write_plan(tmp_path, made.plan)
    write_jsonl(tmp_path / "pairs.jsonl", short)
    known = [one for one in made.labels["reference.jsonl"] if one.pair_id in ids]
    write_jsonl(tmp_path / "labels" / "reference.jsonl", known)
    for style in ("loglik", "choice"):
        judge = a_judge(tiny_model, style, name=style, criteria=("overall",))
        outcome = run(tmp_path, judge)
        assert outcome.failed + outcome.answered == len(short) * (1 + (style == "choice"))
    report = analyse(read_study(tmp_path), Bootstrap(50))
    found = [one for one in report.estimates if one.statistic == "reference_accuracy"]
    assert {str(one.subject["judge"]) for one in found} == {"loglik", "choice", "length"}
    subsets = {str(one.slice["category"]) for one in found if "category" in one.slice}
    assert subsets == {pair.prompt.category for pair in short}


def test_a_reward_judge_needs_a_reward_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="belong together"):
        a_judge(tmp_path, "reward", backend="hf:x")
