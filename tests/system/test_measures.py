from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from innerloop.core.judgement import Decision, Judgement
from innerloop.core.model import Outcome, Result
from innerloop.core.results import Example, Measured, Metric
from innerloop.system.history import ledger, measures, runs
from innerloop.system.history.schema import MIGRATIONS
from innerloop.system.history.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = Measured(
    (Metric("f1", 0.9, 2, 0.5, 1.0), Metric("loss", 0.25)),
    (
        Example("a", (("ok", 1.0),), "x", "y", (("lang", "da"),), 1),
        Example("b", (), True, False),
    ),
    (("lr", "0.1"),),
    0.5,
    "d" * 32,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(str(tmp_path / "history.db"), write=True)
    yield found
    found.close()


def kept(
    store: Store,
    measured: Measured,
    loop: str = "eval",
    fingerprint: str = "f",
    *,
    code: int = 0,
    gates: tuple[Judgement, ...] = (),
) -> str:
    """Record a run of one loop; its number."""
    result = Result(loop, Outcome.PASSED, "", time.time(), exit_code=code, gates=gates)
    with store.transaction() as connection:
        run = runs.begin(connection, time.time(), "loop inner", "")
        ledger.insert(connection, run, result._replace(fingerprint=fingerprint), None, {})
        measures.insert(connection, ledger.inserted(connection), measured)
    return run


def test_what_was_measured_is_found_again_whole(store: Store) -> None:
    run = kept(store, WHOLE)
    assert measures.of(store, run, "eval") == WHOLE
    assert measures.of(store, run, "unit") is None
    assert measures.of(store, "99", "eval") is None
    assert measures.of(store, "x", "eval") is None
    assert measures.latest(store, "eval") == WHOLE


def test_examples_are_kept_once_for_all_runs_that_have_them(store: Store) -> None:
    for _ in range(3):
        kept(store, WHOLE)
    assert store.rows("SELECT COUNT(*) FROM manifests") == [(1,)]


def test_a_sweep_leaves_what_measurements_name(store: Store) -> None:
    run = kept(store, WHOLE)
    with store.transaction() as connection:
        ledger.sweep(connection)
    assert measures.of(store, run, "eval") == WHOLE


def test_the_examples_of_old_runs_are_let_go_and_their_metrics_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "_KEPT", 2)
    other = kept(store, WHOLE, "other")
    first, *rest = [
        kept(store, WHOLE._replace(examples=(Example(f"q{n}", (("ok", 1.0),)),))) for n in range(3)
    ]
    with store.transaction() as connection:
        ledger.sweep(connection)
    old = measures.of(store, first, "eval")
    assert old is not None
    assert (old.examples, old.metrics) == ((), WHOLE.metrics)
    assert all((found := measures.of(store, run, "eval")) and found.examples for run in rest)
    assert measures.of(store, other, "other") == WHOLE
    assert len(store.rows("SELECT 1 FROM manifests")) == 3


def test_runs_on_one_content_are_pooled_newest_first(store: Store) -> None:
    one, two = WHOLE, WHOLE._replace(cost=9.0)
    kept(store, one)
    kept(store, two)
    assert measures.pooled(store, "f") == (two, one)
    assert measures.pooled(store, "g") == ()
    assert measures.pooled(store, "") == ()


@pytest.mark.parametrize(
    ("measured", "code"),
    [
        (WHOLE._replace(problems=("x",)), 0),
        (WHOLE._replace(examples=()), 1),
    ],
)
def test_what_may_be_a_part_is_not_pooled(store: Store, measured: Measured, code: int) -> None:
    kept(store, measured, code=code)
    kept(store, WHOLE)
    assert measures.pooled(store, "f") == (WHOLE,)


def test_what_failed_is_pooled_by_its_examples(store: Store) -> None:
    kept(store, WHOLE, code=1)
    kept(store, WHOLE)
    assert measures.pooled(store, "f") == (WHOLE, WHOLE)


def test_what_is_not_fresh_is_not_pooled(store: Store) -> None:
    kept(store, WHOLE)
    assert measures.pooled(store, "f", time.time() + 3600) == ()


def test_what_has_no_fingerprint_is_pooled_with_nothing(store: Store) -> None:
    run = kept(store, WHOLE, fingerprint="")
    assert measures.pooled(store, "") == ()
    assert measures.of(store, run, "eval") == WHOLE


def test_what_was_measured_last_is_of_a_command_that_ended_well(store: Store) -> None:
    kept(store, WHOLE)
    kept(store, WHOLE._replace(cost=9.0), code=1)
    assert measures.latest(store, "eval") == WHOLE


