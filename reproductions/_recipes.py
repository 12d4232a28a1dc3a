"""The recipe of a training, from a page that describes recipe and network by `_target_`.

Stored networks are found by a digest of the network's name and parameters, not of its class: a class may move.
"""

from dataclasses import replace
from functools import partial

from tdabench.errors import BadInput
from tdabench.jobs.parts import built
from tdabench.networks.filter_banks import BANKS
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


def page_arm(section) -> dict:
    """An arm as `tdabench.networks.arms` takes it: the name of its network, its parameters, and its filters by the name
    of their bank; empty for the recipe as it is.

    Parameters
    ----------
    section : DictConfig
        A class of `tdabench.networks.nets` as `_target_`, with `_partial_: true`, its parameters, and, for filters, a
        function of `tdabench.networks.filter_banks` in the same way; or nothing.

    Raises
    ------
    BadInput
        When a target has no name in MODELS or BANKS.
    """
    if not section:
        return {}
    model = built(section)
    return {"model": name_of(model)} | {
        role: {"name": bank_of(value), **value.keywords} if isinstance(value, partial) else value
        for role, value in model.keywords.items()
    }


def bank_of(filters: partial) -> str:
    """The name by which a recipe calls the function of built `filters`; BadInput where it has none."""
    names = [name for name, bank in BANKS.items() if filters.func is bank]
    if not names:
        raise BadInput(f"filters: one of {', '.join(BANKS)} of tdabench.networks.filter_banks is needed.")
    return names[0]


def name_of(model) -> str:
    """The name by which a recipe calls the class of a built `model`; BadInput where it has none."""
    names = [name for name, network in MODELS.items() if isinstance(model, partial) and model.func is network]
    if not names:
        known = ", ".join(network.__name__ for network in MODELS.values())
        raise BadInput(f"model: one of {known} of tdabench.networks.nets, with _partial_: true, is needed.")
    return names[0]
