"""Provider states, brought about on a target: what an interaction takes for granted before it is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from storepact.engines.family import ProviderState
from storepact.engines.workspace import Workspace
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing, SetupFailed
from storepact.model.outcome import Reason
from storepact.pacts import NO_BODY, Interaction
from storepact.pacts.matchers import path_of

#: Members of the integration that a state's parameters may ask for.
_MEMBERS = ("name", "on", "tags", "config")

#: Other words for the values that the target gives, as pacts name them.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "projectKey": ("projectkey", "project", "project_key"),
    "environmentKey": ("environmentkey", "environment", "env", "environment_key"),
    "integrationKey": ("integrationkey", "kind", "type", "integration_key"),
    "integrationId": ("integrationid", "id", "_id", "integration_id", "storeid"),
}
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}


@dataclass(frozen=True)
class Setup:
    """What a target was brought to. `auth` None leaves the token to the interaction."""

    values: Mapping[str, str] = field(default_factory=dict)
    """What the provider gave, for the interaction's paths and bodies."""
    identifier: str | None = None
    gone: bool = False
    auth: Auth | None = None
    placed: bool = False
    """Whether a state speaks of a place on the target, so that the pact's own example is to be moved there."""


def needs_writing(workspace: Workspace, interaction: Interaction) -> bool:
    """Whether its states cannot be arranged without creating something."""
    known = [workspace.family.state_of(name) for name, _ in interaction.states]
    return any(state is not None and state[0].requires in ("integration", "deleted") for state in known)


def set_up_states(workspace: Workspace, interaction: Interaction) -> Setup:
    """Bring the target into the states of an interaction.

    Raises:
        CannotArrange: a state is not known, or the target does not do its part.
        MeansMissing: this run has not what it takes.

    """
    workspace.pool.clear()  # what others have left would stand in the list
    parameters = parameters_of(workspace, interaction)
    kind = parameters.get("integrationKey")
    identifier, gone, auth, placed = None, False, None, False
    for name, params in interaction.states:
        state, told = _known(workspace, name)
        wanted, members = _asked(name, params)
        kind = told or state.kind or wanted or kind or workspace.family.kinds[0]
        placed = placed or bool(state.requires)
        match state.requires:
            case "integration":
                identifier, gone = _living(workspace, kind, members), False
            case "deleted":
                identifier, gone = workspace.pool.borrow_deleted(kind), True
            case "nothing":
                _nothing(workspace)
        if state.auth is not None:
            auth = _given(workspace, state.auth, name)
    named = parameters.get("integrationKey")
    if identifier is not None and named is not None and named != kind:
        if interaction.status < 400:
            raise SetupFailed(f"its states speak of a {kind} integration, its path of {named}")
        identifier = None  # it asks for what is not there on purpose
    if identifier is not None and not gone and interaction.status == 404:
        identifier = None
    kind = named if named is not None else kind
    values = {
        name: value
        for name, value in workspace.family.path_values(workspace.scope, kind, identifier).items()
        if value
    }
    every = {alias: value for name, value in values.items() for alias in (name, *_ALIASES.get(name, ()))}
    missing = _placeholders(interaction) - every.keys()
    if missing:
        raise SetupFailed(
            f"its states give no value for {', '.join(sorted(missing))}; known are {', '.join(sorted(values))}"
        )
    return Setup(every, identifier, gone, auth, placed)


def _known(workspace: Workspace, name: str) -> tuple[ProviderState, str | None]:
    found = workspace.family.state_of(name)
    if found is None:
        known = ", ".join(f"{state.name!r}" for state in workspace.family.states)
        raise SetupFailed(f"nobody knows the provider state {name!r}; known are {known}")
    return found


