"""A run without pytest and without reports: the same preparation, tests, clean-up, record and verdict."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import (
    PrerequisiteMissing,
    RunEnded,
    StorepactError,
    TargetTimedOut,
    TargetUnreachable,
    Undetermined,
)
from storepact.model.outcome import OutcomeKind, Reason, Status
from storepact.record.recorder import Recorder
from storepact.record.values import Outcome, Record
from storepact.run.assemble import assemble_record
from storepact.run.run_data import RunData
from storepact.run.session import PreparedRun, prepare
from storepact.run.settings import Settings

SCENARIOS = ("created-and-read", "renamed", "deleted")


@dataclass(frozen=True)
class ShortRun:
    """What a short run leads to."""

    record: Record
    """Its verdict, exit code, findings and traffic are those of a whole run."""


def short_run(settings: Settings, environment: dict[str, str], names=SCENARIOS) -> ShortRun:
    """Play these scenarios on a target.

    Raises:
        StorepactError: a setting cannot be used.

    """
    with ExitStack() as resources:
        prepared = prepare(settings, environment, resources)
        recorder = Recorder(troubles=list(prepared.reasons), traffic=prepared.traffic)
        if prepared.can_test:
            _play(prepared, recorder, names)
        return ShortRun(assemble_record(RunData(prepared, recorder), []))


def _play(prepared: PreparedRun, recorder: Recorder, names) -> None:
    harness = prepared.harness(recorder).open()
    try:
        for scenario in (entry for entry in DEFAULT_FAMILY.scenarios if entry.name in names):
            status, detail, ends = Status.PASSED, "", False
            try:
                status = Status.FAILED if harness.run_scenario(scenario) else Status.PASSED
            except PrerequisiteMissing as missing:
                status, detail = Status.SKIPPED, str(missing)
                recorder.cannot_verify(scenario.name, detail, missing.reason)
            except Undetermined as error:
                status, detail = Status.UNDETERMINED, str(error)
                ends = isinstance(error, RunEnded | TargetUnreachable | TargetTimedOut)
            recorder.outcomes.append(
                Outcome(suite="lifecycle", name=scenario.name, status=status, reason=detail, seconds=0.0,
                        kind=OutcomeKind.SCENARIO, reason_code=Reason.UNDETERMINED if detail else None)
            )  # fmt: skip
            if ends:
                recorder.troubles.append(detail)
                break
    finally:
        recorder.troubles.extend(f"could not delete {entry}" for entry in harness.close())


def settings_for(url: str, folder: Path, *words: str) -> Settings:
    """Settings of a run on a target, with options as they are typed."""
    from storepact.run.settings import option_fields

    values: dict[str, object] = {}
    fields = {entry.flag: entry for entry in option_fields()}
    for flag, word in zip(words[::2], words[1::2], strict=True):
        entry = fields[flag]
        kind = float if "float" in str(entry.type) else int if "int" in str(entry.type) else str
        values[entry.name] = Path(word) if "Path" in str(entry.type) else kind(word)
    return Settings(
        target=url, allow_writes=True, project="default", environment="test", history="none",
        report_dir=folder, **values,
    )  # fmt: skip


__all__ = ["StorepactError", "short_run"]
