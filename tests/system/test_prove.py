from __future__ import annotations

import collections
import os
import shutil
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from innerloop.config.build import build
from innerloop.system import digests, files
from innerloop.system.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from innerloop.core.fingerprint import Proof

NARROW = "unit: {run: tool x, cycle: 1s, inputs: ['*.py']}"


class Project:
    """A folder whose loops are proven by grounds made anew, as by one process after another."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.patch = patch
        self.text = NARROW
        self.bin = root.parent / "bin"
        self.tool("tool")

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def tool(self, name: str, text: str = "#!/bin/sh\n") -> None:
        self.bin.mkdir(exist_ok=True)
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def ground(self) -> closing[Closes]:
        text = self.text
        if not text.startswith("version"):
            text = f"version: 1\ninner:\n  {text}"
        config, _ = build(text.encode(), None)
        return closing(Closes(Ground(str(self.root), config, write=True)))

    def proofs(self) -> dict[str, Proof]:
        with self.ground() as made:
            ground = made.ground
            return {loop.name: ground.prover.prove(loop) for loop in ground.config.loops}

    def proof(self) -> Proof:
        return self.proofs()["unit"]


class Closes:
    """A ground that gives its history back."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def close(self) -> None:
        self.ground.tree.save()
        self.ground.store.close()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    made = Project(root, monkeypatch)
    made.write({"a.py": "1", "b.txt": "1"})
    return made


def content(p: Project) -> None:
    p.write({"a.py": "2"})


def mode(p: Project) -> None:
    (p.root / "a.py").chmod(0o755)


def path(p: Project) -> None:
    (p.root / "a.py").rename(p.root / "c.py")


def more(p: Project) -> None:
    p.write({"c.py": ""})


def fewer(p: Project) -> None:
    (p.root / "a.py").unlink()


def command(p: Project) -> None:
    p.text = NARROW.replace("tool x", "tool y")


def arguments(p: Project) -> None:
    p.text = NARROW.replace("tool x", "[tool, 'x ']")


def shell_or_not(p: Project) -> None:
    p.text = NARROW.replace("tool x", "tool x;")


def cwd(p: Project) -> None:
    p.write({"sub/x": ""})
    p.text = NARROW.replace("inputs: ['*.py']", "inputs: ['../*.py'], cwd: sub")


def env(p: Project) -> None:
    p.text = NARROW.replace("cycle", "env: {A: ''}, cycle")


def env_of_all(p: Project) -> None:
    p.text = f"version: 1\nenv: {{A: ''}}\ninner:\n  {NARROW}"


def env_file(p: Project) -> None:
    p.write({".env": "A=1\n"})
    p.text = f"version: 1\nenv_file: .env\ninner:\n  {NARROW}"


def env_inputs(p: Project) -> None:
    p.text = NARROW.replace("cycle", "env_inputs: [A], cycle")


def variable_that_tells(p: Project) -> None:
    p.patch.setenv("HYPOTHESIS_PROFILE", "ci")


def probe(p: Project) -> None:
    p.text = NARROW.replace("cycle", "probe: echo 1, cycle")


def outputs(p: Project) -> None:
    p.text = NARROW.replace("cycle", "outputs: [built], cycle")


def handed(p: Project) -> None:
    p.text = NARROW.replace("cycle", "files: ['*.py'], cycle")


def program(p: Project) -> None:
    p.tool("tool", "#!/bin/sh\n# other\n")


def python(p: Project) -> None:
    (p.root / ".venv/bin").mkdir(parents=True)
    (p.root / ".venv/bin/python").symlink_to("/bin/sh")
    (p.root / ".venv/pyvenv.cfg").write_text("")


def environment_of_its_shebang(p: Project) -> None:
    site = p.root.parent / "pipx/lib/python3.11/site-packages"
    (site / "x-1.dist-info").mkdir(parents=True)
    (site.parents[2] / "bin").mkdir()
    shutil.copy("/bin/sh", site.parents[2] / "bin/python")
    p.tool("tool", f"#!{site.parents[2]}/bin/python\n")


