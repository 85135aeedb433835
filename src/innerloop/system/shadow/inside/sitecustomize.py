"""Found by every Python of a walk in the shadow: says what is imported from the work tree."""

import os
import sys


def _watch() -> None:
    report = os.environ.get("LOOP_SHADOW_REPORT")
    homes = tuple(filter(None, os.environ.get("LOOP_SHADOW_HOMES", "").split(os.pathsep)))
    spared = tuple(filter(None, os.environ.get("LOOP_SHADOW_SPARED", "").split(os.pathsep)))
    if not report or not homes:
        return
    told: list = []  # type: ignore[type-arg]  # no typing here

    def hear(event: str, args: tuple) -> None:  # type: ignore[type-arg]  # likewise
        if event == "open":
            path = args[0]
        elif event == "import":
            path = args[1]
        else:
            return
        if told or not isinstance(path, str) or not path.endswith((".py", ".pyc", ".so")):
            return
        if path.startswith(homes) and not path.startswith(spared):
            told.append(path)
            try:
                descriptor = os.open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                os.write(descriptor, path.encode("utf-8", "surrogateescape") + b"\n")
                os.close(descriptor)
            except OSError:
                pass  # the walk is over, and nobody reads it

    sys.addaudithook(hear)


def _next() -> None:
    """The one that would have been found without us."""
    from importlib.machinery import PathFinder  # noqa: PLC0415 - as late as may be
    from importlib.util import module_from_spec  # noqa: PLC0415 - likewise

    here = os.path.dirname(os.path.abspath(__file__))
    rest = [one for one in sys.path if os.path.abspath(one) != here]
    found = PathFinder.find_spec("sitecustomize", rest)
    if found is not None and found.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(found)
        found.loader.exec_module(module)


_watch()
_next()
