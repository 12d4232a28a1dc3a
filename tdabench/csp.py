"""What a page of ours may do: show what is written in it, and nothing that data could bring with them."""

import base64
import hashlib


def content_security_policy(scripts: list[str], styles: list[str], images: str) -> str:
    """The policy of a page that has these inline scripts and styles, each allowed by its digest, and images from there.

    A text stands between its tags as it is here, with no space added, or the digest is another one.
    """
    return (
        f"default-src 'none'; script-src {_digests(scripts)}; style-src {_digests(styles)}; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digests(texts: list[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
