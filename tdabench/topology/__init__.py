"""Landmarks, complexes, persistence, Betti curves: arrays in, arrays or small dataclasses out."""

from tdabench.topology.betti import BettiCurve, betti_curve, betti_numbers, longest_runs
from tdabench.topology.compare import bottleneck
from tdabench.topology.landmarks import Landmarks, maxmin_landmarks, random_landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import WitnessRun, lazy_witness_matrix, lazy_witness_persistence

__all__ = [
    "BettiCurve",
    "Diagram",
    "Landmarks",
    "WitnessRun",
    "betti_curve",
    "betti_numbers",
    "bottleneck",
    "lazy_witness_matrix",
    "lazy_witness_persistence",
    "longest_runs",
    "maxmin_landmarks",
    "persistence",
    "random_landmarks",
]
