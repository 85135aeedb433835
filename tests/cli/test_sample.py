"""loop sample: what it writes where, what it says, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from conftest import LOOP, ended

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Done, Maker, Project

ROWS = [{"id": n, "label": "en" if n % 10 else "da", "user": f"u{n % 7}"} for n in range(200)]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS)
CSV = "id,label,user\n" + "".join(f"{r['id']},{r['label']},{r['user']}\n" for r in ROWS)


@pytest.fixture
def found(project: Maker) -> Project:
    """A folder with data, and no loops.yaml anywhere."""
    made = project(files={"rows.jsonl": JSONL, "rows.csv": CSV}, git=False)
    os.unlink(made.root / "loops.yaml")
    return made


def piped(found: Project, text: str, *words: str) -> Done:
    process = subprocess.Popen(
        [*LOOP, "sample", *words],
        cwd=found.root,
        env=found.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    process.stdin = None
    return ended(process, "sample", *words)


def test_rows_come_out_and_what_was_cut_is_said_aside(found: Project) -> None:
    done = found.run("sample", "rows.csv", "--rows", "10", "--by", "label", "--key", "id").ok()

    assert done.out.startswith("id,label,user\n")
    assert done.out.count("\n") == 11
    assert done.err.splitlines() == [
        "10 of 200 rows of rows.csv",
        "rule 1: the rows of the smallest md5('0:' + id), of each label the same share, rounded up",
        "  en  9 of 180",
        "  da  1 of 20",
    ]
    assert not (found.root / ".loop").exists()


def test_every_format_and_a_pipe_give_the_same_rows(found: Project, tmp_path: Path) -> None:
    words = ("--rows", "20", "--key", "id", "--by", "label", "--seed", "3")
    one = found.run("sample", "rows.csv", *words).ok().out.splitlines()[1:]
    other = found.run("sample", "rows.jsonl", *words).ok().out.splitlines()
    assert [int(line.split(",")[0]) for line in one] == [json.loads(line)["id"] for line in other]
    through = piped(found, JSONL, "-", "--format", "jsonl", *words).ok()
    assert through.out.splitlines() == other
    through.warns("20 of 200 rows of the input")
    fifo = tmp_path / "rows.csv"
    os.mkfifo(fifo)
    process = found.start("sample", str(fifo), *words)
    fifo.write_text(CSV)
    assert ended(process).ok().out.splitlines()[1:] == one


def test_it_is_written_whole_or_not_at_all(found: Project) -> None:
    found.run("sample", "rows.jsonl", "--fraction", "0.1", "--key", "id", "--out", "s.jsonl").ok()
    assert (found.root / "s.jsonl").read_text().count("\n") == 20
    (found.root / "rows.jsonl").write_text(JSONL + "{\n")
    done = found.run("sample", "rows.jsonl", "--rows", "5", "--key", "id", "--out", "s.jsonl")
    done.fails(2).warns(
        "rows.jsonl: row 201 (line 201) is not JSON", "write one JSON object a line"
    )
    assert (found.root / "s.jsonl").read_text().count("\n") == 20
    assert sorted(os.listdir(found.root)) == ["rows.csv", "rows.jsonl", "s.jsonl"]
    found.run("sample", "rows.jsonl", "--rows", "5", "--key", "id").fails(2)
    assert done.out == ""


def test_entities_and_folders(found: Project) -> None:
    found.write({"parts/a.csv": CSV, "parts/b.csv": CSV.replace("u", "v").replace("vser", "user")})
    done = found.run("sample", "parts", "--rows", "30", "--group", "user").ok()
    done.warns("of 400 rows of parts/a.csv and 1 more", "the rows of each user together")
    users = [line.split(",")[2] for line in done.out.splitlines()[1:]]
    assert all(users.count(user) in {28, 29} for user in users)


def test_both_engines_and_parquet(found: Project) -> None:
    words = ("--rows", "20", "--key", "id")
    python = found.run("sample", "rows.csv", *words, "--engine", "python").ok()
    assert found.run("sample", "rows.csv", *words, "--engine", "duckdb").ok().out == python.out
    import duckdb  # noqa: PLC0415 - here alone

    path = found.root / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM '{found.root}/rows.csv') TO '{path}'")
    found.run("sample", "rows.parquet", *words, "--out", "small.parquet").ok()
    with duckdb.connect() as connection:
        taken = connection.execute(f"SELECT id FROM '{found.root}/small.parquet'").fetchall()
    assert [str(row[0]) for row in taken] == [
        line.split(",")[0] for line in python.out.splitlines()[1:]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say how much: either --rows or --fraction"),
        (("--rows", "1", "--fraction", "0.1"), "say how much: either --rows or --fraction"),
        (("--rows", "many"), "--rows 'many' is no number of rows"),
        (("--rows", "0"), "--rows '0' is no number of rows"),
        (("--fraction", "10"), "--fraction '10' is no part of the rows"),
        (("--fraction", "1/2"), "--fraction '1/2' is no part of the rows"),
        (("--rows", "1", "--key", "idd"), "rows.csv has no column 'idd'"),
        (("--rows", "1", "--engine", "spark"), "there is no engine called 'spark'"),
        (("--rows", "1", "--format", "xml"), "there is no format called 'xml'"),
        (("--rows", "1", "--out", "a.jsonl"), "a.jsonl is not csv"),
        (("--rows", "1", "--out", "./rows.csv"), "./rows.csv is what is sampled"),
        (("--rows", "1", "--out", "no/where.csv"), "cannot write no/where.csv"),
    ],
)
def test_what_is_refused(found: Project, words: tuple[str, ...], said: str) -> None:
    found.run("sample", "rows.csv", *words).fails(2).warns(said)


def test_what_is_no_source_is_refused(found: Project) -> None:
    found.run("sample", "no.csv", "--rows", "1").fails(2).warns("there is no no.csv")
    (found.root / "none").mkdir()
    found.run("sample", "none", "--rows", "1").fails(2).warns("none is a folder without data")
    piped(found, CSV, "-", "--rows", "1").fails(2).warns("say what comes in the pipe")
    words = ("--rows", "1", "--format", "parquet")
    piped(found, CSV, "-", *words).fails(2).warns("Parquet cannot be read from a pipe")
    found.write({"rows.txt": CSV})
    found.run("sample", "rows.txt", "--rows", "1").fails(2).warns("rows.txt is of no format")
    found.run("sample", "rows.txt", "--rows", "1", "--format", "csv").ok()


def test_nothing_is_written_into_the_folder_that_is_sampled(found: Project) -> None:
    found.write({"data/a.csv": CSV})
    for out in ("data/b.csv", "data/deep/../b.csv"):
        done = found.run("sample", "data", "--rows", "1", "--out", out).fails(2)
        done.warns("is in the folder that is sampled")
    found.run("sample", "data", "--rows", "1", "--out", "database.csv").ok()
    assert os.listdir(found.root / "data") == ["a.csv"]


def test_a_file_without_a_byte_among_others_is_told(found: Project) -> None:
    found.write({"data/a.csv": CSV, "data/b.csv": ""})
    done = found.run("sample", "data", "--rows", "1").ok()
    done.warns("notice: data/b.csv is empty (0 bytes): no row comes from there")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_ended_by_a_signal_and_leaves_nothing(found: Project, number: int) -> None:
    process = subprocess.Popen(
        [*LOOP, "sample", "-", "--format", "csv", "--rows", "1", "--out", "s.csv"],
        cwd=found.root,
        env=found.env,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 10
    while not any(name.startswith("s.csv") for name in os.listdir(found.root)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 128 + number, said
    assert sorted(os.listdir(found.root)) == ["rows.csv", "rows.jsonl"]
