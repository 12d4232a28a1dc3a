"""Weights from files: every form, and a sentence for everything that is not one."""

import hashlib
import io
import pickle
import zipfile
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tdabench import paths
from tdabench.errors import BadInput, BadRequest, DataMissing
from tdabench.networks import foreign_weights
from tdabench.networks.foreign_weights import convolutions, read_weights, torchvision_weights


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1), nn.Flatten(), nn.Linear(4, 2))


STATE = model().state_dict()
FLOATS = [name for name, tensor in STATE.items() if tensor.is_floating_point()]


class Runs:
    """Writes a file when it is unpickled."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (str(self.place), "w")


def same(weights):
    assert list(weights) == FLOATS
    for name, array in weights.items():
        assert (array == STATE[name].numpy()).all()


# Forms


@pytest.mark.parametrize("ending", [".pt", ".pth", ".th", ".bin", ".ckpt", ".PTH"])
def test_a_state_dict_is_read(tmp_path, ending):
    torch.save(STATE, tmp_path / f"net{ending}")
    same(read_weights(tmp_path / f"net{ending}"))
    same(read_weights(str(tmp_path / f"net{ending}")))


def test_a_state_dict_in_the_older_form_of_torch_is_read(tmp_path):
    torch.save(STATE, tmp_path / "net.pth", _use_new_zipfile_serialization=False)
    same(read_weights(tmp_path / "net.pth"))


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model", "net", "weights"])
def test_a_state_dict_within_a_checkpoint_is_read(tmp_path, key):
    optimiser = torch.optim.Adam(model().parameters()).state_dict()
    torch.save({"epoch": 3, "best": 0.9, "optimizer": optimiser, key: STATE}, tmp_path / "net.pt")
    same(read_weights(tmp_path / "net.pt"))


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_what_wrappers_put_before_the_names_is_left_out(tmp_path, prefix):
    torch.save({"state_dict": OrderedDict((prefix + name, STATE[name]) for name in STATE)}, tmp_path / "net.th")
    same(read_weights(tmp_path / "net.th"))


def test_no_parameter_is_lost_when_a_prefix_tells_two_apart(tmp_path):
    torch.save({"a.weight": torch.ones(2), "module.a.weight": torch.zeros(2)}, tmp_path / "net.pt")
    assert list(read_weights(tmp_path / "net.pt")) == ["a.weight", "module.a.weight"]


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_half_precision_becomes_single(tmp_path, kind, ending):
    tensor = torch.linspace(-1, 1, 36).reshape(1, 4, 3, 3).to(kind)
    path = tmp_path / f"net{ending}"
    torch.save({"c.weight": tensor}, path) if ending == ".pt" else save_file({"c.weight": tensor}, path)
    array = read_weights(path)["c.weight"]
    assert array.dtype == np.float32
    assert (array == tensor.float().numpy()).all()


def test_safetensors_are_read_in_the_order_of_numbers_in_their_names(tmp_path):
    tensors = {f"features.{k}.weight": torch.full((1, 1, 3, 3), k * 1.0) for k in (10, 2, 0)}
    save_file(tensors, tmp_path / "a.safetensors")
    weights = read_weights(tmp_path / "a.safetensors")
    assert [(name, array.max()) for name, array in weights.items()] == [
        ("features.0.weight", 0), ("features.2.weight", 2), ("features.10.weight", 10),
    ]  # fmt: skip


def test_a_numpy_archive_is_read_in_its_order_without_its_integers(tmp_path):
    arrays = {"b_W": np.ones((2, 1, 3, 3), np.float16), "a_W": np.ones((2, 2, 3, 3)), "labels": np.arange(3)}
    np.savez_compressed(tmp_path / "net.npz", **arrays)
    weights = read_weights(tmp_path / "net.npz")
    assert {name: array.dtype for name, array in weights.items()} == {"b_W": np.float32, "a_W": np.float64}
    assert list(convolutions(weights)) == ["b", "a"]


def test_convolutions_go_by_the_name_of_their_layer():
    arrays = {name: STATE[name].numpy() for name in FLOATS}
    found = convolutions(arrays)
    assert {name: kernels.shape for name, kernels in found.items()} == {"0": (8, 3, 3, 3), "2": (4, 8, 1, 1)}
    del arrays["0.weight"], arrays["2.weight"]
    with pytest.raises(BadInput, match="no layer is a convolution"):
        convolutions(arrays)


# What is no network's weights


@pytest.mark.parametrize("newer", [True, False])
def test_code_in_a_pickle_is_refused_before_it_runs(tmp_path, newer):
    torch.save({"state_dict": STATE, "extra": Runs(tmp_path / "ran")}, tmp_path / "net.pt",
               _use_new_zipfile_serialization=newer)  # fmt: skip
    with pytest.raises(BadInput, match=r"net.pt: holds Python objects other than tensors.*open.*torch.save\(model.st"):
        read_weights(tmp_path / "net.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_bare_pickle_is_refused_before_it_runs(tmp_path, protocol):
    (tmp_path / "net.bin").write_bytes(pickle.dumps(Runs(tmp_path / "ran"), protocol))
    with pytest.raises(BadInput, match="holds Python objects other than tensors"):
        read_weights(tmp_path / "net.bin")
    assert not (tmp_path / "ran").exists()


def test_a_whole_model_is_refused_with_what_to_do(tmp_path):
    torch.save(model(), tmp_path / "net.pt")
    with pytest.raises(BadInput, match=r"a whole model was pickled .*; save the weights alone, with torch.save\("):
        read_weights(tmp_path / "net.pt")


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_archive_is_refused(tmp_path):
    torch.jit.save(torch.jit.trace(model()[:3].eval(), torch.zeros(1, 3, 5, 5)), tmp_path / "net.pt")
    with pytest.raises(BadInput, match="a TorchScript archive"):
        read_weights(tmp_path / "net.pt")


@pytest.mark.parametrize("content", [{"epoch": 3}, [1, 2], torch.ones(3), {"labels": torch.arange(3)}])
def test_a_file_of_torch_without_weights_by_name_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(BadInput, match="holds no array of floating-point numbers by name"):
        read_weights(tmp_path / "net.pt")


def test_pickled_objects_in_a_numpy_archive_are_refused(tmp_path):
    np.savez(tmp_path / "net.npz", a=np.array([Runs(tmp_path / "ran")], dtype=object))
    with pytest.raises(BadInput, match="without pickled objects"):
        read_weights(tmp_path / "net.npz")
    assert not (tmp_path / "ran").exists()


def written(path):
    """The state dict in the form of the file's ending."""
    if path.suffix == ".npz":
        np.savez(path, **{name: STATE[name].numpy() for name in FLOATS})
    elif path.suffix == ".safetensors":
        save_file(STATE, path)
    else:
        torch.save(STATE, path, _use_new_zipfile_serialization=path.suffix == ".pt")
    return path


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("ending", [".pt", ".pth", ".safetensors", ".npz"])
def test_a_truncated_file_is_refused(tmp_path, ending, share):
    path = written(tmp_path / f"net{ending}")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BadInput, match=f"net{ending}: not a readable"):
        read_weights(path)


