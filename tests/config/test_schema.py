"""Configurations: what good ones mean, and what is said of bad ones, to the column."""

from __future__ import annotations

import json
import re
from textwrap import dedent

import jsonschema
import pytest
import yaml

from innerloop.config.build import build
from innerloop.config.schema import json_schema
from innerloop.core.errors import ConfigError, Problem
from innerloop.core.model import Config, Loop
from innerloop.core.text import listing


def read(text: str, own: str | None = None) -> Config:
    return build(dedent(text).encode(), None if own is None else dedent(own).encode())[0]


def one(body: str) -> Loop:
    """Read the loop `lint`; `body` are its further keys, beside `run` and `cycle`."""
    given = [f"{key}: 1s" for key in ("run", "cycle") if f"{key}:" not in body]
    return read(f"version: 1\ninner: {{lint: {{{', '.join([*given, body])}}}}}").loops[0]


def problems(text: str, own: str | None = None) -> list[str]:
    """Everything wrong, as `line:column message (hint)`."""
    with pytest.raises(ConfigError) as caught:
        read(text, own)
    return [said(problem) for problem in caught.value.problems]


def said(problem: Problem) -> str:
    assert problem.where is not None
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{problem.where.line}:{problem.where.column} {problem.message}{hint}"


def in_loop(*lines: str) -> str:
    """Write a file whose loop `lint` has these lines, the first of them on line 4."""
    return "version: 1\ninner:\n  lint:\n" + "".join(f"    {line}\n" for line in lines)


def warned(text: str) -> list[str]:
    return [said(problem) for problem in build(dedent(text).encode(), None)[1]]


def test_the_smallest_loop() -> None:
    config = read("version: 1\ninner: {lint: {run: ruff check ., cycle: 1s}}")
    (lint,) = config.loops
    assert config._replace(loops=()) == Config(())
    assert lint == Loop("lint", lint.run, 1.0, timeout=120.0)
    assert lint.run.argv == ("ruff", "check", ".")


def test_every_key() -> None:
    config = read("""
        version: 1
        x-py: &py {files: ["**/*.py"], mutex: disk}
        env: {A: no, B: 1.50, C: "", D: true}
        env_file: config/../.env
        python: ~/envs/x
        walk: {budget: 1m30s}
        inner:
          make: {run: "make -o {out}", cycle: 2m, outputs: build/}
          lint:
            <<: *py
            run: [ruff, check, "{changed}"]
            cycle: 500ms
            inputs: [pyproject.toml, "!x"]
            ignore: "*.md"
            env: {X: 0x1f}
            env_inputs: HOME
            probe: [ruff --version, "{python} -V"]
            cwd: ./src/
            after: make
            auto: false
            fresh: 1d
            timeout: 5m
            retries: 2
            required: False
            cache: TRUE
            writes: true
            fix: ruff check --fix {changed}
            debug: [pdb, x]
    """)
    assert config.env == (("A", "no"), ("B", "1.50"), ("C", ""), ("D", "true"))
    assert (config.env_file, config.python, config.budget) == (".env", "~/envs/x", 90)
    make, lint = config.loops
    assert make.timeout == 360
    assert [glob.literal for glob in make.outputs] == ["build"]
    assert lint.run.argv == ("ruff", "check", "{changed}")
    assert [glob.text for glob in lint.inputs or ()] == ["pyproject.toml", "!x"]
    assert [glob.folder for glob in (*(lint.inputs or ()), *lint.files)] == ["src", "src", "src"]
    assert [command.text for command in lint.probe] == ["ruff --version", "{python} -V"]
    assert (lint.env, lint.env_inputs, lint.cwd) == ((("X", "0x1f"),), ("HOME",), "src")
    assert (lint.after, lint.mutex, lint.auto) == (("make",), "disk", False)
    assert (lint.fresh, lint.timeout, lint.retries) == (86400, 300, 2)
    assert (lint.required, lint.cache, lint.writes) == (False, True, True)
    assert lint.fix is not None
    assert lint.debug is not None
    assert (lint.fix.placeholders, lint.debug.argv) == (("changed",), ("pdb", "x"))


