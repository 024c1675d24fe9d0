"""Answers from a server that speaks the OpenAI dialect, over bounded threads and with patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from random import Random
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub
from huggingface_hub import InferenceClient

# Every error of the HTTP library that the client runs on, httpx or httpx2 by its version.
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    HfHubHTTPError,
    HTTPError,
    InferenceTimeoutError,
)

from annotation.schema import Turn
from annotation.study import StudyError
from generation.backends.base import (
    BackendLost,
    BackendRefused,
    Caps,
    Plan,
    Request,
    Result,
    Score,
    ScoreRequest,
    finish_reason_of,
    next_messages,
    one_each,
    trimmed,
    worst_reason,
)
from generation.keys import seed_of
from generation.systems import System

TRIES, FIRST_WAIT, LONGEST_WAIT = 6, 1.0, 60.0
"""How often a request is sent at most, and the seconds between: doubled each time, with jitter."""

LOST_AFTER = 20
"""So many requests failing one after another mean that the server is gone, not the requests bad."""

REFUSES_ONE = frozenset({400, 413, 422})
"""Refusals of a request for what it is, such as a prompt that is too long."""

REFUSED_AFTER = 200
"""So many such refusals one after another mean that the server would refuse every request."""

WORTH_RETRYING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Refused(BackendRefused):
    """A request that the server takes for wrong in itself."""


class Garbage(BackendRefused):
    """A reply that is no chat completion."""


class EndpointBackend:
    """Any OpenAI-compatible server: vLLM, TGI, llama.cpp, `transformers serve`, a company's."""

    caps = Caps(seed=True, stop=True)
    template = ""
    grouping = ""

    def __init__(
        self,
        system: System,
        folder: Path,
        rng: Random | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        url = urlsplit(system.where)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise BackendRefused(
                f"system {system.name!r}: found the address {system.where!r}, "
                "expected one such as http://localhost:8000/v1"
            )
        self.system, self._rng = system, rng or Random()
        self._over = Event()
        self._pause = self._over.wait if pause is None else pause
        self._key = _key(system, folder)
        self.revision = system.revision or ""
        self._client = InferenceClient(
            base_url=system.where,
            api_key=self._key,
            timeout=system.timeout,
            headers=None if _is_hugging_face(url.hostname) or system.key_file else _NO_TOKEN,
        )
        # How many requests failed one after another: those refused for what they are, and others.
        self._in_a_row = {True: 0, False: 0}
        self._lost: str | None = None

    def plan(self, requests: Sequence[Request]) -> Plan:
        """Each request by itself: the server makes the batches."""
        return one_each(requests)

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:
        """Ask for all, `threads` at a time; raises BackendLost when the server is gone."""
        left = (request for batch in batches for request in batch)
        self._over.clear()
        self._lost = None
        with ThreadPoolExecutor(self.system.threads) as pool:
            waiting: set[Future[Result]] = set()
            try:
                # Twice the threads are handed out, so that 100,000 requests do not queue up.
                for request in left:
                    waiting.add(pool.submit(self._answer, request))
                    if len(waiting) >= 2 * self.system.threads:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        yield from self._counted(done)
                    if self._lost:
                        break
                while waiting and not self._lost:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from self._counted(done)
            finally:
                # Nobody waits any more, so what waits to ask again need not.
                self._over.set()
                pool.shutdown(wait=True, cancel_futures=True)
            # What was under way is answered by now, and perhaps paid for.
            yield from (future.result() for future in waiting if not future.cancelled())
        if self._lost:
            raise BackendLost(self._lost)

    def _counted(self, done: Iterable[Future[Result]]) -> Iterator[Result]:
        """The results, counted: too many failures one after another, and `_lost` says so."""
        for future in done:
            result = future.result()
            yield result
            if result.error is None:
                self._in_a_row = {True: 0, False: 0}
                continue
            refused = bool(result.meta.get("refused"))
            self._in_a_row[refused] += 1
            if self._in_a_row[refused] >= (REFUSED_AFTER if refused else LOST_AFTER):
                self._lost = (
                    f"system {self.system.name!r}: {self._in_a_row[refused]} requests failed one "
                    f"after another, the last one with: {result.error}"
                )

    def _answer(self, request: Request) -> Result:
        """One dialogue, turn by turn."""
        started = time.perf_counter()
        answers: list[str] = []
        reasons: list[str | None] = []
        meta: dict[str, Any] = {"prompt_tokens": 0, "new_tokens": 0, "tries": 0}
        error: str | None = None
        while error is None and (said := next_messages(request.messages, answers)):
            try:
                reply = self._patiently(said, seed_of(request.seed, len(said)) % 2**31, meta)
            except BackendRefused as refusal:
                error = str(refusal)
                meta["refused"] = isinstance(refusal, Refused)
                break
            # Some servers leave the stop string at the end, others do not.
            text, stopped = trimmed(_content(reply), self.system.decoding.stop)
            answers.append(text)
            reasons.append("stop" if stopped else finish_reason_of(reply.choices[0].finish_reason))
            _count(reply, meta)
        meta["seconds"] = round(time.perf_counter() - started, 4)
        return Result(
            key=request.key,
            answers=tuple(answers),
            finish_reason=worst_reason(reasons),
            error=error,
            meta=meta,
        )

    def _patiently(self, said: Sequence[Turn], seed: int, meta: dict[str, Any]) -> Any:
        """A reply, after waiting and asking again where that can help; raises BackendRefused."""
        for attempt in range(1, TRIES + 1):
            meta["tries"] += 1
            wished: float | None = None
            try:
                reply = self._ask(said, seed)
                _content(reply)
            except HfHubHTTPError as error:
                status = error.response.status_code
                reason = f"the server answered {status}: {self._explained(error)}"
                if status not in WORTH_RETRYING:
                    kind = Refused if status in REFUSES_ONE else BackendRefused
                    raise kind(reason) from None
                wished = _retry_after(error.response.headers.get("retry-after"))
            except InferenceTimeoutError:
                reason = self._slow()
            except HTTPError as error:
                # Older clients pass a slow server's timeout on as it is.
                slow = "Timeout" in type(error).__name__
                reason = self._slow() if slow else self._gone(error)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                # The client parses replies without checking them, so a reply that is no chat
                # completion comes as any of these.
                raise Garbage(f"a reply that is no chat completion: {_first_line(error)}") from None
            else:
                return reply
            if attempt < TRIES:
                doubled = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
                self._pause(max(wished or 0.0, doubled * self._rng.uniform(0.5, 1.5)))
            if self._over.is_set():
                break
        raise BackendRefused(f"{reason} ({attempt} times)")

    def _slow(self) -> str:
        return f"no answer within {self.system.timeout:g} seconds"

    def _gone(self, error: Exception) -> str:
        return f"no connection to {self.system.where}: {_first_line(error)}"

    def _explained(self, error: HfHubHTTPError) -> str:
        """What the server says of its refusal, in one line and without the key."""
        said = " ".join(error.response.text.split()) or error.response.reason_phrase
        return (said.replace(self._key, "[key]") if self._key else said)[:300]

    def _ask(self, said: Sequence[Turn], seed: int) -> Any:
        decoding = self.system.decoding
        return self._client.chat_completion(
            [{"role": turn.role, "content": turn.text} for turn in said],
            model=self.system.model,
            max_tokens=decoding.max_new_tokens,
            temperature=decoding.temperature,
            top_p=decoding.top_p if decoding.top_p < 1 else None,
            stop=list(decoding.stop) or None,
            seed=seed,
            extra_body={"top_k": decoding.top_k} if decoding.top_k else None,
        )

    def score(self, _: Sequence[ScoreRequest], /) -> Iterator[Score]:
        """Refused: chat servers give no log-probabilities of given texts."""
        raise BackendRefused(f"system {self.system.name!r}: an endpoint cannot score texts")

    def provenance(self) -> dict[str, Any]:
        """The server's address and what it calls the model; what it runs, only it knows."""
        return {
            "server": self.system.where,
            "model": self.system.model,
            "threads": self.system.threads,
            "libraries": {"huggingface_hub": huggingface_hub.__version__},
        }

    def notes(self) -> tuple[str, ...]:
        """Nothing to say."""
        return ()


_NO_TOKEN: dict[str, str] = {"authorization": None}  # type: ignore[dict-item]
"""Without this the client would send the user's Hugging Face token to any server."""


def _is_hugging_face(host: str) -> bool:
    return host.endswith((".huggingface.co", ".huggingface.cloud", ".hf.space"))


def _key(system: System, folder: Path) -> str | None:
    if system.key_file is None:
        return None
    path = folder / Path(system.key_file).expanduser()
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise StudyError(
            f"{path}: cannot be read, expected the key of system {system.name!r}"
        ) from None


def _content(reply: Any) -> str:
    """The answer's text; raises ValueError where there is none."""
    choices = reply.choices
    if not isinstance(choices, list) or not choices:
        raise ValueError("found no choices in it")
    content = choices[0].message.content
    if not isinstance(content, str):
        raise ValueError(f"found the content {str(content)[:60]!r}, expected text")
    return content


def _count(reply: Any, meta: dict[str, Any]) -> None:
    """Add a reply's own numbers to `meta`, as far as it gives them."""
    usage = getattr(reply, "usage", None)
    for name, field in (("prompt_tokens", "prompt_tokens"), ("new_tokens", "completion_tokens")):
        number = getattr(usage, field, None)
        meta[name] += number if isinstance(number, int) else 0
    for name in ("model", "system_fingerprint"):
        if isinstance(told := getattr(reply, name, None), str) and told:
            meta[f"served_{name}"] = told


def _retry_after(header: str | None) -> float | None:
    """Seconds for which the server asks; a date is passed over."""
    return min(float(header), LONGEST_WAIT) if header and header.isdecimal() else None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
