"""pytest's report: for each test that failed, the frame to look at and what it says."""

from __future__ import annotations

import re

from innerloop.core.reading.sighting import ERROR, WARNING, Sighting, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"={3,} (.+?) ={3,}$")
_TEST = re.compile(r"_{2,} (\S.*\S|\S) _{2,}$")
_ASIDE = re.compile(r"-{3,} .+ -{3,}$")
_FRAME = re.compile(r"([^\s:][^:]*):(\d+): ?(in .+|[A-Za-z_][\w.]*)?$")
_LINE = re.compile(r"([^\s:][^:]*):(\d+): (\S.*)")
_WARNING = re.compile(r"\s+([^:]+):(\d+): (\w+: .*)")
_BROKEN = re.compile(r'File "([^"]+)", line (\d+)$')
# The parameters of a test may hold the dash that stands before the message.
_SUMMARY = re.compile(r"(?:FAILED|ERROR) ([^:\s][^:]*?)(?:::(\S[^\[]*?(?:\[.*?\])?))?(?: - (.*))?$")
_OVER = re.compile(r"\d+ (?:passed|failed|error|skipped|xfailed|warning)\S*.* in [\d.]+s")
_PREFIXES = ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ")
_REPORTS = {"FAILURES", "ERRORS"}
_TOOL = "pytest"


class Pytest:
    """Reads the sections of a report. `inside` says that a line is no other tool's."""

    def __init__(self) -> None:
        self.inside = False
        self._section = ""
        self._test = ""
        self._aside = False
        self._place: tuple[int, str, int] | None = None
        self._message = ""
        self._told = False
        """the line before was one of pytest's own, about the exception"""
        self._names: set[str] = set()
        self._messages: list[str] = []

    @property
    def native(self) -> bool:
        """Whether a traceback here is what a test failed with, and not what it printed."""
        return self._section in _REPORTS and not self._aside

    def raised(self, seen: Sighting) -> Sighting:
        """A traceback that stands for a failure, as with `--tb=native`."""
        self._messages.append(seen.message.removeprefix("AssertionError: "))
        return seen._replace(tool=_TOOL)

    def take(self, at: int, line: str) -> Iterator[Sighting]:
        """What is known by this line: the failure before, or what stands in the line itself."""
        if section := line.startswith("===") and _SECTION.match(line):
            yield from self.end()
            self._section = section.group(1)
            self.inside = not _OVER.search(self._section)
        elif self._section in _REPORTS:
            yield from self._report(at, line)
        elif self._section == "warnings summary":
            if found := _WARNING.match(line):
                path, row, message = found.groups()
                yield Sighting(at, path, int(row), 0, message, WARNING, _TOOL)
        elif self._section == "short test summary info":
            yield from self._summary(at, line)
        if self.inside and line[:1].isdigit() and _OVER.match(line):
            self.inside, self._section = False, ""

    def end(self) -> Iterator[Sighting]:
        """The failure that was being read."""
        if self._place and self._message:
            at, path, row = self._place
            self._names.add(self._test)
            self._messages.append(self._message.removeprefix("AssertionError: "))
            yield Sighting(at, path, row, 0, self._message, ERROR, _TOOL)
        self._test, self._place, self._message = "", None, ""
        self._aside = self._told = False

    def _report(self, at: int, line: str) -> Iterator[Sighting]:
        if test := line.startswith("__") and _TEST.match(line):
            yield from self.end()
            self._test = _name(test.group(1))
        elif line.startswith("---") and _ASIDE.match(line):
            self._aside = True
        elif self._aside:
            return
        elif line == "E" or line.startswith("E  "):
            self._said(at, line[1:].strip())
            return
        elif frame := _FRAME.match(line):
            path, row, _ = frame.groups()
            if own(path):
                self._place = (at, path, int(row))
        elif not self._test and (short := _LINE.match(line)):
            path, row, message = short.groups()
            self._messages.append(message.removeprefix("AssertionError: "))
            yield Sighting(at, path, int(row), 0, message, ERROR, _TOOL)
        self._told = False

    def _said(self, at: int, text: str) -> None:
        if broken := _BROKEN.match(text):
            # The file that could not be read says more than whoever wanted to read it.
            self._place = (at, broken.group(1), int(broken.group(2)))
            self._message = ""
        elif not self._told or not self._message or text.startswith("SyntaxError"):
            self._message = text
        self._told = True

    def _summary(self, at: int, line: str) -> Iterator[Sighting]:
        """A failure of which no more is known than this, as with `--tb=no`."""
        found = _SUMMARY.match(line)
        if not found:
            return
        path, test, message = found.groups()
        name = test.replace("::", ".") if test else path
        known = (message or "").removesuffix("...").removeprefix("AssertionError: ")
        if name in self._names or (known and any(m.startswith(known) for m in self._messages)):
            return
        text = f"{name}: {message}" if message else f"{name} failed"
        yield Sighting(at, path, 0, 0, text, ERROR, _TOOL)


def _name(header: str) -> str:
    for prefix in _PREFIXES:
        header = header.removeprefix(prefix)
    return header
