"""What a stage is measured on: whether it is still that, and none of what a loop is measured on."""

from __future__ import annotations

from functools import cache, partial

from innerloop.core.book import How
from innerloop.core.errors import LoopError
from innerloop.core.globs import matcher
from innerloop.system.ancestry import led_here
from innerloop.system.journal import pages
from innerloop.system.overlap import handed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Kept
    from innerloop.core.outer import Stage
    from innerloop.core.sampling import Rule
    from innerloop.system.ground import Ground
    from innerloop.system.journal.book import Book
    from innerloop.system.journal.pages import Known

_GROWS = "put back what it held; new rows go below that, or into a new file"


def unfair(ground: Ground, book: Book, run: str, stage: Stage) -> str:
    """Why nothing may be measured on its benchmark by a run; empty where it may."""
    from innerloop.system import benchmarks  # noqa: PLC0415 - few stages have one

    if not stage.benchmark:
        return ""
    ground.anew()
    ground.tree.stale()
    paths = _paths(ground, stage)
    if changed := _rewritten(ground, book, run, stage):
        return changed
    if not paths:
        return "there is no benchmark to be measured on"
    try:
        for loop, files, rule, named in _data(ground, stage):
            if row := benchmarks.shared(ground.root, paths, files, rule, named):
                return f"{row}, which {loop} is measured on"
    except LoopError as error:
        return f"the benchmark cannot be read: {error.message}"
    return ""


def _rewritten(ground: Ground, book: Book, run: str, stage: Stage) -> str:
    """Which file is no longer what was measured on in the history that led here."""
    from innerloop.system.benchmarks import shrunk  # noqa: PLC0415 - few stages have one

    match = matcher(stage.benchmark)
    changed = cache(lambda kept: shrunk(ground.root, (kept,)))
    binds = cache(partial(_binds, ground, run))
    for one in pages.known(book.file, How.MEASURED):
        if match(one.kept.path) and (how := changed(one.kept)) and binds(one):
            who = f" by run {one.run}" if one.run != run else ""
            return f"{how}{who}: {_GROWS}"
    return ""


def _binds(ground: Ground, run: str, one: Known) -> bool:
    """Whether what was measured on then is not to be rewritten here.

    Commits of another branch are drafts, and so is what nobody has committed.
    """
    from innerloop.system.benched import dropped  # noqa: PLC0415 - few stages have one

    # A job of a CI has no run but its own, which has what git says of those before it.
    if one.run == run or not ground.tree.in_git:
        return True
    here = not one.dirty and led_here(ground.root, one.commit)
    return here and not dropped(ground.root, one.commit, one.kept)


def measured(ground: Ground, stage: Stage) -> tuple[Kept, ...]:
    """What it was measured on, to be found again."""
    from innerloop.system import benchmarks  # noqa: PLC0415 - few stages have one

    if not stage.benchmark:
        return ()
    return benchmarks.noted(ground.root, stage.name, _paths(ground, stage))


def _paths(ground: Ground, stage: Stage) -> list[str]:
    paths = ground.inputs.chosen(stage.benchmark)
    looked = zip(paths, ground.tree.looks(paths), strict=True)
    return [path for path, entry in looked if entry]


def _data(ground: Ground, stage: Stage) -> Iterator[tuple[str, tuple[str, ...], Rule, str]]:
    for name in stage.distinct_from:
        found = list(handed(ground, name))
        if not found:
            raise LoopError(f"there is no loop {name!r} any more that has data")
        for data, paths in found:
            yield name, paths, data.rule, data.path


def before(ground: Ground, stage: Stage) -> tuple[Kept, ...]:
    """What was measured on before, where no journal says so: what the branch has had."""
    from innerloop.system import benched  # noqa: PLC0415 - a job of a CI alone

    if not stage.benchmark or not ground.tree.in_git:
        return ()
    upto = benched.base(ground.root)
    return benched.accepted(ground.root, stage.name, stage.benchmark, upto)
