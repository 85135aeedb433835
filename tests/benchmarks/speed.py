"""Measure what `loop` itself takes, as ratios to `python -c pass` of the same interpreter.

    python tests/benchmarks/speed.py [--runs 15] [noop walk noted plan output history version]

Medians of alternating runs; nothing is asserted, for machines differ. Run it on a quiet one, with
the package installed for real (`pip install .`): bytecode that is compiled anew each time counts.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

LOOPS = {
    "lint": "1s",
    "typecheck": "5s",
    "unit": "10s",
    "data-subset": "30s",
    "behavioural": "2m",
    "eval": "15m",
}
BYTES = 100_000_000
WRITER = f"head -c {BYTES} /dev/zero | tr '\\0' x | fold -w 100"


def seconds(command: list[str], folder: str) -> float:
    begin = time.perf_counter()
    subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - begin


def compare(label: str, commands: dict[str, list[str]], folder: str, runs: int) -> None:
    """Print the median of each, and its ratio to the first."""
    for command in commands.values():
        seconds(command, folder)
        seconds(command, folder)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(seconds(command, folder))
    medians = {name: statistics.median(found) for name, found in times.items()}
    base = next(iter(medians.values()))
    for name, median in list(medians.items())[1:]:
        print(f"{label:34} {name:36} {median * 1e3:8.1f} ms  {median / base:6.2f} x")


def project(folder: str, text: str, files: int = 0) -> None:
    for number in range(files):
        package = f"{folder}/src/p{number // 100:04d}"
        os.makedirs(package, exist_ok=True)
        with open(f"{package}/m{number:06d}.py", "w", encoding="utf-8") as file:
            file.write(f"x = {number}\n" * 40)
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/loops.yaml", "w", encoding="utf-8") as file:
        file.write(text)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "bench"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)


def loops(extra: str) -> str:
    rows = (
        f"  {name}: {{run: 'true', cycle: {cycle}, {extra}}}\n" for name, cycle in LOOPS.items()
    )
    return "version: 1\ninner:\n" + "".join(rows)


def change(place: str) -> None:
    with open(f"{place}/src/p0000/m000000.py", "a", encoding="utf-8") as file:
        file.write("x = 0\n")


def measure(what: str, folder: str, loop: str, runs: int) -> None:
    base = {"python -c pass": [sys.executable, "-c", "pass"]}
    inner = base | {"loop inner": [loop, "inner"]}
    match what:
        case "noop":
            for files in (2_000, 20_000):
                project(f"{folder}/{files}", loops("inputs: ['src/**/*.py']"), files)
                compare(f"nothing changed, {files:,} files", inner, f"{folder}/{files}", runs)
        case "walk":
            project(f"{folder}/walk", loops("inputs: ['src/**/*.py'], cache: false"), 20)
            compare("six loops of `true`, run", inner, f"{folder}/walk", runs)
        case "noted":
            place = f"{folder}/noted"
            project(place, loops("inputs: ['src/**/*.py']"), 2_000)
            forced = base | {"loop inner": [loop, "inner", "--force"]}
            compare("six loops of `true`, forced", forced, place, runs)
            change(place)
            compare("the same with changes to keep", forced, place, runs)
        case "plan":
            rows = (f"  l{n}: {{run: 'true', cycle: {n + 1}s}}\n" for n in range(1000))
            project(f"{folder}/plan", "version: 1\ninner:\n" + "".join(rows), 20)
            subprocess.run([loop, "inner", "l0"], cwd=f"{folder}/plan", check=True)
            plan = base | {"loop plan": [loop, "plan"]}
            compare("plan of 1,000 loops", plan, f"{folder}/plan", runs)
        case "output":
            text = f'version: 1\ninner: {{chatty: {{run: "{WRITER}", cycle: 1s, cache: false}}}}\n'
            project(f"{folder}/output", text.replace("\\0", "\\\\0"))
            file = {"to a file": ["sh", "-c", f"{WRITER} > {folder}/plain.txt"]}
            compare(
                "100 MB of output", file | {"loop inner": [loop, "inner"]}, f"{folder}/output", runs
            )
        case "history":
            place = f"{folder}/history"
            project(place, loops(""), 200)
            change(place)
            subprocess.run([loop, "inner", "--force"], cwd=place, check=True)
            fill(f"{place}/.loop/history.db", 100_000)
            for words in (
                ["history"],
                ["history", "eval"],
                ["history", "eval", "--format", "csv"],
                ["show"],
                ["show", "50000/eval"],
                ["compare", "50000/eval", "99999"],
                ["compare", "eval"],
            ):
                said = f"loop {' '.join(words)}"
                compare("with 100,000 runs", base | {said: [loop, *words]}, place, runs)
        case "version":
            version = base | {"loop --version": [loop, "--version"]}
            compare("--version", version, folder, runs)


def fill(path: str, runs: int) -> None:
    """Make it look as if the last run had been made so many times."""
    connection = sqlite3.connect(path)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT {runs})"
    with connection:
        for table, run in (("runs", "id"), ("results", "run"), ("lineages", "run")):
            info = connection.execute(f"PRAGMA table_info({table})").fetchall()
            kept = [name for _, name, *_ in info if name not in {"id", run}]
            if not kept:
                continue
            names = ", ".join(kept)
            connection.execute(
                f"{numbers} INSERT INTO {table} ({run}, {names}) "
                f"SELECT i, {names} FROM (SELECT * FROM {table} WHERE {run} = 1), n"
            )
        connection.execute(
            "INSERT INTO measures SELECT id, loop, fingerprint, ?, NULL, '{}', NULL, '', '[]' "
            "FROM results WHERE loop = 'eval'",
            ('[["f1", 0.9, 400, 0.87, 0.93], ["accuracy", 0.92, 400, 0.89, 0.94]]',),
        )
    connection.close()


def main() -> None:
    every = ["version", "noop", "walk", "noted", "plan", "output", "history"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=every)
    parser.add_argument("--loop", default=os.path.join(os.path.dirname(sys.executable), "loop"))
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for what in arguments.what:
            measure(what, folder, arguments.loop, arguments.runs)


if __name__ == "__main__":
    main()
