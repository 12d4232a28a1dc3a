"""Reference records: finished jobs, committed with the code.

reference/paper/NAME: some reproductions take hours. What such a job came to is frozen here (job.json, tables/,
figures/; no raw output), so that the report of every checkout shows it. It is a Recorded, with `reference` True.
reference/quick/NAME.json: what `tdabench check` holds the newest quick run to: measurements, verdicts, provenance.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.judge import judge
from tdabench.data.files import picture, read_json
from tdabench.errors import BadInput, BadRequest
from tdabench.record.job import Recorded, Row
from tdabench.structure import Misfit, if_any, read, write

# An absolute path (of whatever machine ran the job): only its last name is of use to anybody else.
MACHINE_PATH = re.compile(r"(?<![\w.:/~])~?/(?:[^\s/:,;'\"\])]+/)+([^\s/:,;'\"\])]*)")
MEASURED = ("measured", "interval", "controls")  # of a row
VECTOR = re.compile(r"\d+(,\d+)+")  # Betti numbers, a key of runs
SHORT_RUN = 0.01  # share of the filtration range; the rule of the suite asks for a quarter
DIGITS, EXACT = 6, 17  # significant digits of what was measured (the report shows five), and of any other number
QUICK_DIGITS = 9  # of a quick run, whose numbers are held to a millionth
WIDTH = 120  # of a line in a frozen file
FIGURE_BYTES = (400_000, 200_000, 100_000)  # the largest figure; the next one while the folder is too large
FOLDER_BYTES = 1_000_000


@dataclass
class FrozenRow:
    """What a claim came to, and whether it stood out from its controls: of tdabench.record.job.Row."""

    id: str
    verdict: str
    control: str | None


@dataclass(kw_only=True)
class Numbers:
    """What is frozen of a quick run; where a Recorded has fields of these names, they hold the same."""

    name: str
    profile: str
    status: str
    provenance: dict[str, Any]
    """Day, commit, command, seconds and memory of the run, and the environment and software that it ran in."""
    spread: dict[str, Any] | None = if_any()
    """How far other runs of it lay from this one (tdabench.record.compare.variation)."""
    data: dict[str, str]
    config: dict[str, Any]
    rows: list[FrozenRow]
    measurements: dict[str, Any]


def jobs() -> list[Recorded]:
    """Every frozen job, newest first. BadInput names the file that is damaged."""
    folders = [folder for folder in (paths.REFERENCE / "paper").glob("[!.]*") if folder.is_dir()]
    return sorted(map(_read, sorted(folders)), key=lambda job: job.recorded, reverse=True)


def frozen(name: str, profile: str) -> Recorded | Numbers | None:
    """The frozen job of that profile, None when there is none. BadInput names a file that is damaged."""
    if profile == "paper":
        folder = paths.REFERENCE / "paper" / name
        return _read(folder) if folder.is_dir() else None
    place = paths.REFERENCE / profile / f"{name}.json"
    if not place.exists():
        return None
    job = _structured(Numbers, place)
    if (job.name, job.profile) != (name, profile):
        raise _damaged(place, "is of another reproduction")
    return job


def versions(job: Recorded | Numbers) -> dict[str, str]:
    """The versions of packages and of Python under which a frozen job was measured, as far as they were kept."""
    if isinstance(job, Numbers):
        return job.provenance | (job.provenance.get("software") or {})
    return (job.environment or {}) | (job.software or {})


def beside(recorded: list) -> list:
    """The jobs of a record, or their entries, and the frozen ones, newest first; of a job that is in both, the frozen
    copy first."""
    frozen = jobs()
    return sorted(frozen + recorded, key=lambda job: job.recorded, reverse=True) if frozen else recorded


def artefacts(record, job: Recorded | None, kind: str, ending: str) -> list[Path]:
    """Files that a job left, on record or frozen, by name; none when it left none (it failed, or draws nothing)."""
    if not job:
        return []
    try:
        folder = paths.REFERENCE / "paper" / job.name / kind if job.reference else record.artefact(job, kind)
        return sorted(Path(folder).glob(f"*.{ending}"))
    except BadInput as error:
        print(f"tdabench: {job.name}: its {kind} are left out, {error}", file=sys.stderr)
        return []
    except Exception:  # each store of artefacts has an error of its own for a folder that is not there
        return []


def day(job: Recorded) -> str:
    """The date on which a job was recorded (UTC)."""
    return datetime.fromtimestamp(job.recorded, UTC).strftime("%Y-%m-%d")


def published(names: list[str]) -> list[str]:
    """Those reproductions; none named: all that are published. BadRequest for one that is not."""
    registered = [entry.name for entry in pages.reproductions() if not entry.own]
    for name in names:
        if name not in registered:
            raise BadRequest(f"{name}: no published reproduction has this name; there are {', '.join(registered)}.")
    return list(dict.fromkeys(names)) or registered


def choose(recorded: list[Recorded], name: str, profile: str = "paper") -> tuple[Recorded | None, str]:
    """The newest finished job of that profile as it stands in conf/, or None and why there is none.

    recorded: Record.jobs().
    """
    mine = [job for job in recorded if job.name == name and not job.variant]
    runs = [job for job in mine if job.profile == profile]
    for job in runs:
        if job.status == "finished":
            return job, ""
    if runs:
        return None, f"its run of the {profile} profile ended as {runs[0].status!r}: {runs[0].reason}"
    why = f"only a run of the {mine[0].profile} profile is on record" if mine else "not on record"
    return None, f"{why}; tdabench run reproduction={name} profile={profile}"


def freeze_numbers(job: Recorded, variation: dict) -> str:
    """Write what a job came to into reference/PROFILE/NAME.json, and how far other runs of it lay from that
    (tdabench.record.compare.variation). Returns a sentence on what is there now."""
    place = paths.REFERENCE / job.profile / f"{job.name}.json"
    claims = job.config["claims"]
    claimed = {vector for claim in claims for vector in _vectors(claim["published"])}
    measured = _long_runs(job.measurements, claimed)
    spent = {"wall_s": job.wall_s, "peak_rss_mib": job.peak_rss_mib}
    run = {"day": day(job), "commit": job.commit, "command": job.command}
    numbers = Numbers(
        name=job.name,
        profile=job.profile,
        status=job.status,
        provenance=run | spent | job.environment | {"software": job.software or {}},
        spread=portable(variation, 3),
        data=job.data,
        config=portable({key: value for key, value in job.config.items() if key != "claims"}),
        rows=[FrozenRow(row.id, row.verdict, row.control) for row in job.rows],
        measurements=portable(measured, QUICK_DIGITS),
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    paths.write_atomic(place, _lines(write(numbers)) + "\n")
    return f"the job of {day(job)} is in reference/{job.profile}/{job.name}.json now"


def freeze(record, job: Recorded) -> str:
    """Copy a job of the paper profile into reference/paper/NAME, whole or not at all. Returns a sentence on what is
    there now."""
    with paths.write_folder(paths.REFERENCE / "paper" / job.name) as folder:
        for source in artefacts(record, job, "tables", "json"):
            table = portable(read_json(source), DIGITS)
            _place(folder, "tables", source.name).write_text(_lines(table) + "\n", "utf-8")
        figures = artefacts(record, job, "figures", "png")
        for source in figures:
            shutil.copyfile(source, _place(folder, "figures", source.name))
            if (caption := source.with_suffix(".txt")).exists():
                _place(folder, "figures", caption.name).write_text(portable(caption.read_text()), "utf-8")
        files = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*"))
        content = {key: portable(value) for key, value in job.write().items()}
        content |= {"measurements": _measurements(job), "rows": list(map(_row, job.rows)), "files": files}
        (folder / "job.json").write_text(_lines(content) + "\n", "utf-8")
        for limit in FIGURE_BYTES:
            for source in figures:
                _shrink(source, folder / "figures" / source.name, limit)
            size = sum(path.stat().st_size for path in folder.rglob("*.*"))
            if size <= FOLDER_BYTES:
                break
    where = f"reference/paper/{job.name}"
    return f"the job of {day(job)} is in {where} now: job.json and {len(files)} files, {max(1, size // 1000)} KB"


def _read(folder: Path) -> Recorded:
    place = folder / "job.json"
    job = _structured(Recorded, place)
    if lacking := [key for key in ("title", "source") if key not in job.config]:
        raise _damaged(place, f"lacks {' and '.join(lacking)} in its config")
    if job.files is None:
        raise _damaged(place, "lacks files")
    if job.name != folder.name:
        raise _damaged(place, f"is of {job.name!r}, not of the folder's name")
    if other := [row.id for row in job.rows if row.reproduction != job.name]:
        raise _damaged(place, f"has rows of another reproduction ({', '.join(other)})")
    for name in job.files:
        if not (folder / name).is_file():
            raise _damaged(folder / name, "is missing")
    for path in sorted(folder.glob("tables/*.json")):
        table = _parsed(path)
        rows = table.get("rows") if isinstance(table, dict) and "title" in table else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _damaged(path, "is no table: it lacks title or rows")
    return replace(job, run_id=f"reference/paper/{job.name}", reference=True)


def _structured(kind: type, place: Path):
    """The dataclass in a file."""
    try:
        return read(kind, _parsed(place))
    except Misfit as error:
        raise _damaged(place, str(error)) from None


def _parsed(path: Path):
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, f"cannot be read ({error})") from None


def _damaged(path: Path, what: str) -> BadInput:
    place = path.relative_to(paths.REFERENCE).as_posix()
    return BadInput(f"reference/{place} {what}: bring it back with git, freeze the job again, or remove its folder.")


def _place(folder: Path, kind: str, name: str) -> Path:
    (folder / kind).mkdir(exist_ok=True)
    return folder / kind / name


def _row(row: Row) -> dict:
    """A row with what was measured in few digits, and what was published and asked for as it is."""
    return {key: portable(value, DIGITS if key in MEASURED else EXACT) for key, value in write(row).items()}


def _measurements(job: Recorded) -> dict:
    """The measurements in few digits and without the many short runs of Betti vectors that nobody claims; as they are,
    should any verdict need more."""
    claims, measured = job.config["claims"], job.measurements
    claimed = {vector for claim in claims for vector in _vectors(claim["published"])}
    small = portable(_long_runs(measured, claimed), DIGITS)
    same = all(_judged(claim, small) == _judged(claim, measured) for claim in claims)
    return small if same else portable(measured)


def _judged(claim: dict, measurements: dict) -> tuple:
    verdict = judge(claim, measurements)
    return verdict.verdict, [(control.result, control.borne_out) for control in verdict.controls.values()]


def _long_runs(value, claimed: set[str]):
    """Measurements with, of Betti runs, one mapping per seed: those of SHORT_RUN or more, the longest, and those of
    claimed vectors."""
    if isinstance(value, dict):
        return {name: _long_runs(entry, claimed) for name, entry in value.items()}
    if not (isinstance(value, list) and all(isinstance(seed, dict) and seed for seed in value)):
        return value
    if not all(VECTOR.fullmatch(key) for seed in value for key in seed):
        return value
    return [
        {key: run for key, run in seed.items() if run >= min(SHORT_RUN, max(seed.values())) or key in claimed}
        for seed in value
    ]


def _vectors(published) -> Iterator[str]:
    """Every Betti vector in a published value, written as the keys of runs are."""
    if isinstance(published, dict | list):
        if isinstance(published, list) and all(isinstance(entry, int) for entry in published):
            yield ",".join(map(str, published))
        for entry in published.values() if isinstance(published, dict) else published:
            yield from _vectors(entry)


def portable(value, digits: int = EXACT):
    """Floats with that many significant digits (whole ones as they are), texts without the folders of the machine."""
    if isinstance(value, dict):
        return {key: portable(entry, digits) for key, entry in value.items()}
    if isinstance(value, list):
        return [portable(entry, digits) for entry in value]
    if isinstance(value, str):
        return MACHINE_PATH.sub(r"\1", value)
    return float(f"{value:.{digits}g}") if isinstance(value, float) and not value.is_integer() else value


def _lines(value, indent: str = "") -> str:
    """JSON for a reader of differences: what is short on one line, else one entry a line, bare numbers as they fit."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(flat) < WIDTH:
        return flat
    inner, lines = indent + " ", []
    keyed = isinstance(value, dict)
    bare = not any(isinstance(entry, dict | list) for entry in (value.values() if keyed else value))
    for key, entry in value.items() if keyed else enumerate(value):
        text = (f"{json.dumps(key, ensure_ascii=False)}: " if keyed else "") + _lines(entry, inner)
        if bare and lines and len(lines[-1]) + len(text) + 3 < WIDTH:
            lines[-1] += f", {text}"
        else:
            lines.append(inner + text)
    first, last = "{}" if keyed else "[]"
    return f"{first}\n" + ",\n".join(lines) + f"\n{indent}{last}"


def _shrink(source: Path, target: Path, limit: int) -> None:
    """A figure of more than `limit` bytes with 256 colours on white and, while it is still too large, fewer pixels."""
    if target.stat().st_size <= limit:
        return
    from PIL import Image  # imported late: whoever reads needs it not

    with open(source, "rb") as file, picture(file, ("PNG",)) as image:
        figure = image.convert("RGBA")
    page = Image.new("RGB", figure.size, "white")
    page.paste(figure, mask=figure.getchannel("A"))
    for scale in (1, 0.8, 0.64, 0.5, 0.4):
        size = [max(1, round(side * scale)) for side in page.size]
        page.resize(size, Image.Resampling.LANCZOS).quantize(256).save(target, optimize=True)
        if target.stat().st_size <= limit:
            return
