"""The way in: the receipt first, then the common road, then the whole command line."""

from __future__ import annotations

import sys


def main(words: list[str] | None = None) -> int:
    """Run one command line; its exit code. May be called again in the same process."""
    words = sys.argv[1:] if words is None else words
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
