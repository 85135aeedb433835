"""lm-evaluation-harness: its results.json, and the samples that it logs beside that."""

from __future__ import annotations

from typing import Any

from innerloop.core.reading.strict import Unreadable, number
from innerloop.core.results import Example, Measured, Metric
from innerloop.core.statistics import CONFIDENCE, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLAIN = ",none"
"""what ends the name of a metric whose answers were not filtered"""
_ERROR = "_stderr,"
_ABSENT = frozenset({"N/A", ""})
_KNOWN = frozenset({"resps", "filtered_resps"})
_NOT_SCORES = frozenset({"doc_id", "target", "doc_hash", "prompt_hash", "target_hash", "filter"})


def tasks(table: Any) -> dict[str, Any] | None:
    """The tasks of a results.json; None where it is none."""
    found = table.get("results") if isinstance(table, dict) else None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        return None
    told = {"versions", "configs", "n-samples"} & table.keys()
    names = (str(name) for one in found.values() for name in one)
    return found if told or any(_ERROR in n or n.endswith(_PLAIN) for n in names) else None


def harness(table: dict[str, Any], found: dict[str, Any]) -> Measured:
    """`TASK.METRIC` with its n, and an interval of its standard error where it has one.

    A filter other than `none` stays in the name: `gsm8k.exact_match,strict-match`.
    """
    metrics: list[Metric] = []
    problems: list[str] = []
    for task, values in found.items():
        n = _effective(table.get("n-samples"), task)
        for key, value in values.items():
            if _ERROR in key or "," not in key:
                continue
            name = f"{task}.{key.removesuffix(_PLAIN)}"
            try:
                made = number(value)
                error = _error(values, key)
            except Unreadable as wrong:
                problems.append(f"{name!r} {wrong}")
                continue
            if made is None:
                problems.append(f"{name!r} was not measured")
                continue
            reach = (error or 0.0) * normal(CONFIDENCE)
            # An error of nothing is what few examples come to that are all alike.
            low, high = (made - reach, made + reach) if reach else (None, None)
            metrics.append(Metric(name, made, n, low, high, error=error))
    if not metrics and not problems:
        problems.append("no task in it has a metric")
    return Measured(tuple(metrics), problems=tuple(problems))


def _error(values: dict[str, Any], key: str) -> float | None:
    name, _, filtered = key.partition(",")
    found = values.get(f"{name}{_ERROR}{filtered}")
    if isinstance(found, str) and found.strip() in _ABSENT:
        return None
    made = number(found)
    if made is not None and made < 0:
        raise Unreadable("has a standard error that is less than nothing")
    return made


def _effective(counts: Any, task: str) -> int | None:
    one = counts.get(task) if isinstance(counts, dict) else None
    n = one.get("effective") if isinstance(one, dict) else None
    return n if isinstance(n, int) and not isinstance(n, bool) else None


# -- samples ---------------------------------------------------------------------------------


def sampled(row: Any) -> bool:
    """Whether a line is one of a file of samples."""
    return (
        isinstance(row, dict) and "doc_id" in row and "id" not in row and bool(_KNOWN & row.keys())
    )


def samples(lines: Sequence[tuple[int, Any]]) -> Measured:
    """An example a document; where answers were filtered in several ways, all of its scores."""
    scores: dict[str, dict[str, float]] = {}
    problems: list[str] = []
    for at, row in lines:
        try:
            id_, found = str(row["doc_id"]), dict(_scores(row))
        except Unreadable as error:
            problems.append(f"line {at}: {error}")
            continue
        known = scores.setdefault(id_, {})
        problems += [
            f"line {at}: document {id_} has {name!r} twice"
            for name in sorted(known.keys() & found.keys())
        ]
        known |= found
    examples = tuple(Example(id_, tuple(found.items())) for id_, found in scores.items())
    bare = [one.id for one in examples if not one.scores]
    problems += [f"document {id_} has no score" for id_ in bare]
    return Measured(examples=examples, problems=tuple(problems))


def _scores(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    filtered = row.get("filter", "none")
    tail = "" if filtered == "none" else f",{filtered}"
    named = row.get("metrics")
    names = named if isinstance(named, list) else [one for one in row if one not in _NOT_SCORES]
    for name in names:
        found = row.get(name)
        try:
            made = float(found) if isinstance(found, bool) else number(found)
        except Unreadable as error:
            raise Unreadable(f"{name!r} {error}") from error
        if made is not None:
            yield f"{name}{tail}", made
