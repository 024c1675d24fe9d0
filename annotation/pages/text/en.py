"""English, the language that every other one is checked against."""

from __future__ import annotations

from annotation.pages.text.language import Sentences

SENTENCES: Sentences = {
    "page": {
        "prompt": "Prompt",
        "hide_prompt": "Hide",
        "earlier_turn": "Earlier turn",
        "later_turn": "Later turn",
        "raw": "Raw text",
        "differences": "Differences",
        "linked": "Scroll together",
        "guidelines": "Guidelines",
        "help": "Keys",
        "menu": "Menu",
        "close": "Close",
        "progress": "Pairs labelled",
        "loading": "Loading …",
        "join_title": "Compare answers, blind",
        "join_lead": (
            "You will read a prompt with two responses to it, side by side, and say which is "
            "better in each of a few respects. You are not told where the responses come "
            "from."
        ),
        "join_name": "Choose a pseudonym",
        "join_name_hint": "Anything that is not your name or e-mail. It stands beside your labels.",
        "join_button": "Start",
        "have_link": "I have been here before",
        "link_label": "Your personal return link",
        "link_hint": "It was shown when you started, and is always under the menu.",
        "link_button": "Go on",
        "welcome_title": "Before you start",
        "keep_link": (
            "Keep this link. It is the only way back to your labels from another browser, "
            "and it is yours alone: whoever has it labels as you. You find it again under "
            "the menu."
        ),
        "keep_link_account": (
            "You come back the way you came, or with this link. It is yours alone: whoever has it "
            "labels as you. You find it again under the menu."
        ),
        "copy": "Copy link",
        "begin": "Begin",
        "response_a": "Response A",
        "response_b": "Response B",
        "jump_a": "Read A",
        "jump_b": "Read B",
        "criteria": "Questions",
        "previous": "Previous question",
        "next": "Next question",
        "submit": "Submit",
        "undo": "Undo",
        "skip": "Skip",
        "flag": "Flag",
        "back": "Back without changes",
        "go_on": "Go on",
        "skip_title": "Skip this pair",
        "skip_why": "Why?",
        "skip_cannot": "I cannot judge this",
        "skip_knows": "I know where a response comes from",
        "skip_broken": "A text is broken or missing",
        "skip_upsetting": "I do not wish to read this",
        "skip_words": "In your own words",
        "skip_hint": "The pair goes to somebody else and does not come back to you.",
        "skip_button": "Skip",
        "flag_title": "Flag this pair",
        "flag_why": "What is odd about it?",
        "flag_cannot": "I cannot judge this well",
        "flag_broken": "A text is broken or cut off",
        "flag_harmful": "A response is harmful",
        "flag_names": "A response says which system it is",
        "flag_prompt": "The prompt makes no sense",
        "flag_hint": "Flags are sent with your answers. You still answer the questions.",
        "consent_title": "Before you take part",
        "agree": "I agree",
        "decline": "I do not agree",
        "decline_title": "You do not agree?",
        "decline_text": "Then nothing more is asked of you, and you see no pairs.",
        "decline_back": "Back to the text",
        "sensitive_title": "Sensitive pairs",
        "sensitive_text": (
            "Some pairs are of kinds that can be hard to read. They stay covered until you "
            "open them. You may leave a kind out, now or at any time, without any loss."
        ),
        "refused_title": "Thank you for reading it",
        "refused_text": "You did not agree, so nothing is asked of you and no pairs are shown.",
        "screened_title": "Thank you for taking part",
        "screened_text": (
            "Your answers to the practice pairs differed from what this study needs, so "
            "there are no further pairs for you. That says nothing about your judgement in "
            "general."
        ),
        "closing_title": "One last question",
        "closing_question": "Which systems do you think wrote the responses that you saw?",
        "closing_hint": (
            "A guess is welcome; so is nothing at all. It tells how blind the study was."
        ),
        "closing_button": "Finish",
        "gone_title": "You have left the study",
        "gone_text": "Copies that were given out before cannot be reached from here.",
        "feedback_title": "What was expected",
        "feedback_question": "Question",
        "feedback_given": "Your answer",
        "feedback_expected": "Expected",
        "feedback_verdict": "Compared",
        "veil_title": "The next pair is of a sensitive kind",
        "veil_text": "Its texts stay covered until you open them.",
        "veil_open": "Open it",
        "veil_leave_out": "Leave this kind out",
        "veil_skip": "Skip this pair",
        "veil_hint": (
            "Nothing is lost by leaving a kind out, and the menu lets you change your mind."
        ),
        "break_title": "Time for a break?",
        "break_text": "You have done a good many pairs. All is saved; go on whenever you like.",
        "signed_in": "You label as",
        "leave": "Leave on this browser",
        "leave_hint": "Your labels stay. Come back with your return link.",
        "leave_hint_account": "Your labels stay. Come back the way you came.",
        "recent": "Change an answer",
        "withdraw": "Leave the study and delete my data",
        "withdraw_hint": "You are asked once more before anything is deleted.",
        "withdraw_title": "Delete all that is yours?",
        "withdraw_text": (
            "This deletes your pseudonym, your labels with everything they were before, your "
            "comments, drafts and consent from this study. It cannot be undone."
        ),
        "withdraw_reach": "Copies that the researchers made before cannot be reached from here.",
        "withdraw_back": "Keep everything",
        "withdraw_button": "Delete everything",
        "done_title": "That was the last pair. Thank you!",
        "done_text": "You have labelled every pair that this study has for you.",
        "waiting_title": "Nothing is free right now",
        "waiting_text": "The pairs that are left are with other people. More may come free soon.",
        "look_again": "Look again",
        "paused_title": "The study is paused",
        "paused_text": (
            "The researchers have paused the study. Everything you did is saved, and the pair you "
            "had stays yours. Please come back later, with your return link or on this browser."
        ),
        "closed_title": "The study has ended",
        "closed_text": (
            "The researchers have ended the study, and it takes no more answers. Everything you "
            "submitted before is saved. Thank you."
        ),
        "excluded_title": "Your part has ended",
        "excluded_text": (
            "The researchers have ended your part in this study. Please ask them if you wish to "
            "know why. You can still delete everything of yours in the menu."
        ),
        "cookie_title": "Please open the page in its own tab",
        "cookie_text": (
            "Your browser does not keep our cookie inside this frame, so we cannot tell that "
            "it is you. Nothing is lost: in its own tab the page works."
        ),
        "cookie_link": "Open in its own tab",
        "help_title": "Keys",
        "help_digits": "answer the marked question and go to the next",
        "help_arrows": "go to the question above or below",
        "help_sides": "change the answer of the marked question",
        "help_enter": "submit",
        "help_scroll": "scroll both responses",
        "help_undo": "change the pair before",
        "help_skip": "skip this pair, with a reason",
        "help_flag": "flag this pair",
        "help_comment": "write a comment; Esc leaves it, Ctrl and Enter submit",
        "help_linked": "scroll both responses together, or not",
        "help_differences": "mark where two responses that are nearly the same differ",
        "help_menu": "menu: earlier answers, your return link",
        "help_prompt": "hide or show the prompt",
        "help_turn": "in a dialogue: the turn before, from the first the latest",
        "help_raw": "raw text instead of formatted text",
        "help_guidelines": "guidelines",
        "help_help": "this list",
        "help_note": "In the comment field keys only write.",
    },
    "words": {
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
        "malformed": (
            "The server did not understand the page. Load the page again: your answers are kept."
        ),
        "unreachable": "The server cannot be reached. Trying again …",
        "question_of": "Question {n} of {total}",
        "turn_of": "Turn {n} of {total}",
        "hide_prompt": "Hide",
        "show_prompt": "Show",
        "done_count": "{done} labelled",
        "submitting": "Submitting …",
        "comment": "Comment (optional)",
        "reason": "Reason (required)",
        "reason_missing": "For this pair please write the reason for your choice, in a few words.",
        "minutes": "about {n} min left",
        "training": "Training pair {n} of {total}",
        "round": "round {n} of {total}",
        "editing": "You are changing an earlier answer.",
        "unsent": "Not submitted yet",
        "surplus": "Your answer is saved and credited; by then others had labelled the pair, too.",
        "round_passed": "That was the training: well done. The study begins now.",
        "round_failed": (
            "Some answers differed from the expected ones. That happens: please look at the "
            "guidelines again. The practice pairs come once more."
        ),
        "as_expected": "✓ as expected",
        "not_as_expected": "✗ different",
        "skip_missing": "Please choose a reason, or write one.",
        "skipped": "Skipped. The pair goes to somebody else.",
        "left_out": "Pairs of that kind are left out from now on. Here is another one.",
        "leave_out_kind": "Leave out: {kind}",
        "deleted": "{n} {n|label|labels} and all else of yours were deleted from this study.",
        "no_text": "(no text)",
        "code": "Your code",
        "code_link": "Finish here",
        "copy_code": "Copy",
        "invite": "Your invitation code",
        "prolific_only": "This study is joined from Prolific. Please open it from its page there.",
        "login_button": "Sign in with Hugging Face",
        "login_failed": "The sign-in did not work. Please try again.",
        "somebody_else": (
            "This browser labels under another account already. Leave on this browser first: "
            "it is in the menu."
        ),
        "other_window": "You answered this pair in another window already. Here is the next one.",
    },
    "choices": {
        "a": "A",
        "tie": "Tie",
        "b": "B",
        "both_bad": "Both bad",
        "a_clearly": "A clearly",
        "a_slightly": "A slightly",
        "b_slightly": "B slightly",
        "b_clearly": "B clearly",
    },
    "roles": {
        "user": "User",
        "human": "User",
        "system": "Instructions",
        "tool": "Tool",
    },
    "errors": {
        "Replaced": (
            "A newer copy of this site is taking over. Your answers are kept here, and are sent to "
            "it by themselves."
        ),
        "AssignmentClosed": (
            "You answered this pair in another window already. Here is the next one."
        ),
        "UnknownAssignment": "That pair is not yours in this session. Here is yours.",
        "PairGone": "That pair was taken out of the study. Here is the next one.",
        "UnknownReturnKey": "This is not a return link of this study.",
        "PseudonymTaken": (
            "This pseudonym is in use. If it is yours, come back with your return link; "
            "otherwise choose another."
        ),
        "BadPseudonym": "A pseudonym has 1 to 40 characters, all of which can be printed.",
        "UnknownInvite": "This invitation is not known here. Please use the whole link or code.",
        "InviteUsed": (
            "This invitation was used already. If it was you, come back with your return link."
        ),
        "NotInvited": "This study is joined in another way. Please use the link you were given.",
        "SomebodyElse": (
            "This browser labels under another account already. Leave on this browser first: "
            "it is in the menu."
        ),
        "BadProlificLink": (
            "The address does not say who you are on Prolific. Please open the study from there."
        ),
        "BadAnswers": (
            "Some questions have no answer yet, or have changed. Please look at them again."
        ),
        "UnknownChoice": "The choices of a question have changed. Please look at them again.",
        "DatabaseAway": (
            "The server cannot reach its database just now. Your answers are kept here, and are "
            "sent as soon as it is back."
        ),
        "NotEditable": "There is no earlier answer that can be changed.",
        "NotYourTurn": "That does not fit where you are in the study. Here is what comes now.",
        "TooManyJoins": (
            "Many people are joining from here at this moment. Please try again in a minute."
        ),
        "StudyPaused": "The study is paused. Everything you did is saved.",
        "StudyLocked": "The study has ended: this answer came too late and is not saved.",
        "AnnotatorExcluded": "Your part in this study has ended: this answer is not saved.",
    },
    "other": {
        "no_script": (
            "This page needs JavaScript: please allow it for this site and load the page again."
        ),
        "assistant": "Assistant",
        "input": "Input",
        "not_joined": "You are not signed in on this browser. Join, or come back the way you came.",
        "image": "image",
        "too_long": "What you wrote is too long: at most {n} characters fit. Please shorten it.",
        "turn": "Answer {n}",
    },
}
