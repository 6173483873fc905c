"""The harness: what the suites hold. It knows the run's settings and turns questions into findings."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

from storepact import pacts
from storepact.engines.bench import STORY, Bench, shrink
from storepact.engines.document_findings import finding_of_disagreement, finding_of_trouble
from storepact.engines.family import Family, Scenario, Scope
from storepact.engines.journey import Journeys
from storepact.engines.options import DEFAULT_SEED, EngineOptions
from storepact.engines.pact import PactEngine
from storepact.engines.preflight import Preflight, run_preflight
from storepact.engines.profiles import get_profile
from storepact.engines.provider_states import needs_writing
from storepact.engines.schema import Generator, fingerprint, sendable
from storepact.engines.story import Story, StoryEnded, shorten_story
from storepact.engines.target import open_target
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.errors import NothingTested, PrerequisiteMissing, RequestUnsendable, UsageError
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.model.outcome import Reason
from storepact.openapi import keywords
from storepact.openapi.document import Document, Operation, load_document
from storepact.openapi.lint import lint
from storepact.openapi.variants import Variant, variants_of
from storepact.record.acceptance import load_accepted
from storepact.record.recorder import Recorder
from storepact.transport.client import Credentials, is_loopback
from storepact.transport.journal import Journal

PHASES = ("examples", "probes", "coverage", "fuzzing")

#: Journeys by number: each has a seed of its own.
JOURNEYS = (1, 2)


@dataclass(frozen=True)
class Settings:
    """Everything that a run is told. `examples` overrides the profile's number of fuzzed cases."""

    target: str = "mock"
    """Name for the record: mock, a known name or a URL."""
    base_url: str = ""
    project: str | None = None
    environment: str | None = None
    allow_writes: bool = False
    profile: str = "gate"
    seed: int = DEFAULT_SEED
    examples: int | None = None
    openapi: Path = Path()
    contracts: Path = Path()
    report_dir: Path = Path("storepact-report")
    timeout: float = 10.0
    workers: int = 1
    worker: str = ""
    """Which of several processes this is."""
    isolation_scope: str | None = None
    """PROJECT/ENV: a second place that the run may write to."""
    provider: str | None = None
    """The provider's name in pacts, where it is not the family's own."""
    broker_url: str | None = None
    """Where the pacts come from, in place of a folder."""
    consumer_branch: str | None = None
    provider_version: str | None = None
    provider_branch: str | None = None
    publish: bool = False
    """Whether the broker is given the results, for `provider_version`."""
    excluded_checks: tuple[str, ...] = ()
    """Codes of checks that are left out, to see what only they catch."""
    accepted: Path = Path()
    """The file of accepted findings; it need not be there."""
    baseline: tuple[str, ...] = ()
    """Earlier runs that this one is compared with, the oldest first: files, `latest-green`, numbers of the history."""
    drift: Path | None = None
    """A drift.json, whose verdict on the published document is part of the run's."""
    history: str | None = None
    """Where runs are kept: a database's URL without a password, `none`, or None for the usual place."""
    shrink: bool = True
    """Whether findings are shortened, and looked for after the first one."""

    @property
    def second_scope(self) -> Scope | None:
        """The second scope, if there is one; the mock always has one.

        Raises:
            UsageError: it is not written as PROJECT/ENV.

        """
        if self.isolation_scope is None:
            return Scope("default", "production") if self.is_mock else None
        project, slash, environment = self.isolation_scope.partition("/")
        if not (project and slash and environment) or "/" in environment:
            raise UsageError(
                f"--isolation-scope {self.isolation_scope!r}: write PROJECT/ENV, such as default/production"
            )
        return Scope(project, environment)

    @property
    def is_mock(self) -> bool:
        """Whether the embedded mock is asked."""
        return self.target == "mock"

    @property
    def writable(self) -> bool:
        """Whether the run may create, change and delete."""
        return self.is_mock or self.allow_writes

    def engine_options(self) -> EngineOptions:
        """The part of the settings that the engines use.

        Raises:
            UsageError: the second scope is not written as PROJECT/ENV.
            UnknownName: there is no such profile.

        """
        return EngineOptions(
            base_url=self.base_url,
            scopes=tuple(self.scopes),
            second_scope=self.second_scope,
            is_mock=self.is_mock,
            writable=self.writable,
            seed=self.seed,
            profile=get_profile(self.profile),
            examples=self.examples,
            timeout=self.timeout,
            openapi=self.openapi,
            contracts=self.contracts,
            accepted=self.accepted,
            provider=self.provider,
            journal=None if self.is_mock else self.report_dir / "journal.jsonl",
            excluded_checks=self.excluded_checks,
            shrink=self.shrink,
            worker=self.worker,
        )

    @property
    def scopes(self) -> list[Scope]:
        """Where to look for a place to work, in this order. `production` is tried on this machine only."""
        if self.is_mock or (self.project and self.environment):
            return [Scope(self.project or "default", self.environment or "test")]
        environments = ["test", "development"] + (["production"] if is_loopback(self.base_url) else [])
        return [
            Scope(self.project or "default", each)
            for each in ([self.environment] if self.environment else environments)
        ]


