"""Parts that pages describe by `_target_`: built as written, and nothing else is run."""

import pytest
from omegaconf import OmegaConf

from tdabench.claims import pages
from tdabench.claims.targets import targets
from tdabench.errors import BadInput, BadRequest
from tdabench.jobs.parts import built, check_targets, parameters_of
from tdabench.mapper import Cover
from tdabench.record.origin import origin


def section(target, **parameters):
    return OmegaConf.create({"_target_": target, **parameters})


def test_a_part_is_built_with_the_parameters_of_its_section_and_further_ones():
    cover = built(section("tdabench.mapper.Cover", overlap=0.3, intervals=[4, 5]), overlap=0.4)
    assert isinstance(cover, Cover) and (cover.overlap, cover.intervals) == (0.4, [4, 5])
    assert type(cover.intervals) is list
    lens = built(section("tdabench.mapper.lens.density_filter", _partial_=True, epsilon=2))
    assert lens([[0.0], [0.0]]).tolist() == [2.0, 2.0]
    assert built(section("sklearn.decomposition.PCA", n_components=2)).n_components == 2


FOREIGN = ["os.system", "builtins.eval", "subprocess.Popen", "tdabench.paths.write_atomic", "tdabenchx.y", "sklearnx.y",
           5, None, "", "hydra.utils.call", "numpy.save"]  # fmt: skip
DISGUISED = ["tdabench.mapper.cover.np.save", "tdabench.mapper.lens.inspect.os.system", "sklearn.os.system", "sklearn",
             "sklearn.datasets.fetch_openml", "sklearn.datasets.load_files", "sklearn.utils.Bunch",
             "tdabench.mapper.nowhere", "tdabench.networks.training.paths.write_atomic", "reproductions"]  # fmt: skip


@pytest.mark.parametrize("target", FOREIGN)
def test_a_foreign_target_is_refused_wherever_it_stands(target):
    for config in ({"lens": {"_target_": target}}, {"a": [{"b": {"_target_": target, "command": "ls"}}]}):
        with pytest.raises(BadRequest, match="_target_: something of tdabench.topology, .*, sklearn is needed"):
            check_targets(config)


@pytest.mark.parametrize("target", [*FOREIGN, *DISGUISED])
def test_no_foreign_target_is_built(target):
    for config in (section(target), section("tdabench.mapper.Cover", intervals={"_target_": target})):
        with pytest.raises(BadInput, match="_target_"):
            built(config)


def test_an_override_by_a_foreign_target_is_refused_before_anything_is_started(tdabench, record):
    for word in ("cover._target_=os.system", "+part._target_=os.system", "+part={_target_: os.system}"):
        code, out, err = tdabench("run", "reproduction=mapper_shapes", word)
        assert (code, out) == (2, "") and "_target_: something of" in err and "'os.system'" in err
    assert record.jobs() == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (section("tdabench.mapper.Cover", width=3), "tdabench.mapper.Cover: .*width"),
        (OmegaConf.create({"overlap": 3}), "_target_: .* is needed, not None"),
        (OmegaConf.create({"inner": section("tdabench.mapper.Cover")}), "_target_: .* is needed, not None"),
        (section("tdabench.mapper.lens.eccentricity", data=[[0.0]], exponent=-1), "^exponent: a number above 0"),
    ],
)
def test_what_does_not_fit_is_a_sentence(config, said):
    with pytest.raises(BadInput, match=said):
        built(config)


def test_a_reader_sees_the_parameters():
    assert parameters_of(section("tdabench.mapper.Cover", overlap=0.3)) == {"overlap": 0.3}


@pytest.mark.parametrize("name", [entry.name for entry in pages.reproductions()])
def test_every_target_of_a_page_may_be_named_and_is_there(name):
    from tdabench.jobs.parts import _permitted

    for key, target in targets(pages.configuration(name, "quick")):
        _permitted(key, target)


def test_the_code_of_a_part_counts_as_what_a_job_loads(reproduction):
    """No import of the reproduction names it."""
    config = OmegaConf.to_container(reproduction("return {}"))
    before = origin(config, {})
    config["parts"] = [{"clusterer": {"_target_": "tdabench.mapper.components.ThresholdComponents"}}]
    after = origin(config, {})
    assert "tdabench.mapper.components" in after.code.keys() - before.code.keys()
