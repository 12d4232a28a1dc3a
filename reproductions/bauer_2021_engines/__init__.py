"""Persistence engines on the inputs that they are compared on: the same bars? how many? in what time and memory?

Every engine that is installed is started in a process of its own, on one thread; what has been computed is kept, so
that a run that was cut off goes on. Seconds count only where the bars are those of the others.
"""

from reproductions.bauer_2021_engines.experiment import measure

__all__ = ["measure"]
