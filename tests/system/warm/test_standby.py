"""What a process that waits is, refuses, and gives up on: by programs of one file."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

from innerloop.core.job import Completion, Job
from innerloop.core.mask import Mask
from innerloop.core.model import WARM
from innerloop.system.reaper import MARK
from innerloop.system.runners.warm import Warm
from innerloop.system.warm import learned, line
from warmed import Place, differences, made, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from innerloop.core.job import Completion, Job

SLOW = "import time\ntime.sleep(0.03)\n"
THREAD = "import threading, time\nthreading.Thread(target=time.sleep"
PROCESSES = """
import multiprocessing as m
def f(x): return x + 1
if __name__ == '__main__':
    for how in ('spawn', 'fork', 'forkserver'):
        with m.get_context(how).Pool(1) as p: print(p.map(f, [1]))
"""
SEEN = """
import sys
at_first = sorted(sys.modules)
import __main__, importlib, os, signal
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.warnoptions, sys.executable)
print({k: str(v) for k, v in vars(__main__).items() if k not in ("at_first", "__annotations__")})
print(type(__main__.__loader__).__name__, __main__.__spec__ and __main__.__spec__.name, __file__)
print(at_first, hasattr(importlib, "util"), [type(f) for f in sys.meta_path[-3:]])
print([signal.getsignal(n) for n in sorted(signal.valid_signals())])
print(sorted(os.environ), os.getcwd(), sys.stdin.read(), sys.stdout.isatty(), sys._getframe(0))
"""


SAY = """
import time
for part in ('a hun', 'ter', '2 b'):
    print(end=part, flush=True)
    time.sleep(0.05)
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Place]:
    """A project in an environment that has nothing installed."""
    with closing(Place(tmp_path, made(tmp_path / "venv"))) as place:
        yield place


def same(place: Place, job: Job) -> Completion:
    """Cold and warm print the same, and end alike."""
    cold = place.cold(job)
    warm = place.warmed(job)
    assert warm.mode == WARM, warm
    assert not differences(plain(cold.tail), plain(warm.tail))
    assert warm.exit_code == cold.exit_code
    return warm


def plain(text: str) -> str:
    return " ".join(word for word in text.split() if "0x" not in word)


def test_what_a_warm_process_says_is_masked(bare: Place) -> None:
    bare.write({"say.py": SAY})
    job = bare.job("python", "say.py", mask=Mask(["hunter2"]))

    done = bare.warmed(job)

    assert done.mode == WARM
    assert done.tail == "a *** b"
    assert "".join(bare.shown) == "a *** b"
    assert (bare.root.parent / "log").read_text() == "a *** b"


# -- becoming ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("python", "seen.py", "-x", "é"),
        ("python", "./seen.py"),
        ("python3", "sub/../seen.py"),
        ("python", "-m", "seen", "a"),
        ("python", "-m", "pack"),
        ("python", "-mpack.seen"),
        ("python", "-I", "seen.py"),
        ("python", "-W", "error", "-O", "-X", "dev", "-u", "-B", "seen.py"),
        ("python", "-E", "-s", "-m", "seen"),
        ("python", "linked.py"),
    ],
    ids=" ".join,
)
def test_a_program_sees_what_it_would_see(bare: Place, words: tuple[str, ...]) -> None:
    bare.write({"seen.py": SEEN, "pack/__main__.py": SEEN, "pack/seen.py": SEEN})
    bare.write({"pack/__init__.py": "", "sub/own.py": SEEN})
    (bare.root / "linked.py").symlink_to("sub/own.py")

    assert same(bare, bare.job(*words, preload=("json",))).exit_code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("raise SystemExit('in words')", 1),
        ("raise SystemExit", 0),
        ("import sys; sys.exit(-1)", 255),
        ("def f():\n    raise ValueError('é')\nf()", 1),
        ("try:\n    1 / 0\nexcept Exception as e:\n    raise OSError(2) from e", 1),
        ("def f(:\n    pass", 1),
        ("raise KeyboardInterrupt", 130),
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137),
        ("import sys; sys.excepthook = lambda *a: print('hooked'); 1 / 0", 1),
        ("import atexit; atexit.register(print, 'registered'); print('first')", 0),
        ("import threading, time\nthreading.Timer(0.2, print, ('late',)).start()", 0),
        ("import os, sys\nif os.fork() == 0: sys.exit(5)\nprint(os.wait()[1])", 0),
        ("class D:\n    def __del__(self): print('deleted')\nd = D()", 0),
        ("open('kept', 'w').write('x')\nf = open('left', 'w'); f.write('y')", 0),
        ("import no_such_module", 1),
        ("import warnings; warnings.warn('look')", 0),
        ("import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))))", 0),
        (PROCESSES, 0),
    ],
)
def test_a_program_ends_as_it_would_end(bare: Place, text: str, code: int) -> None:
    bare.write({"app.py": text})
    job = bare.job("python", "app.py", preload=())

    assert same(bare, job).exit_code == code
    if "left" in text:
        assert (bare.root / "left").read_text() == "y"


