"""The reference of loops.yaml, asked of the grammar; and how every page writes a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from innerloop.config.schema import TOOLS, json_schema
from innerloop.core import variables

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def loops_yaml() -> str:
    schema = json_schema()
    top = schema["properties"]
    loop = top["inner"]["additionalProperties"]
    data = loop["properties"]["data"]["additionalProperties"]
    rung = loop["properties"]["rungs"]["items"]
    stage = top["outer"]["additionalProperties"]["additionalProperties"]
    place = top["environments"]["additionalProperties"]
    parts = [
        "# loops.yaml",
        FOUND,
        "## At the top",
        keys(top, schema["required"]),
        *nested(top, ("walk", "watch", "hook", "spend")),
        "## A loop, under `inner`",
        keys(loop["properties"], [*loop["required"], *either(loop)]),
        f"{DEFAULTS} {listed(TOOLS)}.",
        "## Data, under its name in `data`",
        keys(data["properties"], data["required"]),
        "## A rung, in the list `rungs`",
        keys(rung["properties"], rung["required"]),
        RUNGS,
        "## A gate, under `gate` of a loop",
        GATES,
        keys(loop["properties"]["gate"]["anyOf"][0]["properties"], []),
        "## An environment, under `environments`",
        keys(place["properties"], place["required"]),
        "## A stage, under an outer loop under `outer`",
        STAGES,
        keys(stage["properties"], stage["required"]),
        "### only",
        keys(stage["properties"]["only"]["properties"], []),
        "### retry",
        keys(stage["properties"]["retry"]["properties"], []),
        TOLD,
        "## ci",
        CI,
        keys(top["ci"]["properties"], []),
        "### A trigger, under `triggers` of `ci`",
        keys(top["ci"]["properties"]["triggers"]["additionalProperties"]["properties"], []),
        "### A stage's job, under `stages` of `ci`",
        keys(top["ci"]["properties"]["stages"]["additionalProperties"]["properties"], []),
        "## Not built yet",
        REFUSED,
        later(top, loop["properties"]),
        PLACEHOLDERS,
        "## Variables that change verdicts",
        INHERITED,
        f"- {listed(variables.NAMES)}",
        f"- every name that begins with {listed(variables.PREFIXES)}",
        f"- but not {listed(sorted(variables.HARMLESS))}",
        SECRETS,
        LOCAL,
    ]
    return "\n\n".join(parts) + "\n"


FOUND = """It is found upwards from any folder.
`loop check` says what is wrong with it, all at once, each with its line;
`loop check --schema` prints its JSON Schema for editors.
Keys that begin with `x-` may hold anything, for YAML anchors."""

DEFAULTS = """`cycle` is not for a loop with `rungs`, which have their own.
Where `timeout` is not given it is ten cycles, or three of a cycle above a minute,
and never less than two minutes; ten where the cycle is a guess (`~10s`).

Where `inputs` is not given, it is every file that git tracks or would add;
with `files`, it is those and the usual tool configurations:"""

RUNGS = """A loop with `rungs` is a loop for each of them, called `LOOP@200`, `LOOP@10%`,
`LOOP@all`, each after the one below. `after`, `always` and the command line take `LOOP` for all
of them, and a rung for those up to it. See [data subsets](../guide/data.md)."""
SPEND = """[Money](../guide/money.md) says who pays when."""
GATES = """One, or a list of them. [Evaluation](../guide/evaluation.md) says how each is judged."""
STAGES = """It is of the kind whose key it has, just one of
`loops`, `run`, `deploy`, `approve`, `review`, `monitor`.
Without `needs`, each comes behind the one above it.
`timeout` is 30m where it is not given, for `approve` and `review` 7d,
and for a `monitor` its window and a tenth.

