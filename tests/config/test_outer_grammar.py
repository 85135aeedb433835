"""Environments and outer loops, read; and everything that is wrong with them, at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from innerloop.config.build import build
from innerloop.config.compiled import load
from innerloop.config.schema import json_schema
from innerloop.core.errors import ConfigError
from innerloop.core.frozen import plain, thawed
from innerloop.core.outer import (
    Approve,
    Deploy,
    Interrupted,
    Loops,
    Monitor,
    OnFail,
    Review,
    Work,
)
from innerloop.views.problems import explain

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.core.model import Config

HEAD = "version: 1\ninner: {unit: {run: 'true', cycle: 1s}}\n"
WHOLE = f"""\
{HEAD}environments: {{sandbox: {{}}, prod: {{protected: true, url: "https://example.org"}}}}
outer:
  release:
    qa: {{loops: all}}
    box: {{deploy: ./d.sh, environment: sandbox, verify: ./v.sh, rollback: ./r.sh, lock_wait: 10m}}
    smoke: {{run: pytest tests/smoke, back_to: unit, retry: {{max: 2, on_exit: [75], delay: 5s}}}}
    read: {{review: pull_request, approvals: 2}}
    e2e: {{approve: "done?", by: [qa], timeout: 14d, not_author: true}}
    prod: {{deploy: ./d.sh, environment: prod, verify: ./v.sh, rollback: ./r.sh}}
    eye: {{monitor: ./h.py, every: 60s, for: 30m, warmup: 2m, on_fail: rollback, back_to: smoke}}
  other:
    a: {{run: 'true', outputs: [dist], inputs: ["src/**"]}}
    b: {{run: 'true', needs: []}}
    c: {{run: 'true', needs: [d]}}
    d: {{run: 'true', needs: [a, b], when: always, only: {{branch: main, ci: true}}}}