def test_words_of_older_yaml_are_texts() -> None:
    assert one("run: true").run.argv == ("true",)
    assert one("mutex: no").mutex == "no"
    assert problems(in_loop("run: a", "cycle: 1s", "auto: no", "cache: 'true'")) == [
        "6:11 'auto' must be true or false, not 'no'",
        "7:12 'cache' must be true or false, not 'true'",
    ]


def test_a_cycle_may_be_a_guess() -> None:
    assert (one("cycle: ~10s").cycle, one("cycle: ~10s").guessed) == (10.0, True)
    assert (one("cycle: '~1h30m'").cycle, one("cycle: 10s").guessed) == (5400.0, False)
    # It may be a slow one, then: no reason to take it for one that hangs.
    assert one("cycle: ~10s").timeout == 600.0
    assert one("cycle: ~10s, timeout: 1s").timeout == 1.0
    assert problems(in_loop("run: a", "cycle: ~fast")) == [
        "5:12 'cycle' must be a duration such as 500ms, 10s or 1h30m, not 'fast'"
    ]
    for none in ("~", "~~10s", "~ 10s", "~none"):
        assert problems(in_loop("run: a", f"cycle: {none}")), none
    schema = json_schema()["properties"]["inner"]["additionalProperties"]["properties"]
    assert re.search(schema["cycle"]["pattern"], "~10s")
    assert not re.search(schema["timeout"]["pattern"], "~10s")
    own = "inner: {a: {cycle: 3s}}"
    (loop,) = read("version: 1\ninner: {a: {run: a, cycle: ~10s}}", own).loops
    assert (loop.cycle, loop.guessed, loop.timeout) == (3.0, False, 120.0)


@pytest.mark.parametrize(
    ("cycle", "timeout"),
    [("1s", 120), ("12s", 120), ("15s", 150), ("1m", 600), ("61s", 183), ("1h", 10800)],
)
def test_the_timeout_follows_the_cycle(cycle: str, timeout: float) -> None:
    assert one(f"cycle: {cycle}").timeout == timeout


def test_files_bring_the_usual_tool_configurations() -> None:
    lint = one('run: "a {files}", files: "*.py", cwd: src')
    assert lint.default_inputs
    assert lint.inputs
    assert {"pyproject.toml", "ruff.toml"} < {glob.literal for glob in lint.inputs}
    assert one("auto: true").inputs is None
    assert one("inputs: []").inputs == ()
    assert not one("inputs: [a]").default_inputs


