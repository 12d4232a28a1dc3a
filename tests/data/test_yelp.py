"""Yelp's businesses: every edition gives the same rows, and every column of the table is what the recipe says."""

import json
import math
import shutil

import numpy as np
import pytest

from tdabench.data.catalogue import dataset
from tdabench.data.yelp import read_businesses
from tdabench.data.yelp_table import TRADES, business_table, trade
from tdabench.errors import BadInput, BadRequest, DataMissing

PARKING = {"garage": False, "street": True, "lot": None}
# One business in the forms of 2022, 2017 and 2014, with the fields of those files
EDITIONS = {
    "2022": {
        "business_id": "a", "name": "Pizza", "address": "1 Street", "city": "Reno", "state": "NV", "postal_code": "1",
        "latitude": 39.5, "longitude": -119.8, "stars": 4.5, "review_count": 7, "is_open": 1,
        "attributes": {"Caters": "True", "DriveThru": "False", "HasTV": "None", "WiFi": "u'no'", "Alcohol": "'none'",
                       "RestaurantsPriceRange2": "2", "Parking": str(PARKING)},
        "categories": "Pizza, Beer, Wine & Spirits, Restaurants",
        "hours": {"Monday": "8:0-18:30", "Friday": "17:0-2:0"},
    },
    "2017": {
        "business_id": "a", "name": "Pizza", "neighborhood": "", "address": "1 Street", "city": "Reno", "state": "NV",
        "postal_code": "1", "latitude": 39.5, "longitude": -119.8, "stars": 4.5, "review_count": 7, "is_open": 1,
        "attributes": ["Caters: True", "DriveThru: False", "WiFi: no", "Alcohol: none", "RestaurantsPriceRange2: 2",
                       f"Parking: {PARKING}"],
        "categories": ["Pizza", "Beer, Wine & Spirits", "Restaurants"],
        "hours": ["Monday 8:0-18:30", "Friday 17:0-2:0"], "type": "business",
    },
    "2014": {
        "business_id": "a", "name": "Pizza", "neighborhoods": [], "full_address": "1 Street", "city": "Reno",
        "state": "NV", "latitude": 39.5, "longitude": -119.8, "stars": 4.5, "review_count": 7, "open": True,
        "attributes": {"Caters": True, "DriveThru": False, "WiFi": "no", "Alcohol": "none",
                       "RestaurantsPriceRange2": 2, "Parking": PARKING},
        "categories": ["Pizza", "Beer, Wine & Spirits", "Restaurants"],
        "hours": {"Monday": {"open": "08:00", "close": "18:30"}, "Friday": {"open": "17:00", "close": "02:00"}},
        "type": "business",
    },
}  # fmt: skip
PLAIN = {"stars": 3.0, "review_count": 5, "is_open": 1, "latitude": 1.0, "longitude": 2.0,
         "attributes": None, "categories": None, "hours": None}  # fmt: skip


def written(tmp_path, *lines):
    """A file of these lines: mappings as JSON, whatever else as it is."""
    path = tmp_path / "yelp_academic_dataset_business.json"
    encoded = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in encoded))
    return path


def plain(*changes):
    """One business for each mapping of changes, with a business_id of its own."""
    return [PLAIN | {"business_id": f"b{place}"} | change for place, change in enumerate(changes)]


def table_of(tmp_path, *changes, **options):
    return business_table(read_businesses(written(tmp_path, *plain(*changes))), **options)


def column(table, name):
    return table.matrix[:, table.columns.index(name)].tolist()


# Reading


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_gives_the_same_business(tmp_path, edition):
    (row,) = read_businesses(written(tmp_path, EDITIONS[edition])).rows
    assert (row.business_id, row.name, row.city, row.state) == ("a", "Pizza", "Reno", "NV")
    assert (row.latitude, row.longitude, row.stars, row.review_count, row.is_open) == (39.5, -119.8, 4.5, 7, True)
    assert row.categories == ("Pizza", "Beer, Wine & Spirits", "Restaurants")
    assert dict(row.attributes) == {
        "Caters": "yes", "DriveThru": "no", "WiFi": "no", "Alcohol": "none", "RestaurantsPriceRange2": "2",
        "Parking.garage": "no", "Parking.street": "yes",
    }  # fmt: skip
    assert row.hours == ((8, 18.5), (17, 26))


