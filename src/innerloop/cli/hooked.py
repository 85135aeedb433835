"""loop hook run: what is about to be committed or pushed is checked, and nothing of it touched."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from innerloop.cli.apart import apart, caution, listed, shadow_of
from innerloop.cli.carried import Means, carried
from innerloop.cli.inner import Selection, forecasted
from innerloop.cli.inner import proven as note
from innerloop.cli.purse import COMMITTED
from innerloop.cli.subjects import loopless, pushed, restated, staged, standing
from innerloop.cli.wiring import streams, tty, view
from innerloop.config.find import NAME
from innerloop.core.errors import ExitCode, of_verdict
from innerloop.core.handoff import complete
from innerloop.core.later import later
from innerloop.core.model import Action, Outcome
from innerloop.core.money import Purse
from innerloop.core.plan import Choice, chosen
from innerloop.core.text import listing
from innerloop.engine.cancel import Cancel
from innerloop.engine.walk import Asked
from innerloop.system import handoff
from innerloop.system.history import ledger
from innerloop.system.runners.shadowed import shadowed
from innerloop.system.shadow.changes import changed, patch
from innerloop.system.shadow.compare import unequal
from innerloop.system.signals import code, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.cli.subjects import Subject
    from innerloop.cli.wiring import Project
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Config, Hook, Plan, Result, Run
    from innerloop.core.world import Runner
    from innerloop.system.shadow.shadow import Shadow

PRE_COMMIT, PRE_PUSH = "pre-commit", "pre-push"


class Call(NamedTuple):
    """Which hook it is, and what ends it."""

    hook: str
    cancel: Cancel
    told: set[str]
    """the warnings that were given already"""

    @property
    def cold(self) -> bool:
        """A warm pass is good enough to commit, and not to push."""
        return self.hook == PRE_PUSH

    def told_of(self, config: Config) -> Hook:
        """What loops.yaml says of it."""
        return config.pre_push if self.hook == PRE_PUSH else config.pre_commit

    def selection(self, config: Config) -> Selection:
        """The loops it is about."""
        hook = self.told_of(config)
        choice = Choice(budget=hook.budget, strict=True, always=hook.always, tries=True)
        choice = choice._replace(purse=Purse(refusal=COMMITTED, unit=config.spend.unit))
        return Selection(chosen(config.loops, choice), {}, choice)


def hooked(hook: str, arguments: list[str], lines: list[str], below: str | None = None) -> int:
    """Check what the hook is about; the exit code. `lines`: git's own, for pre-push."""
    del arguments  # where it is pushed to makes no difference
    cancel = Cancel()
    with standing(below) as found, signals(cancel), shadow_of(found) as shadow:
        call = Call(hook, cancel, set())
        subjects = staged(shadow) if hook == PRE_COMMIT else pushed(found.root, shadow, lines)
        for subject in subjects:
            ended = _checked(found, shadow, subject, call)
            found.ground.tree.stale()
            if cancel:
                return code(cancel.reason)
            if ended:
                return ended
    return ExitCode.OK


def _checked(found: Project, shadow: Shadow, subject: Subject, call: Call) -> int:
    """Check one tree: where it stands, if it stands in the work tree, else in the shadow."""
    files = listed(shadow, subject.tree)
    if loopless(found, files):
        streams().err(f"there is no {NAME} {subject.said}, so nothing is checked")
        return ExitCode.OK
    differ = unequal(found.ground.tree, files)
    if NAME in files and NAME in differ:
        with restated(found, shadow, files) as other:
            caution(other, files, call.told)
            return _in_shadow(other, shadow, subject, files, call)
    caution(found, files, call.told)
    aside = {NAME, found.ground.config.env_file}
    # A link may lead to what differs, or out of the project.
    linked = any(value.startswith("120000") for value in files.values())
    apart_ = bool(aside.intersection(differ)) or (linked and bool(differ or shadow.real.prefix))
    ended = None if apart_ else _in_place(found, subject, files, differ, call)
    return _in_shadow(found, shadow, subject, files, call) if ended is None else ended


