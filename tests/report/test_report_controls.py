"""The first page: what it says of each claim against its controls, and that it leaves no claim out."""

import re
from dataclasses import replace

from tdabench.claims.judge import Control
from tdabench.report import controls, results


def notes(rows):
    return {row.id: note for group in controls.standing(rows) for row, note in group.items}


def test_every_claim_is_in_one_group_or_counted_with_the_rest(shown):
    rows, _ = shown
    grouped = [row.id for group in controls.standing(rows) for row, _ in group.items]
    assert grouped == ["I2", "I1", "I3", "I4"]
    rest = controls.standing_rest(rows)
    assert rest.endswith("not measured: 1 reproduced, 1 not run, 2 failed (F1, F2).")
    assert len(grouped) + int(re.search(r"other (\d+)", rest)[1]) == len(rows)


def test_each_group_shows_its_denominator(shown):
    titles = [group.title for group in controls.standing(shown[0])]
    assert [re.search(r"\d of \d", title)[0] for title in titles] == ["1 of 4", "2 of 4", "1 of 4"]


def test_a_control_that_bears_the_claim_out_is_named_apart_from_one_that_does_not(shown):
    note = notes(shown[0])["I1"]
    assert "as published" in note
    assert "Borne out as well by Gaussian, which gives (1, 1)." in note
    assert "Stands out from shuffled, which gives (1, 0)." in note


def test_a_control_that_was_not_measured_is_not_said_to_bear_anything_out(shown):
    note = notes(shown[0])["I3"]
    assert "Not measured on absent." in note
    assert "Borne out as well" not in note


def test_a_control_near_a_measured_number_is_told_from_one_that_bears_it_out(shown):
    near = Control(result="does not stand out", measured=0.85, interval=None, detail="")
    row = replace(shown[0][0], published=0.8, measured=0.9, controls={"Gaussian": near})
    assert "Not far enough from Gaussian" in notes([row])["I1"]
    same = replace(row, controls={"Gaussian": replace(near, borne_out=True)})
    assert "Borne out as well by" in notes([same])["I1"]


def test_a_claim_that_is_not_reproduced_is_given_with_both_numbers(shown):
    assert notes(shown[0])["I4"] == "Measured (1, 3), published (1, 1)."
    same = replace(shown[0][3], measured=[1, 1])  # the right numbers, but not for long enough
    assert "as published" not in notes([same])["I4"]


def test_one_published_value_for_all_parts_counts_as_published_when_every_part_has_it(shown):
    row = replace(shown[0][1], measured={"Kodak": [1, 1], "BSDS": [1, 1]})
    assert "as published" in notes([row])["I2"]
    assert "as published" not in notes([replace(row, measured={"Kodak": [1, 1], "BSDS": [1, 5]})])["I2"]


def test_the_reason_is_not_told_twice_when_controls_have_lines_of_their_own(shown):
    assert controls.own_reason(shown[0][0]) == "(1, 1) on 5 of 5 seeds"
    assert controls.own_reason(shown[0][5]) == "out of memory"


def test_only_a_row_with_a_measurement_says_how_it_fared_against_controls(shown):
    said = {row.id: controls.control_text(row) for row in shown[0]}
    assert said["I1"] == "does not stand out" and said["I5"] == "none needed"
    assert said["F1"] == said["N1"] == ""


def test_rows_of_own_data_claim_nothing_and_are_not_counted_even_when_they_fail(shown):
    rows, _ = shown
    own = [replace(rows[0], published=None, verdict=verdict) for verdict in ("no claim", "failed")]
    assert results.total_line([*rows, *own]) == results.total_line(rows)
    assert controls.standing_rest([*rows, *own]) == controls.standing_rest(rows)


def test_without_any_claim_there_is_no_rest():
    assert controls.standing_rest([]) == ""
