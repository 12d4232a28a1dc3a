"""The report in a browser: sort, filter, link, go on a claim's page and come back; phone and paper."""

from dataclasses import replace

import pytest

HEADS = ["Id", "Verdict", "Control", "Claim", "Published", "Measured", "Over seeds", "Seeds", "Profile"]


@pytest.fixture
def page(browser, shown, write, tmp_path):
    """The first page of a report; an error, a violation of its policy or a request to elsewhere fails the test."""
    rows, jobs = shown
    measured = [0.25, 0.3, 10, [1, 3], {"over Z/2": [1, 2, 1]}]
    write([replace(row, measured=measured[place]) if place < 5 else row for place, row in enumerate(rows)], jobs)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    window, troubles = context.new_page(), []
    window.on("pageerror", lambda error: troubles.append(str(error)))
    window.on("console", lambda message: troubles.append(message.text))
    window.on("request", lambda asked: asked.url.startswith("file:") or troubles.append(asked.url))
    window.goto((tmp_path / "report" / "index.html").as_uri())
    yield window
    context.close()
    assert troubles == []


def ids(page):
    """The claims that are seen, in their order."""
    return [row.inner_text() for row in page.locator(".claim:visible .id").all()]


def button(page, name):
    return page.locator("form button", has_text=name).first


def test_a_click_on_a_head_sorts_and_a_third_one_brings_the_groups_back(page):
    published = ids(page)
    head = page.get_by_role("columnheader", name="Measured")
    head.get_by_role("button").click()
    assert ids(page)[:3] == ["I1", "I2", "I3"] and head.get_attribute("aria-sort") == "ascending"
    assert ids(page)[-3:] == ["N1", "F1", "F2"]  # nothing comes last
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert ids(page).index("I3") < ids(page).index("I2") < ids(page).index("I1") and ids(page)[-1] in ("N1", "F1", "F2")
    head.get_by_role("button").click()
    assert ids(page) == published and head.get_attribute("aria-sort") == "none"
    page.get_by_role("columnheader", name="Verdict").get_by_role("button").click()
    assert ids(page) == ["I1", "I2", "I5", "I3", "I4", "N1", "F1", "F2"]


def test_search_and_buttons_filter_and_say_how_many_are_left(page):
    assert page.locator("#found").inner_text() == "8 of 8 claims shown"
    page.get_by_label("Search").fill("circles I1")
    assert ids(page) == ["I1"] and page.locator("#found").inner_text() == "1 of 8 claims shown"
    page.get_by_label("Search").fill("")
    button(page, "partly").click()
    button(page, "failed").click()
    assert ids(page) == ["I3", "F1", "F2"] and button(page, "partly").get_attribute("aria-pressed") == "true"
    button(page, "does not stand out").click()
    assert ids(page) == ["I3"] and "0" in button(page, "failed").inner_text()
    button(page, "Show all").click()
    assert len(ids(page)) == 8 and "#" not in page.url


def test_one_source_is_chosen_from_the_list(page):
    page.get_by_label("Source").select_option(label="About fails")
    assert ids(page) == ["F1", "F2"]
    assert page.locator(".head:visible").count() == 1


def test_a_filtered_view_can_be_linked_and_goes_along_to_a_claim_and_back(page):
    page.get_by_label("Search").fill("claim")
    button(page, "reproduced").click()
    page.get_by_role("columnheader", name="Id").get_by_role("button").click()
    address = page.url
    assert "verdict=reproduced" in address and "sort=Id" in address
    page.reload()
    assert page.url == address and ids(page) == ["I1", "I2", "I5"]
    assert page.get_by_label("Search").input_value() == "claim"
    page.get_by_role("cell", name="I2", exact=True).get_by_role("link").click()
    page.get_by_role("link", name="I3").click()
    assert "I3.html" in page.url
    page.get_by_role("link", name="All verdicts").click()
    assert page.url.split("#")[1] == address.split("#")[1] and ids(page) == ["I1", "I2", "I5"]


def test_an_address_that_nobody_made_shows_all(page):
    page.goto(page.url.split("#")[0] + "#verdict=%3Cb%3E&part=nowhere&sort=%22&q=%E2%80%AE")
    page.reload()
    page.get_by_label("Search").fill("")
    assert len(ids(page)) == 8


def test_a_place_on_the_page_is_no_filter(page):
    page.get_by_role("link", name="Provenance").click()
    assert page.url.endswith("#provenance") and len(ids(page)) == 8


def test_without_a_script_all_is_there(browser, page):
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(page.url)
    assert plain.locator(".claim:visible").count() == 8 and not plain.locator("form:visible").count()
    context.close()


def test_a_command_is_copied_or_selected(page):
    page.goto(page.url.replace("index.html", "claims/I1.html"))
    page.get_by_role("button", name="Copy").click()
    page.locator(".command button", has_text="ed").wait_for()
    if page.locator(".command button").inner_text() == "Selected":
        assert page.evaluate("getSelection().toString()").startswith("tdabench run reproduction=circles")


@pytest.mark.parametrize("address", ["index.html", "claims/I1.html", "claims/I5.html", "reproductions/circles.html"])
def test_nothing_overflows_a_phone(page, address):
    page.set_viewport_size({"width": 375, "height": 740})
    page.goto(page.url.replace("index.html", address))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_a_phone_can_sort_too(page):
    page.set_viewport_size({"width": 375, "height": 740})
    page.get_by_label("Sort by").select_option("Verdict")
    assert ids(page)[:2] == ["I1", "I2"] and page.get_by_label("Sort by").locator("option").count() == len(HEADS) + 1


def test_paper_has_all_claims_and_no_filters(page):
    button(page, "partly").click()
    page.get_by_role("columnheader", name="Id").get_by_role("button").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".claim:visible").count() == 8 and not page.locator("form:visible").count()
    assert page.locator("tbody[data-part]").first.locator(".claim").count() == 5  # as published again
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert ids(page) == ["I3"]


def test_every_control_has_a_name_and_shows_its_focus(page):
    for control in page.locator("button:visible, input:visible, select:visible, a:visible").all():
        named = control.evaluate("each => each.labels?.[0]?.textContent || each.textContent || each.ariaLabel")
        assert named.strip()
    page.get_by_label("Search").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
