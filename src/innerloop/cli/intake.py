"""The inputs of a stage: what they hold, and whether that is what the stages before it read."""

from __future__ import annotations

from innerloop.core.book import How, Kept
from innerloop.core.digest import blake
from innerloop.core.stages import upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Record
    from innerloop.core.outer import Stage
    from innerloop.system.ground import Ground


def read(ground: Ground, stage: Stage) -> tuple[Kept, ...]:
    """What every input of the stage holds now."""
    if not stage.inputs:
        return ()
    ground.tree.stale()
    paths = ground.inputs.chosen(stage.inputs)
    looked = zip(paths, ground.tree.looks(paths), strict=True)
    return tuple(
        Kept(stage.name, path, blake(entry.value.encode()), How.READ)
        for path, entry in looked
        if entry
    )


def otherwise(ground: Ground, record: Record, stage: Stage) -> str:
    """How an input is not what a stage before it read in this run; empty: it is the same.

    What stages leave is theirs to change, and is held against what they left.
    """
    stages = {one.name: one for one in record.ticket.outer.stages}
    left = {one.path for one in record.files(How.LEFT)}
    earlier = [stages[name] for name in upstream(record.ticket.outer, stage.name)]
    earlier = [one for one in earlier if one.inputs and record.latest(one.name)]
    if not (stage.inputs and earlier):
        return ""
    now = {one.path: one.digest for one in read(ground, stage)}
    for other in earlier:
        was = {one.path: one.digest for one in record.files(How.READ) if one.stage == other.name}
        # By other patterns another has no business with what only this one reads.
        both = was.keys() | now.keys() if other.inputs == stage.inputs else was.keys() & now.keys()
        for path in sorted(both - left) if was else ():
            if was.get(path) != now.get(path):
                return f"{path!r}, an input, is no longer what {other.name} read"
    return ""
