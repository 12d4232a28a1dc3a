"""The recipe of a training, from a page that describes recipe and network by `_target_`.

Stored networks are found by a digest of the network's name and parameters, not of its class: a class may move.
"""

from dataclasses import replace
from functools import partial

from tdabench.errors import BadInput
from tdabench.jobs.parts import built
from tdabench.networks.nets import MODELS
from tdabench.networks.recipe import Recipe


def page_recipe(section, **settings) -> Recipe:
    """The recipe that a section describes.

    Parameters
    ----------
    section : DictConfig
        `_target_` and the fields of a Recipe; in place of its `model` and `parameters`, a `model` that is a class of
        `tdabench.networks.nets` with `_partial_: true` and its parameters.
    **settings
        Further fields; those of `model` join the section's.

    Raises
    ------
    BadInput
        When the section describes no recipe, or its model is no network of MODELS.
    """
    made = built(section, **settings)
    if not isinstance(made, Recipe):
        raise BadInput(f"recipe: a tdabench.networks.recipe.Recipe is needed, not a {type(made).__name__}.")
    name = name_of(made.model)
    return replace(made, model=name, parameters=made.parameters | made.model.keywords)


def name_of(model) -> str:
    """The name by which a recipe calls the class of a built `model`; BadInput where it has none."""
    names = [name for name, network in MODELS.items() if isinstance(model, partial) and model.func is network]
    if not names:
        known = ", ".join(network.__name__ for network in MODELS.values())
        raise BadInput(f"model: one of {known} of tdabench.networks.nets, with _partial_: true, is needed.")
    return names[0]
