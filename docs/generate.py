"""The reference pages and the module map, written from the program itself.

    python docs/generate.py

Whatever is said here is said once, in the source; `tests/test_docs.py` fails when it differs.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import typer.main
from grammar import listed, loops_yaml, table

from innerloop.cli.app import app
from innerloop.core import (
    book,
    compared,
    errors,
    events,
    findings,
    flips,
    happenings,
    judgement,
    lineage,
    model,
    reported,
    results,
    trend,
)
from innerloop.core.stages import End
from innerloop.core.states import State
from innerloop.views.jsonl import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/innerloop"
NOTE = "<!-- Written by docs/generate.py from the source: change it there. -->\n\n"
MAP = ("<!-- modules -->", "<!-- /modules -->")
NOUNS = (model.Plan, model.Step, model.Loop, model.Result, model.Run)


def main() -> None:
    for name, text in pages().items():
        (ROOT / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Every generated page as it should stand, by its path from the root."""
    found = {
        "docs/reference/cli.md": NOTE + cli(),
        "docs/reference/loops-yaml.md": NOTE + loops_yaml(),
        "docs/reference/events.md": NOTE + event_page(),
        "docs/reference/json.md": NOTE + json_page(),
        "docs/reference/exit-codes.md": NOTE + exit_codes(),
    }
    design = "docs/design.md"
    found[design] = mapped((ROOT / design).read_text(encoding="utf-8"), module_map())
    return found


# -- the command line ------------------------------------------------------------------------


class Option(NamedTuple):
    """A flag or an argument of a command."""

    shown: str
    help: str


class Verb(NamedTuple):
    """One command, as its help has it."""

    name: str
    help: str
    example: str
    arguments: tuple[Option, ...]
    options: tuple[Option, ...]


def verbs() -> Iterator[Verb]:
    """Every command of the program. Only the names that click gives them are relied on."""
    for name, command in _commands(typer.main.get_command(app)):
        params = command.params
        yield Verb(
            name,
            " ".join((command.help or "").split()),
            (command.epilog or "").removeprefix("Example: "),
            tuple(_argument(p) for p in params if p.param_type_name == "argument"),
            tuple(_option(p) for p in params if p.param_type_name == "option"),
        )


