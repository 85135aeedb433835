"""The course of one run: what every kind of stage needs, whatever it does."""

from __future__ import annotations

from innerloop.core.book import Act, Attempt, Held, Outrun, Wanted
from innerloop.core.consent import barred, subject
from innerloop.core.errors import LoopError
from innerloop.core.happenings import Found, StageSettled, StageStarted, Told
from innerloop.core.outer import BACK, Deploy
from innerloop.core.stages import asks, deployed, failing, guarded
from innerloop.core.states import Heard, State
from innerloop.core.text import ago

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from innerloop.core.book import Kept, Live, Record, Ticket
    from innerloop.core.findings import Finding
    from innerloop.core.hands import Errand, Means
    from innerloop.core.happenings import Happening
    from innerloop.core.model import Command, Run
    from innerloop.core.outer import Environment, Stage
    from innerloop.core.world import Stoppable

MOST_LOST = 3
"""how often in one go a command may be lost before it is not begun any more"""
_SLICE = 1.0


class Beaten(LoopError):  # noqa: N818 - it is us who are
    """A command is ended again and again before it can say how it ended."""


class Course:
    """One run, as one process carries it on. Everything that matters is in the journal."""

    def __init__(self, ticket: Ticket, means: Means, cancel: Stoppable) -> None:
        self.ticket = ticket
        self.outer = ticket.outer
        self.means = means
        self.journal = means.journal
        self.launcher = means.launcher
        self.site = means.site
        self.cancel = cancel
        self.stuck: dict[str, str] = {}
        """stages that wait for now, and for what"""
        self.lost: dict[str, int] = {}
        """how often each stage was lost in this process"""
        self.doubted: set[str] = set()
        """stages in doubt, of which nobody is asked again in this process"""
        self.running: list[str] = []
        """stages that go on without us"""
        self.found: list[Finding] = []
        """what was sent back to be mended"""

    def clock(self) -> float:
        return self.journal.clock()

    @property
    def resuming(self) -> str:
        """The command that carries it on: the run is named where another is meant without."""
        return self.ticket.resuming(meant=self._meant)

    @property
    def anew(self) -> str:
        """The command that begins another such run."""
        place = f" {self.outer.stages[0].environment}" if self.outer.name == BACK else ""
        return f"loop outer {self.outer.name}{place}"

    @property
    def flag(self) -> str:
        """What a command about one of its stages has to say as well, with a blank before it."""
        return "" if self._meant else f" --run {self.ticket.id}"

    @property
    def _meant(self) -> bool:
        return self.journal.meant(self.ticket.id)

    def fresh(self, stage: Stage, record: Record, act: Act = Act.DO) -> Attempt:
        """The next attempt at a stage, which nobody has heard of yet."""
        n = record.standing(stage.name).n + 1
        now = self.clock()
        target = deployed(self.outer, stage)
        place = self.place(stage)
        return Attempt(
            run=self.ticket.id,
            stage=stage.name,
            n=n,
            state=State.READY,
            key=f"{self.ticket.id}.{stage.name}.{n}" + (".rollback" if act is not Act.DO else ""),
            act=act,
            environment=target.environment if target else "",
            lock=place.lock if place else "",
            version=self.ticket.version,
            host=self.site.host,
            boot=self.site.boot,
            began=now,
            at=now,
            subject=subject(record, stage) if asks(stage) else "",
        )

    def place(self, stage: Stage) -> Environment | None:
        """The environment that a stage is about: its own, or what was deployed to before it."""
        behind = guarded(self.outer, stage) if asks(stage) else ()
        target = deployed(self.outer, stage)
        name = behind[0] if behind else target.environment if target else ""
        return self.ticket.environment(name) if name else None

    def begin(
        self,
        stage: Stage,
        attempt: Attempt,
        heard: Heard,
        wanted: Wanted | None = None,
        still: Callable[[], None] = lambda: None,
    ) -> Generator[Happening, None, Attempt | None]:
        """Write that it begins; returns the attempt as it was begun, or None where it may not.

        `still` raises where it may not any more, by what has changed while it had to wait.
        """
        found = self.journal.begin(attempt, heard, wanted)
        patience = self._patience(stage)
        while isinstance(found, Held) and self.clock() < attempt.began + patience:
            if self.cancel:
                break
            self.means.sleep(_SLICE)
            attempt = attempt._replace(at=self.clock())
            still()
            found = self.journal.begin(attempt, heard, wanted)
        match found:
            case Held(holder=holder):
                since = ago(self.clock() - holder.since)
                said = f"{attempt.environment} is held by run {holder.run}"
                self.stuck[stage.name] = said
                told = f"{said} ({holder.stage}, {holder.owner}), taken {since}"
                yield Told(stage.name, f"{told}; {self._holding(holder.run)}")
            case Outrun(live=live):
                which = "which is newer" if live.seq > self.ticket.seq else "and not this one"
                why = f"run {live.run}, {which}, has deployed {live.version[:12]} there"
                made = self.journal.begin(attempt._replace(why=why), Heard.OUTRUN)
                if isinstance(made, Attempt):
                    yield self.told(made)
            case Attempt():
                return found
        return None

    def _holding(self, run: str) -> str:
        """What is to be said of the run that has what we want."""
        if self.launcher.held(run):
            return "it is at work"
        word = self.journal.record(run).word
        if word == "open":
            return f"it is open: loop outer resume {run}"
        return f"it {'is ' if word != 'needs a decision' else ''}{word}: loop outer status {run}"

    def _patience(self, stage: Stage) -> float:
        return stage.doing.lock_wait if isinstance(stage.doing, Deploy) else 0.0

    def started(self, stage: Stage, attempt: Attempt, *, adopted: bool = False) -> StageStarted:
        expected = self.journal.expected(self.outer.name, stage.name)
        kind = stage.kind if attempt.act is Act.DO else str(Act.ROLL_BACK)
        return StageStarted(stage.name, kind, attempt.began, expected, attempt.n, adopted=adopted)

    def settle(
        self,
        attempt: Attempt,
        heard: Heard,
        why: str = "",
        *,
        live: Live | None = None,
        kept: Iterable[Kept] = (),
    ) -> StageSettled:
        """Write what was heard of it, then tell of it."""
        made = attempt._replace(why=why or attempt.why)
        if heard is Heard.DOUBTED:
            self.doubted.add(attempt.stage)
        return self.told(self.journal.settle(made, heard, live=live, kept=kept))

    def told(self, attempt: Attempt) -> StageSettled:
        seconds = max(0.0, attempt.at - attempt.began)
        log = self.launcher.log(attempt) if attempt.log else ""
        return StageSettled(
            attempt.stage, attempt.state, attempt.why, attempt.at, seconds, log, attempt.rc
        )

    def failed(
        self,
        stage: Stage,
        attempt: Attempt,
        why: str,
        run: Run | None = None,
        *,
        kept: Iterable[Kept] = (),
        again: bool = True,
    ) -> Iterator[Happening]:
        """Write that it failed, and send back what has to be mended, unless it is tried again."""
        before = self.journal.record(self.ticket.id).standing(stage.name).failures
        heard = failing(stage, before, attempt.rc, again=again)
        yield self.settle(attempt, heard, why, kept=kept)
        if heard is not Heard.AGAIN:
            yield from self.sent_back(stage, attempt._replace(why=why), run)

    def sent_back(
        self, stage: Stage, attempt: Attempt, run: Run | None = None
    ) -> Iterator[Happening]:
        for finding in self.site.findings(self.ticket, stage, attempt, run):
            self.found.append(finding)
            yield Found(finding)

    def errand(self, stage: Stage, attempt: Attempt, command: Command) -> Errand:
        """A command of the attempt's, told which effect it is to have: never a second one."""
        key = self.journal.record(self.ticket.id).effect(attempt)
        return self.site.errand(self.ticket, stage, attempt._replace(key=key), command)

    def kept(self, stage: Stage) -> tuple[tuple[Kept, ...], str]:
        """What it left, kept; or what is lacking."""
        try:
            return self.site.keep(stage), ""
        except LoopError as error:
            return (), error.message

    def lose(self, stage: Stage) -> None:
        """Count that it was begun, and ended without a word."""
        self.lost[stage.name] = self.lost.get(stage.name, 0) + 1

    def losing(self, stage: Stage) -> None:
        """Raise where there is no point in beginning it once more."""
        if self.lost.get(stage.name, 0) >= MOST_LOST:
            raise Beaten(
                f"{stage.name} was begun {MOST_LOST} times, and ended each time without a word",
                f"see what ends it (memory?), then: {self.resuming}",
            )

    def unmoved(self, stage: Stage, record: Record) -> None:
        """Raise where what stands here is not what the run is of."""
        deploys = isinstance(stage.doing, Deploy)
        moved = self.site.moved(self.ticket, self.place(stage) if deploys else None)
        if moved:
            raise LoopError(
                f"{stage.name} does not begin: {moved}",
                f"bring back what run {self.ticket.id} is of, or begin anew: {self.anew}",
            )
        changed = self.site.lay(record, stage)
        if changed:
            raise LoopError(
                f"{stage.name} does not begin: {changed}",
                "bring it back, or begin anew, so that what was tested is what is deployed",
            )

    def consented(self, stage: Stage, record: Record) -> None:
        """Raise where it deploys, and not everybody has said yes who must."""
        if found := barred(record, stage):
            raise LoopError(
                f"{stage.name} does not deploy: {found.why}",
                f"begin anew, so that it is asked: {self.anew}",
            )

    def wait(self, until: float) -> bool:
        """Wait for a moment; False where we are to stop."""
        while not self.cancel and (left := until - self.clock()) > 0:
            self.means.sleep(min(left, _SLICE))
        return not self.cancel
