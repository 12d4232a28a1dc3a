"""The published claims on all disjoint subsets of 50,000 of a collection as large as the published one.

The patches are drawn from the photographs at hand, or from a folder of van Hateren's stills. Each subset is analysed in
its turn by one of several processes and kept, so that a run that was cut off goes on.
"""

from reproductions.carlsson_2008_collection.experiment import measure

__all__ = ["measure"]
