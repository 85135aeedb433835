"""Evaluate the ledger: does `loop inner` run what it has to, and only that?

Every edit of every history is followed by a real `loop inner` in a real repository. Whether the
loop had to run is known from the outside: it had to unless just these bytes, modes, variables and
this command passed before. A run that was needed and did not come is a false pass: one is too many.

    python tests/evaluation/ledger.py --in histories.jsonl --out folder
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import NamedTuple

from histories import FILES, VARIABLES, Edit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = ("sh check.sh", "sh check.sh  ", "sh ./check.sh")
SCRIPT = 'echo run >> "$COUNTER"\n! grep -q BROKEN a.py 2>/dev/null\n'


class Judged(NamedTuple):
    """One edit: whether the loop had to run, whether it did, and whether the exit code was true."""

    id: str
    needed: bool
    ran: bool
    truthful: bool


def put(place: str, text: str) -> None:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w", encoding="utf-8") as file:
        file.write(text)


def text(place: str) -> str:
    try:
        with open(place, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def same_size_and_times(place: str) -> None:
    times = os.stat(place)
    put(place, "".join(reversed(text(place))))
    os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))


def swap(place: str) -> None:
    other = f"{place}.aside"
    neighbour = f"{os.path.dirname(place)}/b.py"
    os.rename(place, other)
    if os.path.exists(neighbour):
        os.rename(neighbour, place)
    os.rename(other, neighbour)


CHANGES: dict[str, Callable[[str, Edit], None]] = {
    "write": lambda root, edit: put(
        f"{root}/{edit.target}", "BROKEN" if edit.value == "2" else edit.value
    ),
    "restore": lambda root, edit: put(f"{root}/{edit.target}", "0"),
    "new file": lambda root, edit: put(f"{root}/new{edit.value}/deep/file.py", edit.value),
    "unrelated": lambda root, edit: put(f"{root}/README.rst", edit.value),
}
TO_THOSE_THERE: dict[str, Callable[[str], None]] = {
    "rewrite the same": lambda place: put(place, text(place)),
    "touch": os.utime,
    "write, old times": same_size_and_times,
    "delete": os.unlink,
    "executable": lambda place: os.chmod(place, os.stat(place).st_mode ^ 0o100),
    "swap": swap,
}


class Bench:
    """A repository to edit and walk in."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.counter = f"{root}.runs"
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith(("LOOP_", "GIT_"))}
        self.environ["COUNTER"] = self.counter
        self.passed: set[str] = set()
        self.command = COMMANDS[0]
        os.makedirs(root)
        self._git("init", "-q")
        for path in FILES:
            put(f"{root}/{path}", "0")
        put(f"{root}/check.sh", SCRIPT)
        self._configure()
        self._git("add", "-A")

    def apply(self, edit: Edit) -> None:
        if edit.kind == "variable":
            self.environ[edit.target] = edit.value
        elif edit.kind == "command":
            self.command = COMMANDS[int(edit.value)]
            self._configure()
        elif edit.kind in CHANGES:
            CHANGES[edit.kind](self.root, edit)
        elif edit.kind in TO_THOSE_THERE and os.path.exists(f"{self.root}/{edit.target}"):
            TO_THOSE_THERE[edit.kind](f"{self.root}/{edit.target}")

    def walk(self, name: str) -> Judged:
        state = self._state()
        before = self._runs()
        done = subprocess.run(
            [sys.executable, "-m", "innerloop", "inner"],
            cwd=self.root,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        ran = self._runs() > before
        needed = state not in self.passed
        right = 1 if "BROKEN" in text(f"{self.root}/a.py") else 0
        if done.returncode == 0 and right == 0:
            self.passed.add(state)
        if done.returncode not in {0, 1}:
            raise SystemExit(f"{done.stdout}{done.stderr}")
        return Judged(name, needed, ran, done.returncode == right)

    def _state(self) -> str:
        """All that the verdict depends on, read without the program's help."""
        parts = [self.command.strip(), *(f"{n}={self.environ.get(n)}" for n in VARIABLES)]
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - {".git", ".loop"})
            for name in sorted(names):
                path = os.path.relpath(f"{folder}/{name}", self.root)
                if path.endswith((".py", ".csv", ".md", ".sh")):
                    mode = os.stat(f"{folder}/{name}").st_mode & 0o100
                    parts.append(f"{path} {mode} {text(f'{self.root}/{path}')}")
        return "\n".join(parts)

    def _configure(self) -> None:
        inputs = '["*.py", "*.csv", "*.md", "*.sh"]'
        put(
            f"{self.root}/loops.yaml",
            f"version: 1\ninner:\n  guard: {{run: {json.dumps(self.command)}, cycle: 1s, "
            f"inputs: {inputs}, env_inputs: [MODE]}}\n",
        )

    def _runs(self) -> int:
        try:
            with open(self.counter, encoding="utf-8") as file:
                return len(file.readlines())
        except OSError:
            return 0

    def _git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.root, env=self.environ, check=True)


def evaluate(rows: list[dict[str, object]], folder: str) -> list[Judged]:
    judged = []
    for row in rows:
        bench = Bench(f"{folder}/{row['id']}")
        judged.append(bench.walk(f"{row['id']}/first"))
        edits = row["edits"]
        for number, edit in enumerate(edits if isinstance(edits, list) else []):
            bench.apply(Edit(*edit))
            judged.append(bench.walk(f"{row['id']}/{number}"))
            judged.append(bench.walk(f"{row['id']}/{number} again"))
    return judged


def metrics(judged: list[Judged]) -> dict[str, float]:
    """Of the decision to run: accuracy, precision, recall, F1; and lies about the exit code."""
    right = sum(1 for one in judged if one.needed == one.ran)
    hits = sum(1 for one in judged if one.needed and one.ran)
    ran = sum(1 for one in judged if one.ran)
    needed = sum(1 for one in judged if one.needed)
    precision = hits / ran if ran else 0.0
    recall = hits / needed if needed else 0.0
    both = precision + recall
    return {
        "n": len(judged),
        "accuracy": right / len(judged),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / both if both else 0.0,
        "false_passes": needed - hits,
        "wrong_exit_codes": sum(1 for one in judged if not one.truthful),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="histories", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    with open(arguments.histories, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    with tempfile.TemporaryDirectory() as folder:
        judged = evaluate(rows, folder)
    found = metrics(judged)
    os.makedirs(arguments.out, exist_ok=True)
    with open(f"{arguments.out}/metrics.json", "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
    with open(f"{arguments.out}/examples.jsonl", "w", encoding="utf-8") as file:
        for one in judged:
            row = {"id": one.id, "y": one.needed, "pred": one.ran, "truthful": one.truthful}
            file.write(json.dumps(row) + "\n")
    print("  ".join(f"{name} {value:.4g}" for name, value in found.items()))
    wrong = [one for one in judged if (one.needed and not one.ran) or not one.truthful]
    for one in wrong[:10]:
        print(f"wrong: {one}", file=sys.stderr)
    return 0 if found["recall"] == 1 and not found["wrong_exit_codes"] else 1


if __name__ == "__main__":
    sys.exit(main())
