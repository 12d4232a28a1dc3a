"""Weights from files and by name: parameter name -> array. No file is trusted: nothing in it is ever run."""

import difflib
import hashlib
import pickle
import re
import warnings
import zipfile
from pathlib import Path
from urllib.parse import urlparse

import numpy as np

from tdabench.data.files import read_npz, readable, regular, verify_zip
from tdabench.errors import BadInput, BadRequest, DataMissing
from tdabench.processes.memory import Room, ran_out

WEIGHTS_BYTES = 2**33  # the most that is unpacked; the largest network of torchvision has 2.6 GB
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "weights")  # keys under which trainers put a state dict
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and of torch.compile
WHAT = "torch file"
HOW_TO_SAVE = "save the weights alone, with torch.save(model.state_dict(), FILE)"
FULL = "a full tensor of floating-point numbers"


def read_weights(path) -> dict[str, np.ndarray]:
    """All arrays of floating-point numbers of a file, by parameter name; half precision becomes float32.

    .pt, .pth, .th, .bin, .ckpt: a torch state dict, alone or under one of WRAPPERS, without PREFIXES; .safetensors;
    .npz. In the order of the file, but a .safetensors file keeps none: its names are sorted, numbers in them as such.
    BadInput when the file is not there, damaged, holds other objects than arrays, or no such array.
    """
    path = regular(path)
    if path.suffix.lower() not in READERS:
        raise BadInput(f"{path}: weights are read from {', '.join(READERS)}, not from {path.suffix or 'no ending'}.")
    if not path.stat().st_size:
        raise BadInput(f"{path}: the file is empty.")
    with Room(path, "fewer of its arrays") as room:
        room.takes(_size(path))
        weights = READERS[path.suffix.lower()](path)
    if not weights:
        raise BadInput(f"{path}: holds no array of floating-point numbers by name; {HOW_TO_SAVE}.")
    return weights


