"""What an incomplete design of many systems costs: `python -m benchmarks.pairing`.

Forty systems' answers to our 320 prompts are screened and paired by the real command; the balance
is counted in the pairs that it wrote.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

from annotation.schema import Prompt, Response
from annotation.study import (
    PROMPTS_FILE,
    StudyPlan,
    read_jsonl,
    read_pairs,
    write_jsonl,
    write_plan,
)
from generation.__main__ import main as generation

PROMPTS = Path(__file__).parent.parent / "data" / "prompts"
PLAN = {
    "key": "dozens",
    "title": "Dozens of systems",
    "criteria": [{"key": "overall", "question": "Which is better?", "scale": "preference3"}],
}


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=40)
    parser.add_argument("--pairs-per-prompt", type=int, default=10)
    args = parser.parse_args()
    prompts = [
        row for path in sorted(PROMPTS.glob("*.jsonl")) for _, row in read_jsonl(path, Prompt)
    ]
    names = [f"configuration-{n:02}" for n in range(args.systems)]
    words = " ".join(prompt.text for prompt in prompts).split()
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        write_plan(folder, StudyPlan.model_validate(PLAN))
        write_jsonl(folder / PROMPTS_FILE, prompts)
        for name in names:
            rows = (
                Response(
                    prompt_id=prompt.id,
                    system=name,
                    text=f"{' '.join(rng.choices(words, k=150))}.",
                    finish_reason="stop",
                )
                for prompt in prompts
            )
            write_jsonl(folder / "responses" / f"{name}.jsonl", rows)
        started = time.process_time()
        command = ["pair", str(folder), "--design", "incomplete"]
        if generation([*command, "--pairs-per-prompt", str(args.pairs_per_prompt)]):
            return 2
        seconds = time.process_time() - started
        pairs = list(read_pairs(folder / "pairs.jsonl"))
    met = Counter(tuple(sorted(pair.systems)) for pair in pairs)
    compared = Counter(name for pair in pairs for name in pair.systems)
    leads = Counter(pair.systems[0] for pair in pairs)
    times = [met[two] for two in combinations(names, 2)]
    every = len(prompts) * len(times)
    print(
        f"{args.systems} systems, {len(prompts)} prompts: {len(pairs)} pairs instead of the "
        f"{every} of all with all; screened and paired in {seconds:.1f} CPU-s"
    )
    print(
        f"two systems meet {min(times)} to {max(times)} times, a system is compared "
        f"{min(compared.values())} to {max(compared.values())} times, and stands first oftener "
        f"than second, or second than first, by "
        f"{max(abs(2 * leads[name] - compared[name]) for name in names)} at most"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
