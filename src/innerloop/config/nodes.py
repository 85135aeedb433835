"""YAML's events composed into nodes: marks kept, aliases bounded, nothing believed twice."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

DEEPEST = 40
ENDLESS = 1 << 20
SHOWN = 40
"""characters of a value that a message repeats"""
MOST_EXPANDED = 10_000
TAG = "tag:yaml.org,2002:"
KNOWN_TAGS = frozenset(TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))


class Mark(NamedTuple):
    """A place: line and column count from 1."""

    line: int
    column: int
    width: int = 1


class Scalar(NamedTuple):
    """A text, and whether it stood there without quotes."""

    text: str
    plain: bool
    mark: Mark


class Items(NamedTuple):
    """A list."""

    nodes: tuple[Node, ...]
    mark: Mark


class Table(NamedTuple):
    """A mapping, what it merges in (`<<`) included; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark


Node = Scalar | Items | Table


class Fault(NamedTuple):
    """What is wrong, and where."""

    message: str
    mark: Mark
    hint: str = ""


class Unreadable(Exception):  # noqa: N818 - it is the file that is unreadable
    """There is no going on after this fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Composer:
    """One document's nodes. Faults that leave a readable document are gathered in `faults`."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.faults: list[Fault] = []
        self._events = events
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._expanded = 0
        """nodes that are there through aliases alone"""
        self._nodes = 0

    def document(self) -> Node | None:
        """Return the only document's root; None where there is no document."""
        next(self._events)
        event = next(self._events)
        if not hasattr(event, "explicit"):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)
        event = next(self._events)
        if hasattr(event, "explicit"):
            raise Unreadable(
                Fault("a second document begins here", mark(event), "one file holds one document")
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        import yaml  # noqa: PLC0415 - only where nothing is compiled yet

        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101 - for the type checker
        tag = getattr(event, "tag", None)
        if tag and tag != "!" and tag not in KNOWN_TAGS:
            raise Unreadable(Fault(f"the tag '{tag}' is not understood", mark(event)))
        if depth > DEEPEST:
            raise Unreadable(Fault(f"nested over {DEEPEST} deep", mark(event)))
        if event.anchor:
            self._anchors[event.anchor] = None
        before = self._nodes + self._expanded
        self._nodes += 1
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style and tag in {None, *(KNOWN_TAGS - {f"{TAG}str"})}
            node = Scalar(event.value, plain, mark(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._items(event, depth)
        else:
            node = self._table(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = (node, self._nodes + self._expanded - before)
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor
        if name not in self._anchors:
            raise Unreadable(Fault(f"no anchor '&{name}' before this alias", mark(event)))
        known = self._anchors[name]
        if known is None:
            raise Unreadable(Fault(f"the alias '*{name}' contains itself", mark(event)))
        self._expanded += known[1]
        if self._expanded > MOST_EXPANDED:
            raise Unreadable(
                Fault(f"aliases stand for more than {MOST_EXPANDED} values", mark(event))
            )
        return known[0]

    def _items(self, start: yaml.NodeEvent, depth: int) -> Items:
        nodes: list[Node] = []
        event = next(self._events)
        while not _ends(event):
            nodes.append(self._node(event, depth + 1))
            event = next(self._events)
        return Items(tuple(nodes), _span(start, event, nodes[0].mark if nodes else None))

    def _table(self, start: yaml.NodeEvent, depth: int) -> Table:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        event = next(self._events)
        while not _ends(event):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._odd(key)
            elif key.plain and key.text == "<<":
                merged = {**self._merge(value), **merged}
            elif key.text in own:
                first = own[key.text][0].mark.line
                self.faults.append(
                    Fault(f"duplicate key '{key.text}'", key.mark, f"it is on line {first} already")
                )
            else:
                own[key.text] = (key, value)
            event = next(self._events)
        first_key = next(iter(own.values()))[0].mark if own else None
        return Table(tuple({**merged, **own}.values()), _span(start, event, first_key))

    def _odd(self, key: Node) -> None:
        hint = "a brace outside quotes begins a mapping: quote it" if isinstance(key, Table) else ""
        self.faults.append(Fault(f"a key must be text, not {named(key)}", key.mark, hint))

    def _merge(self, value: Node) -> dict[str, tuple[Scalar, Node]]:
        """Return what `<<` brings in: of several mappings, the first that has a key decides."""
        tables = value.nodes if isinstance(value, Items) else (value,)
        merged: dict[str, tuple[Scalar, Node]] = {}
        for table in reversed(tables):
            if isinstance(table, Table):
                merged.update({key.text: (key, node) for key, node in table.entries})
            else:
                message = f"'<<' merges mappings, not {named(table)}"
                self.faults.append(Fault(message, table.mark))
        return merged


def named(node: Node) -> str:
    """Return what a node is, for a message."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    if node.plain and node.text in {"", "~", "null", "Null", "NULL"}:
        return "nothing"
    shown = node.text if len(node.text) <= SHOWN else node.text[: SHOWN - 1] + "…"
    return f"'{shown}'"


def _ends(event: yaml.Event) -> bool:
    import yaml  # noqa: PLC0415 - only where nothing is compiled yet

    return isinstance(event, yaml.CollectionEndEvent)


def mark(event: yaml.Event) -> Mark:
    """Return where an event is: one that runs over its line is marked to the line's end."""
    line, column, last, end = _ends_of(event)
    width = end - column if last == line else ENDLESS
    return Mark(line + 1, column + 1, max(width, 1))


def _ends_of(event: yaml.Event) -> tuple[int, int, int, int]:
    start, end = event.start_mark, event.end_mark
    assert start is not None  # noqa: S101 - for the type checker
    assert end is not None  # noqa: S101 - parsed events always have both
    return start.line, start.column, end.line, end.column


def _span(start: yaml.NodeEvent, end: yaml.Event, first: Mark | None) -> Mark:
    """Mark a collection: from bracket to bracket, or its first entry."""
    opened = mark(start)
    if getattr(start, "flow_style", False):
        line, column, *_ = _ends_of(start)
        *_, last, close = _ends_of(end)
        return opened._replace(width=max(close - column, 1) if last == line else 1)
    return opened._replace(width=first.width) if first and first.line == opened.line else opened
