"""loop review and loop accept, with the real snappylapy: what it leaves, and what it gets wrong."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from snapped import equipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker, Project

pytestmark = pytest.mark.timeout(300)

CHAIN = """\
import pytest

ONE = 1

def test_load(expect):
    expect([ONE, 2, 3]).to_match_snapshot()

@pytest.mark.snappylapy(depends=[test_load])
def test_features(load_snapshot, expect):
    expect({"sum": sum(load_snapshot.list())}).to_match_snapshot()

@pytest.mark.snappylapy(depends=[test_features])
def test_predict(load_snapshot, expect):
    expect(str(load_snapshot.dict()["sum"] * 2)).to_match_snapshot()
"""
LOOP = "steps: {run: pytest -q -W ignore --tb=short, inputs: ['*.py'], cycle: 5s}"
LOAD = "__snapshots__/[test_pipe][test_load].list.json"
FEATURES = "__snapshots__/[test_pipe][test_features].dict.json"
PREDICT = "__snapshots__/[test_pipe][test_predict].string.txt"


@pytest.fixture
def made(project: Maker, snappylapy: Path) -> Callable[..., Project]:
    """Projects with tests of that text, and nothing accepted yet."""

    def make(tests: str = CHAIN, loops: str = LOOP, **more: str) -> Project:
        found = equipped(project(loops, {"test_pipe.py": tests, **more}), snappylapy)
        found.git("add", "-A")
        return found

    return make


@pytest.fixture
def chain(made: Callable[..., Project]) -> Project:
    """Three steps, each from what the one before was accepted to make."""
    accepted = {LOAD: "[\n  1,\n  2,\n  3\n]", FEATURES: '{\n  "sum": 6\n}', PREDICT: "12"}
    return made().write(accepted).commit()


@pytest.fixture
def proven(chain: Project) -> Project:
    """The same, once it has passed."""
    chain.run("inner").ok()
    return chain


def edit(found: Project, old: str, new: str, name: str = "test_pipe.py") -> None:
    path = found.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def changed(found: Project) -> list[str]:
    """What git sees to be changed below the accepted snapshots."""
    said = found.git(
        "-c", "core.quotePath=false", "status", "--porcelain", "-uall", "__snapshots__"
    )
    return sorted(line.split(maxsplit=1)[1].strip('"') for line in said.splitlines())


def tool(found: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """snappylapy's own program, or its pytest."""
    program, *rest = words
    command = [str(found.root / ".venv/bin" / program), *rest]
    return subprocess.run(
        command, cwd=found.root, env=found.env, capture_output=True, text=True, check=False
    )


# -- what waits ------------------------------------------------------------------------------


def test_a_mistake_in_one_step_waits_at_that_step_alone(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1).prints("1 failed, 2 passed")

    said = chain.run("review").fails(1)

    said.prints(
        "steps (snappylapy): 1 waiting", f"changed   {LOAD}", "-  1,", "+  5,", "2 unchanged"
    )
    assert FEATURES not in said.out
    assert tool(chain, "snappylapy", "status").returncode == 0, "which is why ours is asked"
    assert tool(chain, "snappylapy", "diff").returncode == 0


def test_where_all_has_passed_nothing_waits(proven: Project) -> None:
    proven.run("review").ok().prints("steps (snappylapy): nothing waits", "3 unchanged")


def test_without_results_nothing_is_known(made: Callable[..., Project]) -> None:
    made().run("review", "steps").fails(1).prints("not known (there are no results to compare")


def test_what_is_new_is_shown_whole(made: Callable[..., Project]) -> None:
    found = made()
    found.run("inner").fails(1)

    found.run("review").fails(1).prints(f"new       {LOAD}", "+  1,", 'loop accept steps -m "why"')


