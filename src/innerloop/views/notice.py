"""A notice where red becomes green or green red, and nowhere else."""

from __future__ import annotations

from innerloop.core.events import Reconfigured, Rested
from innerloop.core.model import Verdict
from innerloop.core.text import listing, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.events import Event
    from innerloop.core.model import Run

BELL = "\x07"
KINDS = frozenset({"bell", "terminal", "desktop"})
LONG = 5.0
"""seconds after which somebody has looked away"""
_END = "\x1b\\"
_NONE = frozenset({"0", "off", "no", "none", "false"})
# Several terminals know both ways of being asked for a notice, and would show two.
_KNOW_777 = ("rxvt", "foot")
_KNOW_NONE = ("linux", "dumb", "screen", "tmux")


class Notice:
    """Told of events; rings the terminal, and after a long walk calls `far` as well."""

    def __init__(
        self,
        title: str,
        ring: Callable[[str], None],
        far: Callable[[str], None],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._title = title
        self._ring = ring
        self._far = far
        self._environ = environ or {}
        self._wanted = wanted(self._environ)
        self._failing: dict[str, None] = {}
        """loops that failed when they last ran: a walk need not be about all of them"""
        self._red: bool | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case Reconfigured(loops=loops, problems=""):
                self._failing = {name: None for name in self._failing if name in loops}
            case Rested(run=run):
                self._rested(run)

    def _rested(self, run: Run) -> None:
        for one in run.results:
            if one.red and one.required:
                self._failing[one.loop] = None
            elif one.green:
                self._failing.pop(one.loop, None)
        if run.verdict not in _TOLD:
            return  # it leaves something open
        red = bool(self._failing)
        turned = self._red is not None and red is not self._red
        self._red = red
        if turned:
            self._tell(run.seconds)

    def _tell(self, seconds: float) -> None:
        what = f"{listing(tuple(self._failing), 3)} failed" if self._red else "green again"
        said = visible(f"{self._title}: {what}")
        bell = BELL if "bell" in self._wanted else ""
        asked = request(said, self._environ) if "terminal" in self._wanted else ""
        if bell or asked:
            self._ring(bell + asked)
        if "desktop" in self._wanted and seconds > LONG:
            self._far(said)


_TOLD = frozenset({Verdict.RED, Verdict.GREEN})


def wanted(environ: Mapping[str, str]) -> frozenset[str]:
    """Which kinds of notice LOOP_NOTICE asks for; all of them, where it does not say."""
    said = environ.get("LOOP_NOTICE", "").lower().replace(",", " ").split()
    if _NONE.intersection(said):
        return frozenset()
    return KINDS.intersection(said) or KINDS


def request(said: str, environ: Mapping[str, str]) -> str:
    """What asks a terminal for a notice; nothing where it would not know what is meant."""
    kind = environ.get("TERM", "")
    if kind.startswith(_KNOW_NONE):
        return ""
    if kind.startswith(_KNOW_777):
        return f"\x1b]777;notify;loop;{said.replace(';', ',')}{_END}"
    # Before a semicolon a number would be an order: 4 is for a progress bar.
    return f"\x1b]9;{said.replace(';', ',')}{_END}"
