"""Comparison of the responses of an operation: statuses, bodies, headers and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.bodies import compare_contents, compare_media
from storepact.drift.constructs import Omission, omission_of
from storepact.drift.differences import Observation, Place, SchemaRoot, change
from storepact.drift.endpoints import Endpoint
from storepact.drift.equality import to_json
from storepact.drift.malformed import expect_object
from storepact.drift.pair import OperationPair, compare_texts
from storepact.drift.parameters import header_style, schema_of
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape

Statuses = Mapping[str, str]
"""The pointers of responses by status; ranges in capitals, as 4XX."""


@lean_value(frozen=True)
class _Response:
    """One response of a document."""

    document: Document
    pointer: str
    node: Mapping[str, Json]


def compare_responses(pair: OperationPair) -> Iterator[Observation]:
    """Every difference of the responses of either document."""
    ours, theirs = _statuses(pair.before), _statuses(pair.after)
    for status in dict.fromkeys((*ours, *theirs)):
        place = pair.place(pair.response_part, status)
        if status not in ours and _is_range_over(status, ours):
            # each status that the range covers is compared by itself; the others of it are new
            yield change(
                _existence(pair, status, "added"), place, "", status, pair.before.pointer, theirs[status]
            )
            continue
        before, after = _find(ours, status), _find(theirs, status)
        pointers = (before or pair.before.pointer, after or pair.after.pointer)
        if not before:
            yield change(_existence(pair, status, "added"), place, "", status, *pointers)
        elif not after:
            yield change(_existence(pair, status, "removed"), place, status, "", *pointers)
        else:
            by_range = _kind(status) == "error" and status not in theirs
            yield from _compare_response(pair, pointers, place, by_range=by_range)
    yield from _omissions(pair)


def _omissions(pair: OperationPair) -> Iterator[Omission]:
    nodes = [expect_object(end.document, f"{end.pointer}/responses") if "responses" in end.node else {}
             for end in (pair.before, pair.after)]  # fmt: skip
    for word in dict.fromkeys((*nodes[0], *nodes[1])):
        if str(word).startswith("x-") and to_json(nodes[0].get(word)) != to_json(nodes[1].get(word)):
            yield Omission(omission_of(word), f"{pair.before.pointer}/responses/{escape(word)}")


def _statuses(endpoint: Endpoint) -> Statuses:
    if "responses" not in endpoint.node:
        return {}
    pointer = f"{endpoint.pointer}/responses"
    return {
        _normalize(str(status)): endpoint.document.settle(f"{pointer}/{escape(status)}")
        for status in expect_object(endpoint.document, pointer)
        if not str(status).startswith("x-")
    }


def _normalize(status: str) -> str:
    return status.upper() if status[:1].isdigit() else status


def _kind(status: str) -> str:
    return "success" if status.startswith(("1", "2", "3")) else "error"


def _existence(pair: OperationPair, status: str, what: str) -> str:
    return f"callback-status-{what}" if pair.is_received else f"response-{_kind(status)}-{what}"


def _find(statuses: Statuses, status: str) -> str:
    """The response of a status: its own, or that of a range that covers it; empty if there is none."""
    names = (status, f"{status[:1]}XX", "default") if status.isdigit() else (status,)
    return next((statuses[name] for name in names if name in statuses), "")


def _is_range_over(status: str, statuses: Statuses) -> bool:
    """Whether `status` is a range such as 4XX that covers one of the statuses."""
    return status.endswith("XX") and any(name.startswith(status[0]) for name in statuses)


def _compare_response(
    pair: OperationPair, pointers: tuple[str, str], place: Place, *, by_range: bool
) -> Iterator[Observation]:
    """The differences of one status; an error that is described `by_range` may have fewer details."""
    before, after = (
        _Response(document, pointer, expect_object(document, pointer))
        for document, pointer in zip((pair.ours, pair.theirs), pointers, strict=True)
    )
    if bool(before.node.get("content")) != bool(after.node.get("content")):
        if not by_range:
            rule = f"{'response' if not pair.is_received else 'request'}-body"
            what = "removed" if before.node.get("content") else "added"
            yield change(_body_rule(rule, what), place, "", "", *pointers)
    elif before.node.get("content"):
        hidden = "readOnly" if pair.is_received else "writeOnly"
        yield from compare_contents((pair.ours, pair.theirs), pointers, place, hidden)
    if not by_range:
        yield from compare_texts("response", place, (before.node, after.node), pointers)
        yield from _compare_links(before, after, place)
    if not by_range or after.node.get("headers"):
        yield from _compare_headers(before, after, place)


def _body_rule(rule: str, what: str) -> str:
    return f"{rule}-added-optional" if rule == "request-body" and what == "added" else f"{rule}-{what}"


def _compare_links(before: _Response, after: _Response, place: Place) -> Iterator[Observation]:
    links = [response.node.get("links") or {} for response in (before, after)]
    for name in dict.fromkeys((*links[0], *links[1])):
        texts = [
            to_json(response.document.resolve(some[name])) if name in some else ""
            for response, some in zip((before, after), links, strict=True)
        ]
        if texts[0] != texts[1]:
            linked = Place(place.operation, place.part, place.status, f"link {name}", place.title)
            pointers = (f"{before.pointer}/links", f"{after.pointer}/links")
            yield change("response-link-changed", linked, *texts, *pointers)


def _compare_headers(before: _Response, after: _Response, place: Place) -> Iterator[Observation]:
    headers = [response.node.get("headers") or {} for response in (before, after)]
    ours, theirs = ({name.lower(): name for name in some} for some in headers)
    for key, name in ours.items():
        header = Place(place.operation, place.part, place.status, f"header {name}", place.title)
        pointer = f"{before.pointer}/headers/{escape(name)}"
        if key in theirs:
            their_pointer = f"{after.pointer}/headers/{escape(theirs[key])}"
            yield from _compare_header((before.document, after.document), (pointer, their_pointer), header)
        else:
            yield change("response-header-removed", header, name, "", pointer, after.pointer)
    for key, name in theirs.items():
        if key not in ours:
            header = Place(place.operation, place.part, place.status, f"header {name}", place.title)
            pointer = f"{after.pointer}/headers/{escape(name)}"
            yield change("response-header-added", header, "", name, before.pointer, pointer)


def _compare_header(
    documents: tuple[Document, Document], places: tuple[str, str], header: Place
) -> Iterator[Observation]:
    pointers = documents[0].settle(places[0]), documents[1].settle(places[1])
    before, after = expect_object(documents[0], pointers[0]), expect_object(documents[1], pointers[1])
    for word, rules in (
        ("required", ("response-header-became-required", "response-header-became-optional")),
        ("deprecated", ("response-header-deprecated", "response-header-revived")),
    ):
        flags = [bool(node.get(word)) for node in (before, after)]
        if flags[0] != flags[1]:
            yield change(rules[0] if flags[1] else rules[1], header, "", "", *pointers)
    yield from compare_texts("header", header, (before, after), pointers)
    styles = [header_style(node) for node in (before, after)]
    if styles[0] != styles[1]:
        yield change("response-header-style-changed", header, *styles, *pointers)
    if all("content" in node and "schema" not in node for node in (before, after)) and styles[0] == styles[1]:
        contents = tuple(f"{pointer}/content/{escape(styles[0])}" for pointer in pointers)
        yield from compare_media(
            documents, (contents[0], contents[1]), header, "writeOnly", styles[0], nested=False
        )
        return
    yield SchemaRoot(
        place=header,
        ours=schema_of(documents[0], pointers[0], before),
        theirs=schema_of(documents[1], pointers[1], after),
        hidden="writeOnly",
        nested=False,
        is_text=True,
    )
