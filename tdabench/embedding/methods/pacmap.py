"""PaCMAP. Wang, Huang, Rudin & Shaposhnik 2021, JMLR 22(201):1-73. The authors'."""

import logging

TITLE = "PaCMAP"
PACKAGE = "pacmap"


def embed(points, dimensions, neighbours, seed, **options):
    from pacmap import PaCMAP

    logging.getLogger("pacmap").setLevel(logging.ERROR)  # it warns of every seed that it is given
    options = {"n_neighbors": neighbours, "random_state": seed} | options
    return PaCMAP(n_components=dimensions, **options).fit_transform(points)
