"""Faults of validation that is too strict: valid requests are refused, or the provider fails over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    LayerFactory,
    RequestEdit,
    body_of,
    change_bodies,
    change_requests,
    config_of,
    error_response,
    fault,
    patch_of,
    with_header,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "input validation"
#: Bytes that a provider with small limits reads.
_SMALL_BODY = 8_192

# headers and wrappers


def _refuse_weights(request: MockRequest) -> MockRequest | MockResponse:
    is_weighted = ";q=" in (request.header("accept") or "")
    return error_response(406, "not_acceptable", "accept application/json") if is_weighted else request


def _refuse_silence(request: MockRequest) -> MockRequest | MockResponse:
    is_silent = request.header("accept") is None
    return error_response(406, "not_acceptable", "accept application/json") if is_silent else request


def _break_wrapper(body: Any) -> Any:
    return {"unwrapped": body} if isinstance(body, dict) else body


# refusals


def _refuse_creates(when: Callable[[Any], bool], message: str) -> LayerFactory:
    refusal = error_response(400, "invalid_request", message)

    def apply(request: MockRequest) -> MockRequest | MockResponse:
        return refusal if when(body_of(request)) else request

    return change_requests(("create",), apply)


def _has_capital_user(body: Any) -> bool:
    username = config_of(body).get("username")
    return isinstance(username, str) and username != username.lower()


def _has_unknown_member(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.keys() - {"config", "on", "name", "tags"})


def _is_suspicious(body: Any) -> bool:
    name = body.get("name") if isinstance(body, dict) else None
    return isinstance(name, str) and any(part in name for part in ("<script", "../", "select "))


def _refuse_large(request: MockRequest) -> MockRequest | MockResponse:
    is_large = len(request.body) > _SMALL_BODY
    return error_response(413, "invalid_request", "the body is too large") if is_large else request


def _is_in_sao_paulo(body: Any) -> bool:
    return config_of(body).get("region") == "sa-east-1"


def _has_no_name(body: Any) -> bool:
    return isinstance(body, dict) and "name" not in body


# content types


def _media_of(request: MockRequest) -> str:
    return request.header("content-type") or ""


def _refuse_media(is_refused: Callable[[str], bool]) -> LayerFactory:
    def apply(request: MockRequest) -> MockRequest | MockResponse:
        refused = is_refused(_media_of(request))
        return error_response(415, "invalid_request", "send JSON") if refused else request

    return change_requests(("create", "update"), apply)


def _fail_over_forms(request: MockRequest) -> MockRequest | MockResponse:
    is_form = "form" in _media_of(request)
    return error_response(500, "internal_error", "no boundary") if is_form else request


def _ignore_text(body: bytes) -> RequestEdit:
    """Read a body that is declared as text as another one."""

    def apply(request: MockRequest) -> MockRequest:
        if not _media_of(request).startswith("text/"):
            return request
        return replace(with_header(request, "content-type", "application/json"), body=body)

    return apply


def _has_longest_password(body: Any) -> bool:
    return len(str(config_of(body).get("password", ""))) == 32


def _has_letters_for_password(body: Any) -> bool:
    password = config_of(body).get("password")
    return isinstance(password, str) and password.isalpha()


def _refuse_passwords_of_digits(request: MockRequest) -> MockRequest | MockResponse:
    values = [item.get("value") for item in patch_of(body_of(request)) if isinstance(item, dict)]
    passwords = [value.get("password") for value in values if isinstance(value, dict)]
    is_refused = any(isinstance(password, str) and password.isdigit() for password in passwords)
    return error_response(400, "invalid_request", "the password has no letter") if is_refused else request


def _fail_over_wide_characters(request: MockRequest) -> MockRequest | MockResponse:
    password = config_of(body_of(request)).get("password")
    is_wide = isinstance(password, str) and any(ord(character) > 0xFFFF for character in password)
    return error_response(500, "internal_error", "the password has no encoding") if is_wide else request


def _refuse_anything(request: MockRequest) -> MockRequest | MockResponse:
    is_any = request.header("accept") == "*/*"
    return error_response(406, "not_acceptable", "accept application/json") if is_any else request


FAULTS = (
    fault(
        "passwords-of-32-refused", _C, "SP201", "a password of 32 characters is refused",
        _refuse_creates(_has_longest_password, "the password is too long"),
    ),
    fault(
        "passwords-need-digits", _C, "SP201", "a password of letters alone is refused",
        _refuse_creates(_has_letters_for_password, "the password has no digit"),
    ),
    fault(
        "passwords-need-letters", _C, "SP201", "an update refuses a password of digits alone",
        change_requests(("update",), _refuse_passwords_of_digits),
    ),
    fault(
        "emoji-in-passwords-fail", _C, "SP101", "an emoji in a password gets 500",
        change_requests(("create",), _fail_over_wide_characters),
    ),
    fault(
        "any-type-refused", _C, "SP201", "*/* in Accept gets 406",
        change_requests(("list", "get"), _refuse_anything),
    ),
    fault(
        "wrapper-refused", _C, "SP201", "a patch with a comment is refused",
        change_bodies(("update",), _break_wrapper),
    ),
    fault(
        "unknown-members-refused", _C, "SP201", "a create with an unknown member is refused",
        _refuse_creates(_has_unknown_member, "unknown"),
    ),
    fault(
        "charset-refused", _C, "SP201", "application/json; charset=utf-8 gets 415",
        _refuse_media(lambda media: ";" in media),
    ),
    fault(
        "quoted-charset-refused", _C, "SP201", "application/json;charset=\"UTF-8\" gets 415",
        _refuse_media(lambda media: '"' in media),
    ),
    fault(
        "content-type-compared-exactly", _C, "SP201", "Application/JSON gets 415",
        _refuse_media(lambda media: media.startswith("A")),
    ),
    fault(
        "weighted-accept-refused", _C, "SP201", "application/json;q=0.9 in Accept gets 406",
        change_requests(("list", "get", "create", "update"), _refuse_weights),
    ),
    fault(
        "accept-required", _C, "SP201", "a request without Accept gets 406",
        change_requests(("list", "get", "create", "update"), _refuse_silence),
    ),
    fault(
        "forms-fail", _C, "SP101", "a body that is declared as a form gets 500",
        change_requests(("create", "update"), _fail_over_forms),
    ),
    fault(
        "text-taken-for-empty-patch", _C, "SP601", "a patch declared as text/plain responds 200, unread",
        change_requests(("update",), _ignore_text(b"[]")),
    ),
    fault(
        "region-forgotten", _C, "SP201", "the region sa-east-1 is refused",
        _refuse_creates(_is_in_sao_paulo, "config.region: unknown"),
    ),
    fault(
        "capital-users-refused", _C, "SP207", "a username with capitals is refused",
        _refuse_creates(_has_capital_user, "config.username: lower case only"),
    ),
    fault(
        "name-required", _C, "SP201", "a create without a name is refused",
        _refuse_creates(_has_no_name, "name: is required"),
    ),
    fault(
        "names-filtered", _C, "SP201", "a name that looks like an attack is refused",
        _refuse_creates(_is_suspicious, "the request was blocked"),
    ),
    fault(
        "bodies-over-8kB", _C, "SP201", "a patch of more than 8 kB gets 413",
        change_requests(("update",), _refuse_large),
    ),
)  # fmt: skip
