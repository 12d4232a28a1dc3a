"""How far methods go: the rule, the tries that take over, the fits; on invented times, and once on a clock."""

import json
from math import log

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from reproductions.embedding_growth import experiment, growth
from reproductions.embedding_growth.growth import Rounds, crossing, fit, grow, too_long, upper_half
from tdabench import paths
from tdabench.claims.judge import NOT_RUN, PARTLY, REPRODUCED, judge
from tdabench.embedding.comparison import Candidate, Result
from tdabench.embedding.embedded import Embedded
from tdabench.jobs.bench import Bench, plain
from tdabench.processes.timing import ERROR, MEMORY, TIME, Timing, WorkLimits

ONE = Candidate("one", "pca")


class Model:
    """`compare` without processes: time(title, n, turn) -> seconds, or a Timing that failed."""

    def __init__(self, time, tries=()):
        self.time, self.tries, self.calls = time, tries, []

    def __call__(self, points, asked, folder, rounds, neighbours=12, seed=0, limits=None, report=None):
        self.calls.append((len(points), [candidate.title for candidate in asked], rounds))
        results = {}

        def run(candidate, of=""):
            found = [self.time(candidate.title, len(points), turn) for turn in range(rounds)]
            found = [each if isinstance(each, Timing) else self.timed(each, len(points), limits) for each in found]
            failed = [each for each in found if each.kind]
            embedded = None if failed else Embedded(np.zeros((3, 2)))
            results[candidate.title] = Result(candidate, failed[:1] or found, embedded, of)
            if failed and failed[0].kind == ERROR and not of:
                for name in self.tries:
                    run(Candidate(f"{candidate.title}, {name}", candidate.method, {"way": name}), candidate.title)

        for candidate in asked:
            run(candidate)
        return results

    @staticmethod
    def timed(seconds, points, limits):
        if seconds > limits.time_s:
            return Timing(kind=TIME, reason=f"over {limits.time_s:g} s")
        return Timing(seconds, seconds, 100 + 0.01 * points, 0.01 * points)


@pytest.fixture
def grown(monkeypatch, tmp_path):
    def run(time, sizes, asked=(ONE,), tries=(), rounds=None, limit_s=100.0):
        model = Model(time, tries)
        monkeypatch.setattr(growth, "compare", model)
        rounds = rounds or Rounds(1, 10**9)
        table = lambda points: np.zeros((points, 2))  # noqa: E731
        return grow(table, asked, sizes, tmp_path, rounds, limits=WorkLimits(time_s=limit_s)), model

    return run


def failing(kind, reason="broken"):
    return Timing(kind=kind, reason=reason)


def test_a_method_that_fits_goes_through_all_sizes(grown):
    found, _ = grown(lambda title, n, turn: n / 1000, [2000, 500, 1000])
    assert found.series["one"].middle() == {500: 0.5, 1000: 1.0, 2000: 2.0}
    assert found.series["one"].stop is None
    assert found.sizes == (500, 1000, 2000)


@pytest.mark.parametrize(
    ("seconds", "limit_s", "reason"),
    [
        ({}, 1, ""),
        ({1000: 60}, 100, ""),  # of one size the exponent is 1: 120 s
        ({1000: 101}, 100, "not tried: about 200 s expected from exponent 1.0, over 100 s"),
        ({500: 15, 1000: 60}, 100, "not tried: about 240 s expected from exponent 2.0, over 100 s"),
        ({500: 12.5, 1000: 50}, 100, ""),  # 200 s is not more than twice the limit
        ({500: 90, 1000: 60}, 100, ""),  # what falls is not thought to go on falling
        ({500: 100, 1000: 575}, 600, "not tried: about 3,300 s expected from exponent 2.5, over 600 s"),
    ],
)
def test_the_rule_by_which_a_size_is_not_tried(seconds, limit_s, reason):
    assert too_long(seconds, 2000, limit_s) == reason


