"""The card of a dataset in Markdown, written from the facts of a release."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from statistics import median

from annotation.export.wanted import REASONS
from annotation.formats.imported import count
from annotation.publishing.facts import Facts
from annotation.schema import Scale, iso_utc

_JOINED = {
    "open": "Anybody could join under a pseudonym.",
    "invite": "People were invited one by one.",
    "prolific": "People came from Prolific.",
    "huggingface": "People signed in with a Hugging Face account.",
}


def card(facts: Facts) -> str:
    """The text under the card's metadata."""
    return "\n\n".join(part for part in _parts(facts) if part) + "\n"


def _parts(facts: Facts) -> Iterator[str]:
    study = facts.study
    yield f"# {_line(study.title)}"
    yield study.description
    yield from _how_to_load(facts)
    yield from _task(facts)
    yield from _annotators(facts)
    yield from _agreement(facts)
    yield from _systems(facts)
    yield from _limits(facts)
    yield "## Licence"
    if facts.licence:
        yield f"`{facts.licence}`, as whoever published it says."
    else:
        yield (
            "None was given. Texts of prompts and responses may be under licences of their own; "
            "ask before you use them."
        )
    yield "## Changes"
    yield "\n".join(f"- {one.date}: {_line(one.note)}" for one in reversed(facts.changes))
    yield (
        f"Made with Tiebreak at {iso_utc(facts.made_at)} from version {study.version} of the "
        f"study `{study.key}`."
    )


def _how_to_load(facts: Facts) -> Iterator[str]:
    yield "## Views"
    rows = [(f"`{one.name}`", one.split, f"{one.rows:,}", one.what) for one in facts.configs]
    yield _table(("config", "split", "rows", "a row is"), rows)
    if facts.configs:
        name = facts.configs[min(1, len(facts.configs) - 1)]
        yield (
            "```python\nfrom datasets import load_dataset\n\n"
            f'rows = load_dataset("{facts.repository}", "{name.name}", split="{name.split}")\n```'
        )
    yield (
        "`pair_id` joins the views. Choices are in the pair's order: `a` is `response_a`, whatever "
        "stood on the left of the screen (`swapped` says that)."
    )
    if facts.unblinded:
        yield (
            "The repository is also the study itself, in the files of Tiebreak: "
            f"`STUDY=hf://datasets/{facts.repository} python app.py` serves it, "
            f"`python -m analysis hf://datasets/{facts.repository}` computes its numbers."
        )


def _task(facts: Facts) -> Iterator[str]:
    study = facts.study
    yield "## Task"
    prompts = {pair.prompt.id for pair in study.pairs}
    yield (
        f"People compared two responses to a prompt without knowing which system wrote which: "
        f"{count(len(study.pairs), 'pair')} of {count(len(prompts), 'prompt')}, language "
        f"`{study.language}`, {count(study.labels_per_pair, 'label')} wanted for each pair. Which "
        "response stood on the left was drawn for each annotator, evenly for each pair."
    )
    yield "### Criteria"
    rows = [
        (f"`{one.key}`", _line(one.question), _scale(one.scale), ", ".join(one.applies_to) or "all")
        for one in study.criteria
    ]
    yield _table(("criterion", "question", "scale", "asked of"), rows)
    if study.guidelines.strip():
        yield "### Guidelines\n\nWhat annotators read:"
        yield "\n".join(f"> {line}".rstrip() for line in study.guidelines.strip().splitlines())


def _annotators(facts: Facts) -> Iterator[str]:
    yield "## Annotators"
    given = sorted(facts.people.values())
    if not given:
        yield "Nobody has labelled yet."
        return
    yield (
        f"{count(len(given), 'person', 'people')} gave {count(sum(given), 'label')}, between "
        f"{given[0]:,} and {given[-1]:,} each (median {median(given):,.0f}). "
        f"{_JOINED[facts.study.access.mode]} They are called A1, A2, ... in an order drawn anew "
        "for each release: A1 of one release is not A1 of another."
    )
    if facts.excluded:
        yield (
            f"{count(facts.excluded, 'annotator')} excluded by the researchers: none of their "
            "labels are here."
        )
    yield (
        "Comments that people wrote are part of `labels`."
        if facts.comments
        else "What people wrote as comments is not published."
    )


