"""What a module may change by being imported, beyond being there: compared before and after."""

from __future__ import annotations

import builtins
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def state() -> dict[str, object]:
    """All of it, by the name it is complained of with."""
    logging: Any = sys.modules.get("logging")
    root = getattr(logging, "root", None)
    return {
        "changes the working directory": os.getcwd(),
        "sets a signal handler": tuple(signal.getsignal(one) for one in signal.valid_signals()),
        "sets the locale": _locale(),
        "sets up logging": _logging(root, logging) if root else ([], 30, 0),
        "starts a thread": _threads(),
        "replaces a standard stream": (id(sys.stdin), id(sys.stdout), id(sys.stderr)),
        "replaces a hook": (sys.excepthook, sys.displayhook, sys.unraisablehook),
        "changes the builtins": {name: id(one) for name, one in vars(builtins).items()},
        "traces": (sys.gettrace(), sys.getprofile()),
        "sets the recursion limit": sys.getrecursionlimit(),
        "sets how processes start": _method(),
        "sets the loop policy": getattr(
            sys.modules.get("asyncio.events"), "_event_loop_policy", None
        ),
        "initialises CUDA": _cuda(),
    }


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [name for name, one in before.items() if after[name] != one]


def _logging(root: Any, logging: Any) -> tuple[list[object], int, int]:
    return [*root.handlers], root.level, logging.Logger.manager.disable


def _threads() -> list[int]:
    threading: Any = sys.modules.get("threading")
    main = threading and threading.main_thread()
    return [id(one) for one in threading.enumerate() if one is not main] if threading else []


def _locale() -> object:
    import _locale as module  # noqa: PLC0415 - only what the interpreter has at hand

    return module.setlocale(module.LC_ALL)


def _method() -> object:
    context: Any = sys.modules.get("multiprocessing.context")
    if context is None:
        return None
    return getattr(context._default_context, "_actual_context", None)  # noqa: SLF001 - unasked it is unset


def _cuda() -> bool:
    torch: Any = sys.modules.get("torch")
    try:
        return bool(torch and torch.cuda.is_initialized())
    except Exception:  # noqa: BLE001 - half a torch: whatever it says, it is not CUDA
        return False
