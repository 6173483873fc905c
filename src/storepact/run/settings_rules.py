"""The rules for settings: which names exist, and which options go together."""

from __future__ import annotations

from storepact.engines.profiles import get_profile
from storepact.families import require_mock
from storepact.model.errors import UnknownName, UsageError
from storepact.model.outcome import ALL_SUITES, STORE
from storepact.run.engine_options import isolation_scopes_of
from storepact.run.options import VARIABLE
from storepact.run.selection import excluded_checks
from storepact.run.settings import Settings
from storepact.run.sharding import check_whole_run_options, shard_of


def check_settings(settings: Settings) -> None:
    """Refuse names that do not exist, and options that do not go together.

    Raises:
        UnknownName: a suite, profile or check does not exist; the nearest is named.
        UsageError: one of the settings cannot be used.

    """
    for name in settings.suite:
        if name not in ALL_SUITES:
            raise UnknownName("suite", name, ALL_SUITES)
    if STORE in settings.suite and (lacking := settings.api.store_lacks()):
        raise UsageError(lacking)
    get_profile(settings.profile or "gate")
    excluded_checks(settings)
    if shard_of(settings) is not None:
        check_whole_run_options(settings)
    if settings.selects and (settings.baseline or settings.publish):
        raise UsageError(
            "--operation, --check and --exclude-check select a part, and --baseline and --publish are about "
            "whole runs: leave out the ones or the others"
        )
    _ = settings.api, isolation_scopes_of(settings)
    if settings.is_mock:
        require_mock(settings.family)
    if settings.accepted is not None and not settings.accepted.is_file():
        raise UsageError(
            f"--accepted {settings.accepted}: there is no such file; `storepact accept` writes it"
        )
    if settings.broker_url is not None and settings.contracts is not None:
        raise UsageError("give either --contracts or --broker-url")
    if settings.broker_url is None and (
        settings.publish or settings.provider_branch or settings.consumer_branch
    ):
        raise UsageError("--publish, --provider-branch and --consumer-branch go with --broker-url")
    check_means(settings)
    if settings.publish and not settings.provider_version:
        raise UsageError("--publish needs --provider-version: the results belong to a version")


def check_means(settings: Settings) -> None:
    """Refuse means of reaching a target that do not go together, or cannot be used.

    Raises:
        UsageError: a token, certificate, header or proxy cannot be used.

    """
    _check_tokens(settings)
    settings.route.check()
    own = {name.lower() for name in settings.api.api.headers}
    for name, _ in settings.route.headers():
        if name.lower() in own:
            raise UsageError(f"--header {name}: the run sends this header itself")


def _check_tokens(settings: Settings) -> None:
    """Refuse several sources of one token, and what is no variable's name: it may be the token itself."""
    sources = ("token_env", "token_file", "token_command")
    flags = ["--" + name.replace("_", "-") for name in sources if getattr(settings, name) is not None]
    if len(flags) > 1:
        raise UsageError(f"give either {' or '.join(flags)}")
    for flag, name in (
        ("--token-env", settings.token_env),
        ("--reader-token-env", settings.reader_token_env),
    ):
        if name is not None and not VARIABLE.fullmatch(name):
            raise UsageError(f"{flag} takes the name of an environment variable, such as STAGING_TOKEN")
