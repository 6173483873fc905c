"""Pacts as tests write them: one interaction, in the form of any specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from storepact.pacts import Interaction, load_contract

BASE = "/api/v2/integration-capabilities/big-segment-store"
REDIS = f"{BASE}/default/test/redis"
INTEGRATION = f"{REDIS}/5f0a1b2c3d4e5f6a7b8c9d0e"
HEADERS = {"Authorization": "api-of-a-test", "LD-API-Version": "beta"}
NO_BODY: Any = object()


def interaction(
    method: str = "GET",
    path: str = INTEGRATION,
    *,
    version: str = "4.0",
    status: int = 200,
    description: str = "asks",
    states: tuple[Any, ...] = ("a redis integration exists",),
    headers: dict[str, str] | None = None,
    sent: Any = NO_BODY,
    body: Any = NO_BODY,
    rules: dict[str, Any] | None = None,
    answered: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One interaction: `sent` is the request's body, `body` and `answered` the response's body and headers.

    `rules` are of the response's body: a path expression → one matcher.
    """
    request: dict[str, Any] = {
        "method": method,
        "path": path,
        "headers": HEADERS if headers is None else headers,
    }
    response: dict[str, Any] = {"status": status}
    if sent is not NO_BODY:
        request["body"] = _body(sent, version)
        request["headers"] = {**request["headers"], "Content-Type": "application/json"}
    if body is not NO_BODY:
        response["body"] = _body(body, version)
    if answered:
        response["headers"] = answered
    if rules:
        response["matchingRules"] = _matching_rules(rules, version)
    result = {"description": description, "request": request, "response": response, **more}
    if version.startswith("4"):
        result["type"] = "Synchronous/HTTP"
    if version.startswith("2"):
        result.update({"providerState": states[0]} if states else {})
    else:
        result["providerStates"] = [state if isinstance(state, dict) else {"name": state} for state in states]
    return result


def _body(value: Any, version: str) -> Any:
    if not version.startswith("4"):
        return value
    return {"content": value, "contentType": "application/json", "encoded": False}


def _matching_rules(rules: dict[str, Any], version: str) -> dict[str, Any]:
    if version.startswith("2"):
        return {f"$.body{path.removeprefix('$')}": rule for path, rule in rules.items()}
    return {"body": {path: {"matchers": [rule], "combine": "AND"} for path, rule in rules.items()}}


def write_pact(
    path: Path,
    *interactions: dict[str, Any],
    version: str = "4.0",
    consumer: str = "somebody",
    provider: str = "persistent-store-integrations",
) -> Path:
    """Write a pact file; return its path."""
    document = {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def load_interaction(folder: Path, *args: Any, version: str = "4.0", **options: Any) -> Interaction:
    """An interaction as it is after it was written and loaded."""
    raw = interaction(*args, version=version, **options)
    return load_contract(write_pact(folder / "one.json", raw, version=version)).interactions[0]
