"""How an exploration is shown: a bar while it runs, and a line at its end."""

from __future__ import annotations

from storepact.model.counts import many
from storepact.record.values import Exploration, Record
from storepact.run.explore.exploration import Progress
from storepact.run.explore.tasks import Budget
from storepact.run.plan import Shard
from storepact.run.progress import Meter


class ExplorationMeter:
    """The share of the budget that is used up: of its time, or else of its cases."""

    def __init__(self, target: str, budget: Budget, shard: Shard | None = None) -> None:
        """`target` is as the user names it; a shard has about its part of the cases."""
        self._by_time = budget.cases is None
        self._done = 0
        self._meter = Meter(f"exploring {target}", "second" if self._by_time else "case")
        if budget.cases is None:
            self._total = max(1, round(budget.seconds or 0))
        else:
            self._total = -(-budget.cases // (1 if shard is None else shard.count))

    def advance(self, progress: Progress, seconds: float) -> None:
        """Show what was merged so far; the first call begins."""
        self._meter.begin(self._total)
        reached = min(self._total, int(seconds) if self._by_time else progress.generated)
        if reached > self._done:
            self._meter.advance(progress.describe(), reached - self._done)
            self._done = reached

    def close(self) -> None:
        """Restore the terminal."""
        self._meter.close()


def summary(record: Record) -> str:
    """What an exploration generated and what was new, in a line."""
    exploration = record.exploration
    if exploration is None:
        return ""
    new = ", ".join(many(count, kind) for kind, count in exploration.new.items()) or "nothing"
    return (
        f"explored {many(exploration.cases, 'different case')} in {many(exploration.rounds, 'round')}; "
        f"first reached: {new}; "
        f"{many(len(exploration.interesting), 'interesting case')} in run.json{_losses(exploration)}"
    )


def _losses(exploration: Exploration) -> str:
    """What was lost with processes, and is in no total; empty if nothing was."""
    count, requests = exploration.lost_chunks, exploration.lost_requests
    if not count:
        return ""
    sent = "what they had sent is" if requests is None else f"up to {many(requests, 'request')} of theirs are"
    verb = "was" if count == 1 else "were"
    return f"; {many(count, 'part')} {verb} lost with a process and done again: {sent} in no total"
