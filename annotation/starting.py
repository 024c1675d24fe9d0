"""A new study folder from a template: what it asks, who may join, what may be switched on."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotation.formats.arguments import BadArgument, Commands, Subcommand, command
from annotation.formats.imported import (
    Imported,
    guidelines_template,
    make_study,
    refuse_if_taken,
    study_key,
)
from annotation.formats.plans import (
    ALIGNMENT,
    COMPREHENSIVENESS,
    OVERALL,
    PREFERENCE,
    PUBLISHED_OVERALL,
    WRITING,
    new_guidelines,
    with_comprehensiveness,
)
from annotation.formats.tulu import CRITERIA as ACCEPTABILITY_AND_OVERALL
from annotation.protocol import Access
from annotation.schema import Criterion, Level, Scale
from annotation.study import PLAN_FILE, StudyPlan

Ask = Callable[[str], str]
"""A question for whoever sits at the terminal; gives the answer."""

_FIVE = Scale(
    kind="rating", levels=tuple(Level(name=str(value), value=value) for value in range(1, 6))
)
_RATINGS = (
    Criterion(
        key="relevance",
        question="How relevant is this response to the prompt?",
        description="1: of something else; 5: all that was asked and nothing else",
        scale=_FIVE,
    ),
    Criterion(
        key="coherence",
        question="How coherent is this response?",
        description="1: pieces that do not belong together; 5: one thought from end to end",
        scale=_FIVE,
    ),
    Criterion(key="overall", question="Which response is better?", scale=PREFERENCE),
)


@dataclass(frozen=True)
class Template:
    """A kind of study: what it asks, in one line, and the guidelines that explain it."""

    asks: str
    criteria: tuple[Criterion, ...]
    guidelines: str = ""
    """The name of the guidelines that ship; empty: those that go with the criteria."""


TEMPLATES: Mapping[str, Template] = {
    "writing": Template(
        "conciseness, clarity, adherence, formality, then overall", (*WRITING, OVERALL)
    ),
    "alignment": Template(
        "helpful, honest or harmless by the prompt's category, then overall", (*ALIGNMENT, OVERALL)
    ),
    "both": Template("the questions of writing and of alignment", (*WRITING, *ALIGNMENT, OVERALL)),
    "acceptability": Template(
        "is each response acceptable, and which is better in five steps",
        ACCEPTABILITY_AND_OVERALL,
        "tulu",
    ),
    "ratings": Template(
        "relevance and coherence of each response from 1 to 5", _RATINGS, "ratings"
    ),
    "preference": Template(
        "one question: which is better overall", (PUBLISHED_OVERALL,), "pandalm"
    ),
}

_LANGUAGES = ("en", "ko", "zh")
_ACCESS = ("open", "invite", "prolific", "huggingface")

SWITCHES = """
# Switch on what the study needs by taking the marks away; data/README.md of Tiebreak describes all.
#
# [access]                      # who may join: open, invite, prolific or huggingface
# mode = "invite"
# completed = "CODE-OR-LINK"    # what people are given at the end
#
# [consent]                     # people agree to consent.md first
# version = 1
#
# [training]                    # the pairs of training.jsonl come first and are explained
# pass_mark = 0.8
#
# [gold]                        # pairs of gold.jsonl, whose answers are known, among the others
# share = 0.05
#
# [repeats]                     # a pair of one's own again, later and with the sides swapped
# share = 0.05
#
# [overlap]                     # so many of the pairs get another number of labels than the rest
# share = 0.2
# labels_per_pair = 3
#
# [sensitive]                   # veiled until opened, and anyone may leave them out
# categories = ["harmless"]
#
# [comments]
# required_share = 0.1
#
# [breaks]
# after = 25
#
# [closing]
# ask_systems = true
"""
"""What stands at the foot of a new study.toml, as comments."""


def new(args: argparse.Namespace, ask: Ask | None = None) -> Iterator[str]:
    """Make the folder; `ask` is there where somebody sits at a terminal and gave no template."""
    refuse_if_taken(args.study)
    chosen = _asked(args, ask) if ask and args.template is None else args
    template = TEMPLATES[chosen.template or "writing"]
    plan = StudyPlan(
        key=study_key(args.study),
        title=chosen.title or args.study.resolve().name,
        language=chosen.language,
        labels_per_pair=_at_least_one(chosen.labels_per_pair),
        criteria=(*template.criteria, *((COMPREHENSIVENESS,) if args.comprehensiveness else ())),
        access=Access(mode=chosen.access),
    )
    guidelines = (
        guidelines_template(template.guidelines) if template.guidelines else new_guidelines(plan)
    )
    if args.comprehensiveness:
        guidelines = with_comprehensiveness(guidelines)
    taken = "[access]" if chosen.access != "open" else ""
    make_study(args.study, Imported(plan, guidelines, plan_notes=_switches(taken)))
    where = shlex.quote(str(args.study))
    yield f"{args.study}: a study that asks {template.asks}"
    yield f"edit {args.study / PLAN_FILE} and guidelines.md, then bring in pairs, one of:"
    yield f"  python -m annotation import pairs TABLE {where}   (prompt, response_a, response_b)"
    yield f"  python -m annotation import prompts TABLE {where}   (then python -m generation)"
    yield f"and serve it: STUDY={where} python app.py"


def _switches(taken: str) -> str:
    """The commented tables without the one that the study has already."""
    blocks = SWITCHES.split("#\n")
    return "#\n".join(block for block in blocks if not taken or f"# {taken}" not in block)


def _asked(args: argparse.Namespace, ask: Ask) -> argparse.Namespace:
    """The answers of whoever sits at the terminal; an empty one takes what stands in brackets."""
    title = args.title or ask(f"Title that annotators see [{args.study.resolve().name}]: ").strip()
    listed = "\n".join(f"  {name}: {one.asks}" for name, one in TEMPLATES.items())
    template = _one_of(ask, f"{listed}\nWhat is asked [writing]: ", "writing", tuple(TEMPLATES))
    number = _number(ask, "Labels a pair", args.labels_per_pair)
    access = _one_of(ask, f"Who may join, {', '.join(_ACCESS)} [open]: ", "open", _ACCESS)
    language = _one_of(ask, f"Language, {', '.join(_LANGUAGES)} [en]: ", "en", _LANGUAGES)
    return argparse.Namespace(
        title=title,
        template=template,
        labels_per_pair=number,
        access=access,
        language=language,
    )


def _one_of(ask: Ask, question: str, default: str, choices: tuple[str, ...]) -> str:
    """The first answer that is one of `choices`; anything else is asked again."""
    while True:
        answer = ask(question).strip() or default
        if answer in choices:
            return answer
        question = f"  found {answer!r}, expected one of {', '.join(choices)}: "


def _number(ask: Ask, question: str, default: int) -> int:
    """The first answer that is a whole number from 1 on; anything else is asked again."""
    asked = f"{question} [{default}]: "
    while True:
        answer = ask(asked).strip() or str(default)
        if answer.isdecimal() and int(answer) >= 1:
            return int(answer)
        asked = f"  found {answer!r}, expected a whole number from 1 on: "


def _at_least_one(number: int) -> int:
    if number < 1:
        raise BadArgument(f"--labels-per-pair: found {number}, expected 1 or more")
    return number


def add_new(commands: Commands, run: Subcommand) -> None:
    """The arguments of `new`."""
    listed = "\n".join(f"  {name:14} {one.asks}" for name, one in TEMPLATES.items())
    one = command(
        commands,
        "new",
        run,
        "make a study folder, by asking or from a template",
        f"\n\nWithout --template, and at a terminal, it asks. The templates:\n\n{listed}",
    )
    one.add_argument("study", type=Path, metavar="STUDY", help="the study folder to make")
    one.add_argument("--template", choices=tuple(TEMPLATES), help="default: writing")
    one.add_argument(
        "--comprehensiveness", action="store_true", help="ask which response covers more as well"
    )
    one.add_argument("--title", help="what annotators see; default: the folder's name")
    one.add_argument("--labels-per-pair", type=int, default=3, metavar="N", help="default: 3")
    one.add_argument("--access", choices=_ACCESS, default="open", help="default: open")
    one.add_argument("--language", choices=_LANGUAGES, default="en", help="default: en")
