"""A real model as a judge, beside the published judges and the length baseline.

`python -m benchmarks.real_judge --model FOLDER --data FOLDER`

On the first pairs of PandaLM, by its next token and by likelihood; and on BIG-bench's HHH task, by
likelihood and by the question A or B. `--data` is a folder with `pandalm/` and `hhh/` in it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.estimates import Estimate
from analysis.labels import read_study
from analysis.report.compose import Report, analyse
from analysis.resampling.resample import Bootstrap
from annotation.formats.hhh import read_hhh
from annotation.formats.imported import Imported
from annotation.formats.pandalm import read_pandalm
from annotation.schema import Pair
from annotation.study import PAIRS_FILE, write_jsonl, write_plan
from generation.__main__ import main as generation
from generation.judges.declared import JUDGES_FILE

JUDGE = """
[[judges]]
name = "{style}"
style = "{style}"
backend = "hf:{model}"
template = "plain"
dtype = "bfloat16"
device = "cpu"
criteria = ["overall"]
{prompt}
"""


def pandalm_study(folder: Path, data: Path, count: int) -> None:
    """The first pairs with people's labels and those of PandaLM-7B and GPT-3.5."""
    judges = {
        "pandalm-7b": data / "pandalm-7b-testset-v1.json",
        "gpt-3.5": data / "gpt-3.5-turbo-testset-v1.json",
    }
    made = read_pandalm(data / "testset-v1.json", judges, folder)
    _write(folder, made, made.pairs[:count])


def hhh_study(folder: Path, data: Path, every: int = 1) -> None:
    """Every n-th of the examples, with the known preferences."""
    made = read_hhh([data], folder, 0)
    _write(folder, made, made.pairs[::every])


def _write(folder: Path, made: Imported, pairs: Sequence[Pair]) -> None:
    ids = {pair.id for pair in pairs}
    write_plan(folder, made.plan)
    write_jsonl(folder / PAIRS_FILE, pairs)
    for name, labels in made.labels.items():
        write_jsonl(folder / "labels" / name, [one for one in labels if one.pair_id in ids])


def judged(folder: Path, model: Path, prompts: dict[str, str], resamples: int) -> Report:
    """Let `model` judge the study in each style with its prompt ("": none); the analysis."""
    tables = [
        JUDGE.format(style=style, model=model.resolve(), prompt=prompt and f'prompt = "{prompt}"')
        for style, prompt in prompts.items()
    ]
    (folder / JUDGES_FILE).write_text("".join(tables), encoding="utf-8")
    if generation(["judge", str(folder)]):
        raise SystemExit(2)
    return analyse(read_study(folder), Bootstrap(resamples))


ON_PANDALM = {"logit": "pandalm", "loglik": ""}
ON_HHH = {"loglik": "hhh", "choice": "choice"}
TOLD = (
    "judge_accuracy",
    "judge_invalid_share",
    "judge_inconsistent_share",
    "order_consistency",
    "first_position_bias",
)


def lines(report: Report, names: tuple[str, ...], by: str = "") -> Iterator[str]:
    """A line for each of these numbers of each judge; also by category, if `by` says so."""
    for one in report.estimates:
        if one.statistic in names and "judge" in one.subject and set(one.slice) <= {by}:
            part = f", {one.slice[by]}" if by in one.slice else ""
            yield f"  {one.statistic} of {one.subject['judge']}{part}: {_number(one)}"


def _number(one: Estimate) -> str:
    if one.value is None:
        return f"undefined ({one.reason})"
    interval = "" if one.low is None else f" ({one.low:.3f} to {one.high:.3f})"
    return f"{one.value:.3f}{interval}, n {one.n}"


def main() -> int:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a causal language model")
    parser.add_argument("--data", type=Path, required=True, help="with pandalm/ and hhh/ in it")
    parser.add_argument("--pairs", type=int, default=100, help="of PandaLM")
    parser.add_argument("--resamples", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "pandalm"
        pandalm_study(folder, args.data / "pandalm", args.pairs)
        report = judged(folder, args.model, ON_PANDALM, args.resamples)
        print(f"the first {args.pairs} pairs of PandaLM, 95% intervals over prompts:")
        print(*lines(report, TOLD), sep="\n", flush=True)
        folder = Path(top) / "hhh"
        hhh_study(folder, args.data / "hhh")
        report = judged(folder, args.model, ON_HHH, args.resamples)
        print("HHH, known preferences, 95% intervals over prompts:")
        print(*lines(report, ("reference_accuracy",), "category"), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
