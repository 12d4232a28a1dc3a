"""Names on the command line: whatever they look like, Hydra and OmegaConf leave them as they were typed."""

import shlex

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from tdabench import paths
from tdabench.claims import options, overrides
from tdabench.claims import pages as pages_of_conf
from tdabench.claims.escapes import literal
from tdabench.errors import BadRequest
from tdabench.jobs.job import command

NAMES = ["2019", "1e5", "true", "007", "copy (1).csv", "größe.csv", "a=b.csv", "${HOME}", "\\${HOME}.csv", "a b", "a,b",
         "it's", 'say "x"', "[1]", "{a: 1}", "~x.csv", "50%.csv", "C:/x", "a:b", "a#b", " a ", "back\\", "a\nb", "Null",
         "inf", "glob(*)", "-m", "=", "${a", "a\\${b}", "'a", "''a'", "choice(a,b)"]  # fmt: skip


def composed(*words):
    """The resolved configuration of words, as a job gets it."""
    words = overrides.rewritten(list(words))
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        return OmegaConf.to_container(compose("config", words), resolve=True)


def table(key, text):
    """The section of a user's own table as a job reads it."""
    return OmegaConf.create(literal(composed("reproduction=own_table", f"{key}={text}"))).table


def value(word):
    """The value of one word, as Hydra and OmegaConf read it."""
    return OmegaConf.create({"value": overrides._read(word.partition("=")[2])[0]}).value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["table.path", "table.label"])
def test_a_name_arrives_as_it_was_typed(key, name):
    assert table(key, name)[key.split(".")[1]] == name


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
awkward = st.text("'\"\\${}[](),=~:%# a\n", min_size=1, max_size=12)


@given(names | awkward)
@example("???")
@example("'???'")
def test_any_name_of_a_file_arrives_and_the_recorded_command_is_typed_again(name):
    word = overrides.rewritten(["reproduction=own_points", f"points.path={name}"])[1]
    _, in_quotes = overrides._read(name)
    if not in_quotes:
        assert value(word) == {"null": None, "???": "./???"}.get(name, name)
    resolved = {"name": "own_points", "profile": {"name": "quick"}}
    again = shlex.split(command(resolved, [word]))[2:]
    assert overrides.rewritten(again)[-1] == word


@pytest.mark.parametrize(("typed", "value"), [("'a, b'", "a, b"), ('"007"', "007"), ("'null'", "null"), ("null", None),
                                              ("", ""), ("'${table.rows}'", "20000")])  # fmt: skip
def test_what_a_user_quotes_is_read_as_hydra_reads_it(typed, value):
    assert str(table("table.label", typed).label) == str(value)


def test_a_file_with_quotes_in_its_name_is_that_file(tmp_path):
    (tmp_path / "'x'").touch()
    (word,) = overrides.rewritten([f"points.path={tmp_path}/'x'"])
    assert value(word) == f"{tmp_path}/'x'"


@pytest.mark.parametrize("name", ["'x'", "null", "a,b"])
def test_a_file_that_is_there_is_what_its_name_says(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()
    for several in ([], ["-m"]):
        word = overrides.rewritten([*several, f"points.path={name}"])[-1]
        assert value(word) == name


@pytest.mark.parametrize(
    ("typed", "columns"),
    [
        ("[2019,1e5,true]", ["2019", "1e5", "true"]),
        ("[a b,'c, d', größe ]", ["a b", "c, d", "größe"]),
        ("[it's,f(x)]", ["it's", "f(x)"]),
        ("2019", ["2019"]),
        ("[]", []),
        ("null", None),
    ],
)
def test_names_in_a_list_are_texts_too(typed, columns):
    assert table("table.columns", typed).columns == columns


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("table.label=2019,a b,c", "table.label='2019',a b,c"),
        ("table.label=glob(*)", "table.label=glob(*)"),
        ("table.path=a(1).csv,b.csv", "table.path='a(1).csv',b.csv"),
        ("table.label='a,b',c", "table.label='a,b',c"),
        ("table.columns=[2019,a],[b]", "table.columns=['2019',a],[b]"),
        ("rounds=1,2", "rounds=1,2"),
    ],
)
def test_a_sweep_stays_a_sweep(typed, word):
    assert overrides.rewritten(["-m", "reproduction=own_table", typed])[2] == word