def _asked(name: str, params: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The kind and the members of the integration that a state's parameters ask for."""
    kind, members = None, {}
    for word, value in params.items():
        meant = _NAMES.get(word.lower())
        if word in _MEMBERS:
            members[word] = value
        elif meant == "integrationKey":
            kind = str(value)
        elif meant is None:
            known = ", ".join((*_MEMBERS, *_ALIASES))
            raise SetupFailed(
                f"the provider state {name!r} has a parameter {word!r} that nobody knows; known are {known}"
            )
    return kind, members


def _living(workspace: Workspace, kind: str, members: Mapping[str, Any]) -> str:
    workspace.pool.discard(kind)
    return workspace.pool.borrow(kind, members)


def _nothing(workspace: Workspace) -> None:
    """Make sure that nothing is listed: what is somebody else's is left alone."""
    workspace.pool.clear()
    if workspace.worker:
        raise PrerequisiteMissing(
            Reason.SETUP_FAILED,
            "other workers of this run make integrations at the same time; verify with one worker",
        )
    left = workspace.inventory.count()
    if left:
        raise PrerequisiteMissing(
            Reason.SETUP_FAILED,
            f"the target lists {left} integration{'s' * (left > 1)} of somebody else: 'none' cannot be arranged",
        )


def _given(workspace: Workspace, auth: Auth, name: str) -> Auth:
    if workspace.target.credentials.has(auth):
        return auth
    if auth is Auth.READER:
        raise PrerequisiteMissing(Reason.NO_READER_TOKEN)
    raise PrerequisiteMissing(Reason.MOCK_ONLY, f"only a mock can be brought into the state {name!r}")


def parameters_of(workspace: Workspace, interaction: Interaction) -> dict[str, str]:
    """The parameters in the example path."""
    operation = workspace.document.match(interaction.method, interaction.path)
    match = operation.path_pattern.match(interaction.path) if operation else None
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _placeholders(interaction: Interaction) -> set[str]:
    generators = json.dumps(
        [interaction.raw.get(side, {}).get("generators") or {} for side in ("request", "response")]
    )
    return set(re.findall(r"\$\{(\w+)\}", generators))


def concrete(workspace: Workspace, interaction: Interaction, state: Setup) -> Mapping[str, Any]:
    """The interaction with its example ids and keys moved to where the target has been arranged.

    A pact with generators does that itself; this is for the others, whose examples stand in paths and bodies.
    """
    raw = _filled(interaction, state.values)
    generators = raw.get("request", {}).get("generators") or {}
    operation = workspace.document.match(interaction.method, interaction.path)
    if operation is None or not state.placed:
        return raw
    old = parameters_of(workspace, interaction)
    new = {name: state.values[name] for name in old if name in state.values and name != "integrationKey"}
    path = operation.path
    for name, value in {**old, **new}.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    moved: dict[str, Any] = json.loads(json.dumps(raw))
    if "path" not in generators:
        moved["request"]["path"] = path
    for side in (moved["request"], moved["response"]):
        if "body" in side:
            side["body"] = _moved(side["body"], old, new, interaction.path, path)
    return moved


def _filled(interaction: Interaction, values: Mapping[str, str]) -> Mapping[str, Any]:
    """The interaction with what its provider states give put into the body that it expects; the verifier leaves that to us."""
    told = (interaction.raw.get("response", {}).get("generators") or {}).get("body") or {}
    places = {
        path_of(place): str(each.get("expression", ""))
        for place, each in told.items()
        if each.get("type") == "ProviderState"
    }
    body = interaction.body("response")
    if not places or body is NO_BODY:
        return interaction.raw
    raw: dict[str, Any] = json.loads(json.dumps(interaction.raw))
    new = _put(body, (), {place: _said(expression, values) for place, expression in places.items()})
    raw["response"]["body"] = (
        {**raw["response"]["body"], "content": new} if interaction.version.startswith("4") else new
    )
    return raw


def _said(expression: str, values: Mapping[str, str]) -> str:
    """An expression with its placeholders filled; a bare name stands for its value."""
    return (
        values[expression]
        if expression in values
        else re.sub(r"\$\{(\w+)\}", lambda match: values[match.group(1)], expression)
    )


def _put(node: Any, path: tuple[str, ...], given: Mapping[tuple[str, ...], str]) -> Any:
    if path in given:
        return given[path]
    if isinstance(node, dict):
        return {name: _put(value, (*path, name), given) for name, value in node.items()}
    return [_put(value, (*path, "*"), given) for value in node] if isinstance(node, list) else node


def _moved(node: Any, old: Mapping[str, str], new: Mapping[str, str], path: str, place: str) -> Any:
    """Examples that repeat a key, an id or the path of the request."""
    if isinstance(node, dict):
        return {
            name: new.get(name, value)
            if name in old and value == old[name]
            else _moved(value, old, new, path, place)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_moved(each, old, new, path, place) for each in node]
    return _moved_text(node, old, new, path, place) if isinstance(node, str) else node


def _moved_text(text: str, old: Mapping[str, str], new: Mapping[str, str], path: str, place: str) -> str:
    identifier = old.get("integrationId", "")
    if "integrationId" in new and identifier:
        if text == identifier:
            return new["integrationId"]
        if len(identifier) >= _TELLING:
            text = text.replace(identifier, new["integrationId"])
    text = text.replace(path, place)
    if not text.startswith("/"):
        return text
    keys = {old[name]: new[name] for name in new if name != "integrationId"}
    return "/".join(keys.get(segment, segment) for segment in text.split("/"))


#: A text of this length does not turn up by chance.
_TELLING = 8