INGREDIENTS = (
    content,
    mode,
    path,
    more,
    fewer,
    command,
    arguments,
    shell_or_not,
    cwd,
    env,
    env_of_all,
    env_file,
    env_inputs,
    variable_that_tells,
    probe,
    outputs,
    handed,
    program,
    python,
    environment_of_its_shebang,
)


@pytest.mark.parametrize("change", INGREDIENTS, ids=lambda change: change.__name__)
def test_each_ingredient_is_in_the_fingerprint(
    project: Project, change: Callable[[Project], None]
) -> None:
    before = project.proof().fingerprint
    assert before
    assert project.proof().fingerprint == before
    change(project)

    assert project.proof().fingerprint not in {before, ""}


def test_what_is_installed_where_its_shebang_points_is_in_it(project: Project) -> None:
    environment_of_its_shebang(project)
    before = project.proof().fingerprint
    (project.root.parent / "pipx/lib/python3.11/site-packages/y-1.dist-info").mkdir()

    assert project.proof().fingerprint != before


def test_a_package_that_comes_while_only_a_file_is_said_to_be_written_is_seen(
    project: Project,
) -> None:
    environment_of_its_shebang(project)
    with project.ground() as made:
        ground = made.ground
        loop = ground.config.loops[0]
        before = ground.prover.prove(loop)
        ground.tree.touch(["a.py"], ["a.py", "b.txt"])
        assert ground.prover.prove(loop).fingerprint == before.fingerprint
        (project.root.parent / "pipx/lib/python3.11/site-packages/y-1.dist-info").mkdir()
        ground.tree.touch(["a.py"], ["a.py", "b.txt"])
        assert ground.prover.prove(loop).fingerprint != before.fingerprint


def test_sources_elsewhere_are_looked_at_whenever_anything_was_written(project: Project) -> None:
    environment_of_its_shebang(project)
    elsewhere = project.root.parent / "other"
    elsewhere.mkdir()
    (elsewhere / "x.py").write_text("1")
    said = f'{{"url": "file://{elsewhere}", "dir_info": {{"editable": true}}}}'
    site = project.root.parent / "pipx/lib/python3.11/site-packages"
    (site / "x-1.dist-info/direct_url.json").write_text(said)
    with project.ground() as made:
        ground = made.ground
        loop = ground.config.loops[0]
        before = ground.prover.prove(loop)
        (elsewhere / "x.py").write_text("22")
        ground.tree.touch(["a.py"], ["a.py", "b.txt"])
        assert ground.prover.prove(loop).fingerprint != before.fingerprint


def cycle(p: Project) -> None:
    p.text = NARROW.replace("1s", "2s")


def timeout(p: Project) -> None:
    p.text = NARROW.replace("1s", "1s, timeout: 9m")


def fix(p: Project) -> None:
    p.text = NARROW.replace("1s", "1s, fix: tool y, debug: tool z, mutex: m, retries: 1")


def name(p: Project) -> None:
    p.text = NARROW.replace("unit", "renamed")


def other_files(p: Project) -> None:
    p.write({"b.txt": "2", "c.txt": "", "sub/d.txt": ""})


def other_variables(p: Project) -> None:
    p.patch.setenv("EDITOR", "vi")
    p.patch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.mark.parametrize(
    "change", [cycle, timeout, fix, name, other_files, other_variables], ids=lambda c: c.__name__
)
def test_nothing_else_is(project: Project, change: Callable[[Project], None]) -> None:
    before = project.proof().fingerprint
    change(project)

    (after,) = project.proofs().values()

    assert after.fingerprint == before


def test_unset_and_set_empty_are_not_the_same(project: Project) -> None:
    project.text = NARROW.replace("cycle", "env_inputs: [A], cycle")
    before = project.proof().fingerprint
    project.patch.setenv("A", "")

    assert project.proof().fingerprint != before


