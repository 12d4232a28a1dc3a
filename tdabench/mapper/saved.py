"""A Mapper graph with the table it was made from, as one .npz: what a run keeps and the explorer opens."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from tdabench.data.files import read_npz
from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph
from tdabench.processes.memory import ran_out

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
    prefix: ClassVar[str] = PREFIX  # of the names under which it is kept

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
        found = read_npz(path)
        told = json.loads(str(found["told"]))
        indptr, indices, points = found["indptr"], found["indices"], int(found["points"])
        shape = len(indptr) - 1, points
        membership = csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=shape)
        membership.check_format(full_check=True)
        levels = sorted((name for name in found if name.startswith("simplices.")), key=lambda n: int(n[10:]))
        simplices = tuple(found[name] for name in levels)
        for dimension, rows in enumerate(simplices):
            if rows.shape[1:] != (dimension + 1,) or len(rows) and not 0 <= rows.min() <= rows.max() < shape[0]:
                raise ValueError("a simplex of nodes that are not there")
        columns = {name: found[f"column.{number}"] for number, name in enumerate(told["columns"])}
        if any(values.shape != (points,) for values in columns.values()):
            raise ValueError("a column that has not one value per point")
        graph = MapperGraph(membership, found["cubes"], simplices, tuple(told["notes"]))
        return KeptMapper(told["title"], graph, columns, told["parameters"], told["colour"], found.get("thumbnails"))
    except Exception as error:  # of NumPy, of json: the file is of another kind
        if ran_out(error):
            raise
        raise BadInput(f"{path}: not a Mapper graph that a run kept ({error}).") from None
