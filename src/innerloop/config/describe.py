"""The grammar as a JSON Schema, for editors: asked by the same functions that read a file."""

from __future__ import annotations

from typing import Any, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.config.kinds import Kind
    from innerloop.config.reader import Read

T = TypeVar("T")
D = TypeVar("D")


class Describer:
    """Answers every question with a blank, and keeps the questions."""

    name = ""

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, Any]] = {}
        self._required: list[str] = []
        self._either: list[tuple[str, str]] = []
        self._others: dict[str, Any] | None = None
        """what any other key holds; None: there is no other"""

    def schema(self) -> dict[str, Any]:
        if self._others is not None:
            return {"type": "object", "minProperties": 1, "additionalProperties": self._others}
        found = {
            "type": "object",
            "properties": self._fields,
            "required": self._required,
            "additionalProperties": False,
        }
        if self._either:
            one = [{"anyOf": [{"required": [key]} for key in pair]} for pair in self._either]
            found["allOf"] = one
        return found

    def need(self, key: str, kind: Kind[T], doc: str, unless: str = "") -> T:
        if unless:
            self._either.append((key, unless))
        else:
            self._required.append(key)
        self._fields[key] = {"description": doc, **kind.schema}
        return kind.blank

    def take(self, key: str, kind: Kind[T], doc: str, default: D) -> T | D:
        self._fields[key] = {"description": doc, **kind.schema}
        return default

    def inside(self, key: str, doc: str, grammar: Callable[[Read], T]) -> T | None:
        child = Describer()
        value = grammar(child)
        self._fields[key] = {"description": doc, **child.schema()}
        return value

    def each(
        self,
        key: str,
        doc: str,
        grammar: Callable[[Read], T],
        *,
        required: bool = True,
        noun: str = "loop",
    ) -> tuple[T, ...]:
        del noun
        child = Describer()
        grammar(child)
        self._required += [key] * required
        self._fields[key] = {
            "description": doc,
            "type": "object",
            "minProperties": 1,
            "additionalProperties": child.schema(),
        }
        return ()

    def items(
        self, key: str, doc: str, grammar: Callable[[Read], T], *, alone: bool = False
    ) -> tuple[T, ...]:
        child = Describer()
        grammar(child)
        one = child.schema()
        many = {"type": "array", "items": one, "minItems": 1}
        self._fields[key] = {
            "description": doc,
            **({"anyOf": [one, many]} if alone else many),
        }
        return ()

    def all(self, doc: str, grammar: Callable[[Read], T], *, noun: str) -> tuple[T, ...]:
        del doc, noun
        child = Describer()
        grammar(child)
        self._others = child.schema()
        return ()

    def later(self, key: str, doc: str) -> None:
        self._fields[key] = {"description": f"not built yet: {doc}", "not": {}}