def test_what_is_expected_to_take_too_long_is_not_run(grown):
    found, model = grown(lambda title, n, turn: 60 * (n / 1000) ** 2, [500, 1000, 2000, 4000])
    assert [points for points, _, _ in model.calls] == [500, 1000]
    stop = found.stop("one")
    assert (stop.points, stop.kind) == (2000, TIME)
    assert stop.reason.startswith("not tried: about 240 s")
    assert "one" in found.missing(["one"], 4000) and "not tried" in found.missing(["one"], 4000)


def test_what_may_fit_is_run_and_cut(grown):
    found, model = grown(lambda title, n, turn: 40 * (n / 1000) ** 2, [500, 1000, 2000, 4000])
    assert [points for points, _, _ in model.calls] == [500, 1000, 2000]
    assert str(found.stop("one")) == "time, at 2,000 points: over 100 s"
    assert found.results[2000]["one"].reason == "over 100 s"


def test_memory_ends_a_method_and_nothing_takes_its_place(grown):
    def time(title, n, turn):
        return failing(MEMORY, "out of memory") if n > 500 else 1

    found, model = grown(time, [500, 1000, 2000], tries=("dense",))
    assert list(found.series) == ["one"]
    assert (found.stop("one").points, found.stop("one").kind) == (1000, MEMORY)
    assert len(model.calls) == 2


def test_after_an_error_the_quickest_try_that_worked_goes_on_in_its_place(grown):
    def time(title, n, turn):
        if title == "one" and n > 500:
            return failing(ERROR)
        return {"one": 1, "other": 1, "one, slow": 5, "one, quick": 2, "one, wrong": failing(ERROR)}[title]

    asked = [ONE, Candidate("other", "lle")]
    found, model = grown(time, [500, 1000, 2000], asked, tries=("slow", "quick", "wrong"))
    assert list(found.series) == ["one", "one, quick", "other"]
    assert model.calls[-1][1] == ["one, quick", "other"]
    assert found.series["one"].stop.kind == ERROR
    assert found.stop("one") is None  # what took its place went on to the end
    assert found.series["one, quick"].middle() == {1000: 2, 2000: 2}
    assert found.middle("one") == {500: 1, 1000: 2, 2000: 2}
    assert set(found.results[1000]) == {"one", "one, slow", "one, quick", "one, wrong", "other"}
    assert found.ratios("one", "other", 2000) == [2]


def test_a_try_that_took_over_may_be_followed_in_turn(grown):
    def time(title, n, turn):
        return failing(ERROR) if n >= 1000 * (1 + title.count("again")) else 1

    found, _ = grown(time, [500, 1000, 2000], tries=("again",))
    assert found.line("one") == ["one", "one, again", "one, again, again"] == list(found.series)
    assert found.middle("one") == {500: 1, 1000: 1, 2000: 1}


def test_rounds_are_many_where_they_are_cheap(grown):
    rounds = Rounds(small=5, small_to=1000, large=3, once_over_s=20)
    asked = [ONE, Candidate("other", "lle"), Candidate("broken", "lle")]

    def time(title, n, turn):
        return {"one": 30 + turn, "other": 15 + turn, "broken": failing(MEMORY)}[title]

    found, model = grown(time, [1000, 2000], asked, rounds=rounds)
    assert model.calls == [
        (1000, ["one", "other", "broken"], 1), (1000, ["one", "other"], 5),
        (2000, ["one", "other"], 1), (2000, ["other"], 3),
    ]  # fmt: skip
    assert found.series["one"].spans() == {1000: [30, 32, 34], 2000: [30, 30, 30]}
    assert found.times(["one", "other"], 2000) == {"one": [30], "other": [15]}  # the round that both have
    assert found.times(["other"], 2000) == {"other": [15, 16, 17]}


def test_what_fails_in_a_later_round_stops_there(grown):
    found, _ = grown(lambda title, n, turn: 99.5 + turn, [500, 1000], rounds=Rounds(2, 10**9))
    assert found.series["one"].middle() == {}
    assert found.stop("one").reason == "over 100 s"


