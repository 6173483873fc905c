"""Faults of status codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.faults.layers import (
    ResponseEdit,
    body_of,
    change_refusals,
    change_requests,
    change_responses,
    change_successes,
    error_response,
    fault,
    for_dynamodb,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "status codes"
_CRASH = error_response(500, "internal_error", "something went wrong")


def _set_status(status: int, body: Any = None) -> ResponseEdit:
    """Replace the status, and the body unless it is None."""
    return lambda _, response: replace(response, status=status, body=response.body if body is None else body)


def _replace_status(old: int, status: int, code: str, message: str) -> ResponseEdit:
    """Replace responses of one status by another error."""
    error = error_response(status, code, message)
    return lambda _, response: error if response.status == old else response


def _miss_nothing(request: MockRequest, response: MockResponse) -> MockResponse:
    return response if response.body["items"] else error_response(404, "not_found", "no integrations")


def _without_body(request: MockRequest, response: MockResponse) -> MockResponse:
    return MockResponse(204)


def _crash_on_broken_json(request: MockRequest) -> MockRequest | MockResponse:
    return _CRASH if request.body and body_of(request) is None else request


def _ignore_verb(request: MockRequest, response: MockResponse) -> MockResponse:
    if request.method != "PUT" or response.status not in (404, 405):
        return response
    return replace(response, status=204, body=None)


def _list_at_creates(request: MockRequest) -> MockRequest:
    keys = [part for part in request.path.removeprefix(BASE).split("/") if part]
    if request.method == "GET" and request.path.startswith(BASE) and len(keys) == 3:
        return replace(request, path=BASE, parameters={})
    return request


def _create_at_item(request: MockRequest) -> MockRequest:
    """Take a POST to the path of an integration for a create."""
    is_item = request.method == "POST" and request.path.count("/") == BASE.count("/") + 4
    return replace(request, path=request.path.rpartition("/")[0]) if is_item else request


def _update_by_put(request: MockRequest) -> MockRequest:
    return replace(request, method="PATCH") if request.method == "PUT" else request


FAULTS = (
    fault(
        "create-200", _C, "SP102", "a create responds 200",
        change_successes(("create",), _set_status(200)),
    ),
    fault(
        "empty-list-404", _C, "SP201", "a list of nothing responds 404",
        change_successes(("list",), _miss_nothing),
    ),
    fault(
        "create-202-for-dynamodb", _C, "SP102", "a create of a DynamoDB store responds 202",
        change_successes(("create",), for_dynamodb(_set_status(202))),
    ),
    fault(
        "delete-200", _C, "SP102", "a delete responds 200 with a body",
        change_successes(("delete",), _set_status(200, {"deleted": True})),
    ),
    fault(
        "delete-202", _C, "SP102", "a delete responds 202",
        change_successes(("delete",), _set_status(202, {})),
    ),
    fault("update-204", _C, "SP102", "an update responds 204", change_successes(("update",), _without_body)),
    fault(
        "unknown-id-403", _C, "SP207", "a get of an id that does not exist responds 403",
        change_responses(("get",), _replace_status(404, 403, "forbidden", "no")),
    ),
    fault(
        "unknown-project-400", _C, "SP207", "a create in a project that does not exist responds 400",
        change_responses(("create",), _replace_status(404, 400, "invalid_request", "no such project")),
    ),
    fault(
        "no-token-403", _C, "SP207", "a request without a token gets 403",
        change_refusals((401,), _replace_status(401, 403, "forbidden", "no token")),
    ),
    fault(
        "unknown-environment-500", _C, "SP101", "a create in an environment that does not exist gets 500",
        change_responses(("create",), _replace_status(404, 500, "internal_error", "oops")),
    ),
    fault(
        "cut-off-body-500", _C, "SP101", "a body that is cut off gets 500",
        change_requests(("create", "update"), _crash_on_broken_json),
    ),
    fault(
        "senseless-patch-500", _C, "SP101", "a patch that cannot be applied gets 500",
        change_responses(("update",), _replace_status(422, 500, "internal_error", "oops")),
    ),
    fault(
        "failed-test-412", _C, "SP207", "a failed test operation gets 412",
        change_responses(("update",), _replace_status(409, 412, "precondition_failed", "no")),
    ),
    fault(
        "list-at-creates", _C, "SP206", "a GET of the path of creates responds 200 with the list",
        change_requests(("",), _list_at_creates),
    ),
    fault(
        "post-of-an-id-creates", _C, "SP206", "a POST to the path of an integration creates another one",
        change_requests(("",), _create_at_item),
    ),
    fault(
        "put-updates", _C, "SP206", "a PUT of a patch updates an integration",
        change_requests(("",), _update_by_put),
    ),
    fault(
        "put-accepted", _C, "SP206", "a PUT responds 204 and does nothing",
        change_responses((), _ignore_verb),
    ),
)  # fmt: skip
