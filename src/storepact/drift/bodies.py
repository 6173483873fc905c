"""Comparison of request bodies, and of the content of requests, responses, parameters and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.constructs import Omission
from storepact.drift.differences import Change, Observation, Place, SchemaPlace, SchemaRoot, change
from storepact.drift.equality import to_json
from storepact.drift.further import without_annotations
from storepact.drift.malformed import expect_object
from storepact.drift.pair import OperationPair, compare_texts
from storepact.model.tree import Json
from storepact.openapi.document import Document, is_json
from storepact.openapi.pointers import escape

#: The members of a media type object that hold a schema, and how it is named in places.
_SCHEMAS = (("schema", ""), ("itemSchema", "/*"))


def compare_bodies(pair: OperationPair) -> Iterator[Observation]:
    """Every difference of the request body."""
    place = pair.place(pair.sent)
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
    yield from compare_contents((pair.ours, pair.theirs), pointers, place, _hidden(pair.sent))


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
        _media_types(document, pointer) for document, pointer in zip(documents, pointers, strict=True)
    )
    for media in sorted(ours.keys() - theirs.keys()):
        if not _covering(theirs, media):
            yield change(f"{place.part}-media-type-removed", place, media, "", ours[media], pointers[1])
    for media in sorted(theirs.keys() - ours.keys()):
        if not _covering(ours, media):
            yield change(f"{place.part}-media-type-added", place, "", media, pointers[0], theirs[media])
    for media, mine, other in _match(ours, theirs):
        yield from compare_media(documents, (mine, other), place, hidden, media)


def _media_types(document: Document, pointer: str) -> dict[str, str]:
    """The pointers of the media type objects at an object with `content`, by name without parameters."""
    place = document.settle(pointer)
    content = expect_object(document, place).get("content")
    names: dict[str, str] = {}
    for name in content if isinstance(content, Mapping) else ():
        plain = name.partition(";")[0].strip().lower()
        key = plain if plain not in names else ";".join(sorted(map(str.strip, name.lower().split(";"))))
        names[key] = f"{place}/content/{escape(name)}"
    return names


def _covering(types: Mapping[str, str], media: str) -> str:
    """The range such as `text/*` among the types that includes a media type; empty if there is none."""
    plain = media.partition(";")[0]
    ranges = (f"{plain.partition('/')[0]}/*", "*/*", plain)
    return next((name for name in ranges if name in types), "")


def _match(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The media types to compare: the same name, or a name and the range that covers it."""
    for media, pointer in ours.items():
        name = media if media in theirs else _covering(theirs, media)
        if name and (name == media or _is_structured(media)):
            yield media, pointer, theirs[name]
    for media, pointer in theirs.items():
        if media not in ours and _is_structured(media) and (name := _covering(ours, media)):
            yield media, ours[name], pointer


def _is_structured(media: str) -> bool:
    """Whether a range with a schema of objects can be about a media type; text and files have no members."""
    return is_json(media) or _is_xml(media) or "form" in media or "*" in media


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
                is_text=not (is_json(media) or _is_xml(media) or "*" in media or "yaml" in media),
                is_xml=_is_xml(media),
            )
    yield from _compare_encodings(documents, (before, after), settled, place)


def _is_xml(media: str) -> bool:
    return media.endswith(("/xml", "+xml"))


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
