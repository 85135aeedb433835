"""Commands: split as a shell would, handed to one where it must be, filled in without surprises."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from innerloop.core.command import LONGEST_ARGUMENT, expand, near_miss, parse, scripts, split

AWKWARD = ("./a b", "./it's", './"q"', "./$HOME", "./`id`", "./new\nline", "./\\", "./*", "./ü")


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("true", ("true",)),
        ("  ruff   check\t. ", ("ruff", "check", ".")),
        ("pytest -k 'a or b'", ("pytest", "-k", "a or b")),
        ('echo "a b"c', ("echo", "a bc")),
        (r"echo a\ b \'", ("echo", "a b", "'")),
        (r"echo '\n' \$x", ("echo", r"\n", "$x")),
        (r'echo "\n"', ("echo", r"\n")),
        ("echo '' \"\"", ("echo", "", "")),
        ("a b#c d~ e=f", ("a", "b#c", "d~", "e=f")),
        ("pytest --x=1 {a,b} {}", ("pytest", "--x=1", "{a,b}", "{}")),
        ("a \\\n b", ("a", "b")),
        ("'my tool' x", ("my tool", "x")),
    ],
)
def test_a_plain_command_is_started_directly(text: str, argv: tuple[str, ...]) -> None:
    command = parse(text)
    assert not command.shell
    assert command.argv == argv
    assert command.programs == argv[:1]


@pytest.mark.parametrize(
    "text",
    [
        "a | b",
        "a && b",
        "a & b",
        "a; b",
        "a < b",
        "a > b",
        "(a)",
        "echo $x",
        "echo `a`",
        "ls *.py",
        "ls ?",
        "ls [a]",
        "a #c",
        "# c",
        "a ~/x",
        "a\nb",
        'echo "$x"',
        'echo "`x`"',
        r'echo "\""',
        r'echo "\\"',
        "X=1 a",
        "cd src",
        "export A",
        "source x",
        ". x",
        "set -e",
        "eval x",
        "exec x",
        "if a",
        "for x in a",
        "while a",
        "case x in",
        "ulimit -n 1",
        "umask 0",
        "unset x",
        "wait",
        "trap x 0",
        ":",
        "{ a",
        "! a",
        "exit 1",
        "[[ a ]]",
    ],
)
def test_what_only_a_shell_knows_goes_to_one(text: str) -> None:
    command = parse(text)
    assert command.shell
    assert expand(command, {}) == ("sh", "-c", text)


@given(st.text(st.sampled_from(list("ab '\"\\-=.{}#~")), max_size=12))
def test_words_are_those_of_a_shell(text: str) -> None:
    try:
        command = parse(text)
    except ValueError:
        return
    if not command.shell:
        assert list(command.argv) == shlex.split(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("echo 'a", "the quote ' is opened and never closed"),
        ('echo "a\\"', 'the quote " is opened and never closed'),
        ("'' a", "names no program"),
        ([], "names no program"),
        (["", "a"], "names no program"),
    ],
)
def test_what_is_no_command_is_refused(text: str | list[str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("a x | b y && c || d; e & f", "a b c d e f sh"),
        ("X=1 Y='2 3' a b", "a sh"),
        ("(cd src && make test)", "make sh"),
        ("if a; then b; else c; fi", "a b c sh"),
        ("for x in 1 2; do a $x; done", "a sh"),
        ("while ! a; do b; done", "a b sh"),
        ("exec a b", "a sh"),
        ("a > out.txt 2>&1 | b < in", "a b sh"),
        ("> out a b", "a sh"),
        ("2> out a b", "a sh"),
        ("echo $(a b) `c d`", "echo a c sh"),
        ("$TOOL x; 'my tool' y", "my_tool sh"),
        ("{python} -m x | a", "a sh"),
        ("a # b | c\nd", "a d sh"),
        ("echo 'x | y' && a", "echo a sh"),
        ("sh -c x; a", "a sh"),
    ],
)
def test_the_programs_of_a_shell_command(text: str, programs: str) -> None:
    found = parse(text).programs
    assert [name.replace(" ", "_") for name in found] == programs.split()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sh tools/c.sh", "tools/c.sh"),
        ("python tools/x.py --fast data.csv", "tools/x.py"),
        ("{python} x.py", "x.py"),
        ("python3.11 -u -B x.py", "x.py"),
        ("bash -eu tools/c.sh", "tools/c.sh"),
        ("sh -e tools/c.sh", "tools/c.sh"),
        ("env A=1 node x.js", "x.js"),
        ("sh a.sh && (bash b.sh; python c.py) | sh a.sh", "a.sh b.sh c.py"),
        ("sh a.sh;sh b.sh", "a.sh b.sh"),
        ("true\nsh a.sh", "a.sh"),
        ("python -m pytest tests/x.py", ""),
        ("python -u -m pytest", ""),
        ("python -c 'import x' x.py", ""),
        ("perl -e 'print' x.pl", ""),
        ("sh -c 'make all'", ""),
        ("sh -c make", ""),
        ("python -c pass x.py", ""),
        ("sh $SCRIPT", ""),
        ("cat sh", ""),
        ("mypython x.py", ""),
        ("push x.sh", ""),
    ],
)
def test_the_script_of_an_interpreter_is_found(text: str, found: str) -> None:
    assert scripts(parse(text)) == tuple(found.split())


def test_placeholders_are_found_once_and_the_shells_own_left_alone() -> None:
    command = parse("a {out} {changed} {out} {out.my-loop.2}/x {cache} {python} {files} {x} {}")
    assert command.placeholders == (
        *("out", "changed", "out.my-loop.2", "cache", "python", "files"),
    )
    assert parse("a ${out} | b").placeholders == ()
    assert expand(parse("a ${out} | b"), {}) == ("sh", "-c", "a ${out} | b")
    assert parse("{python} -m x").programs == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a {change}", (("{change}", "{changed}"),)),
        ("a {file} {output}", (("{file}", "{files}"), ("{output}", "{out}"))),
        ("a {Python}", (("{Python}", "{python}"),)),
        ("a {out.}", (("{out.}", "{out.NAME}"),)),
        ("a {out.-x}", (("{out.-x}", "{out.NAME}"),)),
        ("a {changed } {CHANGED}", (("{changed }", "{changed}"), ("{CHANGED}", "{changed}"))),
        ("a {} {a,b} ${file} {changed} {out.x} {print $1} {name} {id}", ()),
    ],
)
def test_near_misses(text: str, found: tuple[tuple[str, str], ...]) -> None:
    assert near_miss(text) == found


def test_a_list_alone_in_its_word_becomes_several_arguments() -> None:
    values: dict[str, str | tuple[str, ...]] = {"files": AWKWARD, "out": "/o p"}
    command = parse("tool {files} --all={files} '{files}' {out}/x")
    assert expand(command, values) == (
        *("tool", *AWKWARD, f"--all={' '.join(AWKWARD)}", *AWKWARD, "/o p/x"),
    )


def test_a_value_is_never_filled_in_again() -> None:
    assert expand(parse("a {out}"), {"out": "{cache}", "cache": "no"}) == ("a", "{cache}")


@pytest.mark.parametrize(
    "written",
    ["{files}", '"{files}"', "'{files}'", "x $(printf '%s' 1) {files}", "$(true) {files}"],
)
def test_a_shell_reads_every_value_back_whole(written: str) -> None:
    command = parse(f"printf '%s\\0' {written} | cat")
    assert command.shell
    done = subprocess.run(
        expand(command, {"files": AWKWARD}), capture_output=True, check=True, timeout=10
    )
    assert done.stdout.decode().split("\0")[:-1][-len(AWKWARD) :] == list(AWKWARD)


@pytest.mark.parametrize(
    "written",
    [
        "printf %s {out} | cat",
        'printf %s "{out}" | cat',
        "printf %s '{out}' | cat",
        'printf %s "$(printf %s {out})"',
        'printf %s "$(printf %s "{out}")"',
        "printf %s \"$(printf %s '{out}')\"",
        'printf %s "`printf %s {out}`"',
        "printf %s \"`printf %s '{out}'`\"",
        'x=`printf %s {out}`; printf %s "$x"',
        "# don't\nprintf %s {out}",
        "echo it\\'s > /dev/null; printf %s {out}",
        "(printf %s {out})",
        'f() { printf %s "$1"; }; f {out}',
    ],
)
def test_a_value_is_quoted_as_its_place_asks_for(written: str) -> None:
    command = parse(written)
    assert command.shell
    for value in ("a b", "it's", '"', "$HOME", "`id`", "\\", "a\\$b", "*", "plain", ""):
        done = subprocess.run(
            expand(command, {"out": value}), capture_output=True, text=True, check=True, timeout=10
        )
        assert done.stdout == value


SOME_PATHS = st.lists(
    st.text(st.characters(exclude_characters="\0", max_codepoint=0x2FF), min_size=1, max_size=30),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(
    SOME_PATHS,
    st.integers(300, 3000),
    st.sampled_from(["t {files}", "t -x {files} --end", "t -c {changed} {files}"]),
)
def test_a_split_hands_every_path_over_once_and_in_order(
    paths: list[str], limit: int, text: str
) -> None:
    command = parse(text)
    values: dict[str, str | tuple[str, ...]] = {"files": tuple(paths), "changed": "c"}
    lines = split(command, values, "files", limit)
    rest = len(expand(command, {**values, "files": ()}))
    before = command.argv.index("{files}")
    handed = [word for line in lines for word in line[before : len(line) - (rest - before)]]
    assert handed == paths
    for line in lines:
        assert len(line) > rest
        assert sum(len(os.fsencode(word)) + 9 for word in line) <= limit


@settings(max_examples=50, deadline=None)
@given(SOME_PATHS, st.integers(400, 2000))
def test_a_split_of_a_shells_text_is_never_over_the_limit(paths: list[str], limit: int) -> None:
    lines = split(parse("t {files} | u"), {"files": tuple(paths)}, "files", limit)
    handed: list[str] = []
    for line in lines:
        assert sum(len(os.fsencode(word)) + 9 for word in line) <= limit
        handed += shlex.split(line[2])[1:-2]
    assert handed == paths


def test_no_single_argument_is_longer_than_the_system_takes() -> None:
    paths = tuple(f"./{'x' * 100}{n}" for n in range(5000))
    for text in ("t {files} | u", "t --all={files}"):
        lines = split(parse(text), {"files": paths}, "files", 2_000_000)
        assert len(lines) > 1
        assert max(len(word) for line in lines for word in line) <= LONGEST_ARGUMENT
        assert min(len(line[-1]) for line in lines[:-1]) > LONGEST_ARGUMENT - 200


def test_what_fits_is_one_command_and_nothing_is_none() -> None:
    command = parse("t {files}")
    assert split(command, {"files": ("a", "b")}, "files", 1000) == (("t", "a", "b"),)
    assert split(command, {"files": ()}, "files", 1000) == ()
    assert split(command, {"files": ("a", "b" * 900)}, "files", 300) == (
        ("t", "a"),
        ("t", "b" * 900),
    )
    assert split(parse("t x"), {"files": ("a",) * 900}, "files", 300) == (("t", "x"),)


@given(st.text(max_size=80))
def test_any_text_is_a_command_or_refused_in_words(text: str) -> None:
    assume("\0" not in text)
    try:
        command = parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either way is right
    else:
        assert command.argv or command.programs[-1] == "sh"
        near_miss(text)
        expand(command, dict.fromkeys(command.placeholders, "v"))
