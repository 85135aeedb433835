"""The project as the stages of an outer loop need it: commands, walks, files, findings."""

from __future__ import annotations

import os
from contextlib import closing

from innerloop.cli import benchmarks, intake
from innerloop.core.book import Act, How, Kept
from innerloop.core.command import expand
from innerloop.core.errors import LoopError
from innerloop.core.events import LoopStarted, WalkFinished
from innerloop.core.findings import Finding
from innerloop.core.handoff import complete
from innerloop.core.hands import Errand, Said
from innerloop.core.job import Job
from innerloop.core.lives import before
from innerloop.core.model import Loop
from innerloop.core.monitor import latest
from innerloop.core.outer import BACK, Loops, Monitor
from innerloop.core.outputs import counting, handed
from innerloop.core.stages import deployed
from innerloop.core.text import last as last_line
from innerloop.core.text import listing
from innerloop.engine.cancel import Cancel
from innerloop.system import artifacts, findings, handoff, last, launch
from innerloop.system.git import changed_since
from innerloop.system.standpoint import altered, rewritten, standpoint
from innerloop.system.veil import Veil

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.cli.wiring import Project
    from innerloop.core.book import Attempt, Record, Ticket
    from innerloop.core.events import Event
    from innerloop.core.model import Command, Run
    from innerloop.core.outer import Environment, Outer, Stage
    from innerloop.core.world import Stoppable
    from innerloop.system.journal.book import Book
    from innerloop.system.watchdog import Watchdog

_MOST = 10
_READ = 1 << 20


def outputs(outer: Outer) -> tuple[str, ...]:
    """What the stages of an outer loop leave: no change of anybody's."""
    return tuple(path for stage in outer.stages for path in stage.outputs)


def _ours(ticket: Ticket) -> tuple[str, ...]:
    """What may change while a run goes on."""
    left = outputs(ticket.outer)
    return (*left, "loops.yaml") if ticket.replanned else left


