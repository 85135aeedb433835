"""Measure how long after a save the first command starts, beside other watchers; and idle CPU.

    python tests/benchmarks/saves.py [--runs 30] [--files 2000 20000] [--path /bin/of/the/peers]

Each watcher runs in its own copy of the project, one after another; medians; nothing is asserted.
A command that is started says so through a named pipe. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from speed import LOOPS, project

PATIENCE = 20.0
_DOZE = 22.0
"""seconds after which `loop watch` looks less often"""


class Peer(NamedTuple):
    """A way to have a command run at each save."""

    name: str
    needs: str
    command: str


def peers(loop: str, say: str) -> list[Peer]:
    return [
        Peer("loop watch", loop, f"{loop} watch --format plain"),
        Peer("entr", "entr", f"find src -name '*.py' | entr -n sh -c '{say}'"),
        Peer("watchfiles", "watchfiles", f"watchfiles \"sh -c '{say}'\" src"),
        Peer("watchfiles, 5 ms", sys.executable, f"{sys.executable} quick.py"),
        Peer("task --watch", "task", "task --watch --interval 100ms said"),
    ]


def written(folder: str, files: int, say: str) -> None:
    rows = [f"  said: {{run: [sh, -c, '{say}'], cycle: 500ms, inputs: ['src/**/*.py']}}\n"]
    rows += [
        f"  {name}: {{run: 'true', cycle: {cycle}, inputs: ['src/**/*.py']}}\n"
        for name, cycle in LOOPS.items()
    ]
    project(folder, "version: 1\nwatch: {budget: none}\ninner:\n" + "".join(rows), files)
    with open(f"{folder}/Taskfile.yml", "w", encoding="utf-8") as file:
        file.write(
            "version: '3'\ntasks:\n  said:\n    sources: ['src/**/*.py']\n"
            f"    cmds: [\"sh -c '{say}'\"]\n"
        )
    with open(f"{folder}/quick.py", "w", encoding="utf-8") as file:
        file.write(
            "import subprocess\nfrom watchfiles import watch\n"
            f"subprocess.run(['sh', '-c', {say!r}])\n"
            "for _ in watch('src', step=5, debounce=5):\n"
            f"    subprocess.run(['sh', '-c', {say!r}])\n"
        )


class Ear:
    """Hears when the command has started."""

    def __init__(self, pipe: str) -> None:
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    def hear(self, patience: float) -> bool:
        ready, _, _ = select.select([self._pipe], [], [], patience)
        return bool(ready and os.read(self._pipe, 4096))

    def silence(self, seconds: float) -> None:
        while self.hear(seconds):
            pass

    def close(self) -> None:
        os.close(self._pipe)


def answered(peer: Peer, folder: str, ear: Ear, runs: int, files: int) -> list[float]:
    process = subprocess.Popen(
        ["sh", "-c", peer.command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    quiet = 0.5 if files <= 2_000 else 2.0
    try:
        ear.hear(PATIENCE if peer.name != "entr" else 1.0)
        ear.silence(3.0 if files <= 2_000 else 10.0)
        found = []
        for number in range(runs):
            with open(f"{folder}/src/p0000/m000001.py", "w", encoding="utf-8") as file:
                file.write(f"x = {time.time_ns()}\n")
            begin = time.perf_counter()
            if ear.hear(PATIENCE):
                found.append(time.perf_counter() - begin)
            ear.silence(quiet + 0.013 * (number % 7))
        idle(peer, process.pid)
        return found
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        ear.silence(0.5)


def idle(peer: Peer, group: int, seconds: float = 10.0) -> None:
    """Print what the whole session of a watcher takes of a core while nothing happens."""

    def ticks() -> int:
        total = 0
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == group:
                total += int(fields[11]) + int(fields[12])
        return total

    time.sleep(_DOZE)
    before = ticks()
    time.sleep(seconds)
    share = (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds
    print(f"  {peer.name:18} idle {share:6.2%} of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", default=os.path.join(os.path.dirname(sys.executable), "loop"))
    parser.add_argument("--path", default="", help="where the peers are")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--files", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    os.environ["PATH"] = f"{arguments.path}:{os.environ['PATH']}"
    for files in arguments.files:
        print(f"{files:,} files")
        with tempfile.TemporaryDirectory() as place:
            say = f"echo x > {place}/said"
            ear = Ear(f"{place}/said")
            for number, peer in enumerate(peers(arguments.loop, say)):
                if not shutil.which(peer.needs) or arguments.only not in peer.name:
                    continue
                folder = f"{place}/{number}"
                written(folder, files, say)
                times = sorted(answered(peer, folder, ear, arguments.runs, files))
                if not times:
                    print(f"  {peer.name:18} never answered")
                    continue
                median, worst = statistics.median(times), times[int(len(times) * 0.9)]
                print(f"  {peer.name:18} {median * 1e3:7.1f} ms, nine of ten in {worst * 1e3:.1f}")
            ear.close()


if __name__ == "__main__":
    main()
