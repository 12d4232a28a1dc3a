"""What Hydra says of a command line becomes a sentence that ends with what to type."""

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reproduction=fine,crash"], "need -m: tdabench run -m reproduction=fine,crash\n"),
        (["reproduction=fine", "points=3,4"], "need -m: tdabench run -m reproduction=fine points=3,4; as one list"),
        (["reproduction=fine", "points=3,4"], "as one list it is written 'points=[3,4]', as one text \"points='3,4'\""),
        (["reproduction=fien"], "reproduction=fien: there is no such reproduction; did you mean fine?"),
        (["reproduction=nowhere"], "there are absent, crash, fine, own."),
        (["-m", "reproduction=fine,fien"], "reproduction=fien: there is no such reproduction; did you mean fine?"),
        (["reproduction=fine", "profile=papr"], "profile=papr: there is no such profile; did you mean paper?"),
        (["reproduction=fine", "ponits=5"], "ponits: fine has no such key; did you mean points?"),
        (["reproduction=fine", "limits.tims_s=5"], "did you mean limits.time_s?"),
        (["reproduction=fine", "time_s=5"], "did you mean limits.time_s?"),
        (["reproduction=fine", "~point"], "point: fine has no such key; did you mean points?"),
        (["reproduction=fine", "repoduction=crash"], "did you mean reproduction?"),
        (["reproduction=fine", "zzz=5"], "zzz: fine has no such key. All are shown by: tdabench run"),
        (["fine"], "fine: reproduction= is missing before it: tdabench run reproduction=fine\n"),
        (["finne"], "tdabench run reproduction=fine\n"),
        (["reproduction=fine", "points", "5"], "between it and its value: tdabench run reproduction=fine points=5\n"),
        (["reproduction=fine", "points"], "points: a value is missing; write points=VALUE."),
        (["reproduction=fine", "points:5"], "points:5: an override is written with =: points=5"),
        (["reproduction=fine", "=5"], "=5: a key is missing before it"),
        (["points=5"], "reproduction=NAME is missing; there are absent, crash, fine, own."),
        (["reproduction="], "reproduction=NAME is missing"),
        (["reproduction=fine", "+remark=a(b"], "cannot read this value; as a text it is written \"+remark='a(b'\""),
        (["reproduction=fine", "+remark=x: y#"], "as a text it is written \"+remark='x: y#'\""),
        (["reproduction=fine", "limits=3"], "limits: keys with values are needed, such as limits.memory_gib, not 3."),
        (["reproduction=fine", "~seeds"], "seeds: every run needs it"),
    ],
)
def test_a_complaint_says_what_to_type(pages, record, tdabench, words, said):
    code, out, err = tdabench("run", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err and "hydra.cc" not in err
    assert record.jobs() == []


def test_what_a_complaint_says_to_type_works(pages, record, tdabench):
    assert tdabench("run", "reproduction=fine", "+remark='a(b'")[0] == 0
    assert record.jobs()[0].config["remark"] == "a(b"


def test_a_switch_keeps_its_value(pages, tdabench):
    assert tdabench("run", "reproduction=fine", "--cfg", "job", "--package", "profile")[0] == 0
