"""Files of any name through the whole command, and the recorded command once more."""

import shlex

import numpy as np
import pytest

FAST = ["seeds=1", "landmarks=10", "max_dimension=1", "fields=[2]"]


@pytest.fixture
def circle(tmp_path, monkeypatch):
    """circle(name): a file of that name in the current folder, with points of a circle."""
    monkeypatch.chdir(tmp_path)
    turn = np.linspace(0, 2 * np.pi, 60)

    def write(name):
        np.savetxt(tmp_path / name, np.column_stack([np.cos(turn), np.sin(turn)]), delimiter=",")
        return name

    return write


@pytest.mark.parametrize("name", ["copy (1).csv", "größe.csv", "a=b.csv", "${HOME}.csv", "~x, it's [50%]: {a}.csv"])
def test_a_file_of_any_name_is_read_and_the_recorded_command_finds_the_run(circle, record, tdabench, name):
    code, out, err = tdabench("run", "reproduction=own_points", f"points.path={circle(name)}", *FAST)
    assert code == 0, err
    (job,) = record.jobs()
    assert job.config["points"]["path"] == name and name in job.data
    assert f"points.path={name}" in shlex.split(job.command)  # as it was typed
    assert any(name in row.says for row in job.rows)
    code, out, err = tdabench(*shlex.split(job.command)[1:])
    assert code == 0 and "already on record" in out, err


def test_several_files_are_a_suite(circle, record, tdabench):
    names = [circle("a (1).csv"), circle("2.csv")]
    assert tdabench("run", "-m", "reproduction=own_points", f"points.path={','.join(names)}", *FAST)[0] == 0
    assert sorted(job.config["points"]["path"] for job in record.jobs()) == sorted(names)


@pytest.mark.parametrize("label", ["2019", "1e5", "true", "no, really", "${a}"])
def test_a_column_that_is_not_there_is_named_as_it_was_typed(circle, record, tdabench, label):
    with open(circle("t.csv"), "r+") as file:
        rows = file.read()
        file.seek(0)
        file.write("x,y\n" + rows)
    assert tdabench("run", "reproduction=own_table", "table.path=t.csv", f"table.label={label}")[0] == 1
    (job,) = record.jobs()
    assert f"'{label}'" in job.reason


@pytest.mark.parametrize("name", ["lost (1).csv", "~no such user/x.csv", "${HOME}/x.csv"])
def test_a_file_that_is_not_there_is_named_as_it_was_typed(circle, tdabench, name):
    code, _, err = tdabench("run", "reproduction=own_points", f"points.path={name}")
    assert code == 2 and f"{name}: there is no such file" in err


def test_a_name_that_is_no_text_is_a_sentence(pages, tdabench):
    code, _, err = tdabench("run", "reproduction=own", "path=a\udcffb.csv")
    assert code == 2 and "not UTF-8" in err and "Traceback" not in err
