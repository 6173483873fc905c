"""Comparison of request bodies, and of the content types of requests and responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storepact.drift.differences import Change, Place, SchemaPlace, change, compare_schema_places
from storepact.drift.pair import OperationPair


def compare_bodies(pair: OperationPair) -> Iterator[Change]:
    """Every difference of the request body."""
    before, after, place = pair.before, pair.after, pair.place("request")
    need = "required" if after.body_required else "optional"
    if not before.body_types or not after.body_types:
        if after.body_types:
            yield change(f"request-body-added-{need}", place, pointer=before.pointer)
        elif before.body_types:
            yield change("request-body-removed", place, pointer=before.body_pointer or before.pointer)
        return
    if before.body_required != after.body_required:
        yield change(f"request-body-became-{need}", place, pointer=before.pointer)
    yield from compare_media_types(before.body_types, after.body_types, place, before.pointer)
    if before.body_pointer and after.body_pointer:
        yield from compare_schema_places(
            SchemaPlace(pair.ours, before.body_pointer),
            SchemaPlace(pair.theirs, after.body_pointer),
            place,
            hidden="readOnly",
        )


def compare_media_types(
    before: Iterable[str], after: Iterable[str], place: Place, pointer: str
) -> Iterator[Change]:
    """Content types that were added or removed; a range such as `text/*` includes those it covers."""
    ours, theirs = ({media.partition(";")[0].strip().lower() for media in types} for types in (before, after))
    for media in sorted(ours - theirs):
        if not _includes(theirs, media):
            yield change(f"{place.part}-media-type-removed", place, media, "", pointer)
    for media in sorted(theirs - ours):
        if not _includes(ours, media):
            yield change(f"{place.part}-media-type-added", place, "", media, pointer)


def _includes(types: set[str], media: str) -> bool:
    return "*/*" in types or f"{media.partition('/')[0]}/*" in types
