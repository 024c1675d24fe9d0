"""Every sentence of the page, in one place."""

from __future__ import annotations

from annotation.schema import Choice, TiebreakError
from annotation.store import AssignmentClosed, PseudonymTaken, UnknownAssignment
from annotation.view import BadAnswers
from annotation.workflow import BadPseudonym, PairGone, UnknownReturnKey

NO_SCRIPT = "This page needs JavaScript: please allow it for this site and load the page again."

PAGE: dict[str, str] = {
    # top of the screen
    "prompt": "Prompt",
    "hide_prompt": "Hide",
    "raw": "Raw text",
    "guidelines": "Guidelines",
    "help": "Keys",
    "menu": "Menu",
    "close": "Close",
    "progress": "Pairs labelled",
    "loading": "Loading …",
    # join
    "join_title": "Compare answers, blind",
    "join_lead": (
        "You will read a prompt with two responses to it, side by side, and say which is better "
        "in each of a few respects. You are not told where the responses come from."
    ),
    "join_name": "Choose a pseudonym",
    "join_name_hint": "Anything that is not your name or e-mail. It stands beside your labels.",
    "join_button": "Start",
    "have_link": "I have been here before",
    "link_label": "Your personal return link",
    "link_hint": "It was shown when you started, and is always under the menu.",
    "link_button": "Go on",
    # welcome
    "welcome_title": "Before you start",
    "keep_link": (
        "Keep this link. It is the only way back to your labels from another browser, and it is "
        "yours alone: whoever has it labels as you. You find it again under the menu."
    ),
    "copy": "Copy link",
    "begin": "Begin",
    # the task
    "response_a": "Response A",
    "response_b": "Response B",
    "jump_a": "Read A",
    "jump_b": "Read B",
    "criteria": "Questions",
    "previous": "Previous question",
    "next": "Next question",
    "comment": "Comment (optional)",
    "submit": "Submit",
    # menu
    "signed_in": "You label as",
    "leave": "Leave on this browser",
    "leave_hint": "Your labels stay. Come back with your return link.",
    # no more pairs
    "done_title": "That was the last pair. Thank you!",
    "done_text": "You have labelled every pair that this study has for you.",
    "waiting_title": "Nothing is free right now",
    "waiting_text": "The pairs that are left are with other people. More may come free soon.",
    "look_again": "Look again",
    # the cookie does not come back
    "cookie_title": "Please open the page in its own tab",
    "cookie_text": (
        "Your browser does not keep our cookie inside this frame, so we cannot tell that it is "
        "you. Nothing is lost: in its own tab the page works."
    ),
    "cookie_link": "Open in its own tab",
    # help
    "help_title": "Keys",
    "help_digits": "answer the marked question and go to the next",
    "help_arrows": "go to the question above or below",
    "help_sides": "change the answer of the marked question",
    "help_enter": "submit",
    "help_scroll": "scroll both responses",
    "help_prompt": "hide or show the prompt",
    "help_raw": "raw text instead of formatted text",
    "help_guidelines": "guidelines",
    "help_help": "this list",
    "help_note": "In the comment field keys only write.",
}
"""What stands in assets/html/page.html."""

WORDS: dict[str, str] = {
    "saved": "Saved",
    "saving": "Saving …",
    "retry": "Saving, retry {n}",
    "offline": "Offline, kept here",
    "nothing_yet": "",
    "reload": "The app was changed. Load the page again: your answers are kept.",
    "progress": "{done} of {total}",
    "announce": "Pair {n} of {total}",
    "unanswered": "Still open: {names}",
    "copied": "Copied",
    "copy_failed": "Please copy it by hand",
    "unreachable": "The server cannot be reached. Trying again …",
    "question_of": "Question {n} of {total}",
    "hide_prompt": "Hide",
    "show_prompt": "Show",
    "done_count": "{done} labelled",
    "submitting": "Submitting …",
    "other_window": "You answered this pair in another window already. Here is the next one.",
}
"""What the page's JavaScript says; words in braces are filled in there."""

CHOICES: dict[Choice, str] = {
    "a": "A",
    "tie": "Tie",
    "b": "B",
    "both_bad": "Both bad",
    "a_clearly": "A clearly",
    "a_slightly": "A slightly",
    "b_slightly": "B slightly",
    "b_clearly": "B clearly",
}

ROLES: dict[str, str] = {
    "user": "User",
    "human": "User",
    "system": "Instructions",
    "tool": "Tool",
}
"""Any other role is `ASSISTANT`: a role may name a system, which annotators must not see."""
ASSISTANT = "Assistant"
INPUT = "Input"
"""What the input of a prompt is headed with."""

MALFORMED = "The server did not understand the page. Load the page again: your answers are kept."
NOT_JOINED = "Please choose a pseudonym, or come back with your return link."

_ERRORS: dict[type[TiebreakError], str] = {
    AssignmentClosed: WORDS["other_window"],
    UnknownAssignment: "That pair is not yours in this session. Here is yours.",
    PairGone: "That pair was taken out of the study. Here is the next one.",
    UnknownReturnKey: "This is not a return link of this study.",
    PseudonymTaken: (
        "This pseudonym is in use. If it is yours, come back with your return link; "
        "otherwise choose another."
    ),
    BadPseudonym: "A pseudonym has 1 to 40 characters, all of which can be printed.",
    BadAnswers: "Some questions have no answer yet.",
}


def of(error: TiebreakError) -> str:
    """What an annotator reads of `error`: our sentence, or what the error itself says."""
    return _ERRORS.get(type(error), str(error))


def image(alternative: str) -> str:
    """What stands for an image, which is not loaded."""
    return f"[image: {alternative}]" if alternative.strip() else "[image]"


def role(name: str) -> str:
    """What a turn of a dialogue is headed with."""
    return ROLES.get(name.lower(), ASSISTANT)


def turn(number: int) -> str:
    """What a response's answer to one turn of a dialogue is headed with."""
    return f"Answer {number}"