"""
BOTH = "deploy: x, verify: y, rollback: z, environment: "


def read(text: str) -> Config:
    return build(text.encode(), None)[0]


def problems(stages: str, head: str = HEAD) -> str:
    environments = "environments: {sandbox: {}, other: {}, prod: {protected: true}}\n"
    with pytest.raises(ConfigError) as caught:
        read(f"{head}{environments}outer:\n  release:\n{stages}")
    return explain(caught.value, colour=False)


def test_the_six_kinds_are_told_by_their_key() -> None:
    release = read(WHOLE).outers[0]
    kinds = [type(stage.doing) for stage in release.stages]
    assert kinds == [Loops, Deploy, Work, Review, Approve, Deploy, Monitor]
    assert [stage.kind for stage in release.stages][:3] == ["loops", "deploy", "run"]


def test_what_is_not_said_has_its_default() -> None:
    stages = {stage.name: stage for stage in read(WHOLE).outers[0].stages}
    box = stages["box"].doing
    assert isinstance(box, Deploy)
    assert box.on_fail is OnFail.ROLLBACK
    assert box.lock_wait == 600
    assert stages["box"].if_interrupted is Interrupted.VERIFY
    assert stages["smoke"].if_interrupted is Interrupted.RERUN
    assert stages["box"].timeout == 1800
    assert stages["read"].timeout == 7 * 86400
    assert stages["eye"].timeout == pytest.approx(1.1 * 32 * 60)
    assert stages["smoke"].retry.most == 2


def test_the_order_is_as_written_unless_needs_says_otherwise() -> None:
    release, other = read(WHOLE).outers
    assert [stage.needs for stage in release.stages[:3]] == [(), ("qa",), ("box",)]
    assert [stage.name for stage in other.stages] == ["a", "b", "d", "c"]


def test_it_is_compiled_and_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "loops.yaml").write_text(WHOLE)
    (tmp_path / ".loop").mkdir()
    first = load(str(tmp_path), store=True).config
    again = load(str(tmp_path), store=True).config
    assert again == first
    doing = again.outers[0].stages[1].doing
    assert isinstance(doing, Deploy)
    assert type(doing.on_fail) is OnFail
    kept = json.loads(json.dumps(plain(first.outers)))
    assert thawed(kept) == first.outers


def test_a_later_version_reads_what_it_knows() -> None:
    kept = json.loads(json.dumps(plain(read(WHOLE).outers[0])))
    kept["stages"][0]["colour"] = "green"
    assert thawed(kept) == read(WHOLE).outers[0]


def test_the_schema_for_editors_takes_it() -> None:
    import yaml  # noqa: PLC0415 - as an editor would

    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(WHOLE))) == []


@pytest.mark.parametrize(
    ("stage", "said", "hint"),
    [
        ("a: {run: x, needs: [b]}", "there is no stage 'b'", ""),
        ("smoke: {run: x}\n    b: {run: x, needs: [smok]}", "no stage 'smok'", "'smoke'"),
        ("a: {run: x, back_to: unti}", "there is no loop and no stage 'unti'", "'unit'"),
        ("a: {run: x, back_to: b}\n    b: {run: x}", "'b' does not come before it", ""),
        ("a: {run: x, needs: [b]}\n    b: {run: x, needs: [a]}", "wait for each other", ""),
        ("a: {deploy: x}", "a deploy needs an environment", "environment"),
        ("a: {deploy: x, environment: sandbx}", "no environment 'sandbx'", "'sandbox'"),
        ("a: {deploy: x, environment: prod}", "'prod' is protected", "'approve' or a 'review'"),
        ("a: {deploy: x, environment: sandbox, rollback: y}", "a rollback needs 'verify'", ""),
        (
            "a: {deploy: x, environment: sandbox, on_fail: rollback}",
            "there is no rollback to do",
            "",
        ),
        ("a: {deploy: x, environment: sandbox, retry: {max: 1}}", "tried again only with", ""),
        (
            "a: {deploy: x, environment: sandbox, if_interrupted: rerun}",
            "rerun only where it is",
            "",
        ),
        ("a: {deploy: x, environment: sandbox, if_interrupted: verify}", "no 'verify' to ask", ""),
        ("a: {run: x, loops: all}", "is of 2 kinds", "loops, run"),
        ("a: {timeout: 5m}", "no kind is given", "give one of"),
        ("a: {run: x, verify: y}", "'verify' means nothing in a stage of kind 'run'", ""),
        ("a: {approve: x, outputs: [y]}", "'outputs' means nothing", ""),
        ("a: {loops: [unt]}", "there is no loop 'unt'", "'unit'"),
        ("a: {approve: x, by: [ada], count: 2}", "1 may answer, and 2 must say yes", "'count'"),
        ("a: {approve: x, by: []}", "nobody may answer, and 1 must say yes", ""),
        ("a: {review: papers}", "'papers' cannot be reviewed", ""),
        ("a: {monitor: x, on_fail: rollback}", "no deploy before it has a 'rollback'", ""),
        ("a: {monitor: x, success: fine}", "must be a bound", ""),
        ("a: {run: 'x {changed}'}", "'{changed}' means nothing in a stage", "LOOP_VERSION"),
        ("a: {run: x, outputs: [../y]}", "leaves the project's folder", ""),
        ("a: {run: x, when: sometimes}", "success, failure or always", ""),
        ("a: {run: x}\n    a: {run: y}", "duplicate key 'a'", ""),
        ("a: {runs: x}", "unknown key 'runs' in stage 'a'", "'run'"),
        ("a: 5", "stage 'a' must be a mapping", ""),
        ("a: {loops: all, timeout: 5m}", "each loop has its own", ""),
        ("a: {monitor: x, for: 10m, timeout: 5m}", "shorter than the window", ""),
        ("a: {approve: x, count: 0}", "a whole number from 1 to 20", ""),
        ("a: {monitor: x, for: 30s}", "'every' is longer than 'for'", "room for a check"),
        ("a: {monitor: x, every: 11s, for: 10s}", "'every' is longer than 'for'", ""),
        ("a: {monitor: x, for: 10m, min_samples: 11}", "there are but 10 in its window", "lower"),
        (
            "a: {run: x, outputs: [dist]}\n    b: {run: x, outputs: [./dist/app/], needs: []}",
            "'./dist/app/' is where 'a' leaves something, too",
            "let one come behind the other",
        ),
        (
            "a: {run: x, outputs: [dist/app]}\n    b: {run: x, outputs: [dist], needs: []}",
            "'dist' is where 'a' leaves something, too",
            "",
        ),
        (
            (
                f"a: {{{BOTH}sandbox, needs: []}}\n    b: {{{BOTH}other, needs: []}}\n"
                "    c: {monitor: x, on_fail: rollback, needs: [a, b]}"
            ),
            "which of sandbox and other is taken back?",
            "give it an 'environment'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(stage: str, said: str, hint: str) -> None:
    text = problems(f"    {stage}\n")
    assert said in text
    assert hint in text
    assert "loops.yaml:" in text
    assert "^" in text


@pytest.mark.parametrize(
    "stages",
    [
        "a: {run: x, outputs: [dist]}\n    b: {run: x, outputs: [dist/app]}",
        "a: {run: x, outputs: [dist], needs: [b]}\n    b: {run: x, outputs: [dist], needs: []}",
        "a: {run: x, outputs: [dist]}\n    b: {run: x, outputs: [distant], needs: []}",
        "a: {monitor: x, every: 10s, for: 10s, min_samples: 1}",
        "a: {monitor: x, for: 10m, min_samples: 10}",
        (
            f"a: {{{BOTH}sandbox, needs: []}}\n    b: {{{BOTH}other, needs: []}}\n"
            "    c: {monitor: x, on_fail: rollback, environment: sandbox, needs: [a, b]}"
        ),
        (
            f"a: {{{BOTH}sandbox, needs: []}}\n    b: {{{BOTH}sandbox, needs: []}}\n"
            "    c: {monitor: x, on_fail: rollback, needs: [a, b]}"
        ),
    ],
)
def test_what_leaves_no_doubt_is_taken(stages: str) -> None:
    environments = "environments: {sandbox: {}, other: {}}\n"
    assert read(f"{HEAD}{environments}outer:\n  release:\n    {stages}\n").outers


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = problems("    a: {deploy: x}\n    b: {run: x, back_to: nowhere}\n    c: {loops: [no]}\n")
    for said in ("needs an environment", "'nowhere'", "no loop 'no'"):
        assert said in text


@pytest.mark.parametrize("name", ["status", "resume", "approve", "inner"])
def test_no_outer_loop_is_called_like_a_command(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"{HEAD}outer: {{{name}: {{a: {{run: x}}}}}}\n")
    assert "is a command of loop itself" in explain(caught.value, colour=False)


def test_a_deploy_without_approval_is_wrong_only_where_it_is_protected() -> None:
    environments = "environments: {box: {}}\n"
    text = f"{HEAD}{environments}outer: {{r: {{a: {{deploy: x, environment: box}}}}}}"
    assert read(text).outers
