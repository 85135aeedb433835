"""Warm and cold say the same: the corpus of small projects, run both ways."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from innerloop.core.model import WARM
from warmed import Place, differences, junit, swept, tools

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = (
    *("pytest>=8.2", "pytest-cov", "pytest-xdist", "pytest-randomly", "pytest-random-order"),
    *("pytest-testmon", "pytest-asyncio", "hypothesis"),
)
pytestmark = pytest.mark.timeout(240)

QUIET = ("-p", "no:randomly", "-p", "no:testmon")
EVERYTHING = {
    "app.py": "def double(x):\n    return 2 * x\n",
    "conftest.py": """
import pytest

@pytest.fixture
def doubled():
    from app import double
    return double(21)
""",
    "test_threads.py": """
import asyncio, os, subprocess, sys, threading
import pytest

def test_threads():
    done = []
    threads = [threading.Thread(target=done.append, args=(n,)) for n in range(4)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert sorted(done) == [0, 1, 2, 3]
    assert threading.active_count() == 1

@pytest.mark.asyncio
async def test_asyncio():
    await asyncio.sleep(0)

def test_asyncio_run():
    async def main():
        return 5
    assert asyncio.run(main()) == 5

def test_subprocess():
    done = subprocess.run([sys.executable, "-c", "print(6)"], capture_output=True, text=True)
    assert done.stdout == "6\\n"

def test_nothing_is_inherited():
    found = []
    for number in range(3, 64):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            pass
    assert not [one for one in found if one.startswith("socket:")]
""",
    "test_processes.py": """
import multiprocessing, pickle
import pytest
from app import double

@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_methods(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]

def test_pickle():
    assert pickle.loads(pickle.dumps(double)) is double
""",
    "test_seen.py": """
import __main__, gc, importlib, logging, os, signal, sys, threading, warnings
from hypothesis import given, strategies as st

def test_what_a_program_sees(capsys):
    print(sys.argv, sys.path, sys.flags, sys.warnoptions, sys.orig_argv)
    print(sorted(vars(__main__)), __main__.__file__, __main__.__spec__, __main__.__package__)
    print(type(__main__.__loader__).__name__, sys.executable, sys.prefix, os.getcwd())
    print([signal.getsignal(n) for n in sorted(signal.valid_signals())])
    print(sys.excepthook, sys.displayhook, sys.gettrace(), sys.getrecursionlimit())
    print([str(f) for f in warnings.filters], logging.root.handlers, logging.root.level)
    print(sorted(n for n in os.environ), threading.active_count())
    print(sorted({n.partition(".")[0] for n in sys.modules}))
    print(hasattr(importlib, "resources"), hasattr(importlib, "util"))
    assert 0, capsys.readouterr().out

def test_late_modules():
    assert "decimal" in sys.modules or "_pydecimal" not in sys.modules
    before = set(sys.modules)
    import sqlite3.dbapi2
    import xml.dom.minidom
    assert 0, sorted(set(sys.modules) - before)

@given(st.integers())
def test_given(n):
    assert n != 12345678

def test_tmp(tmp_path):
    (tmp_path / "x").write_text("y")
    assert tmp_path.name == "test_tmp0"

def test_capfd(capfd):
    os.system("echo outside")
    assert capfd.readouterr().out == "outside\\n"

def test_fixture(doubled):
    assert doubled == 42

def test_rewritten(doubled):
    assert doubled == 43
""",
    "test_trouble.py": """
import gc, warnings
import pytest

class Bad:
    def __del__(self):
        raise ValueError("unraisable")

def test_unraisable():
    Bad()
    gc.collect()

def test_warns():
    warnings.warn("old", DeprecationWarning)

def test_file_is_left_open(tmp_path):
    open(tmp_path / "x", "w")
    gc.collect()
""",
}


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pytest and many of its plugins."""
    return tools(tmp_path_factory.mktemp("equipped") / "venv", *PLUGINS)


@pytest.fixture
def place(tmp_path: Path, equipped: Path) -> Iterator[Place]:
    with closing(Place(tmp_path, equipped)) as place:
        yield place


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Place]:
    """In the environment that runs this test."""
    with closing(Place(tmp_path, Path(sys.prefix))) as place:
        yield place


def both(place: Place, *argv: str, preload: tuple[str, ...] = ()) -> tuple[str, str, int]:
    """The same command cold and warm: their JUnit files, and the code, which must be one."""
    found = []
    job = place.job(*argv, "--junit-xml=junit.xml", "--basetemp=base", preload=preload)
    swept(place.root)
    cold = place.cold(job)
    found.append(junit(place.root / "junit.xml", ordered="-n" in argv))
    swept(place.root)
    warm = place.warmed(job)
    assert warm.mode == WARM, warm.tail
    found.append(junit(place.root / "junit.xml", ordered="-n" in argv))
    assert warm.exit_code == cold.exit_code, warm.tail
    return found[0], found[1], cold.exit_code


@pytest.mark.parametrize("command", [("pytest",), ("python", "-m", "pytest")])
def test_everything(place: Place, command: tuple[str, ...]) -> None:
    place.write(EVERYTHING)
    preload = ("sqlite3", "decimal", "hypothesis", "xml.dom.minidom", "asyncio")

    cold, warm, code = both(place, *command, "-v", *QUIET, preload=preload)

    assert code == 1
    assert not differences(cold, warm)


