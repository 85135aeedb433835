"""The standby, in the project's own Python: it loads, it waits, it becomes the command."""

from __future__ import annotations

import sys

STANDING = {name: one for name, one in sys.modules.items() if name != "__future__"}
"""the modules that the command finds as it begins: at first, those of a bare interpreter"""
START = frozenset(STANDING)
ANNOTATED = "__annotations__" in globals()

import importlib.util  # noqa: E402 - after the look at what stands
import json  # noqa: E402
import os  # noqa: E402
import select  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from innerloop.system.warm.inside import become, fresh, load, record, stash, state
    from innerloop.system.warm.inside.become import Main
else:

    def _part(name):  # noqa: ANN001, ANN202 - of no package here: we are run by path
        place = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"_standby_{name}", place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    become, fresh, load = map(_part, ("become", "fresh", "load"))
    record, stash, state = map(_part, ("record", "stash", "state"))

DOUBT = 87
_OLDEST = (3, 9)
_LOOK = 60.0
_ROOM = 1 << 16


class Talk:
    """Lines of JSON, both ways, with the `loop` that started us."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._rest = b""

    def say(self, **words: object) -> None:
        self._socket.sendall(json.dumps(words).encode() + b"\n")

    def hear(self, patience: float) -> dict[str, Any] | None:
        """The next line; None after so long without one. EOFError: nobody is there any more."""
        while b"\n" not in self._rest:
            if not select.select([self._socket], [], [], max(0.0, patience))[0]:
                return None
            came = self._socket.recv(_ROOM)
            if not came:
                raise EOFError
            self._rest += came
        line, _, self._rest = self._rest.partition(b"\n")
        return dict(json.loads(line))

    def close(self) -> None:
        self._socket.close()


class Standby:
    """One process: it loads what it is told, waits to be told what it is, and becomes that."""

    def __init__(self, talk: Talk, order: dict[str, Any]) -> None:
        self._talk = talk
        self._order = order
        self._env = dict(os.environ)
        self._ground = fresh.Ground(order["root"], order["began"])
        self._stash = stash.Stash(STANDING, self._abandon)
        notes = record.Record(self._stash.entries, stash.Entry)
        self._loading = load.Loading(self._ground, notes, state.state)
        self._seen: dict[str, tuple[int, ...] | None] = {}

    def load(self) -> bool:
        """Load what is to be there; whether all of it may be."""
        order, loading = self._order, self._loading
        _forget()
        # Some modules keep the one they find as they are imported: it has to be the command's.
        sys.modules["__main__"] = STANDING["__main__"] = become.blank(annotated=ANNOTATED)
        sys.addaudithook(self._ground.audit)
        sys.argv[:] = order["argv"]
        if order["kind"] == "module":
            importlib.import_module("runpy")
        quiet = _Quiet() if order["tool"] else None
        if order["tool"] and load.PLUGINS not in order["refused"]:
            self._talk.say(step=load.PLUGINS)
            loading.plugins(order["empty"], order["blocked"])
        elif order["tool"]:
            loading.bare()
        STANDING.update(sys.modules)
        importlib.import_module("warnings")  # whatever is warned of as others are imported
        for name in (part for whole in order["preload"] for part in _parts(whole)):
            if not (name in sys.modules or name in loading.refused):
                self._talk.say(step=name)
                loading.preload(name, frozenset(order["volatile"]))
        self._stash.hide()
        sys.meta_path.insert(0, self._stash)
        if quiet:
            quiet.over()
        _flush()
        loading.done()
        hidden = [entry.module for entry in self._stash.entries.values()]
        self._seen = self._ground.look([*STANDING.values(), *hidden])
        said = {"took": loading.took, "refused": loading.refused, "blocked": loading.blocked}
        ready = not (loading.spoiled or loading.blocked)
        self._talk.say(ready=ready, stamp=self._ground.installed(), **said)
        return ready

    def wait(self) -> dict[str, Any]:
        """Wait to be told, but not for ever, nor where memory has become short."""
        until = time.monotonic() + float(self._order["idle"])
        while time.monotonic() < until and not _short(int(self._order["spare"])):
            told = self._talk.hear(min(_LOOK, until - time.monotonic()))
            if told is not None:
                return told
        os._exit(0)

    def become(self, told: dict[str, Any]) -> NoReturn:
        """Be the command from here on, or start it cold where something has changed."""
        # The folder of that name may be another one by now than we were started in.
        os.chdir(told["cwd"])
        main = become.Main(told["kind"], told["target"])
        why = self._ground.changed(self._seen) or main.read() or self._hidden(main)
        if why:
            self._cold(why, told)
        for name in told["gone"]:
            os.environ.pop(name, None)
        os.environ.update(told["env"])
        if "PYTHONDONTWRITEBYTECODE" in told["env"] and not sys.flags.ignore_environment:
            sys.dont_write_bytecode = True
        self._stash.ready(lambda names: fresh.ahead(self._ground.sites, sys.path, names))
        _look_again()
        hidden = self._stash.entries.get("random")
        random: Any = hidden.module if hidden else STANDING.get("random")
        if random:
            random.seed()
        become.prepare(main, told["argv"], told["original"])
        # Last: whatever went wrong before this is heard as silence, and the command starts cold.
        self._talk.say(go=True)
        self._talk.close()
        become.finish(main, self._told, quick=bool(self._order["tool"]))

    def _hidden(self, main: Main) -> str:
        """A file of the project that would have been imported instead of what we have."""
        if become.safe():
            return ""
        names = STANDING.keys() - START
        for name, file in fresh.ahead(self._ground.sites, [main.folder, *sys.path], names).items():
            if not stash.stands(STANDING[name], file):
                return f"{file} stands before the module {name}"
        return ""

    def _cold(self, why: str, told: dict[str, Any]) -> NoReturn:
        for name in told["gone"]:
            self._env.pop(name, None)
        self._env.update(told["env"])
        self._talk.say(cold=why)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            os.execve(  # noqa: S606 - the command of the loop
                told["program"], told["command"], self._env
            )
        except OSError as error:
            sys.stderr.write(f"loop: cannot run {told['program']!r}: {error.strerror}\n")
            sys.stderr.flush()
            os._exit(126)

    def _abandon(self, names: list[str], why: str) -> None:
        """Of no use after all: `loop` starts the command anew, cold."""
        self._write([f"doubt\t{name.partition('.')[0]}\t{why}" for name in names])
        os._exit(DOUBT)

    def _told(self) -> None:
        """Say what was imported besides: the next one may have it ready."""
        lines = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name in STANDING or not isinstance(file, str) or not self._ground.third(file):
                continue
            own = getattr(getattr(module, "__spec__", None), "name", "") == name
            if own and name.partition(".")[0] not in self._loading.rewritten:
                lines.append(f"new\t{name}")
        self._write([*lines, "end"])

    def _write(self, lines: list[str]) -> None:
        try:
            with open(self._order["report"], "a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in lines))
        except OSError:
            return


def _look_again() -> None:
    """Let the finders forget which files there were, as importlib.invalidate_caches() would.

    That imports importlib.metadata, from Python 3.12 on: the command may not have.
    """
    metadata: Any = STANDING.get("importlib.metadata")
    finders = [
        *sys.path_importer_cache.values(),
        *([metadata.MetadataPathFinder()] if metadata else ()),
    ]
    for finder in finders:
        getattr(finder, "invalidate_caches", lambda: None)()


def _parts(name: str) -> list[str]:
    """A module's packages, from the outermost, and itself."""
    words = name.split(".")
    return [".".join(words[: count + 1]) for count in range(len(words))]


