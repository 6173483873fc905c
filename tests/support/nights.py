"""Simulated nights: the whole nightly job but for the requests, whose results are written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import records
from published_documents import PUBLISHED
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import Undetermined
from storepact.model.outcome import SUITES, Status
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.acceptance import Acceptance, load_acceptances, write_acceptances
from storepact.record.recorder import Recorder
from storepact.record.store import load_drift
from storepact.record.values import Outcome
from storepact.record.values.snapshot import WeightedFinding
from storepact.run import tripwire
from storepact.run.clock import Clock
from storepact.run.earlier import load_earlier_runs
from storepact.run.engine_options import engine_options
from storepact.run.finish import FinishedRun, finish
from storepact.run.nightly import NightSummary
from storepact.run.session import PreparedRun, load_provider_contracts
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
CONTRACTS = load_provider_contracts(data_path("contracts"), DEFAULT_FAMILY.provider)

#: What a night exercises if nothing is wrong.
COVERAGE = {
    "getIntegration": {"200": 40, "404": 9},
    "updateIntegration": {"200": 30, "409": 5},
    "deleteIntegration": {"204": 20},
}

ACCEPTED_UNTIL = date(2026, 11, 4)


@dataclass
class Nights:
    """Nights in a folder, the n-th on the n-th of November; each is kept in one history."""

    folder: Path
    patch: pytest.MonkeyPatch
    count: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further settings of every night."""

    def run(
        self,
        *findings: dict[str, Any],
        coverage: Mapping[str, Mapping[str, int]] | None = None,
        accepted: Iterable[str] = (),
        unreachable: bool = False,
        published: Path | None = None,
        suites: Iterable[str] = SUITES,
    ) -> NightSummary:
        """The summary of the next night, in which the provider had these findings."""
        self.count += 1
        file = self.folder / "accepted.json"
        entries = [Acceptance(name, "ticket 417", "someone", ACCEPTED_UNTIL) for name in accepted]
        write_acceptances(file, entries)
        outcomes = [
            Outcome(suite=suite, name="a test", status=Status.PASSED, reason="", seconds=0.1)
            for suite in suites
        ]
        recorder = Recorder(outcomes=outcomes, exchanges=99)
        weighed = [
            WeightedFinding(weight=1, finding=finding) for finding in records.as_values(*findings).findings
        ]
        recorder.merge(msgspec.structs.replace(Recorder().snapshot(), findings=tuple(weighed)))
        for operation, counts in (COVERAGE if coverage is None else coverage).items():
            recorder.coverage[operation].update(counts)
        error = Undetermined("cannot reach it: refused") if unreachable else None
        started = datetime(2026, 11, self.count, 3, tzinfo=UTC)
        self.patch.setattr(tripwire, "run_suites", _made_by(recorder, started, error))
        settings = Settings(
            history=str(self.folder / "history.db"),
            report_dir=self.folder / "report",
            accepted=file,
            **self.settings,
        )
        return tripwire.run_tripwire(settings, None if published is None else str(published)).summary


def _made_by(
    recorder: Recorder, started: datetime, error: Undetermined | None
) -> Callable[[Settings], FinishedRun]:
    """A substitute for the run of the suites: what was recorded, finished as every run is."""

    def run_suites(settings: Settings) -> FinishedRun:
        if error is not None:
            recorder.outcomes.clear()
            recorder.troubles.append(str(error))
        prepared = PreparedRun(
            settings=settings,
            document=DOCUMENT,
            contracts=CONTRACTS,
            options=engine_options(settings, "http://127.0.0.1:9"),
            credentials=Credentials(),
            acceptances=load_acceptances(settings.accepted_path),
            earlier=load_earlier_runs(settings, {}),
            drift=None if settings.drift is None else load_drift(settings.drift),
            clock=Clock(started=started),
        )
        finished = finish(prepared, recorder)
        if error is not None:
            raise error
        return finished

    return run_suites


__all__ = ["COVERAGE", "PUBLISHED", "Nights"]
