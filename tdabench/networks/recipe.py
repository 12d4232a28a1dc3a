"""What a training's numbers depend on: the recipe and the images."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

import numpy as np
import torch

from tdabench.errors import BadInput

VERSION = 1  # to be raised when a change makes other numbers of the same recipe
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
OPTIMISERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adadelta": torch.optim.Adadelta}


def multiplies_bfloat16(device: str) -> bool:
    """Whether a device multiplies bfloat16 in hardware. Elsewhere it is emulated, more slowly than float32.

    oneDNN heeds ONEDNN_MAX_CPU_ISA, but says yes to AVX-512 alone too, where it emulates: so the processor is asked.
    """
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return False
    processor = torch.cpu.get_capabilities()
    return processor.get("avx512_bf16", False) or processor.get("bf16", False)  # on x86, on ARM


@dataclass(frozen=True)
class Recipe:
    """Everything that the numbers depend on, but the seed and how far the training goes.

    model, parameters: of models.build; optimiser, learning_rate, batch; input: "unit" (pixels over 255) or
    "standardised" (mean 0, standard deviation 1 in each colour over the first 10,000 training images); snapshot_every:
    iterations between snapshots of the first layer; evaluated: the first so many test images are looked at with each
    snapshot (all at the end); evaluate_every, evaluate_growth: when the first of them is given, they are looked at
    between snapshots too, after so many iterations or that share of the iterations done, whichever is more; precision
    of the products (weights stay in float32): "float32", or "bfloat16", which becomes "float32" where the device has no
    hardware for it; device: "cpu" or "cuda".
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
        """Iterations up to that one at which the network is evaluated apart from snapshots."""
        found, at = set(), 0
        while self.evaluate_every and at <= iterations:
            found.add(at)
            at += max(self.evaluate_every, round(self.evaluate_growth * at))
        return found

    def check(self) -> None:
        """BadInput when something cannot be trained with."""
        for name, known in (("optimiser", OPTIMISERS), ("precision", PRECISIONS), ("input", ("unit", "standardised"))):
            if getattr(self, name) not in known:
                raise BadInput(f"{name}: one of {', '.join(known)} is needed, not {getattr(self, name)!r}.")
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
    """Labelled images: uint8 (n, h, w) or (n, h, w, 3), labels (n,)."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    @classmethod
    def of(cls, loaded: dict) -> "Images":
        """From what a data set of the catalogue loads."""
        return cls(*(np.asarray(loaded[key]) for key in ("train_x", "train_y", "test_x", "test_y")))

    def digest(self) -> str:
        if not hasattr(self, "_digest"):
            object.__setattr__(self, "_digest", self._computed_digest())
        return self._digest

    def _computed_digest(self) -> str:
        whole = hashlib.sha256()
        for part in (self.train_x, self.train_y, self.test_x, self.test_y):
            whole.update(repr((part.shape, part.dtype.str)).encode())
            whole.update(np.ascontiguousarray(part))
        return whole.hexdigest()

    def tensor(self, pixels: np.ndarray, how: str) -> torch.Tensor:
        """Pixels as the network sees them: float32 (n, channels, h, w), channels last in memory."""
        images = torch.from_numpy(np.ascontiguousarray(pixels)).reshape(*pixels.shape[:3], -1).permute(0, 3, 1, 2)
        images = images.float() / 255
        if how == "standardised":
            mean, deviation = self._moments()
            images = (images - mean) / deviation
        return images.contiguous(memory_format=torch.channels_last)

    def _moments(self):
        pixels = self.train_x.reshape(*self.train_x.shape[:3], -1)
        if not hasattr(self, "_known"):
            some = pixels[:10000].astype(np.float64) / 255
            mean, deviation = some.mean(axis=(0, 1, 2)), some.std(axis=(0, 1, 2))
            known = tuple(torch.tensor(value, dtype=torch.float32).reshape(1, -1, 1, 1) for value in (mean, deviation))
            object.__setattr__(self, "_known", known)
        return self._known


def torch_version() -> str:
    """Without the build (+cpu, +cu132)."""
    return torch.__version__.split("+")[0]


def recipe_digest(recipe: Recipe, images: Images) -> str:
    """Names the folder of a recipe on some images in the store; under another torch it is another folder."""
    asked = asdict(recipe)
    if not recipe.evaluate_every:  # as before there was such a thing, so that networks of then are found
        del asked["evaluate_every"], asked["evaluate_growth"]
    whole = json.dumps([VERSION, torch_version(), asked, images.digest()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
