from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.sieve import _CALL, _SHARED, Sieve, _rarest

TEXTS = st.lists(
    st.text(alphabet="abc", min_size=4, max_size=9).map(str.encode)
    | st.text(alphabet="]^-\\[&~|a", min_size=3).map(lambda text: text.encode("utf-16-le"))
    | st.binary(min_size=4, max_size=80)
    # To UTF-16, halves of a character, and whole ones.
    | st.lists(st.sampled_from([b"=\xd8", b"\0\xdc", b"\xd8", b"a"]), min_size=4).map(b"".join),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("shared", [0, 1_000])
@given(TEXTS, st.data())
def test_it_finds_what_is_there_and_nothing_else(
    shared: float, texts: list[bytes], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("innerloop.core.sieve._SHARED", shared)
        sieve = Sieve(texts)
    parts = st.sampled_from(texts) | st.binary(max_size=5) | st.sampled_from([b"ab", b"=\xd8"])
    said = data.draw(st.lists(parts, max_size=9).map(b"".join))

    found = sieve.found(said)

    assert set(found) == {text for text in texts if text in said}
    assert list(found) == sorted(found, key=len, reverse=True)
    assert len(found) == len(set(found))


def test_many_are_looked_for_all_at_once_and_a_few_one_by_one() -> None:
    many = [f"{n:032d}".encode() for n in range(64)]
    few = int(_SHARED / (1 / 32 + _CALL))

    assert not Sieve(many[:few])._fours
    assert Sieve(many)._fours
    assert not Sieve(many)._each
    assert set(Sieve(many).found(b"x" + many[63] + many[0])) == {many[63], many[0]}


def test_of_four_bytes_each_is_looked_for_by_itself() -> None:
    texts = [f"{n:04d}".encode() for n in range(200)]
    sieve = Sieve(texts)

    for before in range(3):
        assert sieve.found(b"-" * before + texts[7]) == (texts[7],)
    assert sieve.found(b"-000-") == ()


def test_of_none_nothing_is_found() -> None:
    assert Sieve([]).found(b"anything") == ()


def test_the_four_bytes_that_are_looked_for_are_rare_ones() -> None:
    assert _rarest(b"there is Zq7X").encode("utf-16-le") == b" Zq7"
    assert _rarest(b"AAAAAAAAthenext!").encode("utf-16-le") == b"ext!"
