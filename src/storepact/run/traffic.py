"""Judge recorded or live traffic, and make the record of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from storepact import pacts
from storepact.engines.profiles import without_cases
from storepact.engines.run_log import RunLog
from storepact.engines.traffic.judge import SOURCE, Judgement, TrafficJudge
from storepact.model.errors import NothingTested
from storepact.model.finding import Finding
from storepact.model.garbage import without_collection
from storepact.model.outcome import Status
from storepact.model.traffic import Traffic, TrafficRequest, Treatment
from storepact.openapi.load import load_document
from storepact.record.acceptance import load_acceptances
from storepact.record.recorder import Recorder
from storepact.record.store import usable_folder
from storepact.record.values import Outcome
from storepact.record.values.base import TRAFFIC_PROFILE
from storepact.run.clock import Clock
from storepact.run.engine_options import engine_options
from storepact.run.finish import FinishedRun, finish_without_target, load_finish
from storepact.run.session import PreparedRun, load_provider_contracts
from storepact.run.settings import CAN_FORK, Settings
from storepact.run.settings_rules import check_settings
from storepact.run.traffic_files import read_traffic
from storepact.run.traffic_steps import ProcessLost, Step, follow, followed_by_another_process
from storepact.transport.credentials import Credentials

#: How many processes judge recorded traffic.
PROCESSES = 2 if CAN_FORK and (os.cpu_count() or 1) >= 2 else 1

#: Fewer exchanges are judged by one process.
FEWEST = 500

#: Paths of other APIs that a message names.
_MOST_PATHS = 3

#: Why exchanges of each kind were not judged.
_REASONS = {
    Treatment.OTHER_PATH: "their paths are not described",
    Treatment.OTHER_METHOD: "OPTIONS, HEAD and the like are not described",
    Treatment.NO_RESPONSE: "there was no response",
    Treatment.CACHED: "a cache answered",
    Treatment.GATEWAY: "a server in front of the provider answered",
    Treatment.OTHER_PROTOCOL: "they are not HTTP",
    Treatment.SKIPPED: "they passed while judging had fallen behind",
    Treatment.UNREADABLE: "their recording cannot be read",
}


@dataclass
class TrafficRun:
    """Judges traffic with one document and a folder of pacts, and makes a record of it."""

    settings: Settings
    name: str
    """What the record calls the traffic: a file, or a target."""
    complete: bool = False
    """Whether every write is in the traffic."""
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        settings, self._clock = self.settings, Clock()
        self.document = load_document(settings.document_path)
        self._contracts = load_provider_contracts(settings.contracts_path, settings.provider_name)
        self._acceptances = load_acceptances(settings.accepted_path)
        impact = pacts.Impact(self._contracts, self.document)
        self._log = RunLog(self.recorder, self.document, impact, Credentials(), shrinks=False)
        self._interactions = [
            interaction for contract in self._contracts for interaction in contract.interactions
        ]
        self.judge = self.new_judge(self.complete)
        self.treatments: Counter[Treatment] = Counter()
        self._others: Counter[str] = Counter()
        self._operations: dict[str, None] = {}
        """The operations that were judged."""
        self.origins: dict[str, None] = {}

    def new_judge(self, complete: bool) -> TrafficJudge:
        """A new judge, without earlier exchanges; `complete` is whether every write is in the traffic."""
        is_complete = complete or self.complete
        return TrafficJudge(self.document, self.settings.api, is_complete, self._interactions)

    def add(self, *recordings: Traffic, processes: int = 1) -> None:
        """Judge every exchange of recordings.

        Raises:
            ProcessLost: there are two processes, and the other one has ended before its work was done.

        """
        if processes == 1 or sum(len(traffic.entries) for traffic in recordings) < FEWEST:
            self._take(recordings, follow(recordings, self.new_judge), counted=False)
            return
        with followed_by_another_process(recordings, self.new_judge, self.recorder) as steps:
            load_finish(keeps_history=False)  # before the first exchange comes
            self._take(recordings, steps, counted=True)

    def _take(self, recordings: Sequence[Traffic], steps: Iterator[Step], *, counted: bool) -> None:
        for step in steps:
            recording, position = step.place
            entry = recordings[recording].entries[position]
            self.observe(entry.request, step.judgement(entry.response), counted=counted)

    def observe(self, sent: TrafficRequest | None, judgement: Judgement, *, counted: bool = False) -> None:
        """Record what was found out about one exchange; `counted` is whether another process counts it."""
        self.treatments[judgement.treatment] += 1
        if judgement.treatment is Treatment.OTHER_PATH and sent is not None:
            self._others[sent.origin + sent.request.path.partition("?")[0]] += 1
        request, exchange = judgement.request, judgement.exchange
        if request is None or exchange is None or sent is None:
            return
        self.origins.setdefault(sent.origin)
        self._operations.setdefault(request.operation.id)
        if not counted:
            self.recorder.add_exchange(request.operation.id, exchange)
        self._log.record_all(list(judgement.findings))

    @property
    def total(self) -> int:
        """How many exchanges there were."""
        return sum(self.treatments.values())

    def finish(self) -> FinishedRun:
        """Write the record and the reports.

        Raises:
            NothingTested: no exchange could be judged.
            ReportFolderUnusable: the reports cannot be written.

        """
        judged = self.treatments[Treatment.JUDGED]
        if not judged:
            raise NothingTested(self._describe_empty_traffic())
        for line in self._unjudged_exchanges():
            self.recorder.cannot_verify(*line)
        self.recorder.outcomes.extend(self._outcomes())
        base_url = next(iter(self.origins))
        prepared = PreparedRun(
            settings=self.settings,
            document=self.document,
            contracts=self._contracts,
            options=engine_options(self.settings, base_url, profile=without_cases(TRAFFIC_PROFILE)),
            credentials=Credentials(),
            acceptances=self._acceptances,
            clock=self._clock,
        )
        return finish_without_target(prepared, self.recorder)

    def _outcomes(self) -> Iterator[Outcome]:
        today = datetime.now(UTC).date()
        accepted = {entry.fingerprint for entry in self._acceptances if entry.holds(today)}
        open_operations = {
            finding.operation
            for fingerprint, finding in self.recorder.findings.items()
            if fingerprint not in accepted
        }
        for operation in self._operations:
            failed = operation in open_operations
            yield Outcome(
                suite=SOURCE,
                name=f"{SOURCE}: {operation}",
                status=Status.FAILED if failed else Status.PASSED,
                reason="findings in its exchanges" if failed else "",
                seconds=0.0,
                operation=operation,
            )

    def _unjudged_exchanges(self) -> Iterator[tuple[str, str]]:
        """(what, why) of the exchanges that were not judged."""
        for treatment, reason in _REASONS.items():
            count = self.treatments[treatment]
            if count:
                examples = f": {self._paths()}" if treatment is Treatment.OTHER_PATH else ""
                yield f"{count:,} of {self.total:,} exchanges", f"{reason}{examples}"

    def _paths(self) -> str:
        named = [path for path, _ in self._others.most_common(_MOST_PATHS)]
        more = len(self._others) - len(named)
        text = self.judge.secrets.mask_text(", ".join(named))
        return text + (f" and {more:,} more" if more else "")

    def _describe_empty_traffic(self) -> str:
        if not self.total:
            return f"{self.name}: there was no exchange, so nothing was judged"
        reasons = "; ".join(f"{what}: {why}" for what, why in self._unjudged_exchanges())
        return f"no exchange in {self.name} could be judged: {reasons}"


def describe_finding(finding: Finding) -> str:
    """A finding as one line, as it comes up in traffic."""
    return f"{finding.code} {finding.operation}: {finding.message}"


def judge_files(settings: Settings, paths: Sequence[Path], *, complete: bool) -> FinishedRun:
    """Judge the traffic of files and folders, and write the record and the reports.

    Raises:
        UsageError: a file cannot be used.
        NothingTested: no exchange could be judged.
        ReportFolderUnusable: the reports cannot be written.

    """
    check_settings(settings)
    with without_collection():
        recordings = list(read_traffic(paths))
        usable_folder(settings.report_dir, private=True)
        run = TrafficRun(settings, settings.target, complete)
        try:
            run.add(*recordings, processes=PROCESSES)
        except ProcessLost:  # killed by the system, or by a problem that shows here, too
            run = TrafficRun(settings, settings.target, complete)
            run.add(*recordings)
        return run.finish()