@dataclass(frozen=True)
class Question:
    """One question about an operation: a variant of it, a phase of generation."""

    operation: str
    kind: str | None
    phase: str

    @property
    def suite(self) -> str:
        """Doors are the protection suite's, all else is conformance."""
        return "protection" if self.phase == "doors" else "conformance"

    def __str__(self) -> str:
        return "-".join(part for part in (self.operation, self.kind, self.phase) if part)


def questions(document: Document, family: Family, writable: bool) -> Iterator[Question]:
    """Every question about a document; only reading ones for a target that may not be written."""
    for operation in document.operations.values():
        if family.role_of(operation) is None or (not writable and operation.method != "GET"):
            continue
        for variant in variants_of(document, operation):
            for phase in (*PHASES, "doors"):
                yield Question(operation.id, variant.value, phase)


@dataclass
class Harness:
    """One worker's view of a run. Close it to tidy up."""

    options: EngineOptions
    family: Family
    credentials: Credentials
    recorder: Recorder = field(default_factory=Recorder)
    corpus: dict[str, list[Case]] | None = None
    """Cases that were generated before, by question; filled as they are needed."""
    _shortened: set[str] = field(default_factory=set)
    _bodies: set[int] = field(default_factory=set)
    preflight: Preflight | None = None
    """The preflight's result, where it was run before."""
    _stack: ExitStack = field(default_factory=ExitStack)
    _bench: Bench | None = None

    @cached_property
    def document(self) -> Document:
        """The document that the provider is held to."""
        return load_document(self.options.openapi)

    @cached_property
    def contracts(self) -> tuple[pacts.Contract, ...]:
        """Every contract in the folder."""
        return pacts.load_contracts(self.options.contracts)

    @property
    def provider(self) -> str:
        """What pacts call the provider."""
        return self.options.provider or self.family.provider

    @cached_property
    def impact(self) -> pacts.Impact:
        """Who relies on what."""
        mine = tuple(contract for contract in self.contracts if contract.provider == self.provider)
        return pacts.Impact(mine, self.document)

    @property
    def bench(self) -> Bench:
        """The place on the target; there once the harness is open."""
        assert self._bench is not None, "open the harness first"
        return self._bench

    def open(self) -> Harness:
        """Open the connection to the target; a preflight is run where none was handed over.

        Raises:
            Undetermined: the target cannot be tested.
            UsageError: the second scope cannot be used.

        """
        options = self.options
        if self.preflight is None:
            self.preflight = run_preflight(options, self.family, self.credentials, self.document)
        self._bench = Bench(
            self._stack.enter_context(open_target(options, self.credentials, self.document)),
            self.family,
            self.document,
            self.preflight.scope,
            Journal(options.journal),
            options.seed,
            self._observed,
            options.excluded_checks,
            options.worker,
        )
        return self

    def __enter__(self) -> Harness:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> list[str]:
        """Delete what was created; returns a line for each thing that could not be deleted."""
        remaining: list[str] = []
        bench, self._bench = self._bench, None
        if bench is not None:
            try:
                remaining = [f"{entry.path}/{entry.id or '(id unknown)'}" for entry in bench.clear()]
            except Exception as error:  # whatever happens, the rest of the tidying must go on
                remaining = [f"what this run created at {self.options.base_url} ({error})"]
        self._stack.close()
        return remaining

    def take(self) -> dict[str, Any]:
        """What was recorded since the last time, as a parcel."""
        parcel = self.recorder.as_parcel()
        self.recorder = Recorder()
        return parcel

    # what the suites ask

    def conform(self, question: Question) -> list[Finding]:
        """Ask one conformance question; every finding, shrunk, once each.

        Raises:
            NothingAsked: no case could be made.
            CannotArrange: the target could not be brought into the state needed.

        """
        operation = self.document.operations[question.operation]
        variant = next(each for each in variants_of(self.document, operation) if each.value == question.kind)
        run = _Run(self, question)
        self._cases(operation, variant, question.phase, run)
        if not run.asked:
            if question.phase == "examples":
                return []
            if not self.options.writable:
                raise PrerequisiteMissing(Reason.NOTHING_TO_READ)
            raise NothingTested(f"no case could be made for {question}")
        return run.findings()

    def _cases(self, operation: Operation, variant: Variant, phase: str, run: Callable[[Case], None]) -> None:
        if self.corpus is None:
            self._generated(operation, variant, phase, run)
            return
        name = str(Question(operation.id, variant.value, phase))
        if name not in self.corpus:
            cases: list[Case] = []
            self._generated(operation, variant, phase, cases.append)
            self.corpus[name] = cases
        for case in self.corpus[name]:
            run(case)

    def _generated(
        self, operation: Operation, variant: Variant, phase: str, run: Callable[[Case], None]
    ) -> None:
        if phase in ("probes", "doors"):
            make = self.family.probes if phase == "probes" else self.family.auth_cases
            cases: Iterator[Case] = make(operation, self.document, variant)
        else:
            generator = Generator(self.document, operation, variant)
            if phase == "fuzzing":
                count = self.options.fuzzed_examples
                generator.fuzz(count, self._seed_for(f"{operation.id}-{variant}"), run)
                return
            cases = generator.examples() if phase == "examples" else generator.coverage()
        for case in cases:
            run(case)

    def _seed_for(self, name: str) -> int:
        digest = hashlib.blake2b(f"{self.options.seed}:{name}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")

    def enact(self, scenario: Scenario) -> list[Finding]:
        """Tell one scenario to the target; every finding, once each.

        Raises:
            MeansMissing: the run lacks what the scenario needs, or the provider allows it not to be told.

        """
        story = self.acted(scenario)
        if not self.options.shrink:
            return story.findings
        begin = partial(self._story, scenario.suite, silent=True)
        return [self._shortest(begin, story, finding) for finding in story.findings]

    def _shortest(self, begin: Callable[[], Story], story: Story, finding: Finding) -> Finding:
        """The finding with the shortest story, looked for once."""
        if finding.fingerprint in self._shortened:
            return finding
        self._shortened.add(finding.fingerprint)
        short = shorten_story(begin, story.paths[finding.fingerprint], finding)
        if short is not finding:
            self._record(short)
        return short

    def acted(self, scenario: Scenario) -> Story:
        """Tell one scenario to the target; the story as it went.

        Raises:
            MeansMissing: as `enact`.

        """
        self._have(scenario.needs)
        with self._story(scenario.suite) as story:
            with contextlib.suppress(StoryEnded):
                scenario.run(story)
            if not story.entries:
                raise NothingTested(f"the scenario {scenario.name} asked nothing")
            return story

    def journey(self, number: int) -> list[Finding]:
        """Let a state machine make up stories; every finding, with the shortest story that shows it.

        Raises:
            MeansMissing: the target is read-only.

        """
        self._have(frozenset({"writes"}))
        profile = self.options.profile
        begin = partial(self._story, "lifecycle", silent=True)
        journeys = Journeys(
            self.family.journey_rules, self.family.teardown, begin, shorten=self.options.shrink
        )
        findings = journeys.run(self._seed_for(f"journey {number}"), profile.journeys, profile.steps)
        if not journeys.stories:
            raise NothingTested("no journey was made")
        for finding in findings:
            self._record(finding)
        return findings

    def _story(self, suite: str, quiet: frozenset[str] = frozenset(), *, silent: bool = False) -> Story:
        elsewhere = self.options.second_scope
        scopes = (self.bench.scope, *((elsewhere,) if elsewhere else ()))
        return Story(self.bench, suite, scopes, (lambda finding: None) if silent else self._record, quiet)

    def _have(self, needs: frozenset[str]) -> None:
        """Make sure of the means that a story needs.

        Raises:
            MeansMissing: one of them is not there.

        """
        if needs - {"reads"} and not self.options.writable:
            raise PrerequisiteMissing(Reason.READ_ONLY)
        if "reader" in needs and not self.credentials.has(Auth.READER):
            raise PrerequisiteMissing(Reason.NO_READER_TOKEN)
        if "second scope" in needs and self.options.second_scope is None:
            raise PrerequisiteMissing(Reason.NO_SECOND_SCOPE)

    def may_ask(self, case: Case) -> bool:
        """Whether this run has the means for a case; if not, that is put on record."""
        if self.credentials.has(case.auth):
            return True
        what = f"{case.operation} {case.mutation or 'with a token that may only read'}"
        reason = "no read-only token given (STOREPACT_READER_TOKEN)"
        if case.auth is not Auth.READER:
            reason = "only a mock can be brought into this state"
        self.recorder.cannot_verify(what, reason)
        return False

    def _observed(
        self, prepared: PreparedRequest, operation: Operation, exchange: Exchange, findings: list[Finding]
    ) -> None:
        self.recorder.count(operation.id, exchange)
        self.recorder.observe(operation.id, exchange)
        self._tried(prepared, operation)
        for finding in findings:
            self._record(finding)

    def _tried(self, prepared: PreparedRequest, operation: Operation) -> None:
        """Note which keywords of the document the request kept and broke; stories send nothing that was not generated, too."""
        if not self.options.shrink or prepared.case.source == STORY:
            return
        asked = hash((operation.id, prepared.case.variant, prepared.body))
        found = keywords.parameter_keywords(self.document, operation, prepared)
        if asked not in self._bodies:
            self._bodies.add(asked)
            variant = self.bench.variant(operation, prepared.case.variant)
            found = chain(
                found, keywords.body_keywords(self.document, operation, prepared, variant.overrides)
            )
        self.recorder.tried.update((operation.id, pointer, kept) for pointer, kept in found)

    def _record(self, finding: Finding) -> None:
        touching = set(self.impact.affected(finding.operation, finding.touches or finding.locus))
        hurt = (
            set(finding.consumers) or touching
        )  # one consumer's mismatch is its own: the others have theirs, or none
        others = touching - hurt if finding.touches else set()
        full = finding.with_(
            consumers=tuple(sorted(hurt)),
            spared=self.impact.unaffected(hurt | others),
            others=tuple(sorted(others)),
        )
        self.recorder.find(full.as_record(), full.weight)

    def verify(self, interaction: pacts.Interaction) -> list[Finding]:
        """Ask the target what one consumer relies on.

        Raises:
            CannotArrange: its provider state cannot be brought about here.

        """
        if not self.options.writable and (
            interaction.method != "GET" or needs_writing(self.bench, interaction)
        ):
            raise PrerequisiteMissing(Reason.READ_ONLY)
        # findings of checks about its exchanges are recorded by the bench, and are no verdict on the pact
        return self._report(self.engine.verify(interaction))

    @cached_property
    def engine(self) -> PactEngine:
        """The pact verifier, its relay started."""
        return self._stack.enter_context(PactEngine(self.bench))

    def check_contract(self, interaction: pacts.Interaction) -> list[Finding]:
        """Compare one interaction with the document; no target needed."""
        findings = [
            finding_of_disagreement(disagreement, self.document)
            for disagreement in pacts.disagreements(interaction, self.document)
            if disagreement.level is pacts.Level.ERROR
        ]
        return self._report(findings)

    def check_document(self) -> list[Finding]:
        """Lint the document."""
        return self._report([finding_of_trouble(trouble, self.document) for trouble in lint(self.document)])

    def _report(self, findings: list[Finding]) -> list[Finding]:
        """Record the findings of an engine, without those of checks that are left out."""
        reported = [finding for finding in findings if finding.code not in self.options.excluded_checks]
        for finding in reported:
            self._record(finding)
        return reported

    @cached_property
    def _accepted(self) -> frozenset[str]:
        today = datetime.now(UTC).date()
        return frozenset(
            each.fingerprint for each in load_accepted(self.options.accepted) if each.holds(today)
        )

    def not_accepted(self, findings: list[Finding]) -> list[Finding]:
        """Those that nobody has accepted: what a question fails for. The others are on record all the same."""
        return [finding for finding in findings if finding.fingerprint not in self._accepted]

    def tell(self, findings: list[Finding]) -> str:
        """Findings as the text of a failed test."""
        return "\n\n".join(
            f"{finding.code} {finding.check} [{finding.fingerprint}]\n{finding.operation}: {finding.message}"
            + (f"\nsent: {finding.mutation}" if finding.mutation else "")
            + (f"\nexpected {finding.expected}, got {finding.actual}" if finding.expected else "")
            + "".join(
                f"\n{number}. {step.does} → {step.answered}" for number, step in enumerate(finding.story, 1)
            )
            + (f"\n{finding.curl}" if finding.curl else "")
            for finding in findings
        )

    def interactions(self) -> list[pacts.Interaction]:
        """Every interaction of every contract with this provider."""
        return [
            interaction
            for contract in self.contracts
            if contract.provider == self.provider
            for interaction in contract.interactions
        ]


