"""Comparison of request bodies, and of the content of requests, responses, parameters and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.constructs import Omission
from storepact.drift.differences import Change, Observation, Place, SchemaPlace, SchemaRoot, change
from storepact.drift.equality import to_json
from storepact.drift.further import without_annotations
from storepact.drift.malformed import expect_object
from storepact.drift.media_types import (
    UTF_8,
    MediaName,
    covering,
    is_range,
    is_xml,
    match_media,
    media_types,
    rename_alike,
)
from storepact.drift.pair import OperationPair, compare_texts
from storepact.model.tree import Json
from storepact.openapi.document import Document, is_json
from storepact.openapi.pointers import escape

#: The members of a media type object that hold a schema, and how it is named in places.
_SCHEMAS = (("schema", ""), ("itemSchema", "/*"))


def compare_bodies(pair: OperationPair) -> Iterator[Observation]:
    """Every difference of the request body."""
    place = pair.place(pair.request_part)
    pointers = (f"{pair.before.pointer}/requestBody", f"{pair.after.pointer}/requestBody")
    before, after = (
        expect_object(endpoint.document, pointer) if "requestBody" in endpoint.node else {}
        for endpoint, pointer in zip((pair.before, pair.after), pointers, strict=True)
    )
    if not before and not after:
        return
    if not before or not after:
        yield _existence(pair, place, pointers, after)
        return
    if bool(before.get("required")) != bool(after.get("required")):
        need = "required" if after.get("required") else "optional"
        yield change(f"{_kind(pair)}-became-{need}", place, "", "", *pointers)
    yield from compare_texts("body", place, (before, after), pointers)
    yield from compare_contents((pair.ours, pair.theirs), pointers, place, _hidden(pair.request_part))


def _kind(pair: OperationPair) -> str:
    return "callback-body" if pair.is_received else "request-body"


def _hidden(part: str) -> str:
    return "readOnly" if part == "request" else "writeOnly"


def _existence(
    pair: OperationPair, place: Place, pointers: tuple[str, str], after: Mapping[str, Json]
) -> Change:
    """A body that only one of the documents describes."""
    if pair.is_received:
        return change(f"response-body-{'added' if after else 'removed'}", place, "", "", *pointers)
    if not after:
        return change("request-body-removed", place, "", "", pointers[0], pair.after.pointer)
    need = "required" if after.get("required") else "optional"
    return change(f"request-body-added-{need}", place, "", "", pair.before.pointer, pointers[1])


Documents = tuple[Document, Document]


def compare_contents(
    documents: Documents, pointers: tuple[str, str], place: Place, hidden: str
) -> Iterator[Observation]:
    """The content of a body or response: its media types, each with its schema and encoding."""
    ours, theirs = (
        media_types(document, pointer) for document, pointer in zip(documents, pointers, strict=True)
    )
    theirs = rename_alike(ours, theirs)
    for media in sorted(ours.keys() - theirs.keys()):
        if not covering(theirs, media):
            narrowed = place.part == "response" and is_range(media) and _has_counterpart(theirs, media)
            rule = "media-type-narrowed" if narrowed else "media-type-removed"
            yield change(
                f"{place.part}-{rule}", place, ours[media].name, "", ours[media].pointer, pointers[1]
            )
    for media in sorted(theirs.keys() - ours.keys()):
        if not covering(ours, media):
            rule = f"{place.part}-media-type-added"
            yield change(rule, place, "", theirs[media].name, pointers[0], theirs[media].pointer)
    for media, our_name, their_name in match_media(ours, theirs):
        yield from _compare_names(our_name, their_name, place)
        yield from compare_media(documents, (our_name.pointer, their_name.pointer), place, hidden, media)


def _has_counterpart(types: Mapping[str, MediaName], range_: str) -> bool:
    """Whether a range includes one of the types."""
    return any(covering({range_: types[name]}, name) for name in types)


def _compare_names(before: MediaName, after: MediaName, place: Place) -> Iterator[Change]:
    """The parameters of a media type; JSON and texts are UTF-8 with and without it."""
    if before.plain != after.plain or before.parameters == after.parameters:
        return
    is_text = before.parameters - {UTF_8} == after.parameters - {UTF_8}
    rule = "media-type-text-changed" if is_text else f"{place.part}-media-type-parameter-changed"
    yield change(rule, place, before.full, after.full, before.pointer, after.pointer)


def compare_media(
    documents: Documents,
    pointers: tuple[str, str],
    place: Place,
    hidden: str,
    media: str,
    *,
    nested: bool = True,
) -> Iterator[Observation]:
    """One media type: its schemas and encoding."""
    settled = documents[0].settle(pointers[0]), documents[1].settle(pointers[1])
    before, after = expect_object(documents[0], settled[0]), expect_object(documents[1], settled[1])
    yield from compare_texts("media", place, (before, after), settled)
    member = place.member
    for word, suffix in _SCHEMAS:
        if word in before or word in after:
            yield SchemaRoot(
                place=Place(place.operation, place.part, place.status, f"{member}{suffix}", place.title),
                ours=SchemaPlace(documents[0], f"{settled[0]}/{word}"),
                theirs=SchemaPlace(documents[1], f"{settled[1]}/{word}"),
                hidden=hidden,
                nested=nested,
                is_text=not (is_json(media) or is_xml(media) or "*" in media or "yaml" in media),
                is_xml=is_xml(media),
            )
    yield from _compare_encodings(documents, (before, after), settled, place)


def _compare_encodings(
    documents: Documents,
    nodes: tuple[Mapping[str, Json], Mapping[str, Json]],
    pointers: tuple[str, str],
    place: Place,
) -> Iterator[Change | Omission]:
    before, after = (node.get("encoding") or {} for node in nodes)
    for name in dict.fromkeys((*before, *after)):
        texts = [
            to_json(without_annotations(document, encoding.get(name) or {}))
            for document, encoding in zip(documents, (before, after), strict=True)
        ]
        if texts[0] != texts[1]:
            rule = f"{place.part}-encoding-changed"
            yield change(rule, _below(place, name), *texts, *pointers)
        elif to_json(before.get(name)) != to_json(after.get(name)):
            yield change("description-changed", _below(place, name), f"encoding of {name}", "", *pointers)


def _below(place: Place, name: str) -> Place:
    return Place(place.operation, place.part, place.status, f"{place.member}/{escape(name)}", place.title)
