"""The steps of scenarios and journeys: create, read, list, patch and delete an integration, each in one line.

A text `does` says what a step does, for the reader; `{resource}` in it stands for the integration's letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Headers, Resource, Step
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.bodies import ordinary_body
from storepact.families.persistent_store.edge_values import OMIT
from storepact.model.api import Scope
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.form import Redacted
from storepact.model.outcome import Reason
from storepact.model.tree import Json

VERSION_HEADER = "LD-API-Version"

#: The origin of a browser.
ORIGIN = "https://storepact.example.com"

#: What distinguishes clients, and must not decide what a list shows.
FROM_ELSEWHERE: Headers = (("Origin", ORIGIN), ("Accept-Encoding", "gzip"))


def create_body(
    story: Story, kind: str, mark: str, config: Mapping[str, Json] | None = None, **members: Json
) -> dict[str, Json]:
    """The body of a create that every provider accepts, with a new password and without `OMIT`ted members."""
    ordinary = ordinary_body(kind, mark)
    if kind == "redis":
        own = {"host": f"{mark}.example.com", "password": story.new_secret()}
    else:
        own = {"tableName": mark}
    whole_config = {**ordinary["config"], **own, **(config or {})}
    whole = {**ordinary, "name": "ordinary", "config": strip_omissions(whole_config), **members}
    return strip_omissions(whole)


def strip_omissions(members: Mapping[str, Json]) -> dict[str, Json]:
    """The members that are not `OMIT`."""
    return {name: value for name, value in members.items() if value is not OMIT}


def ordinary_config(story: Story, kind: str) -> dict[str, Json]:
    """The config of a create that every provider accepts, with a new password."""
    return dict(create_body(story, kind, story.new_mark())["config"])


def config_as_read(exchange: Exchange) -> dict[str, Json]:
    """The config of a response, ready to be written back: secrets as they were shown.

    Raises:
        PrerequisiteMissing: the response shows none.

    """
    body = exchange.response.json
    config = body.get("config") if isinstance(body, Mapping) else None
    if not isinstance(config, Mapping):
        message = "the response shows no config that could be written back"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
    forms = {pointer.rpartition("/")[2]: form for pointer, form in exchange.forms if form}
    return {name: Redacted(forms[name]) if name in forms else value for name, value in config.items()}


def prepare_create(
    story: Story,
    kind: str = "redis",
    *,
    does: str = "",
    scope: Scope | None = None,
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    config: Mapping[str, Json] | None = None,
    **members: Json,
) -> Step:
    """A create that is not sent yet."""
    mark = story.new_mark()
    target = scope or story.scope
    place = "" if target == story.scope else f" in {target}"
    body = create_body(story, kind, mark, config, **members)
    does = does or f"create a {kind} integration{place}"
    return Step(does, "create", target, kind, body=body, auth=auth, headers=headers, mark=mark)


def create(story: Story, kind: str = "redis", **options: Any) -> Resource:
    """Create an integration, with the options of `prepare_create`.

    Raises:
        PrerequisiteMissing: the provider allows no further one there, as it may (D19).
        StoryEnded: it is refused, or its id cannot be found.

    """
    return send_create(story, prepare_create(story, kind, **options))


def send_create(story: Story, step: Step) -> Resource:
    """Send a create that must be accepted, or have no room; raises as `create`."""
    count, findings = len(story.resources), len(story.findings)
    exchange = story.send(step)
    if len(story.findings) == findings and story.is_full(exchange):
        raise story.missing_room(step.scope)
    if len(story.findings) == findings and exchange.response.status == 409:
        message = f"the provider allows no further {step.kind} integration in {step.scope}, as it may (D19)"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
    if len(story.resources) == count:
        raise StoryEnded
    return story.resources[-1]


def try_create(story: Story, kind: str = "redis", **options: Any) -> Resource | None:
    """Create an integration that the provider may refuse; None if it does."""
    count = len(story.resources)
    story.send(prepare_create(story, kind, **options))
    return story.resources[-1] if len(story.resources) > count else None


def create_sibling(story: Story, sibling: Resource, **options: Any) -> Resource:
    """Create another integration, of the same kind in the same scope or as near to it as the provider allows.

    Raises:
        PrerequisiteMissing: the provider allows none.

    """
    candidates = [
        (sibling.kind, sibling.scope),
        (other_kind(sibling.kind), sibling.scope),
        *((sibling.kind, scope) for scope in story.scopes[1:]),
    ]
    for kind, scope in candidates:
        integration = try_create(story, kind, scope=scope, **options)
        if integration is not None:
            return integration
    raise one_per_environment(", and the run has no second scope")


def one_per_environment(addition: str = "") -> PrerequisiteMissing:
    """The error that the provider allows a single integration in an environment."""
    message = f"the provider allows one integration in an environment, as it may (D19){addition}"
    return PrerequisiteMissing(Reason.NOT_OFFERED, message)


def other_kind(kind: str) -> str:
    """The other kind of store."""
    return KINDS[1 - KINDS.index(kind)]


def read(
    story: Story,
    integration: Resource,
    *,
    does: str = "",
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    **path: Any,
) -> Exchange:
    """Get an integration; `scope` and `kind` of its path are its own unless given."""
    token = "" if auth is Auth.WRITER else f", with the {auth} token"
    does = does or f"read {{resource}}{token}"
    return story.send(_step("get", integration, path, does=does, auth=auth, headers=headers))


def _step(role: str, integration: Resource, path: Mapping[str, Json], *, does: str, **fields: Json) -> Step:
    """A step that is sent to an integration, under its own path or one with another `scope` or `kind`."""
    scope, kind = path.get("scope", integration.scope), path.get("kind", integration.kind)
    return Step(does, role, scope, kind, integration, **fields)


def reading_token(story: Story) -> Auth:
    """The token that may only read, where a run has one."""
    return Auth.READER if story.has_token(Auth.READER) else Auth.WRITER


def version_of(story: Story, integration: Resource) -> int:
    """The version that an integration must have by now.

    Raises:
        StoryEnded: it does not exist any more.

    """
    expected = story.world.existing.get(integration.id)
    if expected is None:
        raise StoryEnded
    return int(expected.version)


def list_all(
    story: Story, *, does: str = "list all integrations", auth: Auth = Auth.WRITER, headers: Headers = ()
) -> Exchange:
    """List the integrations of the account."""
    return story.send(Step(does, "list", story.scope, auth=auth, headers=headers))


def check_list(
    story: Story, *, does: str = "list all integrations", auth: Auth = Auth.WRITER, headers: Headers = ()
) -> Exchange | None:
    """List the integrations of the account, where the scenario can do without the response.

    Where others have so many that the list is large, a run sends a few of these, and the others are None.
    """
    step = Step(does, "list", story.scope, auth=auth, headers=headers)
    return story.send(step) if story.may_check_list(step) else None


def change(path: str, value: Json, op: str = "replace") -> dict[str, Json]:
    """One operation of a patch."""
    return {"op": op, "path": path, "value": value}


def operations_at(path: str, value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """One operation of each verb that changes what is at a path, or needs that something is there."""
    yield "replace", change(path, value)
    yield "remove", {"op": "remove", "path": path}
    yield "test", change(path, value, "test")
    yield "move", {"op": "move", "from": path, "path": "/name"}
    yield "copy", {"op": "copy", "from": path, "path": "/name"}


def prepare_patch(
    integration: Resource,
    *operations: Json,
    does: str = "",
    comment: str | None = None,
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    **path: Any,
) -> Step:
    """An update that is not sent yet."""
    patch = list(operations) if comment is None else {"comment": comment, "patch": list(operations)}
    does = does or f"patch {{resource}}: {_summary(operations)}"
    return _step("update", integration, path, does=does, body=patch, auth=auth, headers=headers)


def _summary(operations: Sequence[Json]) -> str:
    objects = [operation for operation in operations if isinstance(operation, dict)]
    return ", ".join(f"{operation.get('op')} {operation.get('path')}" for operation in objects)


def patch(story: Story, integration: Resource, *operations: Any, **options: Any) -> Exchange:
    """Update an integration, with the options of `prepare_patch`."""
    return story.send(prepare_patch(integration, *operations, **options))


def prepare_delete(
    integration: Resource,
    *,
    does: str = "delete {resource}",
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    **path: Any,
) -> Step:
    """A delete that is not sent yet."""
    return _step("delete", integration, path, does=does, auth=auth, headers=headers)


def delete(story: Story, integration: Resource, **options: Any) -> Exchange:
    """Delete an integration, with the options of `prepare_delete`."""
    return story.send(prepare_delete(integration, **options))


def send_through_post(story: Story, step: Step) -> Exchange:
    """Send a step as a POST that names its verb in a header, as clients behind narrow proxies do (D26)."""
    return story.send(replace(step, does=f"{step.does}, tunnelled through POST", tunnelled=True))
