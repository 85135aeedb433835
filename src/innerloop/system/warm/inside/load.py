"""Loading ahead: the test tool with its plugins, then one preload after another, each watched."""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from innerloop.system.warm.inside.fresh import Ground
    from innerloop.system.warm.inside.record import Record

PLUGINS = "pytest plugins"
"""as a step of the loading; refused, pytest is loaded without them"""
_QUIET = ("--co", "-q", "-s", "-c", os.devnull, "--noconftest", "-p", "no:cacheprovider")
_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST")


class Loading:
    """One after another, with what has to be said of each."""

    def __init__(
        self, ground: Ground, record: Record, state: Callable[[], dict[str, object]]
    ) -> None:
        self._ground = ground
        self._record = record
        self._state = state
        self.refused: dict[str, str] = {}
        self.spoiled = False
        """whether something that was refused has left its traces: the process is of no use"""
        self.blocked: dict[str, str] = {}
        self.took: dict[str, float] = {}
        self.rewritten: set[str] = set()
        """packages of pytest's plugins: it rewrites them as they are imported"""

    def plugins(self, empty: str, blocked: list[str]) -> None:
        """Let pytest find nothing in an empty folder: all it takes to find something is loaded."""
        points = _entry_points()
        self.rewritten = {name for point in points for name in _packages(point)}
        before = {name: id(module) for name, module in sys.modules.items()}
        env = dict(os.environ)
        finders = [*sys.meta_path]
        path = [*sys.path]
        asked = _Asked()
        sys.meta_path.insert(0, asked)
        begin = time.perf_counter()
        with _watched(self, PLUGINS):
            for name in _OWN:
                os.environ.pop(name, None)
            import pytest  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - the project's

            without = [word for name in blocked for word in ("-p", f"no:{name}")]
            for option, value in zip(sys.argv, [*sys.argv[1:], ""]):  # noqa: B905 - Python 3.9
                without += _without(option, value)
            pytest.main([*_QUIET, "--rootdir", empty, *without, empty])
        self.took[PLUGINS] = time.perf_counter() - begin
        os.environ.clear()
        os.environ.update(env)
        new = [one for one in sys.meta_path if one not in finders and one is not asked]
        sys.meta_path[:] = [one for one in new if type(one).__module__[:8] != "_pytest."] + finders
        sys.path[:] = path
        self._blame(points, before, asked)

    def _blame(self, points: list[Any], before: dict[str, int], asked: _Asked) -> None:
        """Name the plugin that brought a module of the project with it."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if before.get(name) == id(module) or not file or not self._ground.foreign(file):
                continue
            chain = asked.chain.get(name.partition(".")[0], ())
            tops = {one.partition(".")[0] for one in (name, *chain)}
            guilty = [one.name for one in points if one.value.partition(".")[0] in tops]
            if guilty:
                self.blocked.setdefault(guilty[0], file)
            else:
                self.refuse(PLUGINS, f"would load {file}")

    def bare(self) -> None:
        """The test tool without its plugins, where these are not to be loaded ahead."""
        with _watched(self, "pytest"):
            import _pytest.config  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415

            for name in _pytest.config.default_plugins:
                __import__(f"_pytest.{name}")

    def preload(self, name: str, volatile: frozenset[str]) -> None:
        """One module, with whatever it brings."""
        before = set(sys.modules)
        begin = time.perf_counter()
        with _watched(self, name), self._record.on(volatile):
            __import__(name)
        self.took[name] = time.perf_counter() - begin
        for one, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if one not in before and isinstance(file, str) and self._ground.foreign(file):
                self.refuse(name, f"would load {file}")

    def refuse(self, name: str, why: str) -> None:
        self.refused.setdefault(name, why)
        self.spoiled = True

    def changes(self) -> dict[str, object]:
        return self._state()

    def done(self) -> None:
        """What was only needed on the way must not be found by whoever looks for leaks."""
        gc.collect()
        gc.collect()
        gc.freeze()


class _Asked:
    """Who asked for each package first: a finder that finds nothing."""

    def __init__(self) -> None:
        self.chain: dict[str, tuple[str, ...]] = {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        del path, target
        top = name.partition(".")[0]
        if top in self.chain:
            return
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the stack is the answer
        found = []
        while frame is not None:
            found.append(str(frame.f_globals.get("__name__", "")))
            frame = frame.f_back
        self.chain[top] = tuple(found)


@contextmanager
def _watched(loading: Loading, name: str) -> Iterator[None]:
    """Refuse what raises, or changes more than the modules that are there."""
    before = loading.changes()
    where = before["changes the working directory"]
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and pytest's own exits too
        text = str(error).strip().splitlines() or [""]
        loading.refused[name] = f"{type(error).__name__}: {text[0]}".rstrip(": ")[:200]
        # One that is not there has left no traces.
        loading.spoiled |= getattr(error, "name", None) != name
    after = loading.changes()
    if os.getcwd() != where:
        os.chdir(str(where))
    for change in (one for one, then in before.items() if after[one] != then):
        loading.refuse(name, change)


def _without(option: str, value: str) -> tuple[str, ...]:
    """A plugin that the command line does without."""
    if option == "-p" and value.startswith("no:"):
        return option, value
    return (value,) if value.startswith("-pno:") else ()


def _entry_points() -> list[Any]:
    from importlib import metadata  # noqa: PLC0415 - hidden again with the rest

    found: Any = metadata.entry_points()
    select = getattr(found, "select", None)
    return list(select(group="pytest11") if select else found.get("pytest11", ()))


def _packages(point: Any) -> set[str]:
    files = getattr(getattr(point, "dist", None), "files", None) or ()
    tops = {str(file).partition("/")[0].partition(".")[0] for file in files}
    return {*tops, point.value.partition(".")[0]}
