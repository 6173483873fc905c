"""How the interactions of each consumer went."""

from __future__ import annotations

from storepact.model.outcome import OutcomeKind, Status
from storepact.model.values import lean_value
from storepact.record.values import Outcome, Record


@lean_value(frozen=True)
class ConsumerResult:
    """The interactions of one consumer."""

    consumer: str
    outcomes: tuple[Outcome, ...]

    def _count(self, status: Status) -> int:
        return sum(outcome.status is status for outcome in self.outcomes)

    @property
    def passed(self) -> int:
        """How many interactions hold."""
        return self._count(Status.PASSED)

    @property
    def failed(self) -> int:
        """How many interactions do not hold."""
        return self._count(Status.FAILED)

    @property
    def score(self) -> str:
        """How many of how many interactions hold, such as `3/3`."""
        return f"{self.passed}/{len(self.outcomes)}"

    @property
    def rest(self) -> str:
        """What is to be said of those that do not hold; empty if all do."""
        unknown = len(self.outcomes) - self.passed - self.failed
        parts = (
            f"{self.failed} failed" if self.failed else "",
            f"{unknown} not verified" if unknown else "",
        )
        return ", ".join(part for part in parts if part)


def consumer_results(record: Record) -> list[ConsumerResult]:
    """The result of each consumer, by name: on the target, or compared with the document where none was."""
    for kind in (OutcomeKind.INTERACTION, OutcomeKind.CONTRACT):
        outcomes = [outcome for outcome in record.outcomes if outcome.kind is kind and outcome.consumer]
        if outcomes:
            break
    names = sorted({outcome.consumer for outcome in outcomes})
    return [
        ConsumerResult(name, tuple(outcome for outcome in outcomes if outcome.consumer == name))
        for name in names
    ]
