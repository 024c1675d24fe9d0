"""A Space that starts anew while somebody labels: the page keeps the answer until it is taken."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.conftest import FIVE, Visit
from tests.builders import a_study_folder
from tests.served import Served
from tests.stand_in_hub import WRITER, running_hub

Containers = tuple[Served, Served]


@pytest.fixture
def containers(tmp_path: Path) -> Iterator[Containers]:
    """Two containers of one Space that mirror to one repository; neither runs yet."""
    with running_hub() as hub, ExitStack() as stack:
        settings = {
            "SPACE_ID": "lab/study",
            "SECRET": "a secret of the Space",
            "HF_TOKEN": WRITER,
            "MIRROR": "lab/mirror",
            "MIRROR_HANDOVER_SECONDS": "60",
            "HF_ENDPOINT": hub.url,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path / "home"),
        }
        plan = FIVE.model_copy(update={"labels_per_pair": 3})
        old, new = (
            Served(a_study_folder(tmp_path / disk, plan, 5), **settings) for disk in ("old", "new")
        )
        stack.callback(new.stop)
        stack.callback(old.stop)
        yield old, new


def test_an_answer_that_the_old_container_refuses_reaches_the_new_one(
    containers: Containers, visit: Visit
) -> None:
    old, new = containers
    old.start()
    screen = visit(old).join()
    screen.press(*"11111", "Enter")
    screen.labelled(1)
    new.start()
    screen.press(*"22222", "Enter")
    screen.says("notice", re.compile("^A newer copy of this site is taking over"))
    if pictures := os.environ.get("PICTURES"):
        screen.page.screenshot(path=f"{pictures}/takeover.png")
    old.stop()
    new.stop()
    new.port, new.url = old.port, old.url  # the Space's proxy leads there from now on
    new.start()
    screen.labelled(2)
    screen.app = new
    assert len(screen.labels()) == 2 * 5
