"""Provider states: bringing a target into what an interaction takes for granted before its request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any
from urllib.parse import unquote

from storepact.engines.family_rules import ProviderState
from storepact.engines.workspace import Workspace
from storepact.model.api import Api
from storepact.model.case import Auth
from storepact.model.counts import many
from storepact.model.errors import PrerequisiteMissing, SetupFailed
from storepact.model.outcome import Reason
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.pacts import Interaction


@lean_value(frozen=True)
class Setup:
    """What a target was brought into. `auth` None leaves the token to the interaction."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Values for the interaction's paths and bodies, by every name that a pact may use."""
    kind: str | None = None
    identifier: str | None = None
    """The id of the resource that the states are about."""
    is_deleted: bool = False
    auth: Auth | None = None
    is_placed: bool = False
    """Whether a state is about a place on the target, so that the pact's own example is moved there."""


@lean_value(frozen=True)
class StateRequest:
    """One provider state of an interaction, and the resource that its name and parameters ask for."""

    name: str
    state: ProviderState
    kind: str | None
    members: Mapping[str, Json]


def needs_writing(workspace: Workspace, interaction: Interaction) -> bool:
    """Whether a state of the interaction cannot be set up without creating something."""
    states = [workspace.family.state_of(name) for name, _ in interaction.states]
    return any(match is not None and match[0].requires in ("resource", "deleted") for match in states)


def set_up_states(workspace: Workspace, interaction: Interaction) -> Setup:
    """Bring the target into the states of an interaction.

    Raises:
        SetupFailed: a state is not known, or the target does not do its part.
        PrerequisiteMissing: this run lacks what a state needs.

    """
    workspace.pool.clear()  # resources of earlier cases would be listed, too
    api = workspace.family.api
    path_kind = path_values(workspace, interaction).get(api.kind_parameter or "")
    setup = Setup(kind=path_kind)
    for name, parameters in interaction.states:
        setup = _set_up(workspace, _state_request(workspace, name, parameters), setup)
    setup = _aim(setup, interaction, path_kind, api)
    return replace(setup, values=_values(workspace, interaction, setup, path_kind or setup.kind))


def _set_up(workspace: Workspace, request: StateRequest, setup: Setup) -> Setup:
    """Bring about one state after others."""
    state = request.state
    kind = request.kind or setup.kind or workspace.family.kinds[0]
    setup = replace(setup, kind=kind, is_placed=setup.is_placed or bool(state.requires))
    match state.requires:
        case "resource":
            workspace.pool.discard(kind)
            identifier = workspace.pool.borrow(kind, request.members)
            if (
                setup.identifier is not None
                and not setup.is_deleted
                and not workspace.pool.lends(setup.identifier)
            ):
                raise workspace.capacity.missing_room(workspace.scope)
            setup = replace(setup, identifier=identifier, is_deleted=False)
        case "deleted":
            setup = replace(setup, identifier=workspace.pool.borrow_deleted_id(kind), is_deleted=True)
        case "nothing":
            _require_empty_list(workspace)
    if state.auth is not None:
        setup = replace(setup, auth=_require_token(workspace, state.auth, request.name))
    return setup


def _aim(setup: Setup, interaction: Interaction, path_kind: str | None, api: Api) -> Setup:
    """Drop the resource where the interaction asks on purpose for one that does not exist.

    Raises:
        SetupFailed: the states and the path have different kinds, and a success is expected.

    """
    if setup.identifier is None:
        return setup
    if path_kind is not None and path_kind != setup.kind:
        if interaction.status < 400:
            raise SetupFailed(f"its states speak of a {setup.kind} {api.resource}, its path of {path_kind}")
        return replace(setup, identifier=None)
    if not setup.is_deleted and interaction.status == 404:
        return replace(setup, identifier=None)
    return setup


def _values(workspace: Workspace, interaction: Interaction, setup: Setup, kind: str | None) -> dict[str, str]:
    """The value of every path parameter, by its name and by the other names that pacts use.

    Raises:
        SetupFailed: the interaction needs a value that its states do not give.

    """
    family = workspace.family
    path = family.path_values(workspace.scope, kind, setup.identifier)
    values = {name: value for name, value in path.items() if value}
    aliases = family.api.parameter_aliases
    named = {alias: value for name, value in values.items() for alias in (name, *aliases.get(name, ()))}
    missing = _placeholders(interaction) - named.keys()
    if missing:
        raise SetupFailed(
            f"its states give no value for {', '.join(sorted(missing))}; "
            f"known are {', '.join(sorted(values))}"
        )
    return named


def _state_request(workspace: Workspace, name: str, parameters: Mapping[str, Any]) -> StateRequest:
    """What a state's name and parameters ask for.

    Raises:
        SetupFailed: the name or a parameter is not known.

    """
    family, api = workspace.family, workspace.family.api
    match = family.state_of(name)
    if match is None:
        names = ", ".join(f"{state.name!r}" for state in family.states)
        raise SetupFailed(f"the provider state {name!r} is not known; known are {names}")
    state, kind = match
    parameter_kind, members = None, {}
    for word, value in parameters.items():
        parameter = api.parameter_of(word)
        if word in api.state_members:
            members[word] = value
        elif parameter is None:
            raise SetupFailed(
                f"the provider state {name!r} has a parameter {word!r} that is not known; "
                f"known are {', '.join(api.state_parameters)}"
            )
        elif parameter == api.kind_parameter:
            parameter_kind = str(value)
    return StateRequest(name, state, kind or state.kind or parameter_kind, members)


def _require_empty_list(workspace: Workspace) -> None:
    """Make sure that nothing is listed: what others created is left alone.

    Raises:
        PrerequisiteMissing: something is.

    """
    workspace.pool.clear()
    resource = workspace.family.api.resource
    if workspace.worker:
        raise PrerequisiteMissing(
            Reason.SETUP_FAILED,
            f"other workers of this run create {resource}s at the same time; verify with one worker",
        )
    inventory = workspace.inventory
    count = inventory.listing.count()
    if count and not inventory.listing.foreign and inventory.shows_deleted_resources():
        later = workspace.settling.repeat("list", inventory.listing.count, lambda left: left == 0)
        count = count if later is None else later
    if count:
        raise PrerequisiteMissing(
            Reason.SETUP_FAILED,
            f"the target lists {many(count, resource)} that this run did not create: "
            "an empty list cannot be set up",
        )


def _require_token(workspace: Workspace, auth: Auth, name: str) -> Auth:
    """Make sure that this run has a token of this kind.

    Raises:
        PrerequisiteMissing: it has none.

    """
    if workspace.target.credentials.has(auth):
        return auth
    if auth is Auth.READER:
        raise PrerequisiteMissing(Reason.NO_READER_TOKEN)
    raise PrerequisiteMissing(Reason.MOCK_ONLY, f"only a mock can be brought into the state {name!r}")


def path_values(workspace: Workspace, interaction: Interaction) -> dict[str, str]:
    """The values of the path parameters in the interaction's own path, decoded."""
    operation = workspace.document.match(interaction.method, interaction.path)
    match = operation.path_pattern.match(interaction.path) if operation else None
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _placeholders(interaction: Interaction) -> set[str]:
    """The names of values that the interaction's generators take from provider states."""
    generators = json.dumps(
        [interaction.raw.get(side, {}).get("generators") or {} for side in ("request", "response")]
    )
    return set(re.findall(r"\$\{(\w+)\}", generators))
