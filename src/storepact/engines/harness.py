"""The harness: what the suites call to test one target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from storepact import pacts
from storepact.engines.corpus.cache import CachedCorpus
from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.journeys import PinnedJourney, PlayedStep
from storepact.engines.deletions import shows_deleted_resources
from storepact.engines.describe import describe_findings
from storepact.engines.document_findings import contract_findings, lint_findings
from storepact.engines.family import Family, Scenario
from storepact.engines.options import EngineOptions
from storepact.engines.preflight import Preflight, run_preflight
from storepact.engines.profiles import DEFAULT_SEED
from storepact.engines.question_run import QuestionRun
from storepact.engines.questions import CaseGenerator, Question
from storepact.engines.run_log import RunLog
from storepact.engines.shrink_budget import Offer
from storepact.engines.shrink_queue import ShrinkQueue
from storepact.engines.story import Story
from storepact.engines.workspace import Workspace
from storepact.model.case import Case
from storepact.model.errors import PrerequisiteMissing
from storepact.model.finding import Finding
from storepact.model.outcome import Reason
from storepact.openapi.document import Document
from storepact.openapi.load import load_document
from storepact.record.acceptance import load_acceptances
from storepact.record.recorder import Recorder
from storepact.record.values import Finding as RecordedFinding
from storepact.transport.credentials import Credentials

if TYPE_CHECKING:
    from storepact.engines.pact import PactEngine
    from storepact.engines.story_run import StoryRun


class Harness:
    """One process' access to the target of a run. Use as a context manager, or `open` and `close` it."""

    def __init__(
        self,
        options: EngineOptions,
        family: Family,
        credentials: Credentials,
        *,
        recorder: Recorder | None = None,
        kept: dict[str, list[Case]] | None = None,
        preflight: Preflight | None = None,
    ) -> None:
        """`kept` has the cases by question, for several targets; `preflight` is an earlier result."""
        self.options, self.family, self.credentials = options, family, credentials
        self.preflight, self._kept = preflight, kept
        self._recorder = recorder or Recorder()
        self.shrink_queue = ShrinkQueue()
        self._stack = ExitStack()
        self._workspace: Workspace | None = None
        self._pact_engine: PactEngine | None = None

    @cached_property
    def document(self) -> Document:
        """The document that the provider is held to."""
        return load_document(self.options.openapi)

    @cached_property
    def contracts(self) -> tuple[pacts.Contract, ...]:
        """Every contract with this provider."""
        name, contracts = self.options.provider, pacts.load_contracts(self.options.contracts)
        return tuple(entry for entry in contracts if entry.provider == (name or self.family.provider))

    def interactions(self) -> list[pacts.Interaction]:
        """Every interaction of every contract with this provider."""
        return [interaction for contract in self.contracts for interaction in contract.interactions]

    @cached_property
    def log(self) -> RunLog:
        """What receives exchanges and findings."""
        impact = pacts.impact_of(self.contracts, self.document)
        return RunLog(self._recorder, self.document, impact, self.credentials, shrinks=self.options.shrink)

    @property
    def recorder(self) -> Recorder:
        """The recorder of this process."""
        return self.log.recorder

    @recorder.setter
    def recorder(self, recorder: Recorder) -> None:
        self.log.recorder = recorder
        if self._workspace is not None:
            self._workspace.target.delivery.traffic = recorder.traffic

    # the life of the connection

    def open(self) -> Harness:
        """Open the connection to the target; a preflight is run where no result of one was handed over.

        Raises:
            Undetermined: the target cannot be tested.
            UsageError: a further scope cannot be used.

        """
        options, family, document, traffic = self.options, self.family, self.document, self._recorder.traffic
        if self.preflight is None:
            self.preflight = run_preflight(options, family, self.credentials, document, traffic)
        self.credentials = self.credentials.with_writer(self.preflight.token)
        workspace = Workspace(options, family, self.credentials, document, self.preflight.scope, self.log)
        workspace.target.delivery.has_answered = True  # the preflight was answered
        workspace.target.delivery.traffic = self.recorder.traffic
        workspace.watch_passage()
        self._workspace = self._stack.enter_context(workspace)
        return self

    def __enter__(self) -> Harness:
        return self.open()

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> list[str]:
        """Delete what was created; returns a line for each thing that could not be deleted."""
        remaining: list[str] = []
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            try:
                remaining = [str(leftover) for leftover in workspace.finish()]
            except Exception as error:  # whatever happens, the connections must be closed
                remaining = list(map(str, workspace.leftovers(str(error))))
                remaining = remaining or [f"what this run created at {self.options.base_url} ({error})"]
            self.credentials = workspace.target.credentials
        self._stack.close()
        return remaining

    @property
    def workspace(self) -> Workspace:
        """The target and all that is used on it, while the harness is open."""
        assert self._workspace is not None, "open the harness first"
        return self._workspace

    # what the suites call

    def run_question(self, question: Question) -> list[Finding]:
        """Run one question; returns every finding once.

        Raises:
            NothingTested, SetupFailed, PrerequisiteMissing: as `QuestionRun.run`.

        """
        run = QuestionRun(question, self.workspace, self.log, self.shrink_queue)
        return self._end_test(run.run(self.case_generator))

    def shrink(self, accepted: Iterable[tuple[Offer, int]]) -> list[Finding]:
        """Show what was offered by less, each with so many exchanges; returns what is smaller, recorded."""
        shrunk: list[Finding] = []
        for offer, exchanges in accepted:
            with self.log.without_findings():
                smaller = self.shrink_queue.shrink(offer, exchanges)
            shrunk += self._end_test([] if smaller is None else [smaller])
        return self.log.record_all(shrunk)

    def _end_test(self, findings: list[Finding]) -> list[Finding]:
        """On the embedded mock no test uses a resource of another one: their order changes nothing."""
        if self.options.is_mock:
            self.workspace.pool.forget()
        return findings

    @property
    def case_generator(self) -> CaseGenerator:
        """What makes the cases of questions; it needs no target."""
        return CaseGenerator(self.document, self.family, self.options, self._kept, self._corpus)

    @cached_property
    def _corpus(self) -> Corpus | None:
        """The pinned cases of this run."""
        options = self.options
        if options.corpus is None:
            return None
        if not options.corpus_is_cache:
            return Corpus(options.corpus, self.document)
        usual = replace(options, seed=DEFAULT_SEED, examples=None)
        return CachedCorpus(options.corpus, CaseGenerator(self.document, self.family, usual))

    @cached_property
    def _story_run(self) -> StoryRun:
        from storepact.engines.story_run import StoryRun  # loads hypothesis

        return StoryRun(self.family, self.workspace, self.options, self.log, self.shrink_queue, self._corpus)

    def run_scenario(self, scenario: Scenario) -> list[Finding]:
        """Play one scenario; see `StoryRun.run_scenario`.

        Raises:
            PrerequisiteMissing: also where deletes have no effect, as a finding says that is not accepted.

        """
        self._require_deletes()
        return self._end_test(self._story_run.run_scenario(scenario))

    def misses_deletes(self) -> bool:
        """Whether a live target keeps what is deleted, and that is a finding which is not accepted."""
        if self.options.is_mock or not self.workspace.inventory.keeps_deleted_resources:
            return False
        if not any(map(shows_deleted_resources, self._unaccepted_findings())):
            return False
        return self.workspace.inventory.still_keeps_deleted_resources()

    def _require_deletes(self) -> None:
        """Begin no further story where deletes have no effect: each would make every list longer.

        Raises:
            PrerequisiteMissing: they have none.

        """
        if self.misses_deletes():
            raise PrerequisiteMissing(Reason.DELETES_NOTHING)

    def play_scenario(self, scenario: Scenario) -> Story:
        """Play one scenario; returns the story. See `StoryRun.play`."""
        return self._story_run.play(scenario)

    def run_journey(self, number: int) -> list[Finding]:
        """Play one journey; see `StoryRun.run_journey`, and `run_scenario` for deletes without effect."""
        self._require_deletes()
        return self._end_test(self._story_run.run_journey(number))

    def record_journey(self, number: int) -> list[list[PlayedStep]]:
        """The steps of each story that a journey consists of; see `StoryRun.record_journey`."""
        return self._story_run.record_journey(number)

    def replay_journey(self, entry: PinnedJourney) -> list[PlayedStep]:
        """The steps of a pinned journey, played again; see `StoryRun.replay_journey`."""
        return self._story_run.replay_journey(entry)

    def play_journeys(self, number: int, stories: int) -> Iterator[Story]:
        """Play stories of one journey that the seed alone decides; see `StoryRun.play_journeys`."""
        return self._story_run.play_journeys(number, stories)

    def verify_interaction(self, interaction: pacts.Interaction) -> list[Finding]:
        """Verify on the target what one consumer relies on.

        What the checks find in its exchanges is recorded, and is no verdict on the pact.

        Raises:
            SetupFailed: its provider states cannot be set up.
            PrerequisiteMissing: this run lacks what it needs.

        """
        if self._pact_engine is None:
            from storepact.engines.pact import PactEngine  # loads pact

            self._pact_engine = self._stack.enter_context(PactEngine(self.workspace))
        findings = self._pact_engine.verify(interaction)
        self.log.record_story(f"pacts: {interaction}", self._pact_engine.requests)
        return self._end_test(self._report(findings))

    def check_contract(self, interaction: pacts.Interaction) -> list[Finding]:
        """Compare one interaction with the document; needs no target."""
        return self._report(contract_findings(interaction, self.document, self.family.api))

    def check_document(self) -> list[Finding]:
        """Check the document itself; needs no target."""
        return self._report(lint_findings(self.document, self.family.api))

    def _report(self, findings: list[Finding]) -> list[Finding]:
        """Record findings, without those of checks and operations that are left out."""
        reports = self.options.reports
        return self.log.record_all(
            [finding for finding in findings if reports(finding.code, finding.operation)]
        )

    @cached_property
    def _accepted_fingerprints(self) -> frozenset[str]:
        today = datetime.now(UTC).date()
        acceptances = load_acceptances(self.options.accepted)
        return frozenset(entry.fingerprint for entry in acceptances if entry.holds(today))

    def without_acceptance(self, findings: list[Finding]) -> list[Finding]:
        """The findings without a valid acceptance: what a test fails for. The others are recorded, too."""
        return [
            finding
            for finding in findings
            if self._accepted_fingerprints.isdisjoint((finding.fingerprint, finding.former_fingerprint))
        ]

    def _unaccepted_findings(self) -> Iterator[RecordedFinding]:
        """What this process has recorded so far, without what is accepted."""
        for fingerprint, finding in self.recorder.findings.items():
            if fingerprint not in self._accepted_fingerprints:
                yield finding

    def describe(self, findings: list[Finding]) -> str:
        """Findings as the text of a failed test."""
        return describe_findings(findings)
