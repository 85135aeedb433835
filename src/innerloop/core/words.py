"""Just enough of the shell's grammar: whether a command needs one, and how to quote in it."""

from __future__ import annotations

import re
from typing import NamedTuple

SPECIAL = frozenset("|&;<>()$`*?[\n")
ESCAPED = frozenset('$`"\\\n')
"""what a backslash escapes between double quotes"""
KEYWORDS = frozenset(
    {"!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "time"}
)
"""after these a command begins"""
CLAUSES = frozenset({"case", "for", "function", "in", "select", "esac"})
"""after these it does not"""
BUILTINS = frozenset(
    ". : alias bg break builtin cd command continue declare eval exec exit export fg getopts hash "  # noqa: SIM905 - reads as words
    "jobs let local popd pushd read readonly return set shift shopt source times trap type "
    "typeset ulimit umask unalias unset wait [[".split()
)
PREFIXES = frozenset({"exec", "command", "builtin", "eval"})
"""builtins that are handed a command"""
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
TOKEN = re.compile(
    r"""(?P<comment>(?<!\S)\#[^\n]*)
    | (?P<begin>\n|;+|&&?|\|\|?|\$?\(|`|\)) | (?P<redirect>[<>]+[|&]?)
    | (?P<word>(?:[^\s;&|()<>`'"\\]|\\.|'[^']*'|"(?:\\.|[^"\\])*"|['"\\])+)""",
    re.VERBOSE | re.DOTALL,
)


class Unbalanced(ValueError):  # noqa: N818 - it is the quote that is unbalanced
    """A quote was opened and never closed."""


def split(text: str) -> tuple[str, ...] | None:
    """Return the words, as a shell splits them; None where only a shell knows what is meant."""
    words: list[str] = []
    start, end = 0, len(text)
    while start < end:
        if text[start] in " \t":
            start += 1
        elif text.startswith("\\\n", start):
            start += 2
        elif text[start] in "#~":
            return None
        else:
            found = _word(text, start)
            if found is None:
                return None
            word, start = found
            words.append(word)
    if words and _shellish(text, words[0]):
        return None
    return tuple(words)


def _shellish(text: str, first: str) -> bool:
    known = first in BUILTINS or first in CLAUSES or (first in KEYWORDS and first != "time")
    return known or ASSIGNMENT.match(text.lstrip()) is not None


def _word(text: str, start: int) -> tuple[str, int] | None:
    """Return one word and where it ends."""
    parts: list[str] = []
    at, end = start, len(text)
    while at < end and text[at] not in " \t":
        char = text[at]
        if char in SPECIAL:
            return None
        if char == "\\":
            escaped = text[at + 1 : at + 2]
            if not escaped:
                return None
            parts.append(escaped.strip("\n"))
            at += 2
        elif char in "'\"":
            close = _close(text, at)
            inner = text[at + 1 : close]
            if char == '"' and _alive(inner):
                return None
            parts.append(inner)
            at = close + 1
        else:
            parts.append(char)
            at += 1
    return "".join(parts), at


def _close(text: str, at: int) -> int:
    """Return where the quote that opens at `at` is closed."""
    quote, close = text[at], at + 1
    while close < len(text) and text[close] != quote:
        close += 2 if text[close] == "\\" and quote == '"' else 1
    if close >= len(text):
        raise Unbalanced(f"the quote {quote} is opened and never closed")
    return close


def _alive(inner: str) -> bool:
    """Whether a shell would do anything to this between double quotes."""
    if "$" in inner or "`" in inner:
        return True
    return any(char == "\\" and inner[i + 1 : i + 2] in ESCAPED for i, char in enumerate(inner))


def programs(text: str) -> tuple[str, ...]:
    """Return the names in command position of a shell's text, then `sh` itself."""
    found: dict[str, None] = {}
    begin, skip = True, False
    for token in TOKEN.finditer(text):
        if token.lastgroup == "begin":
            begin, skip = True, False
        elif token.lastgroup == "redirect":
            skip = True
        elif token.lastgroup == "word":
            word = token.group()
            if skip:
                skip = False
            elif begin and not (word in KEYWORDS or word in PREFIXES or ASSIGNMENT.match(word)):
                begin = word.isdecimal() and text[token.end() : token.end() + 1] in {"<", ">"}
                if not begin and word not in CLAUSES and word not in BUILTINS:
                    found[_bare(word)] = None
    found.pop("", None)
    return (*(found if "sh" not in found else [n for n in found if n != "sh"]), "sh")


def hiding(text: str) -> str:
    """Return the operator behind which a failure goes unseen: `|`, `;` or `&`; or nothing."""
    depth = 0
    structured = False
    for token in TOKEN.finditer(text):
        sign = token.group()
        if token.lastgroup == "word":
            structured = structured or sign in KEYWORDS or sign in CLAUSES
        elif sign.endswith("("):
            depth += 1
        elif sign == ")":
            depth -= 1
        elif token.lastgroup == "begin" and not depth:
            last = not text[token.end() :].strip()
            if sign == "|" or (sign == "&" and last):
                return sign
            if sign in {";", "&"} and not structured and not last:
                return sign
    return ""


def _bare(word: str) -> str:
    """Return the name without its quotes; nothing where it is only known when it runs."""
    try:
        words = split(word)
    except Unbalanced:
        return ""
    return words[0] if words and "{" not in words[0] else ""


class Spot(NamedTuple):
    """How a place in a shell's text is quoted."""

    quote: str
    """`'`, `"` or nothing"""
    ticks: bool
    """it is inside backticks, where backslashes are read twice"""


def spots(text: str, places: list[int]) -> list[Spot]:
    """How each of these places (in order) is quoted."""
    found: list[Spot] = []
    stack = [""]
    at = 0
    for place in places:
        while at < place:
            at = _step(text, at, stack)
        found.append(Spot(stack[-1] if stack[-1] in "'\"" else "", "`" in stack))
    return found


def _step(text: str, at: int, stack: list[str]) -> int:
    char, top = text[at], stack[-1]
    if top == "'":
        if char == "'":
            stack.pop()
        return at + 1
    if char == "\\":
        return at + 2
    if char == "`":
        _toggle(stack, "`")
    elif char == '"':
        _toggle(stack, '"')
    elif char == "(" and (top != '"' or text[at - 1 : at] == "$"):
        stack.append("(")
    elif char == ")" and top == "(":
        stack.pop()
    elif char == "'" and top != '"':
        stack.append("'")
    elif char == "#" and top != '"' and (at == 0 or text[at - 1] in " \t\n;&|("):
        newline = text.find("\n", at)
        return newline if newline > 0 else len(text)
    return at + 1


def _toggle(stack: list[str], mark: str) -> None:
    if stack[-1] == mark:
        stack.pop()
    else:
        stack.append(mark)


UNSAFE = re.compile(r"[^A-Za-z0-9_@%+=:,./-]")


def quote(value: str, spot: Spot = Spot("", ticks=False)) -> str:  # noqa: B008 - it is frozen
    """Return the value so that a shell reads it back whole, at a place quoted like `spot`."""
    if spot.quote == '"':
        said = re.sub(r'([$`"\\])', r"\\\1", value)
    elif spot.quote == "'":
        said = value.replace("'", "'\\''")
    elif value and not UNSAFE.search(value):
        said = value
    else:
        said = "'" + value.replace("'", "'\\''") + "'"
    return re.sub(r"([$`\\])", r"\\\1", said) if spot.ticks else said
