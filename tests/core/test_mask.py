from __future__ import annotations

import base64
import json
import random
import string
import sys
import urllib.parse
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.command import parse
from innerloop.core.events import LoopFinished, LoopOutput, WalkStarted, Warned
from innerloop.core.mask import LEAST, Mask, Stream, covered, forms, long_enough
from innerloop.core.model import Action, Loop, Outcome, Plan, Result, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = 'hunter2/pa ss"w%rd+é'
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"


def streamed(mask: Mask, pieces: Iterable[bytes]) -> bytes:
    stream = Stream(mask)
    return b"".join([*(bytes(stream.feed(piece)) for piece in pieces), stream.flush()])


def whole(mask: Mask, data: bytes) -> bytes:
    """What the mask promises, said as simply as it can be."""
    covers = [
        (at, at + len(form))
        for form in mask.forms
        for at in range(len(data))
        if data.startswith(form, at)
    ]
    shown, at, reached = b"", 0, 0
    for start, stop in sorted(covers):
        if start >= reached:
            shown += data[at:start] + b"***"
        reached = at = max(reached, stop)
    return shown + data[at:]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


# Few letters, so that secrets overlap, begin one another and begin again inside of themselves.
FEW = st.text(alphabet="ab\n", min_size=LEAST, max_size=9)
# What regular expressions, URLs, JSON, shells and UTF-16 take for something else; and our stars.
ODD = st.text(alphabet="a*.+?^$()[]{}|\\/'\" %&\t\n\0é\udcd8\udcff🔑", min_size=LEAST, max_size=12)
TOKENS = st.text(alphabet=string.ascii_letters + string.digits, min_size=LEAST, max_size=90)
VALUES = st.lists(FEW | ODD | TOKENS, min_size=1, max_size=9)
CUTS = st.lists(st.integers(0, 400), max_size=12)
LOOKS = pytest.mark.parametrize("step", [sys.maxsize, 16, 2])


