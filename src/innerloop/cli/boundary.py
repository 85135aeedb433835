"""The one boundary: what went wrong becomes words and an exit code here, and nowhere else."""

from __future__ import annotations

import os
import sys

from innerloop.core.errors import ExitCode, LoopError


def run(words: list[str]) -> int:
    """Carry out a command line; never raises."""
    here = ""
    try:
        here = _here()
        return _dispatch(words)
    except LoopError as error:
        return _mended(error)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; the interpreter must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the boundary
        return _bug(error, words)
    finally:
        # What ran may have taken the folder away.
        if os.path.isdir(here):
            os.chdir(here)


def _here() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise LoopError("the folder you are in is gone", "cd to one that is there") from error


def _dispatch(words: list[str]) -> int:
    words = _moved(words)
    if words[:1] == ["inner"] and not any(word.startswith("-") for word in words):
        from innerloop.cli.inner import Flags, inner  # noqa: PLC0415 - the common road

        return inner(Flags(names=tuple(words[1:])), words)
    if words[:2] == ["hook", "run"] and words[2:] and not words[2].startswith("-"):
        from innerloop.cli.called import run as called  # noqa: PLC0415 - the road of every commit

        return called(words[2], words[3:])
    if words in (["outer", "status"], ["outer", "status", "--json"]):
        from innerloop.cli.outer_status import status  # noqa: PLC0415 - asked again and again

        return status("", as_json=len(words) > 2)  # noqa: PLR2004 - there is one more word
    from innerloop.cli.app import command  # noqa: PLC0415 - typer takes 80 ms

    return command(words)


def _moved(words: list[str]) -> list[str]:
    """Go where `-C DIR` says, wherever before `--` it stands; the other words."""
    end = words.index("--") if "--" in words else len(words)
    for at, word in enumerate(words[:end]):
        if word == "-C":
            if at + 1 >= end:
                raise LoopError("-C needs a folder", "loop -C path/to/project inner")
            _go(words[at + 1])
            return _moved([*words[:at], *words[at + 2 :]])
    return words


def _go(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise LoopError(f"cannot go to {folder!r}: {error.strerror}") from error


def _mended(error: LoopError) -> int:
    from innerloop.views.problems import explain  # noqa: PLC0415 - only for mistakes

    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    print(explain(error, colour=colour), file=sys.stderr)
    return ExitCode.USAGE


def _bug(error: Exception, words: list[str]) -> int:
    import platform  # noqa: PLC0415 - only for bugs
    import traceback  # noqa: PLC0415 - likewise

    from innerloop import __version__  # noqa: PLC0415 - likewise

    trace = "".join(traceback.format_exception(error))
    print(
        f"error: this is a bug in loop: {type(error).__name__}: {error}\n\n"
        "please report it with what stands below:\n\n"
        f"```\nloop {' '.join(words)}\n"
        f"innerloop {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
        f"{trace}```",
        file=sys.stderr,
    )
    return ExitCode.BUG