def test_why_there_is_no_time(grown):
    found, _ = grown(lambda title, n, turn: failing(MEMORY, "out of memory"), [500])
    assert found.times(["one"], 500) == {}
    assert found.missing(["one", "two"], 500) == "two: not among the methods"
    assert found.missing(["one"], 500) == "one: memory, at 500 points: out of memory"
    assert "profile=paper" in found.missing(["one"], 1000)


def test_a_time_whose_output_differs_does_not_count(grown):
    found, _ = grown(lambda title, n, turn: 1, [500])
    found.at("one", 500).apart = 0.5
    assert found.times(["one"], 500) == {}
    assert "differs" in found.missing(["one"], 500)


def test_memory_below_a_mebibyte_is_left_out(grown):
    found, _ = grown(lambda title, n, turn: 1, [50, 200, 400])
    assert found.series["one"].spans("rise_mib") == {200: [2, 2, 2], 400: [4, 4, 4]}


def test_a_power_law_is_found_again():
    found = fit({n: 3 * n**1.7 for n in (10, 100, 1000)})
    assert (found.exponent, found.factor) == pytest.approx((1.7, 3))
    assert (found.lowest, found.highest) == pytest.approx((1.7, 1.7))
    assert fit({10: 1.0}) is None
    bent = fit({10: 1.0, 100: 10.0, 1000: 1000.0})
    assert (bent.lowest, bent.exponent, bent.highest) == pytest.approx((1, 1.5, 2))
    assert str(bent) == "1.50 (1.00 to 2.00)"


def test_n_log_n_has_the_exponent_that_the_page_names():
    sizes = (5000, 10000, 20000, 50000, 100000)
    assert fit({n: n * log(n) for n in sizes}).exponent == pytest.approx(1.10, abs=0.005)


def test_the_upper_half_has_at_least_two_sizes():
    assert list(upper_half(dict.fromkeys((1, 2, 3, 4, 5, 6, 7, 8), 1.0))) == [5, 6, 7, 8]
    assert list(upper_half(dict.fromkeys((3, 1, 2), 1.0))) == [2, 3]
    assert list(upper_half({1: 1.0})) == [1]


def test_where_a_level_is_reached():
    falling = {n: 1000 / n for n in (1000, 2000, 4000)}
    assert crossing(falling, 0.5) == (pytest.approx(2000), True)
    assert crossing(falling, 1 / 3) == (pytest.approx(3000), True)
    assert crossing(falling, 0.1) == (pytest.approx(10000), False)  # carried on
    assert crossing(falling, 1e-6) is None  # at a thousand million points
    assert crossing(falling, 2) == (pytest.approx(500), False)
    assert crossing(falling, 20) is None  # at 50
    assert crossing({1000: 1.0, 2000: 1.0, 4000: 1.0}, 2.0) is None
    assert crossing({1000: 1.0, 2000: 3.0, 4000: 1.0}, 2.0)[0] > 2000  # twice: the larger
    assert crossing({1000: 1.0}, 2.0) is None and crossing({}, 2.0) is None


def test_a_busy_machine_is_told(grown):
    found, _ = grown(lambda title, n, turn: Timing(3.0, 1.0, 10, 10), [500])
    assert found.busy() == [3.0]
    found, _ = grown(lambda title, n, turn: Timing(0.003, 0.001, 10, 10), [500])
    assert found.busy() == []  # too short for that


SLIDE = {"PCA": (1e-5, 1), "TDA": (2e-4, 1), "LLE": (1.2e-7, 2), "spectral embedding": (1.5e-7, 2),
         "modified LLE": (2e-7, 2)}  # fmt: skip


def invented(title, n, turn):
    """Seconds that bear the slide's order out, from 5,000 points on."""
    factor, power = SLIDE.get(title, (1e-3, 1)) if "," not in title else SLIDE[title.split(",")[0]]
    return factor * n**power * (1 + 0.01 * turn)


