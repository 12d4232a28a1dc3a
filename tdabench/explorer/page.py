"""The page as one file: the template, the style and the scripts of this folder around the data."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from tdabench import paths
from tdabench.csp import content_security_policy
from tdabench.explorer.embed import as_json
from tdabench.explorer.exploration import Exploration

SCRIPTS = ("data.js", "statistics.js", "view.js", "selection.js", "panels.js", "search.js", "gestures.js", "page.js")


def write_page(exploration: Exploration, path) -> Path:
    """Write the page atomically and return its path; BadInput when the exploration cannot be drawn."""
    exploration.check()
    source = files(__package__)
    style, script = _read(source, "page.css"), "\n".join(_read(source, name) for name in SCRIPTS)
    template = Environment(autoescape=True, keep_trailing_newline=True).from_string(_read(source, "page.html"))
    content = template.render(
        # A lone surrogate, which no file can hold, becomes a question mark.
        title=str(exploration.title).encode(errors="replace").decode(),
        policy=Markup(content_security_policy([script], [style], images="data: blob:")),
        style=Markup(style),
        script=Markup(script),
        data=Markup(as_json(exploration)),
    )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    paths.write_atomic(path, content)
    return path


def _read(source, name: str) -> str:
    return source.joinpath(name).read_text(encoding="utf-8")
