"""The start of a run: everything that can be wrong is checked before the first test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from storepact.engines.family import Family
from storepact.engines.harness import Harness
from storepact.engines.leftovers import sweep
from storepact.engines.options import EngineOptions
from storepact.engines.preflight import NoLog, Preflight, run_preflight
from storepact.engines.workspace import Workspace
from storepact.mock.serve import StartingMock
from storepact.model.errors import StorepactError, Undetermined
from storepact.model.network import Traffic
from storepact.openapi.document import Document
from storepact.openapi.load import load_document
from storepact.pacts import Contract, Interaction, load_contracts
from storepact.record.acceptance import Acceptance, load_acceptances
from storepact.record.recorder import Recorder
from storepact.record.store import load_drift, usable_folder
from storepact.record.values import DriftRecord
from storepact.run.broker_results import fetch_pacts
from storepact.run.clock import Clock
from storepact.run.corpus import corpus_of, drawn_cases_folder, is_cache, shipped_cases
from storepact.run.earlier import EarlierRuns, load_earlier_runs
from storepact.run.engine_options import engine_options
from storepact.run.plan import Plan, make_plan
from storepact.run.progress import WaitNotice, print_notice
from storepact.run.selection import excluded_checks, selected_operations
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings
from storepact.run.sharding import shard_of
from storepact.run.target import ResolvedTarget, await_mock, launch_mock, resolve_live_target
from storepact.transport.broker import Broker, FetchedPact
from storepact.transport.credentials import Credentials


@dataclass(frozen=True)
class BrokerPacts:
    """The pacts of a run that came from a broker."""

    broker: Broker
    pacts: tuple[FetchedPact, ...]


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready for its tests. Nothing in it changes afterwards."""

    settings: Settings
    document: Document
    contracts: tuple[Contract, ...]
    """The pacts with this provider."""
    options: EngineOptions
    credentials: Credentials
    preflight: Preflight | None = None
    """None if the preflight found the target undetermined."""
    acceptances: tuple[Acceptance, ...] = ()
    earlier: EarlierRuns = field(default_factory=EarlierRuns)
    drift: DriftRecord | None = None
    """The drift.json that `--drift` names."""
    broker: BrokerPacts | None = None
    reasons: tuple[str, ...] = ()
    """Why the run is undetermined already."""
    traffic: Traffic = field(default_factory=Traffic)
    """What the preflight has sent."""
    clock: Clock = field(default_factory=Clock)
    worker_urls: tuple[str, ...] = ()
    """The base URLs of workers that are forked from this process; each has a mock of its own."""

    @property
    def family(self) -> Family:
        """The API under test."""
        return self.settings.api

    @property
    def today(self) -> date:
        """The day of the run, which decides which acceptances have expired."""
        return self.clock.started.date()

    @property
    def can_test(self) -> bool:
        """Whether there is anything that a test could find out."""
        return self.preflight is not None and (not self.reasons or bool(self.interactions))

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Every interaction of the pacts."""
        return interactions_of(self.contracts)

    @cached_property
    def plan(self) -> Plan:
        """The tests of the run."""
        return self.whole_plan.take(shard_of(self.settings))

    @cached_property
    def whole_plan(self) -> Plan:
        """The tests of all shards of the run."""
        plan = make_plan(self.document, self.family, self.interactions, writable=self.settings.writable)
        return plan.select(self.document, self.options.operations, self.options.excluded_checks)

    @property
    def scope(self) -> tuple[str | None, str | None]:
        """Project and environment that the run works in; None where that is not settled."""
        if self.preflight is None:
            return self.settings.project, self.settings.environment
        project, environment = (*self.preflight.scope.keys, None, None)[:2]
        return project, environment

    def sweep(self, traffic: Traffic, credentials: Credentials | None = None) -> list[str]:
        """Delete what carries this run's mark; returns what could not be deleted. Counts in `traffic`.

        `credentials` are those that the run has ended with, where a token was renewed.
        """
        options = self.options
        if not options.run_mark or not options.writable or self.preflight is None:
            return []
        scope = self.preflight.scope
        try:
            with Workspace(
                options, self.family, credentials or self.credentials, self.document, scope, NoLog()
            ) as workspace:
                workspace.target.delivery.is_closing = True
                workspace.target.delivery.traffic = traffic
                workspace.settling.wait()  # a list that is late would lack what was created last
                scopes = (scope, *options.isolation_scopes)
                return [f"could not delete {entry}" for entry in sweep(workspace, options.run_mark, scopes)]
        except StorepactError as error:
            return [f"could not look for what this run left: {error}"]

    def harness(self, recorder: Recorder) -> Harness:
        """A harness that records what it finds in `recorder`; open it before its first test."""
        return Harness(
            self.options, self.family, self.credentials, recorder=recorder, preflight=self.preflight
        )


def interactions_of(contracts: Sequence[Contract]) -> tuple[Interaction, ...]:
    """The interactions of some contracts, in order."""
    return tuple(interaction for contract in contracts for interaction in contract.interactions)


def load_provider_contracts(folder: Path, provider: str) -> tuple[Contract, ...]:
    """The contracts of a folder that are with this provider.

    Raises:
        PactUnusable: one of the files is no pact.
        UsageError: the folder does not exist.

    """
    return tuple(contract for contract in load_contracts(folder) if contract.provider == provider)


def prepare(
    settings: Settings,
    environment: Mapping[str, str],
    resources: ExitStack,
    faults: Sequence[str] = (),
    mock: StartingMock | None = None,
) -> PreparedRun:
    """Check everything that can be wrong, start the mock, and settle where on the target the run works.

    The embedded mock has these `faults`; `mock` is one whose process was started already. It and the
    connection to the broker end when `resources` are closed. An undetermined target is a reason, no error.

    Raises:
        StorepactError: a setting, a file or the target cannot be used.

    """
    clock = Clock()
    check_settings(settings)
    if settings.sends_nothing:
        settings = replace(settings, allow_writes=False)
    target = None if settings.is_mock else resolve_live_target(settings, environment)
    usable_folder(settings.report_dir, private=not settings.is_mock)
    acceptances = load_acceptances(settings.accepted_path)
    earlier = load_earlier_runs(settings, environment)
    drift = None if settings.drift is None else load_drift(settings.drift)
    document = load_document(settings.document_path)
    corpus = corpus_of(settings, document, None if target is None else target.base_url)
    broker = _fetch_from_broker(settings, environment, resources)
    folder = settings.contracts_path if broker is None else broker_folder(settings)
    reasons = tuple(_problems_of_contracts(folder, settings.provider_name))
    target = target or await_mock(mock or launch_mock(resources, settings), settings, faults)
    prepared = PreparedRun(
        settings=settings,
        document=document,
        contracts=load_provider_contracts(folder, settings.provider_name),
        options=replace(
            _engine_options(settings, target.base_url, document, folder, corpus),
            pace=_pace(settings, resources),
        ),
        credentials=target.credentials,
        acceptances=acceptances,
        earlier=earlier,
        drift=drift,
        broker=broker,
        reasons=reasons,
        clock=clock,
        worker_urls=target.worker_urls,
    )
    return _settle_scope(prepared, target)


def _engine_options(
    settings: Settings, base_url: str, document: Document, contracts: Path, corpus: Path | None
) -> EngineOptions:
    return engine_options(
        settings,
        base_url,
        contracts=contracts,
        corpus=corpus,
        corpus_is_cache=is_cache(corpus),
        drawn_cases=drawn_cases_folder(),
        shipped_cases=shipped_cases(),
        operations=selected_operations(settings, document),
        excluded_checks=excluded_checks(settings),
    )


def _settle_scope(prepared: PreparedRun, target: ResolvedTarget) -> PreparedRun:
    """Run the preflight; if it fails, its error is the first reason for an undetermined run."""
    options, family, document = prepared.options, prepared.family, prepared.document
    if prepared.settings.sends_nothing:
        return replace(prepared, preflight=Preflight(options.scopes[0]))
    try:
        with WaitNotice(options.pace, print_notice):
            preflight = run_preflight(options, family, target.credentials, document, prepared.traffic)
    except Undetermined as error:
        return replace(prepared, reasons=(str(error), *prepared.reasons))
    for note in preflight.notes:
        print_notice(note)
    problems = (preflight.problem,) if preflight.problem else ()
    credentials = target.credentials.with_writer(preflight.token)
    reasons = (*problems, *prepared.reasons)
    return replace(prepared, preflight=preflight, credentials=credentials, reasons=reasons)


def _pace(settings: Settings, resources: ExitStack) -> Path | None:
    """The file through which the processes of a run share their pace; none where nothing limits them."""
    if settings.is_mock and not (settings.rate or settings.max_requests or settings.deadline):
        return None
    folder = resources.enter_context(TemporaryDirectory(prefix="storepact-"))
    return Path(folder) / "pace.json"


def broker_folder(settings: Settings) -> Path:
    """The folder that pacts from a broker are written to."""
    return settings.report_dir / "pacts"


def _fetch_from_broker(
    settings: Settings, environment: Mapping[str, str], resources: ExitStack
) -> BrokerPacts | None:
    """Fetch the pacts, where a broker is named."""
    if settings.broker_url is None:
        return None
    broker = resources.enter_context(Broker(settings.broker_url, environment, timeout=settings.timeout))
    pacts = fetch_pacts(
        broker,
        settings.provider_name,
        broker_folder(settings),
        consumer_branch=settings.consumer_branch,
        branch=settings.provider_branch,
    )
    return BrokerPacts(broker, tuple(pacts))


def _problems_of_contracts(folder: Path, provider: str) -> Iterator[str]:
    """Why the pacts of a folder leave the verdict open."""
    contracts = load_contracts(folder)
    if not contracts:
        yield f"there is no pact in {folder}: nothing that a consumer relies on was tested"
    for contract in contracts:
        if contract.provider != provider:
            yield (
                f"{contract.file} is a contract with {contract.provider!r}, not with {provider!r}: "
                "not verified (--provider takes another name)"
            )
        elif contract.about_messages:
            yield f"{contract.file} is a pact about messages; this API speaks HTTP: not verified"
        elif not contract.interactions:
            yield f"{contract.file} holds no interactions: nothing was tested for {contract.consumer!r}"
