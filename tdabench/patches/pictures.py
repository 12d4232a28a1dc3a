"""Figures of patches from data: round a circle, on the three circles, on the Klein rectangle.

They correspond to figures 4 to 7 of Carlsson et al. (IJCV 76, 2008).
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from scipy.spatial import cKDTree

from tdabench.patches.basis import to_pixels
from tdabench.patches.klein import klein_patches

NAMES = ("$e_1$", "$e_2$", "$e_3$", "$e_4$", "$e_5$", "$e_6$", "$e_7$", "$e_8$")


def patch(axes, coordinates, centre, size: float) -> None:
    """Draw one patch (8 DCT coordinates) as 3x3 grey pixels. centre, size: in data units."""
    pixels = to_pixels(np.atleast_2d(coordinates))[0].reshape(3, 3)
    scale = np.abs(pixels).max()
    x, y = centre
    extent = (x - size / 2, x + size / 2, y - size / 2, y + size / 2)
    axes.imshow(pixels, cmap="gray", vmin=-scale, vmax=scale, extent=extent, interpolation="nearest", zorder=3)
    axes.plot(*np.array([[0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]) * size + [[x - size / 2], [y - size / 2]],
              color="0.35", lw=0.6, zorder=4)  # fmt: skip


def circle_figure(points, title: str) -> Figure:
    """Points of S^7 (n, 8) projected to (e1, e2), with patches of the data round the primary circle."""
    figure = Figure(figsize=(5.6, 5.6), layout="constrained")
    _ring(figure.subplots(), points, (0, 1), count=24)
    figure.suptitle(title)
    return figure


def three_circles_figure(near, title: str) -> Figure:
    """The planes of the primary and the two secondary circles. near: plane -> points of S^7 to draw in it."""
    figure = Figure(figsize=(14, 5), layout="constrained")
    circles = {"primary circle": (0, 1), "secondary circle, vertical": (0, 2), "secondary circle, horizontal": (1, 3)}
    for axes, (name, plane) in zip(figure.subplots(1, 3), circles.items(), strict=True):
        _ring(axes, near[plane], plane, count=16)
        axes.set_title(name)
    figure.suptitle(title)
    return figure


def klein_figure(points, title: str, thetas: int = 13, phis: int = 9) -> Figure:
    """The patches of the data nearest to a grid on the Klein bottle, as a rectangle with identified opposite edges."""
    figure = Figure(figsize=(10, 6.2), layout="constrained")
    axes = figure.subplots()
    theta, phi = np.linspace(0, np.pi, thetas), np.linspace(0, 2 * np.pi, phis)
    tree = cKDTree(points)
    for t in theta:
        for p in phi:
            _, nearest = tree.query(klein_patches([t], [p])[0])
            patch(axes, points[nearest], (t / np.pi * 1.6, p / (2 * np.pi)), 0.088)
    low, high, left, right = -0.09, 1.09, -0.09, 1.69
    for start, stop, colour in (
        ((left, low), (right, low), "#2a7f9e"), ((left, high), (right, high), "#2a7f9e"),
        ((left, low), (left, high), "#c8553d"), ((right, high), (right, low), "#c8553d"),
    ):  # fmt: skip
        axes.plot(*zip(start, stop, strict=True), color=colour, lw=2)
        middle = 0.5 * (np.array(start) + stop)
        half = (np.array(stop) - start) / np.linalg.norm(np.array(stop) - start) * 0.05
        arrow = FancyArrowPatch(middle - half, middle + half, arrowstyle="-|>", mutation_scale=22, color=colour)
        axes.add_patch(arrow)
    axes.set(xlim=(left - 0.05, right + 0.05), ylim=(low - 0.05, high + 0.05), aspect="equal")
    axes.set_xlabel(r"direction $\theta$ from 0 to $\pi$ (left and right edge identified, turned over)")
    axes.set_ylabel(r"$\varphi$ from 0 to $2\pi$: quadratic, linear, -quadratic, -linear")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    figure.suptitle(title)
    return figure


def _ring(axes, points, plane: tuple[int, int], count: int) -> None:
    """Draw the projection to a plane, the unit circle, and the nearest patch of the data at `count` angles."""
    across, up = plane
    axes.scatter(points[:, across], points[:, up], s=2, alpha=0.2, color="#2a7f9e", rasterized=True, lw=0)
    angles = 2 * np.pi * np.arange(count) / count
    ideal = np.zeros((count, points.shape[1]))
    ideal[:, across], ideal[:, up] = np.cos(angles), np.sin(angles)
    _, nearest = cKDTree(points).query(ideal)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="0.6", lw=0.8)
    for angle, row in zip(angles, nearest, strict=True):
        patch(axes, points[row], (1.3 * np.cos(angle), 1.3 * np.sin(angle)), 3.6 / count + 0.06)
    axes.set(xlim=(-1.55, 1.55), ylim=(-1.55, 1.55), aspect="equal", xlabel=NAMES[across], ylabel=NAMES[up])
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
