from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from annotation.study import StudyError
from generation.backends.base import BackendLost, BackendRefused, Request, Result
from generation.backends.endpoint import LOST_AFTER, REFUSED_AFTER, TRIES, EndpointBackend
from generation.systems import SYSTEMS_FILE, Decoding, System, load_systems
from tests.generation.stand_in import Behaviour, Reply, completion, refusal, served
from tests.generation.studies import a_dialogue, a_folder, requests, responses, run, some_prompts


def a_served_system(url: str, **fields: Any) -> System:
    decoding = Decoding(**fields.pop("decoding", {}))
    return System(name="tiny", backend=f"endpoint:{url}", decoding=decoding, **fields)


class Pauses(list[float]):
    """Waiting that takes no time and is remembered."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def ask(
    behaviour: Behaviour,
    wanted: Sequence[Request] | int = 1,
    pauses: Pauses | None = None,
    **fields: Any,
) -> tuple[dict[str, Result], list[dict[str, Any]]]:
    """Results by prompt, and what the server was sent."""
    with served(behaviour) as server:
        system = a_served_system(server.url, **fields)
        asked = requests(system, some_prompts(wanted)) if isinstance(wanted, int) else wanted
        backend = EndpointBackend(system, Path(), Random(0), Pauses() if pauses is None else pauses)
        prompts = {request.key: request.prompt_id for request in asked}
        results = backend.generate([[request] for request in asked])
        return {prompts[result.key]: result for result in results}, server.bodies


def always(reply: Reply) -> Behaviour:
    return lambda _body, _number: reply


def first(*replies: Reply) -> Behaviour:
    """These replies, and then good ones."""
    return lambda _, number: replies[number] if number < len(replies) else completion()


def test_the_servers_answers_come_back_with_what_it_tells_of_itself() -> None:
    found, _ = ask(always(completion("Yes.", "length")), 3)
    assert {result.answers for result in found.values()} == {("Yes.",)}
    result = found["p0"]
    assert (result.finish_reason, result.meta["new_tokens"]) == ("length", 5)
    assert result.meta["served_model"] == "served-model"


def test_the_whole_decoding_is_sent() -> None:
    decoding = {"temperature": 0.5, "top_p": 0.9, "top_k": 7, "stop": ("x",), "max_new_tokens": 9}
    _, (body,) = ask(always(completion()), model="org/model", decoding=decoding)
    expected = {"model": "org/model", "temperature": 0.5, "top_p": 0.9, "top_k": 7, "stop": ["x"]}
    assert expected.items() <= body.items()
    assert body["max_tokens"] == 9
    assert body["messages"] == [{"role": "user", "content": "Number 0. "}]


def test_the_same_request_has_the_same_seed_and_each_prompt_its_own() -> None:
    _, bodies = ask(always(completion()), 5, threads=1)
    _, again = ask(always(completion()), 5, threads=1)
    seeds = [body["seed"] for body in bodies]
    assert seeds == [body["seed"] for body in again]
    assert len(set(seeds)) == 5
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_dialogue_is_asked_turn_by_turn() -> None:
    wanted = requests(a_served_system("http://x"), [a_dialogue()])
    found, bodies = ask(lambda _, number: completion(f"Answer {number}."), wanted)
    assert found["dialogue"].answers == ("Answer 0.", "Answer 1.")
    texts = [[message["content"] for message in body["messages"]] for body in bodies]
    assert texts == [["First?"], ["First?", "Answer 0.", "Second?"]]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_asked_again_after_longer_and_longer_waits(status: int) -> None:
    pauses = Pauses()
    found, bodies = ask(first(*[refusal(status)] * 4), pauses=pauses)
    assert found["p0"].error is None
    assert found["p0"].meta["tries"] == len(bodies) == 5
    assert len(pauses) == 4
    for number, pause in enumerate(pauses):
        assert 0.5 * 2**number <= pause <= 1.5 * 2**number


def test_a_rate_limit_is_waited_out_as_long_as_the_server_says() -> None:
    pauses = Pauses()
    ask(first(refusal(429, Retry_After="17")), pauses=pauses)
    assert pauses == [17]


def test_a_dropped_connection_is_asked_again() -> None:
    found, bodies = ask(first((0, {}, b"")))
    assert found["p0"].error is None
    assert len(bodies) == 2


def test_what_keeps_failing_is_an_error_with_the_servers_words() -> None:
    found, bodies = ask(always(refusal(503)))
    assert len(bodies) == TRIES
    assert found["p0"].error is not None
    assert found["p0"].error.startswith("the server answered 503: ")
    assert found["p0"].error.endswith(f"({TRIES} times)")


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_request_that_is_itself_wrong_is_not_repeated(status: int) -> None:
    found, bodies = ask(always(refusal(status)))
    assert len(bodies) == 1
    assert f"answered {status}" in (found["p0"].error or "")


GARBAGE = [
    b"",
    b"<html>502 Bad Gateway</html>",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"[1, 2]",
    b'"text"',
    b"{}",
    b'{"choices": []}',
    b'{"choices": null}',
    b'{"choices": "none"}',
    b'{"choices": [1]}',
    b'{"choices": [{}]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": "text"}]}',
    b'{"choices": [{"message": {"content": null}}]}',
    b'{"choices": [{"message": {"content": 3}}]}',
    b'{"choices": [{"message": {"content": ["a"]}}]}',
    b'{"choices": [{"message": {"role": "assistant", "content": "cut o',
]


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_an_error_and_never_an_answer(body: bytes) -> None:
    found, bodies = ask(always((200, {"Content-Type": "application/json"}, body)))
    assert found["p0"].answers == ()
    assert (found["p0"].error or "").startswith("a reply that is no chat completion: ")
    assert len(bodies) == 1


def test_an_unknown_reason_to_stop_is_kept_and_a_missing_one_is_none() -> None:
    found, _ = ask(always(completion("x", "content_filter")))
    assert found["p0"].finish_reason == "content_filter"
    bare: Reply = (200, {}, b'{"choices": [{"message": {"content": "x"}}]}')
    assert ask(always(bare))[0]["p0"].finish_reason is None


def test_no_more_is_asked_at_once_than_there_are_threads() -> None:
    """Slow answers: each waits until as many as there are threads stand beside it."""
    together = threading.Barrier(3)

    def slow(_: dict[str, Any], __: int) -> Reply:
        together.wait(timeout=30)
        return completion()

    with served(slow) as server:
        system = a_served_system(server.url, threads=3)
        backend = EndpointBackend(system, Path(), Random(0), Pauses())
        wanted = requests(system, some_prompts(12))
        assert len(list(backend.generate([[each] for each in wanted]))) == 12
        assert server.most_at_once == 3


def test_a_run_that_is_stopped_does_not_wait_to_ask_again() -> None:
    """Should it wait, it asks again after the minute that the server wishes."""
    asked_first = threading.Event()

    def busy(body: dict[str, Any], _: int) -> Reply:
        if "Number 0" in str(body):
            asked_first.set()
            return refusal(429, Retry_After="60")
        asked_first.wait(30)
        return completion()

    with served(busy) as server:
        backend = EndpointBackend(a_served_system(server.url, threads=2), Path(), Random(0))
        results = backend.generate([requests(backend.system, some_prompts(2))])
        assert isinstance(results, Generator)
        assert next(results).error is None
        results.close()
        assert len(server.bodies) == 2


def test_an_answer_that_takes_too_long_is_an_error() -> None:
    over = threading.Event()

    def stuck(_: dict[str, Any], __: int) -> Reply:
        over.wait(30)
        return completion()

    with served(stuck) as server:
        system = a_served_system(server.url, timeout=0.05)
        backend = EndpointBackend(system, Path(), Random(0), Pauses())
        (result,) = backend.generate([requests(system, some_prompts(1))])
        over.set()
    assert result.error == f"no answer within 0.05 seconds ({TRIES} times)"


def test_a_server_that_is_gone_ends_the_run_and_keeps_what_it_had_answered(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, some_prompts(60))
    with served(lambda _, number: completion() if number < 5 else refusal(404)) as server:
        system = a_served_system(server.url, threads=1)
        backend = EndpointBackend(system, folder, Random(0), Pauses())
        with pytest.raises(BackendLost, match=f"{LOST_AFTER} requests failed one after another"):
            run(folder, system, backend=backend)
        assert len(responses(folder)) == 5
        assert len(server.bodies) < 60
        server.behaviour = always(completion())
        backend = EndpointBackend(system, folder, Random(0), Pauses())
        run(folder, system, backend=backend, name="run-2")
    assert len({row.prompt_id for row in responses(folder)}) == len(responses(folder)) == 60


def test_what_was_under_way_when_the_server_was_lost_is_kept() -> None:
    backends: list[EndpointBackend] = []

    def mind(body: dict[str, Any], _: int) -> Reply:
        if "Number 0" not in str(body):
            return refusal(404)
        backends[0]._over.wait(30)  # until the run gives the server up
        return completion("Late, but whole.")

    found: list[Result] = []
    with served(mind) as server:
        backends.append(EndpointBackend(a_served_system(server.url, threads=2), Path(), Random(0)))
        wanted = requests(backends[0].system, some_prompts(100))
        with pytest.raises(BackendLost):
            found.extend(backends[0].generate([[each] for each in wanted]))
    answers = [result.answers for result in found if not result.error]
    assert answers == [("Late, but whole.",)]


def test_a_server_that_is_not_there_is_an_error_with_its_address() -> None:
    with served(always(completion())) as server:
        url = server.url
    system = a_served_system(url)
    backend = EndpointBackend(system, Path(), Random(0), Pauses())
    (result,) = backend.generate([requests(system, some_prompts(1))])
    assert (result.error or "").startswith(f"no connection to {url}: ")


def test_the_hugging_face_token_of_the_user_is_not_sent_to_other_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with served(always(completion())) as server:
        system = a_served_system(server.url)
        backend = EndpointBackend(system, tmp_path, Random(0), Pauses())
        list(backend.generate([requests(system, some_prompts(1))]))
    assert "authorization" not in server.headers[0]


def test_the_key_comes_from_its_file_and_stands_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-secret\n")
    folder = a_folder(tmp_path / "study", some_prompts(1))
    with served(always(completion())) as server:
        system = a_served_system(server.url, key_file=str(tmp_path / "key"))
        run(folder, system, backend=EndpointBackend(system, folder, Random(0), Pauses()))
    assert server.headers[0]["authorization"] == "Bearer sk-secret"
    written = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    assert not any("sk-secret" in text for text in written)


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="expected the key of system 'tiny'"):
        EndpointBackend(a_served_system("http://x", key_file="gone"), tmp_path)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://"])
def test_an_address_that_is_none_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(BackendRefused, match="expected one such as http://localhost:8000/v1"):
        EndpointBackend(a_served_system(url), tmp_path)


@pytest.mark.parametrize("address", ["me:secret@host/v1", "host/v1?key=secret"])
def test_a_password_in_the_address_is_refused_and_not_repeated(
    address: str, tmp_path: Path
) -> None:
    toml = f'[[systems]]\nname = "tiny"\nbackend = "endpoint:http://{address}"\n'
    (tmp_path / SYSTEMS_FILE).write_text(toml)
    with pytest.raises(StudyError, match=r":3: .*`key_file`") as caught:
        load_systems(tmp_path)
    assert "secret" not in str(caught.value)


def test_what_the_server_says_of_a_refusal_is_told_but_not_a_key_in_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-secret\n")
    body = b'{"message": "sk-secret is not a key\\n of ours"}'
    with served(always((401, {}, body))) as server:
        system = a_served_system(server.url, key_file="key")
        backend = EndpointBackend(system, tmp_path, Random(0), Pauses())
        (result,) = backend.generate([requests(system, some_prompts(1))])
    assert result.error == ('the server answered 401: {"message": "[key] is not a key\\n of ours"}')


def test_many_prompts_that_are_too_long_do_not_keep_the_others_from_being_asked() -> None:
    too_many = LOST_AFTER + 5
    found, _ = ask(first(*[refusal(400)] * too_many), too_many + 3, threads=1)
    assert sum(result.error is None for result in found.values()) == 3


def test_a_server_that_refuses_every_request_is_not_asked_for_ever() -> None:
    with pytest.raises(BackendLost, match=f"{REFUSED_AFTER} requests failed one after another"):
        ask(always(refusal(422)), REFUSED_AFTER + 50, threads=1)
