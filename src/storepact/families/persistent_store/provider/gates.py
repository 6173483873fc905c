"""The gates before an operation: each refuses requests that no other gate refuses."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.headers import RATE_LIMITS, VERSION, VERSION_HEADER
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRefusal, MockRequest
from storepact.mock.limits import limit_headers
from storepact.mock.tokens import Token, Tokens
from storepact.model.tree import Json
from storepact.openapi.document import is_json

PROJECTS: Mapping[str, tuple[str, ...]] = {"default": ("production", "test"), "sandbox": ("test",)}
"""The environments of each project."""

#: The form of a key or an id.
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

#: Bytes of a body by the choice `largest_body`; digits of a number, and levels of nesting.
_LARGEST = {"100kB": 100_000, "16kB": 16_384}
_MOST_DIGITS, _DEEPEST = 17, 32

_WRITES = ("create", "update", "delete")
_WITH_BODY = ("create", "update")
_OLDER_VERSION = "20240415"


_NO_TOKEN = Token("nobody", "")


@dataclass
class Context:
    """One request that passes the gates, and what they have read from it so far."""

    request: MockRequest
    role: str
    token: Token = _NO_TOKEN
    location: tuple[str, str, str] = ("", "", "")
    """Project, environment and kind of the path; empty for the list."""
    body: Json = None


class GatedProvider(Protocol):
    """What the gates need of the provider behind them."""

    @property
    def tokens(self) -> Tokens:
        """The tokens that are known."""

    @property
    def choices(self) -> Choices:
        """How the provider decides where the documents say nothing."""

    def find(self, context: Context) -> Integration:
        """The integration that the path names.

        Raises:
            MockRefusal: there is none.

        """


#: Refuses a request by raising `MockRefusal`.
Gate = Callable[[GatedProvider, Context], None]


def _check_token(provider: GatedProvider, context: Context) -> None:
    token = provider.tokens.find(context.request.token)
    if token is None:
        unknown, missing = (
            "the access token is not known",
            "the header Authorization must have an access token",
        )
        raise MockRefusal(401, "unauthorized", unknown if context.request.token else missing)
    context.token = token


def _check_version(provider: GatedProvider, context: Context) -> None:
    version = (context.request.header(VERSION_HEADER.lower()) or "").strip()
    lower = version.lower()
    if version == VERSION or (provider.choices.beta_case == "ignored" and lower == VERSION):
        return
    exists = version in ("", _OLDER_VERSION) or lower == VERSION
    forbidden = exists or provider.choices.other_version == "403"
    status, code = (403, "forbidden") if forbidden else (400, "invalid_request")
    raise MockRefusal(status, code, f"this resource is in beta: send the header {VERSION_HEADER}: {VERSION}")


def _check_limit(provider: GatedProvider, context: Context) -> None:
    if context.token.condition == "exhausted":
        reset = int(time.time()) // 10 * 10 + 10
        headers = {**limit_headers(RATE_LIMITS["token"], 50, 0, reset), "Retry-After": "10"}
        raise MockRefusal(429, "rate_limited", "the limit of this token is used up", headers)


def _check_contention(provider: GatedProvider, context: Context) -> None:
    if context.token.condition == "contended":
        raise MockRefusal(409, "optimistic_locking_error", "another request is changing this; try again")


def _check_orphan(provider: GatedProvider, context: Context) -> None:
    if context.token.condition == "orphaned":
        raise MockRefusal(404, "not_found", "the project of this token is gone")


def _check_permission(provider: GatedProvider, context: Context) -> None:
    if context.role in _WRITES and context.token.reads_only:
        status = int(provider.choices.missing_permission)
        code = "forbidden" if status == 403 else "unauthorized"
        raise MockRefusal(status, code, "this token may only read")


def read_location(provider: GatedProvider, context: Context) -> tuple[str, str, str]:
    """Return project, environment and kind of a request's path."""
    project, environment, kind = (
        context.request.parameters[name] for name in ("projectKey", "environmentKey", "integrationKey")
    )
    return project, environment, kind.lower() if provider.choices.kind_case == "ignored" else kind


def refuse_unknown(provider: GatedProvider, key: str, what: str) -> MockRefusal:
    """Return the refusal of a key or id that does not exist."""
    status = 404 if KEY.fullmatch(key) else int(provider.choices.malformed_key)
    return MockRefusal(status, "not_found", f"there is no such {what}")


def _check_project(provider: GatedProvider, context: Context) -> None:
    if context.role != "list" and context.location[0] not in PROJECTS:
        raise refuse_unknown(provider, context.location[0], "project")


def _check_environment(provider: GatedProvider, context: Context) -> None:
    if context.role != "list":
        project, environment, _ = context.location
        if environment not in PROJECTS.get(project, ()):
            raise refuse_unknown(provider, environment, "environment")


