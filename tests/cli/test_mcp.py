"""loop mcp, asked by the protocol's own client."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

import anyio
import psutil
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from conftest import LOOP, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from conftest import Maker, Project

TWO = "lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 5s}"
HELD = "slow: {run: 'echo $$ > ../pid; sleep 60 & sleep 60', cycle: 1m}"

RUN = "".join(
    f"{json.dumps({'jsonrpc': '2.0', **message})}\n"
    for message in (
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "run", "arguments": {}}},
    )
)
"""a whole conversation, as it stands on the wire"""


def asked(
    found: Project,
    what: Callable[[Client], Awaitable[None]],
    *words: str,
    mode: Literal["auto", "legacy"] = "auto",
    cwd: Path | None = None,
) -> None:
    """Start the server, ask it, and close its input."""

    async def talk() -> None:
        place = StdioServerParameters(
            command=LOOP[0], args=[*LOOP[1:], "mcp", *words], env=found.env, cwd=cwd or found.root
        )
        with anyio.fail_after(40):
            async with Client(place, mode=mode) as client:
                await what(client)

    anyio.run(talk)


async def called(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """The structured reply of a tool, which has to be one."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    """What a tool says is wrong, which has to be something."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, result.structured_content
    (content,) = result.content
    return str(getattr(content, "text", ""))


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pid_of(found: Project) -> int:
    path = found.place / "pid"
    wait(lambda: path.exists() and path.read_text().strip(), "the loop to start")
    return int(path.read_text())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_says_what_it_can_do(project: Maker, mode: Literal["auto", "legacy"]) -> None:
    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"run", "plan", "why", "failures", "history", "metrics"}
        for tool in tools.values():
            assert tool.description
            assert tool.output_schema is not None
            assert tool.output_schema["type"] == "object"
            assert "command" not in tool.input_schema["properties"], "it takes no command text"
            assert tool.input_schema["additionalProperties"] is False
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is (tool.name != "run")
        resources = (await client.list_resources()).resources
        assert {str(one.uri) for one in resources} == {"loop://last", "loop://config"}

    asked(project(TWO), talk, mode=mode)


def test_a_plan_writes_nothing(project: Maker) -> None:
    found = project(f"{TWO}\nbill: {{run: mark bill, cycle: 9s, auto: false}}")

    async def talk(client: Client) -> None:
        made = await called(client, "plan")
        assert [(one["loop"], one["action"]) for one in made["steps"]] == [
            ("lint", "run"),
            ("unit", "run"),
        ]
        assert made["only_when_named"] == ["bill"]
        made = await called(client, "plan", until="lint")
        assert [one["loop"] for one in made["steps"]] == ["lint"]

    asked(found, talk)
    assert not (found.root / ".loop").exists()


def test_a_green_walk_is_remembered(project: Maker) -> None:
    found = project(f"{TWO}\nbill: {{run: mark bill, cycle: 9s, auto: false}}")
    found.commit()

    async def talk(client: Client) -> None:
        walked = await called(client, "run")
        assert walked["verdict"] == "green"
        assert [one["outcome"] for one in walked["steps"]] == ["passed", "passed"]
        assert walked["failures"] == []
        walked = await called(client, "run", loops=["unit"])
        assert [one["outcome"] for one in walked["steps"]] == ["cached"]
        assert (await called(client, "why", loop="unit"))["runs"] is False
        found.write({"new.py": "1"})
        why = await called(client, "why", loop="unit")
        assert why["runs"] is True
        assert why["differences"][0]["added"] == ["new.py"]
        await called(client, "run", loops=["bill"])

    asked(found, talk)
    assert found.ran() == ["lint", "unit", "bill"]


def test_a_red_walk_comes_with_its_places(project: Maker) -> None:
    found = project(
        f"lint: {{run: mark lint, cycle: 1s}}\n"
        f"unit: {{run: '{sys.executable} -m pytest -q -pno:cacheprovider', cycle: 5s}}\n"
        "eval: {run: mark eval, cycle: 1m}",
        {"test_a.py": "def test_x():\n    assert 1 == 2\n"},
    )

    async def talk(client: Client) -> None:
        walked = await called(client, "run")
        assert walked["verdict"] == "red"
        assert [one["outcome"] for one in walked["steps"]] == ["passed", "failed", "skipped"]
        (failure,) = walked["failures"]
        assert failure["loop"] == "unit"
        assert "E       assert 1 == 2" in failure["output"]
        assert failure["check"] == "loop run unit -- test_a.py::test_x"
        assert (found.root / failure["log"]).exists()
        (place,) = failure["places"]
        assert (place["path"], place["line"]) == ("test_a.py", 2)
        again = await called(client, "failures")
        assert (again["verdict"], again["failures"]) == ("red", [failure])

    asked(found, talk)
    assert found.ran() == ["lint"]


