"""Comparison of the responses of an operation: statuses, bodies and headers."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.drift.bodies import compare_media_types
from storepact.drift.differences import Change, Place, SchemaPlace, change, compare_schema_places
from storepact.drift.pair import OperationPair
from storepact.openapi.document import Document, Operation, ResponseSpec, is_json
from storepact.openapi.pointers import escape


def compare_responses(pair: OperationPair) -> Iterator[Change]:
    """Every difference of the responses of either document."""
    for status in dict.fromkeys((*pair.before.responses, *pair.after.responses)):
        if status not in pair.before.responses and _is_range_over(status, pair.before):
            continue  # each status that the range covers is compared by itself
        place = pair.place("response", status)
        before, after = _spec(pair.before, status), _spec(pair.after, status)
        kind = "success" if status.startswith(("1", "2", "3")) else "error"
        if before is None:
            yield change(f"response-{kind}-added", place, "", status, pair.before.pointer)
        elif after is None:
            yield change(f"response-{kind}-removed", place, status, "", before.pointer)
        else:
            by_range = kind == "error" and status not in pair.after.responses
            yield from _compare_response(pair, before, after, place, by_range=by_range)


def _spec(operation: Operation, status: str) -> ResponseSpec | None:
    """The description of a status: its own, or that of a range that covers it."""
    return operation.response(int(status)) if status.isdigit() else operation.responses.get(status)


def _is_range_over(status: str, operation: Operation) -> bool:
    """Whether `status` is a range such as 4XX that covers a status of the operation."""
    return status.upper().endswith("XX") and any(
        response.startswith(status[0]) for response in operation.responses
    )


def _compare_response(
    pair: OperationPair, before: ResponseSpec, after: ResponseSpec, place: Place, *, by_range: bool
) -> Iterator[Change]:
    """The differences of one status; an error that is described `by_range` may have fewer details."""
    if bool(before.content) != bool(after.content):
        if not by_range:
            rule = f"response-body-{'removed' if before.content else 'added'}"
            yield change(rule, place, pointer=before.pointer)
    elif before.content:
        yield from compare_media_types(before.content, after.content, place, before.pointer)
        ours, theirs = _json_schema(pair.ours, before), _json_schema(pair.theirs, after)
        if ours is not None and theirs is not None:
            yield from compare_schema_places(ours, theirs, place, hidden="writeOnly")
    if not by_range or after.headers:
        yield from _compare_headers(pair, before, after, place)


def _json_schema(document: Document, response: ResponseSpec) -> SchemaPlace | None:
    pointer = next((pointer for media, pointer in response.content.items() if is_json(media)), None)
    return None if pointer is None else SchemaPlace(document, pointer)


def _compare_headers(
    pair: OperationPair, before: ResponseSpec, after: ResponseSpec, place: Place
) -> Iterator[Change]:
    ours, theirs = ({name.lower(): name for name in response.headers} for response in (before, after))
    pointer = f"{before.pointer}/headers"
    for key, name in ours.items():
        header = Place(place.operation, "response", place.status, f"header {name}")
        if key not in theirs:
            yield change("response-header-removed", header, name, "", pointer)
            continue
        is_required = bool(after.headers[theirs[key]].get("required"))
        if bool(before.headers[name].get("required")) != is_required:
            rule = f"response-header-became-{'required' if is_required else 'optional'}"
            yield change(rule, header, pointer=pointer)
        yield from compare_schema_places(
            _header_schema(pair.ours, before, name),
            _header_schema(pair.theirs, after, theirs[key]),
            header,
            nested=False,
        )
    for key, name in theirs.items():
        if key not in ours:
            header = Place(place.operation, "response", place.status, f"header {name}")
            yield change("response-header-added", header, "", name, pointer)


def _header_schema(document: Document, response: ResponseSpec, name: str) -> SchemaPlace:
    header = document.settle(f"{response.pointer}/headers/{escape(name)}")
    return SchemaPlace(document, f"{header}/schema")
