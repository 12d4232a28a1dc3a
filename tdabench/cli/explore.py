"""The interactive Mapper page of a recorded run, or of your own table."""

import argparse
import shlex
import sys
from pathlib import Path

import numpy as np
from sklearn.preprocessing import StandardScaler

from tdabench import paths
from tdabench.claims import pages
from tdabench.data.files import read_npy
from tdabench.data.tables import read_table
from tdabench.errors import BadInput, BadRequest, DataMissing
from tdabench.explorer.exploration import Exploration
from tdabench.explorer.page import write_page
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.features import graph_eccentricity
from tdabench.mapper.lens import lens_values
from tdabench.mapper.saved import PREFIX, read_kept
from tdabench.mapper.stability import stability_map, suggest
from tdabench.processes.memory import share_of_machine
from tdabench.record.runs import Record

LARGEST_FIBRE = 20_000  # points; linkage of one fibre takes 8 bytes for each pair of them: 1.5 GiB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("what", help="a reproduction with a recorded graph, or a .csv, .tsv, .parquet, .npy or .npz")
    parser.add_argument("graph", nargs="?", help="which of the run's graphs, when there are several")
    parser.add_argument("--output", type=Path, help="the page; else explore/NAME.html in the checkout")
    parser.add_argument("--colour", help="the column to show first")
    table = parser.add_argument_group("for a table of your own")
    table.add_argument("--columns", help="comma-separated columns of numbers to compare rows by; else all")
    table.add_argument("--raw", action="store_true", help="do not standardise the columns")
    table.add_argument(
        "--lens", default="pca:2", help="comma-separated: pca:N, svd:N, umap, eccentricity, ..., or columns (pca:2)"
    )
    table.add_argument("--intervals", type=int, default=10, help="per dimension of the lens (10)")
    table.add_argument("--overlap", type=float, default=0.5, help="0 to below 1 (0.5)")
    table.add_argument("--geometry", default="published", help="of the cover: published, balanced, kmapper, gudhi")
    table.add_argument("--linkage", default="single", help="single, complete, average, ... (single)")
    table.add_argument("--cut", default="first_gap", help="first_gap, histogram, biggest_gap, or a height (first_gap)")
    table.add_argument("--stability", action="store_true", help="also print what other parameters show")
    table.add_argument("--thumbnails", type=Path, help=".npy of uint8 pictures, (rows, height, width)")


def run(arguments) -> int:
    """In the memory of a job, since it may be a table of any size."""
    with share_of_machine(arguments.what):
        page = _write(arguments)
    print(f"wrote {page}", file=sys.stderr)
    return 0


def _write(arguments) -> Path:
    command = shlex.join(["tdabench", "explore", *arguments.words])
    if Path(arguments.what).suffix or Path(arguments.what).exists():
        if arguments.graph:
            raise BadRequest(f"explore: a table has no graph named {arguments.graph!r}; options begin with --.")
        name, exploration = Path(arguments.what).stem, of_table(arguments, command)
    else:
        name, exploration = arguments.what, of_run(arguments, command)
    if arguments.colour and arguments.colour not in exploration.columns:
        names = ", ".join(exploration.columns)
        raise BadRequest(f"--colour: there is no column {arguments.colour!r}; there are: {names}.")
    exploration.colour = arguments.colour or exploration.colour
    page = arguments.output or paths.PAGES / f"{name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    return write_page(exploration, page)


def of_run(arguments, command: str) -> Exploration:
    """The newest recorded graph of a reproduction."""
    names = [entry.name for entry in pages.reproductions()]
    if arguments.what not in names:
        raise BadRequest(f"explore: no file and no reproduction {arguments.what!r}; reproductions: {', '.join(names)}.")
    record = Record()
    for job in record.entries():
        if job.name != arguments.what:
            continue
        try:
            files = sorted(Path(record.artefact(job, "raw")).glob(f"{PREFIX}*.npz"))
        except Exception:  # each store of artefacts has an error of its own for a folder that is not there
            continue
        graphs = {path.stem.removeprefix(PREFIX): path for path in files}
        if not graphs:
            continue
        chosen = arguments.graph or next(iter(graphs))
        if chosen not in graphs:
            raise BadRequest(f"explore: {arguments.what} has no graph {chosen!r}; it has: {', '.join(graphs)}.")
        saved = read_kept(graphs[chosen])
        others = f"This run has the graphs {', '.join(graphs)}; this is {chosen}." if len(graphs) > 1 else ""
        note = "; ".join(filter(None, [*saved.graph.notes, others]))
        parameters = saved.parameters | {"run": job.command, "profile": job.profile}
        return Exploration(
            saved.title, saved.graph, saved.columns, parameters, command, saved.colour, saved.thumbnails, note
        )
    raise DataMissing(
        f"explore: no recorded run of {arguments.what} kept a Mapper graph; if it makes one, it does after "
        f"`tdabench run reproduction={arguments.what}`."
    )