class Worksite:
    """A `Site`: this project, on this machine."""

    def __init__(self, found: Project, book: Book, watchdog: Watchdog, run: str) -> None:
        self.found = found
        self.book = book
        self.watchdog = watchdog
        self.run = run
        self.host = launch.host()
        self.boot = launch.boot()
        self._noted: dict[str, tuple[Kept, ...]] = {}
        """the inputs of each stage, as they were when it began"""

    # -- commands ----------------------------------------------------------------------------

    def errand(self, ticket: Ticket, stage: Stage, attempt: Attempt, command: Command) -> Errand:
        ground = self.found.ground
        # Its own command, and not its verify: that is asked once the inputs have been read.
        if attempt.act is Act.DO and command is getattr(stage.doing, "run", None):
            self._noted[stage.name] = intake.read(self.found.ground, stage)
        # A loop's environment is just what a stage's is to be.
        like = Loop(f"outer {stage.name}", command, 1.0, env=stage.env)
        told = {**ground.environ(like), **self._told(ticket, stage, attempt)}
        argv = expand(command, {"python": ground.python.interpreter or "python3"})
        cwd = os.path.join(self.found.root, stage.cwd)
        if not os.path.isdir(cwd):
            raise LoopError(f"{stage.name} cannot run: there is no folder {stage.cwd!r}")
        masked = (*ground.config.secrets, *stage.secrets)
        return Errand(argv, cwd, told, stage.timeout, tuple(dict.fromkeys(masked)))

    def _told(self, ticket: Ticket, stage: Stage, attempt: Attempt) -> dict[str, str]:
        target = deployed(ticket.outer, stage)
        place = ticket.environment(target.environment) if target else None
        return {
            "LOOP_RUN": ticket.id,
            "LOOP_STAGE": attempt.stage,
            "LOOP_COMMIT": ticket.commit,
            "LOOP_VERSION": ticket.version if attempt.act is Act.DO else attempt.version,
            "LOOP_IDEMPOTENCY_KEY": attempt.key,
            "LOOP_FENCE": str(attempt.fence),
            "LOOP_ENVIRONMENT": place.name if place else "",
            "LOOP_ENVIRONMENT_URL": place.url if place else "",
            "LOOP_PREVIOUS_VERSION": self._previous(ticket, attempt),
            "LOOP_PARENT_RUN": ticket.parent,
        }

    def _previous(self, ticket: Ticket, attempt: Attempt) -> str:
        """The version to go back to: what was live there before this run's."""
        if attempt.act is Act.ROLL_BACK:
            return attempt.version
        if ticket.outer.name == BACK:
            return ticket.version
        lives = self.book.live(attempt.environment) if attempt.environment else ()
        last = before(lives, ticket.version)
        return last.version if last else ""

    def ask(self, errand: Errand, stop: Stoppable) -> Said:
        from innerloop.system.runners.local import local  # noqa: PLC0415 - few stages ask

        job = Job(
            *("outer", (errand.argv,), errand.cwd, errand.env, errand.timeout, os.devnull),
            mask=Veil(errand.masked, (errand.env,)).mask,
        )
        done = local(self.watchdog)(job, lambda _text: None, stop)
        return Said(done.exit_code, done.tail, timed_out=done.timed_out)

    # -- walks -------------------------------------------------------------------------------

    def walk(self, names: tuple[str, ...], stop: Stoppable) -> Iterator[Event]:
        from innerloop.cli.inner import Flags, forecasted, select  # noqa: PLC0415 - not each
        from innerloop.engine.walk import Asked, walk  # noqa: PLC0415 - likewise
        from innerloop.system.here import Here  # noqa: PLC0415 - likewise
        from innerloop.system.reaper import sweep  # noqa: PLC0415 - likewise
        from innerloop.system.runners.local import local  # noqa: PLC0415 - likewise

        ground = self.found.ground
        ground.anew()
        ground.tree.stale()
        # What a warm process said is good enough to go on with, not to deploy.
        ground.cold = True
        plan = forecasted(self.found, select(self.found, Flags(names=names, no_budget=True)))
        here = Here(ground, local(self.watchdog), command="loop outer")
        told, started = last.Last(), False
        cancel = Cancel()
        detach = stop.attach(cancel.set)
        try:
            asked = Asked(command="loop outer")
            with closing(walk(plan, here, cancel=cancel, asked=asked)) as events:
                for happened in events:
                    event = ground.veil.over(happened)
                    started = started or isinstance(event, LoopStarted)
                    told(ground, event)
                    if isinstance(event, WalkFinished):
                        handoff.write(ground, event.run)
                    yield event
        finally:
            detach()
            if started:
                sweep(ground.walk)

    def proven(self, names: tuple[str, ...], run: Run) -> bool:
        loops = self.found.ground.config.loops
        if not names:
            return complete(loops, run)
        # Who is named has to pass, whatever it is in a walk that nobody named it in.
        chosen = [one._replace(auto=True, required=True) for one in loops if one.name in names]
        return complete(chosen, run)

    # -- what stands here --------------------------------------------------------------------

    def moved(self, ticket: Ticket, environment: Environment | None) -> str:
        if ticket.outer.name == BACK:
            # What is brought back is none of what stands here.
            return ""
        ground = self.found.ground
        left = _ours(ticket)
        now = standpoint(ground, left)
        if now.commit != ticket.commit and not (ticket.replanned and self._same(ticket, left)):
            return f"HEAD is {now.commit[:10] or 'nothing'} now, the run is of {ticket.commit[:10]}"
        if environment and now.in_git and now.dirty and not environment.dirty:
            return f"{now.changed[0]!r} is not committed, and {environment.name!r} wants all of it"
        changed = self.altered(ticket)
        return f"{changed} since" if changed else ""

    def rewritten(self, ticket: Ticket) -> str:
        # Where not all was committed, nobody has said which of it is ours.
        plain = bool(ticket.commit) and not ticket.content
        return rewritten(self.found.ground, ticket.commit, _ours(ticket)) if plain else ""

    def altered(self, ticket: Ticket) -> str:
        left = _ours(ticket)
        return altered(self.found.ground, ticket.commit, ticket.content, left)

    def _same(self, ticket: Ticket, left: tuple[str, ...]) -> bool:
        """Whether what is committed now is what the run is of, but for its plan."""
        return not [one for one in changed_since(self.found.root, ticket.commit) if one not in left]

    def keep(self, stage: Stage) -> tuple[Kept, ...]:
        before = self._noted.get(stage.name)
        after = intake.read(self.found.ground, stage)
        if before is not None and before != after:
            moved = sorted({one.path for one in set(before) ^ set(after)})
            raise LoopError(f"{moved[0]!r}, an input, was changed while it ran")
        kept = artifacts.keep(self.book.room, self.found.root, stage.name, stage.outputs)
        return (*kept, *after)

    def unfair(self, stage: Stage) -> str:
        return benchmarks.unfair(self.found.ground, self.book, self.run, stage)

    def measured(self, stage: Stage) -> tuple[Kept, ...]:
        return benchmarks.measured(self.found.ground, stage)

    def lay(self, record: Record, stage: Stage) -> str:
        outer, root = record.ticket.outer, self.found.root
        if not os.path.isdir(os.path.join(root, stage.cwd)):
            return f"there is no folder {stage.cwd!r}"
        counts = counting(outer, record.files(How.LEFT))
        kept = handed(outer, counts, stage)
        # What it has written over itself when it was tried before, it has as it was then.
        anew = stage.outputs if record.latest(stage.name) else ()
        changed = artifacts.lay(self.book.room, root, kept, anew)
        changed = changed or intake.otherwise(self.found.ground, record, stage)
        if changed:
            return changed
        left = {one.stage for one in kept}
        paths = [path for one in outer.stages if one.name in left for path in one.outputs]
        # What another stage left there is known, too; what this one is to leave may stand there.
        known = {one.path for one in counts}
        more = artifacts.added(root, paths, known, stage.outputs)
        return f"{more!r} was added to what {listing(sorted(left))} left" if more else ""

    # -- findings ----------------------------------------------------------------------------

    def findings(
        self, ticket: Ticket, stage: Stage, attempt: Attempt, run: Run | None
    ) -> tuple[Finding, ...]:
        loops = {loop.name for loop in self.found.ground.config.loops}
        back = stage.back_to
        blank = Finding(
            run=ticket.id,
            outer=ticket.outer.name,
            stage=stage.name,
            message=attempt.why,
            loop=back if back in loops else "",
            back_to=back if back not in loops else "",
            at=self.book.clock(),
        )
        if isinstance(stage.doing, Loops):
            made = tuple(self._walked(blank, run)) or (blank,)
        else:
            made = tuple(self._logged(blank, stage, attempt))
        made = tuple(self.found.ground.veil.over(one) for one in made)
        findings.add(self.found.root, ticket.id, made)
        return made

    def _walked(self, blank: Finding, run: Run | None) -> Iterator[Finding]:
        """Of the inner loops, each knows best itself."""
        for result in run.results if run else ():
            if not (result.red and result.required):
                continue
            place = next(iter(last.places(self.found.ground, result)), None)
            one = blank._replace(
                loop=result.loop, message=result.reason, command=result.command, log=result.log
            )
            if place is not None:
                one = one._replace(path=place.path, line=place.line, tool=place.tool)
                one = one._replace(message=place.message)
            yield one

    def _logged(self, blank: Finding, stage: Stage, attempt: Attempt) -> Iterator[Finding]:
        from innerloop.core.locations import ERROR, found  # noqa: PLC0415 - only after a failure

        path = f"{self.book.room.folder}/{attempt.log}" if attempt.log else ""
        doing = getattr(stage.doing, "run", None)
        end = _end(path)
        said = last_line(latest(end) if isinstance(stage.doing, Monitor) else end)
        blank = blank._replace(command=doing.text if doing else "", log=path, said=said)
        places = [
            place
            for place in found(end, stage.cwd, self.found.root)
            if place.kind == ERROR and not place.path.startswith("/")
        ]
        for place in places[:_MOST]:
            yield blank._replace(
                path=place.path, line=place.line, message=place.message, tool=place.tool
            )
        if not places:
            yield blank


def _end(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _READ))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
