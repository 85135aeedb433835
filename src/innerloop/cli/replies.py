"""What the tools of `loop mcp` reply with; the schemas of the protocol are made from these."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Place(BaseModel):
    """A place in a file of the project."""

    path: str = Field(description="from the folder of loops.yaml")
    line: int
    column: int = Field(description="0: not known")
    message: str
    kind: str = Field(description="error, warning or note")


class Failure(BaseModel):
    """A loop that failed."""

    loop: str
    outcome: str = Field(description="failed, timed out or inconclusive")
    reason: str
    required: bool
    command: str
    output: str = Field(description="what matters of its output; the log has all of it")
    log: str = Field(description="the file with the whole output, from the folder of loops.yaml")
    places: list[Place]
    more_places: int = Field(description="how many more there are")
    check: str = Field(description="the smallest command that would check a fix")


class Step(BaseModel):
    """What came of a loop."""

    loop: str
    outcome: str = Field(
        description="passed, cached, failed, timed out, inconclusive, skipped, deferred, cancelled"
    )
    reason: str
    seconds: float
    required: bool
    log: str


class Walked(BaseModel):
    """A walk."""

    run: str = Field(description="its number in the history")
    verdict: str = Field(description="green, partly green, red, inconclusive or interrupted")
    summary: str
    seconds: float
    steps: list[Step]
    failures: list[Failure] = Field(description="the first one first")


class Planned(BaseModel):
    """What a walk would do with a loop, and why."""

    loop: str
    action: str = Field(description="run, cached, skip or defer")
    reason: str
    expected_seconds: float
    command: str


class Plan(BaseModel):
    """What a walk would do, in order."""

    steps: list[Planned]
    left_out: dict[str, str] = Field(description="loops that are not asked, and why")
    only_when_named: list[str] = Field(description="loops that a walk leaves alone otherwise")


class Difference(BaseModel):
    """What is not as it was when the loop last passed."""

    kind: str
    changed: list[str]
    added: list[str]
    removed: list[str]


class Why(BaseModel):
    """Why a loop would run, or would not."""

    loop: str
    runs: bool
    reason: str
    differences: list[Difference]
    warnings: list[str]


class Failures(BaseModel):
    """What failed in the latest walk."""

    run: str = Field(description="its number in the history")
    verdict: str
    finished: bool = Field(description="false: the walk still goes on")
    failures: list[Failure]


class Run(BaseModel):
    """A walk, as history has it."""

    run: str
    at: str = Field(description="when it began, ISO 8601")
    verdict: str
    seconds: float
    command: str
    commit: str
    branch: str
    why: str


class History(BaseModel):
    """The latest walks, newest first."""

    runs: list[Run]


class Rate(BaseModel):
    """How a loop has fared lately."""

    loop: str
    cycle_seconds: float = Field(description="as loops.yaml has it")
    median_seconds: float | None = Field(description="of its passes; null: there was none")
    longest_seconds: float | None
    pass_rate: float | None = Field(description="of the runs that came to a verdict")
    passed: int
    failed: int
    timed_out: int
    flaky: int
    cached: int = Field(description="times it need not run")


class Metrics(BaseModel):
    """Durations and pass rates, over the latest results of each loop."""

    over: int = Field(description="results looked at for each loop, at most")
    loops: list[Rate]
