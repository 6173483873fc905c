"""Comparison of two documents: hosts, operations, credentials, parameters, bodies and responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storepact.drift.bodies import compare_bodies
from storepact.drift.differences import Change, Difference, Place, change, group_changes
from storepact.drift.hosts import base_path, hosts
from storepact.drift.pair import OperationPair
from storepact.drift.parameters import compare_parameters
from storepact.drift.responses import compare_responses
from storepact.drift.subset import shape_of
from storepact.openapi.document import Document, Operation

#: Rules of texts, and the members of an operation that each is about.
_TEXTS = (
    ("operation-id-changed", ("operationId",)),
    ("operation-text-changed", ("summary", "description")),
    ("operation-tags-changed", ("tags",)),
)


def compare_documents(ours: Document, theirs: Document) -> list[Difference]:
    """Every difference between two documents, breaking ones first."""
    return group_changes(_changes(ours, theirs))


def _changes(ours: Document, theirs: Document) -> Iterator[Change]:
    yield from _compare_hosts(_hosts(ours), _hosts(theirs), Place("", "operation"), "/servers")
    before, after = _operations(ours), _operations(theirs)
    for key, operation in before.items():
        if key in after:
            yield from _compare_operation(OperationPair(ours, theirs, operation, after[key]))
        else:
            place = Place(operation.id, "operation")
            yield change("operation-removed", place, _title(operation), "", operation.pointer)
    for key, operation in after.items():
        if key not in before:
            yield change("operation-added", Place(operation.id, "operation"), "", _title(operation))


def _operations(document: Document) -> dict[tuple[str, str], Operation]:
    """The operations by method and path, whatever the servers' paths and the names of path parameters are."""
    start = base_path(document.data)
    return {
        (operation.method, shape_of(start + operation.path)): operation
        for operation in document.all_operations()
    }


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _compare_operation(pair: OperationPair) -> Iterator[Change]:
    place, pointer = pair.place("operation"), pair.before.pointer
    before, after = pair.ours.at(pointer), pair.theirs.at(pair.after.pointer)
    if bool(before.get("deprecated")) != bool(after.get("deprecated")):
        rule = "operation-deprecated" if after.get("deprecated") else "operation-revived"
        yield change(rule, place, pointer=pointer)
    for rule, members in _TEXTS:
        texts = [_text(node, members) for node in (before, after)]
        if all(texts) and texts[0] != texts[1]:
            yield change(rule, place, texts[0], texts[1], pointer)
    yield from _compare_own_hosts(pair)
    yield from _compare_credentials(pair)
    yield from compare_parameters(pair)
    yield from compare_bodies(pair)
    yield from compare_responses(pair)


def _text(node: Mapping[str, Any], members: tuple[str, ...]) -> str:
    return " ".join(str(node[member]) for member in members if node.get(member))


# hosts


def _hosts(document: Document) -> frozenset[str]:
    return hosts(document.data.get("servers"))


def _compare_hosts(
    before: frozenset[str], after: frozenset[str], place: Place, pointer: str
) -> Iterator[Change]:
    if not before or not after:
        return
    for url in sorted(before - after):
        yield change("server-removed", Place(place.operation, place.part, member=url), url, "", pointer)
    for url in sorted(after - before):
        yield change("server-added", Place(place.operation, place.part, member=url), "", url, pointer)


def _compare_own_hosts(pair: OperationPair) -> Iterator[Change]:
    before, after = _own_hosts(pair.ours, pair.before), _own_hosts(pair.theirs, pair.after)
    if before is None and after is None:
        return
    yield from _compare_hosts(
        _hosts(pair.ours) if before is None else before,
        _hosts(pair.theirs) if after is None else after,
        pair.place("operation"),
        pair.before.pointer,
    )


def _own_hosts(document: Document, operation: Operation) -> frozenset[str] | None:
    """The hosts that an operation or its path lists for itself; None if neither does."""
    item = document.at(operation.pointer.rpartition("/")[0])
    servers = document.at(operation.pointer).get("servers") or document.resolve(item).get("servers")
    return hosts(servers) if servers else None


# credentials


@dataclass(frozen=True)
class _Credentials:
    """The alternatives of credentials that an operation accepts, as texts; an empty one: none are needed."""

    alternatives: frozenset[str]

    @property
    def are_optional(self) -> bool:
        return "" in self.alternatives

    def __str__(self) -> str:
        return " or ".join(sorted(alternative or "nothing" for alternative in self.alternatives))


def _compare_credentials(pair: OperationPair) -> Iterator[Change]:
    before, after = _credentials(pair.ours, pair.before), _credentials(pair.theirs, pair.after)
    if before == after or (before.are_optional and after.are_optional):
        return
    if before.are_optional:
        rule = "security-added"
    elif after.are_optional:
        rule = "security-removed"
    elif before.alternatives < after.alternatives:
        rule = "security-alternative-added"
    else:
        rule = "security-changed"
    yield change(rule, pair.place("operation"), before, after, pair.before.pointer)


def _credentials(document: Document, operation: Operation) -> _Credentials:
    requirements = document.at(operation.pointer).get("security", document.data.get("security")) or [{}]
    schemes = document.data.get("components", {}).get("securitySchemes") or {}
    return _Credentials(
        frozenset(
            " and ".join(
                sorted(_describe_scheme(document.resolve(schemes.get(name) or {})) for name in requirement)
            )
            for requirement in requirements
        )
    )


def _describe_scheme(scheme: Mapping[str, Any]) -> str:
    """A security scheme by how it is sent; its name in the document does not matter."""
    members = ("type", "scheme", "in", "name", "openIdConnectUrl")
    words = [str(scheme[member]).lower() for member in members if scheme.get(member)]
    return " ".join(words) or "something undescribed"
