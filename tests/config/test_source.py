"""Files that are no YAML, or too much of it: said with a line and a column, quickly."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from innerloop.config.build import build
from innerloop.config.nodes import Items, Scalar, Table
from innerloop.config.source import parse
from innerloop.core.errors import ConfigError, Problem

QUOTE = "a brace outside quotes begins a mapping"


def wrong(data: bytes | str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        parse("loops.yaml", data.encode() if isinstance(data, str) else data)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def plain(node: object) -> object:
    match node:
        case Scalar(text, _, _):
            return text
        case Items(nodes, _):
            return [plain(item) for item in nodes]
        case Table(entries, _):
            return {key.text: plain(value) for key, value in entries}
    return None


@pytest.mark.parametrize(
    ("data", "at", "message", "hint"),
    [
        ("", (1, 1), "the file is empty", "'loop init' writes one that fits"),
        ("# nothing\n\n", (1, 1), "the file is empty", "'loop init' writes one that fits"),
        ("---\n", (1, 1), "the file is empty", "'loop init' writes one that fits"),
        (
            "- a",
            (1, 1),
            "the top level must be a mapping, such as 'version: 1', not a list",
            "",
        ),
        ("hi", (1, 1), "the top level must be a mapping, such as 'version: 1', not 'hi'", ""),
        ("a:\n\tb: 1", (2, 1), "a tab cannot indent YAML", "use spaces"),
        ("a:\n  b: 1\n \tc: 1", (3, 2), "a tab cannot indent YAML", "use spaces"),
        (
            b"a: 1\nb: \xff\n",
            (2, 4),
            "byte 0xff at offset 8 is not UTF-8",
            "save the file as UTF-8",
        ),
        (
            b"\xef\xbb\xbfa: \xe9",
            (1, 4),
            "byte 0xe9 at offset 6 is not UTF-8",
            "save the file as UTF-8",
        ),
        (
            "a: 1".encode("utf-16"),
            (1, 1),
            "byte 0xff at offset 0 is not UTF-8",
            "save the file as UTF-8",
        ),
        ("a: x\x07", (1, 5), "the character U+0007 is not allowed in YAML", ""),
        ("a: 1\n\x00", (2, 1), "the character U+0000 is not allowed in YAML", ""),
        ("a: 1\nb: \ufeff", (2, 4), "the character U+FEFF is not allowed in YAML", ""),
        (
            "a: 1\n---\nb: 1",
            (2, 1),
            "a second document begins here",
            "one file holds one document",
        ),
        ("a: &x [*x]", (1, 8), "the alias '*x' contains itself", ""),
        ("a: &x {b: {c: *x}}", (1, 15), "the alias '*x' contains itself", ""),
        ("a: *x", (1, 4), "no anchor '&x' before this alias", ""),
        ("a: !foo 1", (1, 4), "the tag '!foo' is not understood", ""),
        ("a: !!python/object:os.system 1", (1, 4), None, ""),
        ("a: [" + "[" * 5000, (1, 44), "nested over 40 deep", ""),
        ("".join(f"{' ' * n}a:\n" for n in range(60)), (41, 41), "nested over 40 deep", ""),
        ("a: [1, 2", (1, 4), None, ""),
        ("a: 1\nb: 'x\n", (2, 4), None, ""),
        ("a: b: c", (1, 5), None, ""),
        ("a: @x", (1, 4), None, ""),
        ("a: 1\n  b: 2", (2, 4), None, ""),
    ],
)
def test_what_is_no_configuration_is_said_with_its_place(
    data: bytes | str, at: tuple[int, int], message: str | None, hint: str
) -> None:
    problem = wrong(data)
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == at
    assert problem.message == message or (message is None and problem.message)
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("line", "column", "hint"),
    [
        (
            "lint: {run: ruff check {changed}, cycle: 1s}",
            24,
            'quote it: run: "ruff check {changed}"',
        ),
        ("lint: {run: a {out}/x {files} b}", 15, 'quote it: run: "a {out}/x {files} b"'),
        ("run: {out}/bin", 6, 'quote it: run: "{out}/bin"'),
        ("lint: {cycle: 1s, run: {python} -m a}", 24, 'quote it: run: "{python} -m a"'),
        ("a: [x, y {out} z]", 10, 'quote it: "… {out} …"'),
    ],
)
def test_a_brace_outside_quotes_is_explained(line: str, column: int, hint: str) -> None:
    problem = wrong(f"version: 1\n{line}\n")
    assert problem.message == QUOTE
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (2, column)
    assert line[column - 1 :][: problem.where.width].startswith("{")
    assert line[column - 1 :][: problem.where.width].endswith("}")
    assert problem.hint == hint


def test_a_key_written_twice_names_both_lines() -> None:
    page = parse("loops.yaml", b"a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\n")
    assert [(p.message, p.hint, p.where and p.where.line) for p in page.problems] == [
        ("duplicate key 'c'", "it is on line 3 already", 5),
        ("duplicate key 'a'", "it is on line 1 already", 6),
    ]


def test_a_key_must_be_text() -> None:
    page = parse("loops.yaml", b"{a}: 1\n[b]: 2\n")
    assert [(p.message, p.hint) for p in page.problems] == [
        ("a key must be text, not a mapping", "a brace outside quotes begins a mapping: quote it"),
        ("a key must be text, not a list", ""),
    ]


def test_merge_keys_bring_in_what_is_not_said() -> None:
    text = """
