"""Which run is meant by what was typed: a number, RUN/LOOP, or a loop, whose latest it is."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.ladder import named
from innerloop.system.history import ledger, lineages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project

BASELINE = "baseline"
_RECENT = 20
"""runs among which a loop's latest one is looked for"""


class Spec(NamedTuple):
    """What was typed."""

    run: str = ""
    loop: str = ""
    baseline: bool = False

    @property
    def now(self) -> bool:
        return not (self.run or self.loop or self.baseline)


def spec(found: Project, text: str) -> Spec:
    """What that text means; a LoopError where it is no number and no loop."""
    head, _, loop = text.partition("/")
    number = head.removeprefix("#")
    if number.isascii() and number.isdigit():
        return Spec(number, loop)  # whether or not there still is such a loop
    if head == BASELINE:
        return Spec(loop=_named(found, loop) if loop else "", baseline=True)
    return Spec(loop=_named(found, head)) if head else Spec()


def meant(found: Project, text: str) -> Spec:
    """The run, by its number, and perhaps the loop of it; neither where nothing was typed."""
    try:
        said = spec(found, text)
    except LoopError as error:
        raise LoopError(f"{text!r} is not a run, and no loop", error.hint) from error
    if said.baseline:
        raise LoopError("a baseline is no run", "loop compare baseline/NAME shows it")
    if said.loop and not said.run:
        return said._replace(run=latest(found, said.loop))
    return said


def latest(found: Project, loop: str) -> str:
    """The number of the run with the loop's latest verdict."""
    store = found.ground.store
    for number, _ in ledger.verdicts(store, loop, _RECENT):
        origin = lineages.of(store, number, loop)
        # One that was run again is as of long ago, whenever that was.
        if origin is None or not origin.lineage.again:
            return number
    raise LoopError(f"{loop!r} has not run here yet", f"loop run {loop}")


def _named(found: Project, name: str) -> str:
    """The loop of that name; of a ladder the rung that has run last, else the lowest."""
    rungs = named(found.ground.config.loops, name)
    ended = (ledger.verdicts(found.ground.store, one.name, 1) for one in rungs)
    # Of those that ran in one walk the highest.
    ran = [(int(one[0][0]), place) for place, one in enumerate(ended) if one]
    return rungs[max(ran)[1] if ran else 0].name
