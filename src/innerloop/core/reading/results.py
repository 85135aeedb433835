"""Files of results, told apart by name and content, and read into what a loop has measured."""

from __future__ import annotations

from typing import Any

from innerloop.core.reading import examples as lines
from innerloop.core.reading import harness, junit, numbers, promptfoo
from innerloop.core.reading.strict import Unreadable, text, value
from innerloop.core.reading.suites import SKIPPED
from innerloop.core.results import Example, Measured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LINES = (".jsonl", ".ndjson")
TABLES = (".json", ".yaml", ".yml", ".toml")
_SAID = 5
"""problems of one file that are kept"""


def read(name: str, data: bytes) -> Measured:
    """What a file of that name says was measured; what cannot be read is a problem, not raised."""
    if not data.strip():
        return Measured(problems=(f"{name}: it is empty",))
    try:
        found = _reader(name.lower(), data)(data)
    except Unreadable as error:
        return Measured(problems=(f"{name}: {error}",))
    said = [f"{name}: {one}" for one in found.problems]
    if len(said) > _SAID:
        said = [*said[:_SAID], f"{name}: and {len(said) - _SAID} more like that"]
    return found._replace(problems=tuple(said))


def _reader(name: str, data: bytes) -> Callable[[bytes], Measured]:
    if name.endswith(LINES):
        return _lines
    if name.endswith((".yaml", ".yml")):
        return _yaml
    if name.endswith(".toml"):
        return _toml
    if name.endswith(".xml") or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _junit
    return _json


def _json(data: bytes) -> Measured:
    table = value(text(data))
    tests = promptfoo.rows(table)
    if tests is not None:
        return promptfoo.promptfoo(tests, table["results"]["stats"])
    tasks = harness.tasks(table)
    if tasks is not None:
        return harness.harness(table, tasks)
    shown = numbers.shown_by_dvc(table)
    return numbers.numbers(table if shown is None else shown)


def _lines(data: bytes) -> Measured:
    first = next((one for one in data.split(b"\n") if one.strip()), b"")
    try:
        ours = not harness.sampled(value(text(first)))
    except Unreadable:
        ours = True
    if ours:
        return lines.examples(data)
    rows, problems = [], []
    for at, line in enumerate(text(data).split("\n"), 1):
        try:
            row = value(line) if line.strip() else None
        except Unreadable as error:
            problems.append(f"line {at}: {error}")
            continue
        if row is not None and not harness.sampled(row):
            problems.append(f"line {at}: it is no sample, as the first one is")
        elif row is not None:
            rows.append((at, row))
    found = harness.samples(rows)
    return found._replace(problems=(*problems, *found.problems))


def _yaml(data: bytes) -> Measured:
    import yaml  # noqa: PLC0415 - 15 ms, and only for such a file

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    written = text(data)
    try:
        _once(yaml.compose(written, Loader=loader))
        table = yaml.load(written, Loader=loader)  # noqa: S506 - a safe one, whichever there is
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"it is no YAML: {' '.join(str(error).split())[:200]}") from error
    return numbers.numbers(table)


def _once(root: Any) -> None:
    """Raise where a mapping has a key twice, of which YAML's loader would keep the last."""
    nodes, seen = [root], set()
    while nodes:
        node = nodes.pop()
        if node is None or id(node) in seen or isinstance(node.value, str):
            continue
        seen.add(id(node))
        pairs = [one for one in node.value if isinstance(one, tuple)]
        names = [key.value for key, _ in pairs if isinstance(key.value, str)]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Unreadable(f"{twice!r} stands in it twice")
        nodes += [part for pair in pairs for part in pair] or node.value


def _toml(data: bytes) -> Measured:
    import tomllib  # noqa: PLC0415 - likewise

    try:
        table = tomllib.loads(text(data))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(f"it is no TOML: {error}") from error
    return numbers.numbers(table)


def _junit(data: bytes) -> Measured:
    """Each test as an example with the score `passed`; one that was skipped was not measured."""
    try:
        report = junit.report(data)
    except junit.Unreadable as error:
        raise Unreadable(str(error)) from error
    found: dict[str, float] = {}
    for case in report.cases:
        if case.outcome == SKIPPED:
            continue
        name = f"{case.classname}::{case.name}" if case.classname else case.name
        # One that failed as it was taken down stands there once more.
        found[name] = min(found.get(name, 1.0), float(not case.red))
    problems = [
        f"{one.name}: {_first(one.message or one.text or one.outcome)}" for one in report.outside
    ]
    problems += report.misfits
    if not found and not problems:
        problems.append("no test in it was run")
    tests = (Example(name, (("passed", score),)) for name, score in found.items())
    return Measured(examples=tuple(tests), problems=tuple(problems))


def _first(said: str) -> str:
    """The first line of what a tool said."""
    return next(iter(said.strip().split("\n")), "")[:200]
