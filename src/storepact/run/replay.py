"""Replay findings of an earlier run: which are still there, which are gone, which come and go."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from difflib import get_close_matches

from storepact import __version__
from storepact.engines.harness import Harness
from storepact.engines.profiles import PROFILES
from storepact.engines.replay import replay
from storepact.engines.replay_values import Origin
from storepact.history.selection import select_record
from storepact.model.errors import (
    NotThisApi,
    RunEnded,
    TargetTimedOut,
    TargetUnreachable,
    Undetermined,
    UsageError,
)
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.record.recorder import Recorder
from storepact.record.store import load_record
from storepact.record.values import Finding, Record
from storepact.record.values.replay import ReplayRecord, ReplayResult, ReplayState
from storepact.run.earlier import history_url, open_history, read_history
from storepact.run.run_settings import MOCK, NO_HISTORY
from storepact.run.session import PreparedRun, prepare
from storepact.run.settings import Settings
from storepact.transport.interrupts import INTERRUPTS

#: A fingerprint, or the beginning of one; a number without letters is that of a run.
_FINGERPRINT = re.compile(r"[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{4,11}")

#: How often the requests of a finding are sent that does not show at once, if the user does not say.
USUAL_TIMES = 3

#: Runs of the history in which a finding is looked for.
_LOOKED_BACK = 50

#: Errors after which nothing more is sent.
_FINAL = (RunEnded, TargetUnreachable, TargetTimedOut, NotThisApi)


@lean_value(frozen=True)
class Selection:
    """Findings of one run."""

    record: Record
    findings: tuple[Finding, ...]


def select_findings(words: Sequence[str], settings: Settings, environment: Mapping[str, str]) -> Selection:
    """The findings that words name: fingerprints, a run, or none of both.

    Without a run it is the one in the report folder, else the newest run of the history that has the
    findings; without a fingerprint, all findings of the run.

    Raises:
        UsageError: there is no such run or finding.
        RecordUnusable: the record cannot be read.

    """
    names = [word.lower() for word in words if _is_fingerprint(word)]
    runs = [word for word in words if not _is_fingerprint(word)]
    if len(runs) > 1:
        raise UsageError(f"name one run, not {len(runs)}: {', '.join(map(repr, runs))}")
    records = [_named_run(runs[0], settings)] if runs else _latest(settings, environment)
    first = None
    for record in records:
        first = first or record
        findings = _matching(record, names)
        if findings is not None:
            return Selection(record, findings)
    if first is None:
        raise UsageError(
            f"there is no run in {settings.report_dir}, and none in the history: `storepact verify` makes "
            "one, --report-dir names another folder"
        )
    raise _unknown(names, first, runs[0] if runs else str(settings.report_dir))


def _is_fingerprint(word: str) -> bool:
    return bool(_FINGERPRINT.fullmatch(word.lower())) and not os.path.exists(word)


def _named_run(word: str, settings: Settings) -> Record:
    if not (os.path.exists(word) or word == "latest-green" or word.isdecimal()):
        raise UsageError(
            f"{word!r} is neither a run nor a fingerprint: give a run.json, its folder, the number of a run "
            "that `storepact history` lists, latest-green, or the 12 digits in brackets behind a finding"
        )
    return select_record(word, lambda: read_history(settings.history), load_record, target=None, before=None)


def _latest(settings: Settings, environment: Mapping[str, str]) -> Iterator[Record]:
    """The record in the report folder, then those of the history, the newest first."""
    path = settings.report_dir / "run.json"
    if path.exists():
        yield load_record(path)
    url = history_url(settings.history, environment)
    if not url or (settings.history is None and not _history_exists(url)):
        return
    with open_history(url, readonly=True) as history:
        for run in history.runs(limit=_LOOKED_BACK):
            yield history.record(run.id)


def _history_exists(url: str) -> bool:
    """Whether the usual history exists; one in a database server is looked at."""
    path = url.removeprefix("sqlite:///")
    return "://" in path or os.path.exists(path)


def _matching(record: Record, names: Sequence[str]) -> tuple[Finding, ...] | None:
    """The findings of a record with these fingerprints, or all; None if it lacks one of them."""
    if not names:
        return record.findings
    chosen = []
    for name in names:
        matches = [
            finding
            for finding in record.findings
            if finding.fingerprint.startswith(name) or name == finding.former
        ]
        if len(matches) > 1 and len(name) < 12:
            choices = ", ".join(finding.fingerprint for finding in matches)
            raise UsageError(f"{name} is the beginning of several fingerprints: {choices}")
        if not matches:
            return None
        chosen.append(matches[0])
    return tuple(chosen)


def _unknown(names: Sequence[str], record: Record, where: str) -> UsageError:
    available = [finding.fingerprint for finding in record.findings]
    unknown = next(
        name for name in names if not any(fingerprint.startswith(name) for fingerprint in available)
    )
    near = get_close_matches(unknown, available, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return UsageError(
        f"no run that was looked at has a finding {unknown}: {hint}`storepact report {where} --format "
        "console` lists those of a run"
    )


@lean_value(frozen=True)
class ReplayOptions:
    """How often findings are sent again, and where."""

    target: str | None = None
    """Another target than that of the run."""
    times: int | None = None
    faults: tuple[str, ...] = ()
    """The faults of the embedded mock."""


def settings_for(selection: Selection, settings: Settings, options: ReplayOptions) -> Settings:
    """The settings of a replay: those of the user, and for the rest those of the run.

    Raises:
        UsageError: the run has no target that requests can be sent to, or faults go with no live target.

    """
    record = selection.record
    target = options.target or record.target
    if (
        options.target is None
        and target != MOCK
        and "://" not in target
        and target not in settings.api.api.hosts
    ):
        raise UsageError(f"the run judged the traffic in {target}, and has no target: name one with --target")
    if options.faults and target != MOCK:
        raise UsageError("--fault goes with the embedded mock: add --target mock")
    changes: dict[str, object] = {"target": target, "seed": record.seed, "history": NO_HISTORY}
    if record.profile in PROFILES:
        changes["profile"] = record.profile
    if target == record.target:
        changes["project"] = settings.project or record.scope.get("project")
        changes["environment"] = settings.environment or record.scope.get("environment")
    return replace(settings, **changes)  # type: ignore[arg-type]


def replay_findings(
    selection: Selection,
    settings: Settings,
    options: ReplayOptions,
    environment: Mapping[str, str],
    advance: Callable[[ReplayResult], None] = lambda result: None,
) -> ReplayRecord:
    """Send the requests of findings again; `advance` is called with each result.

    Raises:
        UsageError: a setting cannot be used.
        Undetermined: the target cannot be tested.

    """
    settings = settings_for(selection, settings, options)
    results: list[ReplayResult] = []
    remains: list[str] = []
    with ExitStack() as resources:
        if selection.findings:
            resources.enter_context(INTERRUPTS.note())
            prepared = prepare(settings, environment, resources, options.faults)
            if prepared.preflight is None:
                raise Undetermined(prepared.reasons[0])
            results, remains = _replay_all(prepared, selection, options, advance)
    return ReplayRecord(
        format=1,
        storepact=__version__,
        run=selection.record.started,
        target=settings.target,
        results=tuple(results),
        remains=tuple(remains),
    )


def _replay_all(
    prepared: PreparedRun,
    selection: Selection,
    options: ReplayOptions,
    advance: Callable[[ReplayResult], None],
) -> tuple[list[ReplayResult], list[str]]:
    """The result of each finding, and what could not be deleted."""
    record = selection.record
    origin = Origin((record.scope.get("project"), record.scope.get("environment")), record.seed)
    harness = prepared.harness(Recorder()).open()
    results: list[ReplayResult] = []
    end: Undetermined | None = None
    try:
        for finding in selection.findings:
            if end is not None:
                results.append(_result(finding, 0, 0, end))
            else:
                result, end = _replay_one(harness, finding, origin, options.times)
                results.append(result)
            advance(results[-1])
    finally:
        remains = harness.close() + prepared.sweep(harness.recorder.traffic, harness.credentials)
    return results, remains


def _replay_one(
    harness: Harness, finding: Finding, origin: Origin, times: int | None
) -> tuple[ReplayResult, Undetermined | None]:
    """The result of one finding, and the error after which nothing more can be sent."""
    hits = sent = 0
    problem: Undetermined | None = None
    for _ in range(times or USUAL_TIMES):
        try:
            hits += replay(harness, finding, origin)
        except Undetermined as error:
            problem = error
            break
        except KeyboardInterrupt:
            problem = RunEnded("not sent: the replay was interrupted")
            break
        sent += 1
        if times is None and hits == sent:
            break
    is_final = isinstance(problem, _FINAL)
    return _result(finding, hits, sent, problem), problem if is_final else None


def _result(finding: Finding, hits: int, sent: int, problem: Undetermined | None) -> ReplayResult:
    state: ReplayState = "gone"
    if hits:
        state = "still there" if hits == sent else "flaky"
    elif problem is not None:
        state = "undecided"
    return ReplayResult(
        fingerprint=finding.fingerprint,
        code=finding.code,
        operation=finding.operation,
        message=finding.message,
        result=state,
        shown=hits,
        times=sent,
        reason=str(problem) if problem is not None else "",
    )


def verdict(record: ReplayRecord) -> Verdict:
    """Broken if a finding showed at least once; undetermined if one could not be decided."""
    states = {result.result for result in record.results}
    if states & {"still there", "flaky"}:
        return Verdict.BROKEN
    return Verdict.UNDETERMINED if "undecided" in states or record.remains else Verdict.CONFORMS
