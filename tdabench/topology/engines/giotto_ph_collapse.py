"""giotto-ph (Burella Perez et al. 2021) after edge collapse (Boissonnat & Pritam 2020)."""

from functools import partial

from tdabench.topology.engines import giotto_ph

TITLE = "giotto-ph, edge collapse"
PACKAGE = giotto_ph.PACKAGE
FLOATS = giotto_ph.FLOATS
LARGEST_FIELD = giotto_ph.LARGEST_FIELD
bars = partial(giotto_ph.bars, collapse=True)
