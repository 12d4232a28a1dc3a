"""Bands: what a page may say of what may differ; and that those of the pages are alive."""

import pytest

from tdabench import paths
from tdabench.claims import pages, tolerance
from tdabench.claims.tolerance import ROUNDING, Band, band_of
from tdabench.errors import BadRequest
from tdabench.record import baseline, compare

FROZEN = paths.ROOT / "reference"
PAGES = [page for page in pages.reproductions() if page.bands and not page.own]


def test_the_first_entry_that_fits_counts_and_rounding_is_allowed_where_none_does():
    listed = [{"of": "real.*", "band": "free", "why": "seconds"}, {"of": "*", "absolute": 0.5, "why": "noise"}]
    assert band_of("real.order.0", listed) == Band("free", 0, "seconds")
    assert band_of("kept.PCA", listed) == Band("absolute", 0.5, "noise")
    assert band_of("kept.PCA", []) is ROUNDING


@pytest.mark.parametrize(
    "kind, width, before, now, holds",
    [
        ("exact", 0, 1.0, 1.0 + 1e-15, False), ("absolute", 0.1, 1.0, 1.09, True), ("absolute", 0.1, 1.0, 1.11, False),
        ("relative", 0.01, 100.0, 100.9, True), ("relative", 0.01, 100.0, 102.0, False),
        ("relative", 1e-6, 0.0, 1e-12, True), ("relative", 1e-6, 0.0, 1e-6, False), ("free", 0, 1.0, 1e9, True),
    ],
)  # fmt: skip
def test_a_band_holds_what_it_says(kind, width, before, now, holds):
    assert Band(kind, width, "a reason").holds(before, now) is holds
    assert Band(kind, width, "a reason").holds(now, before) is holds


@pytest.mark.parametrize(
    "entry, said",
    [
        ({"of": "a", "absolute": 1}, "its reason"), ({"of": "a", "why": "b"}, "one of absolute, relative or band"),
        ({"absolute": 1, "why": "b"}, "a glob"), ({"of": "a", "band": "wide", "why": "b"}, "one of absolute"),
        ({"of": "a", "absolute": 1, "relative": 1, "why": "b"}, "one of absolute"),
        ({"of": "a", "absolute": -1, "why": "b"}, "positive width"),
        ({"of": "a", "relative": True, "why": "b"}, "positive width"),
    ],
)  # fmt: skip
def test_a_band_that_says_too_little_is_refused(entry, said):
    with pytest.raises(BadRequest, match=said):
        tolerance.read(entry, "a page")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_band_of_a_page_fits_something_that_is_frozen(page, monkeypatch):
    monkeypatch.setattr(paths, "REFERENCE", FROZEN)
    frozen = [job for profile in ("quick", "paper") if (job := baseline.frozen(page.name, profile))]
    assert frozen, "a page with bands needs a reference"
    names = {difference.name for job in frozen for difference in compare.compare(job, job)}
    for place, entry in enumerate(page.bands):
        left = [name for name in names if not band_of(name, page.bands[:place], default=None)]
        assert any(band_of(name, [entry], default=None) for name in left), entry["of"]


def test_what_is_frozen_is_still_registered(monkeypatch):
    monkeypatch.setattr(paths, "REFERENCE", FROZEN)
    frozen = {path.stem for path in (FROZEN / "quick").glob("*.json")} | {job.name for job in baseline.jobs()}
    assert frozen <= {page.name for page in pages.reproductions()}
