"""A cursor over a mapping: reads typed fields, gathers problems, reports keys nobody asked for."""

from __future__ import annotations

from typing import Protocol, TypeVar

from innerloop.config.kinds import Field, Kind
from innerloop.config.nodes import Items, Node, Scalar, Table, named
from innerloop.core.errors import Problem
from innerloop.core.text import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.config.source import Source

T = TypeVar("T")
D = TypeVar("D")


class Read(Protocol):
    """What a grammar asks its questions of: a file's Reader, or whoever describes the grammar."""

    @property
    def name(self) -> str:
        """The key this mapping stands under."""

    def need(self, key: str, kind: Kind[T], doc: str, unless: str = "") -> T:
        """A field that has to be there, unless another key stands in for it."""

    def take(self, key: str, kind: Kind[T], doc: str, default: D) -> T | D: ...
    def inside(self, key: str, doc: str, grammar: Callable[[Read], T]) -> T | None: ...
    def each(
        self,
        key: str,
        doc: str,
        grammar: Callable[[Read], T],
        *,
        required: bool = True,
        noun: str = "loop",
    ) -> tuple[T, ...]: ...
    def items(
        self, key: str, doc: str, grammar: Callable[[Read], T], *, alone: bool = False
    ) -> tuple[T, ...]:
        """A list of mappings; with `alone`, one may stand for a list of it."""

    def all(self, doc: str, grammar: Callable[[Read], T], *, noun: str) -> tuple[T, ...]:
        """Every entry of this very mapping, whatever its key."""

    def later(self, key: str, doc: str) -> None:
        """A key that is understood but not built yet: refused, never ignored."""


class Desk:
    """Where the problems and warnings of one file are gathered."""

    def __init__(self, source: Source, only: str = "") -> None:
        self.source = source
        self.only = only
        """what a file that may not say everything may say"""
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def wrong(self, node: Node, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, self.source.where(node.mark), hint))

    def warn(self, node: Node, message: str, hint: str = "") -> None:
        self.warnings.append(Problem(message, self.source.where(node.mark), hint))


