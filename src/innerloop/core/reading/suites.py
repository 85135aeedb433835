"""JUnit XML's suites: whether what they count is what stands in them."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from innerloop.core.reading.junit import Case

SUITES = frozenset({"testsuite", "testsuites"})
PASSED, FAILED, ERROR, SKIPPED = "passed", "failure", "error", "skipped"
RED = frozenset({FAILED, ERROR})
_PYTEST = "pytest tests"
"""how pytest names its root: each subtest that passes is counted by it, and stands nowhere"""
_CATCH = "random-seed"
"""a property that Catch2 writes: its tests are assertions"""


class _Range(NamedTuple):
    """The fewest and the most that a count may be: tools count one test in several ways."""

    least: int
    most: int


def tag(node: Element) -> str:
    """Its name, without a namespace."""
    return str(node.tag).rpartition("}")[2]


def misfits(root: Element, cases: Mapping[Element, Case]) -> Iterator[str]:
    """What a suite counts and does not hold; `cases` are all tests of the file by their nodes."""
    loose = root.get("name") == _PYTEST or any(
        tag(one) == "property" and one.get("name") == _CATCH for one in root.iter()
    )
    for suite in root.iter():
        if tag(suite) not in SUITES:
            continue
        name = suite.get("name") or "without a name"
        try:
            told = {key: int(suite.get(key) or -1) for key in _COUNTS}
        except ValueError:
            yield f"a count of the suite {name!r} is no number"
            continue
        for kind, said, found in _kinds(suite, told, cases, loose=loose):
            if said.most < found.least or said.least > found.most:
                count = said.least if said.least > found.most else said.most
                stands = found.most if said.least > found.most else found.least
                shown = f"tells of {plural(count, 'test')}{kind}, and {stands}"
                yield f"the suite {name!r} {shown} {'stands' if stands == 1 else 'stand'} in it"


_COUNTS = ("tests", "failures", "errors", "skipped", "disabled")
_ANY = 1 << 62


def _kinds(
    suite: Element, told: Mapping[str, int], cases: Mapping[Element, Case], *, loose: bool
) -> Iterator[tuple[str, _Range, _Range]]:
    """Of each kind that it counts: what it is called, what is told, and what there is."""
    below = {node: cases[node] for node in suite.iter() if node in cases}
    # Where suites stand in a suite, some tools count all that is below, and some what is its own.
    parts = [one for one in suite.iter() if tag(one) in SUITES]
    own = {node: case for node, case in below.items() if node in set(suite)}
    outside = sum(tag(child) in RED for part in parts for child in part)
    causes = sum(max(case.red, _below(node, RED)) for node, case in below.items()) + outside
    marked = sum(_below(node, {SKIPPED}) > 0 for node in below)
    idle = sum(case.outcome == SKIPPED for case in below.values())
    if told["tests"] >= 0:
        # pytest counts two of a test that is well and fails as it is taken down, and one of a
        # test that fails both times, which it writes twice. Others count none that was skipped.
        again = len(own) - len({(case.classname, case.name) for case in own.values()})
        again += sum(case.outcome == SKIPPED for case in own.values())
        most = _ANY if loose else len(below) + outside + _errors(below)
        yield "", _one(told["tests"]), _Range(len(own) - again, most)
    if told["failures"] >= 0 or told["errors"] >= 0:
        both = told["failures"] >= 0 and told["errors"] >= 0
        least = sum(case.red for case in own.values()) if both else 0
        count = max(told["failures"], 0) + max(told["errors"], 0)
        yield " that failed", _one(count), _Range(least, causes)
    if told["skipped"] >= 0:
        most = told["skipped"] + max(told["disabled"], 0)
        least = min(marked, idle) if len(own) == len(below) else 0
        yield (
            " that were skipped",
            _Range(told["skipped"], most),
            _Range(least, max(marked, idle)),
        )


def _one(count: int) -> _Range:
    return _Range(count, count)


def _below(node: Element, kinds: frozenset[str] | set[str]) -> int:
    return sum(tag(child) in kinds for child in node)


def _errors(below: Mapping[Element, Case]) -> int:
    return sum(_below(node, {ERROR}) for node in below)
