"""Arms of a comparison: networks of one recipe that differ in what the first layer is given, paired by seed.

Paired means: of one seed, all arms have the same weights after the first layer at the start, and the same batches.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from tdabench.networks.checkpoints import Trained
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.time_to_accuracy import Pair, first_reached
from tdabench.networks.training import Job, keep_freed_memory, start, step, train_all


@dataclass(frozen=True)
class Arms:
    """What became of the networks: arm -> one Trained or Diverged for each seed from 0 on, as many as it has."""

    nets: dict[str, list]

    def trained(self, arm: str) -> list[Trained]:
        return [net for net in self.nets[arm] if isinstance(net, Trained)]

    def reached(self, arm: str, level: float, window: int = 1) -> list[int | None]:
        """Iterations to the level by seed, None where it was not reached; one that diverged never reaches it."""
        return [
            first_reached(net.curve, level, window) if isinstance(net, Trained) else None for net in self.nets[arm]
        ]

    def limits(self, arm: str) -> list[int]:
        """Up to where each was trained; one that diverged is taken to have been given no less than the others."""
        longest = max((int(net.iterations[-1]) for net in self.trained(arm)), default=1)
        return [int(net.iterations[-1]) if isinstance(net, Trained) else longest for net in self.nets[arm]]

    def pairs(self, slow: str, fast: str, level: float, window: int = 1) -> list[Pair]:
        """By seed, as many as both arms have."""
        return [
            Pair(*each) for each in zip(
                self.reached(slow, level, window), self.reached(fast, level, window),
                self.limits(slow), self.limits(fast), strict=False,
            )
        ]  # fmt: skip


def recipe_of(recipe: Recipe, arm: dict, seed: int) -> Recipe:
    """The recipe of an arm: its model, and its parameters beside those of the recipe.

    arm: {"model": .., further parameters}, or {} for the recipe as it is. A Gaussian bank, be it of features beside the
    pixel or of the first layer, is another for each seed, so that the spread over seeds holds that of the bank.
    """
    parameters = {key: value for key, value in arm.items() if key != "model"}
    for role in ("features", "first"):
        given = parameters.get(role)
        if given and given["name"] == "gaussian":
            parameters[role] = {**given, "seed": seed}
    return replace(recipe, model=arm.get("model", recipe.model), parameters={**recipe.parameters, **parameters})


def train_arms(images: Images, recipe: Recipe, arms: dict, plan: dict, store, threads: int, report) -> Arms:
    """Train all arms; plan: arm -> iterations of each seed, 0, 1, 2, ... All arms of a seed come before the next."""
    asked = [
        (arm, Job(recipe_of(recipe, arms[arm], seed), seed, plan[arm][seed], arm))
        for seed in range(max(map(len, plan.values()))) for arm in arms if seed < len(plan[arm])
    ]  # fmt: skip
    found = train_all(images, [job for _, job in asked], store, threads, report)
    return Arms({name: [net for (arm, _), net in zip(asked, found, strict=True) if arm == name] for name in arms})


def milliseconds(images: Images, recipe: Recipe, arms: dict, rounds: int, steps: int = 10) -> dict[str, list[float]]:
    """Wall time of an iteration by arm, on one thread, one number a round; arms take turns in an order that moves on.

    Only the step is timed: forward, backward and the optimiser, on a batch that lies ready.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        ready = {arm: _stepper(images, recipe_of(recipe, given, 0)) for arm, given in arms.items()}
        for step in ready.values():
            step()
        found, names = {arm: [] for arm in arms}, list(arms)
        for turn in range(rounds):
            for arm in names[turn % len(names) :] + names[: turn % len(names)]:
                began = time.perf_counter()
                for _ in range(steps):
                    ready[arm]()
                found[arm].append(1000 * (time.perf_counter() - began) / steps)
        return found
    finally:
        torch.set_num_threads(before)


def _stepper(images: Images, recipe: Recipe):
    network, optimiser = start(recipe, 0)
    seen = images.tensor(images.train_x[: recipe.batch], recipe.input).to(recipe.device)
    wanted = torch.from_numpy(images.train_y[: recipe.batch].astype(np.int64)).to(recipe.device)
    return lambda: step(network, optimiser, seen, wanted, recipe)