def test_history_and_metrics(project: Maker) -> None:
    found = project(TWO)

    async def talk(client: Client) -> None:
        await called(client, "run")
        found.breaks("unit")
        await called(client, "run", loops=["unit"], force=True)
        runs = (await called(client, "history", limit=1))["runs"]
        assert [(one["verdict"], one["command"]) for one in runs] == [("red", "loop mcp: run unit")]
        assert len((await called(client, "history", loop="lint"))["runs"]) == 1
        (unit,) = (await called(client, "metrics", loops=["unit"]))["loops"]
        assert (unit["passed"], unit["failed"], unit["pass_rate"]) == (1, 1, 0.5)
        assert unit["median_seconds"] == unit["longest_seconds"] > 0
        assert len((await called(client, "metrics"))["loops"]) == 2

    asked(found, talk)


def test_the_resources_are_the_last_walk_and_the_configuration(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 5s, env: {A: '1'}, inputs: ['*.py']}")

    async def talk(client: Client) -> None:
        with pytest.raises(MCPError, match="nothing has run here yet"):
            await client.read_resource("loop://last")
        assert "nothing has run here yet" in await refused(client, "failures")
        await called(client, "run")
        last = json.loads((await client.read_resource("loop://last")).contents[0].text)  # type: ignore[union-attr]
        assert (last["version"], last["verdict"]) == (1, "green")
        config = json.loads((await client.read_resource("loop://config")).contents[0].text)  # type: ignore[union-attr]
        (loop,) = config["loops"]
        assert (loop["name"], loop["run"], loop["env"]) == ("unit", "mark unit", {"A": "1"})
        assert (loop["inputs"], loop["cycle"]) == (["*.py"], 5.0)

    asked(found, talk)


def test_only_loops_that_are_named_in_the_file_can_be_run(project: Maker) -> None:
    found = project(TWO)

    async def talk(client: Client) -> None:
        for name, arguments in (
            ("run", {"loops": ["lint; touch x"]}),
            ("run", {"until": "lnit"}),
            ("plan", {"loops": ["../other"]}),
            ("why", {"loop": "lnit"}),
            ("history", {"loop": "lnit"}),
            ("metrics", {"loops": ["lnit"]}),
        ):
            said = await refused(client, name, **arguments)
            assert "there is no loop called" in said, name
            assert "there are: lint, unit" in said, name
        assert "not a duration" in await refused(client, "run", budget="soon")

    asked(found, talk)
    assert found.ran() == []


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_argument_that_a_tool_does_not_take_is_refused(
    project: Maker, mode: Literal["auto", "legacy"]
) -> None:
    found = project(TWO)

    async def talk(client: Client) -> None:
        for tool in (await client.list_tools()).tools:
            takes = list(tool.input_schema["properties"])
            asked_for = {"loop": "lint"} if "loop" in tool.input_schema.get("required", ()) else {}
            said = await refused(client, tool.name, **asked_for, verbose=True)
            assert f"{tool.name} has no argument 'verbose'" in said
            assert (f"it takes: {', '.join(takes)}" if takes else "it takes none") in said
        said = await refused(client, "run", loop=["lint"], context={}, budget="1s")
        assert "run has no argument 'loop', 'context'" in said
        assert "did you mean 'loops'? it takes: loops, until, budget, keep_going, force" in said
        assert "Unknown tool: walk" in await refused(client, "walk", verbose=True)
        assert (await called(client, "history"))["runs"] == [], "nothing was walked"

    asked(found, talk, mode=mode)
    assert found.ran() == []


def test_the_file_is_read_anew_at_each_call_and_a_broken_one_is_told(project: Maker) -> None:
    found = project(TWO)

    async def talk(client: Client) -> None:
        await called(client, "run")
        found.loops("lint: {run: mark lint, cylce: 1s}")
        said = await refused(client, "run")
        assert "unknown key 'cylce'" in said
        assert "loops.yaml:3" in said
        with pytest.raises(MCPError, match="cylce"):
            await client.read_resource("loop://config")
        found.loops("other: {run: mark other, cycle: 1s}")
        walked = await called(client, "run")
        assert [one["loop"] for one in walked["steps"]] == ["other"]
        (found.root / "loops.yaml").unlink()
        assert "there is no loops.yaml" in await refused(client, "plan")

    asked(found, talk)


def test_it_serves_the_folder_it_is_told(project: Maker, tmp_path: Path) -> None:
    found = project(TWO)

    async def talk(client: Client) -> None:
        assert len((await called(client, "plan"))["steps"]) == 2

    asked(found, talk, "-C", str(found.root), cwd=tmp_path)


