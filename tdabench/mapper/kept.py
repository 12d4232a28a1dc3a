"""A Mapper graph with the table it was made from, as one .npz: what a run keeps and the explorer opens."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph

PREFIX = "mapper."


@dataclass(frozen=True)
class KeptMapper:
    """columns: name -> (points,), numbers or texts; parameters: name -> text; colour: the column to show first;
    thumbnails: uint8 (points, height, width) or None."""

    title: str
    graph: MapperGraph
    columns: dict[str, np.ndarray]
    parameters: dict[str, str] = field(default_factory=dict)
    colour: str | None = None
    thumbnails: np.ndarray | None = None

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays without pickled objects, for np.savez."""
        told = {"title": self.title, "parameters": self.parameters, "colour": self.colour,
                "columns": list(self.columns), "notes": list(self.graph.notes)}  # fmt: skip
        arrays = {
            "told": np.array(json.dumps(told)),
            "indices": self.graph.membership.indices,
            "indptr": self.graph.membership.indptr,
            "points": np.array(self.graph.points),
            "cubes": self.graph.cubes,
        }
        arrays |= {f"simplices.{k}": rows for k, rows in enumerate(self.graph.simplices)}
        for number, values in enumerate(self.columns.values()):
            values = np.asarray(values)
            arrays[f"column.{number}"] = values if values.dtype.kind in "biuf" else values.astype(str)
        return arrays | ({} if self.thumbnails is None else {"thumbnails": self.thumbnails})


def read_kept(path: Path) -> KeptMapper:
    """What `arrays` gave, from the .npz it was saved in."""
    try:
        with np.load(path, allow_pickle=False) as found:
            told = json.loads(str(found["told"]))
            indptr, indices, points = found["indptr"], found["indices"], int(found["points"])
            shape = len(indptr) - 1, points
            membership = csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=shape)
            levels = sorted((name for name in found.files if name.startswith("simplices.")), key=lambda n: int(n[10:]))
            simplices = tuple(found[name] for name in levels)
            columns = {name: found[f"column.{number}"] for number, name in enumerate(told["columns"])}
            graph = MapperGraph(membership, found["cubes"], simplices, tuple(told["notes"]))
            thumbnails = found["thumbnails"] if "thumbnails" in found.files else None
    except Exception as error:  # of zip, of NumPy, of json: the file is damaged or of another kind
        raise BadInput(f"{path}: not a Mapper graph that a run kept ({error!r}).") from None
    return KeptMapper(told["title"], graph, columns, told["parameters"], told["colour"], thumbnails)
