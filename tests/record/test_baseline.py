"""Frozen jobs: copied whole from the record, small, the same to every reader, and refused when they are damaged."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdabench import paths
from tdabench.errors import BadInput
from tdabench.record import baseline
from tdabench.record.job import Job, Recorded
from tdabench.record.runs import Record
from tdabench.structure import write

RUNS = [{"1,1": 0.81234567, "1,0": 0.1, "1,2": 0.002, "2,0": 0.003}, {"1,1": 0.009, "1,0": 0.0087654321}]
CLAIM = {
    "id": "I1", "says": "A circle", "source": "section 1", "evidence": "read", "published": [1, 1],
    "measurement": "runs", "test": "betti", "margin": {"run": 0.25, "seeds": 0.8}, "why": "one rule",
}  # fmt: skip
NUMBER = CLAIM | {"id": "N", "published": 0.123456789, "measurement": "number", "test": "equals", "margin": {}}
ROW = {
    key: CLAIM[key] for key in ("id", "says", "source", "evidence", "published", "margin", "why")
} | {
    "verdict": "partly", "measured": [1, 1], "interval": [0.0091234567, 0.81234567], "control": "none needed",
    "controls": {}, "reason": "kodak is not here: put it under /home/ada/.cache/tdabench/kodak",
    "reproduction": "circles", "seeds": 2, "profile": "paper", "data": "patches:0123456789ab", "wall_s": 4321.987654,
    "peak_rss_mib": 323.8, "command": "tdabench run reproduction=circles profile=paper",
}  # fmt: skip
JOB = {
    "name": "circles", "profile": "paper", "config": {"title": "Circles", "source": "A paper", "claims": [CLAIM]},
    "command": ROW["command"], "data": {"patches": "a" * 64}, "fingerprint": "f1", "own": False, "variant": False,
    "status": "finished", "reason": "", "rows": [ROW], "measurements": {"runs": RUNS, "number": 0.123456789012},
    "wall_s": 4321.987654, "peak_rss_mib": 323.8, "commit": "0123456789ab",
    "environment": {"python": "3.11.7", "cpu": "A processor", "cores": 2, "threads": 2}, "id": "j1", "started": 1.8e9,
}  # fmt: skip


def recorded(**keys):
    """A job on record, with these keys of its file."""
    return Recorded.read(JOB | {"recorded": 5.0} | keys)


@pytest.fixture
def place():
    return paths.REFERENCE / "paper"


@pytest.fixture
def left(tmp_path):
    """What a job left: a figure with its caption, a table, raw output and a log."""
    folder = tmp_path / "left"
    for kind in ("figures", "tables", "raw"):
        (folder / kind).mkdir(parents=True)
    Image.new("RGB", (4, 3)).save(folder / "figures" / "circle.png")
    (folder / "figures" / "circle.txt").write_text("The circle")
    rows = [{"tau": 0.3000000001, "file": "/home/ada/patches.npy"}]
    (folder / "tables" / "sweep.json").write_text(json.dumps({"title": "The sweep", "rows": rows}))
    np.savez(folder / "raw" / "draws.npz", points=np.zeros(3))
    (folder / "log.txt").write_text("all is well")
    return folder


@pytest.fixture
def freeze(record, left):
    """freeze(**keys): a job is recorded and frozen; the job as it was recorded."""

    def call(**keys):
        job = record.write(Job.read(JOB | keys), left)
        baseline.freeze(record, job)
        return job

    return call


def noise(path, height, width):
    """A figure that no compression makes smaller: 3 bytes a pixel."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


# What is frozen


def test_a_frozen_job_reads_as_the_record_gives_it(freeze, place):
    recorded = freeze()
    (job,) = baseline.jobs()
    assert (job.run_id, job.reference) == ("reference/paper/circles", True)
    same = {"rows": None, "measurements": None, "files": None}  # rounded, or of frozen jobs alone
    assert job.write() | same == recorded.write() | same
    assert [row.verdict for row in job.rows] == ["partly"]
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*.*")) == [
        "circles/figures/circle.png", "circles/figures/circle.txt", "circles/job.json", "circles/tables/sweep.json"
    ]  # fmt: skip


def test_what_was_measured_has_six_digits_and_all_else_stays(freeze):
    freeze(config=JOB["config"] | {"tau": 0.123456789, "claims": [CLAIM]})
    (job,) = baseline.jobs()
    assert job.measurements["number"] == 0.123457
    assert job.rows[0].interval == [0.00912346, 0.812346]
    assert job.rows[0].wall_s == job.wall_s == 4321.987654
    assert job.config["tau"] == 0.123456789
    freeze(measurements={"runs": RUNS, "number": 123456789.0})
    assert baseline.jobs()[0].measurements["number"] == 123456789


