"""Step 1: the lines of a CSV, as texts."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rides import Row

COLUMNS = ("id", "started", "minutes", "km", "from", "to")


def load(text: str) -> list[Row]:
    """Every line that holds something, without the blanks around each cell."""
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ValueError(f"the header must be {','.join(COLUMNS)}")
    return [{name: (cell or "").strip() for name, cell in line.items()} for line in reader]
