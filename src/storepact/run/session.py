"""A session: one run from the greeting to the reports, in the process that leads it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from storepact.engines.family import Family, Scope
from storepact.engines.harness import Harness, Settings
from storepact.engines.preflight import Preflight, run_preflight
from storepact.mock.serve import MockOptions, serve
from storepact.model.case import Auth
from storepact.model.errors import (
    BrokerFailed,
    HistoryDamaged,
    HistoryUnusable,
    NoGreenRun,
    PrerequisiteMissing,
    SetupFailed,
    TokenMissing,
    Undetermined,
    UsageError,
)
from storepact.model.outcome import Status, Verdict
from storepact.openapi.document import Document, load_document
from storepact.pacts import Interaction, load_contracts
from storepact.record.acceptance import Acceptance, load_accepted
from storepact.record.comparison import Past, past_findings
from storepact.record.recorder import Recorder
from storepact.record.store import dump, load_drift, load_record, load_teeth, usable_folder, write_whole
from storepact.record.values import Record
from storepact.report import RenderOptions, console, write_reports
from storepact.run.assemble import RunData, assemble_record, record_not_verified, verdict_of
from storepact.run.broker_results import fetch_pacts, results
from storepact.transport.broker import Broker, FetchedPact
from storepact.transport.client import KNOWN_TARGETS, Credentials, base_url_of, credentials_from

if TYPE_CHECKING:
    from storepact.history.store import History

#: The conditions in which the embedded mock hands out tokens, so that every owed row can be reached.
MOCK_CONDITIONS = tuple(
    str(auth) for auth in (Auth.WRITER, Auth.READER, Auth.EXHAUSTED, Auth.CONTENDED, Auth.ORPHANED)
)

#: Calls per 10 s that the embedded mock allows: more than anybody can make, so that its headers are there to be looked at.
MOCK_LIMITS = {"global": 1_000_000, "route": 500_000, "token": 250_000}


def resolve_target(settings: Settings, environment: Mapping[str, str]) -> tuple[Settings, Credentials]:
    """Settings with a base URL, and the tokens for it; the mock's are made when it starts.

    Raises:
        UsageError: no such target.
        TokenMissing: a live target without a token.

    """
    if settings.is_mock:
        return settings, Credentials()
    url = KNOWN_TARGETS.get(settings.target) or base_url_of(settings.target)
    credentials = credentials_from(environment)
    if not credentials.has(Auth.WRITER):
        raise TokenMissing(settings.target)
    if credentials.tokens[Auth.WRITER] == credentials.tokens.get(Auth.READER):
        raise UsageError(
            "STOREPACT_READER_TOKEN is the token of STOREPACT_TOKEN: give one that may only read, or none"
        )
    return replace(settings, base_url=url), credentials


class Session:
    """The leading process gathers and reports; a worker only knows how to reach the target."""

    def __init__(self, settings: Settings, family: Family, *, is_worker: bool = False) -> None:
        self.settings, self.family, self.is_worker = settings, family, is_worker
        self.recorder = Recorder()
        self.record: dict[str, Any] | None = None
        self.started = False
        self.published: list[str] = []
        """What the broker was told, a line for each pact."""
        self._broker: Broker | None = None
        self._taken: list[FetchedPact] = []
        self._credentials = Credentials()
        self.preflight: Preflight | None = None
        self._stack = ExitStack()
        self._fragment: Document | None = None
        self._clock = (0.0, datetime.now(UTC))
        self._acceptances: tuple[Acceptance, ...] = ()
        self._bases: list[dict[str, Any]] = []
        self._drift: dict[str, Any] | None = None
        self._history = ""
        """The database's URL, or empty; it may hold a password."""
        self.notes: list[str] = []
        """What is worth saying and no part of the verdict."""

    @property
    def document(self) -> Document:
        """The document; loaded when it is first asked for."""
        if self._fragment is None:
            self._fragment = load_document(self.settings.openapi)
        return self._fragment

    @property
    def verdict(self) -> Verdict:
        """What the run comes to."""
        return self.recorder.verdict if self.record is None else verdict_of(self.record)

    @property
    def provider(self) -> str:
        """What pacts call the provider."""
        return self.settings.provider or self.family.provider

    def interactions(self) -> list[Interaction]:
        """Every interaction that consumers of this provider have pinned."""
        contracts = load_contracts(self.settings.contracts)
        return [
            interaction
            for contract in contracts
            if contract.provider == self.provider
            for interaction in contract.interactions
        ]

    def start(self, environment: Mapping[str, str]) -> None:
        """Look at everything that can be wrong before anything is asked; start the mock.

        Raises:
            StorepactError: it is wrong.

        """
        self._clock = (time.monotonic(), datetime.now(UTC))
        self.settings, self._credentials = resolve_target(self.settings, environment)
        usable_folder(self.settings.report_dir)
        self._acceptances = load_accepted(self.settings.accepted)
        self._look_at_history(environment)
        _ = self.document
        self._take_pacts(environment)
        self._look_at_contracts()
        nobody = (
            bool(self.recorder.troubles) and not self.interactions()
        )  # what the others say is worth hearing
        if self.settings.is_mock:
            running = self._stack.enter_context(
                serve(MockOptions(limits=MOCK_LIMITS), conditions=MOCK_CONDITIONS)
            )
            self._credentials = Credentials({Auth(name): token for name, token in running.tokens.items()})
            self.settings = replace(self.settings, base_url=running.url)
        self.started = True
        try:
            options = self.settings.engine_options()
            self.preflight = run_preflight(options, self.family, self._credentials, self.document)
            scope = self.preflight.scope
            self.settings = replace(self.settings, project=scope.project, environment=scope.environment)
        except Undetermined as error:
            self.recorder.troubles.insert(0, str(error))
            nobody = True
        if nobody:
            self.finish(0, stopped=False)
            raise Undetermined(self.recorder.troubles[0])

    def _look_at_history(self, environment: Mapping[str, str]) -> None:
        """Make sure of a history that was asked for, and fetch the runs that this one is compared with."""
        from storepact.history.selection import select_record
        from storepact.history.store import checked_url, default_url

        told = self.settings.history
        if told != "none":
            self._history = checked_url(told) if told is not None else default_url(environment)
        if self._history == "none":
            self._history = ""
        if told not in (None, "none"):
            with self._open_history() as history:
                history.prove_writable()

        def opened() -> History:
            if not self._history:
                raise UsageError("--baseline names a run of the history, and --history is none")
            return self._open_history()

        self._drift = None if self.settings.drift is None else load_drift(self.settings.drift)
        self._bases = []
        for each in self.settings.baseline:
            try:
                self._bases.append(
                    select_record(each, opened, load_record, target=self.settings.target, before=None)
                )
            except NoGreenRun as error:  # the first night of a gate
                self.notes.append(f"{error}; this run is compared with nothing")

    def _open_history(self) -> History:
        """The history; the library takes a fifth of a second, and is loaded when it is needed."""
        from storepact.history.store import History

        return History(self._history)

    def _past(self) -> Past:
        """What the last runs of this target found; of the bases where there is no history."""
        from storepact.history.store import suites_of

        suites = suites_of({"outcomes": self.recorder.outcomes})
        found: Past = ()
        if self._history:
            try:
                with self._open_history() as history:
                    earlier = history.earlier(target=self.settings.target, suites=suites)
                    found = [(each.started, each.fingerprints) for each in earlier]
            except HistoryUnusable as error:
                self.notes.append(str(error))
                if not isinstance(error, HistoryDamaged):
                    self._history = ""  # said once
        return found or past_findings(self._bases)

    def _keep(self, record: dict[str, Any]) -> None:
        """Put the run into the history; that it cannot be kept changes no verdict, and is said."""
        if not self._history:
            return
        try:
            with self._open_history() as history:
                self.notes.append(f"run {history.add(record)} in the history at {history.shown}")
        except HistoryUnusable as error:
            self.notes.append(str(error))

    def _take_pacts(self, environment: Mapping[str, str]) -> None:
        """Have the contracts from a broker, where one is named."""
        settings = self.settings
        if settings.broker_url is None:
            if (
                settings.publish
                or settings.provider_version
                or settings.provider_branch
                or settings.consumer_branch
            ):
                raise UsageError(
                    "--publish, --provider-version, --provider-branch and --consumer-branch go with --broker-url"
                )
            return
        if settings.publish and not settings.provider_version:
            raise UsageError("--publish needs --provider-version: whose results are they?")
        broker = self._stack.enter_context(Broker(settings.broker_url, environment, timeout=settings.timeout))
        folder = settings.report_dir / "pacts"
        self._taken = fetch_pacts(
            broker,
            self.provider,
            folder,
            consumer_branch=settings.consumer_branch,
            branch=settings.provider_branch,
        )
        self._broker = broker
        self.settings = replace(settings, contracts=folder)

    def _give_results(self) -> None:
        """Tell the broker how each pact fared, if that is wished."""
        settings = self.settings
        if self._broker is None or not settings.publish:
            return
        version = settings.provider_version or ""
        try:
            for pact, told, why in results(self.recorder.outcomes, self._taken, version):
                if told is None:
                    self.recorder.cannot_verify(
                        f"result for {pact.consumer}", f"not given to the broker: {why}"
                    )
                    continue
                self._broker.publish(pact, told)
                self.published.append(f"{pact.consumer}: {'verified' if told['success'] else 'failed'}")
            if settings.provider_branch:
                self._broker.name_branch(self.provider, version, settings.provider_branch)
        except BrokerFailed as error:
            self.recorder.troubles.append(f"the results were not given away: {error}")

    def _look_at_contracts(self) -> None:
        contracts = load_contracts(self.settings.contracts)
        folder = self.settings.contracts
        if not contracts:
            self.recorder.troubles.append(
                f"there is no pact in {folder}: nothing that a consumer relies on was asked"
            )
        for contract in contracts:
            if contract.provider != self.provider:
                self.recorder.troubles.append(
                    f"{contract.file} is a contract with {contract.provider!r}, not with {self.provider!r}: not verified "
                    "(--provider takes another name)"
                )
            elif contract.about_messages:
                self.recorder.troubles.append(
                    f"{contract.file} is a pact about messages; this API speaks HTTP: not verified"
                )
            elif not contract.interactions:
                self.recorder.troubles.append(
                    f"{contract.file} holds no interactions: nothing was asked for {contract.consumer!r}"
                )

    def invitation(self) -> dict[str, Any]:
        """What a worker needs to join; for a pipe, never for a file."""
        plain = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in asdict(self.settings).items()
        }
        return {
            "settings": plain,
            "tokens": {str(role): token for role, token in self._credentials.tokens.items()},
            "preflight": None if self.preflight is None else asdict(self.preflight),
        }

    def join(self, invitation: Mapping[str, Any], worker: str) -> None:
        """Become a worker, called so, of the run that sent the invitation."""
        plain: dict[str, Any] = {
            name: Path(value)
            if name in ("openapi", "contracts", "report_dir", "accepted", "drift") and value
            else value
            for name, value in invitation["settings"].items()
        }
        self.settings = Settings(
            **{
                **plain,
                "excluded_checks": tuple(plain["excluded_checks"]),
                "baseline": tuple(plain["baseline"]),
                "worker": worker,
            }
        )
        self._credentials = Credentials({Auth(role): token for role, token in invitation["tokens"].items()})
        if invitation["preflight"] is not None:
            self.preflight = Preflight(Scope(**invitation["preflight"]["scope"]))

    def harness(self) -> Harness:
        """A harness for this process."""
        return Harness(
            self.settings.engine_options(), self.family, self._credentials, preflight=self.preflight
        )

    def finish(self, pytest_status: int, *, stopped: object) -> None:
        """Close the books: rows that were not reached, the verdict, the files."""
        if stopped:
            self.recorder.troubles.append(f"the run was stopped: {stopped}")
        elif pytest_status == 2:
            self.recorder.troubles.append("the run was interrupted")
        elif pytest_status in (3, 4):
            self.recorder.troubles.append("pytest itself failed; run the suites with pytest to see how")
        record_not_verified(self._books())
        self._give_results()
        self.record = self._written()

    def _books(self, past: Past = ()) -> RunData:
        began, started = self._clock
        return RunData(
            self.recorder,
            self.settings,
            self.document,
            tuple(
                load_contract
                for load_contract in load_contracts(self.settings.contracts)
                if load_contract.provider == self.provider
            ),
            self._acceptances,
            self._bases,
            past,
            load_teeth(self.settings.report_dir / "teeth.json"),
            self._drift,
            started,
            time.monotonic() - began,
        )

    def _written(self) -> dict[str, Any]:
        record = assemble_record(self._books(self._past()))
        folder = self.settings.report_dir
        write_whole(folder / "run.json", dump(record))
        write_reports(msgspec.convert(record, Record), folder)
        self._keep(record)
        return record

    def console(self, width: int = 80, *, color: bool = False) -> str:
        """The summary for a terminal."""
        assert self.record is not None
        options = RenderOptions(self.settings.report_dir, width, color)
        return console.render(msgspec.convert(self.record, Record), options)

    def close(self) -> None:
        """Stop the mock."""
        self._stack.close()


def status_of(report: Any, error: BaseException | None) -> tuple[Status, str] | None:
    """What one phase of a test says about its outcome; None if nothing."""
    if isinstance(error, PrerequisiteMissing) or report.skipped:
        reason = str(error) if error is not None else str(report.longrepr)
        return Status.SKIPPED, re.sub(r"^Skipped: ", "", reason)
    if report.failed:
        if isinstance(error, AssertionError):
            return Status.FAILED, _first_line(str(error))
        if isinstance(error, SetupFailed | Undetermined | UsageError):
            return Status.UNDETERMINED, str(error)
        return Status.UNDETERMINED, f"the engine broke: {type(error).__name__}: {_first_line(str(error))}"
    return None


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")[:300]


def suite_of(path: Path) -> str:
    """The suite that a test file belongs to: its folder."""
    return path.parent.name
