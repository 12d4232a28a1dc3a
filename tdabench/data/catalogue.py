"""The catalogue: name -> data set, with its files, where they come from, and how they are read.

To add a data set, write one entry in a file of tdabench/data/sets/. A set whose files never change lists their sha256;
a file that differs is refused. An open collection of images lists the endings it accepts, and the digest of its files
is recorded. A set that is accepted in several forms lists them best first, and the best one on this machine is used.
Every form but the complete official one has a note, which every measurement on it carries.
"""

from tdabench.data.dataset import DataSet
from tdabench.data.sets import labelled_images, medicine, photographs, recommendations, shapes, weights
from tdabench.errors import BadRequest

FAMILIES = (photographs, medicine, shapes, labelled_images, recommendations, weights)
CATALOGUE = {entry.name: entry for family in FAMILIES for entry in family.SETS}


def dataset(name: str) -> DataSet:
    """The data set of that name; BadRequest with the names that exist."""
    if name not in CATALOGUE:
        raise BadRequest(f"there is no data set {name!r}; there are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]
