"""For GitLab CI: a section a loop, closed where it passed; and a report of the code's quality."""

from __future__ import annotations

from innerloop.core.events import LoopFinished, WalkFinished, WalkStarted, Warned
from innerloop.core.text import visible
from innerloop.views.lines import advice, closing, gates, line
from innerloop.views.quality import quality
from innerloop.views.site import findings, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Result
    from innerloop.views.site import Site
    from innerloop.views.streams import Streams

_CLEAR = "\x1b[0K"


class Gitlab:
    """Lines that GitLab's log page folds; a log has nothing left in it that could end a fold."""

    def __init__(self, streams: Streams, site: Site) -> None:
        self._streams = streams
        self._site = site
        self._loops: dict[str, Loop] = {}
        self._width = 8
        self._sections = 0

    def __call__(self, event: Event) -> None:
        match event:
            case WalkStarted(plan=plan):
                self._loops = {step.loop.name: step.loop for step in plan.steps}
                self._width = max([len(name) for name in self._loops] + [8])
            case LoopFinished(result=result):
                self._finished(result)
            case Warned(loop=loop, message=message):
                self._streams.out(f"warning: {loop}: {visible(message)}")
            case WalkFinished(run=run):
                self._streams.out(closing(run, colour=False))
                if offer := advice(run, self._loops):
                    self._streams.out(offer)
                self._site.publish(quality(findings(run, self._site)))
            case _:
                if shown := said(event, self._width):
                    self._streams.out(shown)

    def close(self) -> None:
        """Nothing is held."""

    def _finished(self, result: Result) -> None:
        shown = line(result, self._width, colour=self._streams.colour)
        judged = gates(result)
        if not result.log:
            self._streams.out("\n".join((shown, *judged)))
            return
        self._sections += 1
        name = f"loop_{self._sections}_{result.loop}"
        log = self._site.log(result.log)
        parts = (
            opened(name, result.at, shown, collapsed=not result.halts),
            f"$ {visible(result.command)}\n",
            log if not log or log.endswith("\n") else f"{log}\n",
            closed(name, result.at + result.seconds),
            *(f"\n{one}" for one in judged),
        )
        # In one go: under -j nothing comes between.
        self._streams.out("".join(parts))


def opened(name: str, at: float, title: str, *, collapsed: bool) -> str:
    """What begins a section; its title is the line that stays."""
    options = "[collapsed=true]" if collapsed else ""
    return f"{_CLEAR}section_start:{int(at)}:{name}{options}\r{_CLEAR}{title}\n"


def closed(name: str, at: float) -> str:
    return f"{_CLEAR}section_end:{int(at)}:{name}\r{_CLEAR}"
