"""A walk as JUnit XML: a suite a loop, with the tests that the loop itself has told of."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from innerloop.core.judgement import Decision
from innerloop.core.model import Outcome
from innerloop.core.reading.junit import Case
from innerloop.core.reading.suites import ERROR, FAILED, PASSED, SKIPPED
from innerloop.views.site import colourless, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Result, Run

_LOG = 20_000
# What XML 1.0 cannot hold, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOLD = frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE})
_GATES = {Decision.PASS: PASSED, Decision.FAIL: FAILED, Decision.INCONCLUSIVE: ERROR}
_COUNTED = (("failures", FAILED), ("errors", ERROR), ("skipped", SKIPPED))


def junit(run: Run, told: Callable[[Result], Sequence[Case]], log: Callable[[str], str]) -> bytes:
    """The report of a walk; `told` gives the tests that a loop's own report names."""
    suites = [(one, _cases(one, told, log)) for one in run.results]
    every = [case for _, cases in suites for case in cases]
    root = ET.Element("testsuites", {"name": "loop", **_counts(every), "time": _time(run.seconds)})
    for result, cases in suites:
        when = datetime.fromtimestamp(result.at, UTC).isoformat(timespec="seconds")
        facts = {"name": result.loop, **_counts(cases), "time": _time(result.seconds)}
        suite = ET.SubElement(
            root, "testsuite", {**facts, "timestamp": when.removesuffix("+00:00")}
        )
        for case in cases:
            _append(suite, case)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _cases(
    result: Result, told: Callable[[Result], Sequence[Case]], log: Callable[[str], str]
) -> tuple[Case, ...]:
    """A suite's cases: of its own tests, and the loop itself where these do not say it all."""
    own = Case("loop", result.loop, result.seconds)
    why = f"{result.outcome}: {result.reason}" if result.reason else str(result.outcome)
    if result.open or result.empty or result.outcome is Outcome.CACHED:
        return (own._replace(outcome=SKIPPED, message=why),)
    inner = tuple(told(result)) if result.exit_code is not None else ()
    inner += tuple(_gate(result.loop, one) for one in result.gates)
    if not result.halts:
        return inner or (own,)
    if result.outcome in _TOLD and any(case.red for case in inner):
        return inner
    optional = "" if result.required else " (not required)"
    text = cut(colourless(log(result.log)), _LOG) if result.log else ""
    kind = ERROR if result.outcome is Outcome.TIMED_OUT else FAILED
    return (*inner, own._replace(outcome=kind, message=f"{why}{optional}", text=text))


def _gate(loop: str, one: Judgement) -> Case:
    """A gate as a test of its own."""
    name = f"{one.metric} {one.rule}".strip()
    return Case(f"{loop}.gate", name, 0.0, _GATES[one.verdict], one.said)


def _counts(cases: Iterable[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    counted = {name: str(outcomes.count(kind)) for name, kind in _COUNTED}
    return {"tests": str(len(outcomes)), **counted}


def _append(suite: ET.Element, case: Case) -> None:
    facts = {"classname": clean(case.classname), "name": clean(case.name)}
    node = ET.SubElement(suite, "testcase", {**facts, "time": _time(case.seconds)})
    if case.red or case.outcome == SKIPPED:
        said = ET.SubElement(node, case.outcome, {"message": clean(case.message)})
        said.text = clean(case.text) or None


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def clean(text: str) -> str:
    """A text without what XML forbids."""
    return _FORBIDDEN.sub("", text)
