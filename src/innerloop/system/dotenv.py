"""Environment files: `NAME=value`, a line each."""

from __future__ import annotations

import re

from innerloop.core.errors import LoopError

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*?)\s*\Z", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$", "`": "`"}


def parse(text: str, name: str) -> dict[str, str]:
    """The variables of an environment file. No `$NAME` is expanded in it."""
    found = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            # The line itself may be a secret.
            raise LoopError(f"{name}:{number}: not NAME=value")
        found[match[1]] = _value(match[2], f"{name}:{number}")
    return found


def read(root: str, name: str) -> dict[str, str]:
    """The variables of the file; a file that is not there has none (`.env` rarely is in CI)."""
    try:
        with open(f"{root}/{name}", encoding="utf-8-sig", newline="") as file:
            return parse(file.read(), name)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise LoopError(f"{name} is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise LoopError(f"cannot read {name}: {error.strerror}") from error


def _value(written: str, where: str) -> str:
    text = written.lstrip()
    if text[:1] in {"'", '"'}:
        end = re.match(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", text)
        if end is None:
            raise LoopError(f"{where}: the quote is not closed")
        if not re.match(r"\s*(#|\Z)", text[end.end() :]):
            raise LoopError(f"{where}: something stands behind the closing quote")
        if end[1] is not None:
            return end[1]
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), end[2])
    return re.split(r"\s#", written, maxsplit=1)[0].strip()
