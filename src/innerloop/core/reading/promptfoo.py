"""promptfoo's results.json, as `promptfoo eval --output` writes it: an example a test."""

from __future__ import annotations

import json
from typing import Any

from innerloop.core.digest import blake
from innerloop.core.reading.strict import Unreadable, number
from innerloop.core.results import Example, Measured
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ERROR = 2
"""its `failureReason` of a test that was not judged: the model could not be asked, say"""
_COUNTS = ("successes", "failures", "errors")
"""of its `stats`: every test is one of these"""


def rows(table: Any) -> Sequence[Any] | None:
    """The tests of a file of promptfoo's; None where it is none."""
    results = table.get("results") if isinstance(table, dict) else None
    if not isinstance(results, dict) or "stats" not in results:
        return None
    found = results.get("results")
    return found if isinstance(found, list) else None


def promptfoo(tests: Sequence[Any], stats: Any = None) -> Measured:
    """Each test with its `success`, its `score` and its named scores; repetitions counted up.

    A test is known by its description and its variables, and by prompt and provider where there
    are several: promptfoo's own numbers change when a test is put before it.
    """
    problems: list[str] = []
    found: list[Example] = []
    seen: dict[str, int] = {}
    several = len({_asked(one) for one in tests if isinstance(one, dict)}) > 1
    for at, one in enumerate(tests, 1):
        try:
            made = _example(one, several=several)
        except Unreadable as error:
            problems.append(f"test {at}: {error}")
            continue
        seen[made.id] = seen.get(made.id, -1) + 1
        found.append(made._replace(rep=seen[made.id]))
    if not tests:
        problems.append("there is no test in it")
    problems += _misfits(tests, stats)
    cost = sum(filter(None, (_number(one.get("cost")) for one in tests if isinstance(one, dict))))
    return Measured(examples=tuple(found), cost=cost or None, problems=tuple(problems))


def _misfits(tests: Sequence[Any], stats: Any) -> Iterator[str]:
    """Where its own counts are of other tests than those that stand in it."""
    table = stats if isinstance(stats, dict) else {}
    told = {name: table[name] for name in _COUNTS if name in table}
    if any(isinstance(n, bool) or not isinstance(n, int) for n in told.values()):
        yield "a count in its 'stats' is no whole number"
        return
    well = sum(1 for one in tests if isinstance(one, dict) and one.get("success") is True)
    if "successes" in told and told["successes"] != well:
        yield f"its 'stats' tell of {told['successes']} successes, and {well} stand in it"
    total = sum(told.values())
    if "failures" in told and total != len(tests):
        yield f"its 'stats' tell of {plural(total, 'test')}, and {len(tests)} stand in it"


def _example(one: Any, *, several: bool) -> Example:
    if not isinstance(one, dict) or not isinstance(one.get("success"), bool):
        raise Unreadable("it does not say whether it succeeded")
    if one.get("failureReason") == _ERROR or (one.get("error") and not one.get("gradingResult")):
        said = str(one.get("error") or "an error").strip().split("\n")[0][:200]
        raise Unreadable(f"it was not judged: {said}")
    scores = {"success": float(one["success"])}
    for name, score in (("score", one.get("score")), *_named(one.get("namedScores"))):
        try:
            made = number(score)
        except Unreadable as error:
            raise Unreadable(f"its score {name!r} {error}") from error
        if made is None:
            what = "missing or null: it was not measured" if score is None else "no number"
            raise Unreadable(f"its score {name!r} is {what}")
        scores.setdefault(name, made)
    case = one.get("testCase")
    case = case if isinstance(case, dict) else {}
    asked = f" @ {_asked(one)}" if several else ""
    return Example(
        f"{_known(one, case)}{asked}", tuple(scores.items()), slice=tuple(_slice(one, case))
    )


def _named(found: Any) -> Sequence[tuple[str, Any]]:
    return (
        tuple((str(name), score) for name, score in found.items())
        if isinstance(found, dict)
        else ()
    )


def _known(one: dict[str, Any], case: dict[str, Any]) -> str:
    said = case.get("description") or one.get("description") or ""
    variables = json.dumps(one.get("vars") or case.get("vars") or {}, sort_keys=True, default=str)
    return f"{said} {blake(variables.encode('utf-8', 'surrogatepass'))[:12]}".strip()


def _asked(one: dict[str, Any]) -> str:
    """Who was asked, and with which prompt."""
    return f"{_provider(one)}/{one.get('promptIdx', one.get('promptId', 0))}"


def _provider(one: dict[str, Any]) -> str:
    found = one.get("provider")
    if isinstance(found, dict):
        return str(found.get("label") or found.get("id") or "")
    return str(found or "")


def _slice(one: dict[str, Any], case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "provider", _provider(one)
    metadata = case.get("metadata")
    for name, part in metadata.items() if isinstance(metadata, dict) else ():
        if isinstance(part, (str, int, float)):
            yield str(name), str(part).lower() if isinstance(part, bool) else str(part)


def _number(found: object) -> float | None:
    try:
        return number(found)
    except Unreadable:
        return None