def test_a_run_that_was_made_again_is_not_the_last(store: Store) -> None:
    kept(store, WHOLE)
    run = kept(store, WHOLE._replace(cost=9.0))
    text = ", ".join(["''"] * 4)
    with store.transaction() as connection:
        connection.execute(
            "INSERT INTO lineages (loop, run, commit_id, branch, patch, note, setting, inputs, "
            f"after, files, moved, again) VALUES ('eval', ?, {text}, '{{}}', '', '[]', 0, '', '1')",
            (int(run),),
        )
    assert measures.latest(store, "eval") == WHOLE


def test_a_metric_over_time(store: Store) -> None:
    numbers = [
        kept(store, WHOLE._replace(metrics=(Metric("f1", share),))) for share in (0.7, 0.8, 0.9)
    ]
    kept(store, WHOLE._replace(metrics=()))
    found = measures.series(store, "eval", "f1", 3)
    assert [(one.run, one.metric.value) for one in found] == [(numbers[2], 0.9), (numbers[1], 0.8)]
    assert all(abs(one.at - time.time()) < 60 for one in found)
    assert measures.series(store, "eval", "gone", 9) == ()


def test_what_gates_said_is_kept_by_what_they_were(store: Store) -> None:
    kept(store, WHOLE)
    with store.transaction() as connection:
        number = ledger.inserted(connection)
        measures.note(connection, number, "these", Decision.FAIL)
        measures.note(connection, number, "those", Decision.PASS)
        measures.note(connection, number, "these", Decision.INCONCLUSIVE)
    assert measures.judged(store, number, "these") is Decision.INCONCLUSIVE
    assert measures.judged(store, number, "those") is Decision.PASS
    assert measures.judged(store, number, "others") is None
    assert measures.kept(store, number)
    assert not measures.kept(store, number + 1)


def test_without_the_examples_that_it_had_nothing_is_judged_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "_KEPT", 1)
    numbers: list[int] = []
    for one in (WHOLE, WHOLE, WHOLE._replace(examples=(), metrics=(Metric("loss", 0.25),))):
        kept(store, one)
        (row,) = store.rows("SELECT MAX(result) FROM measures")
        numbers.append(int(str(row[0])))
    assert [measures.kept(store, one) for one in numbers] == [False, True, True]


def test_a_result_comes_back_with_what_its_gates_said(store: Store) -> None:
    said = Judgement("min", "f1", Decision.PASS, "f1 0.9 is at least 0.8", 0.9, 2, 0.5, 1.0, 0.8)
    run = kept(store, WHOLE, gates=(said,))
    (result,) = ledger.results(store, run)
    assert result.gates == (said,)
    with store.transaction() as connection:
        connection.execute("UPDATE results SET gates = '[[1]'")
    assert ledger.results(store, run)[0].gates == ()


def test_an_older_history_is_taken_over(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - only here

    path = str(tmp_path / "history.db")
    with sqlite3.connect(path) as connection:
        for step in MIGRATIONS[:2]:
            step(connection)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("INSERT INTO runs (at, command) VALUES (1.0, 'loop inner')")
    connection.close()
    store = Store(path, write=True)
    assert runs.found(store, "1").command == "loop inner"
    assert measures.of(store, kept(store, WHOLE), "eval") == WHOLE
    store.close()


def test_with_a_hundred_thousand_runs_nothing_takes_long(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "INSERT INTO runs (at, command) SELECT i, 'loop inner' FROM n"
        )
        connection.execute(
            "INSERT INTO results (run, loop, outcome, reason, at, seconds, exit_code, log, out, "
            "attempts, required, flaky, empty, fingerprint, command, moved, warnings) "
            "SELECT id, 'eval', 'passed', '', at, 1, 0, '', '', 1, 1, 0, 0, 'f' || id, '', 0, '' "
            "FROM runs"
        )
        connection.execute(
            "INSERT INTO measures SELECT id, loop, fingerprint, '[[\"f1\",0.9,2,0.5,1.0]]', NULL, "
            "'{}', NULL, '', '[]' FROM results"
        )
    began = time.perf_counter()
    kept(store, WHOLE)
    assert len(measures.series(store, "eval", "f1", 50)) == 50
    assert len(measures.pooled(store, "f")) == 1
    assert measures.of(store, "50000", "eval") is not None
    assert measures.latest(store, "eval") == WHOLE
    assert time.perf_counter() - began < 0.5
