"""Command lines a project already has for its tools: hooks, tox, nox, scripts, CI, DVC."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from typing import Any

import yaml

from innerloop.core.survey import Hook, Said, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOOLS = frozenset(
    {
        "basedpyright",
        "black",
        "flake8",
        "isort",
        "mypy",
        "pylint",
        "pyrefly",
        "pyright",
        "pytest",
        "ruff",
        "ty",
    }
)
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("hatch", "run"), ("pipenv", "run"))
_PYTHONS = frozenset({"python", "python3"})
# `{posargs:tests}` stands for what is typed behind `--`: the default is what CI runs.
_POSARGS = re.compile(r"\{posargs:?([^{}]*)\}|\{\[?env_site|\$\*|\$@")
_COMMANDS = re.compile(r"^commands\w*\s*=\s*")
_SCRIPT = re.compile(r"(?:scripts?|bin|ci|tools)/[\w-]+(?:\.sh)?").fullmatch
_ASSIGNED = re.compile(r"""^\s*(?:export )?(\w+)=("[^"$`]*"|'[^']*'|[\w./-]*)\s*$""", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_TARGET = re.compile(r"^([A-Za-z0-9][\w.-]*)[ \t]*:(?![=:])", re.MULTILINE | re.ASCII)


def hooks(text: str) -> tuple[Hook, ...]:
    """The hooks of a `.pre-commit-config.yaml`."""
    config = _yaml(text)
    found = []
    for repository in _list(config, "repos"):
        for hook in _list(repository, "hooks"):
            if isinstance(hook, dict) and hook.get("id"):
                excluded = [config.get("exclude"), hook.get("exclude")]
                exclude = "|".join(f"(?:{one})" for one in excluded if isinstance(one, str))
                args = tuple(str(arg) for arg in _list(hook, "args"))
                found.append(Hook(str(hook["id"]), args, exclude))
    return tuple(found)


def stages(text: str) -> tuple[Stage, ...]:
    """The stages of a `dvc.yaml`, in its order."""
    config = _yaml(text).get("stages")
    if not isinstance(config, dict):
        return ()
    return tuple(_stage(str(name), body) for name, body in config.items())


def _stage(name: str, body: Any) -> Stage:
    command = body.get("cmd") if isinstance(body, dict) else None
    if not isinstance(command, str) or "${" in str(body):
        return Stage(name, "")  # several commands, a template or a matrix: DVC's to expand
    outputs = (*_names(body, "outs"), *_names(body, "metrics"), *_names(body, "plots"))
    params = ("params.yaml",) if _list(body, "params") else ()
    inputs = (*_names(body, "deps"), *params)
    return Stage(name, " ".join(command.split()), inputs, outputs, str(body.get("wdir", "")))


def _names(body: Any, key: str) -> tuple[str, ...]:
    """Entries are paths, or one-key tables of a path and its options."""
    return tuple(str(next(iter(one)) if isinstance(one, dict) else one) for one in _list(body, key))


def targets(text: str) -> tuple[str, ...]:
    """The named targets of a Makefile, in its order."""
    return tuple(dict.fromkeys(_TARGET.findall(text)))


def said(paths: tuple[str, ...], read: Callable[[str], str]) -> Iterator[Said]:
    """Simple command lines with a known tool in command position."""
    for path in paths:
        for line in _lines(path, read):
            for part in re.split(r"&&|\|\||;", line):
                if found := _said(part, path):
                    yield found


def _said(line: str, where: str) -> Said | None:
    line = _POSARGS.sub(r"\1", line.strip().lstrip("@-").strip())
    if re.search(r"[$`{}<>|#\\]", line):
        return None
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if tuple(words[:2]) in _RUNNERS:
        words = words[2:]
    if words[:1] and words[0] in _PYTHONS and words[1:2] == ["-m"]:
        words = words[2:]
    return Said(words[0], tuple(words[1:]), where) if words and words[0] in TOOLS else None


def _lines(path: str, read: Callable[[str], str]) -> Iterator[str]:
    try:
        if path == "tox.ini":
            yield from (_COMMANDS.sub("", line) for line in read(path).splitlines())
        elif path == "pyproject.toml":
            yield from _scripts(tomllib.loads(read(path)).get("tool", {}))
        elif path == "noxfile.py":
            yield from _sessions(ast.parse(read(path)))
        elif path in {"Makefile", "justfile"}:
            yield from (line for line in read(path).splitlines() if line[:1] in "\t ")
        elif path.startswith(".github/workflows/"):
            yield from _steps(_yaml(read(path)))
        elif _SCRIPT(path) and read(path).startswith("#!"):
            yield from _expanded(read(path))
    except (ValueError, SyntaxError):
        return


def _expanded(text: str) -> Iterator[str]:
    """A shell script's lines, with the variables it sets to plain words put in."""
    values: dict[str, str] = {}
    for name, value in _ASSIGNED.findall(text):
        values.setdefault(name, value.strip("\"'"))
    for line in text.splitlines():
        yield _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), line)


def _scripts(tools: Any) -> Iterator[str]:
    """Whatever stands under tox, poe, taskipy, PDM or Hatch as a command."""
    for name in ("tox", "poe", "taskipy", "pdm", "hatch"):
        for text in _leaves(tools.get(name)):
            yield from (line.partition("=")[2] or line for line in text.splitlines())
            yield from text.splitlines()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        yield shlex.join(value)  # tox: a command is a list of words
        yield from value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)


def _sessions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            words = [one.value for one in node.args if isinstance(one, ast.Constant)]
            texts = [word for word in words if isinstance(word, str)]
            if node.func.attr == "run" and texts and len(texts) == len(node.args):
                yield shlex.join(texts)


def _steps(workflow: Any) -> Iterator[str]:
    jobs = workflow.get("jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        for step in _list(job, "steps"):
            if isinstance(step, dict):
                yield from str(step.get("run") or "").splitlines()


def _yaml(text: str) -> Any:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(table: Any, key: str) -> list[Any]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, list) else []
