"""The networks whose weights are looked at: published shapes, and the faster forms against the plain ones."""

import pytest
import torch
from torch.nn import functional

from tdabench.errors import BadInput
from tdabench.networks import nets
from tdabench.networks.nets import build, deck, parameter_count
from tdabench.networks.nets.deck import pool_channel_and_height

WIDE = [(4096, 26, 26), (2048, 13, 26), (16, 12, 25), (8, 6, 25), (1200,), (10,)]


def noise(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# What was published


@pytest.mark.parametrize(
    ("filters", "layers", "total"), [(64, [640, 2064, 12010], 14714), (4096, [40960, 131088, 12010], 184058)]
)
def test_the_decks_networks_have_the_published_parameters(filters, layers, total):
    counted = parameter_count(build("deck", 0, filters=filters))
    assert counted == layers
    assert sum(counted) == total


def test_the_decks_layers_have_the_published_shapes():
    assert build("deck", 0, filters=4096).shapes() == WIDE
    assert build("deck", 0, filters=64).shapes() == [(64, 26, 26), (32, 13, 26), *WIDE[2:]]


def test_the_paper_network_has_the_grids_28_14_7():
    network = build("convolutional", 0, filters=[64, 32], dense=64)
    assert parameter_count(network) == [64 * 10, 32 * (64 * 9 + 1), 64 * (32 * 7 * 7 + 1), 10 * 65]
    assert network(noise(3, 1, 28, 28)).shape == (3, 10)


# The faster forms give what the plain ones give


@pytest.mark.parametrize(("filters", "values"), [(2, 1 << 21), (12, 1 << 21), (12, 1000), (12, 1)])
def test_the_decks_forward_is_the_written_out_one_in_value_and_gradient(monkeypatch, filters, values):
    monkeypatch.setattr(deck._FirstLayer, "VALUES", values)
    network = build("deck", 1, filters=filters).double()
    torch.nn.init.normal_(network.first.bias, std=0.3)
    images, labels = noise(2, 1, 28, 28, dtype=torch.float64), torch.tensor([3, 7])
    blocks = len(deck._blocks(torch.empty(2 * 13 * 26, filters // 2)))
    assert (blocks > 1) == (values < 1 << 21)
    found = {}
    for form in (network.forward, network.written_out):
        network.zero_grad()
        scores = form(images)
        functional.cross_entropy(scores, labels).backward()
        found[form.__name__] = [scores.detach(), *(parameter.grad.clone() for parameter in network.parameters())]
    for one, other in zip(found["forward"], found["written_out"], strict=True):
        assert other.abs().max() > 0
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_blank_parts_of_an_image_count_once_in_the_decks_gradient():
    network = build("deck", 1, filters=4).double()
    torch.nn.init.constant_(network.first.bias, 0.2)
    images = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    found = []
    for form in (network.forward, network.written_out):
        network.zero_grad()
        form(images).square().sum().backward()
        found.append(network.first.bias.grad.clone())
    # Which of two equal channels takes the gradient is open, so pairs of channels are compared.
    torch.testing.assert_close(found[0].reshape(-1, 2).sum(1), found[1].reshape(-1, 2).sum(1))


@pytest.mark.parametrize("size", [28, 9])
def test_pool_before_relu_is_relu_before_pool(size):
    network = build("convolutional", 2, filters=[5, 4], dense=6, size=size)
    images = noise(4, 1, size, size)
    plain = images
    for convolution in network.convolutions:
        plain = functional.max_pool2d(functional.relu(convolution(plain)), 2)
    plain = network.scores(functional.relu(network.dense(plain.flatten(1))))
    torch.testing.assert_close(network(images), plain)


def test_a_pool_by_hand():
    """Channels 0 and 1 over rows 0 and 1; the third channel and the third row are left over, the columns stay."""
    images = torch.tensor([[[[1, 8], [2, 0], [99, 99]], [[-1, 3], [7, -5], [99, 99]], [[99, 99]] * 3]])
    assert pool_channel_and_height(images).tolist() == [[[[7, 8]]]]
    assert pool_channel_and_height(torch.arange(64).reshape(1, 4, 4, 4)).tolist() == [
        [[[20, 21, 22, 23], [28, 29, 30, 31]], [[52, 53, 54, 55], [60, 61, 62, 63]]]
    ]


# Building


def test_the_same_seed_gives_the_same_weights_and_leaves_torchs_own_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, same, other = (build("convolutional", seed, filters=[4], size=8).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


def test_the_depth_is_a_parameter():
    images = noise(2, 3, 32, 32)
    for filters, cells in (([6], 6 * 256), ([6, 5, 4], 4 * 16), ([2] * 5, 2)):
        network = build("convolutional", 0, filters=filters, dense=7, channels=3, size=32, classes=4)
        assert [tuple(convolution.weight.shape) for convolution in network.convolutions] == [
            (outer, inner, 3, 3) for inner, outer in zip([3, *filters], filters, strict=False)
        ]
        assert network.dense.in_features == cells
        assert network(images).shape == (2, 4)


def test_the_deck_starts_as_keras_does():
    network = build("deck", 0, filters=64)
    for layer, fans in ((network.first, 9 + 64 * 9), (network.second, 32 * 4 + 16 * 4), (network.scores, 1200 + 10)):
        bound = (6 / fans) ** 0.5  # Glorot uniform
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert not layer.bias.any()


def test_what_leaves_no_pixels_is_refused():
    with pytest.raises(BadInput, match="filters: 5 poolings leave nothing of 28 x 28 pixels"):
        build("convolutional", 0, filters=[4] * 5)


@pytest.mark.parametrize("filters", [63, 1, 0])
def test_the_deck_needs_an_even_number_of_filters(filters):
    with pytest.raises(BadInput, match=f"filters: an even number is needed, .* not {filters}"):
        build("deck", 0, filters=filters)


def test_a_network_nobody_knows_is_refused_with_those_known():
    with pytest.raises(BadInput, match="network: one of .* is needed, not 'transformer'") as refused:
        build("transformer", 0)
    assert {"convolutional", "deck", "boosted", "given_first_layer"} <= set(nets.MODELS)
    assert all(name in str(refused.value) for name in nets.MODELS)