def test_short_runs_are_left_out_but_not_the_longest_or_a_claimed_one(freeze):
    freeze()
    assert baseline.jobs()[0].measurements["runs"] == [{"1,1": 0.812346, "1,0": 0.1}, {"1,1": 0.009}]
    freeze(config=JOB["config"] | {"claims": [CLAIM | {"published": [[1, 1], [1, 2]]}]})
    assert baseline.jobs()[0].measurements["runs"][0] == {"1,1": 0.812346, "1,0": 0.1, "1,2": 0.002}
    freeze(measurements={"runs": RUNS, "number": 1, "gaussian": {"k15": RUNS}})
    measured = baseline.jobs()[0].measurements
    assert measured["gaussian"]["k15"] == measured["runs"] != RUNS


def test_a_verdict_that_needs_every_digit_keeps_them(freeze):
    measurements = {"runs": RUNS, "number": 0.123456789}
    freeze(config=JOB["config"] | {"claims": [CLAIM, NUMBER]}, measurements=measurements)
    assert baseline.jobs()[0].measurements == measurements


def test_no_folder_of_the_machine_is_told(freeze, place):
    freeze()
    assert not [path for path in place.rglob("*.json") if "/home" in path.read_text()]
    assert baseline.jobs()[0].rows[0].reason == "kodak is not here: put it under kodak"


def test_files_are_made_for_readers_of_differences(freeze, place):
    freeze(measurements={"runs": RUNS, "number": 3, "many": [number / 7 for number in range(100)], "none": []})
    lines = (place / "circles" / "job.json").read_text().splitlines()
    assert max(map(len, lines)) <= 120
    assert ' "data": {"patches": "' + "a" * 64 + '"},' in lines and '   "verdict": "partly",' in lines
    assert len(lines) < 80
    assert len(baseline.jobs()[0].measurements["many"]) == 100


# Figures


def test_a_large_figure_is_made_smaller_and_a_small_one_stays_as_it_is(freeze, place, left):
    noise(left / "figures" / "large.png", 500, 700)
    freeze()
    figures = place / "circles" / "figures"
    assert (figures / "circle.png").read_bytes() == (left / "figures" / "circle.png").read_bytes()
    assert (left / "figures" / "large.png").stat().st_size > 1_000_000
    assert (figures / "large.png").stat().st_size <= 400_000
    with Image.open(figures / "large.png") as image:
        assert image.width / image.height == pytest.approx(7 / 5, abs=0.01)


def test_what_is_transparent_becomes_white(freeze, place, left):
    picture = Image.effect_noise((900, 700), 90).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 900, 350))
    picture.save(left / "figures" / "half.png")
    freeze()
    with Image.open(place / "circles" / "figures" / "half.png") as image:
        assert image.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_a_folder_of_many_figures_stays_under_a_megabyte(freeze, place, left):
    for number in range(3):
        noise(left / "figures" / f"{number}.png", 350, 350)
    freeze()
    assert sum(path.stat().st_size for path in (place / "circles").rglob("*.*")) <= 1_000_000


# Whole or not at all


def test_a_new_one_takes_the_place_of_the_old(freeze, place, left):
    freeze()
    shutil.rmtree(left / "figures")
    freeze(commit="ba9876543210")
    (job,) = baseline.jobs()
    assert job.commit == "ba9876543210" and not (place / "circles" / "figures").exists()
    assert [path.name for path in place.iterdir()] == ["circles"]


def test_the_old_one_stays_whole_when_freezing_fails(freeze, place, monkeypatch):
    job = freeze()
    before = {path: path.read_bytes() for path in place.rglob("*.*")}
    rename = Path.rename

    def stop(*_):
        raise KeyboardInterrupt

    def stop_at_the_swap(path, target):
        return stop() if "-new-" in path.name else rename(path, target)

    for target, name, broken in ((shutil, "copyfile", stop), (Path, "rename", stop_at_the_swap)):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(target, name, broken)
            baseline.freeze(Record(), replace(job, commit="ba9876543210"))
        assert {path: path.read_bytes() for path in place.rglob("*.*")} == before


# Which job


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (None, "not on record; tdabench run reproduction=circles profile=paper"),
        ({"profile": "quick"}, "only a run of the quick profile is on record; tdabench run"),
        ({"variant": True}, "not on record"),
        ({"status": "failed", "reason": "out of memory"}, "ended as 'failed': out of memory"),
        ({"name": "squares"}, "not on record"),
    ],
)
def test_what_cannot_be_frozen_is_told_with_the_reason(keys, why):
    job, told = baseline.choose([] if keys is None else [recorded(**keys)], "circles")
    assert job is None and why in told


def test_the_newest_finished_job_of_the_paper_profile_is_frozen():
    keys = {"profile": "quick"}, {"status": "failed"}, {"commit": "new"}, {"commit": "old"}
    jobs = [recorded(**each) for each in keys]
    assert baseline.choose(jobs, "circles") == (jobs[2], "")


