"""Networks trained on MNIST and tested on other digits: do circle features carry further, and further than controls?

An accuracy of .2 is what always answering 1 gives on SVHN, whose classes are not alike in size. So every accuracy is
shown beside that share, beside the accuracy that counts all classes alike, and for images made more like MNIST's.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from reproductions._recipes import page_arm, page_recipe
from reproductions._shared import rounded, withheld
from tdabench.claims.criteria import median
from tdabench.claims.measurements import NOT_RUN
from tdabench.errors import BadInput
from tdabench.networks.arm_pictures import COLOURS
from tdabench.networks.arms import recipe_of, train_arms
from tdabench.networks.checkpoints import Trained
from tdabench.networks.other_images import FORMS, Predictions, fitted, most_frequent, predict
from tdabench.networks.time_to_accuracy import held_out

STANDARD, BOOSTED, FROZEN = "standard", "boosted", "frozen_circle"
HELD_OUT = "mnist"


@dataclass
class Tested:
    """One set in one form: pixels (n, 28, 28), labels (n,), and arm -> seed -> Predictions, of the networks."""

    data_name: str
    form: str
    pixels: np.ndarray
    labels: np.ndarray
    answers: dict

    def of(self, arm, what) -> list[float]:
        """accuracy or balanced of every seed."""
        return [getattr(answers, what) for answers in self.answers[arm].values()]

    def ratios(self, arm, what="accuracy"):
        """By seed, over the standard network of the same seed."""
        standard = self.answers[STANDARD]
        pairs = [(getattr(answers, what), getattr(standard[seed], what))
                 for seed, answers in self.answers[arm].items() if seed in standard]  # fmt: skip
        told = [above / below for above, below in pairs if below > 0]
        return told or {NOT_RUN: "on no seed was the standard network right on any image"}


def measure(config, bench):
    check(config)
    if not config.complete:
        return withheld(config)
    images = held_out(bench.data("mnist"), config.validation)
    recipe = page_recipe(config.recipe)
    recipe.parameters.update(size=images.train_x.shape[1], channels=1)
    arms = {arm: page_arm(section) for arm, section in config.arms.items()}
    sets = {HELD_OUT: (images.test_x, images.test_y)}
    by_set, notes = {}, {}
    for name, asked in config.others.items():
        data, reason = bench.data_or_reason(name)
        if data is None:
            by_set[name] = absent(reason, config)
        else:
            sets[name] = together(data, asked.border, images.test_x.shape[1], config.most)
            notes[name] = data["note"]
    plan = {arm: [config.iterations] * config.seeds for arm in arms}
    found = train_arms(images, recipe, arms, plan, bench.store / "networks", bench.threads, bench.progress)
    tested = {name: test(name, *sets[name], found, arms, recipe, images, config, bench) for name in sets}
    told = {"tested": {}, "answered": {}, "forms": {}, "doubled": {}}
    for name, note in notes.items():
        by_set[name] = numbers(tested[name], config)
        for kind, sentence in sentences(name, tested, found, recipe, note, config).items():
            told[kind][name] = sentence
    table(tested, config, bench)
    draw(tested, config, bench)
    return {"images": by_set, "note": notes} | told


def check(config) -> None:
    if not {STANDARD, BOOSTED, FROZEN} <= set(config.arms) == set(config.names):
        raise BadInput(f"arms: {STANDARD}, {BOOSTED} and {FROZEN} are needed, and a name for every arm.")
    if not {"as_they_are"} <= set(config.forms) <= set(FORMS):
        raise BadInput(f"forms: as_they_are and any of {', '.join(FORMS)} are needed.")


def absent(reason, config) -> dict:
    """In place of all numbers of a set that is not here."""
    kinds = ("accuracy", "over_chance", "ratio", "balanced_ratio")
    return {form: {kind: {arm: {NOT_RUN: reason} for arm in config.arms} for kind in kinds} for form in config.forms}


def together(data, border, size, most):
    """Both parts of a set, since nothing is trained on them, brought to `size`; `most` of them drawn, or all."""
    pixels = np.concatenate([data["train_x"], data["test_x"]])
    labels = np.concatenate([data["train_y"], data["test_y"]])
    if most is not None and most < len(labels):
        rows = np.sort(np.random.default_rng(0).permutation(len(labels))[:most])
        pixels, labels = pixels[rows], labels[rows]
    return fitted(pixels, size, border), labels


def test(name, pixels, labels, found, arms, recipe, images, config, bench) -> dict[str, Tested]:
    """Every network on every form of a set; MNIST's own images have one form."""
    tested = {}
    for form in config.forms if name != HELD_OUT else ["as_they_are"]:
        data_name = "MNIST, held out" if name == HELD_OUT else config.others[name].data_name
        one = tested[form] = Tested(data_name, form, FORMS[form](pixels), labels, {})
        bench.progress(f"{len(labels)} images of {data_name}, {config.forms[form]}")
        for arm, nets in found.nets.items():
            one.answers[arm] = {
                seed: Predictions(predict(net, recipe_of(recipe, arms[arm], seed), images, one.pixels), labels)
                for seed, net in enumerate(nets) if isinstance(net, Trained)
            }  # fmt: skip
        named = {f"{arm}.seed{seed}": answers.classes.astype(np.uint8) for arm, seeds in one.answers.items()
                 for seed, answers in seeds.items()}  # fmt: skip
        bench.keep(f"{name}.{form}", labels=labels, **named)
    return tested


