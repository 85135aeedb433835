"""Tables: read one from Markdown, and look up a cell by the words of its row and column."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError
from rag.words import Language, terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPAN = re.compile(r"([^\W\d_]+)\s*(?:[–-]|to|til)\s*([^\W\d_]+)", re.IGNORECASE)
"""`Monday–Thursday`, `June to August`"""
DAYS: dict[Language, str] = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
}
MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "da": "januar februar marts april maj juni juli august september oktober november december",
}
GROUPS: dict[Language, dict[str, str]] = {
    "en": {"weekday": "Monday Tuesday Wednesday Thursday Friday", "weekend": "Saturday Sunday"},
    "da": {"hverdag": "mandag tirsdag onsdag torsdag fredag", "weekend": "lørdag søndag"},
}


class Table(NamedTuple):
    """A header, and rows of as many cells; the first cell of a row is its label."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Cell(NamedTuple):
    """A value, and the labels of the row and the column that it stands in."""

    row: str
    column: str
    value: str

    @property
    def whole(self) -> str:
        """The cell with its labels, which say what it is about."""
        return f"{self.row}, {self.column}: {self.value}"


class Place(NamedTuple):
    """Where a cell stands, counted from zero."""

    row: int
    column: int


def parse(text: str) -> Table:
    """A Markdown table: a header, a line of dashes, rows."""
    lines = [_cells(line) for line in text.strip().splitlines()]
    if len(lines) < 2 or any(set(cell) - set("-:") for cell in lines[1]):  # noqa: PLR2004
        raise ProblemError(f"no table: a header and a line of dashes expected in {text[:40]!r}")
    for line in lines:
        if len(line) != len(lines[0]):
            raise ProblemError(f"{len(line)} cells in {line}, and {len(lines[0])} in the header")
    return Table(lines[0], tuple(lines[2:]))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def meaning(label: str, language: Language) -> frozenset[str]:
    """The terms of a label; `Monday–Thursday` means the days between as well."""
    found = set(terms(label, language))
    for names in (DAYS, MONTHS):
        order = terms(names[language], language)
        for first, last in SPAN.findall(label):
            ends = [*terms(first, language), *terms(last, language)]
            if len(ends) == 2 and set(ends) <= set(order):  # noqa: PLR2004 - both are names
                found.update(order[order.index(ends[0]) : order.index(ends[1]) + 1])
    for name, days in GROUPS[language].items():
        if found & set(terms(name, language)):
            found.update(terms(days, language))
    return frozenset(found)


def told_apart(asked: frozenset[str], labels: Sequence[frozenset[str]]) -> list[dict[str, float]]:
    """The words of each label that were asked for; one that many labels have counts for less."""
    having = Counter(word for label in labels for word in label)
    return [{word: 1 / having[word] for word in label & asked} for label in labels]


def lookup(table: Table, question: str, language: Language) -> Cell | None:
    """The cell that a question asks for, or the row where it names no column; else None."""
    asked = meaning(question, language)
    rows = [meaning(row[0], language) for row in table.rows]
    columns = [meaning(label, language) for label in table.header[1:]]
    by_row, by_column = told_apart(asked, rows), told_apart(asked, columns)
    fits: dict[tuple[float, int], list[Place]] = defaultdict(list)
    for row, column in product(range(len(rows)), range(len(columns))):
        if by_row[row]:
            score = _together(by_row[row], by_column[column])
            extra = columns[column] - asked if by_column[column] else frozenset()
            fits[score, -len(rows[row] - asked) - len(extra)].append(Place(row, column + 1))
    return _told(table, fits[max(fits)]) if fits else None


def _together(row: Mapping[str, float], column: Mapping[str, float]) -> float:
    """What the words of both come to, each counted once."""
    words = sorted(row.keys() | column.keys())
    return round(sum(max(row.get(word, 0), column.get(word, 0)) for word in words), 6)


def _told(table: Table, places: Sequence[Place]) -> Cell | None:
    """What the places say together: one value, the cells of one row, or nothing."""
    row, column = places[0]
    label = table.rows[row][0]
    if len({table.rows[place.row][place.column] for place in places}) == 1:
        return Cell(label, table.header[column], table.rows[row][column])
    if {place.row for place in places} != {row}:
        return None
    cells = [f"{table.header[place.column]} {table.rows[row][place.column]}" for place in places]
    return Cell(label, "", ", ".join(cells))
