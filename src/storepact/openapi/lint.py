"""Lint: is the document itself sound?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.validators import compile_schema


@dataclass(frozen=True)
class Trouble:
    """One thing wrong with the document."""

    operation: str
    pointer: str
    message: str


def lint(document: Document) -> Iterator[Trouble]:
    """Everything wrong: not valid OpenAPI, examples that do not fit, links that lead nowhere."""
    maker = OpenAPIV30SpecValidator if document.dialect.startswith("3.0") else OpenAPIV31SpecValidator
    for error in maker(document.data).iter_errors():
        place = "".join(f"/{escape(token)}" for token in getattr(error, "absolute_path", ()))
        yield Trouble("", place, " ".join(str(getattr(error, "message", error)).split())[:300])
    for operation in document.operations.values():
        for pointer, schema in _examples(document, operation):
            for violation in compile_schema(document, schema).violations(document.at(pointer)):
                yield Trouble(
                    operation.id,
                    pointer,
                    f"the example does not fit: {violation.place or '/'}: {violation.message}",
                )
        for status in operation.responses:
            yield from _links(document, operation.id, f"{operation.pointer}/responses/{status}")


def _examples(document: Document, operation: Any) -> Iterator[tuple[str, str]]:
    schemas = [operation.body_pointer] if operation.body_pointer else []
    schemas += [pointer for response in operation.responses.values() for pointer in response.content.values()]
    for schema in schemas:
        media = schema.rpartition("/")[0]
        node = document.at(media)
        if "example" in node:
            yield f"{media}/example", schema
        for name in node.get("examples") or ():
            place = document.settle(f"{media}/examples/{escape(name)}")
            if "value" in document.at(place):
                yield f"{place}/value", schema


def _links(document: Document, operation: str, pointer: str) -> Iterator[Trouble]:
    links = document.resolve(document.at(pointer)).get("links")
    for name, link in links.items() if isinstance(links, Mapping) else ():
        aim = document.resolve(link).get("operationId")
        if aim is not None and aim not in document.operations:
            yield Trouble(
                operation, f"{pointer}/links/{escape(name)}", f"the link leads to {aim!r}, which is not there"
            )
