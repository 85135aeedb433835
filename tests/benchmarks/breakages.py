"""Break the examples on purpose: which loop says so, after how long, and how long all loops take.

    python tests/benchmarks/breakages.py [--times 3] [EXAMPLE...]

Each example is copied into a folder of its own, with an environment of its own, and its loops pass
once. Then each mistake is made, `loop inner` timed until its verdict, `loop inner --force
--keep-going` until all has run that can, and the mistake is undone. The rows are Markdown, medians.
Exit 1 where another loop than the one expected found a mistake first.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LOOP = Path(sys.executable).with_name("loop")
FAST = ("inner", "--format", "jsonl")
ALL = ("inner", "--force", "--keep-going", "--format", "jsonl")


class Mistake(NamedTuple):
    """One replacement in one file of an example, and the loop that is to find it."""

    said: str
    file: str
    before: str
    after: str
    loop: str


EXAMPLES: dict[str, tuple[Mistake, ...]] = {
    "classifier": (
        Mistake(
            "`train.py`: add `import os`",
            *("src/classifier/train.py", "import argparse\n", "import argparse\nimport os\n"),
            "lint",
        ),
        Mistake(
            "`preprocess.py`: call `_range(image, row)`",
            *("src/classifier/preprocess.py", "from _range(row, image)", "from _range(image, row)"),
            "typecheck",
        ),
        Mistake(
            "`preprocess.py`: in `_range`, write `image >= BRIGHTEST`",
            *("src/classifier/preprocess.py", "(image > BRIGHTEST)", "(image >= BRIGHTEST)"),
            "unit",
        ),
        Mistake(
            "`data/digits.csv`: the label of line 900 is 13",
            *(
                "data/digits.csv",
                "\n8,0,0,1,11,14,15,3,0,0,1,13,16",
                "\n13,0,0,1,11,14,15,3,0,0,1,13,16",
            ),
            "data-subset@200",
        ),
        Mistake(
            "`train.py`: `lessons = digits`, so that nothing is taught off centre",
            *("src/classifier/train.py", "lessons = widened(digits)", "lessons = digits"),
            "behavioural",
        ),
        Mistake(
            "`train.py`: learn from `[:850]` of the pixels and of the labels",
            "src/classifier/train.py",
            "model.unit(lessons.pixels), lessons.labels",
            "model.unit(lessons.pixels[:850]), lessons.labels[:850]",
            "eval",
        ),
    ),
    "rag": (
        Mistake(
            "`extract.py`: write `Foud(candidate.text, ...)`",
            *("src/rag/extract.py", "Found(candidate.text", "Foud(candidate.text"),
            "lint",
        ),
        Mistake(
            "`answer.py`: hand `hits[:READ]` to the client",
            *("src/rag/answer.py", "[hit.passage for hit in hits[:READ]]", "hits[:READ]"),
            "typecheck",
        ),
        Mistake(
            "`index.py`: `return -log(...)` in `idf`",
            *("src/rag/index.py", "return log(", "return -log("),
            "unit",
        ),
        Mistake(
            "`data/questions.csv`: take the last cell off row 40",
            *(
                "data/questions.csv",
                "to the lighthouse?,,en/bus,22\n",
                "to the lighthouse?,,en/bus\n",
            ),
            "data-subset",
        ),
        Mistake(
            "`documents/en/ferry-fares.md`: a bicycle's return costs 34 kr",
            *("documents/en/ferry-fares.md", "| 20 kr | 32 kr |", "| 20 kr | 34 kr |"),
            "data-subset",
        ),
        Mistake(
            "`tables.py`: in `lookup`, `told_apart(frozenset(), columns)`: the header is ignored",
            *(
                "src/rag/tables.py",
                "told_apart(asked, columns)",
                "told_apart(frozenset(), columns)",
            ),
            "behavioural",
        ),
        Mistake(
            '`words.py`: in `terms`, drop the words of `STOP["en"] \\| STOP["da"]`',
            *("src/rag/words.py", "not in STOP[language]]", 'not in STOP["en"] | STOP["da"]]'),
            "behavioural",
        ),
        Mistake("`answer.py`: `READ = 1`", *("src/rag/answer.py", "READ = 5", "READ = 1"), "eval"),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    wrong = 0
    for name in asked.examples or EXAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            project = prepared(Path(folder), name)
            print("| break | found by | after | all loops |\n|---|---|---|---|")
            for mistake in EXAMPLES[name]:
                wrong += not tried(project, mistake, asked.times)
    return bool(wrong)


def prepared(folder: Path, name: str) -> Path:
    """A copy of an example as git has it, everything committed, in which all loops have passed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", f"examples/{name}"],
        *(), cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for file in filter(None, listed.stdout.split("\0")):
        there = folder / file
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes((ROOT / file).read_bytes())
    project = folder / "examples" / name
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=project, check=True)
    pip = [".venv/bin/pip", "install", "-q", "-e", ".[dev]"]
    subprocess.run(pip, cwd=project, check=True, stderr=subprocess.DEVNULL)
    who = ["-c", "user.name=you", "-c", "user.email=you@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "as it was"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    subprocess.run([LOOP, "inner"], cwd=project, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(project / ".loop", project.parent / "passed")
    return project


def tried(project: Path, mistake: Mistake, times: int) -> bool:
    """Make a mistake, print its row, and undo it; whether the right loop found it each time."""
    source = project / mistake.file
    whole = source.read_text()
    assert mistake.before in whole, mistake
    source.write_text(whole.replace(mistake.before, mistake.after, 1))
    soon, late, found = [], [], set()
    for _ in range(times):
        # What passed beside the mistake is forgotten again: nobody has made it before.
        shutil.rmtree(project / ".loop")
        shutil.copytree(project.parent / "passed", project / ".loop")
        seconds, first = walked(project, FAST)
        soon.append(seconds)
        found.add(first)
        late.append(walked(project, ALL)[0])
    source.write_text(whole)
    after, everything = statistics.median(soon), statistics.median(late)
    by = ", ".join(sorted(found))
    print(f"| {mistake.said} | {by} | {after:.2g} s | {everything:.2g} s |", flush=True)
    return all(one.startswith(mistake.loop) for one in found)


def walked(project: Path, words: tuple[str, ...]) -> tuple[float, str]:
    """Seconds until the verdict, and the first loop that failed."""
    began = time.perf_counter()
    done = subprocess.run([LOOP, *words], cwd=project, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    events = [json.loads(line) for line in done.stdout.splitlines()]
    results = [one["result"] for one in events if one["type"] == "loop_finished"]
    failed = [one["loop"] for one in results if one["outcome"] == "failed"]
    return seconds, failed[0] if failed else "nothing"


if __name__ == "__main__":
    sys.exit(main())
