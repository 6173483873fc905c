"""What a run did not verify, in groups: what would reach it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from storepact.model.counts import many
from storepact.model.outcome import Reason
from storepact.model.values import lean_value
from storepact.record.values import NotVerified, Record
from storepact.report.wording import by_reason


class GapKind(StrEnum):
    """What would verify something that a run did not verify."""

    ANOTHER_RUN = "another-run"
    """A longer run, or one with another option or token."""
    UNDECIDED = "undecided"
    """It was tried, and there was no result; another run of the same kind has none either."""
    MOCK = "mock"
    NOT_HERE = "not-here"
    """No run on this target: it does not offer it, or the run would touch what is not its own."""


#: What reaches it, where an option or a token does.
_REMEDIES: dict[Reason | None, str] = {
    Reason.READ_ONLY: "with --allow-writes",
    Reason.NOTHING_TO_READ: "with --allow-writes",
    Reason.NO_READER_TOKEN: "with STOREPACT_READER_TOKEN",
    Reason.NO_SECOND_SCOPE: "with --isolation-scope",
    Reason.NO_STORE: "with a mock --sync",
    Reason.ENABLE_NOT_ALLOWED: "with --allow-enable",
    Reason.RESOURCE_BUDGET: "with --max-resources",
    Reason.LARGE_LIST: "with another --seed, as the list is large",
    Reason.NOT_REACHED: "with --profile explore",
    Reason.NOT_TESTED: "with all suites",
    Reason.NOT_SELECTED: "without --operation, --check, --exclude-check",
    Reason.OTHER_SHARD: "with storepact merge",
    Reason.MAX_FAILURES: "without --max-failures",
}

_NOT_HERE = frozenset(
    {
        Reason.NOT_OWNED,
        Reason.OUTSIDE_SCOPE,
        Reason.NO_ROOM_FOR_MARK,
        Reason.DELETES_NOTHING,
        Reason.OPTIONAL,
        Reason.NOT_OFFERED,
        Reason.PENDING,
        Reason.UNDESCRIBED,
    }
)

#: What lacks a result though it was tried: the reason says what is to be mended.
_UNDECIDED = frozenset({Reason.SETUP_FAILED, Reason.UNDETERMINED, Reason.ENGINE_FAILED})

_TITLES = {
    GapKind.ANOTHER_RUN: "that another run can reach",
    GapKind.UNDECIDED: "without a result, though tried",
    GapKind.MOCK: "that only a mock can show",
    GapKind.NOT_HERE: "that the provider does not offer yet, or that would touch what is not this run's",
}


@lean_value(frozen=True)
class Gaps:
    """What was not verified and has the same remedy."""

    kind: GapKind
    items: tuple[NotVerified, ...]
    is_exploration: bool = False
    """Whether `storepact verify` has all that is missing."""

    @property
    def title(self) -> str:
        """How many there are, and what they have in common."""
        return f"{many(len(self.items), 'item')} {_TITLES[self.kind]}"

    @property
    def summary(self) -> str:
        """The title, with what reaches them and how many of them."""
        if self.kind is not GapKind.ANOTHER_RUN:
            return self.title
        if self.is_exploration:
            return f"{self.title}: with storepact verify"
        codes = (item.reason_code for item in self.items)
        remedies = Counter(_REMEDIES[code] for code in codes if code in _REMEDIES)
        parts = ", ".join(f"{count} {remedy}" for remedy, count in remedies.most_common())
        return f"{self.title}: {parts}" if parts else self.title

    @property
    def by_reason(self) -> dict[str, list[str]]:
        """The items, grouped by the reason."""
        return by_reason(self.items)


def group_gaps(record: Record) -> list[Gaps]:
    """What a run did not verify, in at most four groups."""
    is_mock = record.target == "mock"
    kinds = [(kind_of(item.reason_code, is_mock=is_mock), item) for item in record.not_verified]
    is_exploration = record.exploration is not None
    groups = (
        Gaps(kind, tuple(item for name, item in kinds if name is kind), is_exploration) for kind in GapKind
    )
    return [group for group in groups if group.items]


def kind_of(reason: Reason | None, *, is_mock: bool) -> GapKind:
    """What would verify something that was not verified for a reason; on a mock, another run shows it."""
    if reason in _NOT_HERE:
        return GapKind.NOT_HERE
    if reason in _UNDECIDED:
        return GapKind.UNDECIDED
    if reason is not None and reason.depends_on_mock and not is_mock:
        return GapKind.MOCK
    return GapKind.ANOTHER_RUN
