"""t-SNE. van der Maaten & Hinton 2008, JMLR 9:2579-2605. scikit-learn's, Barnes-Hut."""

TITLE = "t-SNE"


def embed(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import TSNE

    # The perplexity is a number of neighbours too, and its usual value is 30: with less the picture falls apart.
    options = {"perplexity": min(30.0, (len(points) - 1) / 3), "random_state": seed} | options
    return TSNE(dimensions, **options).fit_transform(points)
