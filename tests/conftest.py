"""What every test may ask for: the real data where they are, and nothing from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real annotation data beside the project; tests that use it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the real data are not beside the project (../shared/data)")
    return SHARED


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *("STUDY", "DATABASE_URL", "HOST", "PORT", "SECRET", "LEASE_SECONDS"),
        *("SPACE_ID", "SPACE_HOST"),
    ):
        monkeypatch.delenv(name, raising=False)
