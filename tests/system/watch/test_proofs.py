"""What is proven after a save is what would be proven from the beginning."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from watches import Watch, ground

if TYPE_CHECKING:
    import pytest

    from conftest import Maker, Project

LOOPS = """
lint: {run: mark lint, cycle: 1s, files: ['**/*.py']}
unit: {run: mark unit, cycle: 2s, inputs: [src, 'data/**/*.csv', one.bin], ignore: ['*.md']}
gen: {run: mark gen, cycle: 3s, inputs: ['*.py'], outputs: [build/out.py]}
all: {run: mark all, cycle: 4s, after: [gen]}
"""
NAMES = (
    "a.py",
    "src/b.py",
    "src/deep/c.py",
    "src/deep/no.md",
    "data/d.csv",
    "data/in/e.csv",
    "one.bin",
    "left.log",
    "build/out.py",
    "docs/f",
)


def proofs(watch: Watch) -> dict[str, tuple[str, tuple[str, ...]]]:
    loops = watch.ground.config.loops
    found = {loop.name: watch.ground.prover.prove(loop) for loop in loops}
    return {name: (proof.fingerprint, proof.handed) for name, proof in found.items()}


def fresh(project: Project) -> dict[str, tuple[str, tuple[str, ...]]]:
    made = ground(project)
    try:
        found = {loop.name: made.prover.prove(loop) for loop in made.config.loops}
        return {name: (proof.fingerprint, proof.handed) for name, proof in found.items()}
    finally:
        made.store.close()


def deed(made: Project, draw: random.Random, number: int) -> None:
    path = made.root / draw.choice(NAMES)
    match draw.randrange(6):
        case 0:
            path.unlink(missing_ok=True)
        case 1 if path.exists():
            path.chmod(draw.choice([0o644, 0o755]))
        case 2 if path.exists() and not (made.root / f"{path.name}.moved").exists():
            path.rename(made.root / f"{path.name}.moved")
        case 3:
            path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(draw.choice(["../a.py", "nowhere", "/dev/null"]))
        case 4:
            rules = draw.choice(["data/\n*.log\nbuild/\n", "*.log\n", "data/\n"])
            (made.root / ".gitignore").write_text(rules)
        case _:
            path.unlink(missing_ok=True)
            made.write({path.relative_to(made.root).as_posix(): f"{draw.randrange(3)}{number}"})


def test_proofs_after_any_saves_are_those_of_a_fresh_look(project: Maker) -> None:
    made = project(LOOPS, dict.fromkeys(NAMES, "0"))
    made.write({".gitignore": "data/\n*.log\nbuild/\n"}).commit()
    draw = random.Random(4)
    with Watch(made) as watch:
        proofs(watch)
        for number in range(20):
            deed(made, draw, number)
            # What nobody depends on may have moved, too: the watch need not tell of that.
            watch.rest()
            assert proofs(watch) == fresh(made), number


def test_a_tool_that_changed_is_seen_at_the_next_save(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project("unit: {run: mark unit, cycle: 1s, inputs: ['*.py']}", {"a.py": "1"})
    monkeypatch.setenv("PATH", made.env["PATH"])
    with Watch(made) as watch:
        before = proofs(watch)
        made.program("mark", "exit 0")
        (made.place / "lib/python3.11/site-packages/new-1.dist-info").mkdir(parents=True)
        assert proofs(watch) == before  # true until something is saved
        made.write({"a.py": "2"})
        watch.until("a.py")
        assert proofs(watch) == fresh(made)
        ingredients = watch.ground.prover.prove(watch.ground.config.loops[0]).ingredients
        assert "new" in ingredients.packages
        assert ingredients.programs["mark"].startswith(f"{made.bin}/mark 100755 ")


def test_a_touched_file_does_not_cost_a_pass(project: Maker) -> None:
    """Other times, same bytes: a walk that took the old times for true would remember nothing."""
    made = project("unit: {run: mark unit, cycle: 1s}", {"a.py": "1"}).commit()
    with Watch(made) as watch:
        loop = watch.ground.config.loops[0]
        watch.ground.tree.looks(watch.ground.inputs.of(loop))
        (made.root / "a.py").touch()
        (made.root / "a.py").chmod(0o755)
        watch.rest()
        assert watch.seen("a.py")
        assert proofs(watch) == fresh(made)