def test_warnings_are_errors(place: Place) -> None:
    place.write(EVERYTHING)

    cold, warm, _ = both(
        place, "pytest", "-W", "error", "-p", "no:asyncio", *QUIET, "test_trouble.py"
    )

    assert not differences(cold, warm)
    assert "unraisable" in warm


@pytest.mark.parametrize(
    "words",
    [
        ("-n", "2", *QUIET),
        ("--randomly-seed=7", "-p", "no:random_order", "-p", "no:testmon"),
        ("--random-order", "--random-order-seed=3", *QUIET),
    ],
    ids=["xdist", "randomly", "random-order"],
)
def test_orders(place: Place, words: tuple[str, ...]) -> None:
    cases = "\n".join(f"def test_{n}(): assert random.random() < 2" for n in range(12))
    place.write({"test_many.py": f"import random\n{cases}\n"})

    cold, warm, code = both(place, "pytest", *words)

    assert code == 0
    assert not differences(cold, warm)


def test_coverage(place: Place) -> None:
    place.write({**EVERYTHING, ".coveragerc": "[run]\nsource = .\n"})
    words = ("--cov", "--cov-report=", *QUIET, "test_seen.py", "test_threads.py")
    data = []
    for run in (place.cold, place.warmed):
        swept(place.root)
        assert run(place.job("pytest", *words, preload=())).exit_code == 1
        with closing(sqlite3.connect(place.root / ".coverage")) as connection:
            rows = connection.execute(
                "SELECT path, numbits FROM line_bits JOIN file ON file_id = file.id ORDER BY path"
            ).fetchall()
        data.append(rows)

    assert data[0]
    assert data[1] == data[0]


def test_testmon(place: Place) -> None:
    place.write({"app.py": EVERYTHING["app.py"], "test_a.py": "from app import *\n"})
    place.write({"test_a.py": "import app\ndef test_a(): assert app.double(2) == 4\n"})
    words = ("--testmon", "-p", "no:randomly", "-q")
    job = place.job("pytest", *words)

    assert "1 passed" in place.warmed(job).tail
    assert "no tests ran" in place.warmed(job).tail
    place.write({"app.py": "def double(x):\n    return 3 * x\n"})
    assert "1 failed" in place.warmed(job).tail


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("def test(): pass", (), 0),
        ("def test(): assert 0", (), 1),
        ("def test(): raise KeyboardInterrupt", (), 2),
        ("def test(): pass", ("--nonsense",), 4),
        ("", (), 5),
        ("import os, signal\ndef test(): os.kill(os.getpid(), signal.SIGSEGV)", (), 139),
        ("import os\ndef test(): os._exit(3)", (), 3),
        (
            "import pytest\n@pytest.fixture\ndef x(): pytest.exit('no', 7)\ndef test(x): pass",
            (),
            7,
        ),
        ("import time\ndef test(): time.sleep(9)", ("--timeout=0.2",), 1),
        ("import time\ndef test(): time.sleep(9)", ("--timeout=0.2", "--timeout-method=thread"), 1),
        ("import sys\nsys.exit(4)", (), 3),
    ],
    ids=[
        *("0", "1", "2", "4", "5", "segfault", "_exit", "pytest.exit"),
        *("timeout-signal", "timeout-thread", "sys.exit"),
    ],
)
def test_codes(ours: Place, text: str, words: tuple[str, ...], code: int) -> None:
    ours.write({"test_one.py": f"{text}\n"})
    job = ours.job("pytest", "-q", *words, preload=())

    warm = ours.warmed(job)

    assert (warm.mode, warm.exit_code) == (WARM, code), warm.tail


def test_the_project_is_always_the_one_that_stands_there(ours: Place) -> None:
    ours.write(EVERYTHING)
    ours.write({"test_one.py": "def test(doubled): assert doubled == 42\n"})
    job = ours.job("pytest", "-q", "-p", "own", "test_one.py", preload=())
    # What is compiled is told by its size and by whole seconds, and these saves are quicker.
    job = job._replace(bytecode=False)
    ours.write({"own.py": "", "pytest.ini": "[pytest]\npythonpath = .\n"})

    def after(files: dict[str, str]) -> str:
        ours.ready(job).write(files)
        done = ours.run(job)
        assert done.mode == WARM
        return done.tail

    ours.env["PYTHONPATH"] = str(ours.root)
    assert "1 passed" in after({})
    assert "1 failed" in after({"app.py": "def double(x):\n    return 3 * x\n"})
    assert "1 passed" in after({"app.py": EVERYTHING["app.py"]})
    assert "1 error" in after({"conftest.py": ""})
    assert "1 passed" in after({"conftest.py": EVERYTHING["conftest.py"]})
    stops = "def pytest_sessionstart():\n    raise SystemExit('own plugin')\n"
    assert "own plugin" in after({"own.py": stops})
    assert "1 deselected" in after(
        {"own.py": "", "pytest.ini": "[pytest]\npythonpath = .\naddopts = -k nothing\n"}
    )