def test_programs_are_told_as_json(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)

    said = json.loads(chain.run("review", "--json").fails(1).out)

    assert said["version"] == 1
    (loop,) = said["loops"]
    assert (loop["loop"], loop["tools"], loop["waiting"]) == ("steps", ["snappylapy"], True)
    states = {pair["path"]: pair["state"] for pair in loop["pairs"]}
    assert states == {LOAD: "changed", FEATURES: "unchanged", PREDICT: "unchanged"}
    (pair,) = [pair for pair in loop["pairs"] if pair["path"] == LOAD]
    assert "+  5," in pair["diff"]["lines"]
    assert len(pair["old"]) == len(pair["new"]) == 64


def test_a_partial_run_erases_the_results_of_the_others(proven: Project) -> None:
    assert tool(proven, "pytest", "-q", "-W", "ignore", "-k", "load").returncode == 0
    assert [path.name for path in (proven.root / "__test_results__").iterdir()] == [
        "[test_pipe][test_load].list.json"
    ]

    said = proven.run("review").ok()

    said.prints("nothing waits", "1 unchanged", "2 without a result")
    assert "  orphan" not in said.out


def test_results_that_no_walk_left_are_said_to_be_so(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    tool(chain, "pytest", "-q", "-W", "ignore")

    chain.run("review").fails(1).prints("1 waiting (these results are of no run of `loop`)")


def test_results_are_not_taken_for_those_of_what_stands_there_now(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)
    edit(chain, "ONE = 5", "ONE = 6")

    chain.run("review").fails(1).prints("its inputs have changed since: loop inner steps")


def test_an_orphan_is_known_after_a_full_run_alone(proven: Project) -> None:
    text = (proven.root / "test_pipe.py").read_text()
    (proven.root / "test_pipe.py").write_text(text[: text.rindex("@pytest")])
    said = proven.run("review").fails(1)
    said.prints("1 without a result" if "without" in said.out else "3 unchanged")
    proven.run("inner").ok()

    proven.run("review").ok().prints(f"orphan    {PREDICT}", "delete it")


def test_what_was_skipped_makes_no_orphan(chain: Project) -> None:
    edit(chain, "@pytest.mark.snappylapy(depends=[test_features])", "@pytest.mark.skip")
    chain.run("inner").ok()

    said = chain.run("review").ok()

    said.prints("1 without a result")
    assert "  orphan" not in said.out


def test_a_result_that_only_has_to_be_of_a_kind_does_not_wait(made: Callable[..., Project]) -> None:
    found = made(
        "import os\ndef test_r(expect):\n    expect(os.urandom(8).hex()).to_align_with_snapshot()\n"
    )
    found.run("accept", "steps", "-m", "any word will do").ok()
    (path,) = (found.root / "__snapshots__").iterdir()
    before = path.read_bytes()

    found.run("review").ok().prints("nothing waits", "1 not the same, and its tests pass")
    found.run("accept", "steps", "-m", "again").ok().prints("nothing was waiting")
    assert path.read_bytes() == before
    tool(found, "snappylapy", "update")
    assert path.read_bytes() != before, "which is why it is never called"


def test_line_endings_are_not_looked_at_as_the_tests_do_not(made: Callable[..., Project]) -> None:
    found = made('def test_a(expect):\n    expect("a\\r\\nb\\r\\n").to_match_snapshot()\n')
    found.run("accept", "steps", "-m", "first").ok()
    (path,) = (found.root / "__snapshots__").iterdir()
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))

    found.run("inner").ok()
    found.run("review").ok().prints("1 unchanged")


def test_nothing_is_ever_decoded_or_obeyed(proven: Project) -> None:
    # jsonpickle would run this as it reads it; a terminal would obey the escape.
    trap = '{"py/reduce": [{"py/function": "os.mkdir"}, {"py/tuple": ["caught"]}]}'
    result = proven.root / LOAD.replace("__snapshots__", "__test_results__")
    result.write_text(f"{trap}\n\x1b[2Jgone\n")
    edit(proven, "ONE = 1", "ONE = 5")

    proven.run("review").fails(1).prints("+" + trap, "+\\x1b[2Jgone")
    assert not (proven.root / "caught").exists()