x-a: &a {p: 1, q: 1}
x-b: &b {q: 2, r: 2}
c: {<<: *a, q: 3}
d: {<<: [*a, *b], s: 4}
"<<": text
"""
    page = parse("loops.yaml", text.encode())
    assert page.problems == ()
    found = plain(page.table)
    assert isinstance(found, dict)
    assert found["c"] == {"p": "1", "q": "3"}
    assert found["d"] == {"p": "1", "q": "1", "r": "2", "s": "4"}
    assert found["<<"] == "text"
    assert parse("loops.yaml", b"a: {<<: 1}").problems[0].message == "'<<' merges mappings, not '1'"


def test_texts_stay_as_written_and_know_their_quotes() -> None:
    words = "no on yes 1:30 0o7 1_000 2024-01-01 1e3 ~ .inf"
    table = parse("f", ("a: [" + ", ".join(words.split()) + "]").encode()).table
    assert plain(table) == {"a": words.split()}
    quoted = parse("f", b"a: [x, 'x', \"x\", !!str x]").table.entries[0][1]
    assert isinstance(quoted, Items)
    assert [node.plain for node in quoted.nodes if isinstance(node, Scalar)] == [
        *(True, False, False, False),
    ]


def test_a_byte_order_mark_is_let_by() -> None:
    table = parse("f", b"\xef\xbb\xbfa: 1\n").table
    assert table.entries[0][0].mark == (1, 1, 1)


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    start = time.perf_counter()
    problem = wrong("\n".join(lines))
    assert problem.message == "aliases stand for more than 10000 values"
    assert time.perf_counter() - start < 2


def test_aliases_in_reason_are_welcome() -> None:
    text = "x: &x {a: 1}\n" + "".join(f"k{n}: *x\n" for n in range(1000))
    assert len(parse("f", text.encode()).table.entries) == 1001


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    start = time.perf_counter()
    with pytest.raises(ConfigError) as caught:
        parse("loops.yaml", b"[" * 10_000_000)
    assert time.perf_counter() - start < 0.5
    assert (
        caught.value.problems[0].message == "'loops.yaml' is over 1 MiB: that is no configuration"
    )


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", "a: ", "&a ", "*a ", "!a ", "'", '"', "|\n"]
)
def test_a_megabyte_of_anything_takes_bounded_time(unit: str) -> None:
    start = time.perf_counter()
    data = (unit * (1 << 20))[: 1 << 20].encode()
    with pytest.raises(ConfigError):
        build(data, None)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("name", ["CSafeLoader", "SafeLoader"])
def test_both_parsers_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(yaml, name):
        pytest.skip("this PyYAML has no parser in C")
    monkeypatch.setattr(yaml, "CSafeLoader", getattr(yaml, name))
    page = parse("f", b"a: 'x'\nb: {c: [1, two]}\nd: |\n  e\n  f\ng:\n- h\n")
    assert plain(page.table) == {
        "a": "x",
        "b": {"c": ["1", "two"]},
        "d": "e\nf\n",
        "g": ["h"],
    }
    marks = [value.mark[:2] for _, value in page.table.entries]
    assert marks == [(1, 4), (2, 4), (3, 4), (7, 1)]
    assert page.table.entries[0][1].mark.width == 3
    problem = wrong("lint: {run: ruff {changed}, cycle: 1s}")
    assert problem.hint == 'quote it: run: "ruff {changed}"'
    assert wrong("a: [" + "[" * 5000).message == "nested over 40 deep"
    assert wrong('a: "\\UFFFFFFFF"').message.startswith("this is not YAML: ")


PIECES = st.sampled_from(
    [
        *(
            "version: 1\n",
            "inner:\n",
            "  lint:\n",
            "    run: ",
            "cycle: 1s",
            "{",
            "}",
            "[",
            "]",
            ", ",
        ),
        *(": ", "\n", "  ", "- ", "&a ", "*a", "<<: ", "'", '"', "|", "\t", "{out}", "{out.a}"),
        *("after: ", "#", "x-a: ", "!!str ", "? ", "---\n", "\x00", "é", "null", "files: ", "!"),
        *("../", "%", "@", "`"),
    ]
)


@settings(max_examples=400, deadline=2000)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore")),
        st.lists(PIECES, max_size=25).map(lambda p: "".join(p).encode()),
    )
)
def test_nothing_but_words_comes_of_anything(data: bytes) -> None:
    for main, own in ((data, None), (b"version: 1\ninner: {a: {run: a, cycle: 1s}}", data)):
        try:
            build(main, own)
        except ConfigError as error:
            said = [problem.message for problem in error.problems]
        else:
            continue
        assert said
        assert all(said)
