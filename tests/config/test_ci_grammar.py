"""The grammar of `ci`: what it holds, and everything that is wrong with it, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from innerloop.config.build import build
from innerloop.config.compiled import load
from innerloop.config.schema import json_schema
from innerloop.core.ci import Ci, Station, Trigger
from innerloop.core.errors import ConfigError
from innerloop.views.problems import explain

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.core.model import Config

OUTER = """\
version: 1
inner: {unit: {run: 'true', cycle: 1s}}
environments: {box: {}}
outer:
  release:
    qa: {loops: all}
    ship: {deploy: ./d.sh, environment: box, verify: ./v.sh, rollback: ./r.sh}
    eye: {monitor: ./h.sh, every: 60s, for: 30m, on_fail: rollback}
    ear: {monitor: ./h.sh, every: 60s, for: 30m}
"""
WHOLE = f"""\
{OUTER}ci:
  branch: releases/1.x
  python: "3.13"
  image: registry.example.org/ci
  runner: [self-hosted, eu]
  setup: [make, ./more.sh]
  permissions: {{id-token: write, packages: read}}
  secrets: [TOKEN]
  cache: false
  triggers: {{release: {{push: false, schedule: ["0 3 * * 1", "*/5 1-3 * * MON,TUE"]}}}}
  stages: {{ship: {{runner: gpu, secrets: [KEY]}}, ear: {{scheduled: "*/15 * * * *"}}}}
"""


def read(text: str) -> Config:
    return build(text.encode(), None)[0]


def test_all_of_it_is_read() -> None:
    assert read(WHOLE).ci == Ci(
        branch="releases/1.x",
        python="3.13",
        image="registry.example.org/ci",
        runner=("self-hosted", "eu"),
        setup=("make", "./more.sh"),
        permissions=(("id-token", "write"), ("packages", "read")),
        secrets=("TOKEN",),
        cache=False,
        triggers=(Trigger("release", push=False, schedule=("0 3 * * 1", "*/5 1-3 * * MON,TUE")),),
        stations=(
            Station("ship", runner=("gpu",), secrets=("KEY",)),
            Station("ear", scheduled="*/15 * * * *"),
        ),
    )
    assert read(OUTER).ci is None
    assert read(f"{OUTER}ci: {{python: none}}\n").ci == Ci(python="")


def test_what_was_compiled_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "loops.yaml").write_text(WHOLE)
    (tmp_path / ".loop").mkdir()
    first = load(str(tmp_path), store=True).config
    (kept,) = (tmp_path / ".loop/cache").glob("config*")
    assert kept.stat().st_size
    assert load(str(tmp_path), store=True).config == first == read(WHOLE)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("bransh: x", "unknown key 'bransh' in 'ci'|did you mean 'branch'?"),
        ('branch: "a\'b"', "'branch' must be the name of a branch"),
        ("branch: '${{ x }}'", "'branch' must be the name of a branch"),
        ("permissions: {id-token: rite}", "'id-token' must be read, write or none, not 'rite'"),
        ("permissions: {Id_Token: read}", "'Id_Token' is no scope of a token"),
        ("permissions: write", "'permissions' must be a mapping of scopes"),
        ("secrets: [a-b]", "'a-b' is no name of a variable"),
        ("triggers: {relese: {}}", "there is no outer loop 'relese'|did you mean 'release'?"),
        ("triggers: {release: {schedule: 3am}}", "five fields of cron"),
        ("stages: {shop: {}}", "there is no stage 'shop'|did you mean 'ship'?"),
        ("stages: {ship: {scheduled: '* * * * *'}}", "'ship' is no monitor"),
        ("stages: {eye: {scheduled: '* * * * *'}}", "'eye' rolls back, and a check by cron"),
        ("setup: ['echo ${{ github.head_ref }}']", "lets whoever fills it run anything"),
        ("stages: {ship: {setup: ['${{ x }}']}}", "lets whoever fills it run anything"),
        ('python: "3.12\\nrun: x"', "'python' must be one line of text"),
        ("python: '${{ x }}'", "'${{' in 'python' is filled in by the forge"),
        ('image: "a\\u2028b"', "'image' must be one line of text"),
        ("image: '${{ x }}'", "'${{' in 'image' is filled in by the forge"),
        ("runner: [a, '${{ x }}']", "'${{' in 'runner' is filled in"),
        ('runner: "a\\tb"', "'runner' must be one line"),
        ("stages: {ship: {runner: '${{ x }}'}}", "'${{' in 'runner' is filled in"),
        ("triggers: {release: {changed: ['${{ x }}']}}", "'${{' in 'changed' is filled in"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(said: str, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"{OUTER}ci: {{{said}}}\n")
    assert len(caught.value.problems) == 1
    text = explain(caught.value, colour=False)
    for part in (*wanted.split("|"), "loops.yaml:10:", "^"):
        assert part in text


@pytest.mark.parametrize("key", ["url", "lock"])
def test_what_an_environment_says_is_not_filled_in_by_a_forge(key: str) -> None:
    for said, wanted in (("'https://${{ x }}'", "'${{' in"), ('"a\\nb"', "one line of text")):
        with pytest.raises(ConfigError) as caught:
            read(OUTER.replace("box: {}", f"box: {{{key}: {said}}}"))
        assert len(caught.value.problems) == 1
        for part in (wanted, f"'{key}'", "loops.yaml:3:", "^"):
            assert part in explain(caught.value, colour=False)


def test_without_an_outer_loop_it_is_for_nothing() -> None:
    with pytest.raises(ConfigError) as caught:
        read("version: 1\ninner: {a: {run: 'true', cycle: 1s}}\nci: {python: '3.12'}\n")
    assert "for an outer loop, and there is none" in explain(caught.value, colour=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [("cache: false", "cache: maybe"), ("write", "rite"), ('"0 3 * * 1"', "3am")],
)
def test_the_schema_for_editors_says_the_same(old: str, new: str) -> None:
    validator = Draft202012Validator(json_schema())
    assert validator.is_valid(yaml.safe_load(WHOLE))
    assert not validator.is_valid(yaml.safe_load(WHOLE.replace(old, new)))
