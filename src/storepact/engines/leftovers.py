"""Leftovers: resources on a live target that carry the mark of a run, found in the list and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from storepact.engines.deletions import Leftover
from storepact.engines.family_rules import FamilyRules
from storepact.engines.guard import GuardRules
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.case import Case
from storepact.model.errors import NotThisApi, PrerequisiteMissing, Undetermined
from storepact.model.run_mark import RunMark, find_run_marks
from storepact.model.tree import Json
from storepact.model.values import lean_value


@lean_value(frozen=True)
class MarkedResource:
    """A listed resource that carries the mark of a run."""

    mark: RunMark
    """The newest one, if it carries several."""
    scope: Scope
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.scope} {self.kind} {self.id}"


def find_marked_resources(workspace: Workspace) -> list[MarkedResource]:
    """The resources of the target that carry the mark of any run, the oldest run first.

    Raises:
        NotThisApi: the target's response is no list.

    """
    listing = workspace.prepare(Case(workspace.preparer.operation("list").id, source="setup"))
    response = workspace.target.send(listing).response
    items = workspace.family.api.resources_in(response.json)
    if not 200 <= response.status < 300 or items is None:
        raise NotThisApi(
            f"{workspace.target.address} does not list what it holds: it answered {response.status}; "
            "check the address and the token"
        )
    foreign = workspace.inventory.listing.foreign or frozenset()
    candidates = (item for item in items if workspace.family.resource_id(item) not in foreign)
    marked = dict.fromkeys(_marked_in(candidates, workspace.family))  # a list may name one twice
    return sorted(marked, key=lambda resource: resource.mark)


def _marked_in(items: Iterable[Json], family: FamilyRules) -> Iterator[MarkedResource]:
    api = family.api
    for item in items:
        identifier = family.resource_id(item)
        marks = sorted(find_run_marks(json.dumps(item)))
        if identifier is None or not marks or not isinstance(item, dict):
            continue
        scope = Scope(tuple(str(item.get(name, "")) for name in api.scope_parameters))
        kind = str(item.get(api.kind_parameter, "")) if api.kind_parameter else family.kinds[0]
        if family.belongs_to(item, scope, kind):
            yield MarkedResource(marks[-1], scope, kind, identifier)


def delete_marked_resources(
    workspace: Workspace, resources: Iterable[MarkedResource]
) -> Iterator[tuple[MarkedResource, Leftover | None]]:
    """Delete resources one by one; yields each with what could not be deleted, None if it is gone.

    Raises:
        Undetermined: the target does not answer any more; what is left was yielded before.

    """
    remaining = list(resources)
    while remaining:
        resource = remaining[0]
        rules = GuardRules((resource.scope,), str(resource.mark))
        try:
            result = delete_by_mark(workspace, _collection_of(workspace, resource), resource.id, rules)
        except Undetermined as error:
            for left in remaining:
                path = f"{_collection_of(workspace, left)}/{quote(left.id, safe='')}"
                yield left, Leftover(path, 0, str(error))
            raise
        yield resource, result
        del remaining[0]


def _collection_of(workspace: Workspace, resource: MarkedResource) -> str:
    """The path at which a resource was created."""
    create = Case(workspace.preparer.operation("create").id, resource.kind, "setup")
    return workspace.preparer.prepare(create, scope=resource.scope).path


def delete_by_mark(
    workspace: Workspace, collection: str, identifier: str, rules: GuardRules
) -> Leftover | None:
    """Delete a resource of another run; returns what could not be deleted, None if it is gone.

    The guard reads it first: what does not carry the mark of the rules, or is elsewhere, is left alone.
    """
    try:
        return delete_if_marked(workspace, collection, identifier, rules)
    except PrerequisiteMissing as refusal:
        return Leftover(f"{collection}/{quote(identifier, safe='')}", 0, str(refusal))


def delete_if_marked(
    workspace: Workspace, collection: str, identifier: str, rules: GuardRules
) -> Leftover | None:
    """Delete a resource that carries the mark of the rules; what could not be deleted, None if it is gone.

    Raises:
        PrerequisiteMissing: the guard does not let the delete pass.
        RequestUnsendable: HTTP forbids the path.

    """
    workspace.guard(rules)
    prepared = workspace.preparer.prepare_deletion(collection, identifier)
    if prepared is None:
        return Leftover(f"{collection}/{identifier}", 0, "the document describes no delete")
    status = workspace.repeat_lost_requests(lambda: workspace.target.send(prepared)).response.status
    is_gone = _is_gone(workspace, prepared.path, is_done=200 <= status < 300 or status == 404)
    return None if is_gone else Leftover(prepared.path, status)


def _is_gone(workspace: Workspace, path: str, *, is_done: bool) -> bool:
    """Whether a resource is gone after its delete, which may be done whatever it was answered with."""
    if not is_done:
        return workspace.preparer.has_operation("get") and workspace.read(path).response.status == 404
    return not _stays(workspace, path)


def _stays(workspace: Workspace, path: str) -> bool:
    """Whether a resource can be read after its delete, and not only for a moment."""

    def is_readable() -> bool:
        return 200 <= workspace.read(path).response.status < 300

    if not is_readable():
        return False
    gone = workspace.settling.repeat("delete of what a run has left", is_readable, lambda stays: not stays)
    return gone is None


def delete_listed_resources(workspace: Workspace, mark: RunMark, scopes: tuple[Scope, ...]) -> list[Leftover]:
    """Delete what the list shows with the mark of a run in some scopes; returns what could not be deleted."""
    marked = [
        resource
        for resource in find_marked_resources(workspace)
        if resource.mark == mark and resource.scope in scopes
    ]
    return [leftover for _, leftover in delete_marked_resources(workspace, marked) if leftover is not None]


def sweep(workspace: Workspace, mark: str, scopes: tuple[Scope, ...]) -> list[Leftover]:
    """Delete what a run has left in its scopes, at its end; returns what could not be deleted."""
    return [
        leftover
        for own in find_run_marks(mark)
        for leftover in delete_listed_resources(workspace, own, scopes)
    ]
