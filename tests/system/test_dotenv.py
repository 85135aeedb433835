from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system.dotenv import parse, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("  A = 1  ", "1"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A=   ", ""),
        ("A=one two", "one two"),
        ("A=x=y", "x=y"),
        ("A=1 # said", "1"),
        ("A=   # only said", ""),
        ("A=#fff", "#fff"),
        ("A=a#b", "a#b"),
        ("A='one # two'", "one # two"),
        ("A='it is \\n raw $B'", "it is \\n raw $B"),
        ('A="one\\ntwo\\t$B \\"x\\" \\\\ \\q"', 'one\ntwo\t$B "x" \\ \\q'),
        ("A='x' # said", "x"),
        ('A=  "x"', "x"),
        ("A=$HOME", "$HOME"),
        ("A=æ✓", "æ✓"),
    ],
)
def test_a_line(line: str, value: str) -> None:
    assert parse(line, ".env") == {"A": value}


def test_comments_blank_lines_and_the_last_one_counts() -> None:
    text = "# first\n\n  # second\nA=1\r\nB=2\nA=3\n"

    assert parse(text, ".env") == {"A": "3", "B": "2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nnot a line", r"\.env:2: not NAME=value"),
        ("1A=2", r"\.env:1: not NAME=value"),
        ("A-B=2", r"\.env:1:"),
        ("A='x", r"\.env:1: the quote is not closed"),
        ('A="x\\"', r"\.env:1: the quote is not closed"),
        ("A='x'y", r"\.env:1: something stands behind the closing quote"),
        ('B=1\n\nA="x" "y"', r"\.env:3: something stands behind the closing quote"),
    ],
)
def test_what_is_no_line_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(LoopError, match=said):
        parse(text, ".env")


@pytest.mark.parametrize("text", ["hunter2 is it", "A='hunter2", "A='x' hunter2", "hunter-2=A"])
def test_what_may_be_a_secret_is_not_said(text: str) -> None:
    with pytest.raises(LoopError) as caught:
        parse(text, ".env")

    assert "hunter" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r"])
def test_only_an_end_of_line_ends_a_line(char: str) -> None:
    assert parse(f"A='x{char}B=1'\r\nC=2\n", ".env") == {"A": f"x{char}B=1", "C": "2"}
    assert parse(f"A=x{char}B=1", ".env") == {"A": f"x{char}B=1"}


def test_a_file_is_read_whatever_its_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=\xc3\xa6\r\n")

    assert read(str(tmp_path), ".env") == {"A": "æ"}


def test_a_lone_carriage_return_in_a_file_ends_no_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A='x\ry'\r\nB=2\n")

    assert read(str(tmp_path), ".env") == {"A": "x\ry", "B": "2"}


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read(str(tmp_path), ".env") == {}


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / "latin").write_bytes(b"A=caf\xe9\n")

    with pytest.raises(LoopError, match=r"cannot read \.env: Is a directory"):
        read(str(tmp_path), ".env")
    with pytest.raises(LoopError, match=r"latin is not UTF-8 \(byte 5\)"):
        read(str(tmp_path), "latin")
