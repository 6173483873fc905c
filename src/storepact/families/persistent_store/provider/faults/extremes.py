"""Faults over bodies that JSON allows: nested, with a name twice, with extreme strings and numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    change_creates,
    change_requests,
    error_response,
    fault,
    patch_of,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.model.tree import walk

_C = "extreme bodies"
_CRASH = error_response(500, "internal_error", "something went wrong")
_WITH_BODY = ("create", "update")
_SURROGATE = re.compile("[\\ud800-\\udfff]")


def _crash(when: Callable[[MockRequest], bool], *roles: str) -> LayerFactory:
    return change_requests(roles or _WITH_BODY, lambda request: _CRASH if when(request) else request)


def _has_nesting(request: MockRequest) -> bool:
    return b"]" * 200 in request.body or b"}" * 200 in request.body


def _has_long_number(request: MockRequest) -> bool:
    return re.search(rb"[0-9]{1000}", request.body) is not None


def _has_long_string(request: MockRequest) -> bool:
    return any(isinstance(value, str) and len(value) > 65_535 for _, value in walk(body_of(request)))


def _has_surrogate_in_config(request: MockRequest) -> bool:
    return any(
        isinstance(value, str) and "config" in path and _SURROGATE.search(value) is not None
        for path, value in walk(body_of(request))
    )


def _is_scalar(request: MockRequest) -> bool:
    return request.body.lstrip()[:1] not in (b"{", b"[", b"n", b"")


def _is_null(request: MockRequest) -> bool:
    return request.body.strip() == b"null"


def _is_blank(request: MockRequest) -> bool:
    return not request.body.strip()


def _has_odd_operation(request: MockRequest) -> bool:
    body = body_of(request)
    return isinstance(body, list) and not all(isinstance(operation, dict) for operation in body)


def _wraps_no_array(request: MockRequest) -> bool:
    body = body_of(request)
    return isinstance(body, dict) and not isinstance(body.get("patch", []), list)


def _is_wide(request: MockRequest) -> bool:
    return request.body.startswith((b"\xff\xfe", b"\xfe\xff"))


def _has_inherited_name(request: MockRequest) -> bool:
    return b'"__proto__":' in request.body or b'"constructor":' in request.body


def _has_nameless_member(request: MockRequest) -> bool:
    return b'"":' in request.body


def _is_not_utf_8(request: MockRequest) -> bool:
    try:
        request.body.decode()
    except UnicodeDecodeError:
        return True
    return False


def _lacks_from(request: MockRequest) -> bool:
    operations = [item for item in patch_of(body_of(request)) if isinstance(item, dict)]
    return any(item.get("op") in ("move", "copy") and "from" not in item for item in operations)


def _change_name(edit: Callable[[str], str]) -> LayerFactory:
    def apply(body: Item) -> None:
        if isinstance(body.get("name"), str):
            body["name"] = edit(body["name"])

    return change_creates(apply)


def _join_duplicates(pairs: list[tuple[str, Any]]) -> Item:
    joined: Item = {}
    for name, value in pairs:
        is_text = isinstance(value, str) and isinstance(joined.get(name), str)
        joined[name] = f"{joined[name]}, {value}" if is_text else value
    return joined


def _join_names(request: MockRequest) -> MockRequest:
    try:
        body = json.loads(request.body, object_pairs_hook=_join_duplicates)
    except (ValueError, RecursionError):
        return request
    return replace(request, body=json.dumps(body).encode())


class FailAfterNesting(StorageLayer):
    """Fails at the request that follows a deeply nested body."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._fails = False

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        fails, self._fails = self._fails, _has_nesting(request)
        return _CRASH if fails else inner(request)


class KeepRefusedName(StorageLayer):
    """Stores the beginning of a name that an update was refused for its length."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        integration = self.find(address)
        if address.role != "update" or response.status not in (400, 413, 422) or integration is None:
            return response
        for operation in patch_of(body_of(request)):
            value = operation.get("value") if isinstance(operation, dict) else None
            if isinstance(value, str) and len(value) > 1_000 and operation.get("path") == "/name":
                self.storage.replace(replace(integration, name=value[:255]))
        return response


FAULTS = (
    fault(
        "nesting-500", _C, "SP101", "a body that is nested more than 200 levels deep gets 500",
        _crash(_has_nesting),
    ),
    fault(
        "after-nesting-500", _C, "SP101", "the request after a deeply nested body gets 500",
        FailAfterNesting,
    ),
    fault(
        "repeated-names-joined", _C, "SP601", "the values of a name that is given twice are joined",
        change_requests(_WITH_BODY, _join_names),
    ),
    fault(
        "long-numbers-500", _C, "SP101", "a number of more than 1,000 digits gets 500",
        _crash(_has_long_number),
    ),
    fault(
        "long-strings-500", _C, "SP101", "a string of more than 65,535 characters in an update gets 500",
        _crash(_has_long_string, "update"),
    ),
    fault(
        "refused-name-kept", _C, "SP605", "a name that is refused for its length is stored in part",
        KeepRefusedName,
    ),
    fault(
        "names-end-at-nul", _C, "SP601", "names end at the first NUL",
        _change_name(lambda name: name.partition("\0")[0]),
    ),
    fault(
        "surrogates-replaced", _C, "SP601", "lone surrogates in names become U+FFFD",
        _change_name(lambda name: _SURROGATE.sub("\ufffd", name)),
    ),
    fault(
        "surrogate-in-config-500", _C, "SP101", "a lone surrogate in config gets 500",
        _crash(_has_surrogate_in_config),
    ),
    fault(
        "inherited-names-500", _C, "SP101", "a body with a member __proto__ or constructor gets 500",
        _crash(_has_inherited_name),
    ),
    fault(
        "scalar-bodies-500", _C, "SP101", "a body that is a string, a number or true gets 500",
        _crash(_is_scalar),
    ),
    fault("blank-bodies-500", _C, "SP101", "an empty body, or one of blanks, gets 500", _crash(_is_blank)),
    fault("null-bodies-500", _C, "SP101", "a body that is null gets 500", _crash(_is_null)),
    fault(
        "odd-operations-500", _C, "SP101", "a patch with an operation that is no object gets 500",
        _crash(_has_odd_operation, "update"),
    ),
    fault(
        "wrapped-patch-of-text-500", _C, "SP101", "a wrapped patch that is no array gets 500",
        _crash(_wraps_no_array, "update"),
    ),
    fault(
        "nameless-members-500", _C, "SP101", "a body with a member whose name is empty gets 500",
        _crash(_has_nameless_member),
    ),
    fault(
        "not-utf-8-500", _C, "SP101", "a body with bytes that are not UTF-8 gets 500", _crash(_is_not_utf_8)
    ),
    fault("utf-16-500", _C, "SP101", "a body in UTF-16 gets 500", _crash(_is_wide)),
    fault(
        "move-without-from-500", _C, "SP101", "a move or copy without from gets 500",
        _crash(_lacks_from, "update"),
    ),
)  # fmt: skip
