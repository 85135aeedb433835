"""A known failure: what is on record of a step that is left for later on just this content."""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.core.text import ago

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Result

_TOLD = re.compile(r"; known: it (.+) on just this, .+ \((#\d+)\)$")


class Failing(NamedTuple):
    """The latest verdict on a content, where it is no pass."""

    how: str
    """what it did, in the past: `failed`, `timed out`, `was inconclusive`"""
    at: float
    run: str


def with_known(reason: str, known: Failing | None, now: float) -> str:
    """Why a step is left for later, and that it fails as far as anybody knows."""
    if known is None:
        return reason
    return f"{reason}; known: it {known.how} on just this, {ago(now - known.at)} (#{known.run})"


def name(result: Result) -> str:
    """A loop that is left open as the last line names it, with what is known of it."""
    told = _TOLD.search(result.reason)
    return f"{result.loop} ({told[1]} in {told[2]})" if told else result.loop
