"""What loops have measured, run by run: metrics at hand, examples kept by their content."""

from __future__ import annotations

import json
import zlib
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.judgement import Decision
from innerloop.core.results import Example, Measured, Metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from innerloop.system.history.store import Store

_FIELDS = "m.metrics, m.examples, m.params, m.cost, m.data, m.problems"
_KEPT = 100
"""runs of a loop whose examples are kept, newest first"""
_POOLED = 20
"""runs on one fingerprint that are pooled, newest first"""


class Point(NamedTuple):
    """A metric in one run."""

    run: str
    at: float
    metric: Metric


class Row(NamedTuple):
    """A run's measurements, and where they are kept."""

    result: int
    run: str
    measured: Measured


def insert(connection: sqlite3.Connection, result_id: int, measured: Measured) -> None:
    """Record what a result has measured; the result is in its table already."""
    connection.execute(
        "INSERT INTO measures SELECT id, loop, fingerprint, ?, ?, ?, ?, ?, ? "
        "FROM results WHERE id = ?",
        (
            _text([list(one) for one in measured.metrics]),
            _keep(connection, measured.examples) if measured.examples else None,
            _text(dict(measured.params)),
            measured.cost,
            measured.data,
            _text(measured.problems),
            result_id,
        ),
    )
    connection.execute(
        "UPDATE measures SET examples = NULL WHERE examples IS NOT NULL AND loop = "
        "(SELECT loop FROM results WHERE id = ?) AND result <= (SELECT result FROM measures WHERE "
        "examples IS NOT NULL AND loop = (SELECT loop FROM results WHERE id = ?) "
        "ORDER BY result DESC LIMIT 1 OFFSET ?)",
        (result_id, result_id, _KEPT),
    )


def of(store: Store, run: str, loop: str) -> Measured | None:
    """What a loop measured in a run; None where it did not, or nobody knows any more."""
    found = row(store, run, loop)
    return found.measured if found else None


def row(store: Store, run: str, loop: str) -> Row | None:
    """The measurements of a loop in a run, the latest where it ran twice in it."""
    if not run.isdecimal():
        return None
    where = "WHERE r.run = ? AND r.loop = ? ORDER BY r.id DESC LIMIT 1"
    return next(iter(_rows(store, where, int(run), loop)), None)


def latest(store: Store, loop: str) -> Measured | None:
    """What a loop measured last, on whatever content; a run made again was of another time."""
    where = (
        "WHERE m.loop = ? AND r.exit_code = 0 AND NOT EXISTS (SELECT 1 FROM lineages l "
        "WHERE l.loop = r.loop AND l.run = r.run AND l.again != '') ORDER BY m.result DESC LIMIT 1"
    )
    return next((one.measured for one in _rows(store, where, loop)), None)


def pooled(store: Store, fingerprint: str, since: float = 0.0) -> tuple[Measured, ...]:
    """What the runs on one content measured that ended since then, newest first.

    Only runs whose results could be read. Of one whose command failed the examples count, or it
    would be asked until it is lucky; its numbers alone may be of a part.
    """
    where = (
        "WHERE m.fingerprint = ? AND m.fingerprint != '' AND m.problems = '[]' "
        "AND (r.exit_code = 0 OR m.examples IS NOT NULL) AND r.at + r.seconds >= ? "
        "ORDER BY m.result DESC LIMIT ?"
    )
    return tuple(one.measured for one in _rows(store, where, fingerprint, since, _POOLED))


def series(store: Store, loop: str, metric: str, most: int) -> tuple[Point, ...]:
    """A metric over the latest runs of a loop that have it, newest first."""
    query = (
        "SELECT r.run, r.at, m.metrics FROM measures m JOIN results r ON r.id = m.result "
        "WHERE m.loop = ? ORDER BY m.result DESC LIMIT ?"
    )
    found = []
    for run, at, text in store.rows(query, loop, most):
        one = next((one for one in _metrics(str(text)) if one.name == metric), None)
        if one is not None:
            found.append(Point(str(run), float(str(at)), one))
    return tuple(found)


# -- what gates said of them -----------------------------------------------------------------


def note(connection: sqlite3.Connection, result_id: int, digest: str, verdict: Decision) -> None:
    """Record what the gates of that digest said of a result's measurements."""
    query = "INSERT OR REPLACE INTO judged (result, digest, verdict) VALUES (?, ?, ?)"
    connection.execute(query, (result_id, digest, str(verdict)))


def judged(store: Store, result_id: int, digest: str) -> Decision | None:
    """What the gates of that digest said of them; None where they were not asked."""
    query = "SELECT verdict FROM judged WHERE result = ? AND digest = ?"
    for (verdict,) in store.rows(query, result_id, digest):
        return Decision(str(verdict))
    return None


def kept(store: Store, result_id: int) -> bool:
    """Whether the result has measurements that can be judged once more, its examples included.

    Those of an old run are let go: a metric that counts some is then all that is known of them.
    """
    query = "SELECT examples, metrics FROM measures WHERE result = ?"
    for examples, metrics in store.rows(query, result_id):
        return examples is not None or all(one.n is None for one in _metrics(str(metrics)))
    return False


# -- as they are kept ------------------------------------------------------------------------


def _rows(store: Store, where: str, *values: object) -> tuple[Row, ...]:
    query = (
        f"SELECT m.result, r.run, {_FIELDS} FROM measures m JOIN results r ON r.id = m.result "
        f"{where}"
    )
    found = []
    read: dict[object, tuple[Example, ...]] = {None: ()}
    for result, run, metrics, examples, params, cost, data, problems in store.rows(query, *values):
        table = json.loads(str(params))
        if examples not in read:
            read[examples] = _examples(store, str(examples))
        measured = Measured(
            _metrics(str(metrics)),
            read[examples],
            tuple((str(name), str(value)) for name, value in table.items()),
            None if cost is None else float(str(cost)),
            str(data),
            tuple(json.loads(str(problems))),
        )
        found.append(Row(int(str(result)), str(run), measured))
    return tuple(found)


def _metrics(text: str) -> tuple[Metric, ...]:
    return tuple(Metric(*one) for one in json.loads(text))


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _keep(connection: sqlite3.Connection, examples: Sequence[Example]) -> str:
    body = _text([_row(one) for one in examples]).encode()
    digest = blake(body)
    known = connection.execute("SELECT 1 FROM manifests WHERE digest = ?", (digest,)).fetchone()
    if not known:
        query = "INSERT INTO manifests (digest, body) VALUES (?, ?)"
        connection.execute(query, (digest, zlib.compress(body, 6)))
    return digest


def _row(one: Example) -> list[object]:
    return [one.id, dict(one.scores), one.y, one.pred, dict(one.slice), one.rep]


def _examples(store: Store, digest: str) -> tuple[Example, ...]:
    for (body,) in store.rows("SELECT body FROM manifests WHERE digest = ?", digest):
        if isinstance(body, bytes):
            return tuple(
                Example(id_, tuple(scores.items()), y, pred, tuple(part.items()), rep)
                for id_, scores, y, pred, part, rep in json.loads(zlib.decompress(body))
            )
    return ()
