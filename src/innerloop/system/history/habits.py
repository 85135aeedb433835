"""A loop's recent history, counted for the doctor."""

from __future__ import annotations

from innerloop.core.health import Habits
from innerloop.system.history import ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.history.store import Store

_RECENT = 50


def of(store: Store, loop: str) -> Habits:
    """What the latest results of a loop amount to."""
    query = "SELECT outcome, flaky, warnings, moved FROM results WHERE loop = ? "
    rows = store.rows(f"{query} ORDER BY id DESC LIMIT ?", loop, _RECENT)
    outcomes = [str(row[0]) for row in rows]
    wrote = [str(row[2]) for row in rows if row[3]]
    (disagreed,) = store.rows(
        "SELECT COUNT(*) FROM (SELECT fingerprint FROM results WHERE loop = ? "
        "AND fingerprint != '' AND outcome IN ('passed', 'failed') "
        "GROUP BY fingerprint HAVING COUNT(DISTINCT outcome) > 1)",
        loop,
    )[0]
    return Habits(
        passes=ledger.seconds(store, loop, 20),
        ran=outcomes.count("passed"),
        cached=outcomes.count("cached"),
        unremembered=len(wrote),
        wrote=tuple(text.split(" changed while")[0] for text in reversed(wrote)),
        disagreed=int(str(disagreed)),
        flaky=sum(1 for row in rows if row[1]),
        timed_out=outcomes.count("timed out"),
    )