@pytest.mark.parametrize("nothing", [{}, {"latitude": None, "longitude": None, "is_open": None}])
def test_what_is_not_said_is_missing_and_no_fault(tmp_path, nothing):
    told = {"business_id": "a", "stars": 1, "review_count": 0} | nothing
    (row,) = read_businesses(written(tmp_path, told)).rows
    assert math.isnan(row.latitude) and math.isnan(row.longitude) and row.is_open is None and row.hours is None
    assert row.categories == row.attributes == ()


@pytest.mark.parametrize(
    "hours, days",
    [
        ({"Monday": "0:0-0:0", "Tuesday": "0:0-0:0"}, ((0, 24), (0, 24))),
        ({"Monday": "0:0-0:0", "Tuesday": "8:0-17:0"}, ((8, 17),)),
        ({"Monday": "0:0-0:0", "Tuesday": "0:0-0:0", "Sunday": "8:0-17:0"}, ((0, 24), (0, 24), (8, 17))),
        ({"Monday": {"open": "00:00", "close": "00:00"}}, ((0, 24),)),
        ({"Monday": "22:0-6:15"}, ((22, 30.25),)),
        ({}, None),
        ([], None),
    ],
)
def test_midnight_to_midnight_is_open_all_day_unless_it_stands_beside_other_hours(tmp_path, hours, days):
    (row,) = read_businesses(written(tmp_path, *plain({"hours": hours}))).rows
    assert row.hours == days


def test_names_with_commas_stay_whole_and_none_is_doubled(tmp_path):
    told = "Books, Mags, Music & Video, Beer Bar,Food ,, Food, Beer, Wine & Spirits"
    (row,) = read_businesses(written(tmp_path, *plain({"categories": told}))).rows
    assert row.categories == ("Books, Mags, Music & Video", "Beer Bar", "Food", "Beer, Wine & Spirits")


def test_texts_are_never_run(tmp_path):
    trap = "__import__('pathlib').Path('run').write_text('')"
    (row,) = read_businesses(written(tmp_path, *plain({"attributes": {"Trap": trap, "Deep": "[" * 5000}}))).rows
    assert dict(row.attributes) == {"Trap": trap, "Deep": "[" * 5000}


def test_blank_lines_and_a_byte_order_mark_are_no_faults(tmp_path):
    first, second = map(json.dumps, plain({}, {}))
    found = read_businesses(written(tmp_path, b"\xef\xbb\xbf" + first.encode(), "", second + "\r", " "), 0)
    assert [row.business_id for row in found.rows] == ["b0", "b1"]
    assert found.note == "2 businesses, 0 malformed lines skipped"


@pytest.mark.parametrize(
    "line, words",
    [
        ('{"business_id": "x", "sta', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "one JSON object"),
        (b'{"name": "\xff"}', "not UTF-8"),
        ({"business_id": ""}, "no business_id"),
        ({"stars": None}, "no stars"),
        ({"stars": "4"}, "stars is '4'"),
        ({"stars": float("nan")}, "stars is 'nan'"),
        ({"review_count": -1}, "review_count is '-1'"),
        ({"review_count": 10**400}, "review_count is"),
        ('{"stars": ' + "1" * 5000 + "}", "integer"),
        ({"latitude": 91}, "latitude is '91'"),
        ({"is_open": "yes"}, "is_open is 'yes'"),
        ({"categories": 3}, "categories are neither"),
        ({"attributes": 3}, "attributes are neither"),
        ({"hours": {"Monday": "late"}}, "hours of Monday are 'late'"),
        ({"hours": {"Monday": "8:0-25:0"}}, "hours of Monday"),
        ({"hours": {"Mo": "8:0-9:0"}}, "hours are"),
        ('{"name": "' + "x" * 2**20 + '"}', "longer than 1048576 bytes"),
    ],
)
def test_a_malformed_line_is_told_by_its_number_then_refused_above_the_share(tmp_path, line, words):
    line = PLAIN | {"business_id": "x"} | line if isinstance(line, dict) else line
    path = written(tmp_path, *plain({}, {}), line, *[row | {"business_id": "last"} for row in plain({})])
    found = read_businesses(path, malformed_share=0.25)
    assert [row.business_id for row in found.rows] == ["b0", "b1", "last"]
    assert "3 businesses, 1 malformed lines skipped (line 3: " in found.note and words in found.note
    with pytest.raises(BadInput, match="1 of 4 lines are no businesses .line 3: .*at most 0.2 of them") as refusal:
        read_businesses(path, malformed_share=0.2)
    assert str(path) in str(refusal.value) and words in str(refusal.value)


