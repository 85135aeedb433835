"""How long a command takes here: run once, in a session of its own, for a minute at most."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time

from innerloop.core.proposal import Measured
from innerloop.system import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from innerloop.core.proposal import Candidate

LIMIT = 60.0
_GRACE = 2.0
_AT_ONCE = 1_000
_TAIL = 4_000
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def measure(
    candidate: Candidate, root: str, environ: Mapping[str, str], limit: float = LIMIT
) -> Measured:
    """Seconds, exit code and last words; however it ends, nothing of it is left running."""
    began = time.monotonic()
    code: int | None = 0
    with tempfile.TemporaryFile() as output:
        for argv in _commands(candidate):
            left = limit - (time.monotonic() - began)
            came = _run(argv, f"{root}/{candidate.cwd}", environ, output=output, limit=left)
            code = came if came is None else code or came
            if code is None:
                break
        return Measured(time.monotonic() - began, code, _last_words(output))


def environment(environ: Mapping[str, str], folder: str) -> dict[str, str]:
    """What a child is given: the project's environment first on PATH, no repository of ours."""
    found = git.without_repository(environ)
    if folder:
        found["PATH"] = f"{folder}/bin{os.pathsep}{found.get('PATH', os.defpath)}"
        if os.path.exists(f"{folder}/pyvenv.cfg"):
            found["VIRTUAL_ENV"] = folder
    return found


def _commands(candidate: Candidate) -> Iterator[list[str]]:
    words = shlex.split(candidate.run)
    if "{changed}" not in words:
        yield words
        return
    place = words.index("{changed}")
    paths = [f"./{path}" for path in candidate.hands]
    for start in range(0, len(paths), _AT_ONCE):
        yield words[:place] + paths[start : start + _AT_ONCE] + words[place + 1 :]


def _run(
    argv: list[str], cwd: str, environ: Mapping[str, str], *, output: IO[bytes], limit: float
) -> int | None:
    """The exit code as a shell would give it; None where the limit ended it."""
    process = None
    try:
        with _undisturbed():
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        code = process.wait(max(limit, 0.1))
    except OSError as error:
        output.write(str(error).encode())
        return 127
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Here after a pass, a timeout and an interrupt alike: what it left behind goes with it.
        if process is not None:
            _end(process)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait: in the midst of a start it would leave a child that nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        for number in heard:
            signal.raise_signal(number)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_GRACE)
    except (subprocess.TimeoutExpired, ProcessLookupError):
        pass
    finally:
        # The kernel does not give the number away again while anybody is left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_words(output: IO[bytes]) -> str:
    """The last line that says something, without colours and rules."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _TAIL))
    lines = _COLOUR.sub("", output.read().decode("utf-8", "replace")).splitlines()
    spoken = (line.strip().strip("=-_ ") for line in reversed(lines))
    return next((line for line in spoken if re.search(r"\w", line)), "")
