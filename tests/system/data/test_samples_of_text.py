"""What a sample promises, of text cut by the standard library."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tabled import of, sampled

from innerloop.core.sampling import ALL, Amount, DataError, DataMovedError, Rule, StoppedError
from innerloop.system.data.cut import Means, cut
from innerloop.system.data.source import Format, Source
from innerloop.system.data.text import by_python

if TYPE_CHECKING:
    from pathlib import Path

ROW = st.tuples(st.sampled_from("abc"), st.sampled_from(["u1", "u2", "u3", "u4", "u5"]))
ROWS = st.lists(ROW, min_size=1, max_size=60)
AMOUNTS = st.one_of(
    st.integers(1, 70).map(Amount), st.integers(1, 999).map(lambda n: Amount(None, str(n / 1000)))
)
KEYED = Rule(key=("id",))


def jsonl(rows: list[tuple[str, str]]) -> bytes:
    lines = [{"id": n, "label": label, "user": user} for n, (label, user) in enumerate(rows)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def piped(data: bytes, format_: Format = Format.JSONL) -> Source:
    return Source((), format_, io.BytesIO(data))


def taken(data: bytes, rule: Rule) -> list[int]:
    return sampled(piped(data), rule)[0]


@settings(deadline=None)
@given(ROWS, AMOUNTS, AMOUNTS, st.tuples(st.integers(0, 1), st.integers(0, 1)))
def test_one_amount_is_within_the_other(
    rows: list[tuple[str, str]], one: Amount, other: Amount, columns: tuple[int, int]
) -> None:
    rule = Rule(key=("id",), by=("label",) * columns[0], group=("user",) * columns[1])
    data = jsonl(rows)
    less, more = sorted((taken(data, rule._replace(amount=a)) for a in (one, other)), key=len)

    assert set(less) <= set(more)


@settings(deadline=None)
@given(ROWS, AMOUNTS, st.integers(0, 9))
def test_it_is_the_same_each_time_in_the_order_of_the_source(
    rows: list[tuple[str, str]], amount: Amount, seed: int
) -> None:
    rule = KEYED._replace(amount=amount, seed=seed)
    found = taken(jsonl(rows), rule)

    assert found == taken(jsonl(rows), rule) == sorted(set(found))


@settings(deadline=None)
@given(ROWS, AMOUNTS, st.randoms(use_true_random=False))
def test_which_rows_they_are_is_not_a_question_of_their_order(
    rows: list[tuple[str, str]], amount: Amount, chance: object
) -> None:
    lines = jsonl(rows).splitlines(keepends=True)
    chance.shuffle(lines)  # type: ignore[attr-defined]
    rule = KEYED._replace(amount=amount, by=("label",))

    assert set(taken(b"".join(lines), rule)) == set(taken(jsonl(rows), rule))


@settings(deadline=None)
@given(ROWS, AMOUNTS, st.integers(0, 1))
def test_entities_are_whole(rows: list[tuple[str, str]], amount: Amount, by: int) -> None:
    found = taken(jsonl(rows), Rule(amount, by=("label",) * by, group=("user",)))

    users = {rows[at][1] for at in found}
    assert found == [at for at, (_, user) in enumerate(rows) if user in users]
    assert len(found) >= min(len(rows), amount.rows or 1)


@settings(deadline=None)
@given(ROWS, AMOUNTS)
def test_every_label_has_its_share(rows: list[tuple[str, str]], amount: Amount) -> None:
    found, done = sampled(piped(jsonl(rows)), KEYED._replace(amount=amount, by=("label",)))

    labels = [rows[at][0] for at in found]
    assert {one.label: one.rows for one in done.strata if one.rows} == {
        label: labels.count(label) for label in set(labels)
    }
    assert (done.rows, done.of) == (len(found), len(rows))
    if (amount.rows or len(rows)) >= 3:
        assert set(labels) == {label for label, _ in rows}


@settings(deadline=None)
@given(ROWS, AMOUNTS)
def test_a_row_that_is_added_pushes_out_one_at_most(
    rows: list[tuple[str, str]], amount: Amount
) -> None:
    if not amount.rows:
        return
    rule = KEYED._replace(amount=amount)
    before, after = taken(jsonl(rows), rule), taken(jsonl([*rows, ("a", "u1")]), rule)

    assert len(set(before) - set(after)) <= 1


def test_copies_of_a_row_are_taken_like_any_others() -> None:
    data = b'{"a": 1}\n' * 900 + b'{"a": 2}\n' * 100
    out = io.BytesIO()
    done = cut(piped(data), Rule(Amount(200)), out)

    assert done.rows == 200
    assert 160 <= out.getvalue().count(b'{"a": 1}') <= 195


def test_another_seed_is_another_sample() -> None:
    data = jsonl([("a", "u")] * 500)
    one, other = (set(taken(data, KEYED._replace(amount=Amount(50), seed=n))) for n in (1, 2))
    assert one != other


def test_a_pipe_is_read_once_and_little_of_it_held() -> None:
    class Endless(io.RawIOBase):
        """Twenty thousand rows that are nowhere before they are read."""

        lines = (b'{"id": %d, "text": "%s"}\n' % (n, b"x" * 200) for n in range(20_000))

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            line = next(self.lines, b"")
            buffer[: len(line)] = line
            return len(line)

    pipe = io.BufferedReader(Endless(), 1 << 16)  # type: ignore[type-var]
    tracemalloc.start()
    done = cut(Source((), Format.JSONL, pipe), Rule(Amount(100), ("id",)), io.BytesIO())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.rows, done.of) == (100, 20_000)
    assert most < 1_000_000


def test_records_are_copied_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbfid,text\r\n\r\n1,"a\r\nb ""c"""\r\n2,d')
    (tmp_path / "b.csv").write_bytes(b'id,text\n\n3,"\xc3\xbc"\n')
    out = io.BytesIO()
    cut(of(tmp_path / "a.csv", tmp_path / "b.csv"), Rule(Amount(9), ("id",)), out)
    assert out.getvalue() == b'id,text\r\n1,"a\r\nb ""c"""\r\n2,d\n3,"\xc3\xbc"\n'


