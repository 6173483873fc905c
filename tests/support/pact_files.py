"""Pacts as tests write them: one interaction, in the form of any specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from storepact.pacts import Interaction, load_contract

BASE = "/api/v2/integration-capabilities/big-segment-store"
REDIS = f"{BASE}/default/test/redis"
ONE = f"{REDIS}/5f0a1b2c3d4e5f6a7b8c9d0e"
HEADERS = {"Authorization": "api-of-a-test", "LD-API-Version": "beta"}
NOTHING: Any = object()


def interaction(
    method: str = "GET",
    path: str = ONE,
    *,
    version: str = "4.0",
    status: int = 200,
    description: str = "asks",
    states: tuple[Any, ...] = ("a redis integration exists",),
    headers: dict[str, str] | None = None,
    sent: Any = NOTHING,
    body: Any = NOTHING,
    rules: dict[str, Any] | None = None,
    answered: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One interaction. `rules` are of the answer's body: a path expression → one matcher."""
    new = version.startswith("4")
    wrap = (
        (lambda value: {"content": value, "contentType": "application/json", "encoded": False})
        if new
        else (lambda value: value)
    )
    request: dict[str, Any] = {
        "method": method,
        "path": path,
        "headers": HEADERS if headers is None else headers,
    }
    response: dict[str, Any] = {"status": status}
    if sent is not NOTHING:
        request["body"] = wrap(sent)
        request["headers"] = {**request["headers"], "Content-Type": "application/json"}
    if body is not NOTHING:
        response["body"] = wrap(body)
    if answered:
        response["headers"] = answered
    if rules:
        flat = {f"$.body{place.removeprefix('$')}": rule for place, rule in rules.items()}
        nested = {"body": {place: {"matchers": [rule], "combine": "AND"} for place, rule in rules.items()}}
        response["matchingRules"] = flat if version.startswith("2") else nested
    told: dict[str, Any] = {"description": description, "request": request, "response": response, **more}
    if new:
        told["type"] = "Synchronous/HTTP"
    if version.startswith("2"):
        told.update({"providerState": states[0]} if states else {})
    else:
        told["providerStates"] = [state if isinstance(state, dict) else {"name": state} for state in states]
    return told


def written(
    path: Path,
    *interactions: dict[str, Any],
    version: str = "4.0",
    consumer: str = "somebody",
    provider: str = "persistent-store-integrations",
) -> Path:
    """A pact file."""
    document = {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def loaded(tmp_path: Path, *args: Any, version: str = "4.0", **how: Any) -> Interaction:
    """An interaction as it is after loading."""
    return load_contract(
        written(tmp_path / "one.json", interaction(*args, version=version, **how), version=version)
    ).interactions[0]
