"""Weights of networks trained elsewhere, from files and by name: parameter name -> array. No code in a file is run."""

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

WEIGHTS_BYTES = 2**33  # limit on unpacked arrays; the largest network of torchvision has 2.6 GB
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "weights")  # keys under which trainers put a state dict
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and of torch.compile
WHAT = "torch file"
HOW_TO_SAVE = "save the weights alone, with torch.save(model.state_dict(), FILE)"
FULL = "a full tensor of floating-point numbers"


def read_weights(path) -> dict[str, np.ndarray]:
    """All arrays of floating-point numbers of a file.

    Parameters
    ----------
    path
        A torch state dict (.pt, .pth, .th, .bin, .ckpt), alone or under one of the keys WRAPPERS; .safetensors; or
        .npz.

    Returns
    -------
    dict
        Parameter name without PREFIXES -> array; half precision becomes float32. In the order of the file. A
        .safetensors file has no order: its names are sorted, numbers within them by value.

    Raises
    ------
    BadInput
        When the file is missing, damaged or too large, holds other objects than arrays, or no such array.
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
    """The default weights of a classification network of torchvision.

    They are downloaded once into torch's cache folder ($TORCH_HOME, else the user's), and verified by the sha256 in the
    file name.

    Parameters
    ----------
    name
        Name of the network in torchvision.

    Returns
    -------
    dict
        Parameter name -> array, see `read_weights`.

    Raises
    ------
    BadRequest
        When torchvision has no such network.
    DataMissing
        When its weights cannot be downloaded.
    """
    import torch
    from torchvision import models

    networks = models.list_models(module=models)
    if name not in networks:
        close = difflib.get_close_matches(str(name).lower(), networks, 5, 0.4) or networks[:10]
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
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if not sha256.startswith(digest):
        raise BadInput(f"{place}: truncated or altered, its sha256 is not {digest}...; remove it to fetch it again.")
    return read_weights(place)


def convolutions(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The convolutions among the weights, as {layer name: (out, in, h, w)}, in their order; BadInput for none."""
    layers = {layer_name(name): array for name, array in weights.items() if array.ndim == 4}
    if not layers:
        raise BadInput("weights: no layer is a convolution (an array of four dimensions: out, in, height, width).")
    return layers


def layer_name(parameter: str) -> str:
    """The layer of a parameter: its name without `.weight` or `_W`, such as `features.0` or `block1_conv1`."""
    return re.sub(r"(\.weight|_W)$", "", parameter)


def _torch(path: Path) -> dict[str, np.ndarray]:
    import torch

    if any(entry.filename.endswith("/constants.pkl") for entry in _entries(path)):
        raise BadInput(f"{path}: a TorchScript archive, which is a program; {HOW_TO_SAVE}.")
    verify_zip(path, WHAT, WEIGHTS_BYTES)
    with readable(path, WHAT), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about protocols and old formats; errors are reported below
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if reason := _refusal(path, str(error)):
                raise BadInput(f"{path}: {reason}; {HOW_TO_SAVE}.") from None
            raise
    tensors = {
        name: tensor.detach()
        for name, tensor in _state_dict(content).items()
        if isinstance(tensor, torch.Tensor) and (tensor.is_floating_point() or tensor.is_quantized)
    }
    return _without_prefixes(_from_tensors(path, tensors))


def _refusal(path: Path, message: str) -> str:
    """Why torch does not load a file as plain weights, from its message; "" when the file is damaged."""
    object_name = re.search(r"GLOBAL (\S+) (?:was not|whose)", message)
    if object_name and object_name[1].startswith("torch.nn.modules."):
        return f"a whole model was pickled ({object_name[1]}), which is code, and nothing of it was run"
    if object_name or "allowlisted" in message or _protocol(path) > 2:  # torch writes protocol 2
        what = f" ({object_name[1]})" if object_name else ""
        return f"holds Python objects other than tensors{what}, which may be code, and nothing was run"
    return ""


def _protocol(path: Path) -> int:
    """The protocol of a bare pickle; 0 for any other file."""
    with open(path, "rb") as file:
        start = file.read(2)
    return start[1] if len(start) == 2 and start[:1] == b"\x80" else 0


def _state_dict(content) -> dict:
    """The state dict in a saved object, which may be wrapped up to three times."""
    for _ in range(3):
        inner = [content[key] for key in WRAPPERS if isinstance(content, dict) and isinstance(content.get(key), dict)]
        if not inner:
            break
        content = inner[0]
    return {str(name): value for name, value in content.items()} if isinstance(content, dict) else {}


def _without_prefixes(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights with PREFIXES removed from their names, unless two names would become one."""
    bare = [re.sub(f"^({'|'.join(map(re.escape, PREFIXES))})+", "", name) for name in weights]
    return dict(zip(bare, weights.values(), strict=True)) if len(set(bare)) == len(bare) else weights


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    from safetensors import safe_open

    with readable(path, "safetensors file"), safe_open(path, framework="pt", device="cpu") as file:
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys(), key=_by_number)}
    return _from_tensors(path, {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()})


def _by_number(name: str) -> list:
    """A sort key that puts features.2 before features.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _from_tensors(path: Path, tensors: dict) -> dict[str, np.ndarray]:
    for name, tensor in tensors.items():
        if fault := _fault(tensor):
            raise BadInput(f"{path}: {name!r} is {fault}.")
    # A small file can describe a huge tensor: all of it one repeated value.
    if sum(8 * tensor.numel() for tensor in tensors.values()) > 2 * WEIGHTS_BYTES:
        raise _too_large(path)
    arrays = {}
    for name, tensor in tensors.items():
        try:
            arrays[name] = (tensor if tensor.itemsize > 2 else tensor.float()).resolve_neg().numpy()
        except (RuntimeError, TypeError) as error:  # a type of number that torch cannot convert
            if ran_out(error):
                raise
            raise BadInput(
                f"{path}: the values of {name!r}, of {tensor.dtype}, cannot be read; save it as {FULL}."
            ) from None
    return arrays


def _fault(tensor) -> str:
    """Why a tensor is no plain array of values; "" when it is one."""
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
    """Upper bound on the bytes of a file's arrays; BadInput when too many, as in a zip that unpacks to gigabytes."""
    size = max(path.stat().st_size, sum(entry.file_size for entry in _entries(path)))
    if size > WEIGHTS_BYTES:
        raise _too_large(path)
    return size


def _entries(path: Path) -> list[zipfile.ZipInfo]:
    """The table of contents of a zip; empty for any other file."""
    with readable(path, "archive"):
        if not zipfile.is_zipfile(path):
            return []
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()


def _too_large(path: Path) -> BadInput:
    return BadInput(f"{path}: holds more than {WEIGHTS_BYTES >> 30} GiB, too much for one network; {HOW_TO_SAVE}.")


READERS = {ending: _torch for ending in (".pt", ".pth", ".th", ".bin", ".ckpt")}
READERS |= {".safetensors": _safetensors, ".npz": _npz}
