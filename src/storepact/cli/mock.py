"""`storepact mock`: serve the mock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import Choices, FamilyName, OpenApi

Port = Annotated[
    int,
    Parameter(
        help="The port to listen on, on loopback; 0 takes a free one.", validator=Number(gte=0, lte=65_535)
    ),
]
Data = Annotated[Path | None, Parameter(help="Keep everything in this file, over restarts.")]
Tokens = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="NAME=ROLE:TOKENENV",
        help="Accept the token in that environment variable as writer or reader; may be repeated.",
    ),
]
RateLimits = Annotated[
    tuple[str, ...],
    Parameter(help="Requests per 10 s: N for all limits, or global=N, route=N, token=N; may be repeated."),
]
Latency = Annotated[
    float,
    Parameter(help="Milliseconds to wait before each response.", validator=Number(gte=0, lte=600_000)),
]
Faults = Annotated[tuple[str, ...], Parameter(help="Misbehave in this way; may be repeated.")]
Sync = Annotated[
    bool, Parameter(negative="", help="Write the stores of integrations that are on, as LaunchDarkly does.")
]
SyncInterval = Annotated[
    float,
    Parameter(
        help="Seconds between two heartbeats in a store, with --sync.", validator=Number(gte=0.05, lte=3600)
    ),
]
ListChoices = Annotated[bool, Parameter(help="Print every choice and end.")]
ListFaults = Annotated[bool, Parameter(help="Print every fault and end.")]


def mock(  # noqa: PLR0913 - the parameters are the options
    *,
    port: Port = 8080,
    data: Data = None,
    token: Tokens = (),
    rate_limit: RateLimits = (),
    latency: Latency = 0.0,
    choice: Choices = (),
    fault: Faults = (),
    sync: Sync = False,
    sync_interval: SyncInterval = 30.0,
    list_choices: ListChoices = False,
    list_faults: ListFaults = False,
    openapi: OpenApi = None,
    family: FamilyName = None,
) -> None:
    """Serve a stateful mock of the API until it is stopped.

    It works without options: two projects, and a token that may write and one that may only read, both
    printed.
    """
    from storepact.families import mock_document, require_mock
    from storepact.run import mock_server

    require_mock(family)
    if list_choices or list_faults:
        from storepact.report.terminal import print_tables  # a mock that serves prints no table

        print_tables([mock_server.choice_rows()] * list_choices + [mock_server.fault_rows()] * list_faults)
        return
    document = openapi or mock_document(family)
    stores = mock_server.sync_options(sync_interval) if sync else None
    options = mock_server.MockServerOptions(
        port, document, data, token, rate_limit, latency, fault, choice, stores
    )
    mock_server.serve_mock(options)
