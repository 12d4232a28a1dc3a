"""The Content-Security-Policy of our pages: a page shows its own content, and runs nothing that data bring along."""

import base64
import hashlib


def content_security_policy(scripts: list[str], styles: list[str], images: str) -> str:
    """The policy of a page.

    Parameters
    ----------
    scripts, styles
        Inline scripts and styles, each allowed by its digest. The text between the tags must be exactly this one.
    images
        Sources of images.
    """
    return (
        f"default-src 'none'; script-src {_digests(scripts)}; style-src {_digests(styles)}; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digests(texts: list[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
