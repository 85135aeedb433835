"""Kinds of value: how each is read from a node, and how a JSON Schema says so."""

from __future__ import annotations

import re
from typing import Any, Generic, NamedTuple, TypeVar

from innerloop.config.globs import BadGlob, compile_glob
from innerloop.config.nodes import Items, Node, Scalar, Table, named
from innerloop.core.command import parse
from innerloop.core.model import Command, Glob
from innerloop.core.text import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
WRITTEN = ["string", "number", "boolean"]
"""a scalar is taken as it is written, so a JSON Schema must let numbers and booleans by"""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FLAGS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
WARMTHS = {"auto": True, "off": False}
GUESS = "~"
NUMBER = re.compile(r"[0-9]{1,9}")
BRACED = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]*")


class Field(NamedTuple):
    """A value on its way in: what it is called, where it stands, and who hears of problems."""

    name: str
    node: Node
    tell: Callable[[Node, str, str], None]

    def wrong(self, message: str, hint: str = "") -> None:
        self.tell(self.node, message, hint)

    def must_be(self, wanted: str) -> None:
        if isinstance(self.node, Table) and _braced(self.node):
            hint = f'quote it: "{{{self.node.entries[0][0].text}}}"'
            self.wrong("a brace outside quotes begins a mapping", hint)
        else:
            self.wrong(f"'{self.name}' must be {wanted}, not {named(self.node)}")


class Kind(NamedTuple, Generic[T]):
    """What a field may hold. `blank` stands in for what could not be read."""

    read: Callable[[Field], T]
    blank: T
    schema: Mapping[str, Any]


def _braced(table: Table) -> bool:
    if len(table.entries) != 1:
        return False
    key, value = table.entries[0]
    return named(value) == "nothing" and BRACED.fullmatch(key.text) is not None


def _text(field: Field) -> str:
    if isinstance(field.node, Scalar) and named(field.node) != "nothing":
        if field.node.text.strip() and "\0" not in field.node.text:
            return field.node.text
        field.wrong(f"'{field.name}' is empty")
    else:
        field.must_be("a text")
    return ""


def _flag(field: Field) -> bool:
    node = field.node
    if isinstance(node, Scalar) and node.plain and node.text in FLAGS:
        return FLAGS[node.text]
    field.must_be("true or false")
    return False


def _duration(field: Field) -> float:
    if not isinstance(field.node, Scalar):
        field.must_be("a duration such as 10s")
        return 0.0
    text = field.node.text
    found = duration(text)
    if found is None and re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        field.wrong(f"'{field.name}' has no unit", f"write '{text}s' for seconds")
    elif found is None:
        field.must_be("a duration such as 500ms, 10s or 1h30m")
    return found or 0.0


class Cycle(NamedTuple):
    """How long one cycle takes, in seconds, and whether anybody knows."""

    seconds: float
    guessed: bool


def _cycle(field: Field) -> Cycle:
    node = field.node
    if isinstance(node, Scalar) and node.text.startswith(GUESS) and node.text != GUESS:
        bare = node._replace(text=node.text[len(GUESS) :])
        return Cycle(_duration(field._replace(node=bare)), guessed=True)
    return Cycle(_duration(field), guessed=False)


def _budget(field: Field) -> float | None:
    if isinstance(field.node, Scalar) and field.node.text == "none":
        return None
    return _duration(field)


def _command(field: Field) -> Command:
    node = field.node
    try:
        if isinstance(node, Items):
            return parse(_listed(field, node))
        text = _text(field)
        if text:
            return parse(text)
    except ValueError as error:
        field.wrong(f"'{field.name}': {error}")
    return Command("", (), (), ())


def _listed(field: Field, node: Items) -> tuple[str, ...]:
    """Return a list's texts; those that are none have been told of, and stand as blanks."""
    words = []
    for item in node.nodes:
        part = field._replace(node=item)
        if isinstance(item, Scalar) and named(item) != "nothing":
            words.append(item.text)
        else:
            part.must_be("texts")
            words.append("?")
    return tuple(words)


def _commands(field: Field) -> tuple[Command, ...]:
    if not isinstance(field.node, Items):
        return (_command(field),)
    return tuple(_command(field._replace(node=item)) for item in field.node.nodes)


def _texts(field: Field) -> tuple[str, ...]:
    if isinstance(field.node, Items):
        return tuple(filter(None, (_text(field._replace(node=item)) for item in field.node.nodes)))
    text = _text(field)
    return (text,) if text else ()


def _variables(field: Field) -> tuple[str, ...]:
    names = _texts(field)
    for name in names:
        if not VARIABLE.fullmatch(name):
            field.wrong(f"'{name}' is no name of a variable")
    return tuple(dict.fromkeys(names))


