"""The networks to train, by their names in a recipe."""

import torch
from torch import nn

from tdabench.errors import BadInput
from tdabench.networks.nets.boosted import Boosted, FixedFirstLayer
from tdabench.networks.nets.convolutional import Convolutional
from tdabench.networks.nets.deck import Deck
from tdabench.networks.nets.klein import TopologicalNetwork

MODELS = {
    "convolutional": Convolutional,
    "deck": Deck,
    "boosted": Boosted,
    "given_first_layer": FixedFirstLayer,
    "topological": TopologicalNetwork,
}


def build(name: str, seed: int, **parameters) -> nn.Module:
    """A freshly initialised network, the same for the same seed.

    Parameters
    ----------
    name
        A key of MODELS.
    seed
        Seed of the initial weights.
    **parameters
        Parameters of the model.
    """
    if name not in MODELS:
        raise BadInput(f"network: one of {', '.join(MODELS)} is needed, not {name!r}.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name](**parameters).to(memory_format=torch.channels_last)


def parameter_count(network: nn.Module) -> list[int]:
    """Number of parameters of each layer that has any, in order."""
    return [sum(p.numel() for p in layer.parameters(recurse=False)) for layer in network.modules()
            if any(True for _ in layer.parameters(recurse=False))]  # fmt: skip
