"""What a run's settings mean for the engines: the profile, the scopes, the limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storepact.engines.options import EngineOptions
from storepact.engines.profiles import Profile, get_profile
from storepact.engines.scopes import isolation_scopes, scope_candidates, without_production
from storepact.model.api import Scope
from storepact.model.errors import UsageError
from storepact.model.run_mark import make_run_mark
from storepact.run.run_settings import LIVE_RESOURCES
from storepact.run.settings import Settings
from storepact.run.sharding import shard_of
from storepact.transport.addresses import is_loopback
from storepact.transport.credentials import TokenSource
from storepact.transport.pacing import Limits

#: Requests that are kept for the look at the end of a run whether anything of it is left.
SWEEP = 2


def isolation_scopes_of(settings: Settings) -> tuple[Scope, ...]:
    """Further scopes that the run may write to; the mock always has some.

    Raises:
        UsageError: one is not written as PROJECT/ENV.

    """
    return isolation_scopes(settings.api.api, settings.isolation_scope, is_mock=settings.is_mock)


def profile_of(settings: Settings, base_url: str) -> Profile:
    """How much is generated for a target.

    Raises:
        UnknownName: there is no such profile.

    """
    usual = "gate" if settings.is_mock or is_loopback(base_url) else "live"
    return get_profile(settings.profile or usual)


def limits_of(settings: Settings, profile: Profile) -> Limits:
    """What a run of a profile may take: of time, of requests, of failures."""
    limits = Limits(
        settings.timeout,
        settings.patience,
        settings.rate,
        max_requests_of(settings) or profile.requests,
        SWEEP if settings.writable and not settings.is_mock else 0,
        settings.deadline,
        max_network_errors=settings.max_network_errors,
    )
    if settings.max_body_size is None:
        return limits
    largest = round(settings.max_body_size * 1024 * 1024)
    return replace(limits, largest_body=largest, largest_list=largest)


def max_requests_of(settings: Settings) -> int | None:
    """How many requests the user allows this run; a shard has its part of them, as shards share no count.

    Raises:
        UsageError: there is no request for a shard.

    """
    shard, most = shard_of(settings), settings.max_requests
    if shard is None or most is None:
        return most
    part, rest = divmod(most, shard.count)
    part += shard.number <= rest
    if not part:
        raise UsageError(
            f"--max-requests {most} is for all {shard.count} shards together, and leaves none for this one"
        )
    return part


def scopes_of(settings: Settings, base_url: str) -> tuple[Scope, ...]:
    """The scopes to work in, in order of preference.

    Raises:
        UsageError: they are called production, and that is not allowed.

    """
    chosen = (settings.project, settings.environment)
    candidates = scope_candidates(
        settings.api.api, chosen, is_mock=settings.is_mock, is_local=is_loopback(base_url)
    )
    if not settings.allow_writes or settings.is_mock or settings.allow_production:
        return candidates
    return without_production(candidates)


def token_source_of(settings: Settings) -> TokenSource | None:
    """Where the token that may write comes from, if not from the environment."""
    if settings.token_file is None and settings.token_command is None:
        return None
    return TokenSource(settings.token_file, settings.token_command)


def engine_options(settings: Settings, base_url: str, **changes: Any) -> EngineOptions:
    """The part of the settings that the engines use; `changes` are further fields of EngineOptions.

    Raises:
        UsageError: a further scope is not written as PROJECT/ENV.
        UnknownName: there is no such profile or family.

    """
    profile = profile_of(settings, base_url)
    values: dict[str, Any] = {
        "scopes": scopes_of(settings, base_url),
        "isolation_scopes": isolation_scopes_of(settings),
        "is_mock": settings.is_mock,
        "writable": settings.writable,
        "seed": settings.seed,
        "profile": profile,
        "examples": settings.examples,
        "limits": limits_of(settings, profile),
        "route": settings.route,
        "renewal": token_source_of(settings),
        "openapi": settings.document_path,
        "contracts": settings.contracts_path,
        "accepted": settings.accepted_path,
        "provider": settings.provider,
        "save_har": settings.save_har,
        "run_mark": "" if settings.is_mock else str(make_run_mark()),
        "allow_enable": settings.is_mock or settings.allow_enable,
        "max_resources": _resources_per_process(settings),
        "settle": settings.settle,
        "journal": None if settings.is_mock else settings.report_dir / "journal",
    }
    return EngineOptions(base_url=base_url, **{**values, **changes})


def _resources_per_process(settings: Settings) -> int | None:
    """How many resources of one process may exist at once; any number on the embedded mock."""
    most = settings.max_resources or (None if settings.is_mock else LIVE_RESOURCES)
    return most and max(1, most // settings.processes)
