from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.system.keys import Keys


def pressed(*pieces: bytes) -> list[str]:
    """The keys that these reads come to, when nothing follows."""
    keys = Keys()
    found = [key for piece in pieces for key in keys.feed(piece)]
    return [*found, *(keys.rest() if keys.begun else ())]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"a", ["a"]),
        (b"Q", ["q"]),
        (b"\r", ["enter"]),
        (b"\n", ["enter"]),
        (b" ?9", ["space", "?", "9"]),
        (b"\x0c\x04", ["ctrl-l", "ctrl-d"]),
        (b"\x7f\t", ["backspace", "tab"]),
        ("é".encode(), ["é"]),
        (b"\xff", ["\ufffd"]),
        (b"\x1b", ["esc"]),
        (b"\x1b\x1b", ["esc", "esc"]),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA\x1bOB", ["up", "down"]),
        (b"\x1b[5~\x1b[6~", ["pageup", "pagedown"]),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~", ["home", "end", "home", "end"]),
        (b"\x1b\x1b[A", ["esc", "up"]),
    ],
)
def test_keys_have_names(data: bytes, keys: list[str]) -> None:
    assert pressed(data) == keys
    assert pressed(*(bytes([byte]) for byte in data)) == keys or data == b"\x1b\x1b"


@pytest.mark.parametrize(
    "data",
    [
        b"\x1ba",  # with Alt
        b"\x1b[1;5A",  # with Ctrl
        b"\x1b[[A",  # a function key of Linux's own console
        b"\x1bOP",
        b"\x1b[I\x1b[O",  # the window is looked at, or not
        b"\x1b[<0;3;4M",  # a mouse
        b"\x1b[12;40R",  # an answer that nobody asked for
        b"\x1b[",  # cut off
    ],
)
def test_what_is_no_key_of_ours_is_none(data: bytes) -> None:
    assert pressed(data) == []
    assert pressed(*(bytes([byte]) for byte in data)) == []
    assert pressed(data, b"n") == (["n"] if data != b"\x1b[" else [])


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_sequence_may_come_in_pieces(cut: int) -> None:
    data = b"p\x1b[6~n"
    assert pressed(data[:cut], data[cut:]) == ["p", "pagedown", "n"]


def test_what_was_cut_off_takes_nothing_with_it() -> None:
    assert pressed(b"\x1b[\x1b[A") == ["up"]
    assert pressed(b"\x1b[" + b"1" * 100, b"a") == ["a"]


@pytest.mark.parametrize("cut", range(1, 25))
def test_what_is_pasted_is_no_keys(cut: int) -> None:
    data = b"n\x1b[200~qad\nfq\x1b[Bz\x1b[201~p"
    assert pressed(data[:cut], data[cut:]) == ["n", "p"]


def test_an_esc_is_told_from_what_begins_with_one_by_what_follows() -> None:
    keys = Keys()
    assert keys.feed(b"\x1b") == []
    assert keys.begun
    assert [keys.rest(), keys.rest()] == [["esc"], []]


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_nothing_that_comes_is_kept_for_ever(pieces: list[bytes]) -> None:
    keys = Keys()
    for piece in pieces:
        keys.feed(piece)
        assert len(keys._left) <= 64