def test_only_names_are_rewritten():
    words = ["-m", "reproduction=own_table,own_points", "engine=1e5", "table.rows=1e5", "~table.label", "+x=[a"]
    assert overrides.rewritten(words) == words
    words = ["reproduction=shapes", "table.label=2019"]  # no key of that page
    assert overrides.rewritten(words) == words


def test_a_column_of_the_name_that_means_missing_is_refused():
    with pytest.raises(BadRequest, match=r"table.label: \?\?\? stands for a value that is missing"):
        overrides.rewritten(["table.label=???"])


def test_what_a_page_reads_as_a_file_is_a_name_without_a_dataclass(pages):
    page = paths.CONF / "reproduction" / "own.yaml"
    page.write_text(page.read_text() + 'data: {files: ["${path}"]}\n')
    assert overrides.rewritten(["reproduction=own", "path=1e5"])[1] == "path='1e5'"


@pytest.mark.parametrize("page", [entry.name for entry in pages_of_conf.reproductions()])
@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_the_dataclasses_hold_what_the_pages_say(page, profile):
    config = composed(f"reproduction={page}", f"profile={profile}")
    before = OmegaConf.to_yaml(OmegaConf.create(literal(config)))
    assert OmegaConf.to_yaml(OmegaConf.create(literal(options.check(config)))) == before


@pytest.mark.parametrize("page", options.PAGES)
def test_every_key_of_a_page_of_ones_own_has_a_type(page):
    def flat(section, place=""):
        for key, value in section.items():
            yield from flat(value, f"{place}{key}.") if isinstance(value, dict) else [place + key]

    config = composed(f"reproduction={page}")
    other = ("name", "title", "source", "own", "data", "required", "unnamed", "claims", "bands", "suite", "reason")
    keys = {key for key in flat(config) if key.split(".")[0] not in other}
    assert keys <= options.declared(page).keys()


@pytest.mark.parametrize(
    ("page", "word", "said"),
    [
        ("own_table", "table.rows=many", "table.rows: a whole number from 1 on is needed, not 'many'"),
        ("own_table", "halves=0", "halves: a whole number from 1 on is needed, not 0"),
        ("own_table", "topology.seeds=1.5", "topology.seeds: a whole number from 1 on is needed, not 1.5"),
        ("own_table", "limit_s=-1", "limit_s: a number above 0 is needed, not -1"),
        ("own_table", "table.standardise=perhaps", "table.standardise: true or false is needed, not 'perhaps'"),
        ("own_points", "points.betti=3", "points.betti: a list is needed, not 3"),
        ("own_points", "fields=[2,x]", "fields: a list of whole numbers is needed, not"),
        ("own_points", "range_share=.nan", "range_share: a number above 0 is needed"),
        ("own_network", "p=150", "p: a number above 0 and of at most 100 is needed, not 150"),
        ("own_points", "rule.run=2", "rule.run: a number above 0 and of at most 1 is needed, not 2"),
        ("own_network", "draws=true", "draws: a whole number from 1 on is needed, not True"),
        ("own_points", "table=3", None),
        ("own_table", "topology=3", "topology: keys with values are needed, such as topology.landmarks, not 3"),
        ("own_points", "profile.seeds=[1]", "profile.seeds: a whole number from 1 on is needed"),
        ("own_points", "limits.time_s=inf", None),
        ("own_points", "seeds='5'", None),
    ],
)
def test_a_wrong_type_is_a_sentence_with_the_name_of_the_option(page, word, said):
    config = composed(f"reproduction={page}", "+" * (word == "table=3") + word)
    if said is None:
        options.check(config)
        assert type(config["seeds"]) is int
    else:
        with pytest.raises(BadRequest) as raised:
            options.check(config)
        assert said in str(raised.value)
