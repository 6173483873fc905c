"""The guard of a live target: no request leaves that could change what this run does not own.

The client passes it every request of every engine before sending. It relies on responses only: on the
resources that this run created, and on the places of its mark in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from storepact.engines.family_rules import FamilyRules
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth, PreparedRequest
from storepact.model.errors import NotOwned, PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.outcome import Reason
from storepact.model.tree import Json, Path, walk
from storepact.model.values import lean_value
from storepact.openapi.document import Document

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

#: Any position in an array.
_ELEMENT = 0


@lean_value(frozen=True)
class GuardRules:
    """What a run may do on a live target."""

    scopes: tuple[Scope, ...]
    """Where it may write."""
    mark: str
    """The text in everything that it creates."""
    allow_enable: bool = False
    """Whether it may switch resources on."""


@lean_value(frozen=True)
class _Place:
    """Where a request goes: an operation's path, its values, and whether the path names one resource."""

    scope: Scope
    identifier: str | None
    in_scope: bool
    """Whether the path names a scope at all."""


class Guard:
    """Decides about each request before it is sent. `read` sends a GET to a path with the run's token."""

    def __init__(
        self, rules: GuardRules, family: FamilyRules, document: Document, read: Callable[[str], Exchange]
    ) -> None:
        self._rules, self._family, self._read = rules, family, read
        self._roles = [
            (family.role_of(operation), operation)
            for operation in document.operations.values()
            if family.role_of(operation) is not None
        ]
        self._owned: dict[str, frozenset[Path]] = {}
        self._absent: set[str] = set()
        self._shared: set[Scope | None] = set()
        """Scopes that hold what this run did not create, as far as is known; None stands for all of them."""

    # before a request

    def check(self, prepared: PreparedRequest) -> None:
        """Refuse a request that could change something that is not this run's.

        Raises:
            PrerequisiteMissing: it is not sent, with the reason.
            NotOwned: it would change what belongs to others.

        """
        path = prepared.path.partition("?")[0]
        if any(_leads_elsewhere(segment) for segment in path.split("/")):
            raise NotOwned(Reason.OUTSIDE_SCOPE, "a path with dot segments is not sent")
        if prepared.method in _READING or prepared.case.auth is Auth.CONTROL:
            return  # the key of a mock's commands is its owner's consent to them
        place = self._place_of(path)
        if place is None:
            raise NotOwned(Reason.OUTSIDE_SCOPE, f"{path} is no path of this API")
        if place.in_scope and not self._may_write_to(place.scope):
            raise PrerequisiteMissing(Reason.OUTSIDE_SCOPE)
        if not self._rules.allow_enable and self._family.enables(_json_of(prepared)):
            raise PrerequisiteMissing(Reason.ENABLE_NOT_ALLOWED)
        if place.identifier is not None:
            self._check_resource(prepared, path, place.identifier)
        elif prepared.method == "POST" and (place.in_scope or not self._family.api.scope_parameters):
            self._check_create(prepared)
        else:
            self._check_collection(path, place)

    def _place_of(self, path: str) -> _Place | None:
        api = self._family.api
        for _, operation in self._roles:
            match = operation.path_pattern.match(path)
            if match is not None:
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                keys = tuple(values.get(name, "") for name in api.scope_parameters)
                return _Place(Scope(keys), values.get(api.id_parameter), in_scope=bool("".join(keys)))
        return None

    def _may_write_to(self, scope: Scope) -> bool:
        """Whether the scope was given to the run, or has a key that only storepact uses."""
        own_keys = {key for own in self._rules.scopes for key in own.keys}
        invented = (key for key in scope.keys if key not in own_keys)
        return scope in self._rules.scopes or any(key.startswith("storepact-") for key in invented)

    def _check_create(self, prepared: PreparedRequest) -> None:
        body = _json_of(prepared)
        is_marked = (
            self._marks(body) if body is not NOTHING else self._rules.mark.encode() in (prepared.body or b"")
        )
        if not is_marked:
            raise PrerequisiteMissing(Reason.NO_ROOM_FOR_MARK)

    def _check_resource(self, prepared: PreparedRequest, path: str, identifier: str) -> None:
        if identifier not in self._owned and path not in self._absent:
            self._look_at(path, identifier)
        if prepared.method != "DELETE" and identifier in self._owned:
            remaining = self._remaining_marks(identifier, prepared.method, _json_of(prepared))
            if not remaining:
                raise PrerequisiteMissing(
                    Reason.NO_ROOM_FOR_MARK, "after this change nothing would show that this run created it"
                )

    def _look_at(self, path: str, identifier: str) -> None:
        """Read a resource that this run did not create, as far as is known.

        Raises:
            PrerequisiteMissing: it exists and does not carry the run's mark, or it cannot be read.

        """
        if not self._has_operation("get"):
            items = self._list()
            listed = [item for item in items or () if self._family.resource_id(item) == identifier]
            is_absent, marks = items is not None and not listed, self._marks(listed)
            is_readable = items is not None
        else:
            response = self._read(path).response
            is_readable = 200 <= response.status < 300 and isinstance(response.json, dict)
            is_absent = 400 <= response.status < 500 and response.status not in (401, 403, 429)
            marks = self._marks(response.json) if is_readable else frozenset()
        if is_absent:
            self._absent.add(path)
            return
        if not marks:
            raise (NotOwned if is_readable else PrerequisiteMissing)(Reason.NOT_OWNED)
        self._owned[identifier] = marks

    def _check_collection(self, path: str, place: _Place) -> None:
        """Refuse a write to a whole collection that holds something foreign."""
        scope = place.scope if place.in_scope else None
        items = [] if scope in self._shared else self._list()
        if items is None:
            raise PrerequisiteMissing(Reason.NOT_OWNED, f"what {path} holds cannot be read")
        if any(not self._marks(item) for item in items if self._is_within(item, place)):
            self._shared.add(scope)
        if scope in self._shared:
            raise NotOwned(Reason.NOT_OWNED, f"{path} may hold what this run did not create")

    def _has_operation(self, role: str) -> bool:
        return any(own == role for own, _ in self._roles)

    def _list(self) -> list[Json] | None:
        """What the provider lists in all scopes; None if it cannot be known."""
        for role, operation in self._roles:
            if role == "list" and "{" not in operation.path:
                return self._family.api.resources_in(self._read(operation.path).response.json)
        return None

    def _is_within(self, item: Json, place: _Place) -> bool:
        if not place.in_scope:
            return True
        return any(self._family.belongs_to(item, place.scope, kind) for kind in self._family.kinds)

    # after a response

    def observe(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        """Learn from a response what this run owns."""
        if prepared.method in _READING or not 200 <= exchange.response.status < 300:
            return
        place = self._place_of(prepared.path.partition("?")[0])
        if place is None:
            return
        if place.identifier is None:
            if prepared.method == "POST":
                self._observe_create(exchange)
        elif place.identifier in self._owned and prepared.method != "DELETE":
            self._owned[place.identifier] = self._remaining_marks(
                place.identifier, prepared.method, _json_of(prepared)
            )

    def _observe_create(self, exchange: Exchange) -> None:
        """A create owns its resource if the response shows the run's mark; else it is read before a write."""
        body = exchange.response.json
        identifier, marks = self._family.resource_id(body), self._marks(body)
        if identifier is not None and marks and identifier not in self._owned:
            self._owned[identifier] = marks

    # marks

    def _marks(self, value: Json) -> frozenset[Path]:
        """Where a resource, or the body of a create, has the run's mark; secrets do not count."""
        secret, mark = self._family.api.secret_members, self._rules.mark
        return frozenset(
            path
            for path, node in walk(value if value is not NOTHING else None)
            if isinstance(node, str) and mark in node and not secret.intersection(map(str, path))
        )

    def _remaining_marks(self, identifier: str, method: str, body: Json) -> frozenset[Path]:
        """The places of the mark in a resource of this run after a request, if it is carried out."""
        marks = self._owned[identifier]
        if method == "PUT" and isinstance(body, dict):
            return self._marks(body)
        if isinstance(body, dict) and isinstance(body.get("patch"), list):
            body = body["patch"]
        if isinstance(body, dict):  # a provider may take it for a merge patch
            lost = [(name,) for name in body]
            return self._marks(body) | frozenset(mark for mark in marks if not _concern(lost, mark))
        for operation in body if isinstance(body, list) else ():
            if isinstance(operation, dict):
                marks = self._after_operation(marks, operation)
        return marks

    def _after_operation(self, marks: frozenset[Path], operation: dict[str, Json]) -> frozenset[Path]:
        """The places of the mark after one operation of a JSON Patch."""
        if not isinstance(operation.get("path"), str):
            return marks
        target, value = _parts(operation["path"]), operation.get("value")
        match operation.get("op"):
            case "remove":
                lost = [target]
            case "replace":
                lost = [target]
            case "add" | "copy" | "move" as verb:
                is_insertion = bool(target) and target[-1] == _ELEMENT
                lost = [] if is_insertion else [target]
                if verb == "move" and isinstance(operation.get("from"), str):
                    lost.append(_parts(operation["from"]))
            case _:
                return marks
        added = self._marks(value) if operation["op"] in ("add", "replace") else frozenset()
        kept = frozenset(mark for mark in marks if not _concern(lost, mark))
        return kept | frozenset((*target, *below) for below in added)


def _json_of(prepared: PreparedRequest) -> Json:
    """The body as JSON, also where it was given as bytes; NOTHING if it is none."""
    if prepared.json is not NOTHING or prepared.body is None:
        return prepared.json
    try:
        return json.loads(prepared.body)
    except (ValueError, RecursionError):
        return NOTHING


def _leads_elsewhere(segment: str) -> bool:
    """Whether a path segment has dots or separators that a server may take for another path."""
    plain = segment
    for _ in range(3):
        plain = unquote(plain)
    return plain in (".", "..") or "/" in plain or "\\" in plain


def _parts(pointer: str) -> Path:
    """The path of a JSON pointer, as the most lenient provider reads it; the whole value where it is empty.

    Such a provider takes `name`, `/name/`, `/Name`, `/ name` and `/n%61me` for `/name`.
    """
    parts = [plain for part in pointer.removeprefix("#").split("/") if (plain := _plain(part))]
    return tuple(
        _ELEMENT if part == "-" or part.isdigit() else part.replace("~1", "/").replace("~0", "~")
        for part in parts
    )


def _plain(token: str) -> str:
    return unquote(token).strip().lower()


def _concern(changed: Iterable[Path], mark: Path) -> bool:
    """Whether changes at some places may remove a mark; elements may have moved, so any counts."""
    own = tuple(_ELEMENT if isinstance(part, int) else part.lower() for part in mark)
    return any(own[: len(path)] == path[: len(own)] for path in changed)
