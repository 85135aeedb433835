"""Places in what the real tools print, and none in what only looks like it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from innerloop.core.locations import MOST, Location, found

OUTPUTS = Path(__file__).parent / "outputs"
"""what each tool printed of one small project with mistakes in it, which stood in ROOT"""
ROOT = "/srv/shop"
RECORDED = sorted(path.stem for path in OUTPUTS.glob("*.txt"))


def shown(place: Location) -> str:
    return f"{place.at} {place.kind} {place.tool or '-'} {place}"


@pytest.mark.parametrize("name", RECORDED)
def test_what_tools_printed_leads_to_its_places(name: str) -> None:
    text = (OUTPUTS / f"{name}.txt").read_text(encoding="utf-8")
    places = "".join(f"{shown(place)}\n" for place in found(text, root=ROOT))
    wanted = OUTPUTS / f"{name}.places"
    if os.environ.get("UPDATE"):
        wanted.write_text(places, encoding="utf-8")
    assert places == wanted.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", ["auto", "short", "line", "native"])
def test_every_style_of_pytests_leads_to_the_same_failures(style: str) -> None:
    wanted = {
        ("tests/test_cart.py", 13, "assert 4 == 3"),
        ("src/shop/cart.py", 17, "KeyError: 'no such cart'"),
    }
    text = (OUTPUTS / f"pytest-{style}.txt").read_text(encoding="utf-8")
    places = {
        (p.path, p.line, p.message.removeprefix("AssertionError: ")) for p in found(text, root=ROOT)
    }
    assert wanted <= places


def test_colours_and_links_change_nothing() -> None:
    for name in ("ruff", "pytest"):
        text = (OUTPUTS / f"{name}-colour.txt").read_text(encoding="utf-8")
        assert "\x1b" in text
        assert all("\x1b" not in str(place) for place in found(text))
        assert found(text)


FILES = {
    "test_a.py": "from app import f\n\n\ndef test_x():\n    assert f(1) == 3\n",
    "app.py": "import os\n\n\ndef f(x: int) -> int:\n    y: str = 1\n    return x + 1\n",
}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("pytest", "-q", "-p", "no:cacheprovider"), "test_a.py:5:1: assert 2 == 3"),
        (
            ("ruff", "check", "--isolated", "--no-cache", "--select=F401", "app.py"),
            "app.py:1:8: F401 [*] `os` imported but unused",
        ),
        (
            ("mypy", "--config-file=", f"--cache-dir={os.devnull}", "app.py"),
            "app.py:5:1: Incompatible types in assignment",
        ),
    ],
)
def test_the_tools_that_are_here_still_print_so(
    tmp_path: Path, words: tuple[str, ...], wanted: str
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    argv = [sys.executable, "-m", *words]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    (one,) = found(done.stdout + done.stderr, root=str(tmp_path))
    assert str(one).startswith(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("  /p/app.py:3:5 - error: no such thing (rule)", "app.py:3:5: no such thing (rule)"),
        ("/p/app.py:3:5 - warning: hm", "app.py:3:5: hm"),
        ("a b/c.py:3:0: C0114: Missing docstring", "a b/c.py:3:1: C0114: Missing docstring"),
        (
            "./src/x.py:7:1: E302 expected 2 blank lines",
            "src/x.py:7:1: E302 expected 2 blank lines",
        ),
        ("error: Failed to parse x.py:7:2: bad", "x.py:7:2: bad"),
        ("Would reformat: a b/x.py", "a b/x.py:1:1: would be reformatted"),
        ("would reformat x.py", "x.py:1:1: would be reformatted"),
        ("x.py:7: DeprecationWarning: old", "x.py:7:1: DeprecationWarning: old"),
        ("lib/x.c:7:2: fatal error: no such file", "lib/x.c:7:2: no such file"),
        ("old.py:1:1: E1 bad\rx.py:7:2: E1 bad\r", "x.py:7:2: E1 bad"),
        ("x.py:7: note: see there", "x.py:7:1: see there"),
        ("\x1b[1mx.py\x1b[0m:7: \x1b[31merror:\x1b[0m bad", "x.py:7:1: bad"),
        ("\x1b]8;;file:///x\x1b\\x.py\x1b]8;;\x1b\\:7:2: bad", "x.py:7:2: bad"),
    ],
)
def test_other_tools(text: str, wanted: str) -> None:
    assert [str(one) for one in found(text, root="/p")] == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "12:30:15 INFO x",
        "http://localhost:8080: refused",
        "nothing here",
        "example.org:443: refused",
        "10.0.0.1:80: no route to host",
        "at 12:30:15: error: late",
        "../../beyond.py:1: error: theirs",
        '  File "x.py", line 1, in f',
        "  --> nothing:x:y",
        f"{'a/' * 600}b.py:1:1: E1 nobody reads so far",
        "x.py::test_a PASSED",
        "/usr/lib/python3.11/site-packages/x.py:1: error: theirs",
        "Traceback (most recent call last):",
        "",
    ],
)
def test_what_is_no_place(text: str) -> None:
    assert found(text) == ()


def test_a_dash_in_a_tests_parameters_is_not_the_end_of_its_name() -> None:
    head = "=========================== short test summary info ============================"
    (one,) = found(f"{head}\nFAILED a.py::test_x[a - b] - assert [1] == [2]\n1 failed in 0.1s\n")
    assert str(one) == "a.py:1:1: test_x[a - b]: assert [1] == [2]"


def test_paths_are_from_the_root() -> None:
    assert found("../lib/x.py:1: error: y", "app/web")[0].path == "app/lib/x.py"
    assert found("x.py:1: error: y", "app")[0].path == "app/x.py"
    assert found("/elsewhere/x.py:1: error: y", "app", "/p")[0].path == "/elsewhere/x.py"


def test_each_is_named_once_and_not_without_end() -> None:
    assert len(found("x.py:1: error: y\nz\n" * 9)) == 1
    assert len(found("".join(f"x.py:{n}: error: y\n" for n in range(9_999)))) == MOST


def test_of_much_text_the_end_is_read_and_lines_keep_their_numbers() -> None:
    text = "x.py:1:1: E1 early\n" + "a line\n" * 200_000 + "x.py:2:1: E1 late"
    (one,) = found(text)
    assert (one.line, one.at) == (2, 200_001)


def test_two_tools_in_one_output() -> None:
    text = "".join((OUTPUTS / f"{name}.txt").read_text() for name in ("pytest-no", "mypy"))
    assert {place.tool for place in found(text, root=ROOT)} == {"pytest", "mypy"}


# Each line another one: what is said twice is read once.
HOSTILE = {
    "words": "a.py" * 240 + "{n}",
    "colons": "a:" * 480 + "{n}",
    "places": "a/b.py:{n}:",
    "frames": '  File "x.py", line {n}',
    "blanks": " " * 900 + "{n}",
    "rules": "_" * 900 + "{n}",
    "tests": "___ {n} ___",
    "titles": "=== {n} ===",
    "said": "E   {n}",
    "escapes": "\x1b]" * 240 + "{n}",
    "colours": "\x1b[0;" * 240 + "{n}",
    "tracebacks": "Traceback (most recent call last):\n{n}",
    "wrapped": "x.py:1: error: y\n{n}",
    "summary": "FAILED {n}::x - y",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("head", ["", "=== FAILURES ===\n", "=== short test summary info ===\n"])
def test_no_text_takes_long(name: str, head: str) -> None:
    line = HOSTILE[name]
    count = 1_000_000 // len(line)
    text = head + "\n".join(line.replace("{n}", str(n)) for n in range(count))
    begin = time.process_time()
    found(text)
    assert time.process_time() - begin < 5
