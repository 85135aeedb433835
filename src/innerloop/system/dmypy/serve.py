"""The daemon: mypy's own server, which answers once it has checked everything.

Run by its path, by the Python that mypy is installed for: it imports nothing of ours. Of mypy's
server it differs in three ways. It is nobody's orphan, so whoever started it can end it. It is
there to be asked only when the first check, the long one, is behind it. And it sees every save:
mypy's compares times in whole seconds, and two saves of one size within a second are one to it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import site
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

from mypy import dmypy_server, main
from mypy.fscache import FileSystemCache
from mypy.ipc import IPCException
from mypy.util import FancyFormatter
from mypy.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy.options import Options

UNFIT = 3
"""the exit code for: not with this configuration"""
_DEEP = 2**14
"""as mypy's own client and server have it"""
_FRESH = 2.0
_MANTISSA = 1 << 52


class Exact(FileSystemCache):
    """Files whose time is another one as soon as anything happened to them."""

    def stat_or_none(self, path: str) -> os.stat_result | None:
        """What is known of a file; its time is a number that stands for all of its times."""
        known = path in self.stat_or_none_cache
        found = super().stat_or_none(path)
        if known or found is None:
            return found
        told: Any = found
        times = [found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
        if time.time() - max(found.st_mtime, found.st_ctime) < _FRESH:
            # It may be written once more within this tick of the clock: look again next time.
            times.append(time.monotonic_ns())
        row = [*tuple(told)[:8], float(hash(tuple(times)) % _MANTISSA), *tuple(told)[9:10]]
        exact = os.stat_result(row)
        self.stat_or_none_cache[path] = exact
        return exact


def serve(status: str, folder: str, idle: str, *words: str) -> None:
    """Check once, and then answer whoever asks, until nobody has for so many seconds."""
    sys.setrecursionlimit(_DEEP)
    signal.signal(signal.SIGTERM, _leave)
    if not (getattr(sys.flags, "safe_path", False) or sys.flags.isolated):
        # Plugins are looked for where mypy itself would have looked.
        sys.path[0] = folder
    args = list(words)
    options = _options(args, status)
    server = dmypy_server.Server(options, status, int(idle))
    server.fscache = Exact()
    server.formatter = FancyFormatter(_Terminal(), _Terminal(), options.hide_error_codes)
    said = server.run_command(
        "run",
        {
            "version": __version__,
            "args": args,
            "export_types": False,
            "is_tty": False,
            "terminal_width": 80,
        },
    )
    if "status" not in said:
        _refuse(status, str(said.get("restart") or said.get("error") or "it gave no answer"))
    _note(f"{status}.seen", json.dumps(seen(options.config_file)))
    with contextlib.suppress(IPCException):
        # Raised when nobody has asked for long: a good end.
        server.serve()


class _Terminal(io.StringIO):
    """What is taken for a terminal: whether an answer is to go to one, its question says."""

    def isatty(self) -> bool:
        return True


def _options(args: list[str], status: str) -> Options:
    heard = io.StringIO()
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            sources, options = main.process_options(["-i", *args], server_options=True)
    except SystemExit:
        _refuse(status, "mypy does not take its arguments")
    # What it said beside its verdict, it says only once: as it starts.
    why = _unfit(options) or ("its configuration has mistakes" if heard.getvalue() else "")
    if not why and any(source.path is None or source.text is not None for source in sources):
        why = "it is not given files"
    if why:
        _refuse(status, why)
    return options


def _unfit(options: Options) -> str:
    """Why the daemon would not answer as mypy does; empty where it would."""
    followed = [options.follow_imports]
    followed += [str(one.get("follow_imports")) for one in options.per_module_options.values()]
    reasons = {
        "it writes reports": bool(options.report_dirs or options.junit_xml),
        "it is not incremental": not options.incremental,
        "it follows imports silently": "silent" in followed,
        "local_partial_types is off": not options.local_partial_types,
        "it installs types": bool(options.install_types),
        "it dumps what it builds": bool(options.dump_graph or options.dump_deps),
        "it reads another Python's packages": options.python_executable
        not in {None, sys.executable},
    }
    return next((why for why, so in reasons.items() if so), "")


def seen(config: str | None) -> dict[str, tuple[int, ...]]:
    """What the answers depend on and the daemon does not look at again."""
    paths = {config, sys.executable, f"{sys.prefix}/pyvenv.cfg"}
    paths |= {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for place in (*site.getsitepackages(), site.getusersitepackages()):
        paths.add(place)
        paths |= {f"{place}/{name}" for name in _listed(place) if name.endswith(".pth")}
    known = {os.path.abspath(path): stamp(path) for path in paths if path}
    here = os.stat(".")
    # The folder of that name may be another one by now.
    return known | {".": (here.st_dev, here.st_ino)}


def stamp(path: str) -> tuple[int, ...]:
    """What changes when a file does; empty where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)


def _listed(place: str) -> Iterable[str]:
    try:
        return os.listdir(place)
    except OSError:
        return ()


def _leave(*_: object) -> NoReturn:
    # Out through mypy's own way out, which takes its socket away.
    raise SystemExit(0)


def _refuse(status: str, why: str) -> NoReturn:
    _note(f"{status}.why", why)
    raise SystemExit(UNFIT)


def _note(path: str, text: str) -> None:
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)


if __name__ == "__main__":
    serve(*sys.argv[1:])
