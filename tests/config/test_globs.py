"""Patterns against git's own answers, and seen from folders with awkward names."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from innerloop.config.globs import BadGlob, compile_glob, compile_globs
from innerloop.core.globs import matcher

if TYPE_CHECKING:
    from pathlib import Path

PATHS = (
    *("a", "b", "a.py", "b.py", "src/a.py", "src/deep/a.py", "src/deep/er/a.py", "docs/a.md"),
    *("src/a", "a/b", "a/b/c", "x/a/b", "data/raw/x.csv", "data/x.csv", "pyproject.toml"),
    *("sub/pyproject.toml", "a b", "a b/c", "#x", "!x", "[x]", "x[1]/y", "a*b", "ü/é.py", ".env"),
    *(
        ".github/ci.yml",
        "src/.hidden",
        "build/lib/a.py",
        "abc",
        "adc",
        "a/c",
        "a/bc",
        "foo.py/bar",
        "a\\b",
    ),
)
PATTERNS = (
    *("*.py", "/a", "a/", "a", "src/", "/src/", "src/**", "src/*", "src/**/*.py", "**/a.py", "**"),
    *(
        "*",
        "a/**/b",
        "a/**",
        "**/b",
        "a?c",
        "a[bd]c",
        "a[!b]c",
        "a[^b]c",
        "[!a]*",
        "a[a-c]c",
        "a[+-9]c",
    ),
    *("data/**/*.csv", "data/*.csv", "*.csv", "pyproject.toml", "/pyproject.toml", "\\#x", "\\!x"),
    *(
        "\\[x\\]",
        "x\\[1\\]/y",
        "a\\*b",
        "a b",
        "a b/",
        "ü/*",
        ".*",
        "*/a.py",
        "*/*/a.py",
        "src/deep",
    ),
    *("build", "doc*/", "a/b", "/a/b", "b/c", "**/deep/**", "src/**/a.py", "a.*", "*.*", "foo.py"),
    *("?", "??", "[a-b]", "a/", "**/src", "src/deep/", "a\\\\b", "a/b/", "*a*", "**/*.py"),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("globs")
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def ignored(root: Path, patterns: list[str], paths: tuple[str, ...]) -> set[str]:
    """Git's own answer for paths that need not exist."""
    (root / ".git/info/exclude").write_text("".join(f"{p}\n" for p in patterns))
    done = subprocess.run(
        ["git", "-C", root, "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode < 2, done.stderr
    return {path for path in done.stdout.decode().split("\0") if path}


def chosen(patterns: list[str], paths: tuple[str, ...], cwd: str = "") -> set[str]:
    return set(filter(matcher(compile_globs(patterns, cwd)), paths))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_chooses_what_git_would_ignore(repository: Path, pattern: str) -> None:
    # Git's `?` is a byte, ours is a character.
    paths = tuple(path for path in PATHS if path.isascii() or "?" not in pattern)
    assert chosen([pattern], paths) == ignored(repository, [pattern], paths)


def test_the_last_pattern_that_fits_decides(repository: Path) -> None:
    for patterns in (
        ["*.py", "!a.py"],
        ["*.py", "!a.py", "/a.py"],
        ["*.csv", "!data/x.csv"],
        ["!a.py"],
        ["a*", "!ab*", "abc"],
    ):
        assert chosen(patterns, PATHS) == ignored(repository, patterns, PATHS)


SEGMENT = st.text(st.sampled_from(list("ab.*?-")), min_size=1, max_size=4).filter(
    lambda s: s not in {".", ".."} and "**" not in s
)
NAME = st.text(st.sampled_from(list("ab.-")), min_size=1, max_size=4).filter(
    lambda s: s not in {".", ".."}
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.one_of(SEGMENT, st.just("**")), min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "/"]),
    st.sampled_from(["", "/"]),
    st.lists(st.lists(NAME, min_size=1, max_size=4).map("/".join), min_size=5, max_size=30),
)
def test_any_pattern_chooses_what_git_would_ignore(
    repository: Path, pattern: str, lead: str, tail: str, paths: list[str]
) -> None:
    written = f"{lead}{pattern}{tail}"
    if "**/**" in written or written.endswith("**/"):
        return
    told = tuple(dict.fromkeys(paths))
    assert chosen([written], told) == ignored(repository, [written], told)