def test_nothing_but_the_protocol_is_on_stdout(project: Maker) -> None:
    found = project("unit: {run: 'echo loud; echo louder >&2', cycle: 1s, inputs: ['*.rs']}")
    with subprocess.Popen(
        [*LOOP, "mcp"],
        cwd=found.root,
        env=found.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(RUN)
        process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(10) == 0, "it ends when nobody can ask any more"
    assert [one["id"] for one in said] == [1, 2]
    assert said[1]["result"]["structuredContent"]["verdict"] == "green"


def test_progress_is_told_and_only_rises(project: Maker) -> None:
    found = project(f"{TWO}\nslow: {{run: mark slow, cycle: 1m}}\nlast: {{run: x, cycle: 1h}}")
    told: list[tuple[float, float | None]] = []

    async def talk(client: Client) -> None:
        running = anyio.Event()

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total))
            if message == "unit runs":
                running.set()

        found.hold("unit")
        found.breaks("unit")
        async with anyio.create_task_group() as group:

            async def release() -> None:
                await running.wait()
                found.release("unit")

            group.start_soon(release)
            await client.call_tool("run", {}, progress_callback=heard)

    asked(found, talk)
    steps = [progress for progress, _ in told]
    assert steps == sorted(set(steps)), "what is left out at a failure comes all at once"
    assert {total for _, total in told} == {4.0}
    assert steps[-1] == 4.0


def test_a_cancelled_call_leaves_no_process_and_the_server_goes_on(project: Maker) -> None:
    found = project(f"{HELD}\nquick: {{run: mark quick, cycle: 2m}}")

    async def talk(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "run", {"loops": ["slow"]})
            pid = await anyio.to_thread.run_sync(pid_of, found)
            assert not gone(pid)
            group.cancel_scope.cancel()
        await anyio.to_thread.run_sync(wait, lambda: gone(pid), "the loop to be ended")
        # The next one waits until the walk that was cancelled is over.
        assert (await called(client, "run", loops=["quick"]))["verdict"] == "green"
        runs = (await called(client, "history"))["runs"]
        assert [one["verdict"] for one in runs] == ["green", "interrupted"]

    asked(found, talk)


def test_two_calls_at_once_are_answered_one_after_another(project: Maker) -> None:
    found = project(TWO)
    verdicts: list[str] = []

    async def talk(client: Client) -> None:
        waits = anyio.Event()

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            if message == "another call walks":
                waits.set()

        async def walk(name: str) -> None:
            asked_for = {"loops": [name], "force": True}
            result = await client.call_tool("run", asked_for, progress_callback=heard)
            assert result.structured_content is not None
            verdicts.append(result.structured_content["verdict"])

        found.hold("lint")
        async with anyio.create_task_group() as group:
            group.start_soon(walk, "lint")
            await anyio.to_thread.run_sync(found.underway, "lint")
            group.start_soon(walk, "unit")
            await waits.wait()
            # Whoever only looks does not wait for whoever walks.
            assert len((await called(client, "plan"))["steps"]) == 2
            assert verdicts == []
            found.release("lint")

    asked(found, talk)
    assert verdicts == ["green", "green"]
    assert found.ran() == ["lint", "unit"]


def test_a_closed_input_ends_it_and_what_it_runs(project: Maker) -> None:
    found = project(HELD)
    pids: list[int] = []

    async def talk(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "run", {})
            pids.append(await anyio.to_thread.run_sync(pid_of, found))
            # The input is closed while the call is under way.
            raise EOFError

    with pytest.raises(BaseExceptionGroup) as caught:
        asked(found, talk)
    assert caught.group_contains(EOFError)
    wait(lambda: gone(pids[0]), "the loop to be ended")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_leaves_no_child(project: Maker, number: signal.Signals) -> None:
    found = project(HELD)
    process = subprocess.Popen(
        [*LOOP, "mcp"],
        cwd=found.root,
        env=found.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(RUN)
        process.stdin.flush()
        pid = pid_of(found)

        process.send_signal(number)

        codes = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}
        assert process.wait(10) == codes[number]
        wait(lambda: gone(pid), "the loop to be ended")


def test_without_the_extra_it_says_how_to_get_it(project: Maker, tmp_path: Path) -> None:
    found = project(TWO)
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "mcp.py").write_text("raise ImportError(\"No module named 'mcp'\", name='mcp')\n")

    found.run("mcp", env={"PYTHONPATH": str(stub)}).fails(2).warns(
        "loop mcp needs the package mcp", "pip install 'innerloop[mcp]'"
    )
