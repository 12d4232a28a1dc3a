"""Every page of conf/reproduction, found without being listed here: whole, unmistakable, with something behind it."""

import importlib
import inspect

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.judge import check_claim
from tdabench.data.catalogue import CATALOGUE
from tdabench.errors import BadRequest

PAGES = {path.stem: OmegaConf.load(path) for path in sorted((paths.CONF / "reproduction").glob("*.yaml"))}
CLAIMS = [pytest.param(claim, id=f"{entry.name}-{claim['id']}")
          for entry in pages.reproductions() for claim in entry.claims]  # fmt: skip

GOOD_PAGE = """\
name: mine
title: Mine
source: myself
claims:
  - {id: M1, says: so, source: here, evidence: read, published: 1, measurement: m, test: equals, margin: {}, why: it}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of pages in place of the checkout's."""
    monkeypatch.setattr(paths, "CONF", tmp_path)
    (tmp_path / "reproduction").mkdir()
    return tmp_path / "reproduction"


def configuration(*overrides):
    """What a run would be told."""
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        return OmegaConf.to_container(compose("config", list(overrides)), resolve=True, throw_on_missing=True)


def test_there_are_reproductions_and_each_page_is_one():
    assert {entry.name for entry in pages.reproductions()} == set(PAGES) != set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_module_of_its_name_that_measures(name):
    module = importlib.import_module(f"reproductions.{name}")
    assert list(inspect.signature(module.measure).parameters) == ["config", "bench"]
    assert module.__doc__, "the docstring says what is reproduced"


def test_every_module_has_a_page():
    entries = [*paths.REPRODUCTIONS.glob("*.py"), *(file.parent for file in paths.REPRODUCTIONS.glob("*/__init__.py"))]
    modules = {path.stem for path in entries if not path.stem.startswith("_")}
    assert modules == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_only_data_sets_that_exist(name):
    entry = next(entry for entry in pages.reproductions() if entry.name == name)
    assert set(entry.needs) | set(entry.uses) <= set(CATALOGUE)
    assert not set(entry.needs) & set(entry.uses)


@pytest.mark.parametrize("profile", [path.stem for path in sorted((paths.CONF / "profile").glob("*.yaml"))])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_makes_a_whole_configuration_in_each_profile(name, profile):
    whole = configuration(f"reproduction={name}", f"profile={profile}")
    assert (whole["name"], whole["profile"]["name"]) == (name, profile)
    assert whole["seeds"] >= 1
    assert whole["limits"]["time_s"] > 0


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_whole_and_says_where_it_comes_from(claim):
    check_claim(claim, "its page")
    for key in ("id", "says", "source", "evidence", "why"):
        assert isinstance(claim[key], str) and claim[key].strip(), key


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_is_only_recalled_is_reported_and_not_claimed(claim):
    assert claim["published"] is None or not claim["evidence"].startswith("recalled")


def test_no_two_claims_share_an_id():
    ids = [claim["id"] for page in PAGES.values() for claim in page.claims]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.get("own")])
def test_of_what_a_user_brings_nothing_is_claimed_unless_the_user_does(name):
    for claim in configuration(f"reproduction={name}")["claims"]:
        assert claim["published"] is None


def test_the_order_names_every_published_page_once():
    order = yaml.safe_load((paths.CONF / "order.yaml").read_text("utf-8"))
    assert order == [entry.name for entry in pages.reproductions() if not entry.own]


def test_what_the_order_does_not_name_follows_by_name_and_the_users_own_last(folder):
    for name in ("b", "a", "c", "z"):
        text = GOOD_PAGE.replace("name: mine", f"name: {name}") + ("own: true\n" if name == "a" else "")
        (folder / f"{name}.yaml").write_text(text)
    (folder.parent / "order.yaml").write_text("- z\n- gone\n")
    assert [entry.name for entry in pages.reproductions()] == ["z", "b", "c", "a"]


def test_the_rule_of_betti_vectors_stands_in_one_place():
    rule = yaml.safe_load((paths.CONF / "rule" / "betti.yaml").read_text("utf-8"))
    assert rule["rule"] == {"run": 0.25, "seeds": 0.8}
    for path in (paths.CONF / "reproduction").glob("*.yaml"):
        assert "run: 0.25, seeds: 0.8" not in path.read_text("utf-8")
    for entry in pages.reproductions():
        resolved = configuration(f"reproduction={entry.name}")["claims"]
        assert [claim["margin"] for claim in resolved] == [claim["margin"] for claim in entry.claims]
        assert [claim["why"] for claim in resolved] == [claim["why"] for claim in entry.claims]


def test_a_page_takes_what_its_defaults_put_beside_it_and_keeps_its_own(folder):
    (folder.parent / "rule").mkdir()
    (folder.parent / "rule" / "one.yaml").write_text("rule: {within: 1}\nreason: theirs\n")
    text = GOOD_PAGE.replace("margin: {}, why: it", "margin: '${rule}', why: '${reason}'")
    (folder / "mine.yaml").write_text("defaults:\n  - /rule@_global_: one\nreason: mine\n" + text)
    ((claim,),) = [entry.claims for entry in pages.reproductions()]
    assert (claim["margin"], claim["why"]) == ({"within": 1}, "mine")


def test_a_new_page_is_found(folder):
    (folder / "mine.yaml").write_text(GOOD_PAGE)
    assert [entry.title for entry in pages.reproductions() if entry.name == "mine"] == ["Mine"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("lacks title", GOOD_PAGE.replace("title: Mine\n", "")),
        ("lacks claims", GOOD_PAGE.split("claims:")[0] + "claims: []\n"),
        ("lacks name", ""),
        ("name is 'yours'", GOOD_PAGE.replace("name: mine", "name: yours")),
        ("claim M1 lacks why", GOOD_PAGE.replace(", why: it", "")),
        ("test 'equal' is none of", GOOD_PAGE.replace("test: equals", "test: equal")),
        ("cannot be read", GOOD_PAGE + "  - [unfinished\n"),
    ],
)
def test_a_broken_page_is_refused_by_its_name(folder, words, text):
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(BadRequest, match=f"conf/reproduction/mine.yaml: .*{words}"):
        pages.reproductions()