@pytest.mark.parametrize("cwd", ["sub", "s b/c", "x[2]", "w*", "!n", "#n", "b\\s", "ö", "-"])
def test_patterns_are_seen_from_their_folder(cwd: str) -> None:
    inside = tuple(f"{cwd}/{path}" for path in PATHS)
    for pattern in PATTERNS:
        wanted = {f"{cwd}/{path}" for path in chosen([pattern], PATHS)}
        assert chosen([pattern], (*inside, *PATHS), cwd) == wanted, pattern


@pytest.mark.parametrize(
    ("pattern", "cwd", "folder", "literal"),
    [
        ("src/**/*.py", "", "src", ""),
        ("src/deep/x?.py", "", "src/deep", ""),
        ("data/x.csv", "", "data", "data/x.csv"),
        ("/x.csv", "", "", "x.csv"),
        ("./x.csv", "d", "d", "d/x.csv"),
        ("../x.csv", "d/e", "d", "d/x.csv"),
        ("a/./b//../c", "", "a", "a/c"),
        ("*.py", "", "", ""),
        ("*.py", "d", "d", ""),
        (".env", "", "", ".env"),
        (".env", "d", "d", "d/.env"),
        ("data/", "", "", "data"),
        ("data/raw/", "d", "d/data", "d/data/raw"),
        ("data/**", "", "data", ""),
        ("**/x", "", "", ""),
        ("x\\*y/z w", "", "x*y", "x*y/z w"),
        (".", "d/e", "d", "d/e"),
        (".", "", "", ""),
    ],
)
def test_the_folder_and_the_name(pattern: str, cwd: str, folder: str, literal: str) -> None:
    glob = compile_glob(pattern, cwd)
    assert (glob.folder, glob.literal) == (folder, literal)
    if literal:
        assert chosen([pattern], (literal, f"{literal}/x"), cwd)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("../x", "'../x' leaves the project's folder"),
        ("a/../../x", "'a/../../x' leaves the project's folder"),
        ("!../x", "'!../x' leaves the project's folder"),
        ("~/x", "'~/x' leaves the project's folder"),
        ("**/../x", "'**/../x' goes up again after '**'"),
        ("/", "'/' names no file"),
        ("!", "'!' names no file"),
        ("  ", "'  ' names no file"),
        ("#x", "'#x' is a comment in gitignore's language"),
        ("[a", "'[a' opens a bracket and never closes it"),
        ("a\\", "'a\\' ends in a backslash that escapes nothing"),
        ("[[:alpha:]]", "the brackets in '[[:alpha:]]' hold more than plain characters"),
        ("[a/b]", "the brackets in '[a/b]' hold more than plain characters"),
        ("[a\\]]", "the brackets in '[a\\]]' hold more than plain characters"),
        ("[z-a]", "'[z-a]' is not a pattern gitignore understands"),
        ("[a&&b]", "'[a&&b]' is not a pattern gitignore understands"),
    ],
)
def test_patterns_that_say_nothing_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(BadGlob) as caught:
        compile_glob(pattern, "")
    assert caught.value.message == message


@given(st.text(max_size=30), st.sampled_from(["", "d", "d/e"]))
def test_any_text_is_a_pattern_or_refused_in_words(text: str, cwd: str) -> None:
    try:
        glob = compile_glob(text, cwd)
    except BadGlob as error:
        assert error.message  # noqa: PT017 - either way is right
    else:
        matcher((glob,))("a/b")


def test_names_with_newlines_are_names() -> None:
    assert chosen(["*.py"], ("a\nb.py", "a.py\n", "d\n/a.py")) == {"a\nb.py", "d\n/a.py"}
    assert chosen(["a*"], ("a\n", "a\udcff")) == {"a\n", "a\udcff"}
    assert chosen(["src/**"], ("src/a\nb", "src", "srcs/x")) == {"src/a\nb"}


def test_nothing_is_chosen_by_nothing() -> None:
    assert chosen([], PATHS) == set()
