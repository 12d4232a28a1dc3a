"""All of M: millions of patches from thousands of photographs, in bounded memory (Carlsson et al., IJCV 76, 2008).

The published set is 4,167 photographs x 5,000 patches, of each the 20 % of highest contrast; the published analyses are
of one random subset of 50,000. Here the photographs are read one at a time, the patches lie in one file of float32, and
any of the disjoint random subsets is read from it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdabench.errors import BadInput
from tdabench.patches.basis import to_sphere
from tdabench.patches.extract import highest_contrast, random_patches
from tdabench.validation import as_integer


@dataclass(frozen=True)
class Collection:
    """file: a .npy of (n, 8) float32, unit rows in DCT coordinates, image after image; seed: of the subsets."""

    file: Path
    seed: int = 0

    def points(self) -> np.ndarray:
        """All of it, (n, 8) float32, on the disk."""
        return np.load(self.file, mmap_mode="r", allow_pickle=False)

    def subset(self, number: int, size: int) -> np.ndarray:
        """One of the disjoint random subsets: (size, 8), float64."""
        points = self.points()
        most = len(points) // as_integer(size, "size", 1)
        as_integer(number, "number of the subset", 0, most - 1)
        order = np.random.default_rng(self.seed).permutation(len(points))
        return points[np.sort(order[number * size : (number + 1) * size])].astype(np.float64)


def collect(images: Iterable[np.ndarray], count: int, total: int, file: Path, percent: float = 20, seed: int = 0,
            progress=lambda text: None) -> Collection:  # fmt: skip
    """Write `total` patches: of each of `count` prepared images (log intensity) an equal number is drawn at random, and
    the share of highest contrast kept.

    What images were too small to give is missing: the collection is smaller then. The file appears whole or not at all.
    """
    total, count = as_integer(total, "total", 1), as_integer(count, "count", 1)
    each = int(np.ceil(np.ceil(total / count) * 100 / percent))
    random, kept, partial = np.random.default_rng(seed), 0, file.with_suffix(f".partial-{os.getpid()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        room = np.lib.format.open_memmap(partial, "w+", np.float32, (total, 8))
        for number, image in enumerate(images):
            chosen = highest_contrast(random_patches(image, each, random), percent)[: total - kept]
            if len(chosen):
                room[kept : kept + len(chosen)] = to_sphere(chosen)
                kept += len(chosen)
            if number % 50 == 49:
                progress(f"{number + 1} of {count} images, {kept:,} patches")
        if not kept:
            raise BadInput("images: no patch has any contrast; they are constant, or there is none.")
        room.flush()
        if kept == total:
            os.replace(partial, file)
        else:
            np.save(partial.with_suffix(".npy"), room[:kept])
            os.replace(partial.with_suffix(".npy"), file)
    finally:
        partial.unlink(missing_ok=True)
    return Collection(file, seed)
