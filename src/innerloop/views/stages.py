"""An outer loop as it happens: a line a stage, the first failure whole, and what to do next."""

from __future__ import annotations

from innerloop.core.happenings import (
    Found,
    OuterFinished,
    OuterRested,
    OuterStarted,
    OuterStopped,
    StageAsks,
    StageGoesOn,
    StageSampled,
    StageSettled,
    StageStarted,
    StageWalked,
    Told,
)
from innerloop.core.stages import End
from innerloop.core.states import DOUBTFUL, PASSING, State
from innerloop.core.text import listing, seconds, visible
from innerloop.views.github import command, defused
from innerloop.views.lines import painted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.happenings import Happening
    from innerloop.views.streams import Streams

_GREEN, _RED, _YELLOW, _DIM = "\x1b[32m", "\x1b[31;1m", "\x1b[33m", "\x1b[2m"
_CLEAR = "\x1b[0K"
_TELLING = frozenset(
    {
        *(State.FAILED, State.FAILING, State.RETRYING, State.ROLLBACK_FAILED),
        *(State.UNKNOWN, State.INCONCLUSIVE),
    }
)
"""what comes of a command, and is not to be understood without what it said"""
_WORD = 11
_FOLDING = ("github", "gitlab")
_BEAT = 60.0
"""seconds after which a log says again that a stage goes on"""
_ENDS = {
    End.PASSED: _GREEN,
    End.SENT_BACK: _RED,
    End.FAILED: _RED,
    End.SUPERSEDED: _YELLOW,
    End.ROLLED_BACK: _RED,
    End.ROLLBACK_FAILED: _RED,
}


