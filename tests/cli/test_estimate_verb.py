"""`tdabench estimate`: of a number of points, of a file, of a reproduction."""

import json

import numpy as np
import pytest

from tdabench.record.job import Recorded


def test_of_a_number_of_points(tdabench):
    code, out, _ = tdabench("estimate", "400", "--engine", "gudhi", "--limit", "10")
    assert code == 1
    assert "1.1e+09 simplices, about 64 GiB, and the limit is 10 GiB" in out
    assert "fits: sparse Rips, epsilon 0.5" in out and "too large: edge collapse" in out


def test_of_a_file_for_a_program(tdabench, tmp_path):
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).normal(size=(50, 4)))
    code, out, _ = tdabench("estimate", str(tmp_path / "mine.npy"), "--max-dimension", "1", "--json")
    told = json.loads(out)
    assert code == 0
    assert [rung["rung"] for rung in told["rungs"]][:2] == ["as asked for", "up to the enclosing radius"]
    assert told["rungs"][0]["fits"] and told["rungs"][0]["bytes"] < told["limit_bytes"]


@pytest.mark.parametrize("complex", ["sparse_rips", "alpha", "cech", "witness", "strong_witness", "lazy_witness"])
def test_of_another_complex(tdabench, complex):
    words = ("estimate", "80", "--complex", complex, "--max-dimension", "1", "--landmarks", "20")
    code, out, _ = tdabench(*words, "--limit", "1")
    assert code == 0
    assert f"\n{complex}: " in out and "Rips in its place:" in out
    assert "MiB, and the limit is 1 GiB" in out
    code, out, _ = tdabench(*words, "--limit", "0.0001", "--json")
    told = json.loads(out)["rungs"][0]
    assert code == 1 and told["rung"] == complex and not told["fits"] and told["how"]


def test_of_a_triangulation_that_is_not_tried(tdabench, tmp_path):
    np.save(tmp_path / "wide.npy", np.random.default_rng(0).normal(size=(100, 50)))
    code, out, _ = tdabench("estimate", str(tmp_path / "wide.npy"), "--complex", "alpha", "--max-dimension", "1")
    assert code == 1 and "2.3e+15 simplices (at least)" in out


def test_of_a_reproduction_by_what_it_took(tdabench, record, monkeypatch):
    job = Recorded(
        name="shapes", status="finished", reason="", profile="quick", peak_rss_mib=300.0, wall_s=5.0, config={},
        data={}, environment={"cpu": "A processor"}, command="the command", recorded=1.8e9, fingerprint="f",
        own=False, variant=False,
    )  # fmt: skip
    code, out, _ = tdabench("estimate", "shapes")
    assert code == 0 and "no run of it is known" in out
    monkeypatch.setattr("tdabench.record.runs.Record.entries", lambda self: [job])
    code, out, _ = tdabench("estimate", "shapes")
    assert code == 0 and "shapes: 300 MiB, 5 s (quick, 2027-01-15, A processor)" in out
    assert tdabench("estimate", "shapes", "--limit", "0.1")[0] == 1


def test_of_nothing_that_is_known(tdabench):
    code, _, err = tdabench("estimate", "nowhere.csv")
    assert code == 2 and "neither a reproduction, nor a file, nor a number of points" in err
