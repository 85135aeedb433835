"""The way in: the receipt first, then the common road, then the whole command line."""

from __future__ import annotations

import os
import sys


def main(words: list[str] | None = None) -> int:
    """Run one command line; its exit code. May be called again in the same process."""
    words = sys.argv[1:] if words is None else words
    try:
        _streams()
        return _answered(words)
    except KeyboardInterrupt:
        return 130


def _streams() -> None:
    """Give a closed stdout or stderr somewhere to go: what is not heard is no failure."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - ours till the end


def _answered(words: list[str]) -> int:
    if words == ["--version"]:
        from innerloop import __version__  # noqa: PLC0415 - nothing more than needed

        print(f"innerloop {__version__}")
        return 0
    from innerloop.receipt import answer  # noqa: PLC0415 - as above

    answered = answer(words)
    if answered is not None:
        return answered
    from innerloop.cli.boundary import run  # noqa: PLC0415 - only where there is no receipt

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
