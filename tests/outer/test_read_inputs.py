"""What stages read: one data set from the first that reads it to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import Target, target

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
outer:
  model:
    train: {run: cp data/rows.csv model.txt, inputs: ["data/**"], outputs: [model.txt]}
    ok: {approve: "go on?"}
    evaluate: {run: cmp model.txt data/rows.csv, inputs: ["data/**"]}
"""


def trained(project: Maker, loops: str = LOOPS) -> Target:
    """A model, trained on data that git does not have."""
    found = target(project, loops)
    found.project.write({".gitignore": "data/\nmodel.txt\n", "data/rows.csv": "1\n"})
    found.project.commit()
    found.go().fails(75)
    found.run("approve", "ok").ok()
    return found


def test_data_that_changed_between_training_and_evaluation_is_not_evaluated_on(
    project: Maker,
) -> None:
    found = trained(project)
    found.project.write({"data/rows.csv": "2\n"})

    done = found.run("resume").fails(2)
    done.warns("evaluate does not begin: 'data/rows.csv', an input, is no longer what train read")

    found.project.write({"data/rows.csv": "1\n"})
    found.run("resume").ok()


@pytest.mark.parametrize("now", [{"data/more.csv": "3\n"}, {}])
def test_a_file_more_or_less_is_another_data_set(project: Maker, now: dict[str, str]) -> None:
    found = trained(project)
    if now:
        found.project.write(now)
    else:
        (found.project.root / "data/rows.csv").unlink()
    found.run("resume").fails(2).warns("is no longer what train read")


def test_what_a_stage_leaves_may_change_what_is_read_later(project: Maker) -> None:
    between = "    grow: {run: ./grow.sh, outputs: [data/rows.csv]}\n    evaluate"
    found = target(project, LOOPS.replace("    evaluate", between))
    found.project.write(
        {
            ".gitignore": "data/\nmodel.txt\n",
            "data/rows.csv": "1\n",
            "grow.sh": "#!/bin/sh\necho 2 >> data/rows.csv\n",
        }
    )
    (found.project.root / "grow.sh").chmod(0o755)
    found.project.commit()
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.run("resume").fails(1).prints("grow      passed", "evaluate  FAILED")


def test_a_stage_that_adds_to_its_own_inputs_has_read_nobody_knows_what(project: Maker) -> None:
    found = target(project, LOOPS.replace("cp data/rows.csv model.txt", "./train.sh"))
    train = "#!/bin/sh\necho 3 > data/more.csv; cp data/rows.csv model.txt\n"
    ignored = "data/\nmodel.txt\n"
    found.project.write({".gitignore": ignored, "data/rows.csv": "1\n", "train.sh": train})
    (found.project.root / "train.sh").chmod(0o755)
    found.project.commit()
    found.go().fails(1).prints("'data/more.csv', an input, was changed while it ran")


def test_each_run_reads_what_stands_there(project: Maker) -> None:
    found = trained(project)
    found.run("resume").ok()
    found.project.write({"data/rows.csv": "2\n"})
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.run("resume").ok()
