"""What every test may ask for: the real data where they are, and nothing from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.gemma import gemma_model
from tests.stand_in_hub import StandInHub, running_hub

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real annotation data beside the project; tests that use it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the real data are not beside the project (../shared/data)")
    return SHARED


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model, put together once; tests that use it are marked gemma."""
    return gemma_model(tmp_path_factory.mktemp("gemma"))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *("STUDY", "DATABASE_URL", "HOST", "PORT", "SECRET", "LEASE_SECONDS", "RESEARCHER_KEY"),
        *("SPACE_ID", "SPACE_HOST", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"),
        *("MIRROR", "MIRROR_SECONDS", "MIRROR_LABELS", "MIRROR_HANDOVER_SECONDS"),
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stand_in_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A local stand-in for the Hub, the only one that its client knows; the client never waits."""
    from huggingface_hub import close_session, constants
    from huggingface_hub.utils import _http

    home = tmp_path / "hub-home"
    with running_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda seconds: None))
        yield hub
        close_session()
