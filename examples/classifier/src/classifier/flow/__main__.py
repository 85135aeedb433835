"""The steps by their names; without one, what there is."""

from __future__ import annotations

import sys
from pathlib import Path

from classifier import ProblemError, data, run
from classifier.flow import production, registry, serving, steps
from classifier.flow.draw import drawn

STEPS = {
    "collect": steps.collect,
    "curate": steps.curate,
    "transform": steps.transform,
    "validate": steps.validate,
    "train": steps.learn,
    "evaluate": steps.judge,
    "install": production.install,
    "deploy": production.deploy,
    "rollback": production.rollback,
    "monitor": production.monitor,
    "feedback": production.feed_back,
}
CHECKS = {"installed": production.installed, "deployed": production.deployed}


def models() -> None:
    """Every model of the registry: by what it was taught, and what it came to."""
    live = serving.live().get("model")
    for one in registry.entries():
        mark = "  live" if one.number == live else ""
        print(f"model {one.number}  {one.card['commit'][:12]}  {one.card['rows']} digits{mark}")
        for path, said in registry.judged(one).items():
            print(f"  {path}: {said['right']:.3f} right")


def main() -> None:
    """Do one step."""
    match sys.argv[1:]:
        case [step] if step in STEPS:
            STEPS[step]()
        case [check] if check in CHECKS:
            sys.exit(CHECKS[check]())
        case ["draw", count, seed, path] if count.isdecimal() and seed.isdecimal():
            data.write(drawn(int(count), int(seed)), Path(path))
        case ["scanner", right] if right.isdecimal():
            production.scanner(int(right))
        case ["models"]:
            models()
        case ["stop"]:
            print("stopped" if serving.stop() else "no model was served")
        case _:
            known = ", ".join(
                [*STEPS, *CHECKS, "draw COUNT SEED FILE", "scanner N", "models", "stop"]
            )
            raise ProblemError(f"there are: {known}")


if __name__ == "__main__":
    run(main)