def test_two_environments_of_one_package_do_not_hide_each_other(project: Project) -> None:
    environment_of_its_shebang(project)
    site = project.root / ".venv/lib/python3.11/site-packages/x-1.dist-info"
    python(project)
    site.mkdir(parents=True)
    (site / "RECORD").write_text("1")
    other = project.root.parent / "pipx/lib/python3.11/site-packages/x-1.dist-info/RECORD"
    seen = {project.proof().fingerprint}
    for record in (site / "RECORD", other):
        record.write_text("2")
        seen.add(project.proof().fingerprint)

    assert len(seen) == 3


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("cache: false", "never cached"),
        ("probe: 'false'", "probe 'false' failed"),
        ("probe: nowhere", "probe 'nowhere' failed"),
        ("probe: [echo 1, 'exit 3']", "probe 'exit 3' failed"),
    ],
)
def test_where_nothing_can_be_concluded_there_is_no_fingerprint(
    project: Project, more: str, told: str
) -> None:
    project.text = NARROW.replace("cycle", f"{more}, cycle")

    proof = project.proof()

    assert proof.fingerprint == ""
    assert told in proof.doubt
    assert told in " ".join(proof.warnings) or more == "cache: false"


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="what not even root can read")
def test_a_file_that_cannot_be_read_proves_nothing(project: Project) -> None:
    (project.root / "c.py").symlink_to("/proc/self/mem")

    assert project.proof().fingerprint == ""
    assert "'c.py' cannot be read" in project.proof().warnings


def test_an_out_folder_that_is_not_there_proves_nothing(project: Project) -> None:
    project.text = """first: {run: "tool {out}", cycle: 1s}
  unit: {run: "tool {out.first}", cycle: 2s}"""

    assert "has not passed on this content" in project.proof().doubt


def test_a_file_is_read_once_however_many_loops_look_at_it(project: Project) -> None:
    reads: collections.Counter[str] = collections.Counter()

    def counted(path: str, found: files.Stat, *, sha256: bool = False) -> str:
        reads[path] += 1
        return files.read(path, found, sha256=sha256)

    project.patch.setattr(digests, "read", counted)
    project.write({f"src/m{n}.py": str(n) for n in range(10)})
    loops = [f"l{n}: {{run: tool {n}, cycle: 1s, inputs: ['src/**']}}" for n in range(10)]
    loops += [f"k{n}: {{run: tool {n}, cycle: 1s}}" for n in range(10)]
    project.text = "\n  ".join(loops)

    project.proofs()

    mine = {path: count for path, count in reads.items() if path.startswith(str(project.root))}
    assert len(mine) == 12
    assert set(mine.values()) == {1}


def test_a_probe_is_asked_once_for_all_loops(project: Project) -> None:
    project.tool("ask", f"#!/bin/sh\necho >> {project.root.parent}/asked\n")
    loops = [f"l{n}: {{run: tool, cycle: 1s, probe: ask}}" for n in range(5)]
    project.text = "\n  ".join(loops)

    project.proofs()

    assert (project.root.parent / "asked").read_text() == "\n"


def test_what_was_proven_holds_until_it_is_stale(project: Project) -> None:
    with project.ground() as made:
        ground = made.ground
        (loop,) = ground.config.loops
        before = ground.prover.prove(loop)
        content(project)
        assert ground.prover.prove(loop) is before

        ground.tree.stale()

        assert ground.prover.prove(loop).fingerprint != before.fingerprint


def test_handed_files_are_seen_from_the_loops_folder(project: Project) -> None:
    project.write({"sub/c.py": "", "sub/d.txt": ""})
    project.text = "unit: {run: 'tool {changed}', cycle: 1s, files: ['*.py'], cwd: sub}"

    assert project.proof().handed == ("./c.py",)
    assert project.proof().changed == ("./c.py",)


def test_before_it_has_passed_it_says_so(project: Project) -> None:
    assert project.proof().reason == "never passed here"


def test_a_pattern_that_matches_nothing_is_a_warning(project: Project) -> None:
    project.text = NARROW.replace("'*.py'", "'*.rs'")

    assert project.proof().warnings == ("'*.rs' matches no file",)