def of_table(arguments, command: str) -> Exploration:
    """Mapper of a user's table."""
    table = read_table(arguments.what)
    names = arguments.columns.split(",") if arguments.columns else table.numeric
    points = table.matrix(names)
    if len(points) < 2:
        raise BadInput(f"{arguments.what}: a Mapper graph needs at least two rows; it has {len(points)}.")
    if not arguments.raw:
        points = StandardScaler().fit_transform(points)
    lens = np.column_stack([_lens(word, table, points) for word in arguments.lens.split(",")])
    cover = Cover(arguments.intervals, arguments.overlap, geometry=arguments.geometry)
    fibres = cover.intervals_over(lens).fibres(lens)
    largest = int(np.diff(fibres.starts).max())
    if largest > LARGEST_FIBRE:
        raise BadInput(
            f"{arguments.what}: {largest} rows lie over one element of the cover, and linkage would need "
            f"{8 * largest * (largest - 1) / 2 / 2**30:.1f} GiB for their distances; take more --intervals, a smaller "
            f"--overlap, --geometry balanced, or a sample of the rows."
        )
    try:
        height = float(arguments.cut)
        clusterer = CutLinkage(method=arguments.linkage, cut="height", height=height)
    except ValueError:
        clusterer = CutLinkage(method=arguments.linkage, cut=arguments.cut, relative_to="diameter")
    graph = mapper_graph(points, lens, cover, clusterer)
    if arguments.stability:
        _print_stability(points, lens, arguments, clusterer)
    columns = dict(table.columns) | {_free(f"lens {k + 1}", table.columns): lens[:, k] for k in range(lens.shape[1])}
    parameters = {
        "table": Path(arguments.what).name,
        "compared by": f"{', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}",
        "standardised": "no" if arguments.raw else "yes",
        "lens": arguments.lens,
        "cover": f"{arguments.intervals} intervals, overlap {arguments.overlap:g}, geometry {arguments.geometry}",
        "clustering": f"{arguments.linkage} linkage, cut {arguments.cut}",
    }
    title, first, notes = Path(arguments.what).stem, _free("lens 1", table.columns), "; ".join(graph.notes)
    return Exploration(title, graph, columns, parameters, command, first, _pictures(arguments.thumbnails), notes)


def _lens(word: str, table, points) -> np.ndarray:
    """One part of --lens: a column of the table, or a lens by name, with its number of components after a colon."""
    if word in table.columns:
        return table.matrix([word])
    name, _, number = word.partition(":")
    if number and not number.isdigit():
        raise BadRequest(f"--lens: a whole number is needed after the colon in {word!r}.")
    return lens_values({"name": name} | ({"components": min(int(number), points.shape[1])} if number else {}), points)


def _print_stability(points, lens, arguments, clusterer) -> None:
    """Betti numbers and flares around the parameters asked for, and those that Carriere, Michel and Oudot suggest."""
    def build(intervals, overlap, _cut):
        graph = mapper_graph(points, lens, Cover(intervals, overlap, geometry=arguments.geometry), clusterer)
        return graph, graph_eccentricity(graph)

    steps = sorted({max(1, round(arguments.intervals * factor)) for factor in (0.5, 0.75, 1, 1.5, 2)})
    overlaps = sorted({arguments.overlap, 0.3, 0.5, 0.7})
    chosen = (arguments.intervals, arguments.overlap, arguments.cut)
    rows = stability_map(build, steps, overlaps, [arguments.cut], published=chosen)
    print(f"{'intervals':>9} {'overlap':>8} {'nodes':>6} {'b0':>5} {'b1':>5} {'flares':>7}")
    for row in rows:
        mark = "  <- asked for" if row["published"] else ""
        numbers = f"{row['nodes']:>6} {row['b0']:>5} {row['b1']:>5} {row['flares']:>7}"
        print(f"{row['intervals']:>9} {row['overlap']:>8g} {numbers}{mark}")
    print(suggest(points, lens, seed=0).reason)


def _free(name: str, taken) -> str:
    while name in taken:
        name += " (Mapper)"
    return name


def _pictures(path: Path | None) -> np.ndarray | None:
    return None if path is None else read_npy(path)
