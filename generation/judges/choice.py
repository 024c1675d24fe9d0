"""A or B: the question of INSTRUCTEVAL's alignment task, by which of both the model would say."""

from __future__ import annotations

from annotation.schema import Criterion
from generation.judges.declared import Judge
from generation.judges.logit import Logit
from generation.judges.prompts import JudgePrompt


class ChoiceOfTwo(Logit):
    """As `logit`, without a tie to choose; both orders, where the source draws one."""

    prompt = "choice"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Also a prompt that has a label for a tie."""
        if prompt is not None and "tie" in prompt.labels:
            return f"the prompt of judge {judge.name!r} has a label for a tie; use the style logit"
        return super().refuses(judge, prompt, criterion)
