"""Parts of a measurement that a page describes by `_target_`, as Hydra does: lens, cover, clusterer, network.

A page may name what the mathematics of this suite, the reproductions and scikit-learn's estimators offer, and no more:
a configuration that somebody else wrote cannot run other code.
"""

import inspect

from omegaconf import OmegaConf

from tdabench.claims.targets import TARGET, targets
from tdabench.errors import BadInput, BadRequest, TdabenchError
from tdabench.validation import quoted

OURS = tuple(f"tdabench.{room}" for room in ("topology", "patches", "mapper", "networks", "embedding"))
ALLOWED = (*OURS, "reproductions", "sklearn")


def check_targets(config: dict) -> None:
    """BadRequest for a `_target_` anywhere in a configuration that names nothing a page may use."""
    for key, target in targets(config):
        if not isinstance(target, str) or not _is_within(target, ALLOWED):
            raise BadRequest(f"{key}: something of {', '.join(ALLOWED)} is needed, not {quoted(target)}.")


def built(section, /, *arguments, **parameters):
    """What a section of a configuration describes.

    Parameters
    ----------
    section : DictConfig
        `_target_`, a dotted name, and its parameters; with `_partial_: true` a function that waits for the rest.
    *arguments, **parameters
        Further ones; a parameter takes the place of the section's.

    Raises
    ------
    BadInput
        When the target is not one that a page may name, or does not take these parameters.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    settings = OmegaConf.to_container(section, resolve=True) if OmegaConf.is_config(section) else section
    for key, target in [(TARGET, settings.get(TARGET)), *targets(settings)]:
        _permitted(key, target)
    try:
        return instantiate(settings, *arguments, _convert_="all", **parameters)
    except InstantiationException as error:
        if isinstance(error.__cause__, TdabenchError):
            raise error.__cause__ from None
        raise BadInput(f"{settings[TARGET]}: {error.__cause__ or error}.") from None


def parameters_of(section) -> dict:
    """The parameters of a section, as a reader of a page or a picture sees them: without its `_target_`."""
    return {key: value for key, value in section.items() if key not in (TARGET, "_partial_")}


def _permitted(key: str, target) -> None:
    """BadInput for a target that is not what it seems, such as another library that a module of ours imports."""
    from hydra.utils import get_object
    from sklearn.base import BaseEstimator  # imported late: the command line needs it not

    said = f"{key}: a class or function of {', '.join(ALLOWED)} is needed, not {quoted(target)}."
    if not isinstance(target, str) or not _is_within(target, ALLOWED):
        raise BadInput(said)
    try:
        found = get_object(target)
    except Exception:  # of an import, or of a name that is not there
        raise BadInput(f"{key}: there is no {target}.") from None
    home = getattr(found, "__module__", None) or ""
    estimator = inspect.isclass(found) and issubclass(found, BaseEstimator)
    if not (callable(found) and _is_within(home, ALLOWED) and (estimator or not _is_within(home, ("sklearn",)))):
        raise BadInput(said)


def _is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