def test_an_out_folder_implies_after() -> None:
    config = read("""
        version: 1
        inner:
          c: {run: "c {out.b} {out.a}", cycle: 1s, after: [d, a]}
          a: {run: "a {out}", cycle: 1s}
          b: {run: "b {out}", cycle: 1s}
          d: {run: d, cycle: 1s}
    """)
    assert config.loops[0].after == ("d", "a", "b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ["1:1 'version' is missing", "1:1 'inner' is missing"]),
        ("version: 2\ninner: {a: {run: a, cycle: 1s}}", ["1:10 'version' must be 1, not '2'"]),
        ("version: '1'\ninner: {a: {run: a, cycle: 1s}}", ["1:10 'version' must be 1, not '1'"]),
        ("version: 1\ninner: {}", ["2:1 'inner' names no loop"]),
        ("version: 1\ninner:\n", ["2:7 'inner' must be a mapping, not nothing"]),
        ("version: 1\ninner: [a]", ["2:8 'inner' must be a mapping, not a list"]),
        ("version: 1\ninner: {a: b}", ["2:9 loop 'a' must be a mapping, not 'b'"]),
        (
            "version: 1\ninner: {a: {}}",
            ["2:9 'run' is missing in loop 'a'", "2:9 'cycle' is missing in loop 'a'"],
        ),
        (
            "version: 1\niner: {a: {run: a, cycle: 1s}}",
            ["2:1 unknown key 'iner' (did you mean 'inner'?)"],
        ),
        (
            "version: 1\nzzz: 1\nx-y: 1\ninner: {a: {run: a, cycle: 1s, x-z: 1}}",
            ["2:1 unknown key 'zzz'", "4:32 unknown key 'x-z' in loop 'a'"],
        ),
        (
            "version: 1\nwalk: {bugdet: 1s}\ninner: {a: {run: a, cycle: 1s}}",
            ["2:8 unknown key 'bugdet' in 'walk' (did you mean 'budget'?)"],
        ),
        (
            "version: 1\nwalk: {budget: fast}\nenv: [A]\ninner: {a: {run: a, cycle: 1s}}",
            [
                "2:16 'budget' must be a duration such as 500ms, 10s or 1h30m, not 'fast'",
                "3:6 'env' must be a mapping of names to values, not a list",
            ],
        ),
        (
            "version: 1\nenv: {1A: x, B: , C: [x]}\ninner: {a: {run: a, cycle: 1s}}",
            [
                "2:7 '1A' is no name of a variable",
                "2:17 'B' must be a text, not nothing (write \"\" for an empty one)",
                "2:22 'C' must be a text, not a list",
            ],
        ),
        (
            "version: 1\nenv_file: ../.env\npython:\ninner: {a: {run: a, cycle: 1s}}",
            [
                "2:11 '../.env' leaves the project's folder (put loops.yaml higher up)",
                "3:8 'python' must be a text, not nothing",
            ],
        ),
    ],
)
def test_the_top_level(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rnu: a", ["4:5 unknown key 'rnu' in loop 'lint' (did you mean 'run'?)"]),
        ("run:", ["4:9 'run' must be a text, not nothing"]),
        ("run: ''", ["4:10 'run' is empty"]),
        ("run: []", ["4:10 'run': names no program"]),
        ("run: [a, [b]]", ["4:14 'run' must be texts, not a list"]),
        ("run: {a: b}", ["4:10 'run' must be a text, not a mapping"]),
        ("run: {out}", ['4:10 a brace outside quotes begins a mapping (quote it: "{out}")']),
        (
            "run: [a, {out}]",
            ['4:14 a brace outside quotes begins a mapping (quote it: "{out}")'],
        ),
        ("run: a 'b", ["4:10 'run': the quote ' is opened and never closed"]),
    ],
)
def test_the_command(line: str, expected: list[str]) -> None:
    assert problems(in_loop(line, "cycle: 1s")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cylce: 1s", "5:5 unknown key 'cylce' in loop 'lint' (did you mean 'cycle'?)"),
        ("cycle: 10", "5:12 'cycle' has no unit (write '10s' for seconds)"),
        ("cycle: 0s", "5:12 'cycle' must be a duration such as 500ms, 10s or 1h30m, not '0s'"),
        ("cycle: [1s]", "5:12 'cycle' must be a duration such as 10s, not a list"),
        ("mutex: x", "3:3 'cycle' is missing in loop 'lint'"),
        (
            "cycle: 1s\n    retries: 11",
            "6:14 'retries' must be a whole number from 0 to 10, not '11'",
        ),
        (
            "cycle: 1s\n    retries: '1'",
            "6:14 'retries' must be a whole number from 0 to 10, not '1'",
        ),
        ("cycle: 1s\n    env_inputs: [A, B-C]", "6:17 'B-C' is no name of a variable"),
        ("cycle: 1s\n    cwd: /tmp", "6:10 '/tmp' must be relative to the folder of loops.yaml"),
        (
            "cycle: 1s\n    cwd: a/../..",
            "6:10 'a/../..' leaves the project's folder (put loops.yaml higher up)",
        ),
        (
            "cycle: 1s\n    cwd: a\n    inputs: [b, ../../x]",
            "7:17 '../../x' leaves the project's folder (put loops.yaml higher up)",
        ),
        (
            "cycle: 1s\n    inputs: ['[a']",
            "6:14 '[a' opens a bracket and never closes it (write '\\[' for itself)",
        ),
        ("cycle: 1s\n    inputs: [[a]]", "6:14 'inputs' must be a text, not a list"),
        ("cycle: 1s\n    after: lnt", "6:12 there is no loop 'lnt' (did you mean 'lint'?)"),
        (
            "cycle: 1s\n    after: [lint.py]",
            "6:13 there is no loop 'lint.py' (did you mean 'lint'?)",
        ),
        ("cycle: 1s\n    after: lint", "6:12 loops wait for each other: lint -> lint"),
        (
            "cycle: 1s\n    after: lint@50",
            "6:12 'lint' has no rungs (write 'lint')",
        ),
        (
            "cycle: 1s\n    fix: a {changed}",
            "6:10 '{changed}' needs 'files' (add 'files', such as [\"**/*.py\"])",
        ),
        (
            "cycle: 1s\n    fix: a {data.x}",
            ("6:10 '{data.x}' names no data of 'lint' (add data: {x: {path: ...}})"),
        ),
        ("cycle: 1s\n    fix: a {out.zzz}", "6:10 there is no loop 'zzz'"),
        (
            "cycle: 1s\n    probe: a {out}",
            "6:12 '{out}' means nothing in a probe (probes are asked before anything runs)",
        ),
        (
            "cycle: 1s\n    gate: [{metric: f1, min: 1}]",
            (
                "6:5 'gate' of 'lint' needs 'results' "
                '(name what it leaves, such as "{out}/examples.jsonl")'
            ),
        ),
    ],
)
def test_a_loops_other_keys(line: str, expected: str) -> None:
    assert problems(in_loop("run: a", *line.split("\n    "))) == [expected]


