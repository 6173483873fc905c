"""Comparison of two documents: servers, operations, credentials, callbacks, webhooks, and texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from storepact.drift.bodies import compare_bodies
from storepact.drift.constructs import Omission, Omitted
from storepact.drift.differences import (
    Change,
    Difference,
    Observation,
    Place,
    SchemaRoot,
    change,
    compare_roots,
    group_changes,
)
from storepact.drift.endpoints import Endpoint, endpoints_of, iterate_endpoints
from storepact.drift.equality import Equality, check_places, to_json
from storepact.drift.malformed import expect_object
from storepact.drift.pair import OperationPair, compare_texts
from storepact.drift.parameters import compare_parameters
from storepact.drift.paths import Matches, match_operations
from storepact.drift.responses import compare_responses
from storepact.drift.security import compare_credentials
from storepact.drift.servers import hosts
from storepact.drift.unused import unused_definitions
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape

#: Rules of texts, and the members of an operation that each is about.
_TEXTS = (
    ("operation-id-changed", ("operationId",)),
    ("operation-text-changed", ("summary", "description")),
    ("operation-tags-changed", ("tags",)),
)


@lean_value(frozen=True)
class DocumentComparison:
    """The differences of two documents, breaking ones first, and what was not compared though it differs."""

    differences: tuple[Difference, ...]
    omissions: tuple[Omission, ...]


def compare_documents(ours: Document, theirs: Document) -> DocumentComparison:
    """Compare two documents.

    Raises:
        DocumentUnusable: one of them is not valid where it is compared; names the place.

    """
    matches = match_operations(ours, theirs)
    pairs = [OperationPair(before, after, before) for before, after in matches.pairs]
    webhooks = list(_match_webhooks(ours, theirs))
    check_places(theirs, [pair.after.item_pointer for pair in (*pairs, *_both(webhooks))])
    equality = Equality(ours, theirs, [pair.before.item_pointer for pair in (*pairs, *_both(webhooks))])
    observations = [
        *_compare_document(ours, theirs, matches),
        *_existing(matches),
        *_compare_webhooks(webhooks),
        *(item for pair in (*pairs, *_both(webhooks)) for item in _compare_operation(pair, equality)),
    ]
    roots = [item for item in observations if isinstance(item, SchemaRoot)]
    results: list[Change | Omission] = [
        *(item for item in observations if not isinstance(item, SchemaRoot)),
        *compare_roots(equality, roots),
        *unused_definitions(ours, theirs, [*pairs, *_both(webhooks)]),
    ]
    return DocumentComparison(
        tuple(group_changes(item for item in results if isinstance(item, Change))),
        tuple(dict.fromkeys(item for item in results if isinstance(item, Omission))),
    )


def _both(webhooks: Iterable[tuple[Endpoint | None, Endpoint | None]]) -> list[OperationPair]:
    return [
        OperationPair(before, after, before, f"webhook {before.path}")
        for before, after in webhooks
        if before is not None and after is not None
    ]


# the document as a whole


def _compare_document(ours: Document, theirs: Document, matches: Matches) -> Iterator[Observation]:
    place = Place("", "operation")
    nodes = (ours.data, theirs.data)
    for item in compare_texts("document", place, nodes, ("", "")):
        yield item if isinstance(item, Omission) else _document_text(item, item.ours, item.theirs)
    infos = (ours.data.get("info") or {}, theirs.data.get("info") or {})
    for item in compare_texts("info", place, infos, ("/info", "/info")):
        yield item if isinstance(item, Omission) else _document_text(item, item.ours, item.theirs)
    if ours.dialect != theirs.dialect:
        yield change("openapi-version-changed", place, ours.dialect, theirs.dialect, "/openapi", "/openapi")
    components = [node.get("components") or {} for node in nodes]
    pointers = ("/components", "/components")
    yield from compare_texts("components", place, (components[0], components[1]), pointers)
    yield from _compare_groups(ours, theirs)
    yield from _compare_hosts(
        hosts(ours.data.get("servers"), matches.our_base),
        hosts(theirs.data.get("servers"), matches.their_base),
        place,
        ("/servers", "/servers"),
        (ours.data.get("servers"), theirs.data.get("servers")),
    )


def _compare_groups(ours: Document, theirs: Document) -> Iterator[Change | Omission]:
    """Shared examples, and extensions of the objects that hold paths and webhooks."""
    examples = [(document.data.get("components") or {}).get("examples") or {} for document in (ours, theirs)]
    for name in dict.fromkeys((*examples[0], *examples[1])):
        texts = [to_json(some[name]) if name in some else "" for some in examples]
        if texts[0] != texts[1]:
            pointer = f"/components/examples/{escape(name)}"
            place = Place("", "operation", member=f"example {name}")
            yield change("example-changed", place, *texts, pointer, pointer)
    for group in ("paths", "webhooks"):
        nodes = [document.data.get(group) or {} for document in (ours, theirs)]
        for word in dict.fromkeys((*nodes[0], *nodes[1])):
            if str(word).startswith("x-") and to_json(nodes[0].get(word)) != to_json(nodes[1].get(word)):
                yield Omission(Omitted.EXTENSION, f"/{group}/{escape(word)}")


def _document_text(item: Change, before: str, after: str) -> Change:
    return change("document-text-changed", item.place, before, after, item.pointer, item.their_pointer)


def _compare_hosts(
    before: frozenset[str],
    after: frozenset[str],
    place: Place,
    pointers: tuple[str, str],
    servers: tuple[Json, Json],
) -> Iterator[Change]:
    for url in sorted(before - after):
        yield change("server-removed", _at(place, url), url, "", *pointers)
    for url in sorted(after - before):
        yield change("server-added", _at(place, url), "", url, *pointers)
    if before == after and to_json(servers[0] or []) != to_json(servers[1] or []):
        yield change("server-text-changed", place, *map(to_json, servers), *pointers)


def _at(place: Place, member: str) -> Place:
    return Place(place.operation, place.part, member=member, title=place.title)


def _existing(matches: Matches) -> Iterator[Change | Omission]:
    """Operations that only one of the documents has."""
    if not matches.pairs and len(matches.removed) > 1:
        count = f"{len(matches.removed)} operations"
        yield change("document-unrelated", Place("", "operation"), count, "none of them", "/paths", "/paths")
    else:
        for endpoint in matches.removed:
            place = Place(endpoint.id, "operation", title=endpoint.title)
            yield change("operation-removed", place, endpoint.title, "", endpoint.pointer, "/paths")
    for endpoint in matches.added:
        place = Place(endpoint.id, "operation", title=endpoint.title)
        yield change("operation-added", place, "", endpoint.title, "/paths", endpoint.pointer)
    for endpoint in matches.unrelated:
        yield Omission(Omitted.OTHER_PATHS, endpoint.pointer)


# operations


def _compare_operation(pair: OperationPair, equality: Equality) -> Iterator[Observation]:
    if pair.before.path.endswith("/") != pair.after.path.endswith("/") and not pair.is_received:
        place = pair.place("operation")
        pointers = (pair.before.pointer, pair.after.pointer)
        yield change("path-changed", place, pair.before.path, pair.after.path, *pointers)
    yield from _compare_own_hosts(pair)
    yield from compare_credentials(pair)
    are_alike = pair.before.path_names == pair.after.path_names
    if are_alike and equality.same(pair.before.item_pointer, pair.after.item_pointer):
        return
    yield from _compare_texts(pair)
    yield from compare_parameters(pair)
    yield from compare_bodies(pair)
    yield from compare_responses(pair)
    yield from _compare_callbacks(pair, equality)


def _compare_texts(pair: OperationPair) -> Iterator[Observation]:
    place, pointers = pair.place("operation"), (pair.before.pointer, pair.after.pointer)
    before, after = pair.before.node, pair.after.node
    if bool(before.get("deprecated")) != bool(after.get("deprecated")):
        rule = "operation-deprecated" if after.get("deprecated") else "operation-revived"
        yield change(rule, place, "", "", *pointers)
    for rule, members in _TEXTS:
        texts = [_text(node, members) for node in (before, after)]
        if texts[0] != texts[1]:
            yield change(rule, place, *texts, *pointers)
    yield from compare_texts("operation", place, (before, after), pointers)
    items = (pair.before.item_pointer, pair.after.item_pointer)
    yield from compare_texts("path", place, (pair.before.path_item, pair.after.path_item), items)


def _text(node: Mapping[str, Json], members: tuple[str, ...]) -> str:
    values = [node[member] for member in members if node.get(member)]
    return " ".join(", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in values)


def _compare_own_hosts(pair: OperationPair) -> Iterator[Change]:
    before, after = _own_servers(pair.before), _own_servers(pair.after)
    if before is None and after is None:
        return
    servers = (
        pair.ours.data.get("servers") if before is None else before,
        pair.theirs.data.get("servers") if after is None else after,
    )
    place, pointers = pair.place("operation"), (pair.before.pointer, pair.after.pointer)
    yield from _compare_hosts(hosts(servers[0]), hosts(servers[1]), place, pointers, servers)


def _own_servers(endpoint: Endpoint) -> Json:
    """The servers that an operation or its path lists for itself; None if neither does."""
    return endpoint.node.get("servers") or endpoint.path_item.get("servers")


# what the provider sends


def _compare_callbacks(pair: OperationPair, equality: Equality) -> Iterator[Observation]:
    ours, theirs = _callbacks(pair.before), _callbacks(pair.after)
    for key in dict.fromkeys((*ours, *theirs)):
        place = Place(pair.owner.id, "operation", member=f"callback {' '.join(key)}", title=pair.owner.title)
        if key not in theirs:
            yield change("callback-removed", place, " ".join(key), "", ours[key].pointer, pair.after.pointer)
        elif key not in ours:
            yield change("callback-added", place, "", " ".join(key), pair.before.pointer, theirs[key].pointer)
        else:
            prefix = f"{pair.prefix} callback {' '.join(key)}".strip()
            inner = OperationPair(ours[key], theirs[key], pair.owner, prefix)
            yield from _compare_operation(inner, equality)
    yield from _callback_omissions(pair)


def _callbacks(endpoint: Endpoint) -> dict[tuple[str, str, str], Endpoint]:
    """The operations of callbacks by name, expression and method."""
    document, pointer = endpoint.document, f"{endpoint.pointer}/callbacks"
    names = expect_object(document, pointer) if "callbacks" in endpoint.node else {}
    return {
        (str(name), inner.path, inner.method): inner
        for name in names
        for inner in iterate_endpoints(document, document.settle(f"{pointer}/{escape(name)}"))
    }


def _callback_omissions(pair: OperationPair) -> Iterator[Omission]:
    """Extensions of callback objects."""
    for name in (pair.before.node.get("callbacks") or {}).keys() & (
        pair.after.node.get("callbacks") or {}
    ).keys():
        pointers = [f"{end.pointer}/callbacks/{escape(name)}" for end in (pair.before, pair.after)]
        before, after = expect_object(pair.ours, pointers[0]), expect_object(pair.theirs, pointers[1])
        for word in before.keys() | after.keys():
            if str(word).startswith("x-") and to_json(before.get(word)) != to_json(after.get(word)):
                yield Omission(Omitted.EXTENSION, f"{pointers[0]}/{escape(word)}")


def _match_webhooks(ours: Document, theirs: Document) -> Iterator[tuple[Endpoint | None, Endpoint | None]]:
    before, after = (
        {
            (name, endpoint.method): endpoint
            for name in document.data.get("webhooks") or ()
            if not str(name).startswith("x-")
            for endpoint in endpoints_of(document, f"/webhooks/{escape(name)}", str(name))
        }
        for document in (ours, theirs)
    )
    for key in dict.fromkeys((*before, *after)):
        yield before.get(key), after.get(key)


def _compare_webhooks(webhooks: list[tuple[Endpoint | None, Endpoint | None]]) -> Iterator[Observation]:
    for before, after in webhooks:
        if before is None and after is not None:
            place = Place("", "operation", member=f"webhook {after.title}")
            yield change("callback-added", place, "", after.title, "/webhooks", after.pointer)
        elif before is not None and after is None:
            place = Place("", "operation", member=f"webhook {before.title}")
            yield change("callback-removed", place, before.title, "", before.pointer, "/webhooks")