def test_all_of_several_files_is_one_under_one_header(tmp_path: Path) -> None:
    for n, name in enumerate(("a", "b", "empty", "c")):
        text = "" if name == "empty" else f'id,text\n{n},"x\ny"\n{n}0,z'
        (tmp_path / f"{name}.csv").write_text(text)
    paths = [tmp_path / f"{name}.csv" for name in ("a", "b", "empty", "c")]
    out = io.BytesIO()
    done = cut(of(*paths), Rule(), out)
    assert done.rows == done.of == 6
    assert out.getvalue().count(b"id,text\n") == 1
    rows = list(csv.reader(io.StringIO(out.getvalue().decode())))
    assert [row[0] for row in rows] == ["id", "0", "00", "1", "10", "3", "30"]


def test_a_value_may_be_longer_than_csv_takes_for_granted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,text\n1,{'x' * 300_000}\n2,y\n")
    assert sampled(of(tmp_path / "a.csv"), Rule(Amount(2), ("id",)))[0] == [1, 2]


# -- what is wrong with data -----------------------------------------------------------------

BY = KEYED._replace(amount=Amount(2), by=("label",))
WRONG = [
    (
        "a.csv",
        b"",
        BY,
        "a.csv has no rows, so there is nothing to sample",
        "look at what writes it",
    ),
    ("a.csv", b"id,label\n", BY, "a.csv has no rows, so there is nothing to sample", "look"),
    ("a.jsonl", b"\n\n", BY, "a.jsonl has no rows, so there is nothing to sample", "look"),
    ("a.csv", b"id,lable\n1,x\n", BY, "a.csv has no column 'label'", "did you mean 'lable'?"),
    ("a.csv", b"id,y\n1,x\n", BY, "a.csv has no column 'label'", "there are: id, y"),
    (
        "a.csv",
        b"id,label\n1,x\n,x\n",
        BY,
        "a.csv: row 2 (line 3) has no key: 'id' is empty",
        "give the row one, or leave 'key' out: then a row is known by all that it holds",
    ),
    (
        "a.csv",
        b'id,label\n1,"x\ny"\n2,x,3\n',
        BY,
        "a.csv: row 2 (line 4) has 3 values, and the header 2",
        "mend the row: a value with a comma or a newline needs quotes",
    ),
    ("a.csv", b"id,label\n1\n", BY, "a.csv: row 1 (line 2) has 1 value, and the header 2", "mend"),
    (
        "a.csv",
        b'id,label\n1,"x"y\n',
        BY,
        "a.csv: row 1 (line 2) is not CSV: ',' expected after '\"'",
        "mend the row: a quote inside quotes is written twice",
    ),
    ("a.csv", b'id,label\n1,"x\n', BY, "a.csv: row 1 (line 2) is not CSV: unexpected", "mend"),
    (
        "a.csv",
        b"id,id\n1,2\n",
        BY,
        "a.csv: the header names 'id' twice",
        "give every column a name",
    ),
    (
        "a.csv",
        b"id,label\n1,\xff\n",
        BY,
        "a.csv: row 1 (line 2) is not UTF-8: byte 0xff",
        "convert the file to UTF-8",
    ),
    (
        "a.csv",
        b"id,label\n1,\n2,\n",
        BY,
        "no row of a.csv has a value in 'label'",
        "stratify 'by' a column that has values",
    ),
    (
        "a.csv",
        b"id,label\n1,x\n2,x\n1,y\n",
        BY._replace(amount=Amount(3)),
        "a.csv: row 1 (line 2) and a.csv: row 3 (line 4) have the same 'id': 1",
        "name a key that no two rows share, or 'group' by 'id' to keep its rows together",
    ),
    (
        "a.jsonl",
        b'{"id": 1, "label": "x"}\n\n{"id": 2, "label": "x"\n',
        BY,
        "a.jsonl: row 2 (line 3) is not JSON: Expecting ',' delimiter (column 23)",
        "write one JSON object a line",
    ),
    ("a.jsonl", b"[1, 2]\n", BY, "a.jsonl: row 1 (line 1) is not an object: [1, 2]", "write one"),
    (
        "a.jsonl",
        b'{"id": 1} {"id": 2}\n',
        BY,
        "a.jsonl: row 1 (line 1) is not JSON: Extra data (column 11)",
        "write one JSON object a line",
    ),
    ("a.jsonl", b'{"idd": 1}\n', BY, "a.jsonl has no column 'id'", "did you mean 'idd'?"),
    ("a.jsonl", b'{"id": null}\n', BY, "a.jsonl: row 1 (line 1) has no key: 'id' is empty", "give"),
    ("a.jsonl", b'{"id": NaN}\n', BY, "a.jsonl: row 1 (line 1) has no key: 'id' is empty", "give"),
    ("a.jsonl", b'{"id": 1}\n', BY, "no row of a.jsonl has a value in 'label'", "stratify 'by'"),
    (
        "a.jsonl",
        b'{"id": 1, "user": "u"}\n{"id": 2}\n',
        Rule(Amount(1), group=("user",)),
        "a.jsonl: row 2 (line 2) has no group: 'user' is empty",
        "give the row one: without it nobody knows what it has to stay with",
    ),
    ("a.jsonl", b'{"id": "\xff"}\n', BY, "a.jsonl: row 1 (line 1) is not UTF-8: byte 0xff", "conv"),
    ("a.jsonl", b"[" * 99_999, BY, "a.jsonl: row 1 (line 1) is nested too deep", "mend the row"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[3])
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, wrong: tuple[str, bytes, Rule, str, str]
) -> None:
    name, data, rule, message, hint = wrong
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError) as found:
        cut(of(path), rule, io.BytesIO())

    assert found.value.message.startswith(message)
    assert found.value.hint.startswith(hint)