def mask_of(values: Iterable[str], step: int) -> Mask:
    """One that looks at every so manieth byte for whatever is long enough to be found so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("innerloop.core.sieve._LOOKS", {step: 0.0})
        return Mask(values)


def texts(mask: Mask) -> st.SearchStrategy[bytes]:
    """Forms of secrets, whole and in part, on end and among others."""
    form = st.sampled_from([*mask.forms, b"***", b"ab", b"\n", b"\xd8"])
    cut = st.tuples(form, st.integers(1, 8))
    beginnings = cut.map(lambda it: it[0][: -it[1]])
    ends = cut.map(lambda it: it[0][it[1] :])
    parts = form | beginnings | ends | st.binary(max_size=4) | st.sampled_from([b"a", b"b"])
    return st.lists(parts, max_size=14).map(b"".join)


@LOOKS
@given(VALUES, st.data())
def test_however_it_comes_it_is_masked_as_a_whole(
    step: int, values: list[str], data: st.DataObject
) -> None:
    mask = mask_of(values, step)
    text = data.draw(texts(mask))
    shown = whole(mask, text)

    assert streamed(mask, pieces(text, data.draw(CUTS))) == shown
    assert streamed(mask, bytewise(text)) == shown
    assert streamed(mask, [text]) == shown
    if not any(b"*" in form for form in mask.forms):
        assert not [form for form in mask.forms if form in shown]


AWKWARD = (
    "hunter2",
    "p@$$ (w)[o]rd.*+?^|\\",
    'say "it\'s" 100% / secret',
    "the-beginning-of-one",
    "the-beginning-of-one-and-more",
    "and-more-of-the-other",
    "aaaaaaaa",
    "tōken-with-ünïcode-🔑",
    KEY,
)


@LOOKS
def test_each_form_of_an_awkward_one_is_covered_wherever_it_is_split(step: int) -> None:
    mask = mask_of(AWKWARD, step)
    for form in mask.forms:
        for before in (b"<", b"<<"):
            text = before + form + b">"
            shown = whole(mask, text)
            assert b"***" in shown
            for at in range(len(text) + 1):
                assert streamed(mask, [text[:at], text[at:]]) == shown


@LOOKS
@pytest.mark.parametrize("size", [1_000, 100_000])
def test_a_few_secrets_in_much_text_and_nothing_else_is_changed(step: int, size: int) -> None:
    some = random.Random(8)
    values = ["".join(some.choices(string.ascii_letters, k=k)) for k in range(8, 28)]
    mask = mask_of(values, step)
    words = "".join(some.choices(string.ascii_letters + " \n", k=size))
    places = sorted(some.sample(range(size), 40))
    said = [words[start:stop] for start, stop in pairwise([0, *places, size])]
    secrets = [*some.choices(values, k=len(said) - 1), ""]
    text = "".join(word + secret for word, secret in zip(said, secrets, strict=True)).encode()

    shown = streamed(mask, pieces(text, some.sample(range(size), 30)))

    assert shown == "***".join(said).encode()


@given(st.text(min_size=LEAST, max_size=40).filter(long_enough), st.binary(max_size=5), CUTS)
def test_no_form_of_any_secret_is_left(value: str, before: bytes, cuts: list[int]) -> None:
    try:
        plain = value.encode()
    except UnicodeEncodeError:
        return  # no variable can hold it
    mask = Mask([value])
    for form in (
        plain,
        base64.b64encode(plain),
        base64.urlsafe_b64encode(plain),
        urllib.parse.quote(value, safe="").encode(),
        urllib.parse.quote_plus(value).encode(),
        urllib.parse.quote(value).encode(),
        json.dumps(value)[1:-1].encode(),
        json.dumps(value, ensure_ascii=False)[1:-1].encode(),
        repr(value)[1:-1].encode(),
    ):
        shown = streamed(mask, pieces(before + b"<" + form + b">", cuts))
        if b"*" not in form + before:
            assert form not in shown
        assert b"***" in shown


@given(st.text(alphabet="abcdefgh123", min_size=6, max_size=40), st.binary(max_size=12))
def test_base64_of_something_with_a_secret_in_it(value: str, before: bytes) -> None:
    data = base64.b64encode(before + value.encode() + b"tail")
    shown = Mask([value]).text(data.decode()).encode()

    assert b"***" in shown
    # What is left of it on either side is less than a character's worth.
    start = -(-8 * len(before) // 6)
    stop = (8 * len(before) + 8 * len(value)) // 6
    assert data[start:stop] not in shown


def test_what_may_be_a_beginning_is_held_back_and_nothing_else() -> None:
    stream = Stream(Mask(["abcdef"]))

    assert stream.feed(b"xyz") == b"xyz"
    assert stream.feed(b"xyzab") == b"xyz"
    assert stream.feed(b"cde") == b""
    assert stream.feed(b"-") == b"abcde-"
    assert stream.feed(b"abcde") == b""
    assert stream.feed(b"f!") == b"***!"
    assert stream.feed(b"abc") == b""
    assert stream.flush() == b"abc"


def test_what_has_no_secret_in_it_is_handed_on_as_it_came() -> None:
    chunk = memoryview(b"x" * 1000)

    assert Stream(Mask(["abcdef"])).feed(chunk) is chunk


def test_memory_stays_bounded_where_a_secret_goes_on_for_ever() -> None:
    stream = Stream(Mask(["aaaa"]))
    shown = [bytes(stream.feed(b"a" * 1000)) for _ in range(50)]

    assert b"".join(shown) == b"***"
    assert len(stream._held) < LEAST
    assert stream.flush() == b""


def test_one_that_is_the_beginning_of_another() -> None:
    mask = Mask(["abcd", "abcdef"])

    assert mask.text("abcdef abcd abcde") == "*** *** ***e"


def test_two_that_overlap_are_covered_as_one() -> None:
    assert Mask(["abcd", "cdef"]).text("xabcdefx") == "x***x"
    assert Mask(["abcd", "defg"]).text("abcdefg") == "***"
    assert Mask(["abab"]).text("ababab") == "***"
    assert Mask(["aaaa"]).text("aaaaa") == "***"
    assert Mask(["abca"]).text("abcabca") == "***"
    assert Mask(["abcd"]).text("abcdabcd") == "******"


def test_stars_of_ours_are_taken_for_nobodys_secret() -> None:
    assert Mask(["***y", "abcde"]).text("abcdey ***y") == "***y ***"


def test_of_several_lines_each_is_covered_and_all_together() -> None:
    mask = Mask([KEY])

    assert mask.text(KEY) == "***"
    prefixed = "".join(f"log: {line}\n" for line in KEY.splitlines())
    assert mask.text(prefixed) == "log: ***\n" * 4
    assert mask.text(KEY.replace("\n", "\r\n")) == "***\r\n"
    assert "MIIE" not in mask.text(json.dumps({"key": KEY}))


def test_long_base64_is_covered_though_it_is_wrapped() -> None:
    value = "0123456789abcdefghij" * 10

    wrapped = base64.encodebytes(f"{value}\n".encode()).decode()

    assert set(Mask([value]).text(wrapped)) == {"*", "\n"}


@pytest.mark.parametrize("value", ["", "a", "abc", "  abc \n", "\n\n\n\n"])
def test_what_is_too_short_masks_nothing(value: str) -> None:
    assert not long_enough(value)
    assert not forms(value)
    mask = Mask([value])
    assert not mask
    assert mask.text("a abc\n\n\n\n") == "a abc\n\n\n\n"


def test_short_lines_of_a_long_one_are_left() -> None:
    assert Mask(["a\nb\nlonger"]).text("a b longer") == "a b ***"


def test_bytes_that_are_no_text() -> None:
    value = b"se\xff\xfecret".decode("utf-8", "surrogateescape")

    assert streamed(Mask([value]), [b"x se\xff", b"\xfecret y"]) == b"x *** y"
    assert Mask([value]).text(f"x {value} y") == "x *** y"
    assert Mask(["secret"]).text("\ud800 secret") == "\ud800 ***"


def lines(count: int, size: int) -> list[str]:
    """As many different ones of that length, alike in every run."""
    return ["".join(chr(65 + (n * 7 + k * k) % 26) for k in range(size)) for n in range(count)]


@pytest.mark.parametrize("size", [38, 39, 40, 46, 47, 48, 64])
@pytest.mark.parametrize("before", range(17))
def test_a_key_of_many_lines_is_found_wherever_it_stands(size: int, before: int) -> None:
    key = lines(8, size)
    mask = Mask(["\n".join(key)])

    for line in key:
        for after in (b"", b"-", b"-" * 9):
            data = b"-" * before + line.encode() + after
            assert streamed(mask, [data]) == b"-" * before + b"***" + after


# -- nouns and events ---------------------------------------------------------------------------

LOOP = Loop("hunter2", parse("curl -H hunter2"), 1)
RESULT = Result(
    "hunter2", Outcome.FAILED, "hunter2 is wrong", 1, command="x hunter2", log="hunter2"
)


def test_what_is_said_is_covered_and_what_names_something_is_not() -> None:
    mask = Mask(["hunter2"])

    said = covered(LoopFinished(RESULT._replace(warnings=("a", "hunter2"))), mask)

    assert said.result == RESULT._replace(
        reason="*** is wrong", command="x ***", warnings=("a", "***")
    )
    assert covered(Warned("hunter2", "hunter2"), mask) == Warned("hunter2", "***")
    assert covered(LoopOutput("hunter2", "hunter2"), mask) == LoopOutput("hunter2", "***")


def test_a_plan_is_covered_all_the_way_down() -> None:
    plan = Plan((Step(LOOP, Action.RUN, "hunter2", 1),), held=frozenset({"hunter2"}))
    said = covered(WalkStarted("1", plan, 1), Mask(["hunter2"])).plan

    assert said.steps[0].reason == "***"
    assert said.steps[0].loop.run.text == "curl -H ***"
    assert said.steps[0].loop.name == "hunter2"
    assert said.held == {"hunter2"}
    assert covered(plan, Mask(["nothing"])) is not None


def test_an_outcome_stays_what_it_is() -> None:
    assert covered(RESULT, Mask(["failed"])).outcome is Outcome.FAILED
