"""What stages leave where several leave it: whose a place is, and what of it counts."""

from __future__ import annotations

from innerloop.core.stages import downstream, upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.book import Kept
    from innerloop.core.outer import Outer, Stage


def within(path: str, places: Iterable[str]) -> bool:
    """Whether a path is one of these places, or below one."""
    parts = _parts(path)
    return any(parts[: len(own)] == own for own in map(_parts, places))


def clash(outer: Outer, stage: Stage) -> tuple[str, str]:
    """An output of the stage in a place of one above it, and whose: neither is behind the other.

    Whatever one of them left there the other may have written over. Empty: there is none.
    """
    for other in outer.stages:
        if other.name == stage.name:
            break
        if other.name in upstream(outer, stage.name):
            continue
        for path in stage.outputs:
            if within(path, other.outputs) or any(within(one, (path,)) for one in other.outputs):
                return path, other.name
    return "", ""


def counting(outer: Outer, kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """What counts of what was left: in the places of a stage behind it, only what that one left."""
    kept = tuple(kept)
    left = {one.stage for one in kept}
    later = {
        name: [path for one in downstream(outer, name) if one.name in left for path in one.outputs]
        for name in left
    }
    return tuple(one for one in kept if not within(one.path, later[one.stage]))


def handed(outer: Outer, counts: Iterable[Kept], stage: Stage) -> tuple[Kept, ...]:
    """What of that a stage finds: what those before it left, and what has taken its place."""
    before = upstream(outer, stage.name)
    places = [path for one in outer.stages if one.name in before for path in one.outputs]
    return tuple(one for one in counts if one.stage in before or within(one.path, places))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]
