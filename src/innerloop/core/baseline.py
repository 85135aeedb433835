"""A baseline, as it is pinned: a committed file of examples, with what it is the baseline of.

A header of JSON, then a line an example in the order of their ids, so that a change can be read in
a diff. The header has the digest of it all: what was edited, cut or merged is not believed.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from innerloop.core.digest import blake
from innerloop.core.reading.examples import examples
from innerloop.core.reading.strict import Unreadable, text, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Example, Measured

VERSION = 1
_KIND, _DIGEST = "innerloop baseline", "digest"


class Origin(NamedTuple):
    """What a baseline is of, and who pinned it."""

    loop: str
    run: str
    commit: str
    """what was measured; empty: nothing was committed"""
    dirty: bool
    """there were changes that no commit has"""
    fingerprint: str
    data: str
    """the digest of the data; empty: the loop declares none"""
    at: str
    """when it was pinned: ISO 8601, UTC"""
    who: str
    why: str


class Pinned(NamedTuple):
    """A baseline."""

    origin: Origin
    measured: Measured


def written(pinned: Pinned) -> bytes:
    """The file of a baseline."""
    order = sorted(pinned.measured.examples, key=lambda one: (one.id, one.rep))
    body = "".join(f"{_line(one)}\n" for one in order)
    metrics = {one.name: one.value for one in pinned.measured.metrics}
    head = {
        _KIND: VERSION,
        **pinned.origin._asdict(),
        "examples": len(order),
        "metrics": metrics,
    }
    return f"{json.dumps(head | {_DIGEST: _digest(head, body)})}\n{body}".encode()


def read(data: bytes) -> Pinned:
    """The baseline again; raises Unreadable where it is not as it was written, and says how."""
    # Git may have given its lines other ends.
    first, _, rest = text(data).replace("\r\n", "\n").partition("\n")
    head = value(first)
    if not isinstance(head, dict) or head.get(_KIND) is None:
        raise Unreadable("its first line is not that of a baseline")
    if head[_KIND] != VERSION:
        raise Unreadable(f"it is of version {head[_KIND]}, which this innerloop cannot read")
    if _digest({name: one for name, one in head.items() if name != _DIGEST}, rest) != head.get(
        _DIGEST
    ):
        raise Unreadable("it is not as it was pinned: something in it was changed")
    found = examples(rest.encode())
    if found.problems or len(found.examples) != head.get("examples"):
        raise Unreadable(found.problems[0] if found.problems else "examples of it are missing")
    origin = _origin(head)
    return Pinned(origin, found._replace(data=origin.data))


def _origin(head: dict[str, Any]) -> Origin:
    found = Origin(*(head.get(name) for name in Origin._fields))  # type: ignore[arg-type]  # below
    kinds = (bool if name == "dirty" else str for name in Origin._fields)
    if not all(isinstance(part, kind) for part, kind in zip(found, kinds, strict=True)):
        raise Unreadable("its first line is damaged")
    return found


def _digest(head: dict[str, Any], body: str) -> str:
    return blake(f"{json.dumps(head, sort_keys=True)}\n{body}".encode())


def _line(one: Example) -> str:
    row: dict[str, object] = {"id": one.id}
    if one.scores:
        row["scores"] = dict(sorted(one.scores))
    if one.y is not None:
        row |= {"y": one.y, "pred": one.pred}
    if one.slice:
        row["slice"] = dict(sorted(one.slice))
    if one.rep:
        row["rep"] = one.rep
    return json.dumps(row)
