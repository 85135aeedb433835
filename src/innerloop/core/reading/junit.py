"""JUnit XML as test tools leave it: the cases, and what came of each."""

from __future__ import annotations

import math
from typing import NamedTuple
from xml.etree import ElementTree as ET
from xml.parsers import expat

PASSED, FAILED, ERROR, SKIPPED = "passed", "failure", "error", "skipped"
_ROOTS = frozenset({"testsuite", "testsuites"})


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
        return self.outcome in {FAILED, ERROR}


def cases(data: bytes, most: int = 1 << 25) -> tuple[Case, ...]:
    """Every test in a report; none where the XML is about something else. Raises Unreadable."""
    if len(data) > most:
        raise Unreadable(f"it has more than {most >> 20} MiB")
    _refuse(data)
    try:
        root = ET.fromstring(data)  # noqa: S314 - what declares anything was refused
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from error
    if _tag(root) not in _ROOTS:
        return ()
    return tuple(_case(one) for one in root.iter() if _tag(one) == "testcase")


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
    for child in node:
        kind = _tag(child)
        # A test can fail and then fail once more as it is taken down: the first says most.
        if kind in {FAILED, ERROR, SKIPPED}:
            return found._replace(
                outcome=kind, message=child.get("message", ""), text="".join(child.itertext())
            )
    return found


def _tag(node: ET.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _seconds(text: str) -> float:
    try:
        found = float(text.replace(",", "") or 0)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) and found >= 0 else 0.0