class _Run:
    """The cases of one question as they are asked: each request once, each finding shrunk once."""

    def __init__(self, harness: Harness, question: Question) -> None:
        self.harness, self.question = harness, question
        self.asked = 0
        self._seen: set[int] = set()
        self._best: dict[str, tuple[Case, Finding]] = {}

    def __call__(self, case: Case) -> None:
        key = fingerprint(case)
        if key in self._seen or not sendable(case) or not self.harness.may_ask(case):
            return
        self._seen.add(key)
        try:
            _, findings = self.harness.bench.ask(case, self.question.suite)
        except RequestUnsendable:
            return
        except PrerequisiteMissing as missing:
            self.harness.recorder.cannot_verify(
                f"{case.operation} {case.mutation or case.source}", str(missing)
            )
            return
        self.asked += 1
        for finding in findings:
            known = self._best.get(finding.fingerprint)
            if known is None or finding.weight < known[1].weight:
                self._best[finding.fingerprint] = (case, finding)

    def findings(self) -> list[Finding]:
        """The findings, the worst first; made-up cases are shrunk."""
        found: list[Finding] = []
        for case, finding in self._best.values():
            if case.source in ("coverage", "fuzzing") and len(found) < 10 and self.harness.options.shrink:
                finding = shrink(self.harness.bench, case, finding)
            found.append(finding)
        return sorted(found, key=lambda each: (each.severity.rank, each.code, each.locus))


def rows_not_reached(
    settings: Settings, document: Document, coverage: dict[str, dict[str, int]], asked: set[str]
) -> Iterator[tuple[str, str]]:
    """Which owed (operation, status) rows a run did not see, and why."""
    for operation, status in document.rows:
        if coverage.get(operation, {}).get(status):
            continue
        if operation not in asked:
            reason = (
                "the target is read-only; allow writes with --allow-writes"
                if not settings.writable
                else "it was not asked about"
            )
        elif status in ("409", "429"):
            reason = (
                "depends on other requests at the same moment; only a mock can be brought into this state"
            )
        elif status == "404":
            reason = "needs a token whose project is gone; only a mock can be brought into this state"
        else:
            reason = "no request led to it"
        yield f"{operation} {status}", reason
