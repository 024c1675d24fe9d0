"""The sentences of the researchers' page that stand in no template; it speaks English only."""

from __future__ import annotations

import re
from collections.abc import Mapping

OFF = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not switched on</title>
<h1>This page is not switched on</h1>
<p>Whoever hosts the study switches it on with the setting <code>RESEARCHER_KEY</code>, a password
of 16 characters or more; on a Space with <code>hf_oauth: true</code> its owner can sign in.</p>
"""

NOT_MADE = "There is no report yet. Make one on the researchers' page, under Files and end."
NO_LABELS = "No report can be made: there is no label that can be used"
BROKE = "the server broke off in the middle of it; its log says where"
MALFORMED = "The server did not understand the page. Please load it again."
SIGN_IN = "You are not signed in, or no longer. Please sign in again."

WORDS: Mapping[str, str] = {
    "no_labels": "no label yet",
    "pairs_in": "{counted} of {wanted} labels",
    "leased": "{n} out",
    "per_day": "{n} pairs in the last 24 hours",
    "no_pace": "no pair in the last 24 hours",
    "done_at": "at this pace done {when}",
    "done": "all labels are in",
    "behind": "Figures of agreement are catching up: {n} prompts to go.",
    "running": "Running",
    "paused": "Paused since {when}",
    "locked": "Locked since {when}",
    "interval": "95% interval {low} to {high}",
    "no_interval": "no interval",
    "units": "{n} units with two labels or more",
    "unreachable": "The server cannot be reached. Trying again …",
    "status_working": "working",
    "status_completed": "done",
    "status_screened_out": "training not passed",
    "status_consent_refused": "consent refused",
    "status_excluded": "excluded: {reason}",
    "suspicious": "favours a side (p {p})",
    "deleted": (
        "{n} labels and all else of this annotator were deleted from the database. What was "
        "exported, published or backed up before cannot be reached from here."
    ),
    "excluded": "Their labels are left out, and their pairs wait for others.",
    "readmitted": "Their labels count again where their pairs had room; others are surplus.",
    "settled": "Settled.",
    "no_split": "Nothing to settle: no finished pair is without a majority.",
    "waiting": "{n} to settle",
    "no_remarks": "Nobody wrote or flagged anything yet.",
    "no_annotators": "Nobody has joined yet.",
    "no_payments": "Nobody came from a place that needs payments.",
    "unknown_place": "The server does not say.",
    "report_never": "No report was made yet.",
    "report_running": "Being made since {when}. You may close this page.",
    "report_parts": "Being made since {when}: {done} of {total} parts. You may close this page.",
    "report_done": "Made {when} of {said}.",
    "publish_never": "",
    "publish_running": "Being published since {when}. You may close this page.",
    "publish_parts": "Being published since {when}. You may close this page.",
    "publish_done": "Published {when}: {said}.",
    "work_failed": "Tried {when}, without success: {said}.",
    "work_lost": "The server was stopped in the middle of it, at {when}. Begin again.",
    "never": "never",
    "mirror": "Last backup: {when}. Labels that it does not hold yet: {n}.",
    "study_problem": (
        "Changed files of the study cannot be used, and the ones before are served on: "
        "python -m annotation check says what is wrong."
    ),
    "lost_pairs": "{n} pairs that people labelled are no longer in the study's files.",
    "purpose_gold": "known answer",
    "purpose_repeat": "second time",
    "purpose_training": "training",
    "purpose_surplus": "surplus",
    "purpose_excluded": "excluded",
    "systems_blind": "{n} systems, called S1 to S{n} until the study is locked.",
}


def sentence(error: Exception) -> str:
    """What an error says, as a sentence; names, as of repositories, stay as they are."""
    said = f"{error}"
    return f"{said[:1].upper()}{said[1:]}." if re.match(r"[a-z]+[ ,]", said) else f"{said}."
