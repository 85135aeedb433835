"""What stands: each loop's latest verdict in this watch, and the content it is a verdict on."""

from __future__ import annotations

from innerloop.core.model import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from innerloop.core.events import Saved
    from innerloop.core.model import Result

_NONE = frozenset({Outcome.CANCELLED, Outcome.DEFERRED})


class Standing:
    """Told of what starts and ends; asked whether all of it would still be said."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self._results: dict[str, Result] = {}
        self._content: dict[str, str] = {}
        """the fingerprint that a verdict is known for, or on its way; empty: it has no name"""

    def begin(self, loops: Iterable[str]) -> None:
        """These are asked anew: until they start, nothing is said of them that could be wrong."""
        for loop in loops:
            self._content.pop(loop, None)

    def started(self, loop: str, fingerprint: str) -> None:
        self.running.add(loop)
        self._content[loop] = fingerprint

    def finished(self, result: Result) -> bool:
        """Take a result; whether its loop has run for it."""
        loop = result.loop
        ran = loop in self.running
        self.running.discard(loop)
        if result.outcome in _NONE or result.open:
            self._content.pop(loop, None)
            return ran
        self._results[loop] = result
        # Where inputs moved it is a verdict on what stood there when it began.
        self._content[loop] = result.fingerprint or self._content.get(loop, "")
        return ran

    def outdated(self, saved: Saved, affected: Callable[[str, str, Saved], bool]) -> bool:
        """Whether some loop would now be asked another question than it answered."""
        return any(affected(loop, content, saved) for loop, content in self._content.items())

    def keep(self, loops: Iterable[str]) -> None:
        """Only these loops are left."""
        kept = set(loops)
        self._results = {name: one for name, one in self._results.items() if name in kept}
        self._content = {name: one for name, one in self._content.items() if name in kept}

    def failed(self) -> tuple[str, ...]:
        return tuple(name for name, one in self._results.items() if one.red)

    def warm(self) -> tuple[str, ...]:
        return tuple(name for name, one in self._results.items() if one.warm)
