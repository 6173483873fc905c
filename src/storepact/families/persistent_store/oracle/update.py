"""Predict an update: whether its patch can be applied, and the integration after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from storepact.engines.oracle import Action
from storepact.families.persistent_store.api import environment_of, project_of
from storepact.families.persistent_store.oracle.config_members import (
    DEFAULTS,
    SECRET,
    are_equivalent,
    kept_members,
    kept_tags,
)
from storepact.families.persistent_store.oracle.json_patch import (
    Document,
    FailedTest,
    Inapplicable,
    Merging,
    Unpredictable,
    apply_patch,
)
from storepact.families.persistent_store.oracle.world import UNKNOWN, Integration, Secret
from storepact.model.expectation import Flaw
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value

_UNEDITABLE = frozenset({400, 403, 405, 409, 422})
_FAILED_TEST = frozenset({400, 409, 422})

#: The members that a client writes.
WRITABLE = ("config", "on", "name", "tags")


@lean_value(frozen=True)
class Outcome:
    """An integration after a success.

    `increments` is by how much an accepted update may raise the version: (1,), or (0, 1) where it may change
    nothing.
    """

    after: Integration
    increments: tuple[int, ...] = (1,)


def operations_of(body: Json) -> list[Json] | None:
    """The operations of an update's body, with or without a comment beside them; None if it holds no list."""
    patch = body.get("patch") if isinstance(body, Mapping) else body
    return patch if isinstance(patch, list) else None


def _is_operation(operation: Json) -> bool:
    return isinstance(operation, Mapping) and "op" in operation and "path" in operation


def predict_update(integration: Integration, action: Action) -> tuple[list[Flaw], tuple[Outcome, ...]]:
    """The flaws of an update, and what it may lead to: nothing if that is unknown, or it must be refused."""
    operations = operations_of(action.body)
    if operations is None or not all(map(_is_operation, operations)):
        return [], ()
    ways = Merging if any(map(_is_about_tags, operations)) else (Merging.NEVER,)
    flaws, outcomes = list[Flaw | None](), list[Outcome]()
    for merging in ways:
        flaw, result = _patch(integration, operations, merging)
        flaws.append(flaw)
        if result is not None:
            after, increments = _predict_update(integration, result, action)
            if after is not None and Outcome(after, increments) not in outcomes:
                outcomes.append(Outcome(after, increments))
    certain = [flaw for flaw in flaws if flaw is not None]
    if certain and None in flaws:  # whether it can be applied depends on the merging of equal tags (D13)
        certain = [replace(flaw, certain=False) for flaw in certain]
    untested = [] if certain else list(_find_untested_paths(operations))
    return [*dict.fromkeys(certain), *untested], tuple(outcomes)


def _find_untested_paths(operations: Sequence[Mapping[str, Json]]) -> Iterator[Flaw]:
    if any(operation["op"] == "test" and operation["path"] != "/version" for operation in operations):
        why = "whether other paths than /version may be tested is not documented (D21)"
        yield Flaw(why, _FAILED_TEST, certain=False, rule="test")


def _is_about_tags(operation: Mapping[str, Json]) -> bool:
    pointers = (operation.get("path"), operation.get("from"))
    return any(isinstance(pointer, str) and pointer.startswith("/tags") for pointer in pointers)


def _patch(
    integration: Integration, operations: list[Json], merging: Merging
) -> tuple[Flaw | None, Mapping[str, Json] | None]:
    """Why a patch must be refused, or what it makes of the integration; neither if that is unknown."""
    members = {
        "config": dict(integration.config),
        "on": integration.on,
        "name": integration.name,
        "tags": list(integration.tags),
        "version": integration.version,
        "_id": integration.id,
        "projectKey": project_of(integration.scope),
        "environmentKey": environment_of(integration.scope),
        "integrationKey": integration.kind,
        "_links": UNKNOWN,
        "_status": UNKNOWN,
        "_access": UNKNOWN,
    }
    hidden = DEFAULTS[integration.kind].keys() - integration.config.keys() - integration.absent
    uncertain = frozenset(f"/config/{name}" for name in hidden)
    try:
        return None, apply_patch(Document(members, UNKNOWN, uncertain), operations, merging)
    except FailedTest as failed:
        return Flaw(
            f"the test does not hold: {failed}",
            _FAILED_TEST,
            rule="precondition",
            accepted=FlawKind.ACCEPTED_FAILED_TEST,
            members=(failed.path,),
        ), None
    except Inapplicable as error:
        return Flaw(
            f"the patch cannot be applied: {error}",
            _UNEDITABLE,
            rule="patch target",
            accepted=FlawKind.ACCEPTED_INAPPLICABLE,
            members=(error.path,),
        ), None
    except (Unpredictable, KeyError, TypeError, ValueError):
        return None, None


def _predict_update(
    integration: Integration, result: Mapping[str, Json], action: Action
) -> tuple[Integration | None, tuple[int, ...]]:
    """The integration after an accepted patch, and the possible increments of its version."""
    if not isinstance(result.get("config", {}), Mapping) or not isinstance(result.get("tags", []), list):
        return None, (0, 1)
    config = dict(result.get("config") or {})
    unchanged = {name: value for name, value in config.items() if isinstance(value, Secret)}
    written = {name: value for name, value in config.items() if name not in unchanged}
    config = {**kept_members(written, integration.kind, integration.config, action.number), **unchanged}
    after = integration.with_(
        config=config,
        on=_given(result, "on", False),
        name=_given(result, "name", UNKNOWN),
        tags=kept_tags(result.get("tags") or ()),
    )
    increments = (1,) if _has_effect(integration, after) else (0, 1)
    keeps_secret = SECRET in config and integration.config.get(SECRET) == config.get(SECRET)
    return after.with_(
        unconfirmed=_changed_members(integration, after),
        previous=integration.with_(previous=None),
        secret_forms=integration.secret_forms if keeps_secret else {},
        provider_values=integration.provider_values if config == integration.config else {},
        absent=integration.absent if config == integration.config else frozenset(),
        defaulted=frozenset(
            name
            for name, value in config.items()
            if value == DEFAULTS[integration.kind].get(name)
            and (name not in integration.config or name in integration.defaulted)
        ),
    ), increments


def _given(members: Mapping[str, Json], name: str, absent: Any) -> Any:
    """A member, or what stands for it where it is absent; null is absent where it is accepted (D23)."""
    value = members.get(name)
    return absent if value is None else value


def _has_effect(before: Integration, after: Integration) -> bool:
    """Whether an update certainly changes something, so that the version must rise (D17)."""
    pairs = [(before.on, after.on), (before.name, after.name), (before.tags, after.tags)]
    changed = any(old != new for old, new in pairs if old is not UNKNOWN and new is not UNKNOWN)
    return changed or are_equivalent(before.config, after.config, before.kind) is False


def _changed_members(before: Integration, after: Integration) -> frozenset[str]:
    changed = {name for name in WRITABLE[1:] if getattr(before, name) != getattr(after, name)}
    names = after.config.keys() | before.config.keys()
    changed |= {f"config/{name}" for name in names if after.config.get(name) != before.config.get(name)}
    return frozenset(changed)