def torchvision_weights(name: str) -> dict[str, np.ndarray]:
    """The default weights of a classification network of torchvision, by parameter name.

    Downloaded once into torch's cache folder ($TORCH_HOME, else the user's), and verified by the sha256 in the file's
    name. BadRequest when torchvision knows no such network, DataMissing when its weights cannot be had.
    """
    import torch
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        close = difflib.get_close_matches(str(name).lower(), known, 5, 0.4) or known[:10]
        raise BadRequest(f"torchvision has no classification network {name!r}; close to it: {', '.join(close)}.")
    url = models.get_model_weights(name).DEFAULT.url
    place = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(url).path).name
    digest = re.search(r"-([0-9a-f]{8,})\.", place.name)[1]
    if not place.is_file():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(place), digest, progress=False)
        except (OSError, RuntimeError) as error:  # no network, no room; another sha256
            raise DataMissing(
                f"the weights of {name} could not be downloaded from {url} ({error}). Put that file at {place}."
            ) from None
    with open(place, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(digest):
        raise BadInput(f"{place}: truncated or altered, its sha256 is not {digest}...; remove it to fetch it again.")
    return read_weights(place)


def convolutions(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The convolutions: layer name -> (out, in, h, w), in the order of `weights`; BadInput when there is none.

    A layer's name is that of its parameter without `.weight` or `_W`: `features.0`, `block1_conv1`.
    """
    found = {layer_name(name): array for name, array in weights.items() if array.ndim == 4}
    if not found:
        raise BadInput("weights: no layer is a convolution (an array of four dimensions: out, in, height, width).")
    return found


def layer_name(parameter: str) -> str:
    """The layer to which a parameter of weights belongs."""
    return re.sub(r"(\.weight|_W)$", "", parameter)


def _torch(path: Path) -> dict[str, np.ndarray]:
    import torch

    if any(entry.filename.endswith("/constants.pkl") for entry in _entries(path)):
        raise BadInput(f"{path}: a TorchScript archive, which is a program; {HOW_TO_SAVE}.")
    verify_zip(path, WHAT, WEIGHTS_BYTES)
    with readable(path, WHAT), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of protocols and of older forms: what matters is said below
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if said := _refused(path, str(error)):
                raise BadInput(f"{path}: {said}; {HOW_TO_SAVE}.") from None
            raise
    tensors = {
        name: tensor.detach()
        for name, tensor in _state_dict(content).items()
        if isinstance(tensor, torch.Tensor) and (tensor.is_floating_point() or tensor.is_quantized)
    }
    return _named_without_prefixes(_from_tensors(path, tensors))


def _refused(path: Path, complaint: str) -> str:
    """Which code a file holds that torch does not load as weights alone; "" when it is damaged."""
    alien = re.search(r"GLOBAL (\S+) (?:was not|whose)", complaint)
    if alien and alien[1].startswith("torch.nn.modules."):
        return f"a whole model was pickled ({alien[1]}), which is code, and nothing of it was run"
    if alien or "allowlisted" in complaint or _protocol(path) > 2:  # torch writes protocol 2
        what = f" ({alien[1]})" if alien else ""
        return f"holds Python objects other than tensors{what}, which may be code, and nothing was run"
    return ""


def _protocol(path: Path) -> int:
    """The protocol of a bare pickle, 0 for anything else."""
    with open(path, "rb") as file:
        start = file.read(2)
    return start[1] if len(start) == 2 and start[:1] == b"\x80" else 0


def _state_dict(content) -> dict:
    """The mapping of names to tensors in what a trainer saved."""
    for _ in range(3):
        inner = [content[key] for key in WRAPPERS if isinstance(content, dict) and isinstance(content.get(key), dict)]
        if not inner:
            break
        content = inner[0]
    return {str(name): value for name, value in content.items()} if isinstance(content, dict) else {}


def _named_without_prefixes(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    bare = [re.sub(f"^({'|'.join(map(re.escape, PREFIXES))})+", "", name) for name in weights]
    return dict(zip(bare, weights.values(), strict=True)) if len(set(bare)) == len(bare) else weights


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    from safetensors import safe_open

    with readable(path, "safetensors file"), safe_open(path, framework="pt", device="cpu") as file:
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys(), key=_by_number)}
    return _from_tensors(path, {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()})


def _by_number(name: str) -> list:
    """A key for sorting that puts features.2 before features.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _from_tensors(path: Path, tensors: dict) -> dict[str, np.ndarray]:
    for name, tensor in tensors.items():
        if lack := _lack(tensor):
            raise BadInput(f"{path}: {name!r} is {lack}.")
    # A tensor of a kilobyte may be a view of terabytes.
    if sum(8 * tensor.numel() for tensor in tensors.values()) > 2 * WEIGHTS_BYTES:
        raise _too_large(path)
    arrays = {}
    for name, tensor in tensors.items():
        try:
            arrays[name] = (tensor if tensor.itemsize > 2 else tensor.float()).resolve_neg().numpy()
        except (RuntimeError, TypeError) as error:  # the kinds of numbers that torch itself cannot convert
            if ran_out(error):
                raise
            raise BadInput(
                f"{path}: the values of {name!r}, of {tensor.dtype}, cannot be read; save it as {FULL}."
            ) from None
    return arrays


def _lack(tensor) -> str:
    """Why a tensor has no array of values; "" when it has one."""
    if tensor.is_meta:
        return f"on torch's meta device, where a tensor has a shape but no values; load its weights, and save {FULL}"
    if tensor.is_quantized:
        return f"quantised ({tensor.dtype}); save what .dequantize() gives, {FULL}"
    if "strided" not in str(tensor.layout):
        return f"sparse ({tensor.layout}); save what .to_dense() gives, {FULL}"
    return ""


def _npz(path: Path) -> dict[str, np.ndarray]:
    floats = {name: array for name, array in read_npz(path, WEIGHTS_BYTES).items() if array.dtype.kind == "f"}
    return {name: array.astype(np.float32) if array.itemsize == 2 else array for name, array in floats.items()}


def _size(path: Path) -> int:
    """Bytes of the arrays of a file, at most; BadInput when they are too many: a megabyte of zip may hold gigabytes."""
    size = max(path.stat().st_size, sum(entry.file_size for entry in _entries(path)))
    if size > WEIGHTS_BYTES:
        raise _too_large(path)
    return size


def _entries(path: Path) -> list[zipfile.ZipInfo]:
    """What a zip holds, by its table of contents; nothing for another file."""
    with readable(path, "archive"):
        if not zipfile.is_zipfile(path):
            return []
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()


def _too_large(path: Path) -> BadInput:
    return BadInput(f"{path}: holds more than {WEIGHTS_BYTES >> 30} GiB, too much for one network; {HOW_TO_SAVE}.")


READERS = {ending: _torch for ending in (".pt", ".pth", ".th", ".bin", ".ckpt")}
READERS |= {".safetensors": _safetensors, ".npz": _npz}
