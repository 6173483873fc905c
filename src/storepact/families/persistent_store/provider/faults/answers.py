"""Faults of single answers: form, status, errors, headers, links."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    EVERY,
    Item,
    Maker,
    body_of,
    fault,
    on_answers,
    on_calls,
    on_items,
    on_refusals,
    on_success,
)
from storepact.mock.call import MockRefusal, MockRequest, MockResponse

_SHOWING = ("list", "create", "get", "update")


def _set(*path: str, to: Any) -> Callable[[Item], None]:
    def bend(item: Item) -> None:
        for name in path[:-1]:
            item = item.get(name, {})
        if path[-1] in item:
            item[path[-1]] = to(item[path[-1]]) if callable(to) else to

    return bend


def _drop(*path: str) -> Callable[[Item], None]:
    def bend(item: Item) -> None:
        for name in path[:-1]:
            item = item.get(name, {})
        item.pop(path[-1], None)

    return bend


def _rename(old: str, new: str) -> Callable[[Item], None]:
    def bend(item: Item) -> None:
        if old in item:
            item[new] = item.pop(old)

    return bend


def _role_name(item: Item) -> None:
    for entry in (*item.get("_access", {}).get("allowed", ()), *item.get("_access", {}).get("denied", ())):
        if "role_name" in entry["reason"]:
            entry["reason"]["roleName"] = entry["reason"].pop("role_name")


def _no_tags_null(item: Item) -> None:
    item["tags"] = item["tags"] or None


def _answered(status: int, body: Any = None) -> Callable[[MockRequest, MockResponse], MockResponse]:
    return lambda call, answer: replace(answer, status=status, body=body if body is not None else answer.body)


def _of_dynamodb(
    bend: Callable[[MockRequest, MockResponse], MockResponse],
) -> Callable[[MockRequest, MockResponse], MockResponse]:
    return lambda call, answer: bend(call, answer) if "/dynamodb" in call.path else answer


def _error(status: int, code: str, message: str) -> MockResponse:
    return MockRefusal(status, code, message).answer()


def _said(**members: Any) -> Callable[[MockRequest, MockResponse], MockResponse]:
    return lambda call, answer: replace(
        answer, body={**answer.body, **members} if isinstance(answer.body, dict) else answer.body
    )


def _headers(**headers: str) -> Callable[[MockRequest, MockResponse], MockResponse]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call, answer: replace(answer, headers={**answer.headers, **named})


def _crash(when: Callable[[MockRequest], bool], roles: tuple[str, ...]) -> Maker:
    failed = _error(500, "internal_error", "something went wrong")
    return on_calls(roles, lambda call: failed if when(call) else call)


def _is_cut_off(call: MockRequest) -> bool:
    return bool(call.body) and body_of(call) is None


def _put_is_patch() -> Maker:
    def bent(call: MockRequest, answer: MockResponse) -> MockResponse:
        return MockResponse(204) if call.method == "PUT" and answer.status in (404, 405) else answer

    return on_answers((), bent)


def _reset_in_seconds(call: MockRequest, answer: MockResponse) -> MockResponse:
    until = str(int(time.time()) // 10 * 10 + 10)
    more = {
        "X-Ratelimit-Route-Limit": "1000",
        "X-Ratelimit-Route-Remaining": "999",
        "X-Ratelimit-Reset": until,
    }
    return replace(answer, headers={**answer.headers, **more})


def _remaining_grows() -> Maker:
    seen = [0]

    def bent(call: MockRequest, answer: MockResponse) -> MockResponse:
        seen[0] += 1
        until = str((int(time.time()) // 10 * 10 + 10) * 1000)
        more = {
            "X-Ratelimit-Route-Limit": "50",
            "X-Ratelimit-Route-Remaining": str(50 + seen[0]),
            "X-Ratelimit-Reset": until,
        }
        return replace(answer, headers={**answer.headers, **more})

    return on_answers(EVERY, bent)


def _without_limit_headers(call: MockRequest, answer: MockResponse) -> MockResponse:
    kept = {
        name: value
        for name, value in answer.headers.items()
        if not name.lower().startswith(("x-ratelimit", "retry-after"))
    }
    return replace(answer, headers=kept)


_ORIGIN = "Access-Control-Allow-Origin"


def _one_origin(call: MockRequest, answer: MockResponse) -> MockResponse:
    told = {_ORIGIN: "https://app.launchdarkly.com"} if _ORIGIN in answer.headers else {}
    return replace(answer, headers={**answer.headers, **told})


def _no_origin(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, headers={name: value for name, value in answer.headers.items() if name != _ORIGIN})


def _without_code(call: MockRequest, answer: MockResponse) -> MockResponse:
    return (
        replace(answer, body={"message": answer.body["message"]}) if isinstance(answer.body, dict) else answer
    )


def _wrapped_error(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, body={"error": answer.body})


def _bare_list(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, body=answer.body["items"])


def _plain(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, headers={**answer.headers, "Content-Type": "text/plain"})


def _wrong_self(item: Item) -> None:
    item["_links"]["self"]["href"] = (
        item["_links"]["self"]["href"].rsplit("/", 1)[0] + "/" + item["_id"][::-1]
    )


def _self_elsewhere(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = link["href"].replace(f"/{item['environmentKey']}/", "/production/")


def _absolute(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = f"https://app.launchdarkly.com{link['href']}"


def _parent_gone(item: Item) -> None:
    item["_links"]["parent"]["href"] += "s"


def _environment_gone(item: Item) -> None:
    link = item["_links"]["environment"]
    link["href"] = link["href"].replace("/environments/", "/envs/")


def _located_wrongly(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, headers={**answer.headers, "Location": answer.body["_links"]["parent"]["href"]})


def _reader_may_delete(call: MockRequest, answer: MockResponse) -> MockResponse:
    body = json.loads(json.dumps(answer.body))
    access = body.get("_access") if isinstance(body, dict) else None
    if access and access["denied"]:
        allowed = [
            {"action": each["action"], "reason": {**each["reason"], "effect": "allow"}}
            for each in access["denied"]
        ]
        body["_access"] = {"denied": [], "allowed": access["allowed"] + allowed}
    return replace(answer, body=body)


_S, _C, _E, _H, _L = "response schema", "status codes", "error bodies", "headers", "links"

FAULTS = (
    fault("last-sync-as-string", _S, "SP104", "lastSync is a string of digits", on_items(_SHOWING, _set("_status", "lastSync", to=str))),
    fault(
        "last-sync-in-seconds", _S, "SP104", "lastSync is in seconds",
        on_items(_SHOWING, _set("_status", "lastSync", to=lambda value: value // 1000)),
    ),
    fault("create-without-id", _S, "SP104", "the answer to a create lacks _id", on_items(("create",), _drop("_id"))),
    fault("version-as-string", _S, "SP104", "version is a string", on_items(("get",), _set("version", to=str))),
    fault("no-tags-as-null", _S, "SP104", "an empty array of tags is null", on_items(_SHOWING, _no_tags_null)),
    fault("port-as-number", _S, "SP104", "config.port is read as a number", on_items(("get",), _set("config", "port", to=int))),
    fault("get-without-config", _S, "SP104", "an integration read by id lacks config", on_items(("get",), _drop("config"))),
    fault("status-null", _S, "SP104", "_status is null until the first sync", on_items(("create",), _set("_status", to=None))),
    fault("list-as-array", _S, "SP104", "the list is a bare array", on_success(("list",), _bare_list)),
    fault("on-as-string", _S, "SP104", "the list shows on as a string", on_items(("list",), _set("on", to=lambda on: str(on).lower()))),
    fault("project-key-renamed", _S, "SP104", "projectKey is called project", on_items(("get",), _rename("projectKey", "project"))),
    fault("kind-capitalised", _S, "SP104", "integrationKey is Redis", on_items(_SHOWING, _set("integrationKey", to=str.capitalize))),
    fault("access-without-denied", _S, "SP104", "_access lacks denied", on_items(("get",), _drop("_access", "denied"))),
    fault("tls-as-string", _S, "SP104", "config.tlsEnabled is a string", on_items(("get",), _set("config", "tlsEnabled", to=str))),
    fault("maintainer-added", _S, "SP105", "a member _maintainer is new", on_items(_SHOWING, lambda item: item.update(_maintainer="x"))),
    fault("role-name-camel", _S, "SP105", "role_name is called roleName", on_items(_SHOWING, _role_name)),
    fault("create-answers-nothing", _S, "SP106", "the answer to a create is empty", on_success(("create",), lambda _, a: replace(a, body=None))),
    fault("create-200", _C, "SP102", "a create answers 200", on_success(("create",), _answered(200))),
    fault("create-202-for-dynamodb", _C, "SP102", "a create of a DynamoDB store answers 202", on_success(("create",), _of_dynamodb(_answered(202)))),
    fault("delete-200", _C, "SP102", "a delete answers 200 with a body", on_success(("delete",), _answered(200, {"deleted": True}))),
    fault("delete-202", _C, "SP102", "a delete answers 202", on_success(("delete",), _answered(202, {}))),
    fault("update-204", _C, "SP102", "an update answers 204", on_success(("update",), lambda _, a: MockResponse(204))),
    fault(
        "unknown-id-403", _C, "SP207", "an id that does not exist answers 403",
        on_answers(("get",), lambda _, a: _error(403, "forbidden", "no") if a.status == 404 else a),
    ),
    fault(
        "unknown-project-400", _C, "SP207", "a project that does not exist answers 400 on create",
        on_answers(("create",), lambda _, a: _error(400, "invalid_request", "no such project") if a.status == 404 else a),
    ),
    fault(
        "no-token-403", _C, "SP207", "a missing token answers 403",
        on_refusals((401,), lambda _, a: _error(403, "forbidden", "no token")),
    ),
    fault(
        "unknown-environment-500", _C, "SP101", "an environment that does not exist crashes a create",
        on_answers(("create",), lambda _, a: _error(500, "internal_error", "oops") if a.status == 404 else a),
    ),
    fault("cut-off-body-500", _C, "SP101", "a body that is cut off crashes", _crash(_is_cut_off, ("create", "update"))),
    fault(
        "senseless-patch-500", _C, "SP101", "a patch that makes no sense crashes",
        on_answers(("update",), lambda _, a: _error(500, "internal_error", "oops") if a.status == 422 else a),
    ),
    fault(
        "failed-test-412", _C, "SP207", "a test that does not hold answers 412",
        on_answers(("update",), lambda _, a: _error(412, "precondition_failed", "no") if a.status == 409 else a),
    ),
    fault("put-accepted", _C, "SP206", "PUT is answered as if it did something", _put_is_patch()),
    fault("error-as-text", _E, "SP103", "errors are plain text", on_refusals((), _plain)),
    fault("error-without-code", _E, "SP104", "errors lack code", on_refusals((400,), _without_code)),
    fault("error-wrapped", _E, "SP104", "errors are wrapped in a member error", on_refusals((404,), _wrapped_error)),
    fault("error-code-wrong", _E, "SP109", "a 404 says rate_limited", on_refusals((404,), _said(code="rate_limited"))),
    fault(
        "error-with-trace", _E, "SP110", "an error shows a stack trace",
        on_refusals((400,), _said(message='Traceback (most recent call last):\n  File "store.py", line 12')),
    ),
    fault(
        "error-with-sql", _E, "SP110", "an error shows SQL",
        on_refusals((404,), _said(message="SELECT id, body FROM integrations WHERE id = $1: no rows")),
    ),
    fault("error-without-body", _E, "SP106", "a 403 has no body", on_refusals((403,), lambda _, a: replace(a, body=None))),
    fault("error-with-hint", _E, "SP105", "errors have a new member hint", on_refusals((403,), _said(hint="ask an admin"))),
    fault("list-as-html", _H, "SP103", "the list is declared as text/html", on_success(("list",), _headers(Content_Type="text/html"))),
    fault("dynamodb-as-text", _H, "SP103", "a DynamoDB store is declared as text/plain", on_success(("get",), _of_dynamodb(_plain))),
    fault("allow-wrong", _H, "SP108", "405 allows the refused verb only", on_refusals((405,), _headers(Allow="PUT"))),
    fault("origin-fixed", _H, "SP113", "any browser is told that another site may ask", on_answers((), _one_origin)),
    fault("origin-forgotten-in-errors", _H, "SP113", "refusals do not tell browsers that they may read them", on_refusals((), _no_origin)),
    fault("reset-in-seconds", _H, "SP107", "X-Ratelimit-Reset is in seconds", on_answers(EVERY, _reset_in_seconds)),
    fault("silent-429", _H, "SP111", "a 429 does not say which limit was hit", on_refusals((429,), _without_limit_headers)),
    fault("remaining-grows", "limits", "SP112", "more calls remain than the limit allows", _remaining_grows()),
    fault("self-link-broken", _L, "SP608", "the self link leads nowhere", on_items(("get",), _wrong_self)),
    fault("self-link-elsewhere", _L, "SP608", "the self link names another environment", on_items(_SHOWING, _self_elsewhere)),
    fault("self-link-absolute", _L, "SP104", "the self link has a host", on_items(_SHOWING, _absolute)),
    fault("parent-link-broken", _L, "SP608", "the parent link leads nowhere", on_items(_SHOWING, _parent_gone)),
    fault("environment-link-broken", _L, "SP608", "the environment link leads nowhere", on_items(("get", "create"), _environment_gone)),
    fault("location-elsewhere", _L, "SP608", "Location leads to the collection", on_success(("create",), _located_wrongly)),
    fault("access-too-generous", _L, "SP303", "_access tells a reader that it may delete", on_success(("get",), _reader_may_delete)),
)  # fmt: skip