def test_a_long_difference_is_cut_and_says_so(made: Callable[..., Project]) -> None:
    found = made("def test_a(expect):\n    expect(list(range(9000))).to_match_snapshot()\n")
    found.run("accept", "steps", "-m", "first").ok()
    edit(found, "range(9000)", "range(5000, 14000)")
    found.run("inner").fails(1)

    said = found.run("review").fails(1)

    assert len(said.out) < 10_000
    said.prints("more lines", "results: __test_results__/[test_pipe][test_a].list.json")


def test_what_is_no_text_is_said_to_be_binary(proven: Project) -> None:
    result = proven.root / LOAD.replace("__snapshots__", "__test_results__")
    result.write_bytes(bytes(range(256)))
    edit(proven, "ONE = 1", "ONE = 5")

    proven.run("review").fails(1).prints("binary: 17 bytes before, 256 bytes now")


def test_what_no_loop_runs_waits_all_the_same(proven: Project) -> None:
    place = proven.root / "__test_results__/[test_gone][test_a].string.txt"
    place.write_text("left\n")

    proven.run("review").fails(1).prints("no loop (snappylapy): 1 waiting", place.name)
    proven.run("review", "steps").ok()


def test_environments_and_ignored_folders_are_not_looked_in(chain: Project) -> None:
    chain.write(
        {
            ".gitignore": ".venv\n__test_results__/\n/build/\n",
            "build/lib/__test_results__/[test_a][test_b].string.txt": "x",
            "env/pyvenv.cfg": "",
            "env/__test_results__/[test_a][test_b].string.txt": "x",
            "node_modules/__test_results__/[test_a][test_b].string.txt": "x",
        }
    )

    assert "test_b" not in chain.run("review").out


# -- accepting -------------------------------------------------------------------------------


def test_a_chain_is_accepted_in_one_go_and_proven(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)

    said = chain.run("accept", "steps", "-m", "five is right").ok()

    said.prints("green", "steps: accepted, 3 files").warns("--snapshot-update -n 0")
    assert changed(chain) == sorted([FEATURES, LOAD, PREDICT])
    assert (chain.root / PREDICT).read_text() == "20"
    chain.run("inner").ok().prints("passed before")
    chain.run("review").ok()


