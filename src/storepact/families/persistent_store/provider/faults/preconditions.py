"""Faults of `test` operations, alone and under concurrent updates."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    StorageLayer,
    address_of,
    body_of,
    change_bodies,
    fault,
    patch_of,
    with_body,
)
from storepact.families.persistent_store.provider.faults.patches import EditOperations
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "state"
#: Seconds between the arrival of an update and its response: concurrent updates overlap.
_OVERLAP = 0.02


class IgnoreTests(Layer):
    """Removes the test operations of a patch."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        body = body_of(request)
        operations = body.get("patch") if isinstance(body, dict) else body
        if address_of(request).role == "update" and isinstance(operations, list):
            request = with_body(request, [item for item in patch_of(body) if not _is_test(item)])
        return inner(request)


def _is_test(operation: Any) -> bool:
    return isinstance(operation, dict) and operation.get("op") == "test" and "value" in operation


def _drop_test_of_keys(body: Any) -> Any:
    """Leave out the tests of what no patch can change."""
    fixed = ("/_id", "/integrationKey", "/projectKey", "/environmentKey")
    if not isinstance(body, list):
        return body
    return [item for item in body if not (_is_test(item) and item.get("path") in fixed)]


def _drop_test_of_links(body: Any) -> Any:
    """Leave out the tests of what the provider makes of an integration."""
    if not isinstance(body, list):
        return body
    return [item for item in body if not (_is_test(item) and item.get("path") in ("/_links", "/_status"))]


def _drop_test_of_whole(body: Any) -> Any:
    if not isinstance(body, list):
        return body
    return [item for item in body if not (_is_test(item) and item.get("path") == "")]


def _drop_test_of_host(operation: dict[str, Any], integration: Integration) -> dict[str, Any] | None:
    value, host = operation.get("value"), integration.config.get("host")
    if not _is_test(operation) or operation.get("path") != "/config" or not isinstance(value, dict):
        return operation
    return None if host is not None and value.get("host") == host else operation


def _drop_test_of_off(operation: dict[str, Any], integration: Integration) -> dict[str, Any] | None:
    is_about_switch = _is_test(operation) and operation.get("path") == "/on" and not integration.on
    return None if is_about_switch and operation["value"] is None else operation


def _compose_test(operation: dict[str, Any], integration: Integration) -> dict[str, Any] | None:
    value = operation.get("value")
    if not _is_test(operation) or operation.get("path") != "/name" or not isinstance(value, str):
        return operation
    is_same = unicodedata.normalize("NFC", value) == unicodedata.normalize("NFC", integration.name)
    return {**operation, "value": integration.name} if is_same else operation


class CompareText(StorageLayer):
    """Compares the values of test operations as text: "1" equals 1, and "true" equals true."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        integration, body = self.find(address), body_of(request)
        if address.role == "update" and integration is not None and isinstance(body, list):
            request = with_body(request, [_convert_test(operation, integration) for operation in body])
        return inner(request)


def _test_first(body: Any) -> Any:
    return sorted(body, key=lambda operation: not _is_test(operation)) if isinstance(body, list) else body


def _drop_partial_test(operation: dict[str, Any], integration: Integration) -> dict[str, Any] | None:
    value, config = operation.get("value"), integration.config
    if not _is_test(operation) or operation.get("path") != "/config" or not isinstance(value, dict):
        return operation
    holds = all(name in config and config[name] == value[name] for name in value)
    return None if holds else operation


class CompareDigits(Layer):
    """Compares the numbers of test operations as they are written: 1.0 does not equal 1."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        body = body_of(request)
        if address_of(request).role == "update" and isinstance(body, list):
            request = with_body(request, [_quote_decimal(operation) for operation in body])
        return inner(request)


def _quote_decimal(operation: Any) -> Any:
    is_decimal = _is_test(operation) and isinstance(operation["value"], float)
    return {**operation, "value": str(operation["value"])} if is_decimal else operation


class CountTests(Layer):
    """Keeps the first or the last test operation of a patch, and removes the others."""

    def __init__(self, keep: int) -> None:
        self._keep = keep

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        body = body_of(request)
        if address_of(request).role == "update" and isinstance(body, list):
            tests = [index for index, operation in enumerate(body) if _is_test(operation)]
            dropped = set(tests) - {tests[self._keep]} if tests else set()
            kept = [operation for index, operation in enumerate(body) if index not in dropped]
            request = with_body(request, kept)
        return inner(request)


