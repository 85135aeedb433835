"""Kinds of value that only stages have: one word of several, bounds, lists that may be empty."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from innerloop.config.kinds import (
    DURATION,
    DURATION_PATTERN,
    TEXT,
    TEXTS,
    WRITTEN,
    Field,
    Kind,
    whole,
)
from innerloop.config.nodes import Items, Scalar
from innerloop.core import monitor as monitoring

E = TypeVar("E", bound=StrEnum)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def choice(kind: type[E]) -> Kind[E]:
    """Return the kind of one word of several."""
    words = [str(member) for member in kind]

    def read(field: Field) -> E:
        node = field.node
        if isinstance(node, Scalar) and node.text in words:
            return kind(node.text)
        field.must_be(f"{', '.join(words[:-1])} or {words[-1]}")
        return kind(words[0])

    return Kind(read, kind(words[0]), {"enum": words})


def _names(field: Field) -> tuple[str, ...] | None:
    if isinstance(field.node, Items) and not field.node.nodes:
        return ()
    return TEXTS.read(field)


def _codes(field: Field) -> tuple[int, ...]:
    nodes = field.node.nodes if isinstance(field.node, Items) else (field.node,)
    return tuple(CODE.read(field._replace(node=node)) for node in nodes)


def _patience(field: Field) -> float:
    if isinstance(field.node, Scalar) and field.node.text == "0":
        return 0.0
    return DURATION.read(field)


def _factor(field: Field) -> float:
    node = field.node
    if isinstance(node, Scalar) and _NUMBER.fullmatch(node.text) and float(node.text) >= 1:
        return float(node.text)
    field.must_be("a number, 1 or more")
    return 1.0


def _bound(field: Field) -> str:
    text = TEXT.read(field)
    if text and monitoring.bound(text) is None:
        field.must_be('a bound such as ">= 0.99"')
    return text


CODE = whole(1, 255)
CODES: Kind[tuple[int, ...]] = Kind(
    _codes, (), {"anyOf": [CODE.schema, {"type": "array", "items": CODE.schema}]}
)
NAMES: Kind[tuple[str, ...] | None] = Kind(_names, None, TEXTS.schema)
PATIENCE = Kind(_patience, 0.0, {"type": WRITTEN, "pattern": f"{DURATION_PATTERN}|^0$"})
FACTOR = Kind(_factor, 1.0, {"type": "number", "minimum": 1})
BOUND = Kind(_bound, "", {"type": "string"})
