"""Make histories of edits: what a developer does to a project between two walks, at random.

A history is a list of edits and a seed. The first hundred are among the first thousand, so a small
run is a true subset of a large one.

    python tests/evaluation/histories.py --rows 20 --out histories.jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from typing import NamedTuple

FILES = ("a.py", "b.py", "pkg/c.py", "pkg/sub/d.py", "data/rows.csv", "notes.md")
VARIABLES = ("MODE", "PYTHONHASHSEED")


class Edit(NamedTuple):
    """One thing done: its kind, the file or variable it is done to, and a value."""

    kind: str
    target: str
    value: str


KINDS = (
    "write",
    "rewrite the same",
    "touch",
    "write, old times",
    "delete",
    "restore",
    "executable",
    "swap",
    "new file",
    "unrelated",
    "variable",
    "command",
    "nothing",
)


def history(seed: int, length: int) -> tuple[Edit, ...]:
    """The edits of one history; the same for the same seed."""
    chance = random.Random(seed)
    return tuple(_edit(chance) for _ in range(length))


def _edit(chance: random.Random) -> Edit:
    kind = chance.choice(KINDS)
    target = chance.choice(VARIABLES if kind == "variable" else FILES)
    return Edit(kind, target, str(chance.randrange(3)))


def problems(rows: list[tuple[Edit, ...]]) -> list[str]:
    """What is wrong with a set of histories as material for an evaluation."""
    found = [f"history {n} is empty" for n, row in enumerate(rows) if not row]
    seen = {edit.kind for row in rows for edit in row}
    found += [f"no history has {kind!r} in it" for kind in KINDS if kind not in seen]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--length", type=int, default=8)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    rows = [history(seed, arguments.length) for seed in range(arguments.rows)]
    for problem in (found := problems(rows)):
        print(problem, file=sys.stderr)
    os.makedirs(os.path.dirname(os.path.abspath(arguments.out)), exist_ok=True)
    with open(arguments.out, "w", encoding="utf-8") as file:
        lines = (json.dumps({"id": seed, "edits": row}) for seed, row in enumerate(rows))
        file.writelines(f"{line}\n" for line in lines)
    print(f"{len(rows)} histories, {sum(len(row) for row in rows)} edits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
