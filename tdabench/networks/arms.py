"""Arms of a comparison: networks of one recipe that differ in what their first layer is given, paired by seed.

For one seed, all arms start from the same weights after the first layer, and see the same batches.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from tdabench.networks.checkpoints import Trained
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.time_to_accuracy import Pair, first_reached
from tdabench.networks.training import Training, keep_freed_memory, start, step, train_all


@dataclass(frozen=True)
class Arms:
    """The networks of a comparison.

    Parameters
    ----------
    nets
        Arm -> Trained or Diverged, one for each seed 0, 1, 2, ...; arms may have different numbers of seeds.
    """

    nets: dict[str, list]

    def trained(self, arm: str) -> list[Trained]:
        """The networks of an arm that did not diverge."""
        return [net for net in self.nets[arm] if isinstance(net, Trained)]

    def reached(self, arm: str, level: float, window: int = 1) -> list[int | None]:
        """Iterations to an accuracy, by seed; None where it was not reached, as by a network that diverged."""
        return [
            first_reached(net.curve, level, window) if isinstance(net, Trained) else None for net in self.nets[arm]
        ]

    def limits(self, arm: str) -> list[int]:
        """Iterations that each network was trained for. One that diverged counts as the longest of its arm."""
        longest = max((int(net.iterations[-1]) for net in self.trained(arm)), default=1)
        return [int(net.iterations[-1]) if isinstance(net, Trained) else longest for net in self.nets[arm]]

    def pairs(self, slow: str, fast: str, level: float, window: int = 1) -> list[Pair]:
        """Two arms side by side, one Pair for each seed that both have."""
        return [
            Pair(*each) for each in zip(
                self.reached(slow, level, window), self.reached(fast, level, window),
                self.limits(slow), self.limits(fast), strict=False,
            )
        ]  # fmt: skip


def recipe_of(recipe: Recipe, arm: dict, seed: int) -> Recipe:
    """The recipe of an arm.

    A Gaussian bank, of features beside the pixel or of a fixed first layer, is drawn anew for each seed. So the
    variation over seeds includes the variation over banks.

    Parameters
    ----------
    recipe
        Recipe of the comparison.
    arm
        {"model": name, further parameters}; {} leaves the recipe as it is.
    seed
        Seed of the network.
    """
    parameters = {key: value for key, value in arm.items() if key != "model"}
    for role in ("features", "first"):
        bank = parameters.get(role)
        if bank and bank["name"] == "gaussian":
            parameters[role] = {**bank, "seed": seed}
    return replace(recipe, model=arm.get("model", recipe.model), parameters={**recipe.parameters, **parameters})


def train_arms(images: Images, recipe: Recipe, arms: dict, plan: dict, store, threads: int, report) -> Arms:
    """Train all arms; all networks of one seed come before those of the next.

    Parameters
    ----------
    images, store, threads, report
        See `training.train_all`.
    recipe
        Recipe of the comparison.
    arms
        Arm -> its difference from the recipe, see `recipe_of`.
    plan
        Arm -> iterations of each seed 0, 1, 2, ...
    """
    trainings = [
        (arm, Training(recipe_of(recipe, arms[arm], seed), seed, plan[arm][seed], arm))
        for seed in range(max(map(len, plan.values()))) for arm in arms if seed < len(plan[arm])
    ]  # fmt: skip
    networks = train_all(images, [training for _, training in trainings], store, threads, report)
    return Arms({
        name: [net for (arm, _), net in zip(trainings, networks, strict=True) if arm == name] for name in arms
    })  # fmt: skip


def milliseconds(images: Images, recipe: Recipe, arms: dict, rounds: int, steps: int = 10) -> dict[str, list[float]]:
    """Wall time of one iteration by arm, on one thread, in milliseconds: one number a round.

    The arms take turns, and another arm begins each round. Only the step is timed (forward, backward, optimiser), on a
    batch prepared beforehand.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        steppers = {name: _stepper(images, recipe_of(recipe, arm, 0)) for name, arm in arms.items()}
        for stepper in steppers.values():
            stepper()
        times, names = {arm: [] for arm in arms}, list(arms)
        for turn in range(rounds):
            for arm in names[turn % len(names) :] + names[: turn % len(names)]:
                began = time.perf_counter()
                for _ in range(steps):
                    steppers[arm]()
                times[arm].append(1000 * (time.perf_counter() - began) / steps)
        return times
    finally:
        torch.set_num_threads(threads)


def _stepper(images: Images, recipe: Recipe):
    network, optimiser = start(recipe, 0)
    batch = images.tensor(images.train_x[: recipe.batch], recipe.input).to(recipe.device)
    labels = torch.from_numpy(images.train_y[: recipe.batch].astype(np.int64)).to(recipe.device)
    return lambda: step(network, optimiser, batch, labels, recipe)
