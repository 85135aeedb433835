"""Findings: what an outer loop sends back to be mended, and to whom."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.digest import blake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Finding(NamedTuple):
    """One thing that has to be mended."""

    run: str
    outer: str
    stage: str
    message: str
    loop: str = ""
    """the inner loop to mend it in; passing it clears this"""
    back_to: str = ""
    """the earlier stage to begin again with"""
    path: str = ""
    line: int = 0
    tool: str = ""
    command: str = ""
    log: str = ""
    said: str = ""
    """the last line of what it printed"""
    at: float = 0.0

    @property
    def mark(self) -> str:
        """What it is recognised by when it is found once more, wherever its line has moved to."""
        said = " ".join(word for word in self.message.split() if not word.isdigit())
        parts = (self.outer, self.stage, self.loop, self.path, said)
        return blake("\0".join(parts).encode("utf-8", "surrogateescape"))

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}" if self.path and self.line else self.path


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, the latest of those that are alike."""
    return tuple({one.mark: one for one in findings}.values())


def line(findings: tuple[Finding, ...]) -> str:
    """What is open, in one line."""
    first = findings[0]
    place = f" ({first.where})" if first.where else ""
    to = f": loop inner {first.loop}" if first.loop else ""
    many = f"{len(findings)} findings" if len(findings) > 1 else "1 finding"
    return f"{many} of the outer loop open, from {first.stage}{place}{to}"
