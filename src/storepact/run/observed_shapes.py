"""The section of a record with the shapes of responses, without what the run itself has sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from storepact.model.api import Api
from storepact.openapi.document import Document
from storepact.openapi.members import SchemaView
from storepact.record.shapes import Shape
from storepact.record.values import ObservedShape


def observed_section(document: Document, api: Api, shapes: Mapping[str, Shape]) -> dict[str, ObservedShape]:
    """The shapes of responses; values that the run itself has sent say nothing about the provider."""
    sent = {
        "/" + "/".join(path)
        for operation in document.operations.values()
        if operation.body_pointer is not None
        for path, _ in SchemaView(document, ((operation.body_pointer, True),)).all_members()
    }
    secrets = document.secret_members | api.secret_members
    return {
        place: _without_values(shape.to_record(), sent, secrets) for place, shape in sorted(shapes.items())
    }


def _without_values(shape: ObservedShape, pointers: set[str], secrets: Collection[str]) -> ObservedShape:
    """The shape without the values at these pointers, but for the forms of redacted secrets."""
    members = {
        pointer: msgspec.structs.replace(
            member,
            values=None,
            forms=member.forms if pointer.rpartition("/")[2] in secrets else None,
            negative=None,
            digits=None,
        )
        if pointer.removeprefix("/items/*") in pointers
        else member
        for pointer, member in shape.members.items()
    }
    return msgspec.structs.replace(shape, members=members)
