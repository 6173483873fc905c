"""Provider states by name, and what each needs on the target."""

from __future__ import annotations

from storepact.family import State

STATES: dict[str, State] = {
    state.name: state
    for state in (
        State("an environment exists"),
        State("a redis integration exists", {"integration": "redis"}),
        State("a dynamodb integration exists", {"integration": "dynamodb"}),
        State("a redis integration was deleted", {"deleted": "redis"}),
    )
}
