"""Serve the mock for `storepact mock`: options, banner, and the tables of faults and choices."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from storepact.families import mock_definition
from storepact.mock.access_log import AccessLog
from storepact.mock.app import MockApp
from storepact.mock.choices import parse_choices
from storepact.mock.control import API_PREFIX, ControlledHandler
from storepact.mock.definition import MockService, SyncOptions
from storepact.mock.limits import SCOPES
from storepact.mock.options import CONTROL_VARIABLE
from storepact.mock.server import bind_socket, run
from storepact.mock.tokens import CONDITIONS, Token, Tokens
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE
from storepact.model.errors import UnknownName, UsageError
from storepact.model.values import lean_value
from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.load import load_document


@lean_value(frozen=True)
class MockServerOptions:
    """The options of `storepact mock`, as they are typed.

    `data` None keeps everything in memory; `tokens` are `NAME=ROLE:TOKENENV`, `rate_limits` `N` or `SCOPE=N`
    in calls per 10 s, `choices` `NAME=VALUE`; `latency_ms` is added to each response.
    """

    port: int
    openapi: Path
    data: Path | None = None
    tokens: Sequence[str] = ()
    rate_limits: Sequence[str] = ()
    latency_ms: float = 0.0
    faults: Sequence[str] = ()
    choices: Sequence[str] = ()
    sync: SyncOptions | None = None
    """How stores are written; None writes none."""


def serve_mock(options: MockServerOptions) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        StorepactError: an option cannot be used; nothing was served.

    """
    definition = mock_definition()
    tokens = _make_tokens(options.tokens, os.environ)
    choices, limits = parse_choices(options.choices), _parse_limits(options.rate_limits)
    document = load_document(options.openapi)
    with bind_socket(options.port) as listener:
        backend = definition.open(options.data, tokens, options.sync)
        service = MockService(definition, document, tokens, backend, choices, options.faults, limits)
        key = _control_key(os.environ) if options.sync else None
        handler = ControlledHandler(service, key)
        app = MockApp(handler, options.latency_ms / 1000, AccessLog(tokens, service.is_secret))

        def print_banner(url: str) -> None:
            print("\n".join(_banner(url, service, options, key)), flush=True)

        run({listener: app}, ready=print_banner)
    stored = f"; everything is in {options.data}" if options.data else ""
    print(f"storepact mock: stopped{stored}", flush=True)


def _make_tokens(texts: Sequence[str], environment: Mapping[str, str]) -> Tokens:
    """Return the tokens named by `--token`, or a fresh writer and reader."""
    tokens = Tokens()
    for text in texts:
        _add_token(tokens, text, environment)
    if not texts:
        for condition in ("writer", "reader"):
            tokens.issue(condition)
    return tokens


def _add_token(tokens: Tokens, text: str, environment: Mapping[str, str]) -> None:
    name, equals, rest = text.partition("=")
    condition, colon, variable = rest.partition(":")
    if not (name and equals and condition and colon and variable):
        raise UsageError(
            f"--token {text!r}: write NAME=ROLE:TOKENENV, where TOKENENV names an environment variable"
        )
    if condition not in CONDITIONS:
        raise UnknownName("role", condition, CONDITIONS)
    value = environment.get(variable, "").strip()
    if not value:
        raise UsageError(
            f"--token {name}: the environment variable {variable} is not set, or empty; put the token there"
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"--token {name}: the token in {variable} has characters that a header may not have")
    if tokens.find(value) is not None:
        raise UsageError(f"--token {name}: the token in {variable} already has another name")
    tokens.add(value, name, condition, f"${variable}")


def _parse_limits(texts: Sequence[str]) -> dict[str, int]:
    """Parse `N` for all three limits, or `SCOPE=N` for one of them, into calls per 10 s by scope."""
    limits: dict[str, int] = {}
    for text in texts:
        scope, equals, count = text.rpartition("=")
        if equals and scope not in SCOPES:
            raise UnknownName("limit", scope, SCOPES)
        number = read_whole_number(count)
        if number is None or not 0 < number < 10**9:
            usage = f"write a number of calls per 10 s, or SCOPE=N with {', '.join(SCOPES)}"
            raise UsageError(f"--rate-limit {text[:40]!r}: {usage}")
        limits.update({scope: number} if equals else dict.fromkeys(SCOPES, number))
    return limits


def _control_key(environment: Mapping[str, str]) -> str:
    """Return the key of the control interface: of the environment, or a new one."""
    return environment.get(CONTROL_VARIABLE) or secrets.token_hex(16)


def _banner(url: str, service: MockService, options: MockServerOptions, key: str | None) -> Iterator[str]:
    data = options.data
    definition, tokens = service.definition, service.tokens.all()
    yield f"storepact mock at {url}"
    yield definition.contents
    if data is not None:
        yield f"data: {data}"
    yield from (f"choice: {name}={value}" for name, value in service.choices.items())
    yield from (f"fault: {name}" for name in service.faults)
    for token in tokens:
        name = f"  ({token.name})" if token.name != token.condition else ""
        yield f"  {token.condition:8} {token.display}{name}"
    if options.sync is not None and key is not None:
        control = f"${CONTROL_VARIABLE}" if os.environ.get(CONTROL_VARIABLE) else key
        yield f"  control  {control}  (POST {API_PREFIX}segments)"
        yield f"stores of integrations that are on are written, every {options.sync.interval:g} s"
    usable = next((token.display for token in tokens if token.condition in ("writer", "reader")), "$TOKEN")
    sent = {"Authorization": usable, **definition.request_headers}
    headers = " ".join(f'-H "{name}: {value}"' for name, value in sent.items())
    yield f"try:  curl {headers} {url}{definition.example_path}"
    yield from _test_line(url, tokens)
    yield "stop:  Ctrl-C; every request is logged on standard error"


def _test_line(url: str, tokens: Iterable[Token]) -> Iterator[str]:
    """Yield the line that tests this mock from a second shell; nothing where no token may write."""
    displays = {token.condition: token.display for token in reversed([*tokens])}
    if "writer" not in displays:
        return
    variables = {TOKEN_VARIABLE: displays["writer"], READER_VARIABLE: displays.get("reader")}
    values = " ".join(
        f"{name}={value}" for name, value in variables.items() if value not in (None, f"${name}")
    )
    export = f"export {values}; " if values else ""
    yield f"test:  {export}storepact verify --target {url} --allow-writes"


def fault_rows() -> Iterator[tuple[str, ...]]:
    """Yield the catalogue of faults as a table: name, category, code of the check, explanation."""
    yield ("fault", "category", "caught by", "what it does")
    for fault in mock_definition().faults:
        yield (fault.name, fault.category, fault.caught_by, fault.explanation)


def choice_rows() -> Iterator[tuple[str, ...]]:
    """Yield the choices as a table: name, values with the default first, matter, source."""
    yield ("choice", "values, the default first", "about", "documents")
    for choice in mock_definition().choices:
        values = [choice.default, *(value for value in choice.values if value != choice.default)]
        yield (choice.name, " | ".join(values), choice.explanation, choice.source)


def sync_options(interval: float) -> SyncOptions:
    """Return how stores are written, with so many seconds between heartbeats.

    Raises:
        UsageError: no driver of a store is installed.

    """
    if not any(importlib.util.find_spec(name) for name in mock_definition().sync_drivers):
        raise UsageError("--sync needs the drivers of stores: pip install 'storepact[store]'")
    return SyncOptions(interval)