def _in_place(
    found: Project,
    subject: Subject,
    files: Mapping[str, str],
    differ: tuple[str, ...],
    call: Call,
) -> int | None:
    """The exit code; None where it cannot be told from what stands in the work tree."""
    ground = found.ground
    ground.cold = call.cold
    selection = call.selection(ground.config)
    if any(ground.inputs.touched(loop, differ) for loop in selection.loops):
        return None
    proofs = [ground.prover.prove(loop) for loop in selection.loops]
    if any(_program(proof, differ) for proof in proofs):
        return None
    proven = {proof.loop.name: proof.fingerprint for proof in proofs}
    plan = forecasted(found, selection)
    if any(step.action is Action.RUN and step.loop.writes for step in plan.steps):
        return None
    run = _walked(found, plan, call)
    if run is None:
        return _code(run)
    if any(one.moved or _another(one, proven) for one in run.results):
        return None
    # Nor may what was saved meanwhile, and put back, have been looked at.
    ground.tree.stale()
    if any(ground.inputs.touched(loop, unequal(ground.tree, files)) for loop in selection.loops):
        return None
    _hand_over(found, found, run, subject, files)
    note(found, run)
    return _code(run)


def _program(proof: Proof, differ: tuple[str, ...]) -> bool:
    """Whether one of its programs is the project's own, and another one than is staged."""
    return any(value.partition(" ")[0] in differ for value in proof.ingredients.programs.values())


def _another(result: Result, proven: Mapping[str, str]) -> bool:
    """Whether the verdict is on another content than the one that is staged."""
    known = proven.get(result.loop)
    return bool(known and result.fingerprint and result.fingerprint != known)


def _in_shadow(
    found: Project, shadow: Shadow, subject: Subject, files: Mapping[str, str], call: Call
) -> int:
    streams().err(f"checked as it is {subject.said}, apart from the work tree")
    with apart(found, shadow, subject, files, cold=call.cold) as there:
        selection = call.selection(there.project.ground.config)
        plan = forecasted(there.project, selection)
        run = _walked(there.project, plan, call, lambda one: shadowed(one, there.overlay))
        ended = _code(run)
        if run is not None and not changed(shadow):
            _hand_over(found, there.project, run, subject, files)
    if ended and call.hook == PRE_COMMIT and not call.cancel:
        streams().err(
            "what failed is what is staged, not what stands in the work tree: stage what is "
            "missing, or 'loop fix --staged'. Files that git ignores are there only if they are "
            "inputs, or named under 'needs' of 'hook'"
        )
    return ended or _would(shadow)


def _hand_over(
    found: Project, there: Project, run: Run, subject: Subject, files: Mapping[str, str]
) -> None:
    """Say what was proven of the tree that was checked, whatever stands in the work tree."""
    run = run._replace(
        commit=subject.head if subject.made else "",
        tree=subject.tree,
        dirty=False,
        complete=complete(there.ground.config.loops, run),
    )
    handoff.write(found.ground, run, handoff.content(files))


def _walked(
    found: Project,
    plan: Plan,
    call: Call,
    around: Callable[[Runner], Runner] = lambda runner: runner,
) -> Run | None:
    asked, shown = Asked(command=f"loop hook run {call.hook}"), streams()
    with closing(view("", shown, found.root)) as show:
        means = Means(around, tty(shown))
        run = carried(found.ground, plan, asked, call.cancel, show, means=means)
    said = _later(found, run, call) if run else ""
    if said and said not in call.told:
        call.told.add(said)
        shown.err(said)
    return run


def _later(found: Project, run: Run, call: Call) -> str:
    ground = found.ground
    left = [one.loop for one in run.results if one.outcome is Outcome.DEFERRED]
    new = [name for name in left if ledger.deferred(ground.store, name) == 1]
    return later(run, ground.loops, call.hook, call.told_of(ground.config), new)


def _code(run: Run | None) -> int:
    if run is None:
        return ExitCode.BUG
    return of_verdict(run.verdict)


def _would(shadow: Shadow) -> int:
    """1 where a loop would have what is staged be something else; it is shown."""
    paths = changed(shadow)
    if not paths:
        return ExitCode.OK
    shown = streams()
    shown.out(patch(shadow, paths), end="")
    shown.err(
        f"a loop would change {listing(paths, 5)}, as shown: 'loop fix --staged' takes it over"
    )
    return ExitCode.FAILED
