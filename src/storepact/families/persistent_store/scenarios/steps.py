"""The words of this API's stories: create, read, list, patch and delete an integration, each one line of a scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storepact.engines.family import Scope
from storepact.engines.story import Headers, Resource, Step, Story, StoryEnded
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.bodies import ordinary_body
from storepact.model.case import NOTHING, Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.outcome import Reason

#: A member that a body is to lack.
OMIT = object()

WRITES = frozenset({"writes"})


def body(
    story: Story, kind: str, mark: str, config: dict[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """The body of a create that every provider accepts, a fresh password in it; `OMIT` leaves a member out."""
    ordinary = ordinary_body(kind, mark)
    own = (
        {"host": f"{mark}.example.com", "password": story.secret()}
        if kind == "redis"
        else {"tableName": mark}
    )
    whole = {
        **ordinary,
        "name": "ordinary",
        "config": {**ordinary["config"], **own, **(config or {})},
        **members,
    }
    whole["config"] = {name: value for name, value in whole["config"].items() if value is not OMIT}
    return {name: value for name, value in whole.items() if value is not OMIT}


def creation(
    story: Story,
    kind: str = "redis",
    *,
    words: str = "",
    scope: Scope | None = None,
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    config: dict[str, Any] | None = None,
    **members: Any,
) -> Step:
    """A create that is yet to be sent."""
    mark = story.mark()
    where = scope or story.scope
    told = words or f"create a {kind} integration{_in(story, where)}"
    return Step(
        told, "create", where, kind, None, body(story, kind, mark, config, **members), auth, headers, mark
    )


def _in(story: Story, scope: Scope) -> str:
    return "" if scope == story.scope else f" in {scope.project}/{scope.environment}"


def create(story: Story, kind: str = "redis", **how: Any) -> Resource:
    """Create an integration; the story ends if it is refused.

    Raises:
        MeansMissing: the provider allows no further one there, as it may (D19).

    """
    step = creation(story, kind, **how)
    before = len(story.resources)
    status = story.ask(step).response.status
    if status == 409:
        place = f"{step.scope.project}/{step.scope.environment}"
        raise PrerequisiteMissing(
            Reason.NOT_OFFERED,
            f"the provider allows no further {kind} integration in {place}, as it may (D19)",
        )
    if len(story.resources) == before:
        raise StoryEnded
    return story.resources[-1]


def tried(story: Story, kind: str = "redis", **how: Any) -> Resource | None:
    """Create an integration that the provider may refuse."""
    before = len(story.resources)
    story.ask(creation(story, kind, **how))
    return story.resources[-1] if len(story.resources) > before else None


def another(story: Story, than: Resource, **how: Any) -> Resource:
    """One more integration: of the same kind in the same place, or as near to that as the provider allows."""
    other = KINDS[1 - KINDS.index(than.kind)]
    for kind, scope in (
        (than.kind, than.scope),
        (other, than.scope),
        *((than.kind, each) for each in story.scopes[1:]),
    ):
        found = tried(story, kind, scope=scope, **how)
        if found is not None:
            return found
    raise PrerequisiteMissing(
        Reason.NOT_OFFERED,
        "the provider allows one integration in an environment, as it may (D19), and the run has no second scope",
    )


def read(
    story: Story,
    one: Resource,
    *,
    words: str = "",
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    **path: Any,
) -> Exchange:
    """Get an integration; `scope` and `kind` are those of its path, its own ones unless said otherwise."""
    scope, kind = path.get("scope", one.scope), path.get("kind", one.kind)
    who = "" if auth is Auth.WRITER else f", with the {auth} token"
    return story.ask(
        Step(words or f"read {one.name}{who}", "get", scope, kind, one.id, NOTHING, auth, headers)
    )


def version_of(story: Story, one: Resource) -> int:
    """The version that an integration must have by now; the story ends if it does not live any more."""
    known = story.world.existing.get(one.id)
    if known is None:
        raise StoryEnded
    return int(known.version)


def listed(story: Story, *, words: str = "list all integrations", auth: Auth = Auth.WRITER) -> Exchange:
    """List everything."""
    return story.ask(Step(words, "list", story.scope, auth=auth))


def change(path: str, value: Any, op: str = "replace") -> dict[str, Any]:
    """One operation of a patch."""
    return {"op": op, "path": path, "value": value}


def patching(
    one: Resource,
    *operations: Any,
    words: str = "",
    comment: str | None = None,
    auth: Auth = Auth.WRITER,
    headers: Headers = (),
    **path: Any,
) -> Step:
    """An update that is yet to be sent."""
    scope, kind = path.get("scope", one.scope), path.get("kind", one.kind)
    patch: Any = list(operations) if comment is None else {"comment": comment, "patch": list(operations)}
    what = ", ".join(
        f"{operation.get('op')} {operation.get('path')}"
        for operation in operations
        if isinstance(operation, dict)
    )
    return Step(words or f"patch {one.name}: {what}", "update", scope, kind, one.id, patch, auth, headers)


def patch(story: Story, one: Resource, *operations: Any, **how: Any) -> Exchange:
    """Update an integration."""
    return story.ask(patching(one, *operations, **how))


def deletion(
    one: Resource, *, words: str = "", auth: Auth = Auth.WRITER, headers: Headers = (), **path: Any
) -> Step:
    """A delete that is yet to be sent."""
    scope, kind = path.get("scope", one.scope), path.get("kind", one.kind)
    return Step(words or f"delete {one.name}", "delete", scope, kind, one.id, NOTHING, auth, headers)


def delete(story: Story, one: Resource, **how: Any) -> Exchange:
    """Delete an integration."""
    return story.ask(deletion(one, **how))


def tunnelled(story: Story, step: Step) -> Exchange:
    """Send a step as a POST that names its verb in a header, as clients behind narrow proxies do."""
    return story.ask(replace(step, does=f"{step.does}, tunnelled through POST", tunnelled=True))