A `monitor` looks every 1m for 10m, from its deploy on; no bad sample is borne, and four in a row
that say nothing. A `rollback` is told the version to bring back as LOOP_VERSION and as
LOOP_PREVIOUS_VERSION alike.
What runs behind a deploy is told of its environment: LOOP_ENVIRONMENT, LOOP_ENVIRONMENT_URL."""

CI = """What only the team knows of its CI: `loop ci` puts it into what it writes, for
[GitHub](../guide/github.md#the-outer-loop) and [GitLab](../guide/gitlab.md#the-outer-loop).
Under `triggers` an outer loop is named, under `stages` a stage."""

TOLD = """### What its commands are told

| variable | holds |
| --- | --- |
| `LOOP_VERSION` | what is deployed: the commit, with what is not committed as a digest behind it |
| `LOOP_PREVIOUS_VERSION` | what was live there before; for a rollback, what to bring back |
| `LOOP_ENVIRONMENT`, `LOOP_ENVIRONMENT_URL` | the environment it is about, and its address |
| `LOOP_IDEMPOTENCY_KEY` | the same for all that may be one effect: also if run again in doubt |
| `LOOP_FENCE` | a number that only rises with each run that has the environment |
| `LOOP_RUN`, `LOOP_STAGE`, `LOOP_COMMIT`, `LOOP_PARENT_RUN` | what it is done for |"""

REFUSED = """These are understood and refused, with exit code 2:
a key that does nothing would be a promise that nobody keeps."""

INHERITED = """Of the inherited environment these join the fingerprint of every loop,
beside what the loop names under `env_inputs`:"""

PLACEHOLDERS = """## Placeholders

| in a command | stands for |
| --- | --- |
| `{changed}` | those of `files` that changed since the loop last passed, as `./path` |
| `{files}` | all of `files` |
| `{out}` | a folder of its own for this run, new and empty |
| `{out.NAME}` | the folder that NAME left when it passed on the current content |
| `{out.NAME@RUNG}` | the folder of that rung; `{out.NAME}` is that of the highest that passed |
| `{data.NAME}` | the file with the sample of `data: {NAME: ...}` |
| `{case}` | in `debug` alone: the id of the case that failed worst when it was last measured |
| `{cache}` | a folder of the loop's own that stays, and is never an input; rungs share it |
| `{python}` | the interpreter of the project |

Nothing else in braces is touched, and `${...}` is the shell's."""

SECRETS = """## Secrets

`secrets: [DEPLOY_TOKEN, DATABASE_URL]` names variables whose values nobody is to read.
What a command prints is masked with `***` before it reaches the screen, the log, the history,
the reports for CI, or the files for editors; a value that comes in two pieces is found, too.

- A value is known wherever a loop would have it from: inherited, `env_file`, `env`.
- It is found as it is, in base64, percent-encoded, as JSON and Python quote it,
  and each line of a value that has several by itself.
- It is in no fingerprint, not even as a digest, whatever `env_inputs` or `env` say.
- One that is not set is named before anything starts; so is one of under 4 characters,
  which is not masked: it would be found in every other word.

What is not masked: what `loop run`, `loop fix` and `loop debug` show, since they hand your terminal
to the command; files that a command writes itself, those in `{out}` included (what `--junit` takes
from there is); a value that a program has encrypted, compressed, coloured in the middle or cut."""

LOCAL = """## loops.local.yaml

Beside `loops.yaml`, and best ignored by git: what one person says differently, on one machine.
It may say `walk`, `python`, and under `inner` a loop's `cycle`, or a rung's."""


def nested(top: dict[str, Any], names: Sequence[str], level: int = 2) -> list[str]:
    """A section for each of these mappings, and for those inside it; alike ones share theirs."""
    parts: list[str] = []
    tables: dict[str, list[str]] = {}
    for name in names:
        tables.setdefault(keys(top[name]["properties"], []), []).append(name)
    for written, alike in tables.items():
        within = top[alike[0]]["properties"]
        parts += [f"{'#' * level} {', '.join(alike)}", written]
        below = [name for name, field in within.items() if "properties" in field]
        parts += nested(within, below, level + 1)
    return [*parts, SPEND] if "spend" in names else parts


def either(schema: dict[str, Any]) -> list[str]:
    """The keys that are required where another does not stand in for them."""
    return [one["anyOf"][0]["required"][0] for one in schema.get("allOf", [])]


def keys(properties: dict[str, Any], required: list[str]) -> str:
    rows = [
        (f"`{name}`", shape(field), field["description"] + (" (required)" * (name in required)))
        for name, field in properties.items()
        if "not" not in field
    ]
    return table(("key", "value", "meaning"), rows)


def later(*groups: dict[str, Any]) -> str:
    rows = [
        (f"`{name}`", "at the top" if group is groups[0] else "in a loop", _doc(field))
        for group in groups
        for name, field in group.items()
        if "not" in field
    ]
    return table(("key", "where", "meaning"), rows)


def _doc(field: dict[str, Any]) -> str:
    return str(field["description"]).removeprefix("not built yet: ")


def _range(field: dict[str, Any]) -> str:
    """The numbers that a field may hold."""
    words = {"minimum": "at least", "exclusiveMinimum": "above"}
    words |= {"maximum": "at most", "exclusiveMaximum": "below"}
    said = [f"{word} {field[key]}" for key, word in words.items() if key in field]
    return f"a number {', '.join(said)}" if said else "a number"


def shape(field: dict[str, Any]) -> str:
    """A field's JSON Schema in a few words."""
    if "anyOf" in field:
        one, many = field["anyOf"]
        if "const" in many:
            return f"{shape(one)}, or `{many['const']}`"
        return f"{shape(one)}, or a list" if many.get("type") == "array" else shape(one)
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    kind = field["type"]
    if kind == "string" and "ms|d|h" in field.get("pattern", ""):
        return "duration, or `none`" if "none" in field["pattern"] else "duration"
    if kind == "array":
        return "list of mappings"
    if kind == "number":
        return _range(field)
    if kind == "integer":
        low, high = field["minimum"], field.get("maximum")
        if high is None:
            return f"a whole number from {low}"
        return f"`{low}`" if low == high else f"{low} to {high}"
    if kind == "object":
        return "names and values" if "properties" not in field else "mapping"
    return "text" if isinstance(kind, list) or kind == "string" else "`true` or `false`"
