"""loop compare: two results of a loop on one page, or one and the work tree."""

from __future__ import annotations

import sys

from innerloop.cli.meant import BASELINE, latest, spec
from innerloop.cli.numbers import between, numbers, pinned
from innerloop.cli.wiring import project, streams
from innerloop.core.compared import Side, code, compared
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.lineage import Lineage
from innerloop.core.model import JUDGED, Outcome
from innerloop.core.plan import known
from innerloop.core.text import listing
from innerloop.system import git
from innerloop.system.contents import Contents, contents
from innerloop.system.history import ledger, lineages, runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.cli.meant import Spec
    from innerloop.cli.wiring import Project
    from innerloop.core.compared import File
    from innerloop.core.fingerprint import Ingredients, Proof
    from innerloop.core.model import Run
    from innerloop.system.contents import Trees

VERSION = 1
NOW = "now"
_ENDED = JUDGED | {Outcome.CACHED}
_MOST_FILES = 2_000
"""beyond so many files that differ, nobody reads how"""


def compare(before: str, after: str, *, most: int, diff: bool, as_json: bool) -> int:
    """Print what differs between two results, or between one and the work tree."""
    with project(write=False, warn=False) as found:
        specs = spec(found, before), spec(found, after)
        loop = _loop(found, *specs)
        first = _side(found, specs[0], loop)
        sides = first, _side(found, specs[1], loop, first)
        shown = streams()
        with contents(found.root) as there:
            told = _Told(found, there, sides)
            if diff:
                sys.stdout.flush()
                sys.stdout.buffer.write(told.diff(colour=shown.colour))
                sys.stdout.buffer.flush()
                return ExitCode.OK
            files = told.files()
        page = compared(*sides, code(*sides, files), between)
        page = page._replace(unknown=(*page.unknown, *told.unknown))
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, comparison=page))
        else:
            from innerloop.views.compared import page as view  # noqa: PLC0415 - likewise

            shown.out(view(page, most, colour=shown.colour), end="")
    return ExitCode.OK


# -- what was meant -------------------------------------------------------------------------------


def _loop(found: Project, before: Spec, after: Spec) -> str:
    """The loop that both are of: named, or the last one that both have a verdict on."""
    said = tuple(dict.fromkeys(spec.loop for spec in (before, after) if spec.loop))
    if len(said) > 1:
        raise LoopError(f"{said[0]!r} and {said[1]!r} are different loops", "name one of them")
    if said:
        return said[0]
    ran = [_ended(found, spec.run) for spec in (before, after) if spec.run]
    if not ran:
        raise LoopError("which loop's baseline?", "loop compare baseline/NAME")
    both = [one for one in ran[0] if all(one in other for other in ran)]
    if not both:
        raise LoopError("no loop has a verdict in both of these runs", "loop show RUN")
    # Slower loops come later, and are why somebody compares.
    left = numbers(found.ground)
    measured = [one for one in both if left.of(before.run or after.run, one)]
    noted = [one for one in both if lineages.of(found.ground.store, before.run or after.run, one)]
    return (measured or noted or both)[-1]


def _ended(found: Project, number: str) -> list[str]:
    run = runs.found(found.ground.store, number)
    return [one.loop for one in run.results if one.outcome in _ENDED]


def _side(found: Project, spec: Spec, loop: str, other: Side | None = None) -> Side:
    if spec.now:
        return _now(found, loop, other)
    if spec.baseline:
        return _pinned(found, loop)
    if spec.run:
        return _then(found, runs.found(found.ground.store, spec.run), loop)
    return _then(found, runs.found(found.ground.store, latest(found, loop)), loop)


def _then(found: Project, run: Run, loop: str, name: str = "") -> Side:
    """A loop as it was in a run; of what it passed then, where that was long before."""
    store, name = found.ground.store, name or f"#{run.id}"
    result = next((one for one in run.results if one.loop == loop), None)
    if result is None or result.outcome not in _ENDED:
        there = [one.loop for one in run.results if one.outcome in _ENDED]
        raise LoopError(
            f"run {run.id} has no verdict on {loop!r}", f"it has: {listing(there)}" * bool(there)
        )
    if result.outcome is Outcome.CACHED:
        verdict = ledger.latest(store, result.fingerprint)
        if verdict is not None and verdict.run != run.id:
            return _then(found, runs.found(store, verdict.run), loop, f"{name} (#{verdict.run})")
    origin = lineages.of(store, run.id, loop)
    return Side(
        name,
        loop,
        run,
        result,
        origin.lineage if origin else None,
        origin.ingredients if origin else lineages.ingredients(store, run.id, loop),
        numbers(found.ground).of(run.id, loop),
    )


