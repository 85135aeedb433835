"""JUnit XML as test tools leave it: the cases, and what came of each."""

from __future__ import annotations

import math
from typing import NamedTuple
from xml.etree import ElementTree as ET
from xml.parsers import expat

from innerloop.core.reading.suites import FAILED, PASSED, RED, SKIPPED, SUITES, misfits, tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What `status` and `result` say of a test, where no element below it does: GoogleTest's, CTest's.
_NOT_RUN = frozenset({"notrun", "suppressed", "skipped", "disabled", "pending", "ignored"})
_BAD = frozenset(
    {"fail", "failed", "failure", "error", "errored", "timeout", "timedout", "aborted", "crashed"}
)


class Unreadable(Exception):  # noqa: N818 - what it says is the end of a sentence
    """It is no XML, or XML of a kind that is not read: why."""


class Case(NamedTuple):
    """One test, as its tool tells of it."""

    classname: str
    name: str
    seconds: float = 0.0
    outcome: str = PASSED
    """`passed`, `failure`, `error` or `skipped`"""
    message: str = ""
    text: str = ""

    @property
    def red(self) -> bool:
        return self.outcome in RED


class Report(NamedTuple):
    """What stands in a file."""

    cases: tuple[Case, ...] = ()
    outside: tuple[Case, ...] = ()
    """what went wrong outside of any test"""
    misfits: tuple[str, ...] = ()
    """counts of a suite that are not those of its tests"""


def cases(data: bytes, most: int = 1 << 25) -> tuple[Case, ...]:
    """Every test in a report, and what went wrong outside of any, as `report` has them."""
    found = report(data, most)
    return (*found.cases, *found.outside)


def report(data: bytes, most: int = 1 << 25) -> Report:
    """All that a report says; nothing where the XML is about something else. Raises Unreadable."""
    root = _root(data, most)
    if tag(root) not in SUITES:
        return Report()
    found = {one: _case(one) for one in root.iter() if tag(one) == "testcase"}
    suites = [one for one in root.iter() if tag(one) in SUITES]
    outside = tuple(case for one in suites for case in _outside(one))
    return Report(tuple(found.values()), outside, tuple(misfits(root, found)))


def _root(data: bytes, most: int) -> ET.Element:
    if len(data) > most:
        raise Unreadable(f"it has more than {most >> 20} MiB")
    _refuse(data)
    try:
        root = ET.fromstring(data)  # noqa: S314 - what declares anything was refused
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from error
    return root


def _outside(suite: ET.Element) -> Iterator[Case]:
    """What went wrong in no test of a suite: as it was set up, or read."""
    for child in suite:
        if tag(child) in RED:
            name = suite.get("name") or "the suite"
            yield _told(Case("", f"{name}, outside of any test"), child)


def _refuse(data: bytes) -> None:
    """Raise where a document type is declared: it may name files, or grow without bounds."""

    def declared(*_: object) -> None:
        raise Unreadable("it declares a document type")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from error


def _case(node: ET.Element) -> Case:
    found = Case(node.get("classname", ""), node.get("name", ""), _seconds(node.get("time", "")))
    # A test can fail and then fail once more as it is taken down: the first says most. One that
    # was skipped can fail then, too, and is no less red.
    for kinds in (RED, {SKIPPED}):
        for child in node:
            if tag(child) in kinds:
                said = _told(found, child)
                return said if said.red or not _says(node, _BAD) else said._replace(outcome=FAILED)
    if _says(node, _BAD):
        return found._replace(outcome=FAILED)
    return found._replace(outcome=SKIPPED) if _says(node, _NOT_RUN) else found


def _says(node: ET.Element, words: frozenset[str]) -> bool:
    return any(node.get(key, "").strip().lower() in words for key in ("status", "result"))


def _told(case: Case, child: ET.Element) -> Case:
    said = "".join(child.itertext())
    return case._replace(outcome=tag(child), message=child.get("message", ""), text=said)


def _seconds(text: str) -> float:
    try:
        found = float(text.replace(",", "") or 0)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) and found >= 0 else 0.0