def test_of_many_malformed_lines_the_first_are_shown(tmp_path):
    path = written(tmp_path, *["{"] * 7, *plain({}))
    assert read_businesses(path, 0.9).note.count("line ") == 5 and " and 2 more)" in read_businesses(path, 0.9).note


@pytest.mark.parametrize(
    "lines, words",
    [
        ([], "no businesses"),
        (plain({}) * 2, "lines 1 and 2 have the same business_id 'b0'"),
        (plain({"stars": 5.5}), "line 1 has 5.5 stars, but 1 to 5"),
        (plain({"stars": 0}), "line 1 has 0 stars"),
        ([json.dumps(plain({}, {}))], "One JSON object per line"),
    ],
)
def test_files_that_are_refused(tmp_path, lines, words):
    path = written(tmp_path, *lines)
    with pytest.raises(BadInput, match=words) as refusal:
        read_businesses(path)
    assert str(path) in str(refusal.value)


def test_what_is_no_file_and_what_is_no_share(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        read_businesses(tmp_path / "absent.json")
    with pytest.raises(BadInput, match="malformed_share"):
        read_businesses(written(tmp_path, *plain({})), 1)


# The table


def test_measured_columns_are_what_the_recipe_says(tmp_path):
    table = table_of(
        tmp_path,
        {"latitude": 10, "review_count": 0, "is_open": 0, "hours": {"Monday": "8:0-22:0"}, "stars": 2,
         "attributes": {"Price Range": 1}},
        {"latitude": 20, "review_count": 9, "hours": {"Monday": "8:0-22:30", "Friday": "8:0-9:0"},
         "attributes": {"Price Range": 4}},
        {"latitude": None, "is_open": None},
        {"latitude": 30, "hours": dict.fromkeys(("Monday", "Tuesday", "Friday"), "0:0-0:0"),
         "attributes": {"Price Range": 9}},
    )  # fmt: skip
    assert column(table, "latitude") == [10, 20, 20, 30]
    assert column(table, "stars") == table.labels["stars"].tolist() == [2, 3, 3, 3]
    np.testing.assert_allclose(column(table, "log(1 + reviews)"), np.log([1, 10, 6, 6]))
    assert column(table, "is open") == [-1, 1, 0, 1]
    assert column(table, "hours a week") == [14, 15.5, 15.5, 72]
    assert column(table, "days a week") == [1, 2, 2, 3]
    assert column(table, "open after 22:00") == [-1, 1, 0, 1]
    assert column(table, "open all day") == [-1, -1, 0, 1]
    assert column(table, "price range") == [1, 4, 2.5, 2.5]
    assert table.left_out == {"longitude": "constant"} and "Constant and left out: longitude." in table.recipe
    assert "1 do not say their place, 1 do not say their hours, 2 do not say their price" in table.recipe
    assert table.matrix.dtype == np.float64


def test_attributes_are_yes_no_and_not_said(tmp_path):
    table = table_of(
        tmp_path,
        {"attributes": {"TV": "True", "WiFi": "u'free'", "Parking": "{'lot': True, 'street': None}"}},
        {"attributes": {"TV": "False", "WiFi": "'no'", "Parking": "{'lot': False, 'street': False}"}},
        {"attributes": {"WiFi": "'no'", "Seats": "True"}},
        {},
        least_share=0.5,
    )
    assert table.columns == ("Parking.lot", "TV", "WiFi=no")
    assert column(table, "TV") == column(table, "Parking.lot") == [1, -1, 0, 0]
    assert column(table, "WiFi=no") == [-1, 1, 1, 0]
    rare = {name for name, why in table.left_out.items() if why == "rare attributes"}
    assert rare == {"WiFi=free", "Seats", "Parking.street"}
    assert "(less than 0.5 of all): 3 attributes or answers to them." in table.recipe


def test_rare_categories_are_counted_as_left_out(tmp_path):
    table = table_of(
        tmp_path, {"categories": "Food, Pizza"}, {"categories": "Pizza"}, {"categories": None}, least_share=0.5
    )
    assert table.columns == ("category: Pizza",) and column(table, "category: Pizza") == [1, 1, 0]
    assert table.left_out["category: Food"] == "rare category" and ": 1 categories." in table.recipe


def test_the_label_is_the_first_trade_of_the_list(tmp_path):
    table = table_of(tmp_path, {"categories": "Event Planning & Services, Hotels & Travel, Food"},
                     {"categories": "Food, Pizza, Restaurants", "stars": 4}, {"categories": "Pizza"}, {})  # fmt: skip
    assert table.labels["category"].tolist() == ["Food", "Restaurants", "other", "other"]
    assert len(set(TRADES)) == 22


def test_a_label_can_be_kept_out_of_the_matrix(tmp_path):
    changes = ({"categories": "Food", "stars": 4, "review_count": 1, "attributes": {"TV": True}},
               {"categories": "Pizza"})  # fmt: skip
    whole = table_of(tmp_path, *changes)
    assert whole.columns == ("stars", "log(1 + reviews)", "TV", "category: Food", "category: Pizza")
    without = table_of(tmp_path, *changes, without=("stars", "category"))
    assert without.columns == ("log(1 + reviews)", "TV")
    assert without.labels["stars"].tolist() == [4, 3] and without.labels["category"].tolist() == ["Food", "other"]
    assert "judged by itself: stars, category." in without.recipe
    assert not any(name.startswith("category") for name in without.left_out)
    assert table_of(tmp_path, *changes, without="stars").columns == whole.columns[1:]


def test_requests_for_a_table_that_make_no_sense(tmp_path):
    with pytest.raises(BadRequest, match="no group of columns 'star'; there are: place, stars"):
        table_of(tmp_path, {}, without=("star",))
    with pytest.raises(BadInput, match="least_share"):
        table_of(tmp_path, {}, least_share=2)
    with pytest.raises(BadInput, match="no column is left: all are constant"):
        table_of(tmp_path, {}, {})
    with pytest.raises(BadInput, match="no businesses"):
        business_table([])


# The catalogue


def test_an_edition_of_a_users_own_is_read_and_says_that_it_is_unverified(tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path))
    path = written(tmp_path, EDITIONS["2014"])
    (tmp_path / "yelp" / "yelp_dataset").mkdir(parents=True)
    shutil.move(path, tmp_path / "yelp" / "yelp_dataset")
    read = dataset("yelp").load()
    assert "no digest is known" in read["note"]
    assert read["businesses"][0].name == "Pizza" and read["reading"].tolist() == [
        "1 businesses, 0 malformed lines skipped"
    ]


@pytest.fixture(scope="module")
def real():
    try:
        return dataset("yelp").load()
    except DataMissing as error:
        pytest.skip(str(error))


def test_the_subset_at_hand_is_known_by_its_digest(real):
    if not real["note"].startswith("a subset"):
        pytest.skip("another edition of Yelp's businesses is here")
    rows = real["businesses"]
    assert len(rows) == 1000 and len({row.state for row in rows}) == 14
    assert [trade(row) for row in rows].count("Restaurants") == 332
    assert business_table(rows).matrix.shape == (1000, 174)
    assert business_table(rows, without=("category", "stars")).matrix.shape == (1000, 76)


def test_real_businesses_answer_the_recipe(real):
    table = business_table(real["businesses"])
    hours = np.array(column(table, "hours a week"))
    assert np.isfinite(table.matrix).all() and 0 < hours.min() and hours.max() <= 7 * 24
    assert set(column(table, "price range")) <= {1, 2, 3, 4}
    assert set(column(table, "BusinessAcceptsCreditCards")) == {-1, 0, 1}
    assert set(column(table, "category: Restaurants")) == {0, 1}
    assert (np.ptp(table.matrix, axis=0) > 0).all()