# Reading


def test_without_the_folder_the_jobs_are_those_of_the_record():
    jobs = [recorded()]
    assert baseline.jobs() == [] and baseline.beside(jobs) is jobs


def test_jobs_of_both_are_newest_first_and_the_frozen_copy_comes_before_its_original(freeze):
    original = freeze()
    newer, older = replace(original, recorded=original.recorded + 1), replace(original, recorded=5.0)
    found = [(job.recorded, job.reference) for job in baseline.beside([newer, original, older])]
    now = original.recorded
    assert found == [(now + 1, False), (now, True), (now, False), (5.0, False)]


def test_artefacts_are_found_wherever_the_job_is(freeze, place):
    original = freeze()
    (frozen,) = baseline.jobs()
    assert baseline.artefacts(Record(), frozen, "figures", "png") == [place / "circles" / "figures" / "circle.png"]
    (own,) = baseline.artefacts(Record(), original, "figures", "png")
    assert own.name == "circle.png" and place not in own.parents
    assert baseline.artefacts(Record(), None, "figures", "png") == []
    assert baseline.artefacts(Record(), frozen, "raw", "npz") == []


def test_what_a_dead_process_left_and_loose_files_are_no_jobs(freeze, place):
    freeze()
    (place / ".circles-new-1").mkdir()
    (place / "README.md").touch()
    assert len(baseline.jobs()) == 1


def without(key):
    def change(path):
        job = json.loads(path.read_text())
        job.pop(key, None), job["rows"][0].pop(key, None)
        path.write_text(json.dumps(job))

    return change


@pytest.mark.parametrize(
    ("name", "harm", "said"),
    [
        ("job.json", Path.unlink, "job.json is missing"),
        ("job.json", lambda path: path.write_text(path.read_text()[:300]), "job.json cannot be read"),
        ("job.json", lambda path: path.write_bytes(b"\xff\xfe"), "job.json cannot be read"),
        ("job.json", lambda path: path.write_text("[" * 200_000), "job.json cannot be read"),
        ("job.json", lambda path: path.write_text("[]"), "job.json lacks name"),
        ("job.json", without("recorded"), "job.json lacks recorded"),
        ("job.json", without("verdict"), "job.json lacks rows.0.verdict"),
        ("figures/circle.png", Path.unlink, "figures/circle.png is missing"),
        ("figures", shutil.rmtree, "figures/circle.png is missing"),
        ("tables/sweep.json", Path.unlink, "tables/sweep.json is missing"),
        ("tables/sweep.json", lambda path: path.write_text('{"title": '), "tables/sweep.json cannot be read"),
        ("tables/sweep.json", lambda path: path.write_text('{"title": "T"}'), "tables/sweep.json is no table"),
    ],
)
def test_a_damaged_folder_is_told_with_its_file(freeze, place, name, harm, said):
    freeze()
    harm(place / "circles" / name)
    with pytest.raises(BadInput, match=rf"^reference/paper/circles/{said}") as told:
        baseline.jobs()
    assert "bring it back with git" in str(told.value)


def test_a_folder_of_another_name_is_refused(freeze, place):
    freeze()
    (place / "circles").rename(place / "squares")
    with pytest.raises(BadInput, match="reference/paper/squares/job.json is of 'circles'"):
        baseline.jobs()


@pytest.mark.parametrize("profile", ["paper", "quick"])
def test_all_that_is_frozen_is_written_again_byte_for_byte(profile, monkeypatch):
    monkeypatch.setattr(paths, "REFERENCE", paths.ROOT / "reference")
    files = {"paper": paths.REFERENCE.glob("paper/*/job.json"), "quick": paths.REFERENCE.glob("quick/*.json")}[profile]
    texts = {path.parent.name if profile == "paper" else path.stem: path.read_text("utf-8") for path in files}
    assert len(texts) > 25
    for name, text in texts.items():
        assert baseline._lines(write(baseline.frozen(name, profile))) + "\n" == text, name


def test_a_job_of_an_older_suite_is_read_and_written_as_it_was():
    """It kept no question, software, suite or id, and did not say of a control whether it bears the claim out."""
    control = {"result": "stands out", "measured": [1, 0], "interval": None, "detail": "(1, 0) on 5 of 5 seeds"}
    rows = [ROW | {"controls": {"Gaussian": control}}]
    older = {key: value for key, value in JOB.items() if key not in ("id", "started", "commit")} | {"rows": rows}
    job = Job.read(older)
    assert (job.question, job.software, job.suite, job.rows[0].controls["Gaussian"].borne_out) == ("", None, "", None)
    control["borne_out"] = None
    assert job.write() == older
