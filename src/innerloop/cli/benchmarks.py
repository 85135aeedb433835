"""What a stage is measured on: whether it is still that, and none of what a loop is measured on."""

from __future__ import annotations

from innerloop.core.book import How
from innerloop.core.errors import LoopError
from innerloop.core.globs import matcher
from innerloop.system.overlap import handed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Kept
    from innerloop.core.outer import Stage
    from innerloop.core.sampling import Rule
    from innerloop.system.ground import Ground
    from innerloop.system.journal.book import Book


def unfair(ground: Ground, book: Book, stage: Stage) -> str:
    """Why nothing may be measured on its benchmark; empty where it may."""
    from innerloop.system import benchmarks  # noqa: PLC0415 - few stages have one

    if not stage.benchmark:
        return ""
    ground.anew()
    ground.tree.stale()
    paths = _paths(ground, stage)
    match = matcher(stage.benchmark)
    before = [one for one in book.kept(How.MEASURED) if match(one.path)]
    if changed := benchmarks.shrunk(ground.root, before):
        return f"{changed}: a benchmark only grows, give it a version of its own"
    if not paths:
        return "there is no benchmark to be measured on"
    try:
        for loop, files, rule, named in _data(ground, stage):
            if row := benchmarks.shared(ground.root, paths, files, rule, named):
                return f"{row}, which {loop} is measured on"
    except LoopError as error:
        return f"the benchmark cannot be read: {error.message}"
    return ""


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
