"""What a training's numbers depend on: the recipe and the images."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

import numpy as np
import torch

from tdabench.errors import BadInput

VERSION = 1  # raise it when a change gives other numbers for the same recipe
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
OPTIMISERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adadelta": torch.optim.Adadelta}
INPUTS = ("unit", "standardised")
IMAGES_OF_MOMENTS = 10_000  # training images from which mean and standard deviation are computed


def multiplies_bfloat16(device: str) -> bool:
    """Whether a device multiplies bfloat16 in hardware. Elsewhere it is emulated, more slowly than float32.

    oneDNN respects ONEDNN_MAX_CPU_ISA, but also answers yes for plain AVX-512, where it emulates. So the capabilities
    of the processor are checked as well.
    """
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return False
    processor = torch.cpu.get_capabilities()
    return processor.get("avx512_bf16", False) or processor.get("bf16", False)  # on x86, on ARM


@dataclass(frozen=True)
class Recipe:
    """Everything that the numbers depend on, except the images, the seed and the number of iterations.

    Parameters
    ----------
    model, parameters
        Name and parameters of the network, see `nets.build`.
    optimiser
        A key of OPTIMISERS.
    learning_rate
        Step size of the optimiser.
    batch
        Images in a batch.
    input
        "unit" (pixels / 255), or "standardised" (mean 0 and standard deviation 1 in each colour, over the first 10,000
        training images).
    snapshot_every
        Iterations between two snapshots of the first layer.
    evaluated
        Test images that a snapshot is evaluated on. The final evaluation uses all of them.
    evaluate_every, evaluate_growth
        Additional evaluations between the snapshots: the gap to the next one is `evaluate_every` iterations or the
        share `evaluate_growth` of the iterations so far, whichever is larger. evaluate_every=0: none.
    precision
        "float32" or "bfloat16", of the products; weights stay in float32. On a device without bfloat16 hardware
        "bfloat16" becomes "float32".
    device
        "cpu" or "cuda".
    """

    model: str = "convolutional"
    parameters: dict = field(default_factory=dict)
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    batch: int = 128
    input: str = "standardised"
    snapshot_every: int = 100
    evaluated: int = 2000
    evaluate_every: int = 0
    evaluate_growth: float = 0.0
    precision: str = "float32"
    device: str = "cpu"

    def __post_init__(self):
        if self.precision == "bfloat16" and not multiplies_bfloat16(self.device):
            object.__setattr__(self, "precision", "float32")

    def evaluations(self, iterations: int) -> set[int]:
        """Iterations, up to `iterations`, after which the network is evaluated even without a snapshot."""
        schedule, iteration = set(), 0
        while self.evaluate_every and iteration <= iterations:
            schedule.add(iteration)
            iteration += max(self.evaluate_every, round(self.evaluate_growth * iteration))
        return schedule

    def check(self) -> None:
        """Raise BadInput when a field has a value that training cannot use."""
        for name, choices in (("optimiser", OPTIMISERS), ("precision", PRECISIONS), ("input", INPUTS)):
            if getattr(self, name) not in choices:
                raise BadInput(f"{name}: one of {', '.join(choices)} is needed, not {getattr(self, name)!r}.")
        for name in ("batch", "snapshot_every", "evaluated"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadInput(f"{name}: a whole number from 1 on is needed, not {value!r}.")
        every, growth = self.evaluate_every, self.evaluate_growth
        if isinstance(every, bool) or not isinstance(every, int) or every < 0:
            raise BadInput(f"evaluate_every: a whole number from 0 on is needed, not {every!r}.")
        if not 0 <= growth < 1:
            raise BadInput(f"evaluate_growth: a share from 0 to below 1 is needed, not {growth!r}.")
        if not 0 < self.learning_rate < np.inf:
            raise BadInput(f"learning_rate: a number above 0 is needed, not {self.learning_rate!r}.")
        if self.device != "cpu" and not (self.device.startswith("cuda") and torch.cuda.is_available()):
            raise BadInput(f"device: {self.device!r} is not here; take device=cpu.")


@dataclass(frozen=True)
class Images:
    """Labelled images.

    Parameters
    ----------
    train_x, test_x
        uint8, (n, h, w) or (n, h, w, 3).
    train_y, test_y
        Labels, (n,), whole numbers from 0 on.
    """

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    @classmethod
    def of(cls, arrays: dict) -> "Images":
        """The images in the arrays of a data set of the catalogue."""
        return cls(*(np.asarray(arrays[key]) for key in ("train_x", "train_y", "test_x", "test_y")))

    def digest(self) -> str:
        """sha256 of all four arrays with their shapes and types."""
        if not hasattr(self, "_cached_digest"):
            sha256 = hashlib.sha256()
            for array in (self.train_x, self.train_y, self.test_x, self.test_y):
                sha256.update(repr((array.shape, array.dtype.str)).encode())
                sha256.update(np.ascontiguousarray(array))
            object.__setattr__(self, "_cached_digest", sha256.hexdigest())
        return self._cached_digest

    def tensor(self, pixels: np.ndarray, scaling: str) -> torch.Tensor:
        """Pixels as input of a network: float32 (n, channels, h, w), channels last in memory. scaling: of INPUTS."""
        images = torch.from_numpy(np.ascontiguousarray(pixels)).reshape(*pixels.shape[:3], -1).permute(0, 3, 1, 2)
        images = images.float() / 255
        if scaling == "standardised":
            mean, deviation = self._moments()
            images = (images - mean) / deviation
        return images.contiguous(memory_format=torch.channels_last)

    def _moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation of each colour, (1, channels, 1, 1)."""
        if not hasattr(self, "_cached_moments"):
            pixels = self.train_x.reshape(*self.train_x.shape[:3], -1)
            sample = pixels[:IMAGES_OF_MOMENTS].astype(np.float64) / 255
            values = sample.mean(axis=(0, 1, 2)), sample.std(axis=(0, 1, 2))
            moments = tuple(torch.tensor(value, dtype=torch.float32).reshape(1, -1, 1, 1) for value in values)
            object.__setattr__(self, "_cached_moments", moments)
        return self._cached_moments


def torch_version() -> str:
    """Torch's version without its build (+cpu, +cu132)."""
    return torch.__version__.split("+")[0]


def recipe_digest(recipe: Recipe, images: Images) -> str:
    """The name of the folder in the store for a recipe on some images; another torch has another folder."""
    fields = asdict(recipe)
    if not recipe.evaluate_every:
        # Older recipes had no such keys: leave them out, so that their stored networks are still found.
        del fields["evaluate_every"], fields["evaluate_growth"]
    content = json.dumps([VERSION, torch_version(), fields, images.digest()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