class Stages:
    """Lines, for terminals and pipes; `form` is whose CI reads them, if any."""

    def __init__(
        self,
        streams: Streams,
        log: Callable[[str], str],
        walked: Callable[[Event], None],
        *,
        form: str = "",
        token: Callable[[], str] = str,
    ) -> None:
        self._streams = streams
        self._log = log
        self._walked = walked
        self._form = form
        self._token = token
        self._width = 8
        self._shown = False
        self._moving = False
        """the last line is one that is written over"""
        self._beats: dict[str, float] = {}
        self._walks: set[str] = set()
        """stages whose findings the walk itself has shown where they are"""

    def __call__(self, happening: Happening) -> None:  # noqa: C901, PLR0912 - a table
        if not isinstance(happening, StageGoesOn):
            self._still()
        match happening:
            case OuterStarted(ticket=ticket, resumed=resumed):
                self._width = max([len(one.name) for one in ticket.outer.stages] + [8])
                verb = "goes on" if resumed else "begins"
                of = ticket.version[:12] or "what stands here"
                self._streams.err(f"{ticket.outer.name} {verb}: run {ticket.id} of {of}")
                for name, why in ticket.left:
                    # What a flag leaves out is what whoever gave it wanted.
                    if not why.startswith("--"):
                        self._streams.err(f"{name:{self._width}}  left out   {why}")
            case StageStarted(stage=stage, kind=kind, adopted=adopted, attempt=attempt):
                self._beats.pop(stage, None)
                if kind == "rollback":
                    self._streams.err(f"{stage:{self._width}}  is rolled back")
                elif adopted:
                    self._streams.err(f"{stage:{self._width}}  still runs, begun before us")
                elif attempt > 1:
                    self._streams.err(f"{stage:{self._width}}  begins once more ({attempt})")
            case StageGoesOn():
                self._goes_on(happening)
            case StageWalked(stage=stage, event=event):
                self._walks.add(stage)
                self._walked(event)
            case StageSampled(stage=stage, sample=sample, bad=bad, left=left, said=told):
                value = "" if sample.value is None else f" {sample.value:g}"
                said = f"{sample.verdict}{value}, {bad} bad, {seconds(left)} left"
                said += f": {visible(told)}" if told else ""
                self._streams.err(f"{stage:{self._width}}  sample     {said}")
            case StageAsks(stage=stage, question=question, how=how):
                self._streams.out(f"{stage:{self._width}}  waits      {visible(question)}")
                self._streams.out(f"{'':{self._width}}             {visible(how)}")
            case StageSettled():
                self._settled(happening)
            case Found(finding=finding):
                where = f"{finding.where}: " if finding.where else ""
                to = finding.loop or finding.back_to
                back = f" (back to {to})" if to else ""
                said = f": {visible(finding.said)}" if finding.said and not where else ""
                self._streams.out(f"finding: {where}{visible(finding.message)}{said}{back}")
                self._annotated(finding.path, finding.line, finding.message, finding.stage)
            case Told(stage=stage, message=message):
                self._streams.err(f"{stage:{self._width}}  {visible(message)}")
            case OuterRested() | OuterStopped() | OuterFinished():
                self._over(happening)

    def close(self) -> None:
        self._still()

    def _goes_on(self, happening: StageGoesOn) -> None:
        expected = f" of about {seconds(happening.expected)}" if happening.expected else ""
        text = f"{happening.stage:{self._width}}  runs       {seconds(happening.seconds)}{expected}"
        if self._streams.terminal:
            self._moving = True
            self._streams.err(f"\r\x1b[2K{text[: self._streams.width - 1]}", end="")
        elif happening.seconds - self._beats.get(happening.stage, 0.0) >= _BEAT:
            self._beats[happening.stage] = happening.seconds
            self._streams.err(text)

    def _still(self) -> None:
        if self._moving:
            self._streams.err("\r\x1b[2K", end="")
            self._moving = False

    def _settled(self, settled: StageSettled) -> None:
        colour = self._streams.colour
        said = painted(f"{word(settled.state):{_WORD}}", _colour(settled.state), colour=colour)
        took = seconds(settled.seconds) if settled.state is not State.SKIPPED else ""
        took = f"{took:>7}" if len(word(settled.state)) < _WORD else f" {took:>6}"
        text = f"{settled.stage:{self._width}}  {said}{took}  {visible(settled.why)}".rstrip()
        if self._form in _FOLDING and settled.log:
            self._folded(settled, text)
            return
        self._streams.out(text)
        loud = settled.state is State.ROLLBACK_FAILED
        if settled.state in _TELLING and settled.log and (loud or not self._shown):
            self._whole(settled.log)

    def _whole(self, path: str) -> None:
        colour, log = self._streams.colour, self._log(path)
        if log:
            self._shown = True
            self._streams.out(painted(f"--- {path}", _DIM, colour=colour))
            self._streams.out(log, end="" if log.endswith("\n") else "\n")
            self._streams.out(painted("---", _DIM, colour=colour))

    def _folded(self, settled: StageSettled, text: str) -> None:
        """The stage's log below its line, folded, with nothing left in it that a CI obeys."""
        log = defused(self._log(settled.log)).removesuffix("\n")
        if self._form == "github":
            token = self._token()
            parts = [command("group", defused(text)), f"::stop-commands::{token}"]
            parts += [log] if log else []
            parts += [f"::{token}::", command("endgroup", "")]
            self._streams.out("\n".join(parts))
            return
        at, name = int(settled.at), f"loop_{settled.stage}_{self._token()}"
        closed = "[collapsed=true]" if settled.state in PASSING else ""
        self._streams.out(f"{_CLEAR}section_start:{at}:{name}{closed}\r{_CLEAR}{text}")
        self._streams.out(log.replace("\r", "").replace(_CLEAR, ""))
        self._streams.out(f"{_CLEAR}section_end:{at}:{name}\r{_CLEAR}")

    def _annotated(self, path: str, line: int, message: str, stage: str) -> None:
        if self._form == "github" and stage not in self._walks:
            at = str(line or "")
            said = visible(message)
            self._streams.out(command("error", said, file=path, line=at, title=stage))

    def _over(self, over: OuterRested | OuterStopped | OuterFinished) -> None:
        out, colour = self._streams.out, self._streams.colour
        match over:
            case OuterFinished(run=run, end=end, seconds=took):
                head = painted(str(end), _ENDS.get(end, _YELLOW), colour=colour)
                out(f"{head}: run {run} in {seconds(took)}")
            case OuterRested(run=run, doubtful=doubtful) if doubtful:
                head = painted("needs a decision", _YELLOW, colour=colour)
                out(f"{head}: run {run}, {listing(doubtful)}: nobody can tell what came of it")
            case OuterRested(run=run, waiting=waiting):
                head = painted("waiting", _YELLOW, colour=colour)
                out(f"{head}: run {run}, {listing(waiting)}")
            case OuterStopped(run=run, reason=reason, running=running):
                head = painted("interrupted", _YELLOW, colour=colour)
                goes = f"; {listing(running)} goes on without us" if running else ""
                out(f"{head}: run {run} ({reason or 'stopped'}){goes}")
        for one in getattr(over, "advice", ()):
            out(one if one.startswith("then") else f"next: {one}")


def word(state: State) -> str:
    """A state in a word, shouted where it should be seen."""
    if state in {State.FAILED, State.FAILING, State.ROLLBACK_FAILED}:
        return str(State.FAILED if state is State.FAILING else state).upper()
    return {State.RETRYING: "failed", State.UNDONE: "not done"}.get(state, str(state))


def _colour(state: State) -> str:
    if state is State.SKIPPED:
        return _DIM
    if state in PASSING:
        return _GREEN
    return _YELLOW if state in DOUBTFUL or state in {State.WAITING, State.UNDONE} else _RED
