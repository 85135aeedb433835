"""The same rows from every format, by every engine, with any number of threads."""

from __future__ import annotations

import hashlib
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tabled import by_every_way, of, sampled, written

from innerloop.core.sampling import Amount, Rule
from innerloop.system.data.cut import DUCKDB, PYTHON, Means

if TYPE_CHECKING:
    from tabled import Row

TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\x1e\x1f", exclude_categories=["Cs"]),
    max_size=6,
)
LABELS = st.one_of(st.none(), st.sampled_from(["da", "en", "ü, x", '"', "a\nb", ""]))
ROW = st.fixed_dictionaries(
    {
        "label": LABELS,
        "user": st.sampled_from(["u1", "u2", "u3", "ü"]),
        "x": st.one_of(st.none(), st.floats(allow_infinity=False), st.integers(-9, 9).map(float)),
        "ok": st.one_of(st.none(), st.booleans()),
    }
)
AMOUNTS = st.one_of(
    st.integers(1, 40).map(Amount),
    st.sampled_from(["0.1", "0.3", "0.999", "0.0001"]).map(lambda part: Amount(None, part)),
)
RULES = st.builds(
    Rule,
    AMOUNTS,
    key=st.sampled_from([("id",), (), ("id", "user")]),
    by=st.sampled_from([(), ("label",), ("ok",), ("x",), ("label", "user")]),
    group=st.sampled_from([(), (), ("user",)]),
    seed=st.integers(0, 3),
)


def numbered(rows: list[Row]) -> list[Row]:
    # Numbers that are far apart, and not in order: nothing may go by them.
    return [{"id": (n * 7919) % 100_003, **row} for n, row in enumerate(rows)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, min_size=1, max_size=40), rule=RULES)
def test_every_way_takes_the_same_rows(rows: list[Row], rule: Rule) -> None:
    table = numbered(rows)
    if any(not any(row[name] not in {None, ""} for row in table) for name in rule.by):
        table[0] |= {"label": "da", "ok": True, "x": 1e16}
    with tempfile.TemporaryDirectory() as folder:
        found = by_every_way(written(Path(folder), table), rule)

    first = next(iter(found.values()))
    assert found == dict.fromkeys(found, first)
    # In the order of the source, and none of them twice.
    order = [row["id"] for row in table]
    assert first == sorted(set(first), key=order.index)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Twenty thousand rows, one label of them rare, users from one row to hundreds."""
    chance = random.Random(5)
    rows = [
        {
            "id": n,
            "label": chance.choices(["en", "da", "rare"], [900, 99, 1])[0],
            "user": f"u{int(chance.paretovariate(0.5)) % 3000}",
            "x": chance.random() * 10 ** chance.randrange(-20, 20),
            "ok": chance.random() < 0.5,
        }
        for n in range(20_000)
    ]
    return written(tmp_path_factory.mktemp("large"), rows)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Amount(500), ("id",)),
        Rule(Amount(500), ("id",), ("label",), seed=7),
        Rule(Amount(None, "0.05"), ("id",), ("label",)),
        Rule(Amount(None, "0.6"), ("id",)),
        Rule(Amount(500), (), ("label",)),
        Rule(Amount(500), (), (), ("user",)),
        Rule(Amount(500), (), ("label",), ("user",)),
        Rule(Amount(None, "0.05"), (), ("label",), ("user",)),
        Rule(Amount(50_000), ("id",)),
    ],
    ids=str,
)
def test_a_large_table_is_cut_alike_by_all(large: dict[str, Path], rule: Rule) -> None:
    found = by_every_way(large, rule)

    first = next(iter(found.values()))
    assert {name: len(taken) for name, taken in found.items()} == dict.fromkeys(found, len(first))
    assert found == dict.fromkeys(found, first)


def test_duckdb_reads_text_itself_where_it_is_asked_to(large: dict[str, Path]) -> None:
    rule = Rule(Amount(10), ("id",), ("label",))

    assert sampled(of(large["csv"]), rule, Means(DUCKDB))[1].engine == DUCKDB
    assert sampled(of(large["jsonl"]), rule, Means(DUCKDB))[1].engine == DUCKDB
    assert sampled(of(large["csv"]), rule)[1].engine == PYTHON


def test_the_rule_stays_as_it_is(tmp_path: Path) -> None:
    """Said again in other words: samples that are on record somewhere are of these rows."""
    rows = numbered(
        [{"label": "en", "user": f"u{n % 30}", "x": 0.5, "ok": None} for n in range(99)]
    )
    found = of(written(tmp_path, rows)["csv"])

    def smallest(names: set[str], most: int) -> set[str]:
        return set(
            sorted(names, key=lambda name: hashlib.md5(f"7:{name}".encode()).digest())[:most]
        )

    ids = smallest({str(row["id"]) for row in rows}, 5)
    assert set(map(str, sampled(found, Rule(Amount(5), ("id",), seed=7))[0])) == ids
    users = smallest({row["user"] for row in rows}, 2)
    mine = {row["id"] for row in rows if row["user"] in users}
    assert set(sampled(found, Rule(Amount(6), group=("user",), seed=7))[0]) == mine
    # A row without a key is known by its columns in the order of their names, but for nothing.
    wholes = {
        f"id\x1f{row['id']}\x1elabel\x1fen\x1euser\x1f{row['user']}\x1ex\x1f0.5\x1e": row["id"]
        for row in rows
    }
    taken = {wholes[name] for name in smallest(set(wholes), 5)}
    assert set(sampled(found, Rule(Amount(5), seed=7))[0]) == taken
