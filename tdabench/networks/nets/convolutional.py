"""M(X,Y,Z) and C(X,Y,Z): Gabrielsson & Carlsson, "Exposition and interpretation of the topology of neural networks",
arXiv 1810.03234."""

from torch import nn
from torch.nn import functional

from tdabench.errors import BadInput


class Convolutional(nn.Module):
    """M(X,Y,Z) and C(X,Y,Z): 3x3 convolutions with padding 1, each with ReLU and 2x2 max-pool, dense Z + ReLU, dense.

    The input is (n, channels, size, size); the output is (n, classes), scores before the softmax.

    The pool comes before the ReLU: both are monotone, so the values are the same, and only a quarter of them passes the
    ReLU. In memory the channels come last, which doubles the speed on a CPU.

    Parameters
    ----------
    filters
        Number of filters of each convolution: (X, Y) as published, or any other depth.
    dense
        Z, width of the first dense layer.
    channels, size
        Channels and side of the square input: 1 and 28 for M (MNIST), 3 and 32 for C (CIFAR-10).
    classes
        Number of classes.
    """

    def __init__(self, filters=(64, 32), dense=64, channels=1, size=28, classes=10):
        super().__init__()
        if size >> len(filters) == 0:
            raise BadInput(f"filters: {len(filters)} poolings leave nothing of {size} x {size} pixels.")
        widths = [channels, *filters]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inner, outer, 3, padding=1) for inner, outer in zip(widths, widths[1:], strict=False)
        )
        self.dense = nn.Linear(widths[-1] * (size >> len(filters)) ** 2, dense)
        self.scores = nn.Linear(dense, classes)

    def forward(self, images):
        return self.after_first(functional.relu(functional.max_pool2d(self.first(images), 2)))

    def first(self, images):
        return self.convolutions[0](images)

    def after_first(self, images):
        for convolution in self.convolutions[1:]:
            images = functional.relu(functional.max_pool2d(convolution(images), 2))
        return self.scores(functional.relu(self.dense(images.flatten(1))))
