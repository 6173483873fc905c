"""The forecast of a run: what it would send to its target, found by the same run on the embedded mock."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Auth
from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.openapi.load import load_document
from storepact.record.values import Record
from storepact.run.engine_options import profile_of
from storepact.run.launch import run_suites
from storepact.run.run_settings import LIVE_RESOURCES, NO_HISTORY
from storepact.run.settings import Settings
from storepact.run.target import MOCK_LIMITS, resolve_url, start_mock

#: Requests per second for which a duration is forecast, where `--rate` names none.
_RATES = (10.0, 25.0)

#: More requests than any run sends.
_NO_LIMIT = 10_000_000


@lean_value(frozen=True)
class Forecast:
    """What a run would send."""

    settings: Settings
    base_url: str
    record: Record
    """The record of the same run on the mock."""

    def lines(self) -> Iterator[str]:
        """The forecast, a line for each fact."""
        settings, number = self.settings, self._requests
        scope = f"{settings.project or 'default'}/{settings.environment or 'test or development'}"
        requests, address = many(number, "request"), self.base_url
        yield f"a run would send {requests} to {address} in {scope}; nothing was sent now"
        for operation, counts in self.record.coverage.items():
            yield f"  {operation}: {sum(counts.values()):,} that are judged"
        if settings.allow_writes:
            most = many(settings.max_resources or LIVE_RESOURCES, "resource")
            yield f"{many(self._creates, 'create')}, each deleted again; at most {most} at once"
        for rate in (settings.rate,) if settings.rate else _RATES:
            yield f"{number / rate / 60:.1f} min at {rate:g} requests/s"
        budget = settings.max_requests or profile_of(settings, self.base_url).requests
        if budget is not None and budget < number:
            yield f"it would end after {many(budget, 'request')}, undetermined: raise --max-requests"
        reasons = Counter(item.reason for item in self.record.not_verified)
        yield f"{many(reasons.total(), 'item')} could not be verified{':' if reasons else ''}"
        yield from (f"  {count} × {reason}" for reason, count in sorted(reasons.items()))

    @property
    def _requests(self) -> int:
        traffic = self.record.traffic
        return self.record.exchanges_total if traffic is None else traffic.requests

    @property
    def _creates(self) -> int:
        """How many resources are created by what is judged."""
        family, document = self.settings.api, load_document(self.settings.document_path)
        return sum(
            count
            for operation, statuses in self.record.coverage.items()
            if operation in document.operations and family.role_of(document.operations[operation]) == "create"
            for status, count in statuses.items()
            if str(status).startswith("2")
        )


def make_forecast(settings: Settings) -> Forecast:
    """The forecast of a run on a live target, to which nothing is sent.

    Raises:
        UsageError: the target cannot be reached as the settings say, or is the embedded mock.
        StorepactError: the same run cannot be made on the mock, and this is why.

    """
    base_url = resolve_url(settings)
    api = settings.api.api
    further = ("/".join(keys) for keys in api.mock_scopes[1:])
    with ExitStack() as resources:
        target = start_mock(resources, limits=MOCK_LIMITS)
        folder = Path(resources.enter_context(TemporaryDirectory(prefix="storepact-")))
        on_mock = Settings(
            target=target.base_url,
            allow_writes=settings.allow_writes,
            allow_enable=settings.allow_enable,
            allow_production=True,
            max_resources=settings.max_resources,
            isolation_scope=tuple(further)[: len(settings.isolation_scope)],
            suite=settings.suite,
            operation=settings.operation,
            check=settings.check,
            exclude_check=settings.exclude_check,
            shard=settings.shard,
            profile=profile_of(settings, base_url).name,
            seed=settings.seed,
            examples=settings.examples,
            workers=settings.processes,
            report_dir=folder,
            openapi=settings.openapi,
            contracts=settings.contracts,
            provider=settings.provider,
            history=NO_HISTORY,
            max_requests=_NO_LIMIT,
            family=settings.family,
        )
        has_reader = READER_VARIABLE in os.environ
        tokens = target.credentials.tokens
        environment = {
            TOKEN_VARIABLE: tokens[Auth.WRITER],
            **({READER_VARIABLE: tokens[Auth.READER]} if has_reader else {}),
        }
        run = run_suites(on_mock, environment, announces=False)
    return Forecast(settings, base_url, run.record)