@pytest.mark.parametrize("ending", [".pt", ".safetensors", ".npz"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n<!DOCTYPE html><html>404</html>", "this is a web page"),
        (b"version https://git-lfs", "not a read"),
    ],
)
def test_another_file_is_refused(tmp_path, ending, content, words):
    (tmp_path / f"net{ending}").write_bytes(content)
    with pytest.raises(BadInput, match=f"net{ending}: {words}"):
        read_weights(tmp_path / f"net{ending}")


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BadInput, match="net.pt: there is no such file"):
        read_weights(tmp_path / "net.pt")
    (tmp_path / "net.h5").write_bytes(b"x")
    with pytest.raises(BadInput, match="read from .pt, .pth, .th, .bin, .ckpt, .safetensors, .npz, not from .h5"):
        read_weights(tmp_path / "net.h5")


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_weights, "WEIGHTS_BYTES", 2**20)
    with zipfile.ZipFile(tmp_path / "net.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        file = io.BytesIO()
        np.save(file, np.zeros((2**19, 1, 1, 1)))
        archive.writestr("a.npy", file.getvalue())
    assert (tmp_path / "net.npz").stat().st_size < 2**14
    with pytest.raises(BadInput, match="too much for one network"):
        read_weights(tmp_path / "net.npz")


def test_a_small_tensor_that_claims_to_be_large_is_not_unfolded(tmp_path):
    torch.save({"a.weight": torch.zeros(1, dtype=torch.float16).expand(2**34)}, tmp_path / "net.pt")
    with pytest.raises(BadInput, match="too much for one network"):
        read_weights(tmp_path / "net.pt")


# Tensors without readable values

WITHOUT_VALUES = {
    "meta device": lambda full: full.to("meta"),
    "torch.sparse_coo": lambda full: full.to_sparse(),
    "torch.sparse_csr": lambda full: full.to_sparse_csr(),
    "torch.sparse_csc": lambda full: full.to_sparse_csc(),
    "torch.sparse_bsr": lambda full: full.to_sparse_bsr((2, 2)),
    "torch.sparse_bsc": lambda full: full.to_sparse_bsc((2, 2)),
    "torch.qint8": lambda full: torch.quantize_per_tensor(full, 0.1, 0, torch.qint8),
    "torch.quint8": lambda full: torch.quantize_per_channel(full, torch.ones(4), torch.zeros(4), 0, torch.quint8),
    "torch.float4_e2m1fn_x2": lambda _: torch.zeros(4, 4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", WITHOUT_VALUES)
def test_a_tensor_without_readable_values_is_named(tmp_path, what):
    torch.save(STATE | {"layer.weight": WITHOUT_VALUES[what](torch.ones(4, 4))}, tmp_path / "net.pt")
    with pytest.raises(BadInput, match=f"net.pt: .*'layer.weight'.*{what}.*save .*a full tensor") as refusal:
        read_weights(tmp_path / "net.pt")
    assert "altered" not in str(refusal.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_tensor_is_refused_by_its_kind(tmp_path, layout):
    """torch itself takes it for code, so that nothing tells its name."""
    torch.save({"a": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=layout)}, tmp_path / "net.pt")
    with pytest.raises(BadInput, match="other than tensors .*nested.*save the weights alone"):
        read_weights(tmp_path / "net.pt")


def test_values_with_a_sign_to_be_turned_are_read(tmp_path):
    torch.save({"a": torch._neg_view(torch.ones(3))}, tmp_path / "net.pt")
    assert read_weights(tmp_path / "net.pt")["a"].tolist() == [-1, -1, -1]


# Networks of torchvision


def test_an_unknown_network_is_refused_with_close_names():
    with pytest.raises(BadRequest, match="'resnet19'; close to it: .*resnet18"):
        torchvision_weights("resnet19")
    with pytest.raises(BadRequest, match="close to it"):
        torchvision_weights("fcn_resnet50")  # it segments, and does not classify


def test_without_a_network_it_says_where_from_and_where_to(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for protocol in ("http", "https"):
        monkeypatch.setenv(f"{protocol}_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(DataMissing) as error:
        torchvision_weights("squeezenet1_1")
    place = tmp_path / "hub" / "checkpoints"
    assert "https://" in str(error.value) and str(place / "squeezenet1_1-") in str(error.value)
    assert not list(place.iterdir())


def origin(folder, monkeypatch, digest=None):
    """Lets torchvision's weights come from a folder, under a name with their sha256 or with another one."""
    folder.mkdir()
    torch.save(STATE, folder / "net.pth")
    digest = digest or hashlib.sha256((folder / "net.pth").read_bytes()).hexdigest()[:8]
    named = (folder / "net.pth").rename(folder / f"net-{digest}.pth")
    default = SimpleNamespace(DEFAULT=SimpleNamespace(url=named.as_uri()))
    monkeypatch.setattr("torchvision.models.get_model_weights", lambda name: default)
    monkeypatch.setenv("TORCH_HOME", str(folder.parent / "home"))
    return named


def test_weights_are_fetched_once(tmp_path, monkeypatch):
    named = origin(tmp_path / "origin", monkeypatch)
    same(torchvision_weights("vgg16"))
    named.unlink()
    same(torchvision_weights("vgg16"))


def test_a_download_of_another_sha256_is_not_kept(tmp_path, monkeypatch):
    origin(tmp_path / "origin", monkeypatch, "0" * 8)
    with pytest.raises(DataMissing, match="invalid hash"):
        torchvision_weights("vgg16")
    assert not list((tmp_path / "home").rglob("*.*"))


def test_an_altered_file_in_the_cache_is_refused(tmp_path, monkeypatch):
    from torchvision.models import SqueezeNet1_1_Weights

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = tmp_path / "hub" / "checkpoints" / SqueezeNet1_1_Weights.DEFAULT.url.rsplit("/", 1)[1]
    place.parent.mkdir(parents=True)
    torch.save(STATE, place)
    with pytest.raises(BadInput, match="truncated or altered, its sha256"):
        torchvision_weights("squeezenet1_1")


# Published weights


@pytest.mark.parametrize(
    ("name", "count", "filters"),
    [
        ("vgg16_imagenet_conv_fp16_OIHW.npz", 13, 1634496),
        ("squeezenet_v1.1_imagenet_fp16_OIHW.npz", 26, 61632),
        ("resnet20-12fca82f.th", 19, 29744),
        ("resnet56-4bfd9763.th", 55, 94256),
    ],
)
def test_published_weights_have_their_convolutions(name, count, filters):
    found = [folder / "weights" / name for folder in paths.data_folders() if (folder / "weights" / name).is_file()]
    if not found:
        pytest.skip(f"weights/{name} is in no folder of $TDABENCH_DATA")
    layers = convolutions(read_weights(found[0])).values()
    assert len(layers) == count
    assert sum(k.shape[0] * k.shape[1] for k in layers if k.shape[2:] == (3, 3)) == filters
