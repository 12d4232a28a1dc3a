"""Engines for the persistence of flag complexes: one file each, see tdabench.topology.engine."""
