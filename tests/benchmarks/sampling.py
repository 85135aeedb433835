"""How long a sample takes, beside reading the same file and nothing more.

    python tests/benchmarks/sampling.py [--rows 1000000] [--times 3]

Text against a bare pass of json.loads and csv.reader, Parquet against DuckDB handing the rows
over and reading all columns; the best of several times, nothing is asserted. Seconds are those of
all processors together, so that a busy machine makes less of a difference; memory is what the
process had at most. Each in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from innerloop.core.sampling import Amount, Rule
from innerloop.system.data.cut import DUCKDB, PYTHON, Means, cut
from innerloop.system.data.source import Part, source

if TYPE_CHECKING:
    from collections.abc import Callable

KEYED = Rule(Amount(5000), ("id",))
RULES = {
    "200 rows": KEYED._replace(amount=Amount(200)),
    "5000 rows": KEYED,
    "5000 rows by label": KEYED._replace(by=("label",)),
    "a tenth by label": KEYED._replace(amount=Amount(None, "0.1"), by=("label",)),
    "5000 rows by label, users whole": Rule(Amount(5000), by=("label",), group=("user",)),
    "5000 rows without a key": Rule(Amount(5000)),
}


def made(folder: str, rows: int) -> None:
    """The same rows as JSONL (about 110 bytes each), CSV and Parquet."""
    import duckdb  # noqa: PLC0415 - an extra

    chance = random.Random(1)
    with open(f"{folder}/rows.jsonl", "w", encoding="utf-8") as file:
        for n in range(rows):
            label = chance.choices(["positive", "negative", "neutral"], [900, 99, 1])[0]
            text = f"the quick brown fox {chance.randrange(10**6):06d} jumps over"
            user = f"u{chance.randrange(50_000)}"
            row = {"id": f"r{n:07d}", "user": user, "label": label, "text": text}
            file.write(json.dumps(row) + "\n")
    with duckdb.connect() as connection:
        for kind in ("csv", "parquet"):
            connection.execute(f"COPY (FROM '{folder}/rows.jsonl') TO '{folder}/rows.{kind}'")


def loads(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def reader(path: str) -> None:
    with open(path, encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def handed(path: str) -> None:
    import duckdb  # noqa: PLC0415 - an extra

    with duckdb.connect() as connection:
        found = connection.execute(f"FROM '{path}'")
        while found.fetchmany(10_000):
            pass


def columns(path: str) -> None:
    import duckdb  # noqa: PLC0415 - an extra

    names = ("id", "user", "label", "text")
    sums = ", ".join(f'bit_xor(hash("{name}"))' for name in names)
    with duckdb.connect() as connection:
        connection.execute(f"SELECT {sums} FROM '{path}'").fetchall()


BARE: dict[str, tuple[str, Callable[[str], None]]] = {
    "json.loads": ("jsonl", loads),
    "csv.reader": ("csv", reader),
    "rows handed over": ("parquet", handed),
    "all columns read": ("parquet", columns),
}
WAYS = (("jsonl", PYTHON), ("csv", PYTHON), ("parquet", DUCKDB), ("jsonl", DUCKDB), ("csv", DUCKDB))


def sampled(path: str, engine: str, rule: str) -> None:
    found = source([Part(path, path)], named=path)
    with tempfile.TemporaryFile() as out:
        cut(found, RULES[rule], out, Means(engine))


def once(folder: str, what: str) -> None:
    """In a process of its own: print seconds and megabytes."""
    begin = time.process_time()
    if what == "make":
        made(folder, int(os.environ["ROWS"]))
    elif what in BARE:
        kind, read = BARE[what]
        read(f"{folder}/rows.{kind}")
    else:
        kind, engine, rule = what.split("|")
        sampled(f"{folder}/rows.{kind}", engine, rule)
    seconds = time.process_time() - begin
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def best(folder: str, what: str, times: int) -> tuple[float, int]:
    found = []
    for _ in range(times):
        words = [sys.executable, __file__, "--once", what, folder]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        found.append((float(said[0]), int(said[1])))
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description="samples beside bare reading")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--once", default="")
    parser.add_argument("folder", nargs="?", default="")
    words = parser.parse_args()
    if words.once:
        once(words.folder, words.once)
        return
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: what we had at most, those that we start would inherit.
        os.environ["ROWS"] = str(words.rows)
        best(folder, "make", 1)
        size = os.path.getsize(f"{folder}/rows.jsonl") / words.rows
        print(f"{words.rows:,} rows of {size:.0f} bytes as JSONL")
        bare = {what: best(folder, what, words.times) for what in BARE}
        for what, (seconds, memory) in bare.items():
            print(f"{what:48} {seconds:6.2f} s {memory:5} MB")
        for kind, engine in WAYS:
            for rule in RULES:
                seconds, memory = best(folder, f"{kind}|{engine}|{rule}", words.times)
                beside = [one for one, (of, _) in BARE.items() if of == kind]
                ratios = ", ".join(f"{seconds / bare[one][0]:.2f} of {one}" for one in beside)
                name = f"{kind} by {engine}, {rule}"
                print(f"{name:48} {seconds:6.2f} s {memory:5} MB   {ratios}")


if __name__ == "__main__":
    main()
