"""The catalogue: name -> what it is, its files, where they come from, and how they are read.

To add a data set: one entry in a file of tdabench/data/sets/. A set whose files never change lists their sha256 and is
refused when one differs; an open collection of images lists the endings it accepts, and the digest of what was found
goes on record. A set that is accepted in several forms lists them best first; the best one that is here is used, and
all but the complete official one carry a note for the rows of what is measured on them.
"""

from tdabench.data.dataset import DataSet
from tdabench.data.sets import labelled_images, medicine, photographs, recommendations, shapes, weights
from tdabench.errors import BadRequest

FAMILIES = (photographs, medicine, shapes, labelled_images, recommendations, weights)
CATALOGUE = {entry.name: entry for family in FAMILIES for entry in family.SETS}


def dataset(name: str) -> DataSet:
    """The catalogue's entry, or BadRequest with the names that exist."""
    if name not in CATALOGUE:
        raise BadRequest(f"there is no data set {name!r}; there are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]
