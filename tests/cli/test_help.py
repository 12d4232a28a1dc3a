"""Help: groups, keys and comments are read from conf/, and nothing stands there twice."""

import pytest

from tdabench import paths
from tdabench.claims import pages as registered
from tdabench.cli import help


@pytest.mark.parametrize("words", [["run", "--help"], ["run", "-h"], ["run", "--help", "-m"]])
def test_help_of_run_shows_groups_keys_and_grammar(tdabench, words):
    code, out, err = tdabench(*words)
    assert (code, err) == (0, "")
    for entry in registered.reproductions():
        assert f"  {entry.name} " in out
    for word in ("profile=", "  quick  Minutes on two cores.", "network=", "m_64_32_64", "jobs=1", "again=false"):
        assert word in out
    assert "null: one per available core" in out  # of conf/config.yaml
    assert out.rstrip().split("How they are written\n")[1].count("\n") == 2


def test_a_comment_in_the_configuration_is_help(pages, tdabench):
    path = paths.CONF / "config.yaml"
    path.write_text(path.read_text().replace("again: false", "again: false  # ").replace("#  ", "# measured anew, "))
    assert "measured anew," in tdabench("run", "--help")[1]


PAGE = """\
# @package _global_
# What this file is
name: mine
title: My own title
source: nowhere
data: {needs: [kodak]}
required: {path: path=mine.csv}

path: null          # of your file
# how many
points: ${profile.seeds}    # of them,
                            # each one
block:                      # of a block
  inner: [1, 2]             # inner, "#" and all
  # another
  other: "a # b"
claims:
  - {id: M, says: so, source: here, evidence: read, published: null, measurement: m, test: betti, margin: {}, why: it}
"""


def test_help_of_a_page_shows_its_keys_comments_and_needs(pages, tdabench):
    (paths.CONF / "reproduction" / "mine.yaml").write_text(PAGE)
    code, out, err = tdabench("run", "reproduction=mine", "--help")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "mine: My own title"
    for line in ("path=null of your file", "points=5 how many of them, each one (${profile.seeds})",
                 'block.inner=[1, 2] of a block inner, "#" and all', 'block.other="a # b" another',
                 "path=..., for example path=mine.csv"):  # fmt: skip
        assert line in lines
    assert "kodak: not here" in out and "claims" not in out
    assert "points=20" in tdabench("run", "--help", "reproduction=mine", "profile=paper")[1]


def test_a_page_that_takes_a_network_shows_its_keys(tdabench):
    out = tdabench("run", "reproduction=carlsson_2018_boosted_mnist", "--help")[1]
    assert "network@recipe=boosted_mnist" in out and "recipe.optimiser=adam" in out
    assert out.count(" drawn=") == 1 and "drawn=[standard, boosted, normed]" in out  # the page's own, not the group's


@pytest.mark.parametrize("page", [entry.name for entry in registered.reproductions()])
def test_every_page_has_help(page):
    text = help.page_help(page)
    assert all(len(line) < 300 for line in text.splitlines())
    keys = {option.key for option in help.options(paths.CONF / "reproduction" / f"{page}.yaml")}
    assert {"name", "title", "source"} <= keys