def _convert_test(operation: Any, integration: Integration) -> Any:
    if not _is_test(operation):
        return operation
    members = {"/version": integration.version, "/on": integration.on, "/name": integration.name}
    value = members.get(str(operation.get("path")))
    equal = value is not None and str(operation["value"]).lower() == str(value).lower()
    return {**operation, "value": value} if equal else operation


class RaceOnVersion(StorageLayer):
    """Tests the version that an integration had when the update arrived: two concurrent writers succeed."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._versions: dict[int, int] = {}

    def on_request(self, request: MockRequest) -> float:
        address = address_of(request)
        integration = self.find(address) if address.role == "update" else None
        if integration is None:
            return 0.0
        self._versions[id(request)] = integration.version
        return _OVERLAP

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        before, integration = self._versions.pop(id(request), None), self.find(address_of(request))
        body = body_of(request)
        if before is not None and integration is not None and isinstance(body, list):
            request = with_body(request, [_move_test(item, before, integration.version) for item in body])
        return inner(request)


def _move_test(operation: Any, before: int, after: int) -> Any:
    if not isinstance(operation, dict) or operation.get("path") != "/version":
        return operation
    value = operation.get("value")
    return {**operation, "value": after} if type(value) is int and value == before else operation


class RaceOnUpdate(StorageLayer):
    """Writes back the state at the arrival of an update: one of two concurrent updates is undone."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._states: dict[int, Integration] = {}

    def on_request(self, request: MockRequest) -> float:
        address = address_of(request)
        integration = self.find(address) if address.role == "update" else None
        if integration is None:
            return 0.0
        self._states[id(request)] = integration
        return _OVERLAP

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        before, now = self._states.pop(id(request), None), self.find(address_of(request))
        if before is None or now is None or before == now or b"test" in request.body:
            return inner(request)
        self.storage.replace(replace(before, version=now.version))
        return inner(request)


FAULTS = (
    fault(
        "tests-of-keys-ignored", _C, "SP609", "a test of an id or a key is ignored",
        change_bodies(("update",), _drop_test_of_keys),
    ),
    fault(
        "tests-of-links-ignored", _C, "SP609", "a test of all links, or of the status, is ignored",
        change_bodies(("update",), _drop_test_of_links),
    ),
    fault(
        "tests-of-all-ignored", _C, "SP609", "a test of the whole integration is ignored",
        change_bodies(("update",), _drop_test_of_whole),
    ),
    fault(
        "tests-of-host-alone", _C, "SP609", "a test of a Redis config compares its host alone",
        lambda provider: EditOperations(provider, _drop_test_of_host),
    ),
    fault(
        "null-equals-off", _C, "SP609", "a test of a switch that is off for null holds",
        lambda provider: EditOperations(provider, _drop_test_of_off),
    ),
    fault(
        "tests-composed", _C, "SP609", "a test composes characters before it compares names (NFC)",
        lambda provider: EditOperations(provider, _compose_test),
    ),
    fault("tests-compare-text", _C, "SP609", "a test accepts text for a number or a boolean", CompareText),
    fault("tests-ignored", _C, "SP609", "test operations are ignored", lambda _: IgnoreTests()),
    fault(
        "tests-compare-digits", _C, "SP201", "a test for 2.0 fails where the version is 2",
        lambda _: CompareDigits(),
    ),
    fault(
        "first-test-only", _C, "SP609", "of several test operations in a patch only the first counts",
        lambda _: CountTests(0),
    ),
    fault(
        "last-test-only", _C, "SP609", "of several test operations in a patch only the last counts",
        lambda _: CountTests(-1),
    ),
    fault(
        "tests-of-what-was", _C, "SP609", "a test reads the value from before the patch",
        change_bodies(("update",), _test_first),
    ),
    fault(
        "tests-of-a-part", _C, "SP609", "a test of /config holds for a part of its members",
        lambda provider: EditOperations(provider, _drop_partial_test),
    ),
    fault(
        "version-race", "concurrency", "SP612", "two concurrent writers with the same version both succeed",
        RaceOnVersion,
    ),
    fault("update-race", "concurrency", "SP612", "one of two concurrent updates is undone", RaceOnUpdate),
)  # fmt: skip