def _check_kind(provider: GatedProvider, context: Context) -> None:
    if context.role != "list" and context.location[2] not in KINDS:
        status = int(provider.choices.unknown_kind)
        code = "not_found" if status == 404 else "invalid_request"
        raise MockRefusal(status, code, f"there is no such kind of store; choose {' or '.join(KINDS)}")


def _check_id(provider: GatedProvider, context: Context) -> None:
    if context.role in ("get", "update", "delete"):
        provider.find(context)


def _check_no_body(provider: GatedProvider, context: Context) -> None:
    has_body = context.request.body or context.request.header("content-type") is not None
    if context.role not in _WITH_BODY and has_body and provider.choices.body_on_reading == "refused":
        raise MockRefusal(400, "invalid_request", "this operation takes no body")


def _check_size(provider: GatedProvider, context: Context) -> None:
    largest = _LARGEST.get(provider.choices.largest_body)
    if largest is not None and len(context.request.body) > largest:
        raise MockRefusal(413, "invalid_request", f"the body is larger than {largest:,} bytes")


def _check_media_type(provider: GatedProvider, context: Context) -> None:
    if context.role not in _WITH_BODY:
        return
    media = context.request.header("content-type")
    choice = provider.choices.missing_media if media is None else provider.choices.wrong_media
    if choice != "read" and (media is None or not is_json(media)):
        raise MockRefusal(int(choice), "invalid_request", "send the body as Content-Type: application/json")


#: Names that some parsers of JavaScript refuse, as they change what all objects share.
_INHERITED = re.compile(r'"__proto__"\s*:|"constructor"\s*:\s*\{.*"prototype"')


class _DuplicateKey(ValueError):
    """A key occurs twice in one object."""


def _decode_body(provider: GatedProvider, context: Context) -> None:
    if context.role not in _WITH_BODY:
        return
    try:
        body = context.request.body
        coding = json.detect_encoding(body) if provider.choices.wide_bodies == "read" else "utf-8"
        text = body.decode(coding, "replace" if provider.choices.damaged_bodies == "repaired" else "strict")
        if provider.choices.nesting == "refused":
            _check_nesting(text)
        if provider.choices.inherited_names == "refused" and _INHERITED.search(text):
            raise MockRefusal(400, "invalid_request", "an object has a forbidden member")
        context.body = _decoder(provider.choices.duplicate_keys, provider.choices.extreme_numbers).decode(
            text
        )
    except _DuplicateKey:
        raise MockRefusal(400, "invalid_request", "the key of an object is given twice") from None
    except (ValueError, RecursionError):
        raise MockRefusal(400, "invalid_request", "the body is not JSON") from None


@lru_cache
def _decoder(duplicate_keys: str, extreme_numbers: str) -> json.JSONDecoder:
    """The decoder of bodies, as it is chosen."""
    hook = {"last": None, "first": _first_wins, "refused": _without_duplicates}[duplicate_keys]
    refuses = extreme_numbers == "refused"
    return json.JSONDecoder(
        parse_constant=_refuse_constant,
        parse_int=_without_extremes if refuses else _read_int,
        parse_float=_without_extremes if refuses else float,
        object_pairs_hook=hook,
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _without_extremes(text: str) -> float:
    value = float(text)
    if math.isinf(value) or len(re.sub(r"[eE].*|\D", "", text)) > _MOST_DIGITS:
        raise ValueError("a number is too large or too long")
    return int(text) if text.lstrip("-").isdigit() else value


def _read_int(text: str) -> float:
    """Read a whole number; Python refuses to read more than 4,300 digits."""
    return int(text) if len(text) < 4_000 else float(text)


def _check_nesting(text: str) -> None:
    depth = 0
    for bracket in re.findall(r"[\[{\]}]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEEPEST:
            raise ValueError("the body is nested too deeply")


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _DuplicateKey
    return members


GATES: Mapping[str, Gate] = {
    "token-known": _check_token,
    "version-beta": _check_version,
    "limit-left": _check_limit,
    "not-contended": _check_contention,
    "not-orphaned": _check_orphan,
    "may-write": _check_permission,
    "project-known": _check_project,
    "environment-known": _check_environment,
    "kind-known": _check_kind,
    "integration-there": _check_id,
    "reads-without-body": _check_no_body,
    "body-small": _check_size,
    "media-json": _check_media_type,
    "body-json": _decode_body,
}

_CONDITIONS = ("limit-left", "not-contended", "not-orphaned")
_PATH = ("project-known", "environment-known", "kind-known", "integration-there")
_BODY = ("reads-without-body", "body-small", "media-json", "body-json")

#: The order of the gates for each value of the choice `order`.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "token-first": ("token-known", "version-beta", *_CONDITIONS, "may-write", *_PATH, *_BODY),
    "version-first": ("version-beta", "token-known", *_CONDITIONS, "may-write", *_PATH, *_BODY),
    "place-first": ("token-known", "version-beta", *_CONDITIONS, *_PATH, "may-write", *_BODY),
    "body-first": ("token-known", "version-beta", *_CONDITIONS, *_BODY, *_PATH, "may-write"),
}