def test_on_a_terminal_of_the_size_it_has_by_then(bare: Place) -> None:
    bare.write({"app.py": "import os, sys\nprint(os.get_terminal_size(1), sys.stdout.isatty())"})
    job = bare.job("python", "app.py", tty=(24, 80), preload=())
    bare.ready(job)

    done = bare.run(job._replace(tty=(50, 132)))

    assert done.mode == WARM
    assert "columns=132, lines=50" in done.tail
    assert "True" in done.tail


def test_marks_of_the_run_reach_its_children(bare: Place) -> None:
    bare.write({"app.py": f"import os; os.system('echo ${MARK} $LOOP_HOLDS')"})
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)

    done = bare.run(job._replace(env={**bare.env, MARK: "walk-2", "LOOP_HOLDS": "a"}))

    assert done.mode == WARM
    assert done.tail == "walk-2 a\n"


# -- what it loads -------------------------------------------------------------------------------


def test_what_a_run_imports_is_ready_for_the_next(bare: Place) -> None:
    bare.package("slow", SLOW)
    bare.package("quick", "")
    bare.write({"app.py": "import sys\nprint('slow' in sys.modules)\nimport slow, quick, own\n"})
    bare.write({"own.py": ""})
    job = bare.job("python", "app.py")

    bare.warmed(job)

    assert bare.lessons().names == ("slow", "quick")
    assert bare.warmed(job).tail == "False\n"
    assert bare.lessons().names == ("slow",)
    assert bare.lessons().cheap == ("quick",)
    bare.write({"app.py": ""})
    bare.warmed(job)
    assert bare.lessons().names == ()


def test_a_preload_is_not_imported_before_it_is_asked_for(bare: Place) -> None:
    bare.package("below", "value = 1\n")
    bare.package(
        "slow",
        "import os, warnings, below, decimal\nwarnings.warn('slow is old')\n"
        "warnings.filterwarnings('ignore', message='quiet')\nos.environ['SLOW'] = 'set'\n",
    )
    bare.write(
        {
            "app.py": "import importlib, os, sys, warnings\n"
            "print('slow' in sys.modules, 'below' in sys.modules, 'SLOW' in os.environ)\n"
            "import importlib.util\nprint(importlib.util.find_spec('slow').origin)\n"
            "print('slow' in sys.modules)\nimport slow\n"
            "print(slow.__spec__.loader, slow.__loader__ is slow.__spec__.loader, slow.__file__)\n"
            "print('decimal' in sys.modules, sys.modules['below'].value, os.environ['SLOW'])\n"
            "warnings.warn('quiet'); warnings.warn('loud')\n"
            "del sys.modules['below']\nimport below\nprint(below is slow.below)\n"
        }
    )

    done = same(bare, bare.job("python", "app.py", preload=("slow",)))

    assert "slow is old" in done.tail
    assert "quiet" not in done.tail.replace("warn('quiet'", "")
    done = bare.warmed(bare.job("python", "-W", "error", "app.py", preload=("slow",)))
    assert (done.mode, done.exit_code) == (WARM, 1)
    assert done.tail.endswith("UserWarning: slow is old\n")


