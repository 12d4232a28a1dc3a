"""Malformed lines: counted, the first few quoted, and refused when there are too many."""

from dataclasses import dataclass, field

from tdabench.errors import BadInput

EXAMPLES = 5  # malformed lines that a note quotes


@dataclass
class MalformedLines:
    """The malformed lines of a file, or of several that belong together.

    Parameters
    ----------
    share
        Largest share of the lines that may be malformed.
    lines
        Lines so far, blank ones included.
    count
        Malformed lines so far.
    examples
        The place and the fault of the first few.
    """

    share: float
    lines: int = 0
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def __post_init__(self):
        if not 0 <= self.share < 1:
            raise BadInput(f"malformed_share: a share from 0 to below 1 is needed, not {self.share}.")

    def add(self, place: str, fault: str) -> None:
        """Count a malformed line."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{place}: {fault}")

    @property
    def too_many(self) -> bool:
        """Whether more than the share is malformed."""
        return self.count > self.share * self.lines

    def check(self) -> None:
        """Raise BadInput when more than the share is malformed."""
        if self.too_many:
            raise BadInput(
                f"{self.examples[0]}; {self.count} of {self.lines} lines are malformed, but at most {self.share:g} of "
                "them may be. Repair the file, or fetch it anew."
            )

    def quoted(self) -> str:
        """The examples in brackets; "" when there are none."""
        more = f" and {self.count - len(self.examples)} more" if self.count > len(self.examples) else ""
        return f" ({'; '.join(self.examples)}{more})" if self.examples else ""

    def note(self) -> str:
        """The number of malformed lines and the examples, for the note of a data set."""
        return f"{self.count} malformed lines skipped{self.quoted()}"
