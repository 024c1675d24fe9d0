"""Chat templates by name, for models that come without one; none is ever guessed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from annotation.study import StudyError
from generation.backends.base import BackendRefused

_PLAIN = (
    "{{ bos_token or '' }}"
    "{% for message in messages %}{{ message['content'] }}"
    "{% if not loop.last %}{{ '\\n\\n' }}{% endif %}{% endfor %}"
)
_CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_ALPACA = (
    "{{ bos_token or '' }}{{ 'Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\\n\\n' }}"
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ '### Response:\\n' + message['content'] }}"
    "{% else %}{{ '### Instruction:\\n' + message['content'] }}{% endif %}{{ '\\n\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}"
)
_TULU = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>\\n' + message['content'] + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)


def template_text(name: str | None, own: str | None, folder: Path, system: str) -> str:
    """The Jinja text of a chat template: the named one, a file's, or the model's own."""
    if name is None:
        if own is None:
            raise BackendRefused(
                f"the model of system {system!r} has no chat template and none is ever guessed: "
                f"give `template` one of {', '.join(NAMED_TEMPLATES)} or a file's path"
            )
        return own
    if name in NAMED_TEMPLATES:
        return NAMED_TEMPLATES[name]
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise StudyError(
            f"{path}: cannot be read, expected the chat template of system {system!r} there, "
            f"or one of the names {', '.join(NAMED_TEMPLATES)}"
        ) from None
    if "messages" not in text:
        raise StudyError(
            f"{path}: found nothing about `messages`, expected the chat template of system "
            f"{system!r}, which would not say its prompts like this"
        )
    return text


def template_hash(text: str) -> str:
    """sha256 of a template's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


NAMED_TEMPLATES = {"plain": _PLAIN, "chatml": _CHATML, "alpaca": _ALPACA, "tulu": _TULU}
"""`plain`: the texts alone, for base models; the others as the fine-tuned families were trained."""
