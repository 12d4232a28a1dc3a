"""The page in a browser: every control is used and its effect looked at."""

import csv

import numpy as np
import pytest
from scipy import stats

from tdabench.explorer import write_page

STATE = "() => tdabench.state()"


@pytest.fixture(scope="module")
def window(browser):
    context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def small_file(small, tmp_path_factory):
    return write_page(small, tmp_path_factory.mktemp("small") / "page.html")


@pytest.fixture
def page(window, small_file):
    """The small page, freshly opened; a script error or a request to elsewhere fails the test."""
    troubles = []
    note = {
        "pageerror": lambda error: troubles.append(str(error)),
        "console": lambda message: troubles.append(message.text),
        "request": lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or troubles.append(asked.url),
    }
    for event, listener in note.items():
        window.on(event, listener)
    window.goto(small_file.as_uri())
    yield window
    for event, listener in note.items():
        window.remove_listener(event, listener)
    assert troubles == []


def state(page):
    return page.evaluate(STATE)


def until(page, condition):
    """Waits for a condition; the page's own policy forbids wait_for_function, which evaluates text within the page."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never came true: {condition}")


def where(page, node):
    """Where a node is in the window, in pixels."""
    box = page.locator("#graph").bounding_box()
    across, down = state(page)["screen"][node]
    return box["x"] + across, box["y"] + down


def click(page, *nodes):
    """Clicks the first node, and the others with Shift."""
    for place, node in enumerate(nodes):
        if place == 1:
            page.keyboard.down("Shift")
        page.mouse.click(*where(page, node))
    page.keyboard.up("Shift")


def drag(page, *places):
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def around(page, nodes, margin=36):
    """A box in the window round nodes."""
    places = np.array([where(page, node) for node in nodes])
    (left, top), (right, bottom) = places.min(axis=0) - margin, places.max(axis=0) + margin
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def settle(page):
    until(page, "tdabench.state().settled")


def explained(page):
    """The explanation by column, once the tables have followed the selection."""
    settle(page)
    return {each["name"]: each for each in state(page)["explanation"]}


def rows_of(small, nodes):
    return np.unique(np.concatenate([small.graph.membership[[node]].indices for node in nodes]))


def test_click_selects_and_shift_click_adds_and_removes(page, small):
    click(page, 2)
    assert state(page)["a"] == [2]
    click(page, 2, 3, 6)
    assert state(page)["a"] == [2, 3, 6]
    assert state(page)["rows"] == len(rows_of(small, [2, 3, 6]))
    assert page.inner_text("#status") == f"3 nodes, {len(rows_of(small, [2, 3, 6]))} rows selected"
    click(page, 1, 3, 3)
    assert state(page)["a"] == [1]


def test_everything_is_selected_and_unselected(page):
    page.click("#everything")
    assert state(page)["a"] == list(range(8)) and state(page)["rows"] == 80
    page.click("#unselect")
    assert state(page)["a"] == [] and page.is_disabled("#unselect") and page.is_disabled("#download")
    click(page, 4)
    page.keyboard.press("Escape")
    assert state(page)["a"] == []


def test_a_dragged_node_moves_alone_and_is_not_selected(page):
    before = state(page)
    x, y = where(page, 3)
    drag(page, (x, y), (x + 60, y + 40))
    after = state(page)
    moved = np.reshape(after["positions"], (-1, 2)) - np.reshape(before["positions"], (-1, 2))
    assert moved[3] * after["scale"] == pytest.approx([60, 40], abs=0.5)
    assert not np.delete(moved, 3, axis=0).any() and after["a"] == []


def test_the_background_pans_and_the_wheel_zooms_about_the_pointer(page):
    before = np.array(state(page)["screen"])
    box = page.locator("#graph").bounding_box()
    corner = (box["x"] + 12, box["y"] + box["height"] - 12)
    drag(page, corner, (corner[0] + 50, corner[1] - 30))
    assert np.array(state(page)["screen"]) - before == pytest.approx(np.tile([50, -30], (8, 1)), abs=0.5)
    scale, place = state(page)["scale"], where(page, 2)
    page.mouse.move(*place)
    page.mouse.wheel(0, -50)
    until(page, f"tdabench.state().scale > {scale}")
    # The browser tells whole pixels.
    assert where(page, 2) == pytest.approx(place, abs=1)
    page.click("#fit")
    assert np.array(state(page)["screen"]) == pytest.approx(before, abs=0.01)


def test_shift_and_drag_or_the_lasso_button_select_what_they_enclose(page):
    page.keyboard.down("Shift")
    drag(page, *around(page, [0, 1, 2]))
    page.keyboard.up("Shift")
    assert state(page)["a"] == [0, 1, 2]
    page.click("#lasso")
    assert page.get_attribute("#lasso", "aria-pressed") == "true"
    drag(page, *around(page, [6, 7]))
    assert state(page)["a"] == [6, 7]
    page.keyboard.down("Shift")
    drag(page, *around(page, [4, 5]))
    page.keyboard.up("Shift")
    assert state(page)["a"] == [4, 5, 6, 7]


def test_another_colour_keeps_layout_and_selection(page, small):
    click(page, 1)
    before = state(page)
    assert before["colour"] == "ramp"
    page.select_option("#colour", label="kind")
    after = state(page)
    assert after["colour"] == "kind" and after["fills"] != before["fills"]
    assert [after[key] for key in ("positions", "screen", "a")] == [before[key] for key in ("positions", "screen", "a")]
    assert after["labels"][0] == "low (100 %)" and after["labels"][5] == 'high, or "so" (100 %)'
    page.get_by_role("button", name="low", exact=True).click()
    assert state(page)["a"] == [0, 1, 2]
    page.select_option("#colour", label="many")
    assert page.locator("#legend button").count() == 13 and "88 others" in page.inner_text("#legend")
    page.select_option("#colour", label="Rows in the node")
    assert state(page)["colour"] is None and state(page)["labels"] == [str(size) for size in small.graph.sizes]


def test_node_means_leave_missing_values_out(page, small):
    ramp = small.columns["ramp"]
    means = [np.nanmean(ramp[small.graph.membership[[node]].indices]) for node in range(8)]
    assert [float(label) for label in state(page)["labels"]] == pytest.approx(means, rel=1e-3)
    assert page.inner_text("#legend").split()[:2] == ["ramp", "5.727"]


def test_reset_puts_everything_back(page):
    start = state(page)
    x, y = where(page, 0)
    drag(page, (x, y), (x + 30, y + 50))
    click(page, 4)
    page.click("#keep")
    click(page, 5)
    page.select_option("#colour", label="year")
    page.uncheck("#sized")
    page.click("#closer")
    page.fill("#query", "low")
    page.click("#reset")
    after = state(page)
    same = ("a", "b", "rows", "colour", "fills", "positions", "screen", "scale")
    assert [after[key] for key in same] == [start[key] for key in same]
    assert page.input_value("#query") == "" and page.is_checked("#sized")


@pytest.mark.parametrize(
    ("query", "nodes"),
    [
        ("island", [6, 7]), ("LOW", [0, 1, 2]), ("or \"so", [2, 3, 4, 5]), ("row 11", [0, 1]), ("71", [6, 7]),
        ("node 4", [4]), ("level 50", [4, 5]), ("row 95", []),
    ],
)  # fmt: skip
def test_search_selects_the_nodes_that_hold_the_match(page, query, nodes):
    page.fill("#query", query)
    page.press("#query", "Enter")
    assert state(page)["a"] == nodes
    assert query.lower().split()[-1].strip('"') in page.inner_text("#message").lower()


@pytest.mark.parametrize("query", ["nowhere", "row 100", "node 8"])
def test_search_says_when_there_is_nothing_and_keeps_the_selection(page, query):
    click(page, 3)
    page.fill("#query", query)
    page.click("text=Find")
    assert state(page)["a"] == [3] and f"Nothing found for “{query}”" in page.inner_text("#message")


def expected(small, here, there):
    """By scipy: for numbers (D, asymptotic p, d), for text (level, difference of shares, p), and the adjusted p."""
    found = {}
    for name, values in small.columns.items():
        values = np.asarray(values)
        if values.dtype.kind in "if":
            # As the page keeps them: in four bytes.
            values = values.astype(np.float32).astype(float)
            one, other = (values[rows][~np.isnan(values[rows])] for rows in (here, there))
            distance = stats.ks_2samp(one, other).statistic
            p = stats.kstwobign.sf(np.sqrt(len(one) * len(other) / (len(one) + len(other))) * distance)
            freedom = len(one) + len(other) - 2
            pooled = np.sqrt((one.var() * len(one) + other.var() * len(other)) / freedom)
            found[name] = {"effect": distance, "p": p, "d": (one.mean() - other.mean()) / pooled, "level": None}
        else:
            one, other = ([value for value in values[rows] if value is not None] for rows in (here, there))
            levels = sorted(set(one) | set(other))
            shares = [one.count(level) / len(one) - other.count(level) / len(other) for level in levels]
            best = levels[int(np.argmax(shares))]
            hits, both = one.count(best), one.count(best) + other.count(best)
            p = min(1, len(levels) * stats.hypergeom.sf(hits - 1, len(one) + len(other), both, len(one)))
            found[name] = {"effect": max(shares), "p": p, "d": None, "level": best}
    adjusted = stats.false_discovery_control([each["p"] for each in found.values()])
    return {name: each | {"adjusted": p} for (name, each), p in zip(found.items(), adjusted, strict=True)}


def check(shown, wanted):
    for name, values in wanted.items():
        assert shown[name].get("level") == values["level"]
        for key in ("effect", "p", "adjusted"):
            assert shown[name][key] == pytest.approx(values[key], rel=1e-6, abs=1e-12), (name, key)
        assert shown[name]["d"] == (None if values["d"] is None else pytest.approx(values["d"], rel=1e-6))


@pytest.mark.parametrize("nodes", [[0, 1], [3], [5, 6, 7]])
def test_the_explanation_agrees_with_scipy(page, small, nodes):
    click(page, *nodes)
    shown = explained(page)
    here = rows_of(small, nodes)
    check(shown, expected(small, here, np.setdiff1d(np.arange(100), here)))
    effects = [each["effect"] for each in state(page)["explanation"]]
    assert effects == sorted(effects, reverse=True)
    listed = [text.split("\n")[0] for text in page.locator("#explanation tbody th").all_inner_texts()]
    assert listed == [each["name"] for each in state(page)["explanation"]]


def test_selection_a_is_compared_with_b_without_the_rows_of_both(page, small):
    click(page, 0, 1)
    page.click("#keep")
    assert state(page)["b"] == [0, 1] and state(page)["a"] == [] and page.input_value("#against") == "b"
    click(page, 2, 3)
    one, other = rows_of(small, [2, 3]), rows_of(small, [0, 1])
    shown = explained(page)
    check(shown, expected(small, np.setdiff1d(one, other), np.setdiff1d(other, one)))
    assert "2 rows in both left out" in page.inner_text("#compared")
    page.click("#swap")
    assert (state(page)["a"], state(page)["b"]) == ([0, 1], [2, 3])
    page.select_option("#against", "rest")
    check(explained(page), expected(small, other, np.setdiff1d(np.arange(100), other)))
    page.click("#forget")
    assert state(page)["b"] == [] and page.input_value("#against") == "rest"


def test_nothing_to_compare_is_said(page):
    click(page, 0)
    page.click("#keep")
    click(page, 0)
    settle(page)
    assert page.inner_text("#compared").startswith("Nothing to compare") and state(page)["explanation"] == []


def test_the_csv_holds_every_selected_row_as_it_was(page, small, tmp_path):
    click(page, 0, 5)
    with page.expect_download() as waiting:
        page.click("#download")
    assert waiting.value.suggested_filename == "six-b-nodes-b-selection.csv"
    waiting.value.save_as(tmp_path / "rows.csv")
    with open(tmp_path / "rows.csv", newline="", encoding="utf-8") as file:
        head, *lines = csv.reader(file)
    assert head == ["row", "nodes", *small.columns]
    assert [int(line[0]) for line in lines] == rows_of(small, [0, 5]).tolist()
    held = small.graph.membership.toarray()
    for line in lines:
        row = int(line[0])
        assert [int(node) for node in line[1].split()] == np.flatnonzero(held[:, row]).tolist()
        for name, text in zip(head[2:], line[2:], strict=True):
            value = small.columns[name][row]
            if value is None or value != value:
                assert text == ""
            elif isinstance(value, str):
                assert text == value
            else:
                assert np.float32(text) == np.float32(value)


def test_rows_and_pictures_of_the_selection_are_shown(page):
    click(page, 7)
    page.wait_for_selector("#thumbnails canvas")
    settle(page)
    assert page.locator("#rows tbody tr").count() == page.locator("#thumbnails canvas").count() == 10
    assert page.inner_text("#rows tbody tr:first-child th") == "70"
    page.click("#everything")
    until(page, "document.querySelectorAll('#thumbnails canvas').length === 60")


def test_pictures_are_those_of_their_rows(page, small):
    click(page, 5)
    until(page, "document.querySelectorAll('#thumbnails canvas').length === 10")
    for place in range(10):
        tile = page.locator("#thumbnails canvas").nth(place)
        row = int(tile.get_attribute("title").split()[1])
        data = tile.evaluate("tile => Array.from(tile.getContext('2d').getImageData(0, 0, 3, 3).data)")
        assert data[::4] == small.thumbnails[row].ravel().tolist()


def test_the_mean_of_the_selected_pictures_is_shown(page, small):
    assert page.locator("#mean").is_hidden()
    click(page, 5)
    until(page, "document.querySelectorAll('#thumbnails canvas').length === 10")
    titles = page.locator("#thumbnails canvas").evaluate_all("tiles => tiles.map(tile => tile.title)")
    rows = [int(title.split()[1]) for title in titles]
    tile = page.locator("#mean canvas")
    data = tile.evaluate("tile => Array.from(tile.getContext('2d').getImageData(0, 0, 3, 3).data)")
    assert np.allclose(data[::4], small.thumbnails[rows].mean(axis=0).ravel(), atol=0.501)


def test_names_and_values_are_shown_as_text(page):
    name = "<script>window.broken = 1</script>"
    page.select_option("#colour", label=name)
    click(page, 2)
    settle(page)
    assert page.evaluate("window.broken") is None
    assert page.inner_text("#legend .name") == name and "</script><b>x</b>" in page.inner_text("#legend")
    assert name in page.inner_text("#explanation") and name in page.inner_text("#rows")
    assert page.inner_text("h1") == page.title() == "Six <b>nodes</b>"
    assert "<i>6</i>" in page.inner_text("#parameters")
    assert page.inner_text("#command") == "tdabench explore 'x' <y>" and page.inner_text("#note") == "A note."
    assert page.locator("b, i, y").count() == 0


def test_the_keyboard_walks_the_graph_and_selects(page):
    page.keyboard.press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "graph":
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "graph"
    order = sorted(range(6), key=lambda node: state(page)["screen"][node][0])
    while (focus := state(page)["focus"]) != order[0]:
        page.keyboard.press("ArrowLeft")
        assert state(page)["focus"] != focus
    for node in order[:3]:
        assert state(page)["focus"] == node and page.inner_text("#message").startswith(f"Node {node}:")
        page.keyboard.press("Space" if node % 2 else "Enter")
        page.keyboard.press("ArrowRight")
    assert state(page)["a"] == sorted(order[:3])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert state(page)["a"] == sorted(order[:2])
    page.keyboard.press("Escape")
    assert state(page)["a"] == []


def test_every_control_has_a_name_and_the_keyboard_reaches_it(page):
    nameless = """() => [...document.querySelectorAll('button, select, input, canvas[tabindex]')].filter(
        each => !(each.getAttribute('aria-label') || each.labels?.[0]?.textContent.trim() || each.textContent.trim())
            || each.tabIndex < 0).map(each => each.id)"""
    assert page.evaluate(nameless) == []


def test_print_leaves_the_controls_out(page):
    click(page, 3)
    settle(page)  # the explanation comes a moment after the click
    page.emulate_media(media="print")
    assert not page.is_visible("#colour") and not page.is_visible("#keep")
    assert page.is_visible("#graph") and page.is_visible("#explanation") and page.is_visible("#legend")
    page.emulate_media(media="screen")


def test_a_narrow_window_shows_the_whole_graph_without_scrolling_sideways(page):
    page.set_viewport_size({"width": 400, "height": 800})
    until(page, "document.getElementById('graph').clientWidth < 400")
    page.evaluate("new Promise(requestAnimationFrame)")
    width = page.locator("#graph").bounding_box()["width"]
    assert all(0 < across < width for across, _ in state(page)["screen"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.set_viewport_size({"width": 1400, "height": 900})


def test_two_thousand_nodes_are_drawn_in_less_than_a_thirtieth_of_a_second(window, large_file):
    window.goto(large_file.as_uri())
    window.click("#everything")
    assert state(window)["rows"] == 60_000
    window.select_option("#colour", label="site")
    box = window.locator("#graph").bounding_box()
    window.mouse.move(box["x"] + 300, box["y"] + 200)
    taken, frames = window.evaluate(
        """async () => {
            const taken = [], frames = [], graph = document.getElementById("graph");
            for (let step = 0; step < 21; step++) {
                const start = performance.now();
                graph.dispatchEvent(new WheelEvent("wheel", {deltaY: step % 2 ? 20 : -20, cancelable: true}));
                await new Promise(requestAnimationFrame);
                taken.push(tdabench.state().drawMs);
                await new Promise(requestAnimationFrame);
                frames.push((performance.now() - start) / 2);
            }
            return [taken, frames];
        }"""
    )
    assert np.median(taken) < 33 and np.median(frames) < 66, (taken, frames)
    window.fill("#query", "upper")
    window.press("#query", "Enter")
    settle(window)
    assert state(window)["explanation"][0]["name"] == "side"