class Reader:
    """Reads one mapping. `close` it when everything has been asked for."""

    def __init__(self, desk: Desk, table: Table, *, name: str = "", title: str = "") -> None:
        self.desk = desk
        self.name = name
        self.children: list[Reader] = []
        """the readers of the loops, in order"""
        self.below: dict[str, list[Reader]] = {}
        """the readers of every `each`, in order, by its key; of `all`, by none"""
        self.listed: dict[str, list[Reader]] = {}
        """those of `items`, by their key"""
        self._title = title
        """` in loop 'lint'`: how a message says where it is"""
        self._table = table
        self._nodes = {key.text: (key, node) for key, node in table.entries}
        self._asked: dict[str, None] = {}
        self._missing: list[str] = []

    @property
    def here(self) -> Node:
        """The mapping itself."""
        return self._table

    def has(self, key: str) -> bool:
        return key in self._nodes

    def key(self, key: str) -> Node:
        """Return the key as it stands in the file; where it is missing, the mapping."""
        return self._nodes[key][0] if key in self._nodes else self._table

    def entry(self, key: str, name: str) -> Node:
        """Return a key of the mapping that stands under `key`."""
        table = self.value(key)
        entries = table.entries if isinstance(table, Table) else ()
        return next((node for node, _ in entries if node.text == name), table)

    def at(self, *names: str) -> Node:
        """Return what stands under a path of keys, or is that item of a list; as far as it goes."""
        found: Node = self._table
        for name in names:
            if isinstance(found, Table):
                found = next((node for key, node in found.entries if key.text == name), found)
            elif isinstance(found, Items):
                items = (one for one in found.nodes if isinstance(one, Scalar) and one.text == name)
                found = next(items, found)
        return found

    def value(self, key: str, item: str = "") -> Node:
        """Return what stands under the key; of a list, the `item` asked for."""
        node = self._nodes[key][1] if key in self._nodes else self._table
        if item and isinstance(node, Items):
            found = [n for n in node.nodes if isinstance(n, Scalar) and n.text == item]
            return found[0] if found else node
        return node

    def need(self, key: str, kind: Kind[T], doc: str, unless: str = "") -> T:
        if not self.has(key) and not self.has(unless):
            self._asked[key] = None
            self._missing.append(key)
        return self.take(key, kind, doc, kind.blank)

    def take(self, key: str, kind: Kind[T], doc: str, default: D) -> T | D:
        del doc
        self._asked[key] = None
        if not self.has(key):
            return default
        return kind.read(Field(key, self._nodes[key][1], self.desk.wrong))

    def inside(self, key: str, doc: str, grammar: Callable[[Read], T]) -> T | None:
        table = self._mapping(key, doc)
        if table is None:
            return None
        reader = Reader(self.desk, table, name=key, title=f" in '{key}'")
        return reader.finish(grammar(reader))

    def each(
        self,
        key: str,
        doc: str,
        grammar: Callable[[Read], T],
        *,
        required: bool = True,
        noun: str = "loop",
    ) -> tuple[T, ...]:
        table = self._mapping(key, doc)
        if required and not self.has(key):
            self._missing.append(key)
        elif table and not table.entries and (required or noun not in {"loop", "data"}):
            self.desk.wrong(self.key(key), f"'{key}' names no {noun}")
        found = self._entries(key, table, grammar, noun)
        self.children += self.below[key] if noun == "loop" else []
        return found

    def all(self, doc: str, grammar: Callable[[Read], T], *, noun: str) -> tuple[T, ...]:
        del doc
        self._asked.update(dict.fromkeys(self._nodes))
        return self._entries("", self._table, grammar, noun)

    def _entries(
        self, key: str, table: Table | None, grammar: Callable[[Read], T], noun: str
    ) -> tuple[T, ...]:
        found = []
        readers = self.below[key] = []
        for name, node in table.entries if table else ():
            if isinstance(node, Table):
                title = f" in {noun} '{name.text}'"
                reader = Reader(self.desk, node, name=name.text, title=title)
                readers.append(reader)
                found.append(reader.finish(grammar(reader), name))
            else:
                said = f"{noun} '{name.text}' must be a mapping, not {named(node)}"
                self.desk.wrong(name, said)
        return tuple(found)

    def items(
        self, key: str, doc: str, grammar: Callable[[Read], T], *, alone: bool = False
    ) -> tuple[T, ...]:
        del doc
        self._asked[key] = None
        readers = self.listed[key] = []
        found = []
        wanted = "a mapping, or a list of them" if alone else "a list of mappings"
        node = self._nodes[key][1] if self.has(key) else None
        if isinstance(node, Items) and not node.nodes and not alone:
            self.desk.wrong(node, f"'{key}' is empty")
        listed = node.nodes if isinstance(node, Items) else (node,) if node else ()
        for one in listed:
            if isinstance(one, Table) and (alone or one is not node):
                reader = Reader(self.desk, one, name=key, title=f" in '{key}'{self._title}")
                readers.append(reader)
                found.append(reader.finish(grammar(reader), one))
            else:
                Field(key, one, self.desk.wrong).must_be(wanted)
        return tuple(found)

    def later(self, key: str, doc: str) -> None:
        self._asked[key] = None
        if self.has(key):
            self.desk.wrong(
                self.key(key),
                f"'{key}' is understood but not built yet: {doc}",
                "take it out for now",
            )

    def finish(self, value: T, owner: Node | None = None) -> T:
        """Report what is missing and what nobody asked for; return the value as it came."""
        meant = set()
        for key, (node, _) in self._nodes.items():
            if key not in self._asked and not (not self._title and key.startswith("x-")):
                near = nearest(key, [k for k in self._asked if not self.has(k)])
                near = near or nearest(key, self._asked)
                meant.add(near)
                hint = f"did you mean '{near}'?" if near else self.desk.only
                self.desk.wrong(node, f"unknown key '{key}'{self._title}", hint)
        for key in self._missing:
            if key not in meant:
                self.desk.wrong(owner or self._table, f"'{key}' is missing{self._title}")
        return value

    def _mapping(self, key: str, doc: str) -> Table | None:
        kind: Kind[Table | None] = Kind(_table, None, {})
        return self.take(key, kind, doc, None)


def _table(field: Field) -> Table | None:
    if isinstance(field.node, Table):
        return field.node
    field.must_be("a mapping")
    return None
