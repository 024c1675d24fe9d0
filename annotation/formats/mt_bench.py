"""MT-bench's and Vicuna's questions as prompts, and models' answers to them.

Source: lm-sys/FastChat, fastchat/llm_judge: question.jsonl, reference_answer/*.jsonl and
model_answer/*.jsonl. Questions have one turn or two; answers stand in `choices[0].turns`, because
only the first choice is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from annotation.formats.dialogues import opening
from annotation.formats.files import FormatError
from annotation.formats.prompts import Found
from annotation.formats.table import Unusable, plain_value
from annotation.formats.tables import jsonl_rows
from annotation.schema import Prompt, Turn

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""One model's answers, a text for each turn, by the question's id."""

_OURS = ("question_id", "category", "turns", "reference")


@dataclass(frozen=True)
class Question:
    """A question of one or more turns; `references` has an answer for each, or nothing."""

    id: str
    turns: tuple[str, ...]
    category: str | None = None
    references: tuple[str, ...] = ()
    meta: Mapping[str, object] | None = None

    def prompt(self, turns: int | None = None) -> Prompt:
        """The question as a prompt, or its first `turns` turns."""
        said = [Turn(role="user", text=text) for text in self.turns[:turns]]
        references = self.references[:turns]
        several = {"reference_turns": list(references)} if len(references) > 1 else {}
        return Prompt(
            id=self.id,
            **opening(said),
            category=self.category,
            reference="\n\n".join(text for text in references if text.strip()) or None,
            meta={"source": "FastChat", **several, **(self.meta or {})},
        )


def prompts_of_mt_bench(path: Path, references: Path | None) -> Iterator[Found]:
    """The questions of a file as prompts, with the answers of `references` where there are any."""
    given = read_answers(references) if references else {}
    if len(given) > 1:
        raise FormatError(
            f"{references}: found answers of {len(given)} models, expected references of one"
        )
    known = next(iter(given.values()), {})
    for where, question in read_questions(path, known):
        if isinstance(question, Unusable):
            yield Found(where, question)
        else:
            yield Found(where, question.prompt())


def read_questions(
    path: Path, references: Answers | None = None
) -> Iterator[tuple[str, Question | Unusable]]:
    """The questions of a file with their lines; `references` count before those of the file."""
    for row in jsonl_rows(path):
        question = Unusable(row.problem) if row.problem else _question(row.cells)
        if isinstance(question, Question) and references and question.id in references:
            known = references[question.id]
            question = Question(
                question.id, question.turns, question.category, known, question.meta
            )
        yield f"{path}:{row.line}", question


def _question(record: dict[str, Any]) -> Question | Unusable:
    identifier = question_id(record)
    # Vicuna's first questions have their one turn as `text`.
    only = [record["text"]] if "text" in record else None
    turns = _texts(record.get("turns", only))
    category = record.get("category")
    if identifier is None:
        return Unusable(
            f"found {record.get('question_id')!r:.40} in 'question_id', expected a number or a name"
        )
    if not turns or not turns[0].strip():
        return Unusable(f"found {record.get('turns')!r:.40} in 'turns', expected a list of texts")
    if category is not None and not isinstance(category, str):
        return Unusable(f"found {category!r:.40} in 'category', expected text")
    references = _texts(record.get("reference", []))
    if references is None:
        found = record["reference"]
        return Unusable(f"found {found!r:.40} in 'reference', expected a list of texts")
    ours = _OURS if "turns" in record else (*_OURS, "text")
    meta = {name: plain_value(value) for name, value in record.items() if name not in ours}
    return Question(identifier, turns, category or None, references, meta)


def question_id(record: Mapping[str, Any]) -> str | None:
    """The id of the question that a record is of, or None where there is none."""
    value = record.get("question_id")
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    return str(value)


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return tuple(value)


def answer_files(paths: Iterable[Path]) -> list[Path]:
    """The files of answers: those named, and every .jsonl of a folder named."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not inside:
            raise FormatError(f"{path}: found no .jsonl file in it, expected a model's answers")
        found += inside
    return found


def read_answers(path: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """The answers of a file by model and question; any line that is none raises FormatError."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in jsonl_rows(path):
        problem = row.problem or _answer_problem(row.cells)
        if problem:
            raise FormatError(f"{path}:{row.line}: {problem}")
        answers = found.setdefault(row.cells["model_id"], {})
        identifier = str(row.cells["question_id"])
        if identifier in answers:
            raise FormatError(
                f"{path}:{row.line}: found a second answer of {row.cells['model_id']} to question "
                f"{identifier}, expected one"
            )
        answers[identifier] = tuple(row.cells["choices"][0]["turns"])
    if not found:
        raise FormatError(f"{path}: found no answers")
    return found


def _answer_problem(record: dict[str, Any]) -> str | None:
    model, choices = record.get("model_id"), record.get("choices")
    if question_id(record) is None:
        return f"found {record.get('question_id')!r:.40} in 'question_id', expected a number"
    if not isinstance(model, str) or not model:
        return f"found {model!r:.40} in 'model_id', expected a name"
    first = choices[0] if isinstance(choices, list) and choices else None
    turns = _texts(first.get("turns")) if isinstance(first, dict) else None
    if not turns:
        return f"found {choices!r:.40} in 'choices', expected a list whose first has texts in turns"
    return None