def numbers(tested, config) -> dict:
    """Form -> of each arm, by seed: accuracy, that over the share of the most frequent class, and ratios to the
    standard."""
    by_form = {}
    for form, one in tested.items():
        _, share = most_frequent(one.labels)
        accuracies = {arm: one.of(arm, "accuracy") for arm in config.arms}
        gone = {arm: {NOT_RUN: f"every network of the arm {config.names[arm]} diverged"} for arm in config.arms}
        by_form[form] = {
            "accuracy": {arm: values or gone[arm] for arm, values in accuracies.items()},
            "over_chance": {
                arm: [value / share for value in values] or gone[arm] for arm, values in accuracies.items()
            },
            "ratio": {arm: one.ratios(arm) for arm in config.arms},
            "balanced_ratio": {arm: one.ratios(arm, "balanced") for arm in config.arms},
        }
    return by_form


def sentences(name, tested, found, recipe, note, config) -> dict[str, str]:
    """For the rows: what was tested and what chance gives; what is answered most; each form; how often it doubles."""
    one, held = tested[name]["as_they_are"], tested[HELD_OUT]["as_they_are"]
    kind, share = most_frequent(one.labels)
    of_all = "all of both parts" if config.most is None else "drawn from both parts"
    nets = [net for arm in found.nets for net in found.trained(arm)]
    tested_on = (
        f"{len(one.labels):,} images, {of_all}; always answering {kind} is right on {share:.3f}; accuracy, median "
        f"(lowest-highest of {config.seeds} seeds): {spreads(one, config)}; {config.iterations} iterations, "
        f"{recipe.optimiser} {recipe.learning_rate:g}, batches of {recipe.batch}, which give "
        f"{spread(held.of(STANDARD, 'accuracy'))} on held-out MNIST with the standard input; {Trained.cost(nets)}"
    )
    forms = "; ".join(f"{config.forms[form]}: {spreads(each, config)}" for form, each in tested[name].items())
    frozen = one.ratios(FROZEN)
    doubled = sum(ratio >= 2 for ratio in frozen) if isinstance(frozen, list) else 0
    return {
        "tested": tested_on + (f"; {note}" if note else ""),
        "answered": (
            f"always answering {kind} is right on {share:.3f}; counting all classes alike, chance is "
            f"{1 / len(np.unique(one.labels)):.2f}: {spreads(one, config, 'balanced')}; answered most often: "
            + ", ".join(f"{config.names[arm]} {favourites(one, arm)}" for arm in (STANDARD, BOOSTED))
        ),
        "forms": forms,
        "doubled": f"it doubles on {doubled} of {len(frozen)} seeds; {spreads(one, config, arms=config.arms)}",
    }


def spreads(one, config, what="accuracy", arms=(STANDARD, BOOSTED)) -> str:
    return ", ".join(f"{config.names[arm]} {spread(one.of(arm, what))}" for arm in arms)


def spread(values) -> str:
    """Median (lowest-highest)."""
    return f"{median(values):.3f} ({min(values):.3f}-{max(values):.3f})" if values else "-"


def favourites(one, arm) -> str:
    """The class each network names most often, with its share of the answers."""
    return " ".join(f"{kind} ({share:.0%})" for kind, share in (a.favourite for a in one.answers[arm].values()))