def test_files_of_other_columns_are_not_one_source(tmp_path: Path) -> None:
    for name, head in (("a", "id,label"), ("b", "id,lable"), ("c", "label,id")):
        (tmp_path / f"{name}.csv").write_text(f"{head}\n1,2\n")
    with pytest.raises(DataError) as found:
        cut(
            of(tmp_path / "a.csv", tmp_path / "b.csv"),
            KEYED._replace(amount=Amount(1)),
            io.BytesIO(),
        )
    assert found.value.message == (
        "b.csv has other columns than the first file: it lacks 'label' and has 'lable'"
    )
    with pytest.raises(DataError, match="it has them in another order"):
        cut(of(tmp_path / "a.csv", tmp_path / "c.csv"), Rule(), io.BytesIO())


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        ((), "there is no data", "name a file, a folder or a glob of data"),
        (("a.txt",), "a.txt is of no format that is known", "CSV, TSV, JSONL and Parquet"),
        (("a.csv.gz",), "a.csv.gz is of no format that is known", "unpack it first"),
        (("a.json",), "a.json is of no format that is known", "write one object a line"),
        (("a.csv", "b.jsonl"), "data mixes formats: a.csv, b.jsonl", "name files of one format"),
    ],
)
def test_files_that_are_no_source(names: tuple[str, ...], message: str, hint: str) -> None:
    from innerloop.system.data.source import Part, source  # noqa: PLC0415 - here alone

    with pytest.raises(DataError) as found:
        source([Part(name, name) for name in names], named="data")
    assert found.value.message == message
    assert found.value.hint.startswith(hint)


