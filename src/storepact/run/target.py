"""The target of a run: its base URL, and the credentials for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from storepact.mock.options import CONTROL_VARIABLE, MockOptions
from storepact.mock.serve import RunningMock, StartingMock, launch
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Auth
from storepact.model.errors import TokenMissing, UsageError
from storepact.model.outcome import STORE
from storepact.model.values import lean_value
from storepact.run.engine_options import token_source_of
from storepact.run.settings import CAN_FORK, Settings
from storepact.transport.addresses import base_url_of, is_loopback
from storepact.transport.credentials import Credentials, credentials_from

#: The conditions of the tokens that the embedded mock hands out: every row of the document that is owed can
#: be reached.
MOCK_CONDITIONS = tuple(
    str(auth) for auth in (Auth.WRITER, Auth.READER, Auth.EXHAUSTED, Auth.CONTENDED, Auth.ORPHANED)
)

#: Calls per 10 s that the embedded mock allows: more than a run sends, so that its headers are there to be
#: checked.
MOCK_LIMITS = {"global": 1_000_000, "route": 500_000, "token": 250_000}


#: Seconds between the heartbeats of an embedded mock that writes stores.
HEARTBEAT_SECONDS = 0.2


@lean_value(frozen=True)
class ResolvedTarget:
    """A target that requests can be sent to."""

    base_url: str
    """Without a trailing slash."""
    credentials: Credentials
    worker_urls: tuple[str, ...] = ()
    """Base URLs of further mocks with the same credentials, one for each worker of the run."""


def resolve_live_target(settings: Settings, environment: Mapping[str, str]) -> ResolvedTarget:
    """The URL of a live target, and the tokens for it from the environment.

    Raises:
        UsageError: there is no such target, it cannot be reached as the settings say, or its two tokens are
            the same.
        TokenMissing: the variable of the token is not set.

    """
    url = resolve_url(settings)
    if settings.sends_nothing:
        return ResolvedTarget(url, Credentials())
    writer, reader = settings.token_env or TOKEN_VARIABLE, settings.reader_token_env or READER_VARIABLE
    variables = {Auth.WRITER: writer, Auth.READER: reader}
    if STORE in settings.suites and is_loopback(url):
        variables[Auth.CONTROL] = CONTROL_VARIABLE
    credentials = credentials_from(environment, token_source_of(settings), variables)
    if not credentials.has(Auth.WRITER):
        raise TokenMissing(settings.target, writer)
    if settings.reader_token_env and not credentials.has(Auth.READER):
        raise TokenMissing(settings.target, reader)
    if credentials.tokens[Auth.WRITER] == credentials.tokens.get(Auth.READER):
        raise UsageError(f"{reader} is the token of {writer}: give one that may only read, or none")
    return ResolvedTarget(url, credentials)


def resolve_url(settings: Settings) -> str:
    """The URL of a live target, without a trailing slash.

    Raises:
        UsageError: there is no such target, or it cannot be reached as the settings say.

    """
    if settings.is_mock:
        raise UsageError(
            "a live target is needed: --target commercial, federal, eu, a URL, or a name of storepact.toml; "
            "`storepact mock` starts a mock with a URL"
        )
    hosts = settings.api.api.hosts
    url = hosts.get(settings.target) or base_url_of(settings.target, hosts)
    if url.startswith("http:") and not is_loopback(url) and not settings.insecure_http:
        raise UsageError(
            f"{url} is plain http, and the token would be readable on the way: write https://, or allow it "
            "with --insecure-http"
        )
    settings.route.proxy_for(url)
    if url.startswith("https:"):
        settings.route.tls_context()
    return url


def start_mock(resources: ExitStack, *, limits: Mapping[str, int] | None = None) -> ResolvedTarget:
    """Start a mock, which stops when `resources` are closed."""
    running = _launch(resources, limits or {}).wait()
    return ResolvedTarget(running.url, mock_credentials(running))


def launch_mock(resources: ExitStack, settings: Settings) -> StartingMock:
    """Start the process of the mock of a run, which takes about as long as loading the engines.

    It may write stores of this machine, and stops when `resources` are closed.
    """
    return _launch(
        resources,
        MOCK_LIMITS,
        writes_stores=STORE in settings.suites,
        count=settings.processes if CAN_FORK else 1,
    )


def await_mock(starting: StartingMock, settings: Settings, faults: Sequence[str] = ()) -> ResolvedTarget:
    """Wait until the mock of a run listens, and give it its faults.

    Raises:
        UsageError: there is no such fault.

    """
    running = starting.wait()
    mocks = (running, *running.siblings)
    for mock in mocks if faults else ():
        mock.configure(faults=faults, limits=MOCK_LIMITS)
    urls = tuple(mock.url for mock in mocks) if running.siblings else ()
    return ResolvedTarget(
        running.url, mock_credentials(running, writes_stores=STORE in settings.suites), urls
    )


def _launch(
    resources: ExitStack, limits: Mapping[str, int], *, writes_stores: bool = False, count: int = 1
) -> StartingMock:
    options = MockOptions(
        limits=limits,
        sync=writes_stores,
        sync_interval=HEARTBEAT_SECONDS,
        only_loopback=True,
        count=count,
    )
    return resources.enter_context(launch(options, conditions=MOCK_CONDITIONS))


def mock_credentials(running: RunningMock, *, writes_stores: bool = False) -> Credentials:
    """The tokens that a running mock has handed out; the key of its commands, if it writes stores."""
    control = {Auth.CONTROL: running.control} if writes_stores else {}
    return Credentials({**{Auth(name): token for name, token in running.tokens.items()}, **control})
