"""Measure what masking costs: a command's output through `loop inner`, beside the same to a file.

    python tests/benchmarks/masking.py [--runs 7] [--megabytes 100] [CASE…]

Medians of alternating runs; nothing is asserted, for machines differ. Each case is measured without
its secrets and with them, in time and in processor time: what is between the two is the mask's, the
rest is reading, writing and starting `loop`.
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import resource
import statistics
import string
import subprocess
import sys
import tempfile
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from speed import project, seconds

BLOCK = 4_000_000
"""bytes of a text before it repeats itself: far more than any cache of a search"""
WORDS = """the of and a to in is was he for it with as his on be at by had not are but from or have
an they which one you were all her she there would their we him been has when who will no more if
out so said what up its about than into them can only other time new some could these two may first
then do any like my now over such our man me even most made after also did many off before must well
back through years much where your way down should because long each just state those people too Mr
"""
PLAIN = WORDS.split()
ALNUM = string.ascii_letters + string.digits


class Case(NamedTuple):
    """A text, and what is secret while it is written."""

    text: str
    secrets: tuple[str, ...]


def token(size: int, alphabet: str = ALNUM) -> str:
    return "".join(random.choices(alphabet, k=size))


def key(kind: str, size: int) -> str:
    body = base64.encodebytes(random.randbytes(size)).decode().replace("\n", "")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


def awkward() -> tuple[str, ...]:
    return (
        "hunter2",
        "p@$$ (w)[o]rd.*+?^|\\",
        'say "it\'s" 100% / secret',
        "correct horse battery staple",
        "tōken-with-ünïcode",
        "the-beginning-of-one",
        "the-beginning-of-one-and-more",
        "-and-more-of-the-other",
        "aaaaaaaa",
        token(16, string.hexdigits[:16]),
        f"postgres://app:{token(12)}@db.example.org/app",
    )


def cases() -> dict[str, Case]:
    random.seed(6)
    twenty = tuple(token(random.choice((12, 16, 20, 24, 32, 40, 64))) for _ in range(20))
    one, short, pem = token(40), token(10), key("PRIVATE KEY", 1218)
    return {
        "a token, one line again and again": Case("again", (one,)),
        "a token, plain text": Case("plain", (one,)),
        "a token, a log": Case("log", (one,)),
        "a token, in every tenth line": Case("leaks", (one,)),
        "20 tokens, in every tenth line": Case("leaks", twenty),
        "a password, plain text": Case("plain", (short,)),
        "a key, one line again and again": Case("again", (pem,)),
        "a key, plain text": Case("plain", (pem,)),
        "a key, base64": Case("base64", (pem,)),
        "awkward ones, plain text": Case("plain", awkward()),
        "awkward ones, a log": Case("log", awkward()),
        "20 tokens, one line again and again": Case("again", twenty),
        "20 tokens, plain text": Case("plain", twenty),
        "20 tokens, a log": Case("log", twenty),
        "a key, awkward ones, 20 tokens, plain": Case("plain", (pem, *awkward(), *twenty)),
    }


def line(text: str, secret: str) -> str:
    if text == "again":
        return "x" * 100
    words = " ".join(random.choices(PLAIN, k=random.randint(4, 24)))
    match text:
        case "plain":
            return words + random.choice(".,;:!?")
        case "log":
            clock = f"2026-03-04T{random.randint(10, 23)}:{random.randint(10, 59)}:07.123456Z"
            where = f"src/{random.choice(PLAIN)}/{random.choice(PLAIN)}.py:{random.randint(1, 999)}"
            return f"{clock} INFO [worker-{random.randint(1, 9)}] {where} {words} id={token(22)}"
        case "leaks":
            return f"Authorization: Bearer {secret}" if random.random() < 0.1 else words
        case _:
            return base64.b64encode(random.randbytes(57)).decode()


def written(path: str, case: Case, size: int) -> None:
    random.seed(7)
    lines: list[str] = []
    room = BLOCK
    while room > 0:
        lines.append(line(case.text, random.choice(case.secrets)) + "\n")
        room -= len(lines[-1])
    block = "".join(lines).encode()
    with open(path, "wb") as file:
        while size > 0:
            size -= file.write(block[:size])


def processor() -> float:
    """Seconds that our children have worked so far: on a busy machine they tell more."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(name: str, case: Case, folder: str, arguments: argparse.Namespace) -> None:
    os.makedirs(folder)
    written(f"{folder}/text", case, arguments.megabytes * 1_000_000)
    writer = f"fold -w 200 {folder}/text"
    names = [f"SECRET{n}" for n in range(len(case.secrets))]
    os.environ.update(zip(names, case.secrets, strict=True))
    commands = {"file": ["sh", "-c", f"{writer} > {folder}/out"]}
    for kind, named in (("bare", "[]"), ("masked", f"[{', '.join(names)}]")):
        text = f"version: 1\nsecrets: {named}\ninner: {{it: {{run: {writer}, cycle: 1s}}}}\n"
        project(f"{folder}/{kind}", text)
        commands[kind] = [arguments.loop, "inner", "--force", "-C", f"{folder}/{kind}"]
    took: dict[str, list[float]] = {kind: [] for kind in commands}
    worked: dict[str, list[float]] = {kind: [] for kind in commands}
    for count in range(arguments.runs + 1):
        for kind, command in commands.items():
            before = processor()
            wall = seconds(command, folder)
            if count:
                took[kind].append(wall)
                worked[kind].append(processor() - before)
    file, *walls = (statistics.median(took[kind]) for kind in commands)
    work, *works = (statistics.median(worked[kind]) for kind in commands)
    row = [wall / file for wall in walls] + [each / work for each in works]
    print(
        f"{name:38} {file * 1e3:6.0f} ms" + "".join(f" {ratio:6.2f} x" for ratio in row), flush=True
    )
    subprocess.run(["rm", "-r", folder], check=True)


def main() -> None:
    every = cases()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="words of the cases to measure")
    parser.add_argument("--loop", default=os.path.join(os.path.dirname(sys.executable), "loop"))
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=100)
    arguments = parser.parse_args()
    print(f"{'':38} {'to a file':>9} {'unmasked':>8} {'masked':>8} {'processor: both':>17}")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, case) in enumerate(every.items()):
            if not arguments.what or any(word in name for word in arguments.what):
                measure(name, case, f"{folder}/{number}", arguments)


if __name__ == "__main__":
    main()