def test_nor_is_it_an_attribute_of_its_package(bare: Place) -> None:
    site = bare.package("beside", "").parent
    (site / "pack").mkdir()
    for name in ("__init__", "part"):
        (site / "pack" / f"{name}.py").write_text("")
        settle(site / "pack" / f"{name}.py")
    text = "import sys, pack\nprint(hasattr(pack, 'part'), 'pack.part' in sys.modules)\n"
    bare.write({"app.py": f"{text}import pack.part\nprint(pack.part.__name__)\n"})

    done = same(bare, bare.job("python", "app.py", preload=("pack.part",)))

    assert done.tail == "False False\npack.part\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("import os; os.chdir('/')", "changes the working directory"),
        ("import signal; signal.signal(signal.SIGUSR1, print)", "sets a signal handler"),
        ("import locale; locale.setlocale(locale.LC_ALL, 'C')", "sets the locale"),
        ("import logging; logging.basicConfig()", "sets up logging"),
        (f"{THREAD}, args=(9,), daemon=True).start()", "starts a thread"),
        ("import sys; sys.stdout = open('/dev/null', 'w')", "replaces a standard stream"),
        ("import sys; sys.excepthook = print", "replaces a hook"),
        ("import builtins; builtins.gettext = print", "changes the builtins"),
        ("import sys; sys.setrecursionlimit(99999)", "sets the recursion limit"),
        ("import multiprocessing as m; m.set_start_method('spawn')", "sets how processes start"),
        ("import torch; torch.cuda.init()", "initialises CUDA"),
        ("import own", "would load"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
    ],
)
def test_a_preload_that_does_more_than_load_is_refused(bare: Place, text: str, why: str) -> None:
    bare.package("bad", f"{text}\n")
    bare.package("good", SLOW)
    bare.package(
        "torch",
        "class cuda:\n    on = False\n    def is_initialized(): return cuda.on\n"
        "    def init(): cuda.on = True\n",
    )
    bare.write({"app.py": "import good; print('ran')\n", "own.py": ""})
    bare.env |= {"PYTHONPATH": str(bare.root), "LC_ALL": "C.UTF-8"}
    job = bare.job("python", "app.py", preload=("good", "bad"))

    done = bare.warmed(job)

    assert (done.mode, done.tail) == (WARM, "ran\n")
    assert why in dict(bare.lessons().refused)["bad"]
    assert "good" not in dict(bare.lessons().refused)
    (said,) = learned.complaints(bare.state, "unit")
    assert said.startswith("bad is not loaded ahead: ")
    assert why != "would load" or f"{bare.root}/own.py" in said


def test_a_preload_that_hangs_is_refused(bare: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "STUCK", 1.0)
    bare.package("stuck", "import time\ntime.sleep(600)\n")
    bare.write({"app.py": "print('ran')"})

    assert bare.warmed(bare.job("python", "app.py", preload=("stuck",))).mode == WARM
    assert dict(bare.lessons().refused) == {"stuck": "took longer than 1 s"}


def test_what_is_not_there_costs_nothing(bare: Place) -> None:
    bare.write({"app.py": "print('ran')"})

    assert bare.warmed(bare.job("python", "app.py", preload=("absent",))).mode == WARM
    assert "absent" in dict(bare.lessons().refused)


def test_what_a_preload_prints_is_nobodys(bare: Place) -> None:
    bare.package("loud", "import os\nfor n in range(300): os.write(1, b'x' * 10_000)\nprint('y')\n")
    bare.write({"app.py": "print('ran')"})

    assert bare.warmed(bare.job("python", "app.py", preload=("loud",))).tail == "ran\n"


# -- when it would not be the same ---------------------------------------------------------------


def stale(place: Place, job: Job, why: str) -> Completion:
    """It runs cold after all, in the same process, and says why."""
    done = place.run(job)
    assert done.mode.startswith("cold: "), done
    assert why in done.mode
    return done


