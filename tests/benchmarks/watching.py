"""Measure how soon a save is known, and what waiting for one costs, beside others.

    python tests/benchmarks/watching.py [--saves 100] [--idle 10] [2000 20000]

In one run, in turn, on the same files: innerloop's watcher, watchfiles' own `watch()` as it comes,
and entr where it is installed. Nothing is asserted, for machines differ; a quiet one says more.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, cast

import psutil
import watchfiles

from innerloop.config.compiled import load
from innerloop.core.events import Saved
from innerloop.system.ground import Ground
from innerloop.system.here import Here
from innerloop.system.watch.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.world import Runner

LOOPS = """\
version: 1
inner:
  lint: {run: 'true', cycle: 1s, inputs: ['src/**/*.py']}
  unit: {run: 'true', cycle: 10s}
"""


def project(folder: str, files: int) -> None:
    for number in range(files):
        place = f"{folder}/src/p{number // 100:04d}"
        os.makedirs(place, exist_ok=True)
        with open(f"{place}/m{number:06d}.py", "w", encoding="utf-8") as file:
            file.write(f"x = {number}\n" * 40)
    with open(f"{folder}/loops.yaml", "w", encoding="utf-8") as file:
        file.write(LOOPS)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "bench"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)


def save(folder: str, number: int) -> float:
    """Save one file as an editor does, by a rename; when it was there."""
    path = f"{folder}/src/p0000/m{number % 100:06d}.py"
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write(f"y = {time.time_ns()}\n")
    os.replace(f"{path}.tmp", path)
    return time.perf_counter()


def saves(folder: str, count: int, heard: Callable[[], float]) -> list[float]:
    """Seconds from each save until it was heard of, at no regular intervals."""
    draw = random.Random(1)
    found = []
    for number in range(count):
        time.sleep(0.06 + draw.random() * 0.05)
        begin = save(folder, number)
        found.append(heard() - begin)
    return found


def idle(process: psutil.Process, seconds: float) -> float:
    """The share of one core that it takes to do nothing, in percent."""
    before = process.cpu_times()
    begin = time.perf_counter()
    time.sleep(seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return 100 * spent / (time.perf_counter() - begin)


def say(what: str, found: list[float], share: float) -> None:
    median, most = statistics.median(found) * 1e3, sorted(found)[int(len(found) * 0.95)] * 1e3
    print(f"  {what:34} {median:7.1f} ms  (95 %: {most:6.1f})   idle {share:5.2f} %", flush=True)


def ours(folder: str, count: int, seconds: float) -> None:
    ground = Ground(folder, load(folder, store=False).config, write=True)
    posted: SimpleQueue[Event] = SimpleQueue()
    watcher = Watcher(ground, ground.config.loops, posted.put)
    began = time.perf_counter()
    watcher.start()
    armed = time.perf_counter() - began
    here = Here(ground, cast("Runner", None), command="bench")
    for loop in ground.config.loops:
        here.prove(loop)
    share = idle(psutil.Process(), seconds)
    proven: list[float] = []

    def heard() -> float:
        while not isinstance(posted.get(timeout=10), Saved):
            pass
        now = time.perf_counter()
        here.prove(ground.config.loops[0])
        proven.append(time.perf_counter() - now)
        for loop in ground.config.loops:
            here.prove(loop)
        return now

    found = saves(folder, count, heard)
    say("innerloop: save -> Saved", found, share)
    both = [one + two for one, two in zip(found, proven, strict=True)]
    say("innerloop: save -> loop proven", both, share)
    began = time.perf_counter()
    watcher.reconcile()
    looked = time.perf_counter() - began
    print(f"  armed in {armed * 1e3:.0f} ms, all looked at again in {looked * 1e3:.0f} ms")
    watcher.close()
    ground.store.close()


def theirs(folder: str, count: int, seconds: float) -> None:
    """`watchfiles.watch()` with its defaults, on the same folder."""
    stop = threading.Event()
    posted: SimpleQueue[float] = SimpleQueue()

    def watch() -> None:
        for _ in watchfiles.watch(folder, stop_event=stop, rust_timeout=1000):
            posted.put(time.perf_counter())

    thread = threading.Thread(target=watch)
    thread.start()
    time.sleep(1)
    share = idle(psutil.Process(), seconds)
    say("watchfiles.watch()", saves(folder, count, lambda: _latest(posted)), share)
    stop.set()
    thread.join()


def _latest(posted: SimpleQueue[float]) -> float:
    found = posted.get(timeout=10)
    try:
        while True:
            posted.get_nowait()
    except Empty:
        return found


def entr(folder: str, count: int, seconds: float) -> None:
    """entr on every file: until the command it starts has written a line."""
    listed = subprocess.run(["git", "ls-files"], cwd=folder, capture_output=True, check=True).stdout
    with subprocess.Popen(
        ["entr", "-n", "echo", "heard"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(listed)
        process.stdin.close()
        process.stdout.readline()
        time.sleep(1)
        share = idle(psutil.Process(process.pid), seconds)
        output = process.stdout

        def heard() -> float:
            output.readline()
            return time.perf_counter()

        say("entr: save -> command's output", saves(folder, count, heard), share)
        process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=int, default=[2_000, 20_000])
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--idle", type=float, default=10.0)
    arguments = parser.parse_args()
    for files in arguments.files:
        with tempfile.TemporaryDirectory() as folder:
            project(folder, files)
            print(f"{files:,} files")
            ours(folder, arguments.saves, arguments.idle)
            theirs(folder, arguments.saves, arguments.idle)
            if shutil.which("entr"):
                entr(folder, arguments.saves, arguments.idle)


if __name__ == "__main__":
    main()
