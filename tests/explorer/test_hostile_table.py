"""What a table brings into the interactive page stays text, and the page's policy allows its own script alone."""

import base64
import hashlib
import re

import numpy as np
import pytest

from tdabench.explorer import Exploration, write_page
from tdabench.mapper.nerve import MapperGraph

HOSTILE = [
    "</script><script>window.broken = 1</script>", "<!--<script>", "]]><b>x</b>", "[x](javascript:window.broken=1)",
    '"><img src=x onerror="window.broken = 1">', "{{ 1 + 1 }}", "\u202egnp.", "\x00 \x1b[31m \u2028", "__proto__",
    "x" * 1_000_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A page with each hostile text as name of a column, as a level, and in all that is written about it."""
    rows = 10 * len(HOSTILE)
    members = [np.arange(10 * node, min(10 * node + 12, rows)) for node in range(len(HOSTILE))]
    graph = MapperGraph.from_members(members, rows, np.arange(len(HOSTILE))[:, None])
    columns = {text: np.arange(float(rows)) for text in HOSTILE} | {"level": np.repeat(HOSTILE, 10)}
    short = " ".join(HOSTILE[:-1])
    made = Exploration(short, graph, columns, dict(zip(HOSTILE, HOSTILE, strict=True)), short, HOSTILE[0], None, short)
    return write_page(made, tmp_path_factory.mktemp("hostile") / "page.html")


def test_in_a_browser_it_makes_no_element_no_dialog_and_no_trouble(browser, path):
    context, troubles = browser.new_context(viewport={"width": 1200, "height": 900}), []
    page = context.new_page()
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or troubles.append(asked.url))
    page.goto(path.as_uri())
    page.locator("#colour").select_option("level")
    page.locator("#query").fill("script")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Select all").click()
    assert page.evaluate("window.broken ?? null") is None
    assert page.evaluate("document.scripts.length") == 2 and not page.locator("img, b, iframe").count()
    assert not page.evaluate("[...document.querySelectorAll('*')].flatMap((each) => each.getAttributeNames())"
                             ".filter((name) => name.startsWith('on')).length")  # fmt: skip
    assert "{{ 1 + 1 }}" in page.locator("#note").inner_text()
    context.close()
    assert troubles == []


def test_the_policy_allows_the_scripts_and_the_style_of_the_page_alone(path):
    text = path.read_text("utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "*" not in policy
    for tag, pattern in (("script", r'<script type="module">(.*?)</script>'), ("style", r"<style>(.*?)</style>")):
        (content,) = re.findall(pattern, text, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_what_a_page_was_given_afterwards_does_not_run(browser, path, tmp_path):
    forged = tmp_path / "forged.html"
    forged.write_text(path.read_text("utf-8").replace("</body>", "<script>window.broken = 1</script></body>"), "utf-8")
    page = browser.new_page()
    page.goto(forged.as_uri())
    assert page.evaluate("window.broken ?? null") is None
    page.close()