def _commands(tree: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a group, and of the groups in it."""
    for name, command in tree.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{within}{name} ")
        else:
            yield f"{within}{name}", command


def _argument(param: Any) -> Option:
    name = param.name.upper() + ("..." if param.nargs == -1 else "")
    return Option(name if param.required else f"[{name}]", param.help or "")


def _option(param: Any) -> Option:
    names = ", ".join((*param.opts, *param.secondary_opts))
    if not param.is_flag:
        kind = "N" if "int" in param.type.name else "TEXT"
        names = f"{names} {kind}"
    default = "" if param.is_flag or param.default in {None, ""} else f" Default: {param.default}."
    return Option(names, f"{param.help or ''}{default}")


COMMON = """`loop --version` prints the version; `loop COMMAND -h` prints what stands here.
`-C DIR`, anywhere before `--`, goes there first.
`NO_COLOR` and `FORCE_COLOR` are respected; a pipe gets plain lines."""


def cli() -> str:
    parts = [
        "# The command line",
        COMMON,
    ]
    for verb in verbs():
        shape = " ".join(("loop", verb.name, *(one.shown for one in verb.arguments)))
        options = " [OPTIONS]" if verb.options else ""
        rows = [(f"`{one.shown}`", one.help) for one in (*verb.arguments, *verb.options)]
        parts += [f"## loop {verb.name}", f"`{shape}{options}`", verb.help]
        parts += [table(("argument or option", "meaning"), rows)] if rows else []
        parts.append(f"Example: `{verb.example}`")
    return "\n\n".join(parts) + "\n"


# -- events and exit codes -------------------------------------------------------------------


LINES = """`loop inner --format jsonl` writes one JSON object a line, as things happen.
`type` comes first; the first line says `version`, now"""
SECONDS = "Times are seconds since the epoch; durations are seconds."


OUTER_LINES = """`loop outer --format jsonl` writes these in the same manner. A Finding is on
[the page of JSON](json.md#finding); the `event` of a walk is one of those above."""
STARTED = """`run`, `outer`, `at`, `resumed`, `commit`, `deploys` (the version), `stages` (their
names, in order), and `left`: stage -> why it is left out. It says `version`, too."""


def event_page() -> str:
    parts = [
        "# Events",
        f"{LINES} {VERSION}.\n{SECONDS}",
    ]
    docs = _attributes(events)
    for event in events.Event.__args__:
        parts += [f"## {_snake(event.__name__)}", *_body(event, docs)]
    docs = _attributes(model)
    for noun in NOUNS:
        if noun is model.Loop:
            parts += ["## Loop", "In an event: its `name`, `run` and `cycle`."]
        else:
            parts += [f"## {noun.__name__}", *_body(noun, docs)]
    parts += ["## Judgement", *_body(judgement.Judgement, _attributes(judgement))]
    parts += ["## Outer loops", OUTER_LINES]
    docs = _attributes(happenings)
    for happening in happenings.Happening.__args__:
        body = [STARTED] if happening is happenings.OuterStarted else _body(happening, docs)
        parts += [f"## {_snake(happening.__name__)}", *body]
    parts += ["## Sample", *_body(book.Sample, _attributes(book))]
    for kind in (model.Action, model.Outcome, model.Verdict, judgement.Decision, State, End):
        parts += [
            f"## {kind.__name__}",
            kind.__doc__ or "",
            listed(member.value for member in kind if member.value),
        ]
    return "\n\n".join(parts) + "\n"


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _body(noun: type, docs: dict[str, str]) -> list[str]:
    said = [noun.__doc__] if noun.__doc__ and not noun.__doc__.startswith(noun.__name__) else []
    hints = {name: str(hint) for name, hint in noun.__annotations__.items()}
    rows = [(f"`{n}`", _json(h), docs.get(f"{noun.__name__}.{n}", "")) for n, h in hints.items()]
    return [*said, table(("field", "type", "meaning"), rows)]


JSON = {
    "str": "text",
    "float": "number",
    "int": "number",
    "bool": "true or false",
    "None": "null",
}


def _json(hint: str) -> str:
    """A hint of Python's as what comes of it in JSON."""
    said = re.sub(r"ForwardRef\('([^']*)'.*\)", r"\1", hint)
    said = re.sub(r"(?:tuple|frozenset)\[(\w+).*?\]", r"list of \1", said).replace(" | ", " or ")
    return " ".join(JSON.get(word, word) for word in said.split())


def _attributes(module: Any) -> dict[str, str]:
    """`Class.field` -> the text that stands below it."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ClassDef):
            for field, text in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and _text(text):
                    name = f"{node.name}.{cast('ast.Name', field.target).id}"
                    found[name] = " ".join(_text(text).split())
    return found


def _text(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


HISTORY = """`runs`: a list of [Run](events.md#run), newest first, their `results` left out.
Of one loop also `loop`, `metric` (the number it is followed by) and `points`, a list of Row."""
SHOW = """`run`: a [Run](events.md#run) with its results; `lineages`: a list of Lineage, of those
loops that are noted; `measured`: loop -> Measured, its examples left out; `examples`: loop -> how
many there are."""
DOCUMENTS: tuple[tuple[str, str, tuple[tuple[Any, type], ...]], ...] = (
    ("loop history", HISTORY, ((trend, trend.Row),)),
    (
        "loop show",
        SHOW,
        (
            (lineage, lineage.Lineage),
            (lineage, lineage.Setting),
            (results, results.Measured),
            (results, results.Metric),
        ),
    ),
    (
        "loop compare",
        "`comparison`: a Comparison.",
        (
            (compared, compared.Comparison),
            (compared, compared.Pair),
            (compared, compared.File),
            (compared, compared.Measure),
            (flips, flips.Flips),
            (flips, flips.Flip),
        ),
    ),
)
OUTER_STATUS = """`run`: a RunReport, or null; `live`: a list of Live, the latest of each
environment; `held`: a list of Holder; `open`: the ids of other runs that have not ended;
`findings`: a list of Finding."""
DOCUMENTS += (
    (
        "loop outer status",
        OUTER_STATUS,
        (
            (reported, reported.RunReport),
            (reported, reported.StageReport),
            (book, book.Answer),
            (book, book.Kept),
            (book, book.Live),
            (book, book.Holder),
            (findings, findings.Finding),
        ),
    ),
    ("loop outer findings", "`findings`: a list of Finding.", ()),
)
JSON_PAGE = """With `--json` these commands print one object. `version` comes first, now 1:
what is there keeps its name and meaning while that stays; more may come."""


def json_page() -> str:
    parts = ["# JSON", f"{JSON_PAGE}\n{SECONDS}"]
    for command, said, nouns in DOCUMENTS:
        parts += [f"## {command} --json", said]
        for module, noun in nouns:
            parts += [f"### {noun.__name__}", *_body(noun, _attributes(module))]
    return "\n\n".join(parts) + "\n"


MEANINGS = {
    "OK": "all is well; also when loops were deferred or skipped and none failed",
    "FAILED": "a loop or a stage failed, or ran into its timeout",
    "USAGE": "the command line or the configuration is wrong; or a stage may not begin, as is said",
    "ROLLED_BACK": "an outer loop found a fault, and what it had deployed was rolled back",
    "ROLLBACK_FAILED": "a rollback failed: nobody knows what is live there",
    "UNDECIDED": "a person has to decide: a gate is inconclusive, or what came of a stage unknown",
    "WAITING": "an outer loop waits for an approval, a review or an environment; resume it later",
    "BUG": "a bug in `loop`, with a report ready to paste",
    "HANGUP": "the terminal went away",
    "INTERRUPTED": "interrupted by Ctrl-C",
    "BROKEN_PIPE": "whoever read the output went away",
    "TERMINATED": "terminated",
}


def exit_codes() -> str:
    rows = [(f"{code.value}", MEANINGS[code.name]) for code in errors.ExitCode]
    rest = "`loop debug`, and `loop run` with arguments of its own, end with their command's code."
    return f"# Exit codes\n\n{table(('code', 'means'), rows)}\n\n{rest}\n"


# -- the module map --------------------------------------------------------------------------


def module_map() -> str:
    """Every module with the first line of its docstring, a list for each folder."""
    parts = []
    for folder in sorted({path.parent for path in PACKAGE.rglob("*.py")}):
        name = folder.relative_to(PACKAGE.parent)
        rows = [(f"`{path.name}`", caption(path)) for path in sorted(folder.glob("*.py"))]
        parts.append(f"### {name}\n\n{table(('module', 'holds'), rows)}")
    return "\n\n".join(parts)


def caption(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def mapped(text: str, found: str) -> str:
    """The page with everything between the two marks replaced."""
    head, begin, rest = text.partition(MAP[0])
    _, end, tail = rest.partition(MAP[1])
    return f"{head}{begin}\n{found}\n{end}{tail}"


if __name__ == "__main__":
    main()
