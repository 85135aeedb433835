"""From proposed loops, and what came of measuring them, to the text of a loops.yaml."""

from __future__ import annotations

import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADER = """\
# The loops of this project, the fastest first: `loop inner` walks them and stops at the first
# failure; what has passed stays passed until its inputs change. `loop plan` shows what would run,
# and why. Written by `loop init`, yours to change: `loop check --schema` has every key.
version: 1

inner:
"""

_LADDER = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_GENEROUS = 1.25
_LIMIT = 60
_INSTANT = 0.1
_WIDTH = 96
_NOTHING_COLLECTED = 5


class Candidate(NamedTuple):
    """A loop that could be written."""

    name: str
    run: str
    kind: str
    """`lint`, `imports`, `format`, `typecheck`, `test` or `other`"""
    why: str
    """a clause that says where it was found"""
    guess: float
    """seconds"""
    fix: str = ""
    debug: str = ""
    files: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    cwd: str = ""
    hands: tuple[str, ...] = ()
    """the paths that `{changed}` stands for at first"""
    commented: bool = False


class Proposal(NamedTuple):
    """Every loop worth writing, and what else the reader should know."""

    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()

    @property
    def measurable(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if not one.commented)


class Measured(NamedTuple):
    """What came of running a candidate once."""

    seconds: float
    exit_code: int | None
    """None: it was ended after a minute"""
    said: str = ""
    """the last line of its output"""

    @property
    def passed(self) -> bool:
        return self.exit_code == 0


class Written(NamedTuple):
    """A loop as it stands in the file: for the table that is shown at the end."""

    name: str
    cycle: str
    came: str
    """`passed in 0.1 s`, `failed`, `not measured`"""


def quoted(text: str) -> str:
    """A YAML scalar that reads back as exactly this text, as plain as is safe."""
    if _PLAIN(text) and not _SPECIAL(text):
        return text
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


# Colons, braces and `#` are left out though most of them could stand: nobody should have to
# know when. So is all that is not ASCII, and whatever a YAML 1.1 reader takes for a number.
_PLAIN = re.compile(
    r"""[A-Za-z_./](?:[\w./=+,@"' ()$;|&<>*^~-]*[\w./=+")*'-])?""", re.ASCII
).fullmatch
_SPECIAL = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|none|~|\.inf|\.nan|=)|[-+.]?[\d_.][\d_.e+-]*|\.+",
).fullmatch


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if code > 0xFFFF:  # noqa: PLR2004 - what four digits can say
        return f"\\U{code:08x}"
    return f"\\u{code:04x}"


def rounded(seconds: float) -> float:
    """A cycle that leaves room: the next of 1 s, 2 s, 5 s, ... above what was measured."""
    room = seconds * _GENEROUS
    return next((float(step) for step in _LADDER if room <= step), float(_LADDER[-1]))


