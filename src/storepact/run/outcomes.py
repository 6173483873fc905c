"""The outcome of one test, from pytest's report of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storepact.engines.questions import Question
from storepact.model.errors import PrerequisiteMissing, Undetermined, UsageError
from storepact.model.outcome import Outcome, OutcomeKind, Reason, Status, sentence_of
from storepact.model.values import lean_value
from storepact.pacts import Interaction
from storepact.record.values import Outcome as RecordedOutcome
from storepact.run.plan import PlannedTest


@lean_value(frozen=True)
class Result:
    """The result of one phase of a test (its setup, call or teardown)."""

    status: Status = Status.PASSED
    reason: Reason | None = None
    detail: str = ""


def result_of(report: pytest.TestReport, error: BaseException | None) -> Result:
    """The result of a phase that ended with `error`, if with any."""
    if isinstance(error, PrerequisiteMissing):
        return Result(Status.SKIPPED, error.reason, str(error))
    if report.skipped:
        return Result(Status.SKIPPED, Reason.SKIPPED, str(getattr(error, "msg", None) or error or ""))
    if not report.failed:
        return Result()
    if isinstance(error, AssertionError):
        return Result(Status.FAILED, Reason.FINDINGS, _first_line(error))
    if isinstance(error, Undetermined):
        return Result(Status.UNDETERMINED, error.reason, str(error))
    if isinstance(error, UsageError):
        return Result(Status.UNDETERMINED, Reason.UNDETERMINED, str(error))
    detail = f"the engine failed: {type(error).__name__}: {_first_line(error)}"
    return Result(Status.UNDETERMINED, Reason.ENGINE_FAILED, detail)


def _first_line(error: BaseException | None) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "")[:300]


def planned_test(item: pytest.Item) -> PlannedTest | None:
    """The test of the plan that an item runs; None for a test without parameters."""
    marker = item.get_closest_marker("planned")
    return None if marker is None else marker.args[0]


def suite_of(path: Path) -> str:
    """The suite that a test file belongs to: its folder."""
    return path.parent.name


def title_of(item: pytest.Item) -> str:
    """The name of a test in the list of what was not verified."""
    planned = planned_test(item)
    return f"{suite_of(item.path)}: {item.name if planned is None else planned.label}"


def outcome_of(item: pytest.Item, result: Result, seconds: float) -> Outcome:
    """The outcome of an item, with what it was a test of."""
    planned = planned_test(item)
    value = None if planned is None else planned.value
    interaction = value if isinstance(value, Interaction) else None
    return Outcome(
        suite=suite_of(item.path),
        name=item.name,
        status=result.status,
        label="" if planned is None else planned.label,
        kind=OutcomeKind.DOCUMENT if planned is None else planned.kind,
        operation=value.operation if isinstance(value, Question) else "",
        consumer="" if interaction is None else interaction.consumer,
        interaction="" if interaction is None else interaction.label or interaction.description,
        file="" if interaction is None else interaction.file,
        reason=result.reason,
        detail=result.detail,
        seconds=round(seconds, 3),
    )


def outcome_entry(outcome: Outcome, findings: tuple[str, ...] = ()) -> RecordedOutcome:
    """The outcome as the record has it, with the fingerprints of the findings of its requests."""
    return RecordedOutcome(
        suite=outcome.suite,
        name=outcome.name,
        status=outcome.status,
        reason="" if outcome.reason is None else sentence_of(outcome.reason, outcome.detail),
        seconds=outcome.seconds,
        label=outcome.label,
        kind=outcome.kind,
        operation=outcome.operation,
        consumer=outcome.consumer,
        interaction=outcome.interaction,
        file=outcome.file,
        reason_code=outcome.reason,
        findings=findings,
    )