def table(tested, config, bench) -> None:
    rows = []
    for forms in tested.values():
        for form, one in forms.items():
            kind, share = most_frequent(one.labels)
            for arm in config.arms:
                ratios = one.ratios(arm)
                rows.append({
                    "images": f"{one.data_name}, {config.forms[form]}", "number": len(one.labels),
                    "network": config.names[arm], "accuracy": spread(one.of(arm, "accuracy")),
                    "class-balanced": spread(one.of(arm, "balanced")),
                    "over standard": spread(ratios) if isinstance(ratios, list) else "-",
                    "most frequent class": f"{kind}: {share:.3f}", "answered most, by seed": favourites(one, arm),
                })  # fmt: skip
    bench.table("accuracy", (
        f"Trained on MNIST for {config.iterations} iterations, tested elsewhere: median (lowest-highest) over seeds; "
        "the share of the most frequent class is what always answering it gets right; class-balanced: the mean over "
        "the classes of the share of each that was named right, by chance .1; over standard: the accuracy over that of "
        "the same seed's standard network"
    ), rounded(rows))  # fmt: skip


def draw(tested, config, bench) -> None:
    panels = [one for forms in tested.values() for one in forms.values()]
    bench.figure("accuracy", accuracy_figure(panels, config), (
        "Accuracy of every network, one dot a seed; hollow: every class counted alike. Dashed: the share of the most "
        "frequent class, what always answering it gets right; dotted: chance where every class counts alike. Strokes: "
        "the published accuracies."
    ))  # fmt: skip
    bench.figure("examples", examples_figure(panels, config), (
        "What the networks see, the first image of every class. Above: the digit; below: the answers of the standard "
        "network and of that with circle features, of the first seed, right ones in green."
    ))  # fmt: skip


def accuracy_figure(panels, config) -> Figure:
    """A panel for each set and form; arms downwards, seeds as dots a little apart."""
    columns = min(4, len(panels))
    lines = -(-len(panels) // columns)
    figure = Figure(figsize=(3 + 2.5 * columns, 0.9 + 3.1 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, sharey=True, squeeze=False).ravel()
    places = dict(zip(config.arms, range(len(config.arms)), strict=True))
    for axes, one in zip(grid, panels, strict=False):
        for (arm, place), colour in zip(places.items(), COLOURS, strict=False):
            for what, face, shift in (("accuracy", colour, -0.12), ("balanced", "none", 0.16)):
                values = one.of(arm, what)
                axes.scatter(values, place + shift + 0.05 * (np.arange(len(values)) % 3 - 1), s=26, facecolors=face,
                             edgecolors=colour, lw=1.1, alpha=0.9, zorder=3)  # fmt: skip
            if one.data_name == "SVHN" and one.form == "as_they_are" and arm in config.published:
                axes.plot([config.published[arm]] * 2, [place - 0.36, place + 0.36], color="k", lw=2.2, zorder=4)
        axes.axvline(most_frequent(one.labels)[1], color="0.4", ls="--", lw=1)
        axes.axvline(1 / len(np.unique(one.labels)), color="0.4", ls=":", lw=1)
        axes.set_title(f"{one.data_name},\n{config.forms[one.form]}", fontsize=10)
        axes.set_yticks(list(places.values()), [config.names[arm] for arm in places], fontsize=9)
        axes.set_ylim(len(places) - 0.5, -0.5)
        axes.set_xlabel("accuracy", fontsize=9)
        axes.tick_params(axis="x", labelsize=8)
        axes.grid(axis="x", color="0.92")
        axes.margins(x=0.08)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure


def examples_figure(panels, config) -> Figure:
    """A line of images for each set and form: digit above, answers of standard and boosted below."""
    lines = [np.unique(one.labels, return_index=True)[1][: config.examples] for one in panels]
    step = panels[0].pixels.shape[2] + 4
    figure = Figure(figsize=(2.4 + 0.9 * max(map(len, lines)), 0.2 + 1.3 * len(panels)), layout="constrained")
    for axes, one, rows in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, lines, strict=True):
        seen = np.pad(one.pixels[rows], ((0, 0), (0, 0), (0, 4)), constant_values=255)
        axes.imshow(np.hstack(seen)[:, :-4], cmap="gray", vmin=0, vmax=255)
        firsts = [next(iter(one.answers[arm].values()), None) for arm in (STANDARD, BOOSTED)]
        for number, row in enumerate(rows):
            middle, below = step * number + (step - 4) / 2, step - 2
            axes.text(middle, -2, str(one.labels[row]), ha="center", va="bottom", fontsize=9)
            for answers, shift in zip(firsts, (-5, 5), strict=True):
                if answers is not None:
                    colour = "#2d7d46" if answers.classes[row] == one.labels[row] else "#c8553d"
                    axes.text(middle + shift, below, str(answers.classes[row]), ha="center", va="top", color=colour)
        axes.set(xticks=[], yticks=[], frame_on=False)
        label = f"{one.data_name},\n{config.forms[one.form]}".replace(", contrast", ",\ncontrast")
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    return figure