def duration(seconds: float) -> str:
    """`500ms`, `10s`, `2m`: the largest unit that leaves a whole number."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))}ms"
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def cycle(candidate: Candidate, measured: Measured | None) -> float:
    """Seconds one cycle takes when all is well: a failure may have ended before its time."""
    if measured is None:
        return candidate.guess
    if measured.exit_code is None:
        return 2.0 * _LIMIT
    if measured.passed:
        return rounded(measured.seconds)
    return max(rounded(measured.seconds), candidate.guess)


def guessed(measured: Measured | None) -> bool:
    """Whether the cycle is a guess: nobody has seen it end as it does when all is well."""
    return measured is None or measured.exit_code not in {0, None}


def _said(candidate: Candidate, measured: Measured | None) -> str:
    return "~" * guessed(measured) + duration(cycle(candidate, measured))


def write(proposal: Proposal, measured: Mapping[str, Measured]) -> str:
    """The text of a loops.yaml: what runs, the fastest first, then guesses, commented out."""
    active = [one for one in proposal.candidates if not commented(one, measured)]
    active.sort(key=lambda one: cycle(one, measured.get(one.name)))
    blocks = ["\n".join(_active(one, measured.get(one.name))) for one in active]
    guesses = [one for one in proposal.candidates if commented(one, measured)]
    if guesses:
        blocks.append("  # Found, and not run: take away the `# ` before those that you want.")
        blocks += ["\n".join(_guess(one, measured.get(one.name))) for one in guesses]
    blocks += ["\n".join(_comment(note)) for note in proposal.notes]
    return HEADER + "\n\n".join(blocks) + "\n"


def commented(candidate: Candidate, measured: Mapping[str, Measured]) -> bool:
    """Whether it is only offered: a guess, or a second kind of tests that turned out empty."""
    came = measured.get(candidate.name)
    empty = came is not None and came.exit_code == _NOTHING_COLLECTED
    return candidate.commented or (empty and candidate.kind == "test" and candidate.name != "unit")


def table(proposal: Proposal, measured: Mapping[str, Measured]) -> tuple[Written, ...]:
    """The active loops in the order of the file."""
    active = [one for one in proposal.candidates if not commented(one, measured)]
    active.sort(key=lambda one: cycle(one, measured.get(one.name)))
    return tuple(_row(one, measured.get(one.name)) for one in active)


def _row(candidate: Candidate, measured: Measured | None) -> Written:
    came = outcome(measured)
    if measured is not None and measured.exit_code and measured.said:
        came += f": {measured.said}"
    return Written(candidate.name, _said(candidate, measured), came)


def outcome(measured: Measured | None) -> str:
    """What came of it, as a phrase."""
    if measured is None:
        return "not measured"
    if measured.exit_code is None:
        return "took longer than a minute, and was ended"
    took = f"{measured.seconds:.1f} s" if measured.seconds >= _INSTANT else "under 0.1 s"
    if measured.passed:
        return f"passed in {took}"
    if measured.exit_code == _NOTHING_COLLECTED:
        return f"found nothing to test in {took} (exit 5)"
    return f"failed in {took} (exit {measured.exit_code})"


def _active(candidate: Candidate, measured: Measured | None) -> Iterator[str]:
    came = outcome(measured)
    note = "cycle is a guess" if measured is None else f"here, it {came}"
    yield from _comment(f"{candidate.why}; {note}")
    for line in _loop(candidate, measured):
        yield f"  {line}"


def _guess(candidate: Candidate, measured: Measured | None) -> Iterator[str]:
    came = "cycle is a guess" if measured is None else outcome(measured)
    # Two of them: what stays a comment when an editor takes away one.
    yield from _comment(f"{candidate.why}; {came}", "  ##")
    for line in _loop(candidate, measured):
        yield f"  # {line}"


def _comment(text: str, start: str = "  #") -> Iterator[str]:
    """Comment lines that fit a screen."""
    line = start
    for word in "".join(one if one.isprintable() else " " for one in text).split():
        if len(line) + len(word) > _WIDTH and line != start:
            yield line
            line = start
        line += f" {word}"
    yield line


def _loop(candidate: Candidate, measured: Measured | None) -> Iterator[str]:
    yield f"{candidate.name}:"
    yield f"  run: {quoted(candidate.run)}"
    for key, text in (("fix", candidate.fix), ("debug", candidate.debug)):
        if text:
            yield f"  {key}: {quoted(text)}"
    for key, texts in (
        ("files", candidate.files),
        ("inputs", candidate.inputs),
        ("outputs", candidate.outputs),
        ("after", candidate.after),
    ):
        if texts:
            yield f"  {key}: [{', '.join(_item(text) for text in texts)}]"
    if candidate.cwd:
        yield f"  cwd: {quoted(candidate.cwd)}"
    note = "  # a guess, until it has passed here" if guessed(measured) else ""
    yield f"  cycle: {_said(candidate, measured)}{note}"


def _item(text: str) -> str:
    """A scalar inside brackets, where a comma would end a plain one."""
    plain = re.fullmatch(r"[\w./-]+", text, re.ASCII) and quoted(text) == text
    return text if plain else '"' + "".join(_escaped(one) for one in text) + '"'