@pytest.fixture
def page(monkeypatch, tmp_path):
    def run(*overrides, time=invented, tries=()):
        with initialize_config_dir(str(paths.CONF), version_base="1.3"):
            config = compose("config", ["reproduction=embedding_growth", *overrides])
        monkeypatch.setattr(growth, "compare", Model(time, tries))
        monkeypatch.setattr(experiment, "latent_table", lambda rows, columns: (np.zeros((rows, 1)), None))
        found = plain(experiment.measure(config, Bench(tmp_path, 1, tmp_path / "store")))
        return {claim["id"]: judge(claim, found) for claim in _claims(config)}, found

    return run


def _claims(config):
    from omegaconf import OmegaConf

    return OmegaConf.to_container(config, resolve=True)["claims"]


def test_the_page_judges_every_claim_in_the_paper_profile(page, tmp_path):
    verdicts, found = page("profile=paper", "limit_s=600")
    assert "the clock's seconds were 1 (1-1) times the processor's" in verdicts["A1"].reason
    assert verdicts["A1"].verdict == PARTLY and verdicts["A1"].control == "stands out"
    assert found["faster"]["5000"] == pytest.approx([3.0] * 5)
    assert found["faster"]["20000"] == pytest.approx([12.0])  # the one round that LLE has
    assert found["faster"]["100000"] == pytest.approx([600 / 20.2])  # cut at 600 s
    assert "29.7 times TDA's" in found["bounds"]
    assert verdicts["A2"].verdict == REPRODUCED and found["exponent"] == pytest.approx([1.0] * 3)
    assert verdicts["Y1@latent"].verdict == PARTLY  # generated; and below 2,000 points LLE is quicker than TDA
    assert found["order"]["1000"]["LLE"][0] < found["order"]["1000"]["TDA"][0]
    assert found["order"]["5000"]["LLE"][0] > found["order"]["5000"]["TDA"][0]
    assert set(found["order"]["100000"]) == {"not_run"} and "over 600 s" in found["order"]["100000"]["not_run"]
    assert verdicts["Y2@latent"].verdict == "not reproduced"
    assert "judged at 50,000 points; TDA / LLE would be 0.75 at about 2,200 points;" in found["crossings"]
    table = json.loads((tmp_path / "tables" / "seconds.json").read_text())["rows"]
    lle = next(row for row in table if row["method"] == "LLE")
    assert (lle["20,000"], lle["100,000"], lle["slide"]) == ("48", "-", 366)
    assert lle["exponent"] == "1.99 (1.99 to 2.00)" and lle["stops"] == "time, at 100,000 points: over 600 s"
    assert (tmp_path / "figures" / "seconds.png").exists() and (tmp_path / "figures" / "mib.png").exists()
    with np.load(tmp_path / "raw" / "measurements.npz", allow_pickle=False) as kept:
        assert len({len(kept[name]) for name in kept.files}) == 1


@pytest.mark.parametrize(("limit_s", "points", "told"), [(155, 50000, [15.5]), (25, 20000, None)])
def test_a_cut_at_the_limit_counts_when_it_is_enough(page, limit_s, points, told):
    _, found = page("profile=paper", f"limit_s={limit_s}")
    if told:
        assert found["faster"][str(points)] == pytest.approx(told, rel=0.011)
    else:
        assert found["faster"][str(points)] == {"not_run": f"LLE: time, at {points:,} points: over {limit_s} s"}


def test_another_solver_that_stands_in_is_named(page):
    def time(title, n, turn):
        return failing(ERROR) if title == "LLE" and n > 1000 else invented(title, n, turn)

    verdicts, found = page("profile=paper", "limit_s=600", time=time, tries=("dense solver",))
    for name in ("A1", "Y1@latent", "Y2@latent"):
        assert "LLE, dense solver in place of LLE from 2,000 points on" in verdicts[name].reason
    assert "in place of" not in verdicts["Y1@latent.defaults"].reason
    assert found["faster"]["50000"] == pytest.approx([30.0])


def test_the_quick_profile_withholds_what_it_is_too_small_for(page):
    verdicts, found = page("profile=quick")
    for name in ("A1", "A2", "Y2@latent"):
        assert verdicts[name].verdict == NOT_RUN and "profile=paper" in verdicts[name].reason
    assert found["order"]["500"]["TDA"] and set(found["order"]["5000"]) == {"not_run"}