def test_a_source_that_changes_while_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id\n1\n2\n")
    real = by_python

    def slowly(*words: object) -> object:
        done = real(*words)  # type: ignore[arg-type]
        path.write_text("id\n1\n3\n")
        return done

    monkeypatch.setattr("innerloop.system.data.cut.by_python", slowly)
    with pytest.raises(DataMovedError, match=r"a\.csv changed while it was sampled"):
        cut(of(path), KEYED._replace(amount=Amount(1)), io.BytesIO())


def test_a_source_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv cannot be read: no such file or directory"):
        cut(of(tmp_path / "a.csv"), Rule(), io.BytesIO())
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(DataError, match=r"b\.csv is no file"):
        cut(of(tmp_path / "b.csv"), Rule(), io.BytesIO())


def test_too_many_values_to_stratify_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innerloop.system.data.choice.MOST_STRATA", 2)
    data = jsonl([("a", "1"), ("b", "2"), ("c", "3")])
    for rule in (BY, BY._replace(group=("user",))):
        with pytest.raises(DataError, match="'label' has more than 2 values"):
            cut(piped(data), rule, io.BytesIO())


def test_a_fraction_of_which_too_little_was_held_is_cut_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = KEYED._replace(amount=Amount(None, "0.1"))
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl([("a", "u")] * 900))
    expected = sampled(of(path), rule)[0]
    monkeypatch.setattr("innerloop.system.data.choice.FLOOR", 2)
    monkeypatch.setattr("innerloop.system.data.choice._REACH", 0.5)
    assert sampled(of(path), rule)[0] == expected
    with pytest.raises(DataError, match="cannot be told from one look at a pipe"):
        taken(path.read_bytes(), rule)


def test_nobody_waits_any_more() -> None:
    class Asked:
        killed = False

        def __bool__(self) -> bool:
            return True

        def attach(self, _hook: object) -> object:
            return lambda: None

    data = jsonl([("a", "u")] * 5000)
    with pytest.raises(StoppedError):
        cut(piped(data), KEYED._replace(amount=Amount(1)), io.BytesIO(), Means(cancel=Asked()))  # type: ignore[arg-type]


def test_half_a_character_is_a_key() -> None:
    data = b'{"id": "\\ud800"}\n{"id": "\\ud801"}\n'
    out = io.BytesIO()
    cut(piped(data), KEYED._replace(amount=Amount(2)), out)
    assert out.getvalue() == data


def test_the_numbers_1_and_true_are_not_one_label() -> None:
    data = b'{"id": 1, "label": 1}\n{"id": 2, "label": true}\n{"id": 3, "label": 1.0}\n'
    _, done = sampled(piped(data), BY._replace(amount=ALL))
    assert done.strata == ()
    _, done = sampled(piped(data), BY)
    assert sorted(one.label for one in done.strata) == ["1", "1.0", "true"]