LATER_LOOP = "engine"
LATER_TOP = "engines export ledger order"


def test_what_is_not_built_yet_is_refused_and_never_ignored() -> None:
    found = problems(in_loop("run: a", "cycle: 1s", *(f"{key}: 1" for key in LATER_LOOP.split())))
    assert [f.split(" ")[1] for f in found] == [f"'{key}'" for key in LATER_LOOP.split()]
    top = "".join(f"{key}: 1\n" for key in LATER_TOP.split())
    found = problems(f"{top}version: 1\ninner: {{a: {{run: a, cycle: 1s}}}}")
    assert [f.split(" ")[1] for f in found] == [f"'{key}'" for key in LATER_TOP.split()]
    assert all(" is understood but not built yet: " in f for f in found)


@pytest.mark.parametrize("name", ["-a", "a b", "a/b", "'a@1'", ".a", "ü", "a" * 65, "''"])
def test_names_that_cannot_be(name: str) -> None:
    found = problems(f"version: 1\ninner:\n  {name}: {{run: a, cycle: 1s}}\n")
    bare = name.strip("'")
    wanted = "letters, digits, '_', '.' and '-', at most 64, a letter or digit first"
    assert found == [f"3:3 '{bare}' cannot name a loop (use {wanted})"]


def test_names_that_are_commands() -> None:
    for verb in ("run", "watch", "findings"):
        found = problems(f"version: 1\ninner:\n  {verb}: {{run: a, cycle: 1s}}\n")
        assert found == [f"3:3 '{verb}' is a command of loop itself (choose another name)"]
    found = problems("version: 1\ninner:\n  a: {run: a, cycle: 1s}\n  A: {run: a, cycle: 1s}\n")
    assert [f.split(" (")[0] for f in found] == ["4:3 'A' and 'a' would share their files on macOS"]


def test_circles_are_shown_once_and_whole() -> None:
    found = problems("""\
        version: 1
        inner:
          a: {run: a, cycle: 1s, after: b}
          b: {run: "b {out} {out.c}", cycle: 1s}
          c: {run: "c {out}", cycle: 1s, after: [d, a]}
          d: {run: d, cycle: 1s}
          e: {run: e, cycle: 1s, after: a}
    """)
    assert found == ["5:45 loops wait for each other: a -> b -> c -> a"]


def test_an_out_folder_that_stays_empty() -> None:
    found = problems("""\
        version: 1
        inner:
          a: {run: a, cycle: 1s}
          b: {run: "b {out.a}", cycle: 1s}
    """)
    assert found == [
        "4:12 '{out.a}' is always empty: 'a' writes no {out} (hand {out} to the command of 'a')",
    ]


