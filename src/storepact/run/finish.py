"""The end of a run: results for the broker, the record, the reports, the history."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from storepact.model.errors import (
    BrokerFailed,
    HistoryDamaged,
    HistoryUnusable,
    ReportFolderUnusable,
    Undetermined,
    UsageError,
)
from storepact.model.outcome import Reason, Verdict
from storepact.model.values import lean_value
from storepact.record.comparison import past_findings
from storepact.record.recorder import Recorder
from storepact.record.store import dump, load_teeth, usable_folder, write_whole
from storepact.record.values import (
    STORIES_FORMAT,
    Exploration,
    Record,
    RecordedStory,
    ShardSection,
    StoriesRecord,
)
from storepact.report import RenderOptions, load_reports, write_reports
from storepact.run.assemble import assemble_record, record_gaps
from storepact.run.broker_results import results
from storepact.run.earlier import LookBack, keep_run, look_back
from storepact.run.run_data import RunData
from storepact.run.session import PreparedRun
from storepact.run.shard_record import record_other_shards, shard_section


@lean_value(frozen=True)
class FinishedRun:
    """The result of a run; everything about the provider is in its record."""

    record: Record
    folder: Path
    """Where the reports are."""
    published: tuple[str, ...] = ()
    """The results that were published to the broker, a line for each pact."""
    notes: tuple[str, ...] = ()
    """Lines for the user that are no part of the verdict."""
    problem: UsageError | None = None
    """Why a file could not be written; to be raised once the verdict is printed."""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the record."""
        return self.record.verdict

    @property
    def has_tests(self) -> bool:
        """Whether any test was made."""
        return bool(self.record.outcomes)

    def render(self, width: int = 80) -> str:
        """The summary for a terminal of that many columns."""
        from storepact.report import console

        return console.render(self.record, RenderOptions(self.folder, width))


class UntestedRun(Undetermined):
    """A run that ended before its first test. It has a record, and its reports are written."""

    def __init__(self, run: FinishedRun) -> None:
        super().__init__(run.record.reasons[0])
        self.run = run


def load_finish(*, keeps_history: bool) -> None:
    """Import what only the end of a run needs: while other processes run the tests, there is time for it."""
    load_reports()
    import_module("storepact.report.console")
    if keeps_history:
        import_module("storepact.history.store")


def finish(
    prepared: PreparedRun,
    recorder: Recorder,
    *,
    is_selection: bool = False,
    exploration: Exploration | None = None,
    shard: ShardSection | None = None,
) -> FinishedRun:
    """Record what was not verified, publish the results, write the record and the reports, keep the run.

    A run `is_selection` if the user chose only some of the planned tests. `shard` is what the record of a
    shard says of it, where the recorder does not hold it.

    A disk that is full by now takes no verdict away: it is the `problem` of the result.
    """
    teeth = load_teeth(prepared.settings.report_dir / "teeth.json")
    shard = shard or shard_section(prepared, recorder.snapshot(), len(prepared.plan.tests))
    run = RunData(prepared, recorder, teeth, is_selection, shard, exploration)
    record_gaps(run)
    record_other_shards(prepared, recorder, is_exploration=exploration is not None)
    published = publish_results(prepared, recorder)
    notes = list(prepared.earlier.notes)
    history = prepared.earlier.history
    try:
        earlier = look_back(prepared.earlier, prepared.settings.target, recorder.outcomes)
    except HistoryUnusable as error:
        notes.append(str(error))
        earlier = LookBack(past_findings(prepared.earlier.bases))
        history = history if isinstance(error, HistoryDamaged) else ""  # reported once
    record = assemble_record(run, earlier.past, earlier.previous)
    folder = prepared.settings.report_dir
    problem = _write(record, folder, _stories(record, recorder))
    if history and run.shard is not None:
        notes.append("not kept in the history: storepact merge keeps the run that all shards make")
    elif history and not run.is_whole:
        notes.append("not kept in the history: a part of the tests says little about the provider over time")
    elif history:
        notes.append(keep_run(history, record))
    return FinishedRun(record, folder, published, tuple(notes), problem)


def _write(record: Record, folder: Path, stories: StoriesRecord | None = None) -> ReportFolderUnusable | None:
    """Write the record, the stories and the reports; returns what prevented it."""
    try:
        write_whole(folder / "run.json", dump(record), private=record.is_private)
        if stories is not None:
            write_whole(folder / "stories.json", dump(stories), private=record.is_private)
        write_reports(record, RenderOptions(folder))
    except ReportFolderUnusable as error:
        return error
    return None


def finish_without_target(
    prepared: PreparedRun, recorder: Recorder, *, is_selection: bool = False
) -> FinishedRun:
    """Write the record and the reports of what was judged without a run on a target: traffic, a store.

    Raises:
        ReportFolderUnusable: the folder cannot be made; what fails later is the `problem` of the result.

    """
    folder = usable_folder(prepared.settings.report_dir, private=True)
    run = RunData(prepared, recorder, is_selection=is_selection)
    record = assemble_record(run, past_findings(()))
    return FinishedRun(record, folder, problem=_write(record, folder))


def _stories(record: Record, recorder: Recorder) -> StoriesRecord:
    """The stories of the tests that passed, for `storepact export --all`."""
    stories = (
        RecordedStory(name=name, requests=requests) for name, requests in sorted(recorder.stories.items())
    )
    return StoriesRecord(format=STORIES_FORMAT, started=record.started, stories=tuple(stories))


def publish_results(prepared: PreparedRun, recorder: Recorder) -> tuple[str, ...]:
    """Publish the result of each pact to the broker, where `--publish` says so; returns a line for each."""
    settings, source = prepared.settings, prepared.broker
    if source is None or not settings.publish:
        return ()
    version, lines = settings.provider_version or "", []
    try:
        for result in results(recorder.outcomes, source.pacts, version):
            if result.verification is None:
                recorder.cannot_verify(
                    f"result for {result.pact.consumer}",
                    f"not published: {result.problem}",
                    Reason.NOT_PUBLISHED,
                )
                continue
            source.broker.publish(result.pact, result.verification)
            lines.append(f"{result.pact.consumer}: {'verified' if result.verification.success else 'failed'}")
        if settings.provider_branch:
            source.broker.name_branch(settings.provider_name, version, settings.provider_branch)
    except BrokerFailed as error:
        recorder.troubles.append(f"the results were not published: {error}")
    return tuple(lines)
