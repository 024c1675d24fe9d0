"""One simulated annotator, who labels and misbehaves as people and networks do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from random import Random
from time import monotonic
from typing import Literal, NamedTuple, TypeAlias

from annotation.schema import TiebreakError
from benchmarks.soak.browser import Browser, Reply
from benchmarks.soak.ledger import Acknowledged, Ledger
from benchmarks.soak.replicas import Replicas

Ending: TypeAlias = Literal["finished", "waiting", "vanished", "withdrawn"]


class Chances(NamedTuple):
    """How likely each mischief is at each pair, 0 to 1."""

    draft: float = 0.4
    reload: float = 0.2
    skip: float = 0.05
    touch: float = 0.1
    leave: float = 0.03
    late: float = 0.03
    vanish: float = 0.03
    withdraw: float = 0.015
    double: float = 0.2
    lose: float = 0.2
    replay: float = 0.1
    other: float = 0.1
    edit: float = 0.1


QUIET = Chances(*[0.0] * len(Chances._fields))


class Surroundings(NamedTuple):
    """What all annotators share."""

    replicas: Replicas
    ledger: Ledger
    tabs: Executor
    lease: float
    """Seconds."""
    withdraw: Callable[[str], None]
    """Delete the annotator of a return key, from another process than the replicas."""


class Unwelcome(TiebreakError):
    """An annotator whom the app did not let in."""


class Annotator:
    """Joins, labels until there is nothing left, and writes down what the server said."""

    def __init__(self, pseudonym: str, around: Surroundings, rng: Random) -> None:
        self.pseudonym = pseudonym
        self._around = around
        self._rng = rng
        self._browser = Browser(around.replicas, rng.randrange(100), around.ledger.count)
        reply = self._browser.join(pseudonym, f"{rng.getrandbits(128):032x}")
        if not reply["ok"]:
            raise Unwelcome(f"could not join: {reply['error']}")
        self._return_key = reply["return_key"]
        self._tab = self._browser.twin()
        self._alive = monotonic()
        self._done: set[str] = set()
        """The prompts of pairs that were answered or skipped."""
        self._number = 0
        self._last: Reply = {}
        """The submission that was acknowledged last."""

    def work(self, chances: Chances) -> Ending:
        """Label until nothing is left now, or this annotator goes."""
        screen = self._start()
        while "task" in screen:
            if self._happens(chances.vanish):
                self._around.ledger.count("annotators vanished with a pair")
                return "vanished"
            if self._happens(chances.withdraw):
                self._withdraw()
                return "withdrawn"
            screen = self._meet(screen["task"], chances)
        if "finished" not in screen:
            self._problem(f"neither a pair nor the end: {screen}")
        return "waiting" if screen.get("finished", {}).get("waiting") else "finished"

    def close(self) -> None:
        """Give the connections back."""
        self._browser.close()
        self._tab.close()

    def _happens(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _problem(self, sentence: str) -> None:
        self._around.ledger.problems.append(f"{self.pseudonym}: {sentence}")

    def _call(self, function: str, data: Reply, lose: bool = False) -> Reply:
        """A call that is a sign of life and must be answered with ok."""
        before = monotonic()
        reply = self._browser.call(function, data, lose)
        if reply["ok"]:
            # A draft prolongs a lease; what brings a screen begins one anew where it was over.
            if "next" in reply or monotonic() - self._alive < self._around.lease:
                self._alive = before
        else:
            self._problem(f"{function} was refused: {reply['error']}")
        return reply

    def _start(self) -> Reply:
        return self._open(self._call("start", {}))

    def _open(self, reply: Reply) -> Reply:
        """What comes next; a pair that was done before is written down."""
        screen: Reply = reply.get("next", {})
        if "task" in screen and _prompt(screen["task"]) in self._done:
            self._around.ledger.seen_again.append((self.pseudonym, screen["task"]["token"]))
        return screen

    def _withdraw(self) -> None:
        if "withdraw" in self._browser.functions and self._happens(0.5):
            reply = self._browser.call("withdraw", {}, lose=self._happens(0.3))
            if not reply["ok"] and reply.get("joined") is not False:
                self._problem(f"withdraw was refused: {reply['error']}")
        else:
            self._around.withdraw(self._return_key)
        self._around.ledger.withdrawn.append(self.pseudonym)
        self._around.ledger.count("annotators withdrawn")

    # -- one pair -------------------------------------------------------------------------------

    def _meet(self, task: Reply, chances: Chances) -> Reply:
        """Do something with a pair; the screen after it."""
        token, functions = task["token"], self._browser.functions
        if self._happens(chances.draft):
            self._draft(task)
        if "touch" in functions and self._happens(chances.touch):
            self._call("touch", {"token": token})
        if self._happens(chances.reload):
            return self._reload(task)
        if "skip" in functions and self._happens(chances.skip):
            return self._skip(task)
        if "leave" in functions and self._happens(chances.leave):
            self._around.ledger.count("pairs handed back")
            self._browser.call("leave", {})
            return self._start()
        if self._happens(chances.late):
            self._around.ledger.count("answers after the lease")
            self._around.replicas.wait(lambda: False, self._around.lease + 0.2)
        return self._submit(task, chances)

    def _draft(self, task: Reply) -> None:
        task["sequence"] += 1
        task["answers"] = self._answers(task)[: self._rng.randrange(1, 3)]
        kept = {name: task[name] for name in ("token", "answers", "sequence")}
        self._call("save_draft", kept)

    def _reload(self, task: Reply) -> Reply:
        """The same pair with the same draft, as long as the lease lasts."""
        self._around.ledger.count("reloads")
        alive = self._alive
        screen = self._start()
        shown = screen.get("task", {})
        if shown.get("token") == task["token"]:
            same = _plain(shown["answers"]) == _plain(task["answers"])
            if shown["sequence"] != task["sequence"] or not same:
                self._problem("a reload lost the draft")
        elif monotonic() - alive < self._around.lease:
            self._problem("a reload showed another pair")
        return screen

    def _skip(self, task: Reply) -> Reply:
        self._around.ledger.count("skips")
        skip = {"token": task["token"], "reason": "cannot say"}
        reply = self._call("skip", skip, lose=self._happens(0.2))
        self._done.add(_prompt(task))
        return self._open(reply)

    def _answers(self, task: Reply) -> list[Reply]:
        return [
            {
                "criterion": row["criterion"],
                "target": row["target"],
                "choice": self._rng.choice(row["options"])["value"],
            }
            for row in task["rows"]
        ]

    def _submission(self, token: str, answers: list[Reply]) -> Reply:
        self._number += 1
        made = {"submission_id": f"{self.pseudonym}-{self._number:06}", "token": token}
        return {**made, "answers": answers, "seconds": round(self._rng.uniform(1, 90), 1)}

    def _submit(self, task: Reply, chances: Chances) -> Reply:
        sent = self._submission(task["token"], self._answers(task))
        if self._happens(chances.double):
            reply = self._submit_twice(sent)
        else:
            reply = self._call("submit", sent, lose=self._happens(chances.lose))
        if not reply["ok"]:
            return self._start()
        self._acknowledge(sent, reply)
        self._done.add(_prompt(task))
        screen = self._open(reply)
        self._afterwards(screen, chances)
        self._last = sent
        return screen

    def _submit_twice(self, sent: Reply) -> Reply:
        """The same submission from two tabs at once; both are told the same."""
        self._around.ledger.count("double submits")
        second = self._around.tabs.submit(self._tab.call, "submit", sent)
        reply = self._call("submit", sent)
        other = second.result()
        if not other["ok"] or other["submission_id"] != sent["submission_id"]:
            self._problem(f"the second of two equal submissions was told {other}")
        in_time = reply["ok"] and monotonic() - self._alive < self._around.lease
        if in_time and len({_token(each) for each in (other, reply)} - {None}) > 1:
            self._problem("two equal submissions led to different pairs")
        return reply

    def _acknowledge(self, sent: Reply, reply: Reply) -> None:
        if reply["submission_id"] != sent["submission_id"]:
            self._problem(f"{sent['submission_id']} was acknowledged as {reply['submission_id']}")
        answers = frozenset(_plain(sent["answers"]))
        done = Acknowledged(sent["submission_id"], self.pseudonym, sent["token"], answers)
        self._around.ledger.acknowledged.append(done)
        self._around.replicas.tell()

    def _afterwards(self, screen: Reply, chances: Chances) -> None:
        """Old submissions once more, other answers for an answered pair, edits of it."""
        last, alive = self._last, self._alive
        if not last:
            return
        if self._happens(chances.replay):
            self._around.ledger.count("submissions sent again later")
            again = self._call("submit", last)
            moved = _token(again) != screen.get("task", {}).get("token")
            if moved and "task" in screen and monotonic() - alive < self._around.lease:
                self._problem("an old submission changed what is on the screen")
        if self._happens(chances.other):
            self._around.ledger.count("second answers refused")
            if self._browser.call("submit", self._submission(last["token"], last["answers"]))["ok"]:
                self._problem("a pair was answered twice")
        if "revise" in self._browser.functions and self._happens(chances.edit):
            self._edit(last)

    def _edit(self, last: Reply) -> None:
        self._around.ledger.count("edits")
        turned = [{**each, "choice": "tie"} for each in last["answers"]]
        edit = self._submission(last["token"], turned)
        reply = self._call("revise", edit, lose=self._happens(0.3))
        if reply["ok"]:
            self._acknowledge(edit, reply)


def _prompt(task: Reply) -> str:
    return str(task["prompt"][0]["raw"])


def _plain(answers: list[Reply]) -> list[tuple[str, str, str]]:
    return sorted((each["criterion"], each["target"], each["choice"]) for each in answers)


def _token(reply: Reply) -> str | None:
    found: str | None = reply["next"].get("task", {}).get("token")
    return found