def test_a_preload_that_has_changed_is_not_used(bare: Place) -> None:
    path = bare.package("slow", f"{SLOW}version = 1\n")
    bare.write({"app.py": "import slow; print(slow.version)"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.ready(job)

    path.write_text(f"{SLOW}version = 2  # of another size: bytecode goes by that\n")

    assert stale(bare, job, "slow changed").tail == "2\n"
    assert bare.warmed(job).mode == WARM


def test_nor_one_that_was_installed_while_it_was_loaded(bare: Place) -> None:
    path = bare.package("slow", "import time\nversion = 1\ntime.sleep(0.5)\n")
    bare.write({"app.py": "import slow; print(slow.version)"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.warm.expect(job)
    time.sleep(0.2)
    path.write_text("version = 2\n")
    bare.ready(job)

    assert stale(bare, job, "slow changed").tail == "2\n"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lib/python{}/site-packages/new.py", "installed packages changed"),
        ("lib/python{}/site-packages/own.pth", "changed"),
        ("lib/python{}/site-packages/__editable__.py", "changed"),
        ("pyvenv.cfg", "environment was made anew"),
    ],
)
def test_an_environment_that_has_changed_is_not_used(bare: Place, name: str, why: str) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    path = bare.environment / name.format(version)
    if path.suffix == ".pth" or path.name == "__editable__.py":
        bare.package("__editable__", "# nothing yet\n")
        path.with_name("own.pth").write_text("import __editable__\n")
        settle(path.with_name("own.pth"))
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)

    path.write_text((path.read_text() if path.exists() else "") + "# more\n")

    assert stale(bare, job, why).tail == "ran\n"


def test_an_environment_made_anew_is_not_used(bare: Place) -> None:
    bare.write({"app.py": "import sys; print(sys.prefix)"})
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)

    bare.environment.rename(bare.environment.with_name("old"))
    made(bare.environment)

    assert stale(bare, job, "").tail == f"{bare.environment}\n"


def test_a_file_that_a_preload_read_counts_too(bare: Place) -> None:
    bare.package("slow", f"{SLOW}value = open('settings.ini').read()\n")
    bare.write({"app.py": "import slow; print(slow.value)", "settings.ini": "one"})
    settle(bare.root / "settings.ini")
    job = bare.job("python", "app.py", preload=("slow",))
    bare.ready(job).write({"settings.ini": "two"})

    assert stale(bare, job, "settings.ini changed").tail == "two\n"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"FLAVOUR": "2"}, "another environment"),
        ({"FLAVOUR": None}, "another environment"),
        ({"cwd": "sub"}, "another folder"),
        ({"tty": (24, 80)}, "another terminal"),
        ({"preload": ("json",)}, "another preload"),
    ],
    ids=["variable", "no-variable", "folder", "terminal", "preload"],
)
def test_another_kind_of_run_is_cold(bare: Place, change: dict[str, object], why: str) -> None:
    bare.write({"app.py": "import os; print(os.environ.get('FLAVOUR'))", "sub/app.py": "print(9)"})
    bare.env["FLAVOUR"] = "1"
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)
    if "cwd" in change:
        job = job._replace(cwd=f"{bare.root}/sub")
    elif "FLAVOUR" in change:
        env = {**bare.env, "FLAVOUR": change["FLAVOUR"]}
        job = job._replace(env={k: str(v) for k, v in env.items() if v is not None})
    else:
        job = job._replace(**change)  # type: ignore[arg-type] # a test knows its fields

    assert bare.run(job).mode == f"cold: {why}"
    assert bare.warmed(job).mode == WARM


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("import os; os.environ['FLAVOUR'] = 'set'", "FLAVOUR is set"),
        ("import os; os.environ['OMP_NUM_THREADS'] = '1'", "OMP_NUM_THREADS is set"),
        ("import sys; sys.modules['below'] = sys", "below is replaced"),
        ("import sys; sys.path.insert(0, 'sub')", "hides what slow was loaded with"),
    ],
)
def test_an_import_that_would_come_out_otherwise_is_made_cold(
    bare: Place, before: str, why: str
) -> None:
    bare.package("below", "name = 'installed'\n")
    bare.package("slow", "import os, below\nvalue = below.__name__, os.environ.get('FLAVOUR')\n")
    bare.write({"app.py": f"{before}\nimport slow; print(slow.value)\n", "sub/below.py": ""})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.ready(job)

    done = stale(bare, job, why)

    assert done.tail == bare.cold(job).tail
    assert "slow" in dict(bare.lessons().refused)
    assert bare.warmed(job).mode == WARM