def _agreement(facts: Facts) -> Iterator[str]:
    yield "## Agreement"
    if not facts.agreement:
        yield "No pair has two labels on a criterion, so agreement is not defined."
    else:
        rows = []
        for criterion in facts.study.criteria:
            if criterion.key in facts.agreement:
                share, number = facts.agreement[criterion.key]
                decided, labelled = facts.majorities[criterion.key]
                rows.append(
                    (
                        f"`{criterion.key}`",
                        f"{share:.3f}",
                        f"{number:,}",
                        f"{decided:,}/{labelled:,}",
                    )
                )
        yield _table(("criterion", "percent agreement", "units", "with a majority"), rows)
        yield (
            "Percent agreement is the share of agreeing pairs of labels, averaged over units with "
            "two labels or more; a unit is a pair, or for ratings a response. It is not corrected "
            "for chance."
        )
    if facts.estimates:
        found = [
            (
                f"`{one['criterion']}`",
                f"`{one['statistic']}`",
                f"{one['value']:.3f}",
                f"{one['low']:.3f} to {one['high']:.3f}" if one.get("low") is not None else "",
                _line(str(one.get("method", ""))),
            )
            for one in facts.estimates
        ]
        yield _table(("criterion", "statistic", "value", "interval", "method"), found)
        yield "From the study's report, made of as many labels as are published here."


def _systems(facts: Facts) -> Iterator[str]:
    yield "## Systems"
    if not facts.unblinded:
        yield (
            f"{count(len(facts.systems), 'system')}, called {', '.join(facts.systems)} in an order "
            "drawn by chance. Their names are not published yet, nor are verdicts of judges, who "
            "may be among them. Pairs have other ids in each release."
        )
        return
    rows = []
    for name in facts.systems:
        known = facts.provenance.get(name)
        said = "; ".join(f"{key}: {_value(value)}" for key, value in (known or {}).items())
        rows.append((f"`{name}`", _line(said) or "not recorded"))
    yield _table(("system", "how its answers were made"), rows)
    if facts.judges:
        yield f"Judges and known preferences in the view `judges`: {', '.join(facts.judges)}."


def _limits(facts: Facts) -> Iterator[str]:
    yield "## Known limits"
    study = facts.study
    limits = [
        "Labels are opinions of the people above on these prompts; nothing says that they hold "
        "for other people, prompts or languages.",
        "The majority of a pair counts each person once; a pair whose labels are split has none.",
    ]
    undecided = [
        f"`{key}` {labelled - decided:,}"
        for key, (decided, labelled) in facts.majorities.items()
        if labelled > decided
    ]
    if undecided:
        limits.append(f"Without a majority: {', '.join(undecided)} units.")
    unlabelled = len(study.pairs) - facts.labelled_pairs
    if unlabelled:
        limits.append(f"{count(unlabelled, 'pair')} without any label that counts.")
    limits += [
        f"{count(number, 'label')} not in `aggregated` and `preferences`: {REASONS.get(why, why)}."
        for why, number in sorted(facts.left_out.items())
        if why not in ("judge", "reference")
    ]
    limits.append(
        "An earlier revision of this repository keeps what it had, labels of people who withdrew "
        "since included, until its history is removed."
    )
    yield "\n".join(f"- {one}" for one in limits)


def _scale(scale: Scale) -> str:
    choices = ", ".join(f"{_line(one)} = {value:g}" for one, value in scale.values.items())
    return f"{scale.kind}: {choices}"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )


def _line(text: str) -> str:
    """A text of the study on one line, so that it cannot end a table or begin a heading."""
    return " ".join(text.split()).replace("<", "&lt;")