def _forget() -> None:
    """What was imported for us alone is ours alone: the command has to import its own."""
    for name in [name for name in sys.modules if name not in STANDING]:
        above, _, last = name.rpartition(".")
        if above in STANDING:
            vars(STANDING[above]).pop(last, None)
        del sys.modules[name]


class _Quiet:
    """Output that goes nowhere: under pytest, too, an import does not see the terminal."""

    def __init__(self) -> None:
        _flush()
        self._kept = [os.dup(1), os.dup(2)]
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        os.close(null)

    def over(self) -> None:
        _flush()
        for descriptor, kept in zip((1, 2), self._kept):  # noqa: B905 - Python 3.9 has no strict
            os.dup2(kept, descriptor)
            os.close(kept)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _short(spare: int) -> bool:
    """Whether less memory is left than is to stay free."""
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            found = next(line for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return False
    return int(found.split()[1]) * 1024 < spare


def main() -> None:
    if sys.implementation.name != "cpython" or sys.version_info < _OLDEST:
        sys.exit("a Python that cannot be kept warm")
    if not become.safe():
        sys.path_importer_cache.pop(sys.path.pop(0), None)
    talk = Talk(int(sys.argv[1]))
    try:
        order = talk.hear(_LOOK)
        standby = Standby(talk, order) if order else None
        told = standby.wait() if standby and standby.load() else None
    except (EOFError, OSError):
        # Nobody waits for us any more.
        os._exit(0)
    if standby and told:
        standby.become(told)


if __name__ == "__main__":
    main()