def _modules(field: Field) -> tuple[str, ...] | None:
    names = _texts(field)
    for name in names:
        if not MODULE.fullmatch(name):
            field.wrong(f"'{name}' is no name of a module")
    return tuple(dict.fromkeys(names))


def _warmth(field: Field) -> bool:
    node = field.node
    if isinstance(node, Scalar) and node.text in WARMTHS:
        return WARMTHS[node.text]
    field.must_be("auto or off")
    return False


def _environment(field: Field) -> tuple[tuple[str, str], ...]:
    if not isinstance(field.node, Table):
        field.must_be("a mapping of names to values")
        return ()
    pairs = []
    for key, value in field.node.entries:
        if not VARIABLE.fullmatch(key.text):
            field.tell(key, f"'{key.text}' is no name of a variable", "")
        elif not isinstance(value, Scalar) or named(value) == "nothing":
            hint = 'write "" for an empty one' if isinstance(value, Scalar) else ""
            field.tell(value, f"'{key.text}' must be a text, not {named(value)}", hint)
        else:
            pairs.append((key.text, value.text))
    return tuple(pairs)


def _inside(field: Field) -> str:
    """Return a path below the root, without `.` and `..`; empty for the root itself."""
    text = _text(field)
    if not text:
        return ""
    if text.startswith(("/", "~")):
        field.wrong(f"'{text}' must be relative to the folder of loops.yaml")
        return ""
    segments: list[str] = []
    for name in text.split("/"):
        if name == ".." and not segments:
            hint = "put loops.yaml higher up"
            field.wrong(f"'{text}' leaves the project's folder", hint)
            return ""
        if name == "..":
            segments.pop()
        elif name not in {"", "."}:
            segments.append(name)
    return "/".join(segments)


def _many(one: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [one, {"type": "array", "items": one}]}


TEXT = Kind(_text, "", {"type": WRITTEN})
TEXTS: Kind[tuple[str, ...]] = Kind(_texts, (), _many({"type": WRITTEN}))
FLAG = Kind(_flag, False, {"type": "boolean"})
DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|d|h|m|s))+$"
DURATION = Kind(_duration, 0.0, {"type": "string", "pattern": DURATION_PATTERN})
CYCLE = Kind(
    _cycle,
    Cycle(0.0, guessed=False),
    {"type": "string", "pattern": DURATION_PATTERN.replace("^", f"^{GUESS}?")},
)
BUDGET: Kind[float | None] = Kind(
    _budget, None, {"type": "string", "pattern": f"{DURATION_PATTERN}|^none$"}
)
COMMAND_SCHEMA = {
    "anyOf": [{"type": WRITTEN}, {"type": "array", "items": {"type": WRITTEN}, "minItems": 1}]
}
COMMAND = Kind(_command, Command("", (), (), ()), COMMAND_SCHEMA)
COMMANDS: Kind[tuple[Command, ...]] = Kind(_commands, (), _many({"type": WRITTEN}))
VARIABLES: Kind[tuple[str, ...]] = Kind(_variables, (), _many({"type": "string"}))
MODULES: Kind[tuple[str, ...] | None] = Kind(_modules, (), _many({"type": "string"}))
WARMTH = Kind(_warmth, False, {"enum": [*WARMTHS]})
ENVIRONMENT: Kind[tuple[tuple[str, str], ...]] = Kind(
    _environment, (), {"type": "object", "additionalProperties": {"type": WRITTEN}}
)
INSIDE = Kind(_inside, "", {"type": WRITTEN})


def whole(low: int, high: int) -> Kind[int]:
    """Return the kind of a whole number between two."""

    def read(field: Field) -> int:
        node = field.node
        number = isinstance(node, Scalar) and node.plain and NUMBER.fullmatch(node.text)
        if number and low <= int(number.group()) <= high:
            return int(number.group())
        field.must_be(str(low) if low == high else f"a whole number from {low} to {high}")
        return low

    return Kind(read, low, {"type": "integer", "minimum": low, "maximum": high})


_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def _amount(field: Field) -> float:
    node = field.node
    if isinstance(node, Scalar) and node.plain and _AMOUNT.fullmatch(node.text):
        return float(node.text)
    field.must_be("an amount such as 0.5")
    return 0.0


AMOUNT = Kind(_amount, 0.0, {"type": "number", "minimum": 0})


def globs(cwd: str) -> Kind[tuple[Glob, ...]]:
    """Return the kind of gitignore-style patterns, seen from a folder."""

    def read(field: Field) -> tuple[Glob, ...]:
        nodes = field.node.nodes if isinstance(field.node, Items) else (field.node,)
        found: list[Glob] = []
        for part in (field._replace(node=node) for node in nodes):
            text = _text(part)
            try:
                found += [compile_glob(text, cwd)] if text else []
            except BadGlob as error:
                part.wrong(error.message, error.hint)
        return tuple(found)

    return Kind(read, (), _many({"type": "string"}))
