"""loop hook run: what is about to be committed or pushed is checked, and nothing of it touched."""

from __future__ import annotations

import os
from contextlib import closing
from typing import NamedTuple

from innerloop.cli.apart import Subject, apart, listed, shadow_of
from innerloop.cli.carried import Means, carried
from innerloop.cli.inner import Selection, forecasted
from innerloop.cli.inner import proven as note
from innerloop.cli.wiring import project, streams, tty, view
from innerloop.config.find import NAME
from innerloop.core.errors import ExitCode, LoopError, of_verdict
from innerloop.core.model import Action
from innerloop.core.plan import Choice, chosen
from innerloop.core.pushes import Push, pushes
from innerloop.core.text import listing
from innerloop.engine.cancel import Cancel
from innerloop.engine.walk import Asked
from innerloop.system import git, handoff
from innerloop.system.runners.shadowed import shadowed
from innerloop.system.shadow.compare import unequal
from innerloop.system.shadow.repository import tree_of
from innerloop.system.signals import code, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from innerloop.cli.wiring import Project
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Config, Plan, Result, Run
    from innerloop.core.world import Runner
    from innerloop.system.shadow.shadow import Shadow

_TIMES = 3
PRE_COMMIT, PRE_PUSH = "pre-commit", "pre-push"


class Call(NamedTuple):
    """Which hook it is, and what ends it."""

    hook: str
    cancel: Cancel

    @property
    def cold(self) -> bool:
        """A warm pass is good enough to commit, and not to push."""
        return self.hook == PRE_PUSH

    def selection(self, config: Config) -> Selection:
        """The loops it is about."""
        hook = config.pre_push if self.hook == PRE_PUSH else config.pre_commit
        choice = Choice(budget=hook.budget, strict=True, always=hook.always)
        return Selection(chosen(config.loops, choice), {}, choice)


def hooked(hook: str, arguments: list[str], pushed: list[str]) -> int:
    """Check what the hook is about; the exit code. `pushed`: git's lines for pre-push."""
    del arguments  # where it is pushed to makes no difference
    cancel = Cancel()
    with project(write=True) as found, signals(cancel), shadow_of(found) as shadow:
        for subject in _subjects(hook, found.root, shadow, pushed):
            ended = _checked(found, shadow, subject, Call(hook, cancel))
            found.ground.tree.stale()
            if cancel:
                return code(cancel.reason)
            if ended:
                return ended
    return ExitCode.OK


def _subjects(hook: str, root: str, shadow: Shadow, pushed: list[str]) -> Iterator[Subject]:
    """Each tree once."""
    if hook == PRE_COMMIT:
        checked = ""
        for _ in range(_TIMES):
            # Git reads the index again after the hook: what was staged meanwhile is committed, too.
            tree = shadow.staged()
            if tree == checked:
                return
            yield Subject(tree, shadow.real.head)
            checked = tree
        if shadow.staged() != checked:
            raise LoopError("what is staged changes all the time", "commit again when it is done")
        return
    known: set[str] = set()
    # Called by hand, say: then what would be pushed is what is there.
    head = (Push("HEAD", shadow.real.head, "", ""),) if shadow.real.head else ()
    for push in pushes(pushed, os.environ) or head:
        if push.deletes:
            continue
        tree = tree_of(root, push.commit)
        if tree not in known:
            known.add(tree)
            yield Subject(tree, git.ask(root, "rev-parse", f"{push.commit}^{{commit}}").strip())


def _checked(found: Project, shadow: Shadow, subject: Subject, call: Call) -> int:
    """Check one tree: where it stands, if it stands in the work tree, else in the shadow."""
    staged = listed(shadow, subject.tree)
    differ = unequal(found.ground.tree, staged)
    aside = {NAME, found.ground.config.env_file}
    # A link may lead to what differs, or out of the project.
    linked = any(value.startswith("120000") for value in staged.values())
    apart_ = bool(aside.intersection(differ)) or (linked and bool(differ or shadow.real.prefix))
    ended = None if apart_ else _in_place(found, staged, differ, call)
    return _in_shadow(found, shadow, subject, staged, call) if ended is None else ended


def _in_place(
    found: Project, staged: Mapping[str, str], differ: tuple[str, ...], call: Call
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
    if any(ground.inputs.touched(loop, unequal(ground.tree, staged)) for loop in selection.loops):
        return None
    handoff.write(ground, run)
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
    found: Project, shadow: Shadow, subject: Subject, staged: Mapping[str, str], call: Call
) -> int:
    what = "staged" if call.hook == PRE_COMMIT else f"in {subject.head[:10]}"
    streams().err(f"checked as it is {what}, apart from the work tree")
    with apart(found, shadow, subject, staged, cold=call.cold) as there:
        selection = call.selection(there.project.ground.config)
        plan = forecasted(there.project, selection)
        run = _walked(there.project, plan, call, lambda one: shadowed(one, there.overlay))
    ended = _code(run)
    if ended and call.hook == PRE_COMMIT and not call.cancel:
        streams().err(
            "what failed is what is staged, not what stands in the work tree: stage what is "
            "missing, or 'loop fix --staged'. Files that git ignores are there only if they are "
            "inputs, or named under 'needs' of 'hook'"
        )
    return ended or _changed(shadow)


def _walked(
    found: Project,
    plan: Plan,
    call: Call,
    around: Callable[[Runner], Runner] = lambda runner: runner,
) -> Run | None:
    asked, shown = Asked(command=f"loop hook run {call.hook}"), streams()
    with closing(view("", shown, found.root)) as show:
        means = Means(around, tty(shown))
        return carried(found.ground, plan, asked, call.cancel, show, means=means)


def _code(run: Run | None) -> int:
    if run is None:
        return ExitCode.BUG
    return of_verdict(run.verdict)


def _changed(shadow: Shadow) -> int:
    """1 where a loop would have what is staged be something else; it is shown."""
    paths = shadow.changed_paths()
    if not paths:
        return ExitCode.OK
    shown = streams()
    shown.out(shadow.changed(paths), end="")
    shown.err(
        f"a loop would change {listing(paths, 5)}, as shown: 'loop fix --staged' takes it over"
    )
    return ExitCode.FAILED
