from __future__ import annotations

import json

from playwright.sync_api import BrowserContext, Error, Response

from annotation.schema import Pair
from annotation.study import read_pairs
from tests.browser.conftest import Serve, Visit
from tests.builders import a_pair, a_prompt, a_response

HOSTILE = [
    "<script>window.ran = 1</script>",
    '<img src="https://elsewhere.test/a.png" onerror="window.ran = 1">',
    "[click me](javascript:window.ran=1)",
    "![a picture](https://elsewhere.test/b.png)",
    "</div></article></main><dialog open><form action='https://elsewhere.test'>",
    "<svg/onload=window.ran=1><iframe srcdoc='<script>parent.ran=1</script>'>",
    "${window.ran = 1} {{constructor.constructor('window.ran = 1')()}}",
    "<style>*{display:none;background:url(https://elsewhere.test/c)}</style>",
    "word" * 50_000,
    "| a " * 400 + "|\n" + "|-" * 400 + "|\n" + "| b " * 400 + "|",
]


def marked(number: int) -> Pair:
    """A pair of which nothing but the texts may be seen."""
    hidden = {"meta": {"note": "zq-marker-meta"}, "finish_reason": "zq-marker-reason"}
    return a_pair(
        number,
        prompt=a_prompt(f"Prompt {number}", reference="zq-marker-gold", meta={"x": "zq-marker"}),
        response_a=a_response("zq-marker-system-x", f"First answer {number}.", **hidden),
        response_b=a_response("zq-marker-system-y", f"Second answer {number}.", **hidden),
        meta={"source_id": "zq-marker-source"},
    )


def everything_stored(context: BrowserContext) -> str:
    return json.dumps(context.storage_state(indexed_db=True))


def test_a_recorded_visit_holds_no_system_name_and_no_pair_id(serve: Serve, visit: Visit) -> None:
    app = serve([marked(n) for n in range(4)])
    screen = visit(app)
    seen: list[str] = []

    def record(response: Response) -> None:
        seen.append(response.url + json.dumps(response.headers))
        try:
            seen.append(response.body().decode("utf-8", "replace"))
        except Error:
            seen.append("")  # a response without a body

    screen.page.on("response", record)
    screen.page.on("request", lambda request: seen.append(request.url + (request.post_data or "")))
    screen.join()
    for done in range(3):
        screen.press("1", "2", "3", "1", "g", "g")
        screen.says("status", "Saved")
        seen += [screen.page.content(), everything_stored(screen.page.context)]
        screen.press("2", "Enter")
        screen.labelled(done + 1)
    for path in ("/config", "/gradio_api/info", "/gradio_api/openapi.json", "/?view=api"):
        seen.append(screen.page.request.get(app.url + path).text())
    whole = "".join(seen)
    pairs = list(read_pairs(app.study / "pairs.jsonl"))
    assert "First answer" in whole
    assert "tiebreak:draft:" in whole
    assert "zq-marker" not in whole
    assert not [each for each in pairs if each.id in whole or each.prompt.id in whole]


def test_hostile_texts_harm_neither_page_nor_layout_and_ask_no_other_host(
    serve: Serve, visit: Visit
) -> None:
    pairs = [
        a_pair(
            n,
            prompt=a_prompt(f"{text}\n\nPrompt {n}"),
            response_a=a_response("x", text),
            response_b=a_response("y", f"Harmless {n}. {text[:300]}"),
        )
        for n, text in enumerate(HOSTILE)
    ]
    app = serve(pairs)
    screen = visit(app)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.join()
    for done in range(len(HOSTILE)):
        layout = screen.layout()
        assert layout["scrolls"] is False, screen.texts()[0][:80]
        assert layout["left"]["width"] == layout["right"]["width"]
        assert layout["submit"]["bottom"] <= 768
        links = screen.page.eval_on_selector_all(
            "#tiebreak .tb-text a", "all => all.map(a => a.href)"
        )
        assert not [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]
        screen.press("r", "r", "1", "2", "3", "1", "2", "Enter")
        if done + 1 < len(HOSTILE):
            screen.labelled(done + 1)
    screen.shows("done")
    assert screen.page.evaluate("window.ran") is None
    assert not [url for url in asked if not url.startswith((app.url, "data:"))]
