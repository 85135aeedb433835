"""Becoming the command: `__main__`, arguments, paths and endings as CPython itself makes them."""

from __future__ import annotations

import builtins
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType
    from typing import Any, NoReturn


class Main:
    """What is to be run as `__main__`: a module by its name, or the text of a file."""

    def __init__(self, kind: str, target: str) -> None:
        self.module = target if kind == "module" else ""
        self.file = "" if self.module else os.path.join(os.getcwd(), target)
        self.text = b""
        self._target = target

    def read(self) -> str:
        """Read it; why it cannot be run here, where it cannot."""
        if self.module:
            return ""
        if any(_takes(hook, self._target) for hook in sys.path_hooks):
            return "a program in an archive"
        try:
            with open(self.file, "rb") as file:
                self.text = file.read()
        except OSError as error:
            return f"{self._target}: {error.strerror}"
        return ""

    @property
    def folder(self) -> str:
        return os.getcwd() if self.module else os.path.dirname(os.path.realpath(self.file))

    def fill(self, made: ModuleType) -> None:
        """Let the blank `__main__` be this one's."""
        if not self.module:
            # Not from importlib.machinery, which the command may never have imported.
            external: Any = sys.modules["_frozen_importlib_external"]
            made.__file__ = self.file
            made.__loader__ = external.SourceFileLoader("__main__", self.file)
            made.__dict__["__cached__"] = None

    def run(self) -> None:
        """Run it to its end. Raises what it raises."""
        if self.module:
            import runpy  # noqa: PLC0415 - as CPython does for -m, and no earlier

            # What CPython itself calls for -m.
            runpy._run_module_as_main(self.module)  # type: ignore[attr-defined] # noqa: SLF001
            return
        space = sys.modules["__main__"].__dict__
        exec(compile(self.text, self.file, "exec", dont_inherit=True), space)  # noqa: S102


def blank(*, annotated: bool) -> ModuleType:
    """A `__main__` with nothing in it but what CPython puts there."""
    made = type(sys)("__main__")
    made.__dict__["__builtins__"] = builtins
    frozen: Any = sys.modules["_frozen_importlib"]
    made.__loader__ = frozen.BuiltinImporter
    if annotated:
        made.__annotations__ = {}
    return made


def _takes(hook: Callable[[str], object], place: str) -> bool:
    try:
        hook(place)
    except ImportError:
        return False
    return True


def safe() -> bool:
    """Whether the script's folder is not to be searched for modules."""
    return bool(sys.flags.isolated or getattr(sys.flags, "safe_path", False))


def prepare(main: Main, argv: list[str], original: list[str]) -> None:
    """Let everything about the process say that it is this command."""
    main.fill(sys.modules["__main__"])
    sys.argv[:] = argv
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = original
    if not safe():
        sys.path.insert(0, main.folder)


def finish(main: Main, told: Callable[[], None], *, quick: bool) -> NoReturn:
    """Run it, and end as CPython would: the same words, the same code, the same order."""
    here = os.getpid()
    code: object = None
    interrupted = False
    try:
        main.run()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException as error:  # noqa: BLE001 - whatever it is, the command raised it
        interrupted = isinstance(error, KeyboardInterrupt)
        code = 1
        _print(error)
    number = _number(code)
    if os.getpid() == here:
        told()
    if interrupted:
        _stop()
        _interrupt()
    if quick:
        _stop()
        _flush()
        os._exit(number)
    sys.exit(number)


def _number(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    _flush_streams()
    print(code, file=sys.stderr)
    return 1


def _print(error: BaseException) -> None:
    """The traceback, without the frames below the command's own."""
    trace = _beyond(error.__traceback__)
    error.__traceback__ = trace
    _flush_streams()
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    vars(sys)["last_exc"] = error
    try:
        sys.excepthook(type(error), error, trace)
    except BaseException as another:  # noqa: BLE001 - a hook of the project's
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(another), another, another.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, trace)


def _beyond(trace: TracebackType | None) -> TracebackType | None:
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _stop() -> None:
    """What an interpreter does first as it ends: its threads, then what was registered."""
    threading = sys.modules.get("threading")
    getattr(threading, "_shutdown", lambda: None)()
    import atexit  # noqa: PLC0415 - built in

    getattr(atexit, "_run_exitfuncs", lambda: None)()


def _flush() -> None:
    """Files that nobody closed are written when an interpreter takes itself apart; so here."""
    import gc  # noqa: PLC0415 - built in

    for one in gc.get_objects():
        # By its type alone: a stand-in may say that it is anything.
        if type(one) in {io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom}:
            _flushed(one)
    _flush_streams()


def _flushed(one: io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom) -> None:
    try:
        if not one.closed:
            one.flush()
    except (OSError, ValueError):
        return


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue


def _interrupt() -> NoReturn:
    """Die of the interrupt, so that whoever waits can see that it was one."""
    import signal  # noqa: PLC0415 - only where it is needed

    _flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    os._exit(130)
