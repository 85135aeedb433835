from __future__ import annotations

import sys
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.sieve import Sieve, _likelihood

TEXTS = st.lists(
    st.text(alphabet="abc", min_size=4, max_size=9).map(str.encode)
    | st.text(alphabet="]^-\\[&~|a", min_size=3).map(lambda text: text.encode("utf-16-le"))
    | st.binary(min_size=4, max_size=80)
    # To UTF-16, halves of a character, and whole ones.
    | st.lists(st.sampled_from([b"=\xd8", b"\0\xdc", b"\xd8", b"a"]), min_size=4).map(b"".join),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("step", [sys.maxsize, 16, 2])
@given(TEXTS, st.data())
def test_it_finds_what_is_there_and_nothing_else(
    step: int, texts: list[bytes], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("innerloop.core.sieve._LOOKS", {step: 0.0})
        sieve = Sieve(texts)
    parts = st.sampled_from(texts) | st.binary(max_size=5) | st.sampled_from([b"ab", b"=\xd8"])
    said = data.draw(st.lists(parts, max_size=9).map(b"".join))

    found = sieve.found(said)

    assert set(found) == {text for text in texts if text in said}
    assert list(found) == sorted(found, key=len, reverse=True)
    assert len(found) == len(set(found))


def several(count: int, size: int) -> list[bytes]:
    """Texts that have little in common, alike in every run."""
    return [sha256(bytes((n,))).hexdigest()[:size].encode() for n in range(count)]


@pytest.mark.parametrize(
    ("count", "size", "step"), [(3, 40, sys.maxsize), (60, 19, 16), (60, 18, 2)]
)
def test_it_looks_as_is_cheapest(count: int, size: int, step: int) -> None:
    texts = several(count, size)
    sieve = Sieve(texts)

    assert sieve._step == step
    assert len(sieve._each) == (count if step == sys.maxsize else 0)
    for before in range(33):
        data = b"-" * before + texts[2] + texts[1]
        assert set(sieve.found(data)) == {texts[1], texts[2]}


def test_a_short_one_beside_many_long_ones_is_looked_for_by_itself() -> None:
    sieve = Sieve([*several(40, 64), b"short"])

    assert sieve._step == 16
    assert sieve._each == {b"short"}
    assert sieve.found(b"-short-") == (b"short",)


def test_of_four_bytes_each_is_looked_for_by_itself() -> None:
    texts = [f"{n:04d}".encode() for n in range(200)]
    sieve = Sieve(texts)

    for before in range(3):
        assert sieve.found(b"-" * before + texts[7]) == (texts[7],)
    assert sieve.found(b"-000-") == ()


def test_one_that_begins_another_is_found_without_it() -> None:
    sieve = Sieve([b"abcd", b"abcdef"])

    assert sieve.found(b"abcde") == (b"abcd",)
    assert sieve.found(b"abcdef") == (b"abcdef", b"abcd")


def test_of_none_nothing_is_found() -> None:
    assert Sieve([]).found(b"anything") == ()


def test_the_four_bytes_that_are_looked_for_are_rare_ones() -> None:
    assert _likelihood(b" Zq7") < _likelihood(b"ther")
    assert _likelihood(b"ther") < _likelihood(b"AAAA")
