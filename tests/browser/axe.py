"""axe-core in a page of ours: what keeps people with a disability from using it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

RUN = """async (within) => {
  const found = await axe.run(within, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => (
    { id, impact, where: nodes.map((node) => node.html.slice(0, 160)) }
  ));
}"""


@lru_cache(maxsize=1)
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def grave_violations(page: Page, within: str = "#tiebreak") -> list[dict[str, Any]]:
    """The violations of serious or critical impact on the page as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(RUN, within)
    return [each for each in found if each["impact"] in {"serious", "critical"}]
