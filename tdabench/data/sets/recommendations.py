"""Ratings of films, and businesses."""

from tdabench.data.dataset import UNCHECKED, DataSet, Form, Reader

YELP_BUSINESSES = "yelp_academic_dataset_business.json"
NETFLIX_PARTS = tuple(f"combined_data_{part}.txt" for part in range(1, 5))
YELP_FOLDERS = ("", "yelp_dataset")  # unpacked as such, or with the folder of the archive

SETS = (
    DataSet(
        name="netflix",
        title="the Netflix Prize: 100,480,507 ratings of 17,770 films by 480,189 users (or a block of them)",
        origin="the Netflix Prize (2006-2009), withdrawn by Netflix: bring your own copy",
        licence="non-commercial research; do not pass it on",
        forms=(
            Form(
                Reader("tdabench.data.ratings:netflix_arrays"),
                files=dict.fromkeys((*NETFLIX_PARTS, "movie_titles.csv"), ""),
                note=f"the four files combined_data of the Netflix Prize, {UNCHECKED}",
            ),
            Form(
                Reader("tdabench.data.ratings:netflix_arrays"),
                files={"nf_prize_dataset.tar.gz": ""},
                note=f"the archive of the Netflix Prize, {UNCHECKED}",
            ),
            Form(
                Reader("tdabench.data.ratings:netflix_arrays"),
                files={"training_set.tar": "", "movie_titles.txt": ""},
                note=f"the training set of the Netflix Prize, {UNCHECKED}",
            ),
            Form(
                Reader("tdabench.data.ratings:block_arrays"),
                files={
                    "mit6036_netflix_incomplete_new.txt": (
                        "7a81ae26f41725a5deeec079dceec27d06949e1b82795803d42ec68c0e00408c"
                    )
                },
                note="a dense block of 1,200 x 1,200 real ratings of unknown films and users; which axis is the "
                "films is not stated",
            ),
        ),
    ),
    DataSet(
        name="netflix_sample",
        title="10,000 single ratings of the Netflix Prize, with film, user and date, and all its titles",
        origin="a random sample that was passed round for courses",
        licence="non-commercial research; do not pass it on",
        folder="netflix",
        forms=(
            Form(
                Reader("tdabench.data.ratings:single_arrays"),
                files={
                    "elephantscale_netflix-user-ratings-10k.csv": (
                        "f2b1ed03c01e650d4bb5314a2ba2e569e562709e7366fecf01dd172b655910a2"
                    ),
                    "elephantscale_movie-titles.csv": (
                        "897b6696bca040b366b264c869808a251db3a81252b99c046254ed478856d0fa"
                    ),
                },
                note="10,000 of the 100,480,507 ratings of the Netflix Prize",
            ),
        ),
    ),
    DataSet(
        name="movielens",
        title="MovieLens 100K: 100,000 ratings of 1,682 films by 943 users, with genres (or 1M, or the small one)",
        origin="Harper & Konstan 2015, ACM TiiS 5(4):19, from GroupLens' site",
        licence="research; do not pass it on, cite Harper & Konstan 2015",
        archive="https://files.grouplens.org/datasets/movielens/ml-100k.zip#ml-100k/",
        megabytes=5,
        forms=(
            Form(
                Reader("tdabench.data.ratings:movielens_arrays"),
                under=("ml-100k", ""),
                files={
                    "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
                    "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
                    "u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
                },
            ),
            Form(
                Reader("tdabench.data.ratings:movielens_arrays"),
                under=("ml-1m", ""),
                files={"ratings.dat": "", "movies.dat": ""},
                note=f"MovieLens 1M in place of 100K, {UNCHECKED}",
            ),
            Form(
                Reader("tdabench.data.ratings:movielens_arrays"),
                under=("ml-latest-small", ""),
                files={
                    "ratings.csv": "821795331fd974bbe7a8416f2a7eec2b548a485dedb47a073580b0a9a8a0a8d2",
                    "movies.csv": "a87480009b75ecd8d1e8f70700c534b6aefd57eed31b087ce8268ef6061a166c",
                },
                note="MovieLens' small edition for teaching, 100,004 ratings, in place of 100K",
            ),
        ),
    ),
    DataSet(
        name="movielens_large",
        title="MovieLens 25M or 32M: stars in halves, of films with genres (or the small edition)",
        origin="Harper & Konstan 2015, ACM TiiS 5(4):19, from GroupLens' site",
        licence="research; do not pass it on, cite Harper & Konstan 2015",
        folder="movielens",
        forms=(
            Form(
                Reader("tdabench.data.ratings:movielens_arrays"),
                under=("ml-25m", "ml-32m", "ml-20m", "ml-latest"),
                files={"ratings.csv": "", "movies.csv": ""},
                note=f"a large edition of MovieLens, {UNCHECKED}",
            ),
            Form(
                Reader("tdabench.data.ratings:movielens_arrays"),
                under=("ml-latest-small",),
                files={
                    "ratings.csv": "821795331fd974bbe7a8416f2a7eec2b548a485dedb47a073580b0a9a8a0a8d2",
                    "movies.csv": "a87480009b75ecd8d1e8f70700c534b6aefd57eed31b087ce8268ef6061a166c",
                },
                note="a subset: MovieLens' small edition for teaching, 100,004 ratings",
            ),
        ),
    ),
    DataSet(
        name="yelp",
        title="Yelp's businesses: place, stars, hours, categories and attributes (reviews and users are not read)",
        origin="the Yelp Dataset Challenge, now Yelp Open Dataset, from Yelp's site once its terms are accepted",
        licence="Yelp's dataset terms of use: academic and non-commercial; do not pass it on",
        forms=(
            # The edition of 19 January 2022, 118,863,795 bytes; the md5 is that of a public copy of this size
            Form(
                Reader("tdabench.data.yelp:arrays"),
                under=YELP_FOLDERS,
                files={YELP_BUSINESSES: "f992501bd77e167970fe6011b9e81573"},
            ),
            Form(
                Reader("tdabench.data.yelp:arrays"),
                files={YELP_BUSINESSES: "89f4334da0e66782b74d7d5d48761aa0124ae2cf0e3a3922c159864132bf23f2"},
                note="a subset: 1,000 of Yelp's businesses, in 14 states and provinces, of an edition of 2022",
            ),
            Form(
                Reader("tdabench.data.yelp:arrays"),
                under=YELP_FOLDERS,
                files={YELP_BUSINESSES: ""},
                note="an edition of Yelp's businesses for which no digest is known: its lines were checked, not "
                "whether all are there",
            ),
        ),
    ),
)
