"""From a failing example of an evaluation to a case of its own: a line of JSON."""

from __future__ import annotations

import json

from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = 1.0 - 1e-9
CASE = "case"
"""what an example may say of itself: the case that it would make"""
_OUTCOME = ("scores", "pred", "rep", CASE)
"""what came of it then, and is nothing to ask for"""


def line(example: Mapping[str, object], origin: str, why: str) -> str:
    """The case: what the example calls its `case`, else the example less what came of it.

    `origin`: where it was found, such as `eval #12`.
    """
    told = example.get(CASE)
    if told is not None and not isinstance(told, dict):
        raise LoopError(f"the example's 'case' is {told!r}", "it must be an object")
    kept = {key: value for key, value in example.items() if key not in _OUTCOME}
    case = {"id": example["id"], **(told if isinstance(told, dict) else kept)}
    case |= {"from": origin} | ({"why": why} if why else {})
    return json.dumps(case, ensure_ascii=False)


def passed(example: Mapping[str, object]) -> bool:
    """Whether it did not fail: each of its scores is whole; without any, it is the right answer."""
    scores = example.get("scores")
    if isinstance(scores, dict) and scores:
        return all(isinstance(one, (int, float)) and one >= _WHOLE for one in scores.values())
    return "y" in example and "pred" in example and example["y"] == example["pred"]


def ids(text: str, name: str) -> frozenset[str]:
    """The ids that stand in a file of cases; a LoopError where a line is none."""
    found = set()
    for number, one in enumerate(text.splitlines(), 1):
        if not one.strip():
            continue
        try:
            case = json.loads(one)
        except ValueError:
            case = None
        if not isinstance(case, dict) or "id" not in case:
            raise LoopError(f"line {number} of {name} is no case with an id", "mend it first")
        found.add(str(case["id"]))
    return frozenset(found)
