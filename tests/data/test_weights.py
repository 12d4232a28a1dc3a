"""Weights of networks: by the names of their layers, as stored; nothing in a file is ever run."""

import numpy as np
import pytest
import torch

from tdabench.data.readers import npz_arrays, state_dicts, torchvision_vgg16
from tdabench.errors import BadInput


def test_an_archive_keeps_its_names_and_its_precision(tmp_path):
    stored = {"block1_conv1_W": np.float16([[0.1, 0.2]]), "fire2/expand3x3_b": np.float32([1, 2])}
    np.savez(tmp_path / "net.npz", **stored)
    read = npz_arrays([tmp_path / "net.npz"])
    assert list(read) == list(stored)
    for name, array in stored.items():
        assert read[name].dtype == array.dtype and (read[name] == array).all()


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-40], lambda content: b"", lambda content: b"no zip at all"]
)
def test_a_damaged_archive_is_refused(tmp_path, damage):
    path = tmp_path / "net.npz"
    np.savez(path, a=np.arange(99))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadInput, match="net.npz: not a readable NumPy archive"):
        npz_arrays([path])


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "net.npz", a=np.array([{}]))
    with pytest.raises(BadInput, match="without pickled objects"):
        npz_arrays([tmp_path / "net.npz"])


def test_checkpoints_are_read_by_network_and_layer(tmp_path):
    files = [tmp_path / "resnet20-12ab.th", tmp_path / "resnet32-34cd.th"]
    for number, path in enumerate(files):
        torch.save({"state_dict": {"module.conv1.weight": torch.full((2, 1), number)}, "best_prec1": 91.8}, path)
    read = state_dicts(files)
    assert list(read) == ["resnet20/conv1.weight", "resnet32/conv1.weight"]
    assert read["resnet32/conv1.weight"].tolist() == [[1], [1]]
    assert read["resnet32/conv1.weight"].dtype == np.float32


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_checkpoint_with_anything_but_weights_is_refused_and_not_run(tmp_path):
    torch.save({"state_dict": {}, "extra": Harmful(tmp_path / "harm")}, tmp_path / "net.th")
    with pytest.raises(BadInput, match="net.th: not a readable PyTorch checkpoint of weights only"):
        state_dicts([tmp_path / "net.th"])
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        ({"weights": {"a": torch.zeros(1)}}, "key `state_dict` is needed"),
        ({"state_dict": {}}, "key `state_dict` is needed"),
        ([torch.zeros(1)], "key `state_dict` is needed"),
        ({"state_dict": {"a": torch.zeros(1), "b": 3}}, "'b' in its `state_dict` is not a tensor"),
    ],
)
def test_a_checkpoint_of_another_form_is_refused(tmp_path, content, words):
    torch.save(content, tmp_path / "net.th")
    with pytest.raises(BadInput, match=words) as refusal:
        state_dicts([tmp_path / "net.th"])
    assert str(tmp_path / "net.th") in str(refusal.value)


@pytest.mark.parametrize("content", [{}, [], {"features.0.weight": torch.zeros(1)}, {"state_dict": {}}])
def test_another_checkpoint_than_torchvisions_vgg16_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "vgg16.pth")
    with pytest.raises(BadInput, match="vgg16.pth: 'features.0.* is not in it; torchvision's checkpoint of vgg16"):
        torchvision_vgg16([tmp_path / "vgg16.pth"])


def test_code_in_the_place_of_torchvisions_vgg16_is_not_run(tmp_path):
    torch.save({"features.0.weight": Harmful(tmp_path / "harm")}, tmp_path / "vgg16.pth")
    with pytest.raises(BadInput, match="vgg16.pth: not a readable PyTorch checkpoint of weights only"):
        torchvision_vgg16([tmp_path / "vgg16.pth"])
    assert not (tmp_path / "harm").exists()


def test_a_truncated_checkpoint_is_refused(tmp_path):
    path = tmp_path / "net.th"
    torch.save({"state_dict": {"a": torch.zeros(99)}}, path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BadInput, match="net.th: not a readable PyTorch checkpoint"):
        state_dicts([path])
