"""A small study behind the whole app, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from annotation.pages.gate import Gate
from annotation.pages.mount import annotators_app
from annotation.pages.researcher.access import CLOSED, Door
from annotation.schema import Pair
from annotation.served import load_served
from annotation.store import Store
from annotation.study import StudyPlan
from annotation.workflow import Workflow
from tests.builders import a_study_folder
from tests.served import Visitor

SECRET = "a secret of sixteen characters and more"
ClientOf = Callable[..., TestClient]


@contextmanager
def an_app(
    folder: Path, plan: StudyPlan | None, pairs: list[Pair] | int, door: Door = CLOSED
) -> Iterator[Gate]:
    """The whole app for a study of these pairs."""
    served = load_served(a_study_folder(folder, plan, pairs))
    database = f"sqlite:///{folder / 'annotations.db'}"
    with closing(Store.open(database, busy_seconds=0.2)) as store:  # only a test locks it
        workflow = Workflow(served, store)

        async def made() -> Gate:
            return annotators_app(workflow, SECRET, door=door)[1]

        # Outside of a running event loop Gradio opens loops that nobody closes.
        yield asyncio.run(made())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One app for the tests of a file; each joins under a name of its own."""
    with an_app(tmp_path_factory.mktemp("study"), None, 3) as made:
        yield made


@pytest.fixture
def client(app: Gate) -> TestClient:
    return TestClient(app)


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[ClientOf]:
    """Make the app for these pairs and criteria, in a new database."""
    with ExitStack() as stack:

        def make(
            pairs: list[Pair] | int = 3, plan: StudyPlan | None = None, door: Door = CLOSED
        ) -> TestClient:
            return TestClient(stack.enter_context(an_app(tmp_path / "study", plan, pairs, door)))

        yield make