def test_all_problems_at_once_in_the_order_of_their_lines() -> None:
    found = problems("""\
        version: 1
        version: 1
        inner:
          a: {run: a, cycle: 10, after: z}
          b: {cycle: 1s, data: 1}
        zzz: 1
    """)
    assert [f.split(" ")[0] for f in found] == ["2:1", "4:22", "4:33", "5:3", "5:24", "6:1"]


def test_an_anchor_that_is_wrong_is_told_once() -> None:
    found = problems("""\
        version: 1
        x-a: &a {cycle: 10, zzz: 1}
        inner: {a: {run: a, <<: *a}, b: {run: b, <<: *a}}
    """)
    assert found[0] == "2:17 'cycle' has no unit (write '10s' for seconds)"
    assert [f.split(" ")[0] for f in found] == ["2:17", "2:21", "2:21"]


def test_a_command_whose_failure_goes_unseen_is_warned_of() -> None:
    found = warned("""\
        version: 1
        inner:
          a: {run: "pytest | tee log", cycle: 1s}
          b: {run: "pytest; echo done", cycle: 1s}
          c: {run: "bash -c 'set -o pipefail; pytest | tee log'", cycle: 1s}
    """)
    hint = "write to a file, or run it by bash with 'set -o pipefail'"
    assert found == [
        f"3:12 only what stands behind the last '|' decides ({hint})",
        "4:12 what stands before the ';' may fail unseen (use '&&')",
    ]


def test_warnings() -> None:
    found = warned("""\
        version: 1
        inner:
          a: {run: "a {change}", cycle: 1s, files: "*.{py,js}", fresh: 1d, cache: false}
          b:
            run: |
              one
              two
            cycle: 1s
            inputs: "!x"
          c:
            run: |
              set -e
              one {print} {}
            cycle: 1s
    """)
    handed = "use {changed} or {files} in a command, or call them 'inputs'"
    assert found == [
        "3:12 '{change}' is no placeholder and stays as it is (did you mean {changed}?)",
        f"3:37 no command of 'a' is handed its files ({handed})",
        "3:57 'fresh' says nothing beside 'cache: false'",
        "3:44 gitignore knows no {a,b} (write a pattern for each)",
        "5:10 'run' has several lines, and only the last decides (begin with 'set -e')",
        "9:5 'inputs' only leaves out, so it matches nothing",
    ]


MAIN = """\
version: 1
walk: {budget: 1m}
inner:
  a: {run: a, cycle: 1s}
  b: {run: b, cycle: 2m, timeout: 7m}
"""


def test_a_local_file_says_some_things_differently() -> None:
    config = read(
        MAIN, "walk: {budget: none}\npython: /x\ninner: {a: {cycle: 20s}, b: {cycle: 1s}}"
    )
    assert (config.budget, config.python) == (None, "/x")
    assert [(loop.cycle, loop.timeout) for loop in config.loops] == [(20, 200), (1, 420)]
    assert read(MAIN, "python: /x").budget == 60
    assert read(MAIN, "walk: {}").budget == 60
    assert read(MAIN, "").budget == 60


def test_the_watch_has_a_budget_of_its_own() -> None:
    assert read(MAIN).watch_budget == 60
    assert read(f"{MAIN}watch: {{budget: 2m}}\n").watch_budget == 120
    assert read(f"{MAIN}watch: {{budget: none}}\n").watch_budget is None
    assert read(f"{MAIN}watch: {{}}\n").watch_budget == 60
    assert read(MAIN, "watch: {budget: 5s}").watch_budget == 5
    assert read(f"{MAIN}watch: {{budget: 2m}}\n", "watch: {budget: none}").watch_budget is None
    assert problems(f"{MAIN}watch: {{budgt: 2m}}\n") == [
        "6:9 unknown key 'budgt' in 'watch' (did you mean 'budget'?)"
    ]


