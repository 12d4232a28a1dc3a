"""Characters that nobody sees, in text from elsewhere: terminals, pages and the record get a mark in their place."""

import re

# Control characters (a terminal obeys them), what turns the direction of reading (it can make a line say another
# thing than it holds) and lone surrogates (no file can hold them).
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def seen(value: str) -> str:
    """A text whose unseen characters are seen: each becomes the replacement character."""
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))
