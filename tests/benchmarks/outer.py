"""Measure what an outer loop costs beside its commands, and how soon its status is known.

    python tests/benchmarks/outer.py [--stages 10] [--runs 10000] [--times 20]

In one run, in turn: `python -c pass`, `loop outer status` in a journal with a few runs and in one
with many, and an outer loop of `true` stages, with what each of them adds. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing

from innerloop.config.compiled import load
from innerloop.core.book import Attempt, Live, Ticket
from innerloop.core.stages import End
from innerloop.core.states import State
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room

LOOP = (sys.executable, "-m", "innerloop")
HEAD = "version: 1\ninner: {unit: {run: 'true', cycle: 1s}}\n"


def project(folder: str, stages: int) -> None:
    lines = [f"    s{n}: {{run: 'true'}}" for n in range(stages)]
    with open(f"{folder}/loops.yaml", "w", encoding="utf-8") as file:
        file.write(f"{HEAD}outer:\n  release:\n" + "\n".join(lines) + "\n")
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "bench"]):
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)


def fill(folder: str, runs: int) -> None:
    """A past: runs of two stages, in one transaction."""
    outer = load(folder, store=False).config.outers[0]
    with closing(Book(room(folder))) as book:
        ticket = Ticket("past", 0, outer, (), "p", "c", version="v", began=1.0)
        book.open(ticket)
        book.close_run(ticket, End.PASSED)
        with book.file.transaction() as db:
            query = (
                "INSERT INTO run (id, name, plan, plan_digest, facts, began, ended, end) "
                "SELECT ?, name, plan, plan_digest, facts, began, ended, end FROM run LIMIT 1"
            )
            for n in range(runs):
                db.execute(query, (f"past{n}",))
                for stage in ("s0", "s1"):
                    one = Attempt(f"past{n}", stage, 1, State.PASSED, f"{n}.{stage}", at=2.0)
                    marks = ", ".join("?" * (len(one) + 1))
                    names = ", ".join(Attempt._fields)
                    values = f"({names}, place) VALUES ({marks})"
                    db.execute(f"INSERT INTO attempt {values}", (*one, n))
                live = Live("prod", f"v{n}", f"past{n}", "s1", 2.0, n)
                names = "environment, version, run, stage, at, seq, how"
                db.execute(f"INSERT INTO live ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", live)


def took(words: tuple[str, ...], folder: str, times: int) -> list[float]:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        spent.append(time.perf_counter() - began)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=int, default=10)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=20)
    flags = parser.parse_args()
    os.environ.pop("LOOP_STATE", None)
    with tempfile.TemporaryDirectory() as folder:
        one, many = f"{folder}/one", f"{folder}/many"
        for place, stages in ((one, 1), (many, flags.stages)):
            os.mkdir(place)
            project(place, stages)
        bare = statistics.median(took((sys.executable, "-c", "pass"), one, flags.times))
        rows = [("python -c pass", bare)]
        for name, place in (("one stage", one), (f"{flags.stages} stages", many)):
            spent = took((*LOOP, "outer"), place, max(3, flags.times // 4))
            rows.append((f"loop outer, {name}", statistics.median(spent)))
        each = (rows[2][1] - rows[1][1]) / (flags.stages - 1)
        status = statistics.median(took((*LOOP, "outer", "status"), many, flags.times))
        rows.append(("loop outer status", status))
        fill(many, flags.runs)
        status = statistics.median(took((*LOOP, "outer", "status"), many, flags.times))
        rows.append((f"loop outer status, {flags.runs} runs before", status))
        spent = took((*LOOP, "outer"), many, max(3, flags.times // 4))
        rows.append((f"the same outer loop, {flags.runs} runs before", statistics.median(spent)))
    for name, value in rows:
        print(f"{name:44} {value * 1000:8.1f} ms  {value / bare:6.1f} x")
    print(f"{'each stage adds':44} {each * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
