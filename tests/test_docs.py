"""What README and docs show is what happens: every block is run, every name exists."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from innerloop.config.compiled import load
from innerloop.config.schema import json_schema
from innerloop.core.locations import found
from innerloop.core.model import Outcome, Result, Run, Verdict
from innerloop.views.lines import closing as last_line
from innerloop.views.lines import saved
from pages import Block, Session, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page.relative_to(ROOT).as_posix() for page in (ROOT / "README.md", *ROOT.glob("docs/**/*.md"))
)
SHELL = {"sh", "console"}
YAML = {
    "yaml": "{}",
    "yaml inner": "version: 1\ninner:\n{}",
    "yaml top": "version: 1\n{}\ninner: {{unit: {{run: 'true', cycle: 1s}}}}\n",
}
"""what a block of YAML is a part of, by the words behind its fence"""
SETTINGS: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads}
"""settings of other programs, and what reads them"""
TOOLS = ("snappylapy",)
"""what is installed for a page, in an environment of its own"""
SET_UP = re.compile(r"pip install|-m venv")


def of(page: str, *infos: str) -> list[Block]:
    return [one for one in blocks((ROOT / page).read_text()) if one.info in infos]


def test_a_block_that_shows_something_else_is_found(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.play(Block("console", "$ echo took 3s\ntook 12.5s\n$ seq 9\n1\n...\n9\n", 1, ""))
    with pytest.raises(AssertionError, match="echo one"):
        session.play(Block("console", "$ echo one\ntwo\n", 1, ""))
    with pytest.raises(AssertionError, match="exit 3"):
        session.play(Block("sh", "true\nexit 3\n", 1, ""))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [page for page in PAGES if of(page, *SHELL)])
def test_every_block_of_commands_does_what_it_shows(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # What a page has its reader install is there; of anything else, only what is ours.
    needs = next((tool for tool in TOOLS if f"pip install {tool}" in (ROOT / page).read_text()), "")
    session = Session(tmp_path, request.getfixturevalue(needs) if needs else None)
    for block in of(page, *SHELL):
        if not SET_UP.search(block.text):
            session.play(block)


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_says_what_it_holds(page: str) -> None:
    text = (ROOT / page).read_text()
    assert text.count("\n```") == 2 * len(blocks(text))
    assert {one.info for one in blocks(text)} <= SHELL | {*YAML, *SETTINGS, "text", "python"}


@pytest.mark.parametrize("page", [page for page in PAGES if of(page, *YAML)])
def test_every_piece_of_configuration_is_right(page: str, tmp_path: Path) -> None:
    for block in of(page, *YAML):
        body = textwrap.indent(block.text, "  ") if block.info == "yaml inner" else block.text
        (tmp_path / "loops.yaml").write_text(YAML[block.info].format(body))
        loaded = load(str(tmp_path), store=False)
        assert not loaded.warnings, f"{page}:{block.line}: {loaded.warnings}"


@pytest.mark.parametrize("page", [page for page in PAGES if of(page, *SETTINGS)])
def test_every_piece_of_settings_can_be_read_and_names_commands_that_are_there(page: str) -> None:
    for block in of(page, *SETTINGS):
        read = str(SETTINGS[block.info](block.text))
        for command in re.findall(r"loop (?:inner|watch|mcp)[^;>}']*", read):
            assert unknown(f"`{command.strip()}`") == [], command


def matchers() -> Iterator[tuple[str, dict[str, Any]]]:
    """The tasks of the page on VS Code, each with its problem matcher."""
    for block in of("docs/guide/vscode.md", "json"):
        for task in json.loads(block.text).get("tasks", []):
            yield task["label"], task["problemMatcher"]


def test_the_problem_matchers_read_what_is_written_for_them() -> None:
    outputs = sorted((ROOT / "tests/core/outputs").glob("*.txt"))
    places = [
        place
        for path in outputs
        for place in found(path.read_text(encoding="utf-8"), root="/srv/shop")
    ]
    assert len(places) > 50
    for _, matcher in matchers():
        pattern = matcher["pattern"]
        for place in places:
            match = re.match(pattern["regexp"], str(place))
            assert match, str(place)
            read = [match[pattern[key]] for key in ("file", "line", "column", "message")]
            assert read == [place.path, str(place.line), str(place.column or 1), place.message]


def test_the_matcher_of_the_watch_knows_where_a_walk_begins_and_ends() -> None:
    background = dict(matchers())["loop watch"]["background"]
    begins, ends = (re.compile(background[f"{key}Pattern"]) for key in ("begins", "ends"))
    assert begins.match(saved(("a.py",)))
    assert begins.match(saved((), everything=True))
    for verdict in Verdict:
        failed = Result("unit", Outcome.FAILED, "", 1.0)
        last = last_line(Run("1", 1.0, 1.0, verdict, "", (failed,)), colour=False)
        assert ends.match(last), last
        assert not begins.match(last)


# -- the two commands, and the links ---------------------------------------------------------


def test_the_set_up_commands_are_what_ci_extracts() -> None:
    named = {one.marker: one.text for one in of("README.md", "sh") if one.marker}
    script = (ROOT / ".ci/run").read_text()
    assert set(re.findall(r"\$\(command_named (\w+)\)", script)) == set(named) == {"loops", "tests"}
    ends = {"loops": "loop inner --budget 30s", "tests": "pytest -q -n 4 --dist loadfile"}
    for name, text in named.items():
        steps = text.strip().split(" && ")
        assert steps[0] == "python3 -m venv .venv"
        assert steps[1] == ".venv/bin/pip install -q -e '.[dev]'"
        assert steps[2:] == [f".venv/bin/{ends[name]}"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / page).read_text()):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_the_picture_asks_nobody_for_anything() -> None:
    picture = (ROOT / "docs/picture.svg").read_text()
    assert set(re.findall(r"https?://[^\"' )]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert re.search(r"loop.*inner", picture)


# -- the reference ---------------------------------------------------------------------------


def generator() -> Any:
    if "generate" in sys.modules:
        return sys.modules["generate"]
    # Where it finds its neighbours, as `python docs/generate.py` does.
    sys.path.append(str(ROOT / "docs"))
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A named tuple looks its own module up.
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_up_to_date() -> None:
    for name, text in generator().pages().items():
        if os.environ.get("UPDATE"):
            (ROOT / name).write_text(text)
        assert (ROOT / name).read_text() == text, f"{name}: UPDATE=1 pytest tests/test_docs.py"


def test_every_command_says_what_it_does_and_shows_it() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text()
    names = set()
    for verb in generator().verbs():
        names.add(verb.name)
        assert verb.help, verb.name
        assert all(one.help for one in (*verb.options, *verb.arguments)), verb
        assert f"## loop {verb.name}\n" in page
        assert strange(verb) == [], verb.example
        for option in verb.options:
            assert f"`{option.shown}`" in page
    assert {"inner", "plan", "why"} <= names


def strange(verb: Any) -> list[str]:
    """What is no option of the command in its example; also an example of something else."""
    words = verb.example.partition(" -- ")[0].split()
    known = {name for one in verb.options for name in re.findall(r"--?[\w-]+", one.shown)}
    wrong = [word for word in words if word.startswith("-") and word not in known]
    name = ["loop", *verb.name.split()]
    return wrong if words[: len(name)] == name else [verb.example]


def test_an_example_with_a_strange_option_is_found() -> None:
    verb = next(iter(generator().verbs()))
    assert strange(verb._replace(example="loop inner --nope")) == ["--nope"]
    assert strange(verb._replace(example="")) == [""]


UNBUILT = re.compile(r"## Not built yet\n(?:(?!## ).*\n)*")


def unknown(text: str) -> list[str]:
    """Commands that are named as if they were there, and options that they do not take."""
    verbs = {verb.name: verb for verb in generator().verbs()}
    wrong: list[str] = []
    for line in re.findall(r"`(loop [a-z][^`\n]*)`|^\$ (loop [a-z].*)", text, re.MULTILINE):
        for said in filter(None, line):
            words = said.split()
            name = next((n for n in (" ".join(words[1:3]), words[1]) if n in verbs), "")
            taken = verbs[name]._replace(example=said) if name else None
            wrong += strange(taken) if taken else [said]
    return wrong


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_is_there(page: str) -> None:
    assert unknown(UNBUILT.sub("", (ROOT / page).read_text())) == []


def test_a_command_that_is_not_there_is_found() -> None:
    assert unknown("run `loop wach` and\n$ loop inner --fast\n`loop -C x`") == [
        "loop wach",
        "--fast",
    ]


def test_every_key_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/loops-yaml.md").read_text()
    top = json_schema()["properties"]
    keys = [*top, *top["inner"]["additionalProperties"]["properties"]]
    assert len(keys) > 30
    assert [key for key in keys if f"| `{key}` |" not in page] == []


def test_every_mapping_at_the_top_has_a_table_of_its_keys() -> None:
    page = (ROOT / "docs/reference/loops-yaml.md").read_text()
    top = json_schema()["properties"]
    mappings = [name for name, field in top.items() if "properties" in field]
    assert {"spend", "hook", "watch"} <= {*mappings}
    for name in mappings:
        (part,) = re.findall(rf"(?ms)^## {name}$(.*?)^## ", page)
        assert [key for key in top[name]["properties"] if f"| `{key}` |" not in part] == []


# -- what must not be here -------------------------------------------------------------------

HOSTS = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com")
PATHS = re.compile(r"(?<![\w.}~/])/(?:work|root|home|Users)/\w\w")


def misplaced(text: str) -> list[str]:
    """Places of one machine, and hosts that only some machines may reach."""
    return [*PATHS.findall(text), *(host for host in HOSTS if host in text)]


def test_a_path_of_one_machine_and_a_registry_are_found() -> None:
    assert misplaced("see /ho" + "me/ann/x")
    assert misplaced(f"from https://{HOSTS[0]}/simple")
    assert not misplaced("src/home/page.py, ~/code/it, /tmp/x")


def test_nothing_in_the_repository_is_of_one_machine() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        assert os.path.basename(name) != "uv" + ".lock"
        if (ROOT / name).is_file():
            with closing(open(ROOT / name, encoding="utf-8", errors="replace")) as file:
                assert misplaced(file.read()) == [], name
