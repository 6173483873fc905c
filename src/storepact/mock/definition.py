"""What a family defines for its mock, and the mock as a service that can be reconfigured while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from storepact.mock.app import MEDIA_TYPE
from storepact.mock.choices import Choice
from storepact.mock.compression import compress
from storepact.mock.exchange import MockRequest, MockResponse
from storepact.mock.faults import Fault, Layer, LayeredHandler
from storepact.mock.limits import LimitHeaders, Limits
from storepact.mock.router import Provider, Router
from storepact.mock.tokens import Tokens
from storepact.model.errors import UnknownName
from storepact.model.values import lean_value
from storepact.openapi.document import Document


class Backend(Protocol):
    """What was created in one mock, and a way to make a provider on top of it."""

    def make_provider(
        self, choices: Mapping[str, str], faults: Sequence[str]
    ) -> tuple[Provider, Sequence[Layer]]:
        """Make a provider with these choices, and the layers of these faults for it.

        Raises:
            UnknownName: there is no such choice, value or fault.

        """

    def run_command(self, command: str, body: bytes) -> MockResponse:
        """Run a command of the API's own below `/__mock__/`.

        Raises:
            MockRefusal: there is no such command, or it cannot be run.

        """


@lean_value(frozen=True)
class SyncOptions:
    """How a mock keeps the systems in step that its resources are about; without them it contacts nothing."""

    interval: float = 30.0
    """Seconds between two signs of life."""
    only_loopback: bool = False
    """Whether nothing but this machine is contacted."""


@lean_value(frozen=True)
class MockDefinition:
    """What a family defines for its mock.

    `open` opens the storage in a file, or in memory for None; it raises `UsageError` for an unusable file,
    and for a mock that is to synchronize and lacks what that needs.
    """

    choices: tuple[Choice, ...]
    faults: tuple[Fault, ...]
    open: Callable[[Path | None, Tokens, SyncOptions | None], Backend]
    request_headers: Mapping[str, str]
    """The headers that every request of this API has, beside the token."""
    limit_headers: Mapping[str, LimitHeaders]
    """The headers that describe the rate limits, by scope: global, route, token."""
    volatile_members: frozenset[str]
    """Members whose values every provider invents: a comparison with a target ignores the values."""
    contents: str
    """What can be addressed in an empty mock; a line of the banner."""
    document: str
    """The file name of the OpenAPI document that it follows, where no other one is given."""
    example_path: str
    """A path that every token may read; a line of the banner."""
    sync_drivers: tuple[str, ...] = ()
    """Modules of which a mock that is to synchronize needs one."""


@dataclass
class MockService:
    """One mock without HTTP. Implements `mock.app.Handler`."""

    definition: MockDefinition
    document: Document
    tokens: Tokens
    backend: Backend
    choices: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.configure(self.choices, self.faults, self.limits)

    def configure(self, choices: Mapping[str, str], faults: Sequence[str], limits: Mapping[str, int]) -> None:
        """Replace choices, faults and limits (calls per window by scope); what was created stays.

        Raises:
            UnknownName: there is no such choice, value, fault or limit; nothing has changed then.

        """
        for scope in limits:
            if scope not in self.definition.limit_headers:
                raise UnknownName("limit", scope, self.definition.limit_headers)
        self.provider, layers = self.backend.make_provider(choices, faults)
        router = Router(
            self.document,
            self.provider,
            Limits(self.definition.limit_headers, dict(limits)),
            tuple(self.definition.request_headers),
        )
        self._handler = LayeredHandler(router, layers)
        self.choices, self.faults, self.limits = dict(choices), tuple(faults), dict(limits)

    def on_request(self, request: MockRequest) -> float:
        """Let the faults observe a request; returns the seconds to wait before `respond` is called."""
        return self._handler.on_request(request)

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request."""
        options = self.provider.http_options
        response = compress(request, self._handler.respond(request), options.compression)
        if response.body is None or options.media_type == MEDIA_TYPE:
            return response
        return response.with_headers({"Content-Type": options.media_type})

    def run_command(self, command: str, body: bytes) -> MockResponse:
        """Run a command of the API's own.

        Raises:
            MockRefusal: there is no such command, or it cannot be run.

        """
        return self.backend.run_command(command, body)

    def is_secret(self, text: str) -> bool:
        """Whether a text is a secret that a client has stored."""
        return self.provider.is_secret(text)