@pytest.mark.parametrize(
    ("said", "warm", "preload"),
    [
        ("cycle: 1s", True, None),
        ("warm: auto", True, None),
        ("warm: off", False, None),
        ("preload: pandas", True, ("pandas",)),
        ("preload: [torch, sklearn.ensemble, torch]", True, ("torch", "sklearn.ensemble")),
        ("preload: []", True, ()),
    ],
)
def test_what_may_be_kept_warm(said: str, *, warm: bool, preload: tuple[str, ...] | None) -> None:
    cycle = () if said.startswith("cycle") else ("cycle: 1s",)
    (loop,) = read(in_loop("run: a", said, *cycle)).loops
    assert (loop.warm, loop.preload) == (warm, preload)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("warm: yes", "'warm' must be auto or off, not 'yes'"),
        ("warm: true", "'warm' must be auto or off, not 'true'"),
        ("preload: 1x", "'1x' is no name of a module"),
        ("preload: [a.b, a-b]", "'a-b' is no name of a module"),
    ],
)
def test_what_cannot_be_kept_warm(said: str, wrong: str) -> None:
    assert [one.partition(" ")[2] for one in problems(in_loop("run: a", "cycle: 1s", said))] == [
        wrong
    ]


def test_a_local_file_may_not_say_everything() -> None:
    only = (
        "(only 'walk', 'watch', 'hook', 'python' and a loop's 'cycle' may be said differently here)"
    )
    own = "env: {A: 1}\nhook: {budge: 1s}\ninner:\n  a: {run: x}\n  c: {engine: y}\npyton: z\n"
    assert problems(MAIN, own) == [
        f"1:1 unknown key 'env' {only}",
        f"2:8 unknown key 'budge' in 'hook' {only}",
        f"4:7 unknown key 'run' in loop 'a' {only}",
        "5:3 there is no loop 'c'",
        "5:7 'engine' is understood but not built yet: running elsewhere (take it out for now)",
        "6:1 unknown key 'pyton' (did you mean 'python'?)",
    ]
    with pytest.raises(ConfigError) as caught:
        read(MAIN, "env: 1")
    where = caught.value.problems[0].where
    assert where is not None
    assert where.path == "loops.local.yaml"


def test_the_json_schema_agrees_with_the_reader() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = """
        version: 1
        x-a: [1]
        walk: {budget: none}
        env: {A: 1, B: x}
        inner:
          a: {run: true, cycle: 1h30m, files: ["*.py"], inputs: x, probe: [a], retries: 3}
          b: {run: [a, b], cycle: 500ms, required: false, timeout: 3m, after: [a]}
    """
    read(good)
    assert list(validator.iter_errors(yaml.safe_load(dedent(good)))) == []
    for bad in (
        "{version: 2, inner: {a: {run: a, cycle: 1s}}}",
        "{version: 1, inner: {}}",
        "{version: 1}",
        "{version: 1, inner: {a: {run: a}}}",
        "{version: 1, inner: {a: {run: a, cycle: 10}}}",
        "{version: 1, inner: {a: {run: a, cycle: 1s, gate: 1}}}",
        "{version: 1, inner: {a: {run: a, cycle: 1s, rnu: 1}}}",
        "{version: 1, inner: {a: {run: a, cycle: 1s, retries: 11}}}",
        "{version: 1, outer: {}, inner: {a: {run: a, cycle: 1s}}}",
    ):
        assert list(validator.iter_errors(yaml.safe_load(bad))), bad
        assert problems(bad), bad
    json.dumps(schema)


def test_every_field_is_described_and_every_field_of_a_loop_is_asked_for() -> None:
    top = json_schema()["properties"]
    inner = top["inner"]["additionalProperties"]["properties"]
    assert all(field["description"] for field in (*top.values(), *inner.values()))
    missing = set(Loop._fields) - set(inner) - {"name", "default_inputs", "guessed"}
    assert not missing, listing(sorted(missing))


def test_a_mistake_in_what_hooks_always_run_is_shown_where_it_stands() -> None:
    found = problems(
        "version: 1\nhook:\n  pre-push: {budget: 1m, always: [lint, lnt]}\n"
        "inner:\n  lint: {run: a, cycle: 1s}\n"
    )
    assert found == ["3:41 'always' names no loop: 'lnt' (did you mean 'lint'?)"]
