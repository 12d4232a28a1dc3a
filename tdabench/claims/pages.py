"""What is registered: every conf/reproduction/NAME.yaml, found without a list; conf/order.yaml says in which order."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

from tdabench import paths
from tdabench.claims import tolerance as within
from tdabench.claims.judge import check_claim
from tdabench.errors import BadRequest

REFERENCE = re.compile(r"\$\{([\w.]+)\}")  # to a key of the page as a whole


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads numbers as OmegaConf does, ten times faster: every command reads all pages."""

    yaml_implicit_resolvers = get_yaml_loader().yaml_implicit_resolvers


@dataclass(frozen=True)
class Reproduction:
    """One page of conf/reproduction, as it stands in the file.

    needs: data sets that it cannot do without; uses: data sets that it measures less without; own: the user brings the
    data, so nothing is claimed; required: key -> example of what the user must give; core: of `run --core`; alone: no
    other job runs beside it, since it measures time or takes all cores; trains: networks, which are stored and not
    trained again, so that its time depends on what is stored.
    """

    name: str
    title: str
    source: str
    claims: tuple[dict, ...]
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    own: bool
    required: dict[str, str]
    core: bool = False
    alone: bool = False
    trains: bool = False
    files: tuple[str, ...] = ()  # keys that name files of the user's
    bands: tuple[dict, ...] = ()  # what may differ from run to run: tdabench.claims.tolerance


def reproductions() -> list[Reproduction]:
    """All reproductions, in the order in which the report shows them."""
    pages = [_page(path) for path in (paths.CONF / "reproduction").glob("*.yaml")]
    file = paths.CONF / "order.yaml"
    listed = {name: place for place, name in enumerate(_yaml(file) if file.exists() else ())}
    return sorted(pages, key=lambda entry: (entry.own, listed.get(entry.name, len(listed)), entry.name))


def bands(name: str) -> tuple[dict, ...]:
    """The bands of one reproduction's page; none when it is registered no more."""
    path = paths.CONF / "reproduction" / f"{name}.yaml"
    return _page(path).bands if path.exists() else ()


def configuration(name: str, profile: str) -> dict:
    """The resolved configuration of a page as it stands in conf/."""
    from hydra import compose, initialize_config_dir  # imported late: most commands compose none, or let Hydra do it
    from hydra.core.global_hydra import GlobalHydra

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        config = compose("config", overrides=[f"reproduction={name}", f"profile={profile}"])
    return OmegaConf.to_container(config, resolve=True)


def _page(path: Path) -> Reproduction:
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Reproduction:
    """One page; changed: when it was (nanoseconds), so that an edited one is read again."""
    where = f"conf/reproduction/{path.name}"
    page = _yaml(path)
    for key in ("name", "title", "source", "claims"):
        if not (isinstance(page, dict) and page.get(key)):
            raise BadRequest(f"{where}: lacks {key}.")
    if page["name"] != path.stem:
        raise BadRequest(f"{where}: its name is {page['name']!r}, not the file's.")
    shared = _taken(page) | page
    claims = tuple({key: _referred(value, shared) for key, value in claim.items()} for claim in page["claims"])
    for claim in claims:
        check_claim(claim, str(where))
    listed = tuple(page.get("bands") or ())
    for entry in listed:
        within.read(entry, where)
    data, required = page.get("data") or {}, page.get("required")
    schedule = page.get("schedule") or {}
    if isinstance(required, str):  # it depends on other keys of the page
        required = OmegaConf.create(page).required
    return Reproduction(
        page["name"],
        page["title"],
        page["source"],
        claims,
        tuple(data.get("needs") or ()),
        tuple(data.get("uses") or ()),
        bool(page.get("own", False)),
        dict(required or {}),
        bool(schedule.get("core", False)),
        bool(schedule.get("alone", False)),
        bool(schedule.get("trains", False)),
        tuple(key for entry in data.get("files") or () for key in REFERENCE.findall(str(entry))),
        listed,
    )


def _taken(page: dict) -> dict:
    """What the defaults of a page put beside its own keys: `/rule@_global_: betti` all of conf/rule/betti.yaml."""
    defaults = [entry for entry in page.get("defaults") or () if isinstance(entry, dict)]
    named = [(group, name) for entry in defaults for group, name in entry.items() if group.endswith("@_global_")]
    taken: dict = {}
    for group, name in named:
        taken |= _yaml(paths.CONF / group.removesuffix("@_global_").strip("/") / f"{name}.yaml")
    return taken


def _referred(value, shared: dict):
    """The value of a claim, or that of the key which it refers to."""
    reference = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return shared.get(reference[1], value) if reference else value


def _yaml(path: Path):
    try:
        return yaml.load(path.read_text("utf-8"), Loader)
    except Exception as error:  # of the yaml parser, of OmegaConf, of the disc
        where = f"conf/{path.relative_to(paths.CONF).as_posix()}"
        raise BadRequest(f"{where}: cannot be read ({' '.join(str(error).split())}).") from None
