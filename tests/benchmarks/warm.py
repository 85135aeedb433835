"""Measure what a run takes in a process kept warm, as ratios to the same run started cold.

    python tests/benchmarks/warm.py [--runs 7] ENVIRONMENT [MODULE ...]

ENVIRONMENT has pytest and the modules; a suite of two tests imports them. Cold and warm take
turns, each warm one once its process is ready; nothing is asserted. For example, after
`python -m venv e && e/bin/pip install pytest pandas pytest-cov`: `warm.py e pandas`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

from innerloop.core.job import Completion, Job
from innerloop.engine.cancel import Cancel
from innerloop.system.runners.warm import Warm

PATIENCE = 120.0


def suite(folder: str, modules: list[str]) -> None:
    imports = "".join(f"import {name}\n" for name in modules)
    with open(f"{folder}/test_app.py", "w", encoding="utf-8") as file:
        file.write(f"{imports}\ndef test_one(): pass\ndef test_two(): pass\n")


def ready(warm: Warm, job: Job) -> float:
    """Wait for the process; seconds since now."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < PATIENCE:
        warm.expect(job)
        if warm.waits(job.name):
            break
        time.sleep(0.01)
    return time.perf_counter() - begin


def timed(warm: Warm, job: Job) -> tuple[float, Completion]:
    begin = time.perf_counter()
    done = warm(job, lambda _text: None, Cancel())
    return time.perf_counter() - begin, done


def measure(job: Job, folder: str, runs: int) -> None:
    """Print the medians, after two runs of each that do not count."""
    warm = Warm(f"{folder}/state", None, root=folder)
    times: dict[str, list[float]] = {"cold": [], "warm": [], "ready after": []}
    for turn in range(runs + 2):
        waited = ready(warm, job)
        hot, done = timed(warm, job)
        warm.close()  # nothing loads beside the cold one
        cold, _ = timed(warm, job._replace(warm=False))
        warm = Warm(f"{folder}/state", None, root=folder)
        print(f"  {done.mode}: {hot:.3f} s, cold {cold:.3f} s, ready after {waited:.1f} s")
        if turn > 1:
            times["warm"].append(hot)
            times["cold"].append(cold)
            times["ready after"].append(waited)
    warm.close()
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:12} {median * 1e3:8.0f} ms  {median / medians['cold']:6.3f} of cold")


def main() -> None:
    parser = argparse.ArgumentParser(description="cold and warm, in turns")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("environment")
    parser.add_argument("modules", nargs="*")
    words = parser.parse_args()
    path = f"{os.path.abspath(words.environment)}/bin:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        suite(folder, words.modules)
        argv = ("pytest", "-q", "-p", "no:cacheprovider")
        env = {**os.environ, "PATH": path}
        log = f"{folder}/log"
        measure(Job("unit", (argv,), folder, env, PATIENCE, log, warm=True), folder, words.runs)


if __name__ == "__main__":
    main()
