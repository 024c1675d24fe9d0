"""From the key that submits to the next pair painted, in Chromium, with the server's share.

    python -m benchmarks.next_pair [--pairs N]

A person's way: five digits and, when they are saved, Enter for each pair, with answers of about
120 words, on SQLite (WAL, synchronous FULL). The clock runs in the page from the key's event to
the second frame after the next pair stands there; the server's share is from the request's start
to its last byte. The browser, the server and this program share the machine's cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from statistics import quantiles

from playwright.sync_api import Page, sync_playwright

from annotation.pages.serve import listen
from benchmarks.submit import study_folder

NAMES = ("key to painted", "server's share")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
MEASURE = """() => {
  window.measured = [];
  let began = 0;
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") began = event.timeStamp;
  }, true);
  const painted = () => requestAnimationFrame(() => requestAnimationFrame((now) => {
    const sent = performance.getEntriesByType("resource")
      .filter((entry) => entry.name.includes("component_server")).at(-1);
    measured.push([performance.now() - began, sent.responseEnd - sent.requestStart]);
    performance.clearResourceTimings();
    began = 0;
  }));
  new MutationObserver(() => began && painted()).observe(
    document.querySelector('[data-part="progress"]'), { childList: true });
}"""


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60)
    pairs = parser.parse_args().pairs
    browser = next(filter(None, map(which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with tempfile.TemporaryDirectory() as name:
        folder = study_folder(Path(name), pairs + 5, 1)
        with listen("127.0.0.1", 0) as probe:
            port = int(probe.getsockname()[1])
        with (
            running(folder, port),
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=browser, args=FLAGS) as chromium,
        ):
            page = chromium.new_page(viewport={"width": 1366, "height": 768})
            measured = walk(page, f"http://localhost:{port}", pairs)
    report(measured[3:])  # the first ones open files and fill caches


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """The app as people run it, on that port."""
    database = f"sqlite:///{folder / 'annotations.db'}"
    own = {"STUDY": str(folder), "PORT": str(port), "DATABASE_URL": database}
    command = [sys.executable, "app.py"]
    with subprocess.Popen(
        command, env={**os.environ, **own}, stdout=subprocess.PIPE, text=True
    ) as app:
        if app.stdout is not None:
            app.stdout.readline()  # said once it listens
        try:
            yield
        finally:
            app.terminate()


def walk(page: Page, url: str, pairs: int) -> list[tuple[float, float]]:
    """Milliseconds to the next pair painted, and of the server, for each pair."""
    page.goto(url)
    page.wait_for_selector('#tiebreak[data-screen="join"]')
    page.keyboard.type("runner")
    page.keyboard.press("Enter")
    page.wait_for_selector('#tiebreak[data-screen="welcome"]')
    page.keyboard.press("Enter")
    page.evaluate(MEASURE)
    for done in range(1, pairs + 1):
        for digit in "12312":
            page.keyboard.press(digit)
        page.wait_for_selector('[data-part="status"][data-kind="saved"]')
        page.keyboard.press("Enter")
        page.wait_for_function("done => measured.length >= done", arg=done)
    found: list[tuple[float, float]] = page.evaluate("measured")
    return found


def report(measured: list[tuple[float, float]]) -> None:
    """The median and the 95th percentile of both."""
    for name, values in zip(NAMES, zip(*measured, strict=True), strict=True):
        cuts = quantiles(values, n=20)
        print(f"next pair, {name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms")


if __name__ == "__main__":
    main()
