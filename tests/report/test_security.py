"""What comes out of data stays text: on every page of the report, in RESULTS.md and on the terminal."""

import re
from dataclasses import replace

import pytest

from tdabench.claims.judge import Control
from tdabench.report.markdown import write_markdown
from tdabench.report.terminal import rows_table, verdict_table

HOSTILE = {
    "script": "</script><script>window.broken = 1</script>",
    "style": "</style><style>body { display: none }</style>",
    "image": '"><img src=x onerror="window.broken = 1">',
    "attribute": "' onmouseover='window.broken = 1' autofocus onfocus='window.broken = 1",
    "svg": "<svg onload=window.broken=1><foreignObject><iframe srcdoc='<b>x</b>'></iframe></foreignObject></svg>",
    "comment": "<!-- --!> ]]> <![CDATA[ <b>x</b>",
    "link": "[x](javascript:window.broken=1) ![x](http://example.org/x.png) <javascript:window.broken=1> [y]: http://e.org",
    "template": "{{ 1 + 1 }} {% raw %} ${1 + 1}",
    "markdown": "a | b ` c `` d\n\n# head\n> quote\n***\n<details open>",
    "terminal": "\x1b]0;title\x07\x1b[2J\x1b[31mred\x9b1m\x08\x7f",
    "nothing": "before\x00after",
    "turned": "\u202egnp.\u202c \u2066x\u2069",
    "surrogate": "\ud800 alone",
    "long": "x" * 1_000_000,
}
TAGS = """
    html head meta title style script body main nav section article div p span strong code h1 h2 h3 ul li dl dt dd a
    table caption thead tbody tr th td wbr form fieldset legend label input select optgroup option button
    figure figcaption img svg rect line circle
""".split()
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
TEXTS = ("id", "says", "source", "evidence", "published", "measured", "interval", "reason", "margin", "why", "command",
         "data", "profile", "seeds", "wall_s", "peak_rss_mib", "verdict", "control", "reproduction")  # fmt: skip


@pytest.fixture
def infested(shown, kept):
    """`shown`, and for each hostile text a job with it wherever data, errors, tables, captions and names bring one."""
    rows, jobs = list(shown[0]), list(shown[1])
    for number, text in enumerate(HOSTILE.values()):
        run = f"hostile-{number}"
        other = Control(result=text, measured=text, interval={text: text}, detail=text)
        parts = {text: text, "part": [text]}
        row = replace(rows[0], **dict.fromkeys(TEXTS, text), controls={text: other}, run_id=run)
        rows += [row, replace(row, published=parts, measured=parts, interval={text: [0.5, 0.7]})]
        texts = dict.fromkeys(("name", "profile", "command", "status", "reason", "commit"), text)
        jobs.append(replace(jobs[0], **texts | {
            "config": {"title": text, "source": text}, "recorded": text, "data": {text: text}, "run_id": run,
            "environment": {text: text, "cpu": text, "cores": text, "threads": text}, "wall_s": text,
            "peak_rss_mib": text,
        }))  # fmt: skip
        name = "".join(mark for mark in text[:60] if mark not in "/\x00" and not "\ud800" <= mark <= "\udfff")
        kept.keep_figure(run, name, text.encode(errors="replace").decode())
        kept.keep_table(run, name, text, [{text: text, "a": {text: text}}])
    return rows, jobs


def test_in_a_browser_it_makes_no_element_no_dialog_and_no_trouble(infested, write, browser, tmp_path, kept):
    kept.server = "javascript:window.broken=1//http://"
    write(*infested)
    report = tmp_path / "report"
    context, troubles = browser.new_context(), []
    page = context.new_page()
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("request", lambda asked: asked.url.startswith(report.as_uri()) or troubles.append(asked.url))
    pages = sorted(report.rglob("*.html"))
    assert len(pages) == 1 + len(infested[0]) + 3 + len(HOSTILE)
    for path in pages:
        page.goto(path.as_uri())
        found = page.evaluate("""() => ({
            tags: [...new Set([...document.querySelectorAll("*")].map((each) => each.localName))],
            attributes: [...new Set([...document.querySelectorAll("*")].flatMap((each) => each.getAttributeNames()))],
            addresses: [...document.querySelectorAll("[href], [src]")].map((each) => each.href || each.src),
            scripts: document.scripts.length, styles: document.styleSheets.length, broken: window.broken ?? null,
        })""")
        assert set(found["tags"]) <= set(TAGS) and (found["scripts"], found["styles"]) == (1, 1)
        assert not [name for name in found["attributes"] if name.startswith("on") or name in ("style", "autofocus")]
        assert all(address.startswith(report.as_uri()) for address in found["addresses"])
        assert found["broken"] is None
    page.goto((report / "index.html").as_uri())
    page.locator("form button").first.click()  # the script is at work, whatever its values are
    page.locator("thead button").first.click()
    assert "#" in page.url
    context.close()
    assert troubles == []


def test_every_page_is_text_that_a_person_sees(infested, write, tmp_path):
    write(*infested)
    for path in (tmp_path / "report").rglob("*.html"):
        assert not CONTROL.search(path.read_text("utf-8"))
    for path in (tmp_path / "report").rglob("*"):
        assert re.fullmatch(r"[\w.-]+", path.name, re.ASCII)


def test_in_markdown_it_is_text(infested, kept, tmp_path):
    write_markdown(tmp_path / "RESULTS.md", *infested, kept)
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert not CONTROL.search(page) and len(page) < 1e7
    outside = re.sub(r"(`+) ?.*? ?\1", "", page)  # code is text already
    assert set(re.findall(r"(?<!\\)<(?!br>)\S*", outside)) == set()
    assert not re.search(r"(?<!\\)\](\(|:)", outside) and not re.search(r"(?<!\\)!\[", outside.replace("!\\[", ""))
    heads = [line for line in outside.splitlines() if line.startswith("#")]
    assert not [line for line in heads if line.startswith("# ") and line != "# Results"]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in page.splitlines() if line.startswith("| F")}
    assert cells == {10}


def test_the_terminal_obeys_none_of_it(infested):
    rows, jobs = infested
    told = rows_table(rows) + "".join(verdict_table(replace(job, rows=[])) for job in jobs)
    assert not CONTROL.search(told)


def test_a_new_line_in_a_text_makes_no_row_of_its_own(shown):
    rows, _ = shown
    told = rows_table([replace(rows[0], id="I1\n  T9", says="so\n  T9  REPRODUCED   Everything holds")])
    assert not [line for line in told.splitlines() if line.startswith("  T9")]


def test_a_claim_that_is_not_in_the_page_is_text_with_its_marks(shown, write, opened):
    rows, jobs = shown
    rows[0].says = "a < b & \"c\" > d, 'e' \u05d0\u05d1"
    page = write(rows, jobs)
    assert rows[0].says in page.text and rows[0].says in opened("claims/I1.html").text