def _pinned(found: Project, loop: str) -> Side:
    """What is pinned, with what history knows of the very run it was."""
    kept = pinned(found.ground, known(found.ground.config.loops, loop))
    origin = kept.origin
    side = Side(f"{BASELINE} (#{origin.run})", loop, measured=kept.measured)
    there = runs.several(found.ground.store, [origin.run] if origin.run.isdecimal() else [])
    results = ledger.results(found.ground.store, origin.run) if there else ()
    same = [one for one in results if one.loop == loop and one.fingerprint == origin.fingerprint]
    if not same:
        told = f"{origin.commit[:12]}{' with changes' if origin.dirty else ''}"
        where = f"it was measured elsewhere, of {told or 'no commit'}"
        return side._replace(lacking=(f"{where}: files and packages are not compared",))
    then = _then(found, runs.found(found.ground.store, origin.run), loop, side.name)
    return then._replace(measured=kept.measured)


def _now(found: Project, loop: str, other: Side | None) -> Side:
    from innerloop.system.setting import setting  # noqa: PLC0415 - only for the work tree

    ground = found.ground
    proof = ground.prover.prove(known(ground.config.loops, loop))
    looked = proof.ingredients if proof.ingredients.command else None
    version = _version(other, looked) if other else ""
    lineage = Lineage("", loop, setting=setting(ground.tree, ground.python.interpreter, version))
    if ground.tree.in_git:
        head = git.head(git.head_asked(found.root))
        lineage = lineage._replace(commit=head.commit, branch=head.branch, dirty=head.dirty)
    return Side(NOW, loop, lineage=lineage, ingredients=looked, known=_known(found, proof))


def _known(found: Project, proof: Proof) -> str:
    """What came of just this content when it last ran; empty where it never did."""
    passed, failing = found.ground.passed(proof), found.ground.failing(proof)
    if passed is not None:
        return f"passed on this very content, in #{passed.run}"
    return f"{failing.how} on this very content, in #{failing.run}" if failing else ""


def _version(then: Side, now: Ingredients | None) -> str:
    """The version of a Python that is still the one of then; empty where it has to be asked."""
    if now is None or then.ingredients is None or then.lineage is None:
        return ""
    own = {name: value for name, value in now.packages.items() if name.startswith("python in ")}
    same = all(then.ingredients.packages.get(name) == value for name, value in own.items())
    return then.lineage.setting.version if own and same else ""


# -- what stood in the files ----------------------------------------------------------------------


class _Told:
    """What can be told of the files that differ between two sides."""

    def __init__(self, found: Project, there: Contents | None, sides: tuple[Side, Side]) -> None:
        self.unknown: tuple[str, ...] = ()
        self._found = found
        self._there = there
        self._sides = sides
        self._trees = self._known() if there else None

    def files(self) -> tuple[File, ...]:
        if self._there is None or self._trees is None:
            return ()
        return self._there.files(self._trees)

    def diff(self, *, colour: bool) -> bytes:
        if self._there is None or self._trees is None:
            why = "; ".join(self.unknown) or "outside git only digests are kept"
            raise LoopError("the contents of the files are not known", why)
        return self._there.diff(self._trees, colour=colour)

    def _known(self) -> Trees | None:
        before, after = self._entries()
        if self._there is None or not (before or after):
            return None
        if len({*before, *after}) > _MOST_FILES:
            self._missing(f"lines are not counted in more than {_MOST_FILES} files")
            return None
        for side, entries in zip(self._sides, (before, after), strict=True):
            try:
                self._learn(self._there, side, entries)
            except LoopError as error:
                self._missing(f"{side.name}: {error}")
        return self._there.trees(before, after)

    def _learn(self, there: Contents, side: Side, entries: Mapping[str, str]) -> None:
        if side.run is None:
            there.learn_files(entries)
            return
        from innerloop.system.patches import fetch  # noqa: PLC0415 - only where there is one

        for digest in self._patches(side):
            there.learn(fetch(self._found.ground.state, digest))

    def _patches(self, side: Side) -> tuple[str, ...]:
        """What it ran on; of a loop that notes none, what the others of its run did."""
        if side.lineage is not None:
            return (side.lineage.patch,) if side.lineage.patch else ()
        store, run = self._found.ground.store, side.run
        beside = [lineages.of(store, run.id, one.loop) for one in run.results] if run else []
        return tuple({one.lineage.patch for one in beside if one and one.lineage.patch})

    def _missing(self, text: str) -> None:
        self.unknown = (*self.unknown, text)

    def _entries(self) -> tuple[dict[str, str], dict[str, str]]:
        """Those files of either side that are not the same on the other."""
        one, other = (side.ingredients for side in self._sides)
        if one is None or other is None:
            return {}, {}
        old, new = one.files.entries, other.files.entries
        return (
            {p: v for p, v in old.items() if new.get(p) != v and not p.startswith("/")},
            {p: v for p, v in new.items() if old.get(p) != v and not p.startswith("/")},
        )
