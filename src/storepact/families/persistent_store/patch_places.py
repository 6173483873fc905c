"""Where a patch points: what cannot be edited, and what cannot be there in any integration (D36, D37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from storepact.families.persistent_store.pointers import is_index, is_within, split
from storepact.families.persistent_store.violations import UNEDITABLE
from storepact.model.expectation import Flaw
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json

#: Objects whose members the provider chooses: whether something is there is not known.
_OPEN = ("_links", "_status", "_access")
_SCALARS = ("_id", "integrationKey", "projectKey", "environmentKey", "on", "name", "version")
_MEMBERS = ("config", "tags", *_SCALARS, *_OPEN)
_SETTINGS = {
    "redis": ("host", "port", "username", "password", "tlsEnabled"),
    "dynamodb": ("tableName", "region", "roleArn", "externalId"),
}

#: The pointers of each operation to what must be there.
_READ = {
    "replace": ("path",),
    "remove": ("path",),
    "test": ("path",),
    "move": ("from",),
    "copy": ("from",),
}

#: The pointers of each operation to what it changes.
_CHANGED = {
    "add": ("path",),
    "replace": ("path",),
    "remove": ("path",),
    "move": ("from", "path"),
    "copy": ("path",),
}


def find_place_flaws(
    operation: Mapping[str, Json], kind: str, earlier: Sequence[Json] = ()
) -> Iterator[Flaw]:
    """The certain flaws of where an operation of RFC 6902 points; `earlier` are those before it."""
    verb = operation["op"]
    for name in _CHANGED.get(verb, ()):
        member = next(iter(split(operation[name])), "")
        if member.startswith("_"):
            yield Flaw(f"{operation[name]} cannot be edited", UNEDITABLE, rule=f"edit /{member}")
    for name in _READ.get(verb, ()):
        if not _may_exist(operation[name], kind) and not _is_created_before(operation[name], earlier):
            yield _nothing_at(operation[name])
    if verb in ("add", "move", "copy") and not _can_be_target(operation["path"], kind, earlier):
        yield _nothing_at(operation["path"], "no place")
    if verb == "move" and is_within(operation["path"], operation["from"]):
        yield _nothing_at(operation["path"], "no place outside itself")


def _nothing_at(pointer: str, what: str = "nothing") -> Flaw:
    return Flaw(
        f"there is {what} at {pointer[:80]}",
        UNEDITABLE,
        rule="patch target",
        accepted=FlawKind.ACCEPTED_INAPPLICABLE,
        members=(pointer,),
    )


def _may_exist(pointer: str, kind: str) -> bool:
    """Whether an integration of this kind may have something at a pointer."""
    member, *rest = split(pointer) or [""]
    if not pointer or member in _OPEN:
        return True
    if member not in _MEMBERS:
        return False
    if member == "tags":
        return not rest or (len(rest) == 1 and is_index(rest[0]))
    if member == "config":
        names = _SETTINGS.get(kind)
        return not rest or (len(rest) == 1 and (names is None or rest[0] in names))
    return not rest


def _can_be_target(pointer: str, kind: str, earlier: Sequence[Json]) -> bool:
    """Whether something may be put at a pointer: what is around it must be there, and not be a scalar."""
    *parents, last = split(pointer) or [""]
    if len(parents) == 0 or parents[0] in _OPEN or _is_created_before(pointer, earlier):
        return True
    if parents == ["tags"]:
        return last == "-" or is_index(last)
    return parents == ["config"]


def _is_created_before(pointer: str, earlier: Sequence[Json]) -> bool:
    """Whether an earlier operation writes to a pointer, or to something around it."""
    targets = [operation.get("path") for operation in earlier if isinstance(operation, Mapping)]
    return any(
        isinstance(target, str) and (target == pointer or is_within(pointer, target)) for target in targets
    )