def test_a_module_of_the_project_comes_first_where_it_would(bare: Place) -> None:
    bare.package("slow", "where = 'installed'\n")
    bare.write({"app.py": "import slow; print(slow.where)"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.ready(job).write({"slow.py": "where = 'here'\n"})

    assert bare.run(job).tail == "here\n"


# -- its life ------------------------------------------------------------------------------------


def waiting(place: Place) -> psutil.Process:
    standby = place.warm._places["unit"].standby
    assert standby
    assert standby._child
    return psutil.Process(standby._child.pid)


def test_no_process_runs_twice_and_none_is_left(bare: Place) -> None:
    bare.write({"app.py": "import os; print(os.getpid())"})
    job = bare.job("python", "app.py", preload=())
    before = len(psutil.Process().open_files()), psutil.Process().num_fds()
    seen = {bare.warmed(job).tail for _ in range(20)}

    bare.warm.close()

    assert len(seen) == 20
    assert not psutil.Process().children()
    assert (len(psutil.Process().open_files()), psutil.Process().num_fds()) == before
    assert not [name for name in os.listdir(learned.place(bare.state)) if "report" in name]
    assert not [one for one in threading.enumerate() if "standby" in one.name]


def test_it_is_a_group_of_its_own_that_ends_when_we_do(bare: Place) -> None:
    bare.write({"app.py": ""})
    bare.ready(bare.job("python", "app.py", preload=()))
    process = waiting(bare)
    assert os.getsid(process.pid) == process.pid

    standby = bare.warm._places["unit"].standby
    assert standby
    assert standby._line
    standby._line._socket.close()  # what our end looks like from there

    assert process.wait(10) == 0


class Noted:
    """A guard that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def ready(self) -> None: ...

    def add(self, group: int) -> None:
        self.told.append(("+", group))

    def remove(self, group: int) -> None:
        self.told.append(("-", group))


def test_the_watchdog_knows_of_it_from_the_beginning(bare: Place) -> None:
    guard = Noted()
    bare.warm = Warm(bare.state, guard, root=str(bare.root))
    bare.write({"app.py": ""})
    bare.ready(bare.job("python", "app.py", preload=()))
    pid = waiting(bare).pid
    assert guard.told == [("+", pid)]

    bare.warm.close()

    assert guard.told == [("+", pid), ("-", pid)]


def test_one_that_has_died_is_replaced_by_a_cold_run(bare: Place) -> None:
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)
    waiting(bare).send_signal(signal.SIGKILL)
    time.sleep(0.1)

    done = bare.run(job)

    assert (done.tail, done.mode) == ("ran\n", "cold: the process that waited has ended")
    assert bare.warmed(job).mode == WARM


def test_one_that_dies_at_the_hand_over_too(bare: Place) -> None:
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=())
    bare.ready(job)
    process = waiting(bare)
    process.suspend()
    threading.Timer(0.3, process.kill).start()

    done = bare.run(job)

    assert (done.tail, done.mode) == ("ran\n", "cold: the process that waited has ended")


def test_a_python_that_cannot_be_kept_is_given_up(bare: Place) -> None:
    bare.package(
        "sitecustomize", "import sys\nif 'bootstrap' in str(sys.orig_argv): sys.exit('no')\n"
    )
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=())

    done = bare.warmed(job)

    assert (done.tail, done.exit_code) == ("ran\n", 0)
    assert done.mode == "cold: no process can be kept: SystemExit: no"
    assert bare.run(job).mode == "cold: no process can be kept: SystemExit: no"


def test_a_run_does_not_wait_for_ever_for_one_that_is_not_ready(
    bare: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("innerloop.system.runners.warm._SOON", 0.5)
    bare.package("slow", "import time\ntime.sleep(30)\n")
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.warm.expect(job)

    done = bare.run(job)

    assert (done.tail, done.mode) == ("ran\n", "cold: not ready yet")
    assert done.seconds < 10


def test_a_run_that_comes_early_has_the_head_start(bare: Place) -> None:
    bare.package("slow", "import time\ntime.sleep(1)\n")
    bare.write({"app.py": "import slow; print('ran')"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.warm.expect(job)
    time.sleep(0.3)

    done = bare.run(job)

    assert (done.tail, done.mode) == ("ran\n", WARM)


def test_waiting_can_be_cancelled(bare: Place) -> None:
    bare.package("slow", "import time\ntime.sleep(30)\n")
    bare.write({"app.py": "print('ran')"})
    job = bare.job("python", "app.py", preload=("slow",))
    bare.warm.expect(job)
    threading.Timer(0.2, bare.cancel.set).start()
    began = time.monotonic()

    done = bare.run(job)

    assert done.cancelled
    assert time.monotonic() - began < 4


def test_a_run_is_timed_out_and_cancelled_like_any_other(bare: Place) -> None:
    bare.write({"app.py": "import os, time\nos.system('sleep 60 &')\nprint(1)\ntime.sleep(60)"})
    job = bare.job("python", "app.py", preload=(), timeout=0.5)

    done = bare.warmed(job)
    assert done.mode == WARM
    assert done.timed_out

    threading.Timer(0.3, bare.cancel.set).start()
    done = bare.warmed(job._replace(timeout=60.0))
    assert done.cancelled
    assert done.exit_code == 130


def test_strays_of_a_run_are_ended(bare: Place) -> None:
    text = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n"
    bare.write({"app.py": f"{text}print('ran', flush=True)\n"})
    job = bare.job("python", "app.py", preload=())

    assert bare.warmed(job).mode == WARM
    bare.warm.close()

    assert not [one for one in psutil.process_iter() if _stray(one, str(bare.root))]


def _stray(process: psutil.Process, root: str) -> bool:
    try:
        return process.cwd() == root
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    "words",
    [("sh", "-c", "echo"), ("python", "-c", "pass"), ("python", "nothing.py"), ("tool", "x")],
)
def test_what_can_never_be_warm_says_nothing_of_it(bare: Place, words: tuple[str, ...]) -> None:
    job = bare.job(*words)
    bare.warm.expect(job)

    assert bare.run(job).mode == ""
    assert not psutil.Process().children()


def test_nor_does_a_loop_that_wants_none(bare: Place) -> None:
    bare.write({"app.py": ""})

    assert bare.run(bare.job("python", "app.py", warm=False)).mode == ""
    assert not psutil.Process().children()


def test_no_process_is_kept_where_memory_is_short(
    bare: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("innerloop.system.warm.memory.SPARE", 1 << 60)
    bare.write({"app.py": ""})
    job = bare.job("python", "app.py", preload=())
    bare.warm.expect(job)

    assert bare.run(job).mode == "cold: memory is short"
    assert not psutil.Process().children()


def test_nor_for_longer_than_it_may_be_idle(bare: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innerloop.system.warm.standby.IDLE", 0.3)
    bare.write({"app.py": ""})
    bare.ready(bare.job("python", "app.py", preload=()))

    assert waiting(bare).wait(10) == 0


def test_two_watches_of_one_project_do_not_meet(bare: Place) -> None:
    bare.package("slow", SLOW)
    bare.write({"app.py": "import slow; print('ran')"})
    job = bare.job("python", "app.py")
    other = Warm(bare.state, None, root=str(bare.root))
    mine, bare.warm = bare.warm, other
    try:
        for runner in (mine, other, mine, other):
            bare.warm = runner
            assert bare.warmed(job).mode == WARM
    finally:
        mine.close()
        other.close()
    assert bare.lessons().names == ("slow",)


def test_what_was_learned_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    lessons = learned.Lessons("s", ("a", "b"), ("c",), (("d", "why"),), (("e", "f"),), 1.5)
    learned.write(str(tmp_path), "unit", lessons)
    assert learned.read(str(tmp_path), "unit") == lessons

    path = tmp_path / "unit"
    path.write_bytes(path.read_bytes()[:-1] + b"!")

    assert learned.read(str(tmp_path), "unit") == learned.Lessons()


def test_it_runs_in_the_folder_that_has_the_name_by_now(bare: Place) -> None:
    bare.write({"pkg/run.py": "print('old')\n"})
    job = bare.job("python", "run.py", cwd=str(bare.root / "pkg"))
    bare.ready(job)
    (bare.root / "pkg").rename(bare.root / "before")
    bare.write({"pkg/run.py": "print('new'); raise SystemExit(1)\n"})

    done = bare.run(job)

    assert (done.exit_code, done.tail) == (1, "new\n")
