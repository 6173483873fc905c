"""What `storepact mock` does: its options made into a stand-in, its tables printed, its first lines, its end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from storepact.families import mock_definition
from storepact.mock.app import MockApp
from storepact.mock.choices import choices_of, parsed_choices
from storepact.mock.control import Controlled
from storepact.mock.definition import MockService
from storepact.mock.limits import SCOPES
from storepact.mock.listen import bound_socket, run
from storepact.mock.log import AccessLog
from storepact.mock.serve import CONTROL_VARIABLE, FOLLOW_VARIABLE, TOKENS_VARIABLE
from storepact.mock.tokens import CONDITIONS, Tokens
from storepact.model.errors import UnknownName, UsageError
from storepact.openapi.document import load_document


def serve_mock(
    *,
    port: int,
    openapi: Path,
    data: Path | None,
    tokens: list[str],
    rate_limits: list[str],
    latency_ms: float,
    faults: list[str],
    choices: list[str],
) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        StorepactError: an option cannot be used; nothing was served.

    """
    kit = mock_definition()
    bearers = _tokens(tokens, os.environ)
    wanted, limits = parsed_choices(choices), _limits(rate_limits)
    document = load_document(openapi)
    listener = bound_socket(port)
    stand_in = MockService(kit, document, bearers, kit.storage(data), wanted, faults, limits)
    controlled = Controlled(stand_in, os.environ.pop(CONTROL_VARIABLE, None))
    led = bool(os.environ.get(FOLLOW_VARIABLE))
    log = None if led else AccessLog(bearers, stand_in.is_secret)
    run(
        MockApp(controlled, latency_ms / 1000, log),
        listener,
        lambda url: _greet(url, stand_in, data, led=led),
    )
    if not led:
        print("storepact mock: stopped" + (f"; everything is in {data}" if data else ""), flush=True)


def _tokens(given: list[str], environment: Mapping[str, str]) -> Tokens:
    """The tokens named by `--token`, those of the parent process, or a fresh writer and reader."""
    tokens = Tokens()
    for text in given:
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
            raise UsageError(
                f"--token {name}: the token in {variable} holds characters that no header may carry"
            )
        if tokens.bearer(value) is not None:
            raise UsageError(f"--token {name}: the token in {variable} is given to somebody else already")
        tokens.add(value, name, condition, f"${variable}")
    handed = os.environ.pop(TOKENS_VARIABLE, None)
    if handed:
        for token, condition in json.loads(handed).items():
            tokens.add(token, condition, condition)
    elif not given:
        for condition in ("writer", "reader"):
            tokens.issue(condition)
    return tokens


def _limits(given: list[str]) -> dict[str, int]:
    """`N` for all three limits, or `SCOPE=N` for one of them."""
    found: dict[str, int] = {}
    for text in given:
        scope, equals, count = text.rpartition("=")
        if equals and scope not in SCOPES:
            raise UnknownName("limit", scope, SCOPES)
        if not count.isascii() or not count.isdigit() or not 0 < int(count) < 10**9:
            raise UsageError(
                f"--rate-limit {text!r}: write a number of calls per 10 s, or SCOPE=N with {', '.join(SCOPES)}"
            )
        found.update({scope: int(count)} if equals else dict.fromkeys(SCOPES, int(count)))
    return found


def _greet(url: str, stand_in: MockService, data: Path | None, *, led: bool) -> None:
    if led:
        print(f"ready {url}", flush=True)
        return
    lines = [f"storepact mock at {url}", stand_in.kit.greeting]
    if data is not None:
        lines.append(f"data: {data}")
    lines += [f"choice: {name}={value}" for name, value in stand_in.choices.items()]
    lines += [f"fault: {name}" for name in stand_in.faults]
    bearers = stand_in.tokens.bearers()
    for bearer in bearers:
        lines.append(
            f"  {bearer.condition:8} {bearer.spoken}"
            + (f"  ({bearer.name})" if bearer.name != bearer.condition else "")
        )
    first = next((each.spoken for each in bearers if each.condition in ("writer", "reader")), "$TOKEN")
    lines.append(
        f'try:  curl -H "Authorization: {first}" -H "LD-API-Version: beta" {url}{stand_in.kit.start}'
    )
    lines.append("stop:  Ctrl-C; every request is logged on standard error")
    print("\n".join(lines), flush=True)


def fault_rows() -> Iterable[tuple[str, ...]]:
    """The catalogue of faults: name, category, the check that must catch it, explanation."""
    yield ("fault", "category", "caught by", "what it does")
    for fault in mock_definition().faults:
        yield (fault.name, fault.category, fault.caught_by, fault.explanation)


def choice_rows() -> Iterable[tuple[str, ...]]:
    """The choices: name, values with the default first, matter, source."""
    yield ("choice", "values, the default first", "about", "documents")
    for each in choices_of(mock_definition().choices):
        values = [each.default, *(value for value in each.values if value != each.default)]
        yield (each.name, " | ".join(values), each.explanation, each.source)
