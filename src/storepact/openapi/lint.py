"""Checks of the document itself: valid OpenAPI, examples that fit, links that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.known_valid import has_note, keep_note, validity_note
from storepact.openapi.operation import Operation
from storepact.openapi.pointers import escape, pointer_to, unescape
from storepact.openapi.validators import compile_schema

_LONGEST_MESSAGE = 300

#: The name by which YAML merges other objects into one; it may stand twice.
_MERGE = "<<"


@lean_value(frozen=True)
class Trouble:
    """A defect of the document. `operation` is an id, empty for a defect outside of all operations."""

    operation: str
    pointer: str
    message: str


def lint(document: Document) -> Iterator[Trouble]:
    """Every defect of the document."""
    note = validity_note(document)
    if not has_note(note):
        errors = [*_repeated_names(document), *_errors(document)]
        yield from errors
        if not errors:
            keep_note(note)
    for operation in document.operations.values():
        yield from _check_examples(document, operation)
        for response in operation.responses.values():
            yield from _check_links(document, operation.id, response.pointer)


def _repeated_names(document: Document) -> Iterator[Trouble]:
    """Names that stand twice in an object: JSON and YAML do not say which of them counts."""
    for pointer, line in document.source.repeated.items():
        name = unescape(pointer.rpartition("/")[2])
        if name != _MERGE:
            message = f"the name {name!r} stands twice in one object, before in line {line}; the last is used"
            yield Trouble("", pointer, message)


def _errors(document: Document) -> Iterator[Trouble]:
    """Where the document is no valid OpenAPI."""
    # imported here: it loads 200 modules, and few commands and processes check a document
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    maker = OpenAPIV30SpecValidator if document.dialect.startswith("3.0") else OpenAPIV31SpecValidator
    for error in maker(document.data).iter_errors():
        # what follows the first paragraph repeats the schema and the whole document
        first, _, _ = str(getattr(error, "message", error)).partition("\n\n")
        message = " ".join(first.split())[:_LONGEST_MESSAGE]
        yield Trouble("", pointer_to(getattr(error, "absolute_path", ())), message)


def _check_examples(document: Document, operation: Operation) -> Iterator[Trouble]:
    for pointer, schema in _examples(document, operation):
        for violation in compile_schema(document, schema).violations(document.at(pointer)):
            message = f"the example does not fit: {violation.place or '/'}: {violation.message}"
            yield Trouble(operation.id, pointer, message)


def _examples(document: Document, operation: Operation) -> Iterator[tuple[str, str]]:
    """Pointers of the examples of an operation's bodies, each with that of its schema."""
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


def _check_links(document: Document, operation: str, pointer: str) -> Iterator[Trouble]:
    links = document.resolve(document.at(pointer)).get("links")
    for name, link in links.items() if isinstance(links, Mapping) else ():
        target = document.resolve(link).get("operationId")
        if target is not None and target not in document.operations:
            message = f"the link leads to {target!r}, which is not there"
            yield Trouble(operation, f"{pointer}/links/{escape(name)}", message)