def test_who_why_and_the_hashes_are_kept(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("accept", "steps", "-m", "five is right").ok()

    said = chain.run("show").ok()

    said.prints("why      five is right", "accepted of steps by Ada <ada@example.org>", LOAD)
    whole = json.loads(chain.run("show", "--json").ok().out)
    (accepted,) = whole["accepted"]
    assert accepted["who"] == "Ada <ada@example.org>"
    (load,) = [one for one in accepted["files"] if one["path"] == LOAD]
    old = chain.git("show", f"HEAD:{LOAD}").encode()
    assert load["old"] == digest(old)
    assert load["new"] == digest((chain.root / LOAD).read_bytes())
    assert whole["run"]["commit"] == chain.git("rev-parse", "HEAD")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_without_a_reason_nothing_is_accepted(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)

    for words in (("accept", "steps"), ("accept", "steps", "-m", " ")):
        chain.run(*words).fails(2).warns("why is this right?")
    assert changed(chain) == []


def test_the_only_loop_with_snapshots_need_not_be_named(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")

    chain.run("accept", "-m", "five is right").ok().prints("steps: accepted, 3 files")


def test_where_all_is_accepted_already_that_is_said(chain: Project) -> None:
    chain.run("accept", "steps", "-m", "again").ok().prints("steps: nothing was waiting")


def test_xdist_does_not_leave_a_chain_half_written(made: Callable[..., Project]) -> None:
    ini = "[pytest]\naddopts = -n 3 --dist load\n"
    found = made(**{"pytest.ini": ini})
    found.run("accept", "steps", "-m", "first").ok()
    edit(found, "ONE = 1", "ONE = 5")

    found.run("accept", "steps", "-m", "five is right").ok().prints("3 files")
    assert (found.root / PREDICT).read_text() == "20"


def test_folders_of_its_own_are_followed(made: Callable[..., Project]) -> None:
    tests = CHAIN.replace("import pytest\n", "import pytest\n\nHERE = 'kept'\n")
    tests = tests.replace(
        "def test_load", "@pytest.mark.snappylapy(output_dir=HERE)\ndef test_load"
    )
    tests = tests.replace("(depends=", "(output_dir=HERE, depends=")
    found = made(
        loops="steps: {run: pytest -q -W ignore, cwd: app, inputs: ['*.py'], cycle: 5s}",
        **{"app/test_pipe.py": tests},
    )
    (found.root / "test_pipe.py").unlink()
    found.run("accept", "steps", "-m", "first").ok().prints("3 files: app/kept/__snapshots__/")
    edit(found, "ONE = 1", "ONE = 5", "app/test_pipe.py")
    found.run("inner").fails(1)
    found.run("review").fails(1).prints(f"changed   app/kept/{LOAD}")

    found.run("accept", "steps", "-m", "five", cwd=found.root / "app").ok()

    assert (found.root / "app/kept" / PREDICT).read_text() == "20"
    (found.root / "app/kept" / LOAD).write_text("[]")
    found.run("inner").fails(1)


def test_a_path_is_seen_from_where_it_is_typed(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)
    name = LOAD.partition("/")[2]

    chain.run("accept", "steps", name, "-m", "x", cwd=chain.root / "__snapshots__").fails(1)

    assert changed(chain) == [LOAD]


def test_several_rounds_of_its_own_program_are_one_of_ours(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    rounds = 0
    while tool(chain, "pytest", "-q", "-W", "ignore").returncode:
        tool(chain, "snappylapy", "update")
        rounds += 1
    assert rounds == 3
    edit(chain, "ONE = 5", "ONE = 6")

    said = chain.run("accept", "steps", "-m", "six").ok()
    assert said.err.count("--snapshot-update") == 1


def test_one_file_alone_is_accepted_by_its_name(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)

    said = chain.run("accept", "steps", LOAD.partition("/")[2], "-m", "only that").fails(1)

    said.prints("written, and NOT PROVEN", "other snapshots wait", f"changed   {FEATURES}")
    assert changed(chain) == [LOAD]
    said.prints("cp -R .loop/replaced/")


def test_files_of_a_chain_are_accepted_until_nothing_more_changes(chain: Project) -> None:
    edit(chain, "ONE = 1", "ONE = 5")
    chain.run("inner").fails(1)
    files = [LOAD, FEATURES.replace("__snapshots__", "__test_results__"), PREDICT]

    chain.run("accept", "steps", *files, "-m", "all three").ok().prints("accepted, 3 files")
    assert (chain.root / PREDICT).read_text() == "20"


def test_a_file_that_is_none_is_told(chain: Project) -> None:
    chain.run("accept", "steps", "test_lood", "-m", "x").fails(2).warns("no snapshot 'test_lood'")


def test_what_does_not_pass_afterwards_is_said_and_can_be_had_back(
    made: Callable[..., Project],
) -> None:
    # Two of a kind in one test share a file: green as it is written, and never again.
    found = made(
        'def test_two(expect):\n    expect({"a": 1}).to_match_snapshot()\n'
        '    expect({"a": 2}).to_match_snapshot()\n'
    )
    path = found.root / "__snapshots__/[test_pipe][test_two].dict.json"
    path.parent.mkdir()
    path.write_text("as it was")

    said = found.run("accept", "steps", "-m", "two").fails(1)

    said.prints("written, and NOT PROVEN", "what fails is not for a snapshot to say")
    (line,) = [line for line in said.out.splitlines() if "cp -R" in line]
    subprocess.run(
        ["sh", "-c", line.partition(": cp")[0] and "cp" + line.partition(": cp")[2]],
        cwd=found.root,
        check=True,
    )
    assert path.read_text() == "as it was"
    found.run("show").ok().prints("red", "why      two", "accepted of steps by")


def test_what_is_another_thing_each_time_is_told(made: Callable[..., Project]) -> None:
    found = made(
        "import os\ndef test_r(expect):\n    expect(os.urandom(8).hex()).to_match_snapshot()\n"
    )

    found.run("accept", "steps", "-m", "x").fails(1).prints("another thing each time they run")


def test_a_parameter_with_a_slash_is_seen_below_its_folder(made: Callable[..., Project]) -> None:
    found = made(
        "import pytest\n@pytest.mark.parametrize('n', ['x/y'])\n"
        "def test_a(expect, n):\n    expect([n]).to_match_snapshot()\n"
    )
    found.run("inner").fails(1)
    found.run("review").fails(1).prints(
        "new       __snapshots__/[test_pipe][test_a][x/y].list.json"
    )

    found.run("accept", "steps", "-m", "x").ok().prints("1 file: __snapshots__/[test_pipe]")
    found.run("review").ok().prints("1 unchanged")


def test_a_command_of_its_own_accepts(made: Callable[..., Project]) -> None:
    found = made(
        loops="""
        steps:
          run: pytest -q -W ignore
          accept: "{python} -m pytest -q -W ignore -n 0 --snapshot-update test_pipe.py"
          inputs: ['*.py']
          cycle: 5s
        """
    )
    found.run("inner").fails(1).prints("next: loop review steps")

    found.run("accept", "steps", "-m", "x").ok().warns("--snapshot-update test_pipe.py")
    assert (found.root / PREDICT).read_text() == "12"


def test_a_script_has_to_say_how_it_accepts(made: Callable[..., Project]) -> None:
    found = made(loops="steps: {run: 'cd . && pytest -q', inputs: ['*.py'], cycle: 5s}")

    found.run("accept", "steps", "-m", "x").fails(2).warns("runs a script", "accept: pytest")


def test_a_loop_without_snapshots_says_so(made: Callable[..., Project]) -> None:
    found = made(loops="lint: {run: 'true', cycle: 1s}")

    found.run("accept", "lint", "-m", "x").fails(2).warns("no snapshots that are known here")
    found.run("review").ok().prints("no loop here runs tests with snappylapy")
    found.run("review", "lint").fails(1).prints("lint: not known")


# -- what a verdict depends on ---------------------------------------------------------------


def test_what_was_accepted_is_an_input_though_no_pattern_names_it(proven: Project) -> None:
    path = proven.root / LOAD
    path.write_text(path.read_text().replace("1", "9"))

    proven.run("inner").fails(1).prints("steps")


def test_what_the_tests_come_to_is_no_input(proven: Project) -> None:
    proven.write({".gitignore": ".venv\n__pycache__/\n"})
    (proven.root / LOAD.replace("__snapshots__", "__test_results__")).write_text("else")

    proven.run("inner").ok().prints("passed before")


def test_two_loops_never_empty_one_anothers_results(made: Callable[..., Project]) -> None:
    sleepy = (
        "import time\ndef test_{0}(expect):\n"
        "    time.sleep(1.5)\n    expect('{0}').to_match_snapshot()\n"
    )
    found = made(
        sleepy.format("a"),
        """
        a: {run: pytest -q -W ignore test_pipe.py, inputs: [test_pipe.py], cycle: 5s, timeout: 5m}
        b: {run: pytest -q -W ignore test_b.py, inputs: [test_b.py], cycle: 5s, timeout: 5m}
        """,
        **{"test_b.py": sleepy.format("b")},
    )
    for name in ("a", "b"):
        found.run("accept", name, "-m", "first").ok()

    said = found.run("inner", "-j", "2", "--force", "--format", "jsonl").ok()

    events = [json.loads(line)["type"] for line in said.out.splitlines()]
    order = [one for one in events if one in {"loop_started", "loop_finished"}]
    assert order == ["loop_started", "loop_finished"] * 2
    assert "another loop's tests write their results there" in said.out


def test_the_snapshots_of_one_loop_are_no_inputs_of_another(made: Callable[..., Project]) -> None:
    found = made(
        CHAIN,
        """
        unit: {run: pytest -q -W ignore test_unit.py, inputs: [test_unit.py], cycle: 1s}
        steps: {run: pytest -q -W ignore test_pipe.py, inputs: [test_pipe.py], cycle: 5s}
        """,
        **{"test_unit.py": "def test_u():\n    pass\n"},
    )
    found.run("accept", "steps", "-m", "first").ok()
    found.run("inner").ok()
    edit(found, "ONE = 1", "ONE = 5")
    found.run("accept", "steps", "-m", "five").ok()

    found.run("inner").ok().prints("2 loops passed before")


# -- the doctor ------------------------------------------------------------------------------


def test_a_sound_project_has_nothing_wrong(chain: Project) -> None:
    chain.run("doctor").ok().prints("nothing is wrong")


def test_tests_in_a_package_do_not_find_their_snapshots(made: Callable[..., Project]) -> None:
    found = made(loops="steps: {run: pytest -q -W ignore tests, cycle: 5s}")
    found.write({"tests/__init__.py": "", "tests/test_pipe.py": CHAIN})
    (found.root / "test_pipe.py").unlink()
    found.run("accept", "steps", "-m", "x").fails(1).prints("No such file or directory")

    found.run("doctor").ok().prints("steps: its tests are a package", "remove tests/__init__.py")


def test_importlib_mode_does_not_find_them_either(made: Callable[..., Project]) -> None:
    found = made(
        loops="steps: {run: pytest -q -W ignore --import-mode=importlib tests, cycle: 5s}",
        **{"tests/test_pipe.py": CHAIN},
    )
    (found.root / "test_pipe.py").unlink()
    found.run("accept", "steps", "-m", "x").fails(1)

    found.run("doctor").ok().prints("steps: with --import-mode=importlib")


@pytest.mark.parametrize(("first", "second", "wrong"), [(1, 0, 1), (0, 1, 1), (1, 1, 0)])
def test_a_chain_parametrised_at_one_end_alone(
    made: Callable[..., Project], first: int, second: int, wrong: int
) -> None:
    mark = "@pytest.mark.parametrize('n', [1])\n"
    found = made(
        f"import pytest\n{mark * first}def test_a(expect{', n' * first}):\n"
        f"    expect([1]).to_match_snapshot()\n"
        f"{mark * second}@pytest.mark.snappylapy(depends=[test_a])\n"
        f"def test_b(load_snapshot{', n' * second}):\n    assert load_snapshot.list() == [1]\n"
    )
    found.run("accept", "steps", "-m", "x").fails(wrong)

    said = found.run("doctor").ok().out
    assert ("only one of them is parametrised" in said) == bool(wrong)


def test_several_processes_and_a_chain(made: Callable[..., Project]) -> None:
    found = made(**{"pytest.ini": "[pytest]\naddopts = -n 2\n"})

    found.run("doctor").ok().prints(
        "steps: runs in several processes, and has a chain (test_pipe.py)"
    )


def test_results_that_git_would_add(chain: Project) -> None:
    chain.write({".gitignore": ".venv\n"})
    chain.run("doctor").ok().prints("put __test_results__/ into .gitignore")

    chain.write({".gitignore": ".venv\n__test_results__/\n__snapshots__/\n"})
    chain.run("doctor").ok().prints("git ignores __snapshots__")
