"""From the bytes that a terminal sends to the keys that were pressed."""

from __future__ import annotations

import codecs
import re

_NAMES = {
    "\r": "enter",
    "\n": "enter",
    " ": "space",
    "\t": "tab",
    "\x7f": "backspace",
    "\b": "backspace",
}
_SEQUENCES = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "H": "home",
    "F": "end",
    "M": "enter",
    "1~": "home",
    "7~": "home",
    "4~": "end",
    "8~": "end",
    "5~": "pageup",
    "6~": "pagedown",
}
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
_WHOLE = re.compile(
    r"\x1b(?=\x1b)"  # before another one, it is a key
    r"|\x1b\[\[?+[0-?]*[ -/]*[@-~]|\x1bO[0-9;]*[A-Za-z]"
    r"|\x1b[\[O][^\x1b]*(?=\x1b)"  # cut off
    r"|\x1b[^\x1b\[O]|[^\x1b]"
)
_LONGEST = 64
"""characters of a sequence; what is longer is none"""
_FIRST_PRINTED = " "


class Keys:
    """Fed bytes as they come, in pieces of any size; gives keys as soon as they are whole."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._left = ""
        self._pasting = False

    @property
    def begun(self) -> bool:
        """Whether there is an Esc that may be a key, or the beginning of one."""
        return bool(self._left) and not self._pasting

    def feed(self, data: bytes) -> list[str]:
        self._left += self._decoder.decode(data)
        found = []
        while self._left:
            if self._pasting and not self._skipped():
                break
            match = _WHOLE.match(self._left)
            if match is None:
                break
            self._left = self._left[match.end() :]
            if match[0] == _PASTE:
                self._pasting = True
            elif key := _named(match[0]):
                found.append(key)
        if not self._pasting and len(self._left) > _LONGEST:
            self._left = ""
        return found

    def rest(self) -> list[str]:
        """What it has come to, as nothing more follows: an Esc alone is that key."""
        left, self._left = self._left, ""
        return ["esc"] if left == "\x1b" else []

    def _skipped(self) -> bool:
        """Throw away what was pasted; whether that was all of it."""
        before, end, after = self._left.partition(_PASTED)
        self._left = after if end else before[-len(_PASTED) :]
        self._pasting = not end
        return bool(self._left and end)


def _named(text: str) -> str:
    """The key's name; empty for what has none."""
    if text == "\x1b":
        return "esc"
    if text.startswith(("\x1b[", "\x1bO")):
        return _SEQUENCES.get(text[2:], "")
    if text.startswith("\x1b"):
        return ""  # with Alt, which nothing is called by
    if text in _NAMES:
        return _NAMES[text]
    if text < _FIRST_PRINTED:
        return f"ctrl-{chr(ord(text) + 64).lower()}"
    return text.lower() if text.isprintable() else ""
