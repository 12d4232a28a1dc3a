"""Training of many networks: the same numbers however they come about, and a sentence for what cannot be trained."""

import hashlib
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from tdabench.errors import BadInput
from tdabench.networks import checkpoints, training
from tdabench.networks import recipe as recipes
from tdabench.networks.checkpoints import Trained
from tdabench.networks.nets import build
from tdabench.networks.recipe import Images, Recipe, recipe_digest
from tdabench.networks.training import Diverged, Training, run_network, train, train_all
from tdabench.processes import series


def two_kinds(count, seed):
    """8 x 8 images that get brighter to the right (kind 0) or downwards (kind 1), with noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(2, size=count)
    slope = np.linspace(40, 210, 8)
    pixels = np.where(labels[:, None, None], slope[:, None], slope) + generator.normal(scale=30, size=(count, 8, 8))
    return pixels.clip(0, 255).astype(np.uint8), labels


IMAGES = Images(*two_kinds(610, 0), *two_kinds(200, 1))
RECIPE = Recipe(
    parameters={"filters": [4, 4], "dense": 8, "size": 8, "classes": 2}, learning_rate=0.01, batch=50,
    snapshot_every=10, evaluated=80,
)  # fmt: skip
OFTEN = replace(RECIPE, snapshot_every=20, evaluate_every=2, evaluate_growth=0.3)
DIVERGING = replace(RECIPE, learning_rate=1e30)
SAME = ("iterations", "first_layer", "accuracy", "loss", "final_accuracy", "final_loss", "curve")


@pytest.fixture
def here(monkeypatch):
    """here(store, iterations, seeds, ...): `train` by one process, this one, with memory as the other tests want it."""
    monkeypatch.setattr(training, "keep_freed_memory", lambda: None)

    def call(store, iterations, seeds=(0,), recipe=RECIPE):
        return train(IMAGES, recipe, seeds, iterations, store, report=lambda line: None)

    return call


@pytest.fixture
def batches(monkeypatch):
    """The iterations at which a batch was taken; batches.stop_at is where the power fails."""

    class Batches(list):
        stop_at = None

    taken, real = Batches(), training._batch

    def batch(count, size, seed, iteration, order):
        if iteration == taken.stop_at:
            raise KeyboardInterrupt
        taken.append(iteration)
        return real(count, size, seed, iteration, order)

    monkeypatch.setattr(training, "_batch", batch)
    return taken


@pytest.fixture
def begun(here, batches, monkeypatch):
    """begun(store, iterations, stop_at, ...): a training that was killed, with a checkpoint at its last iteration."""

    def kill(store, iterations, stop_at, recipe=RECIPE):
        monkeypatch.setattr(training, "CHECKPOINT_S", -1)
        batches.stop_at = stop_at
        with pytest.raises(KeyboardInterrupt):
            here(store, iterations, recipe=recipe)
        batches.stop_at = None
        batches.clear()
        return only(store, f"seed-0000-{iterations}-begun.pt")

    return kill


def only(store, name):
    [path] = store.glob(f"*/{name}")
    return path


def assert_same(one, other, but=()):
    """Bit for bit."""
    for name in set(SAME) - set(but):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert list(one.weights) == list(other.weights)
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


# What is learnt


@pytest.mark.parametrize(
    "keys",
    [
        {}, {"precision": "bfloat16"}, {"input": "unit"}, {"optimiser": "sgd", "learning_rate": 0.1},
        {"optimiser": "adadelta", "learning_rate": 1.0},
    ],
)  # fmt: skip
def test_a_network_learns_to_tell_two_kinds_apart(here, tmp_path, keys):
    [found] = here(tmp_path, 60, recipe=replace(RECIPE, **keys))
    assert found.final_accuracy > 0.95
    assert found.loss[-1] < 0.5 * found.loss[0]


def test_the_decks_network_is_trained_too(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(20, 28, 28), dtype=np.uint8)
    images = Images(pixels, np.arange(20) % 10, pixels[:6], np.arange(6))
    run_network(images, Recipe("deck", {"filters": 2}, batch=10, input="unit"), 0, 20, tmp_path)
    state = torch.load(tmp_path / "seed-0000-20.pt", weights_only=True)
    assert [tuple(shot["first_layer"].shape) for shot in state["snapshots"]] == [(2, 1, 3, 3)] * 2
    assert state["end"]["loss"] < state["snapshots"][0]["loss"]


def test_snapshots_are_of_the_start_of_every_so_many_iterations_and_of_the_end(here, tmp_path):
    [found] = here(tmp_path, 25, [3])
    assert found.seed == 3
    assert found.iterations.tolist() == [0, 10, 20, 25]
    assert found.first_layer.shape == (4, 4, 1, 3, 3) and found.first_layer.dtype == np.float32
    start = build("convolutional", 3, **RECIPE.parameters).state_dict()["convolutions.0.weight"]
    assert np.array_equal(found.at(0), start)
    assert np.array_equal(found.at(25), found.weights["convolutions.0.weight"])
    assert all((one != other).any() for one, other in zip(found.first_layer, found.first_layer[1:], strict=False))
    with pytest.raises(BadInput, match=r"iteration 15: there are snapshots of 0, 10, \.\.\. 25"):
        found.at(15)


def test_snapshots_look_at_the_first_test_images_and_the_end_at_all(here, tmp_path):
    [found] = here(tmp_path, 20)
    network = build("convolutional", 0, **RECIPE.parameters)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in found.weights.items()})
    with torch.no_grad():
        scores = network(IMAGES.tensor(IMAGES.test_x, "standardised"))
    right = (scores.argmax(1).numpy() == IMAGES.test_y).astype(float)
    loss = -scores.log_softmax(1).numpy()[np.arange(200), IMAGES.test_y]
    assert found.final_accuracy == pytest.approx(right.mean()) and found.final_loss == pytest.approx(loss.mean())
    assert found.accuracy[-1] == pytest.approx(right[:80].mean()) and found.loss[-1] == pytest.approx(loss[:80].mean())


def test_an_epoch_takes_every_image_once_but_for_those_left_over():
    rows, order = [], None
    for iteration in range(24):
        found, order = training._batch(610, 50, 7, iteration, order)
        rows.append(found)
    first, second = torch.cat(rows[:12]), torch.cat(rows[12:])
    assert all(len(set(epoch.tolist())) == 600 and epoch.max() < 610 for epoch in (first, second))
    assert not torch.equal(first, second)
    assert torch.equal(training._batch(610, 50, 7, 17, None)[0], rows[17])
    assert not torch.equal(training._batch(610, 50, 8, 17, None)[0], rows[17])


# The same numbers, however they come about


def test_two_trainings_are_the_same_and_seeds_are_not(here, tmp_path):
    one, other = here(tmp_path / "one", 20, [1, 0])
    assert (one.seed, other.seed) == (1, 0)
    assert (one.first_layer != other.first_layer).any()
    [again] = here(tmp_path / "two", 20, [1])
    assert_same(one, again)


@pytest.mark.parametrize("shorter", [20, 25])
@pytest.mark.parametrize("keys", [{}, {"optimiser": "adadelta"}])
def test_a_longer_training_goes_on_from_a_shorter_one(here, batches, tmp_path, shorter, keys):
    recipe = replace(RECIPE, **keys)
    [straight] = here(tmp_path / "straight", 60, recipe=recipe)
    [first] = here(tmp_path / "store", shorter, recipe=recipe)
    batches.clear()
    [gone_on] = here(tmp_path / "store", 60, recipe=recipe)
    assert batches == list(range(shorter, 60))
    assert_same(straight, gone_on)
    assert straight.iterations.tolist() == [0, 10, 20, 30, 40, 50, 60]
    assert_same(first, here(tmp_path / "store", shorter, recipe=recipe)[0])


def test_a_shorter_training_asked_for_later_is_one_of_its_own_and_equals_the_snapshots(here, batches, tmp_path):
    [longer] = here(tmp_path, 40)
    batches.clear()
    [shorter] = here(tmp_path, 20)
    assert batches == list(range(20))
    for name in ("iterations", "first_layer", "accuracy", "loss"):
        assert np.array_equal(getattr(shorter, name), getattr(longer, name)[:3]), name


def test_what_is_in_the_store_is_read(here, batches, tmp_path):
    [found] = here(tmp_path, 20)
    batches.clear()
    assert_same(found, here(tmp_path, 20)[0])
    assert batches == []


def test_a_killed_training_goes_on_as_if_nothing_had_been(here, begun, batches, tmp_path):
    [undisturbed] = here(tmp_path / "undisturbed", 60)
    place = begun(tmp_path / "store", 60, stop_at=27)
    [gone_on] = here(tmp_path / "store", 60)
    assert batches == list(range(27, 60))
    assert_same(undisturbed, gone_on)
    assert not place.exists()
    assert sorted(path.name for path in place.parent.iterdir()) == ["recipe.json", "seed-0000-60.pt"]


def test_what_was_begun_serves_longer_trainings_but_no_shorter_one(here, begun, batches, tmp_path):
    begun(tmp_path / "store", 60, stop_at=27)
    here(tmp_path / "store", 25)
    assert batches == list(range(25))
    batches.clear()
    [longer] = here(tmp_path / "store", 70)
    assert batches == list(range(27, 70))
    assert_same(longer, here(tmp_path / "straight", 70)[0])


def test_other_recipes_images_and_labels_lie_apart(here, tmp_path):
    recipes = RECIPE, replace(RECIPE, batch=51), replace(RECIPE, model="deck")
    names = {recipe_digest(recipe, IMAGES) for recipe in recipes}
    for change in ("train_x", "train_y", "test_x", "test_y"):
        array = getattr(IMAGES, change).copy()
        array[5] = 1 - array[5]
        names.add(recipe_digest(RECIPE, replace(IMAGES, **{change: array})))
    assert len(names) == 7
    here(tmp_path, 10)
    assert [path.name for path in tmp_path.iterdir()] == [recipe_digest(RECIPE, IMAGES)]


def test_a_recipe_without_evaluations_between_snapshots_keeps_the_name_it_had_before_there_were_any():
    asked = asdict(RECIPE)
    del asked["evaluate_every"], asked["evaluate_growth"]
    whole = json.dumps([1, torch.__version__.split("+")[0], asked, IMAGES.digest()], sort_keys=True)
    assert recipe_digest(RECIPE, IMAGES) == hashlib.sha256(whole.encode()).hexdigest()[:16]
    others = replace(RECIPE, evaluate_every=2), replace(RECIPE, evaluate_every=3), OFTEN
    assert len({recipe_digest(recipe, IMAGES) for recipe in (RECIPE, *others)}) == 4


# The precision of the products


@pytest.mark.parametrize(
    ("mkldnn", "processor", "expected"),
    [
        (True, {"avx512_bf16": True}, True), (True, {"bf16": True}, True), (True, {"avx512_f": True}, False),
        (False, {"avx512_bf16": True}, False), (None, {"bf16": True}, False),
    ],
)  # fmt: skip
def test_bfloat16_wants_a_processor_that_multiplies_in_it_and_a_library_that_may(
    monkeypatch, mkldnn, processor, expected
):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: mkldnn is not None)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: mkldnn)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: processor)
    assert recipes.multiplies_bfloat16("cpu") is expected


@pytest.mark.parametrize("hardware", [True, False])
def test_a_gpu_that_emulates_bfloat16_does_not_count(monkeypatch, hardware):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: hardware)
    assert recipes.multiplies_bfloat16("cuda:0") is hardware


@pytest.mark.parametrize("hardware", [True, False])
def test_a_recipe_in_bfloat16_is_one_in_float32_where_there_is_no_hardware(monkeypatch, hardware):
    monkeypatch.setattr(recipes, "multiplies_bfloat16", lambda device: hardware)
    recipe = replace(RECIPE, precision="bfloat16")
    assert recipe.precision == ("bfloat16" if hardware else "float32")
    assert (recipe == RECIPE) is (recipe_digest(recipe, IMAGES) == recipe_digest(RECIPE, IMAGES)) is not hardware
    if hardware:
        asked = asdict(RECIPE) | {"precision": "bfloat16"}
        del asked["evaluate_every"], asked["evaluate_growth"]
        whole = json.dumps([1, torch.__version__.split("+")[0], asked, IMAGES.digest()], sort_keys=True)
        assert recipe_digest(recipe, IMAGES) == hashlib.sha256(whole.encode()).hexdigest()[:16]


def test_the_precision_that_was_really_taken_is_written_down_and_said(here, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "multiplies_bfloat16", lambda device: False)
    nets = here(tmp_path, 10, [0, 1], replace(RECIPE, precision="bfloat16"))
    assert Trained.cost(nets) == "2 networks, trained in 0 minutes, products in float32"
    assert json.loads(only(tmp_path, "recipe.json").read_text())["precision"] == "float32"
    mixed = [nets[0], replace(nets[1], precision="bfloat16")]
    assert Trained.cost(mixed).endswith("products in bfloat16 and float32")


# Under another torch


def test_another_torch_trains_again_says_so_and_leaves_the_old_network(all_here, batches, tmp_path, monkeypatch):
    said = []
    with monkeypatch.context() as older:
        older.setattr(torch, "__version__", "2.1.0+cpu")
        all_here(tmp_path, Training(RECIPE, 0, 10), report=said.append)
    old = only(tmp_path, "seed-0000-10.pt")
    assert json.loads((old.parent / "recipe.json").read_text())["torch"] == "2.1.0"
    before, _ = old.read_bytes(), batches.clear()
    monkeypatch.setattr(torch, "__version__", "2.9.1+cu132")
    all_here(tmp_path, Training(RECIPE, 0, 10), Training(RECIPE, 0, 10), report=said.append)
    assert batches == list(range(10)) and old.read_bytes() == before
    assert said[1:] == ["trained under torch 2.1.0; here is 2.9.1: trained again",
                        "1 networks, 10 iterations to go, 1 at a time"]  # fmt: skip
    # Neither what was trained here before, nor another network or other images, is trained "again".
    other = replace(IMAGES, test_y=1 - IMAGES.test_y)
    all_here(tmp_path, Training(RECIPE, 0, 20), Training(RECIPE, 1, 10), Training(OFTEN, 0, 10), report=said.append)
    train_all(other, [Training(RECIPE, 0, 10)], tmp_path, report=said.append)
    assert not any("trained again" in line for line in said[2:])


@pytest.mark.parametrize("text", ["{", "[]", "{}", '"torch"'])
def test_a_recipe_that_cannot_be_read_or_names_no_torch_says_nothing(here, batches, tmp_path, text):
    here(tmp_path, 10)
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    (neighbour / "recipe.json").write_text(text)
    (neighbour / "seed-0001-10.pt").write_bytes(b"")
    here(tmp_path, 10, [1])
    assert len(batches) == 20


# Evaluations between snapshots


@pytest.mark.parametrize(
    ("every", "growth", "expected"),
    [
        (0, 0.0, []), (0, 0.5, []), (10, 0.0, [0, 10, 20, 30, 40]), (50, 0.0, [0]),
        (2, 0.3, [0, 2, 4, 6, 8, 10, 13, 17, 22, 29, 38]), (10, 0.5, [0, 10, 20, 30, 45]),
    ],
)  # fmt: skip
def test_evaluations_come_after_so_many_iterations_or_that_share_of_those_done(every, growth, expected):
    recipe = replace(RECIPE, evaluate_every=every, evaluate_growth=growth)
    assert recipe.evaluations(45) == set(expected)
    # A longer run is evaluated where a shorter one is.
    assert {at for at in recipe.evaluations(500) if at <= 45} == set(expected)


def test_the_curve_has_every_evaluation_and_every_snapshot_once_and_in_order(here, tmp_path, monkeypatch):
    evaluated, real = [], training._evaluate_some
    monkeypatch.setattr(training, "_evaluate_some", lambda *given: evaluated.append(given) or real(*given))
    [found] = here(tmp_path, 45, recipe=OFTEN)
    assert found.iterations.tolist() == [0, 20, 40, 45]
    assert found.curve[:, 0].tolist() == [0, 2, 4, 6, 8, 10, 13, 17, 20, 22, 29, 38, 40, 45]
    assert len(evaluated) == len(found.curve)
    at_snapshots = found.curve[np.isin(found.curve[:, 0], found.iterations)]
    assert np.array_equal(at_snapshots, np.column_stack([found.iterations, found.accuracy, found.loss]))


def test_where_evaluations_fall_on_snapshots_there_is_one_of_each(here, tmp_path):
    [found] = here(tmp_path, 20, recipe=replace(RECIPE, evaluate_every=5))
    assert found.curve[:, 0].tolist() == [0, 5, 10, 15, 20]


def test_evaluations_change_nothing_in_the_training_and_are_what_snapshots_would_have_seen(here, tmp_path):
    [plain] = here(tmp_path, 40)
    [often] = here(tmp_path, 40, recipe=replace(RECIPE, evaluate_every=3))
    assert_same(plain, often, but=["curve"])
    [closer] = here(tmp_path, 40, recipe=replace(RECIPE, snapshot_every=1))
    assert np.array_equal(often.curve, closer.curve[often.curve[:, 0].astype(int)])
    assert np.array_equal(plain.curve, closer.curve[::10])


def test_a_killed_training_has_the_curve_of_one_that_was_not(here, begun, batches, tmp_path):
    [undisturbed] = here(tmp_path / "undisturbed", 60, recipe=OFTEN)
    for stop_at in (27, 29, 30):  # before, at and after an evaluation
        begun(tmp_path / str(stop_at), 60, stop_at, recipe=OFTEN)
        [gone_on] = here(tmp_path / str(stop_at), 60, recipe=OFTEN)
        assert batches == list(range(stop_at, 60))
        assert_same(undisturbed, gone_on)


@pytest.mark.parametrize("shorter", [20, 22, 25])  # a snapshot, an evaluation and neither
def test_a_longer_training_has_the_curve_of_one_that_went_straight_on(here, batches, tmp_path, shorter):
    [straight] = here(tmp_path / "straight", 60, recipe=OFTEN)
    [first] = here(tmp_path / "store", shorter, recipe=OFTEN)
    assert first.curve[-1, 0] == shorter
    batches.clear()
    [gone_on] = here(tmp_path / "store", 60, recipe=OFTEN)
    assert batches == list(range(shorter, 60))
    assert_same(straight, gone_on)
    assert_same(first, here(tmp_path / "store", shorter, recipe=OFTEN)[0])


def test_a_file_from_before_there_were_evaluations_is_read_and_gone_on_from(here, tmp_path):
    [first] = here(tmp_path / "store", 25)
    path = only(tmp_path / "store", "seed-0000-25.pt")
    state = checkpoints.read(path)
    assert state.pop("evaluations") == []
    checkpoints.write(path, state)
    assert_same(first, here(tmp_path / "store", 25)[0])
    assert_same(here(tmp_path / "store", 60)[0], here(tmp_path / "straight", 60)[0])


# Many recipes at once


@pytest.fixture
def all_here(here):
    """all_here(store, *jobs): `train_all` by one process, this one."""
    return lambda store, *jobs, report=lambda line: None: train_all(IMAGES, jobs, store, report=report)


def test_many_recipes_come_in_the_order_of_the_jobs_and_are_what_each_is_alone(here, all_here, tmp_path):
    slow = replace(RECIPE, learning_rate=0.001)
    trainings = [Training(slow, 1, 20), Training(RECIPE, 1, 15), Training(RECIPE, 0, 20), Training(slow, 0, 10)]
    found = all_here(tmp_path / "all", *trainings)
    alone = [
        here(tmp_path / "alone", iterations, [seed], recipe)[0]
        for recipe, seed, iterations in ((slow, 1, 20), (RECIPE, 1, 15), (RECIPE, 0, 20), (slow, 0, 10))
    ]
    for one, other in zip(found, alone, strict=True):
        assert one.seed == other.seed
        assert_same(one, other)
    assert np.array_equal(found[0].at(0), found[1].at(0)) and (found[0].at(10) != found[1].at(10)).any()


def test_a_network_that_diverges_among_others_is_told_of_in_its_place(all_here, tmp_path):
    found = all_here(tmp_path, Training(RECIPE, 4, 10), Training(DIVERGING, 4, 10), Training(RECIPE, 5, 10))
    assert [type(one).__name__ for one in found] == ["Trained", "Diverged", "Trained"]
    assert "the network of seed 4 diverged" in str(found[1]) and "take a lower learning_rate" in str(found[1])
    assert [found[0].seed, found[2].seed] == [4, 5]


def test_only_the_job_that_diverges_is_lost_and_no_shorter_one_of_the_same_network(all_here, tmp_path, monkeypatch):
    real = training.run_network

    def lost_after_10(images, recipe, seed, iterations, *others):
        if iterations > 10:
            raise Diverged("later on")
        real(images, recipe, seed, iterations, *others)

    monkeypatch.setattr(training, "run_network", lost_after_10)
    found = all_here(tmp_path, Training(RECIPE, 0, 10), Training(RECIPE, 0, 20))
    assert [type(one).__name__ for one in found] == ["Trained", "Diverged"]


def test_a_job_that_comes_twice_is_done_once(all_here, batches, tmp_path):
    said = []
    found = all_here(
        tmp_path, Training(RECIPE, 0, 10), Training(RECIPE, 1, 10), Training(replace(RECIPE), 0, 10), report=said.append
    )
    assert batches == [*range(10), *range(10)]
    assert said[0].startswith("2 networks, 20 iterations to go")
    assert [one.seed for one in found] == [0, 1, 0]
    assert_same(found[0], found[2])


def test_what_is_in_the_store_is_not_trained_again_among_others(all_here, batches, tmp_path):
    all_here(tmp_path, Training(RECIPE, 0, 10))
    batches.clear()
    all_here(tmp_path, Training(RECIPE, 0, 10), Training(OFTEN, 0, 12))
    assert batches == list(range(12))
    assert all_here(tmp_path) == []


def test_nothing_is_trained_when_one_of_the_jobs_cannot_be(all_here, batches, tmp_path):
    for wrong in (Training(replace(RECIPE, batch=0), 0, 10), Training(RECIPE, 0, 0)):
        with pytest.raises(BadInput, match="a whole number from 1 on is needed, not 0"):
            all_here(tmp_path, Training(RECIPE, 0, 10), wrong)
    assert batches == [] and not list(tmp_path.glob("*/*.pt"))


# Files that are not whole


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def overwrite(path):
    path.write_text("no archive")


@pytest.mark.parametrize("damage", [cut, overwrite])
def test_a_damaged_file_of_the_store_is_refused_with_a_sentence(here, tmp_path, damage):
    here(tmp_path, 10)
    damage(only(tmp_path, "seed-0000-10.pt"))
    with pytest.raises(BadInput, match="seed-0000-10.pt: damaged; remove it, then the same command trains"):
        here(tmp_path, 10)


@pytest.mark.parametrize("damage", [cut, overwrite])
def test_what_was_begun_and_is_damaged_counts_for_nothing(here, begun, batches, tmp_path, damage):
    here(tmp_path / "store", 20)
    damage(begun(tmp_path / "store", 60, stop_at=27))
    [gone_on] = here(tmp_path / "store", 60)
    assert batches == list(range(20, 60))
    assert_same(gone_on, here(tmp_path / "straight", 60)[0])


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    checkpoints.write(tmp_path / "seed.pt", {"iteration": 1})

    def full_disk(state, path):
        path.write_text("half of it")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="no space left"):
        checkpoints.write(tmp_path / "seed.pt", {"iteration": 2})
    assert checkpoints.read(tmp_path / "seed.pt")["iteration"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["seed.pt"]


# What cannot be trained


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("optimiser: one of adam, sgd, adadelta is needed, not 'lion'", {"optimiser": "lion"}),
        ("precision: one of float32, bfloat16 is needed, not 'int8'", {"precision": "int8"}),
        ("input: one of unit, standardised is needed, not 'raw'", {"input": "raw"}),
        ("batch: a whole number from 1 on is needed, not 0", {"batch": 0}),
        ("batch: a whole number from 1 on is needed, not True", {"batch": True}),
        ("snapshot_every: a whole number from 1 on is needed, not 2.5", {"snapshot_every": 2.5}),
        ("evaluated: a whole number from 1 on is needed, not -1", {"evaluated": -1}),
        ("learning_rate: a number above 0 is needed, not 0", {"learning_rate": 0}),
        ("learning_rate: a number above 0 is needed, not inf", {"learning_rate": float("inf")}),
        ("learning_rate: a number above 0 is needed, not nan", {"learning_rate": float("nan")}),
        ("device: 'abacus' is not here; take device=cpu", {"device": "abacus"}),
        ("batch: 611 is more than the 610 training images", {"batch": 611}),
        ("network: one of .* is needed, not 'transformer'", {"model": "transformer"}),
        ("evaluate_every: a whole number from 0 on is needed, not -1", {"evaluate_every": -1}),
        ("evaluate_every: a whole number from 0 on is needed, not 2.5", {"evaluate_every": 2.5}),
        ("evaluate_every: a whole number from 0 on is needed, not True", {"evaluate_every": True}),
        ("evaluate_growth: a share from 0 to below 1 is needed, not 1", {"evaluate_growth": 1}),
        ("evaluate_growth: a share from 0 to below 1 is needed, not -0.1", {"evaluate_growth": -0.1}),
        ("evaluate_growth: a share from 0 to below 1 is needed, not nan", {"evaluate_growth": float("nan")}),
    ],
)
def test_a_recipe_that_cannot_be_trained_with_is_refused(here, tmp_path, words, keys):
    with pytest.raises(BadInput, match=words):
        here(tmp_path, 10, recipe=replace(RECIPE, **keys))


def test_a_gpu_that_is_not_here_is_refused(here, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match="device: 'cuda:0' is not here"):
        here(tmp_path, 10, recipe=replace(RECIPE, device="cuda:0"))


@pytest.mark.parametrize("iterations", [0, -5, 2.5, True, "10"])
def test_iterations_are_a_whole_number(here, tmp_path, iterations):
    with pytest.raises(BadInput, match=f"iterations: a whole number from 1 on is needed, not {iterations!r}"):
        here(tmp_path, iterations)
    assert not list(tmp_path.iterdir())


def test_a_network_that_diverges_is_named_with_its_iteration(here, tmp_path):
    with pytest.raises(Diverged, match=r"seed 4 diverged: its loss is (nan|inf) at iteration \d; take a lower"):
        here(tmp_path, 20, [4], recipe=DIVERGING)
    assert not list(tmp_path.glob("*/*.pt"))


def test_weights_that_the_last_iteration_breaks_are_seen_though_the_loss_before_it_is_a_number(here, tmp_path):
    with pytest.raises(Diverged, match="the network of seed 4 diverged"):
        here(tmp_path, 1, [4], recipe=replace(RECIPE, learning_rate=1e39))
    assert not list(tmp_path.glob("*/*.pt"))


# Images as the network sees them


@pytest.mark.parametrize("shape", [(40, 6, 6), (40, 6, 6, 3)])
def test_images_are_put_between_nought_and_one_or_standardised_channel_by_channel(shape):
    generator = np.random.default_rng(0)
    train_x, test_x = (generator.integers(low, 256, size=shape, dtype=np.uint8) for low in (0, 128))
    images = Images(train_x, np.zeros(40), test_x, np.zeros(40))
    unit, standardised = images.tensor(test_x, "unit"), images.tensor(train_x, "standardised")
    channels = 3 if len(shape) == 4 else 1
    assert unit.shape == (40, channels, 6, 6) and unit.dtype == torch.float32
    assert unit.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(unit.permute(0, 2, 3, 1).numpy().reshape(shape), test_x.astype(np.float32) / 255)
    assert standardised.mean(dim=(0, 2, 3)).numpy() == pytest.approx(np.zeros(channels), abs=1e-5)
    assert standardised.std(dim=(0, 2, 3), correction=0).numpy() == pytest.approx(np.ones(channels), abs=1e-5)
    # Test images go by the moments of the training images.
    mean, deviation = train_x.mean(axis=(0, 1, 2)) / 255, train_x.std(axis=(0, 1, 2)) / 255
    expected = ((test_x / 255 - mean) / deviation).reshape(40, 6, 6, channels)
    assert images.tensor(test_x, "standardised").permute(0, 2, 3, 1).numpy() == pytest.approx(expected, abs=1e-5)


def test_images_come_from_what_a_data_set_loads():
    loaded = {"train_x": [[[1]]], "train_y": [0], "test_x": [[[2]]], "test_y": [1], "note": "made up"}
    images = Images.of(loaded)
    assert images.test_x.tolist() == [[[2]]] and images.train_y.tolist() == [0]


# Processes


def test_processes_give_what_one_gives_and_say_how_far_they_are(all_here, tmp_path, monkeypatch):
    jobs = [Training(RECIPE, 1, 20), Training(DIVERGING, 1, 20), Training(OFTEN, 0, 25)]
    straight = all_here(tmp_path / "here", *jobs)
    monkeypatch.setattr(training, "REPORT_S", 0)
    said = []
    found = train_all(IMAGES, jobs, tmp_path / "apart", threads=2, report=said.append)
    assert_same(straight[0], found[0])
    assert isinstance(found[1], Diverged) and str(found[1]) == str(straight[1])
    assert_same(straight[2], found[2])
    assert said[0] == "3 networks, 65 iterations to go, 2 at a time"
    assert all(" of 65 iterations, " in line and line.endswith(" to go") for line in said[1:]) and len(said) > 1
    # Nothing is left to train or to say.
    train_all(IMAGES, [jobs[2], jobs[0]], tmp_path / "apart", threads=2, report=pytest.fail)


def test_what_diverges_ends_the_training_of_one_recipe(here, tmp_path):
    with pytest.raises(Diverged, match="the network of seed 4 diverged"):
        here(tmp_path, 20, [4, 5], recipe=DIVERGING)


def test_networks_that_earlier_code_trained_say_so(tmp_path, monkeypatch):
    path = tmp_path / "seed-0000-4.pt"
    checkpoints.write(path, {"iteration": 4})
    assert checkpoints.read(path)["code"] == checkpoints.training_code()
    nets = [replace(NET, code=checkpoints.training_code()), replace(NET, code="another"), replace(NET, code="")]
    assert "changed since" not in checkpoints.Trained.cost(nets[:1])
    assert checkpoints.Trained.cost(nets).endswith(", 2 of them by code that has changed since")
    monkeypatch.setattr(checkpoints, "training_code", lambda: "changed")
    state = checkpoints.read(path)
    checkpoints.write(path, state)
    assert checkpoints.read(path)["code"] != "changed"


NET = checkpoints.Trained(0, np.zeros(1), np.zeros((1, 1, 1, 3, 3)), np.zeros(1), np.zeros(1), 0.5, 1.0, {}, 60.0,
                    np.zeros((1, 3)), "float32")  # fmt: skip


# Learning curves, as they are watched


@pytest.fixture
def watched(monkeypatch, tmp_path):
    """watched(folder): the series that were written since: name -> its lines, and those of the end."""

    def look(folder):
        found = {}
        for path in (tmp_path / folder).glob("*.jsonl"):
            head, *lines = map(json.loads, path.read_text().splitlines())
            found[head["name"]] = lines
        return found

    monkeypatch.setattr(training, "keep_freed_memory", lambda: None)
    look.begin = lambda folder: monkeypatch.setenv(series.VARIABLE, str(tmp_path / folder))
    return look


@pytest.mark.parametrize("threads", [1, 2])
def test_curves_are_written_while_networks_train_and_again_when_they_are_read(watched, tmp_path, threads):
    for folder in ("trained", "read"):
        watched.begin(folder)
        nets = train(IMAGES, OFTEN, [0, 1], 30, tmp_path / "store", threads, lambda line: None, name="arm")
        found = watched(folder)
        assert sorted(found) == ["arm, seed 0", "arm, seed 1"]
        for net in nets:
            *lines, end = found[f"arm, seed {net.seed}"]
            curve = [[line["step"], line["values"]["accuracy"], line["values"]["loss"]] for line in lines]
            assert np.array_equal(curve, net.curve)
            assert end["end"] == "" and end["values"]["final_accuracy"] == net.final_accuracy


def test_a_curve_of_a_training_that_goes_on_has_what_came_before(watched, here, tmp_path):
    here(tmp_path / "store", 20)
    watched.begin("longer")
    (net,) = here(tmp_path / "store", 40)
    assert [line["step"] for line in watched("longer")["convolutional, seed 0"][:-1]] == net.iterations.tolist()


def test_the_weights_of_a_watched_network_are_safetensors_by_which_it_can_be_built(watched, here, tmp_path):
    watched.begin("trained")
    (net,) = here(tmp_path / "store", 10)
    path = watched("trained")["convolutional, seed 0"][-1]["weights"]
    with safe_open(path, framework="pt") as file:
        about, weights = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    network = build(about["model"], int(about["seed"]), **json.loads(about["parameters"]))
    network.load_state_dict(weights)
    assert weights.keys() == net.weights.keys()
    assert all(np.array_equal(weights[name], net.weights[name]) for name in weights)


def test_a_curve_of_a_network_that_diverged_says_so(watched, tmp_path):
    watched.begin("trained")
    train_all(IMAGES, [Training(DIVERGING, 0, 20, "hot")], tmp_path / "store", 1, lambda line: None)
    assert "diverged" in watched("trained")["hot, seed 0"][-1]["end"]


def test_a_training_that_nobody_watches_writes_no_weights(here, tmp_path, monkeypatch):
    monkeypatch.delenv(series.VARIABLE, raising=False)
    here(tmp_path, 10)
    assert not list(tmp_path.rglob("*.safetensors"))
