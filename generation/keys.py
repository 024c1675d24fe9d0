"""What makes two requests the same: the key of a request, its seed and its messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from annotation.schema import Prompt, Record, Turn
from generation.backends.base import Request
from generation.systems import Decoding, Dtype, System


class Identity(Record):
    """All of a system that decides its answers; two systems that share it answer alike."""

    system: str
    backend: str
    model: str | None
    revision: str
    template: str
    system_prompt: str
    dtype: Dtype
    decoding: Decoding


def identity_of(system: System, revision: str, template: str) -> Identity:
    """`system` with its backend's resolved revision and the hash of its chat template."""
    return Identity(
        system=system.name,
        backend=system.source,
        model=system.model,
        revision=revision,
        template=template,
        system_prompt=system.system_prompt,
        dtype=system.dtype,
        decoding=system.decoding,
    )


class Named(NamedTuple):
    """A request by its key, without its messages."""

    key: str
    prompt_id: str
    sample: int


def keys_of(identity: Identity, prompts: Sequence[Prompt]) -> Iterator[Named]:
    """The keys of all requests, in their order: what a run needs to see that nothing is left."""
    # The identity is the same for all: writing it once makes 100,000 keys a matter of a second.
    # How many samples there are decides none of them, so that there can be more later.
    decides = identity.model_dump(mode="json", exclude={"decoding": {"samples"}})
    start = f'{{"identity":{_canonical(decides)},"messages":['
    for prompt in prompts:
        said = _said(prompt, identity.system_prompt)
        texts = ",".join([f"[{_quoted(role)},{_quoted(text)}]" for role, text in said])
        # The prompt's id is in the key because the seed depends on it: two prompts of one
        # wording are two requests, and each has its own answer.
        rest = f'{texts}],"prompt_id":{_quoted(prompt.id)},"sample":'
        for sample in range(identity.decoding.samples):
            key = hashlib.sha256(f"{start}{rest}{sample}}}".encode()).hexdigest()
            yield Named(key, prompt.id, sample)


def requests_of(identity: Identity, prompts: Sequence[Prompt]) -> Iterator[Request]:
    """Every request that a system gets: each prompt, as often as the decoding says."""
    keys = keys_of(identity, prompts)
    for prompt in prompts:
        messages = messages_of(prompt, identity.system_prompt)
        for named in islice(keys, identity.decoding.samples):
            yield Request(
                key=named.key,
                prompt_id=prompt.id,
                sample=named.sample,
                messages=messages,
                seed=seed_of(identity.decoding.seed, prompt.id, named.sample),
            )


def seed_of(*parts: int | str) -> int:
    """First 8 bytes of sha256 over the parts: a run's seed, a prompt's id, a sample's number."""
    text = ",".join(_quoted(part) if isinstance(part, str) else str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(f"[{text}]".encode()).digest()[:8], "big")


def messages_of(prompt: Prompt, system_prompt: str = "") -> tuple[Turn, ...]:
    """What a system is given: the system prompt, and the prompt as a dialogue.

    A prompt without turns is one turn of the user, its input after an empty line. The text of a
    prompt with turns is said first, unless it is one of them; the input goes with the text.
    """
    return tuple(Turn(role=role, text=text) for role, text in _said(prompt, system_prompt))


def _said(prompt: Prompt, system_prompt: str) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = [(turn.role, turn.text) for turn in prompt.turns]
    opening = "\n\n".join([part for part in (prompt.text, prompt.input) if part.strip()])
    own = next((n for n, (_, text) in enumerate(turns) if text == prompt.text), None)
    if own is not None:
        turns[own] = (turns[own][0], opening)
    elif opening:
        turns.insert(0, ("user", opening))
    if system_prompt:
        turns.insert(0, ("system", system_prompt))
    return turns


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_quoted = json.JSONEncoder(ensure_ascii=False).encode
"""A text as canonical JSON, without making an encoder for each of 100,000."""
