"""Texts of others within a judge's prompt: a backslash breaks what could pass for the prompt's own.

Nothing is taken away. A response can say what it likes, but it cannot end its own section, open
another, speak as another role, or hold a verdict in the form in which verdicts are read.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CONTROL = re.compile(
    r"<(?=[|｜])|(?<=[|｜])>"
    r"|<(?=/?(?:s|bos|eos|pad|unk|mask|cls|sep|endoftext|think|(?:start|end)_of_\w+)>)"
    r"|\[(?=/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|PAD|CLS|SEP)\])"
    r"|<(?=</?SYS>>)",
    re.IGNORECASE,
)
"""Where the control tokens of the chat models' families begin or end."""

_HEADING = re.compile(
    r"^([^\S\n]*)(#+\s*)(?=(?:instruction|input|response|evaluation|reason|reference|user|human"
    r"|assistant|system|question|answer|verdict)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_ROLE = re.compile(
    r"^([^\S\n]*(?:human|assistant|user|system|ai|gpt|choice|query|text|prompt))[^\S\n]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SECTION = re.compile(r"\[(?=\s*(?:the\s+)?(?:start|end)\s+of\b)", re.IGNORECASE)
_BARE_SECTION = re.compile(r"\[(?=\s*(?:user\s+question|question|instruction)\s*\])", re.IGNORECASE)
_MARK = re.compile(r"\[(?=\s*\[)")
_VERDICT = re.compile(r"\b(verdict|score|rating)([\s*_]*):", re.IGNORECASE)


@lru_cache(maxsize=64)  # both orders of a pair quote the same texts, and it takes most of the time
def quoted(text: str) -> str:
    """`text` with a backslash in whatever could pass for the prompt's or the judge's own."""
    text = _MARK.sub(r"[\\", text)
    text = _CONTROL.sub(_broken, text)
    text = _SECTION.sub(r"[\\", text)
    text = _BARE_SECTION.sub(r"[\\", text)
    text = _HEADING.sub(r"\1\2\\", text)
    text = _VERDICT.sub(r"\1\2\\:", text)
    return _ROLE.sub(r"\1\\:", text)


def _broken(found: re.Match[str]) -> str:
    return "\\>" if found[0] == ">" else f"{found[0]}\\"
