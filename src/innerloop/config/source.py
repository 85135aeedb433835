"""A file's bytes as YAML nodes that know their line; what is wrong is said, never raised raw."""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.config.nodes import Composer, Mark, Scalar, Table, Unreadable, named
from innerloop.core.errors import ConfigError, Problem, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    import yaml

    from innerloop.config.nodes import Fault, Node

LIMIT = 1 << 20
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""what YAML takes for the end of a line"""
UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
BRACE = re.compile(r"\{[A-Za-z][A-Za-z0-9_.@-]*\}")
FLOW_VALUE = re.compile(r"([A-Za-z][\w.-]*):[ ]+([^,{}\[\]\"']*(?:\{[\w.@-]+\}[^,{}\[\]\"']*)*)$")
FLOW_REST = re.compile(r"(?:\{[\w.@-]+\}[^,{}\[\]]*)+")


class Source(NamedTuple):
    """A file's name and lines."""

    path: str
    lines: tuple[str, ...]

    def where(self, mark: Mark) -> Where:
        text = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        width = max(1, min(mark.width, len(text) - mark.column + 1))
        return Where(self.path, mark.line, mark.column, width, text)

    def wrong(self, message: str, mark: Mark | None = None, hint: str = "") -> ConfigError:
        return ConfigError((Problem(message, self.where(mark or Mark(1, 1, 1)), hint),))


class Page(NamedTuple):
    """A file as read: its top level, and the problems that did not keep it from being read."""

    source: Source
    table: Table
    problems: tuple[Problem, ...]


def parse(path: str, data: bytes) -> Page:
    """Return the file's top level; ConfigError where there is none to be had."""
    if len(data) > LIMIT:
        raise ConfigError((Problem(f"'{path}' is over 1 MiB: that is no configuration"),))
    text = _decode(path, data)
    source = Source(path, tuple(BREAK.split(text)))
    _printable(source)
    root, faults = _composed(source, text)
    problems = tuple(Problem(f.message, source.where(f.mark), f.hint) for f in faults)
    if root is None or (isinstance(root, Scalar) and named(root) == "nothing"):
        raise source.wrong("the file is empty", hint="'loop init' writes one that fits")
    if not isinstance(root, Table):
        message = f"the top level must be a mapping, such as 'version: 1', not {named(root)}"
        raise source.wrong(message, root.mark)
    return Page(source, root, problems)


def _decode(path: str, data: bytes) -> str:
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        at = error.start
        lines = BREAK.split(data[:at].decode().removeprefix("\ufeff"))
        rest = BREAK.split(data[at : at + 200].decode("utf-8", "replace"))[0]
        source = Source(path, (*lines[:-1], lines[-1] + rest))
        found = f"byte 0x{data[at]:02x} at offset {at}"
        mark = Mark(len(lines), len(lines[-1]) + 1)
        raise source.wrong(f"{found} is not UTF-8", mark, "save the file as UTF-8") from None


def _printable(source: Source) -> None:
    for number, line in enumerate(source.lines, 1):
        found = UNPRINTABLE.search(line)
        if found:
            name = f"U+{ord(found.group()):04X}"
            mark = Mark(number, found.start() + 1)
            raise source.wrong(f"the character {name} is not allowed in YAML", mark)


def _composed(
    source: Source, text: str, loader: type[yaml.SafeLoader] | None = None
) -> tuple[Node | None, list[Fault]]:
    import yaml  # noqa: PLC0415 - only where nothing is compiled yet

    if loader is None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = Composer(iter(yaml.parse(text, Loader=loader)))
    try:
        return composer.document(), composer.faults
    except Unreadable as error:
        fault = error.fault
        raise source.wrong(fault.message, fault.mark, fault.hint) from None
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or "") and loader is not yaml.SafeLoader:
            # libyaml gives up before it has handed over what our own limit is about.
            return _composed(source, text, yaml.SafeLoader)
        raise _explained(source, error) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser in Python lets escapes beyond Unicode through to `chr`.
        raise source.wrong(f"this is not YAML: {error}") from None


def _explained(source: Source, error: yaml.MarkedYAMLError) -> ConfigError:
    """Say what the parser stumbled over, in words for whoever wrote the line."""
    at = error.problem_mark or error.context_mark
    if at and error.context_mark and not any(line.strip() for line in source.lines[at.line :]):
        # At the end of the file there is nothing to see: show what was never closed.
        at = error.context_mark
    mark = Mark(at.line + 1, at.column + 1) if at else Mark(1, 1)
    line = source.where(mark).text
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return source.wrong(
            "a tab cannot indent YAML", Mark(mark.line, indent.index("\t") + 1), "use spaces"
        )
    for brace in BRACE.finditer(line):
        # The parser stops at the brace's beginning, or at what follows it.
        if brace.start() <= mark.column - 1 <= brace.end() + 1:
            place = Mark(mark.line, brace.start() + 1, len(brace.group()))
            message = "a brace outside quotes begins a mapping"
            return source.wrong(message, place, _quoted(line, brace))
    said = ", ".join(filter(None, (error.context, error.problem)))
    return source.wrong(f"this is not YAML: {said}", mark)


def _quoted(line: str, brace: re.Match[str]) -> str:
    """Return the same value in quotes, as far as it can be made out."""
    before = FLOW_VALUE.search(line[: brace.start()])
    rest = FLOW_REST.match(line, brace.start())
    if not before or not rest:
        return f'quote it: "… {brace.group()} …"'
    value = ((before.group(2) or "") + rest.group()).strip()
    return f'quote it: {before.group(1)}: "{value}"'
