"""Readers of ratings, on small files of the official forms."""

import numpy as np
import pytest

from tdabench.data.catalogue import dataset
from tdabench.data.ratings import read_block, read_movielens, read_netflix, read_single
from tdabench.errors import BadInput, DataMissing

PRIZE = "1:\n30,5,2005-09-06\n7,3,2005-05-13\n2:\n30,1,2004-01-01\n"
TITLES = "1,2003,Dinosaur Planet\n2,NULL,\"Yes, with a comma\n".encode("latin-1")
GENRES = "unknown|0\nAction|1\nAdventure|2\nAnimation|3\nChildren's|4\n"
STARS = [[5, 3], [1, 0]]  # films 1 and 2 by users 30 and 7


def written(folder, **files):
    paths = []
    for name, text in files.items():
        path = folder / name.replace("__", "-").replace("_dot_", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
        paths.append(path)
    return paths


def table(ratings, users):
    order = [ratings.user_ids.tolist().index(user) for user in users]
    return ratings.matrix.toarray()[:, order].tolist()


def test_the_prize_is_read_from_one_file_with_many_films_and_from_one_file_a_film(tmp_path):
    (whole,) = written(tmp_path, combined_data_1_dot_txt=PRIZE)
    first, second = PRIZE.split("2:\n")
    parts = written(tmp_path, mv_0000001_dot_txt=first, mv_0000002_dot_txt="2:\n" + second)
    (titles,) = written(tmp_path, movie_titles_dot_csv=TITLES)
    for files in ([whole], parts):
        found = read_netflix(files, titles)
        assert found.film_ids.tolist() == [1, 2]
        assert table(found, (30, 7)) == STARS
        assert found.titles.tolist()[0] == "Dinosaur Planet" and "comma" in found.titles[1]
        assert found.years[0] == 2003 and np.isnan(found.years[1])
        assert found.counts.tolist() == [2, 1] and found.means.tolist() == [4, 1]


def test_single_ratings_have_their_film_in_each_line(tmp_path):
    (path,) = written(tmp_path, s_dot_csv="MovieID,UserID,Rating,Date\n1,30,5,2005-09-06\n2,30,1,2004-01-01\n")
    assert table(read_single(path), (30,)) == [[5], [1]]


@pytest.mark.parametrize("names, rated, about", [
    (("u_dot_data", "u_dot_item", "u_dot_genre"), "30\t1\t5\t881250949\n7\t1\t3\t88\n30\t2\t1\t9\n",
     "1|Toy Story (1995)|01-Jan-1995||http|" + "|".join("00011")
     + "\n2|Heat (1995)|01-Jan-1995||http|" + "|".join("01000") + "\n"),
    (("ratings_dot_dat", "movies_dot_dat"), "30::1::5::978300760\n7::1::3::1\n30::2::1::2\n",
     "1::Toy Story (1995)::Animation|Children's\n2::Heat (1995)::Action\n"),
    (("ratings_dot_csv", "movies_dot_csv"), "userId,movieId,rating,timestamp\n30,1,5.0,1\n7,1,3.0,2\n30,2,1.0,3\n",
     'movieId,title,genres\n1,"Toy Story (1995)",Animation|Children\'s\n2,Heat (1995),Action\n'),
])  # fmt: skip
def test_every_edition_of_movielens_gives_the_same_table(tmp_path, names, rated, about):
    found = read_movielens(written(tmp_path, **dict(zip(names, (rated, about, GENRES), strict=False))))
    assert table(found, (30, 7)) == STARS
    assert found.titles.tolist() == ["Toy Story", "Heat"] and found.years.tolist() == [1995, 1995]
    assert "Animation" in found.genres[0] and "Children's" in found.genres[0]


def test_half_stars_stay_halves(tmp_path):
    files = written(tmp_path, ratings_dot_csv="userId,movieId,rating,timestamp\n30,1,4.5,1\n7,1,0.5,2\n")
    assert table(read_movielens(files), (30, 7)) == [[4.5, 0.5]]


def test_a_block_can_be_read_either_way(tmp_path):
    (path,) = written(tmp_path, block_dot_txt="5 3\n1 0\n4 0\n")
    rows, columns = read_block(path), read_block(path, films="columns")
    assert rows.matrix.toarray().tolist() == [[5, 3], [1, 0], [4, 0]]
    assert columns.matrix.toarray().tolist() == [[5, 1, 4], [3, 0, 0]]
    assert "which axis is the films is not stated" in rows.note


@pytest.mark.parametrize("text, said", [
    ("1:\n30,6,2005-09-06\n", "rating of 6"),
    ("1:\n30,x,2005-09-06\n", "not a number"),
    ("30,5,2005-09-06\n", "header"),
    ("1:\n30,5,2005-09-06\n30,4,2005-09-07\n", "twice|more than once|same"),
    ("1:\n" + "30;5;2005\n", "header|fields"),
    ("", "no ratings|empty"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, said):
    (path,) = written(tmp_path, combined_data_1_dot_txt=text)
    with pytest.raises(BadInput, match=said) as error:
        read_netflix([path])
    assert "combined_data_1.txt" in str(error.value)


def test_few_malformed_lines_are_skipped_and_told_many_are_refused(tmp_path):
    good = "1:\n" + "".join(f"{user},3,2005-09-06\n" for user in range(1, 2000))
    (path,) = written(tmp_path, combined_data_1_dot_txt=good + "9999,3,no date\n")
    found = read_netflix([path])
    assert found.matrix.nnz == 1999 and "1 malformed" in found.note and "no date" in found.note
    with pytest.raises(BadInput, match="malformed"):
        read_netflix([path], malformed_share=0)


@pytest.mark.parametrize("name, films, ratings", [
    ("netflix", 1200, 1_111_768), ("netflix_sample", 3451, 10_000), ("movielens", 1682, 100_000),
    ("movielens_large", 9066, 100_004),
])  # fmt: skip
def test_real_ratings_are_read_whole(name, films, ratings):
    try:
        found = dataset(name).load()["ratings"][0]
    except DataMissing as error:
        pytest.skip(str(error))
    if found.matrix.shape[0] != films:
        pytest.skip(f"{name} is here in another form")
    assert found.matrix.nnz == ratings
    assert found.matrix.data.min() >= 0.5 and found.matrix.data.max() == 5
