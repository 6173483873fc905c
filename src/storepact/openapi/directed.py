"""Validation of values for one direction, with everything in which a value does not fit."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

import jsonschema_rs

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json, transform
from storepact.model.values import lean_value
from storepact.openapi.directions import Direction, Reader, Reading
from storepact.openapi.document import Document
from storepact.openapi.formats import format_checks
from storepact.openapi.partial import EXCLUDES
from storepact.openapi.pointers import escape
from storepact.openapi.validators import Violation, without_surrogates


@lean_value(frozen=True)
class Failure(Violation):
    """A violation with the schema that has the keyword, and with what fails in each alternative."""

    schema: Mapping[str, Json] = field(default_factory=dict)
    branches: tuple[tuple[Failure, ...], ...] = ()
    """Of alternatives: the failures of each."""


#: A schema that refers to more definitions is compiled together with those of all other bodies.
_MOST_DEFINITIONS = 100


class DirectedSchema:
    """A schema of a document, read for one direction and compiled."""

    def __init__(self, document: Document, cache: _Cache, reader: Reader, reading: Reading) -> None:
        self._document, self._cache, self._reader, self._reading = document, cache, reader, reading

    @cached_property
    def _schema(self) -> dict[str, Json]:
        return self._reader.schema(self._reading)

    @cached_property
    def _is_member_of_bodies(self) -> bool:
        """Whether the validator is one of all bodies: then the value is a member of an object for it."""
        if len(self._schema["definitions"]) <= _MOST_DEFINITIONS:
            return False
        return self._cache.validator_of_bodies(self._document, self._reader, self._reading) is not None

    @cached_property
    def _validator(self) -> Any:
        if self._is_member_of_bodies:
            return self._cache.validator_of_bodies(self._document, self._reader, self._reading)
        try:
            return _compile(self._schema, self._reader)
        except jsonschema_rs.ValidationError as error:
            pointer = self._pointer(list(error.instance_path))
            message = error.message.partition("\n")[0]
        except ValueError as error:
            pointer, message = self._reading.pointer, str(error).partition("\n")[0]
        raise DocumentUnusable(
            self._document.path,
            f"the schema at {pointer} is not valid: {message}",
            line=self._document.line(pointer),
        )

    def fits(self, value: Json) -> bool:
        """Whether the value fits.

        Raises:
            DocumentUnusable: the schema is not a valid one; names the line.

        """
        value = self._wrap(value)
        try:
            return bool(self._validator.is_valid(value))
        except UnicodeEncodeError:
            return bool(self._validator.is_valid(transform(value, without_surrogates)))

    def _wrap(self, value: Json) -> Json:
        return {self._reader.key(self._reading): value} if self._is_member_of_bodies else value

    def failures(self, value: Json) -> tuple[Failure, ...]:
        """Every way in which the value does not fit; empty if it fits."""
        if self.fits(value):
            return ()
        value = self._wrap(value)
        try:
            return tuple(self._explain(self._validator.iter_errors(value)))
        except UnicodeEncodeError:
            return tuple(self._explain(self._validator.iter_errors(transform(value, without_surrogates))))

    def _explain(self, errors: Any) -> Iterator[Failure]:
        for error in errors:
            path = list(error.schema_path)
            keyword = str(path[-1]) if path else ""
            schema = self._node(path[:-1])
            branches = tuple(
                tuple(self._explain(branch)) for branch in getattr(error.kind, "context", None) or ()
            )
            common = Failure(
                tuple(error.instance_path)[int(self._is_member_of_bodies) :],
                keyword,
                error.message.partition("\n")[0],
                self._pointer(path),
                schema.get(keyword) if isinstance(schema, Mapping) else None,
                error.instance,
                schema=schema if isinstance(schema, Mapping) else {},
                branches=branches,
            )
            if EXCLUDES in common.schema:
                yield self._overlap(common, path)
            else:
                yield from _by_member(common, error.kind)

    def _overlap(self, failure: Failure, path: list[Any]) -> Failure:
        """The value fits several alternatives: `path` leads to the `not` that keeps it from that."""
        keyword = str(failure.schema[EXCLUDES])
        holder = self._pointer(path[:-3])
        nodes = self._document.at(holder)
        is_there = isinstance(nodes, Mapping) and keyword in nodes
        return Failure(
            failure.path,
            keyword,
            f"it fits more than one alternative of {keyword}",
            f"{holder}/{keyword}" if is_there else holder,
            value=failure.value,
        )

    def _node(self, path: list[Any]) -> Json:
        node: Any = self._schema
        for token in path:
            try:
                node = node[token]
            except (KeyError, IndexError, TypeError):
                return {}
        return node

    def _pointer(self, path: list[Any]) -> str:
        """The pointer in the document of a path in the converted schema, or of the nearest above."""
        if len(path) < 2:
            return self._reading.pointer
        pointer = self._reader.reading(str(path[1])).pointer
        node = self._document.at(pointer)
        for step in path[2:]:
            is_renamed = step == "anyOf" and isinstance(node, Mapping) and "anyOf" not in node
            word = "oneOf" if is_renamed else step
            try:
                node = node[word]
            except (KeyError, IndexError, TypeError):
                break
            pointer = f"{pointer}/{escape(word)}"
        return pointer


def _by_member(failure: Failure, kind: Any) -> Iterator[Failure]:
    """A failure for each member that is missing or not allowed; the failure itself if it is about none."""
    unexpected = getattr(kind, "unexpected", None)
    if unexpected and isinstance(failure.value, Mapping):
        for name in sorted(unexpected):
            message = f"{name!r} is not described"
            yield _replace(failure, message, name, failure.value.get(name))
    elif hasattr(kind, "property"):
        name = str(kind.property).strip('"')
        yield _replace(failure, f"{name!r} is missing", name, failure.value)
    else:
        yield failure


def _replace(failure: Failure, message: str, member: str, value: Json) -> Failure:
    return Failure(
        failure.path,
        failure.keyword,
        message,
        failure.pointer,
        failure.expected,
        value,
        member,
        failure.schema,
        failure.branches,
    )


class _Cache:
    """The readers and schemas of one document."""

    def __init__(self) -> None:
        self.readers: dict[tuple[tuple[str, str], ...], Reader] = {}
        self.schemas: dict[tuple[str, Direction, tuple[tuple[str, str], ...]], DirectedSchema] = {}
        self._of_bodies: dict[tuple[int, Direction], tuple[frozenset[Reading], Any]] = {}

    def validator_of_bodies(self, document: Document, reader: Reader, reading: Reading) -> Any:
        """One validator for all bodies of a direction, which share most of their schemas; None if none is.

        Compiled by itself, each body of a document whose schemas refer to each other would hold them all.
        """
        key = (id(reader), reading.direction)
        if key not in self._of_bodies:
            readings = frozenset(_bodies(document, reading.direction))
            schema: dict[str, Json] = {"properties": {}, "definitions": {}}
            for body in readings:
                part = reader.schema(body, schema["definitions"])
                schema["properties"][reader.key(body)] = {"$ref": part["$ref"]}
            try:
                self._of_bodies[key] = readings, _compile(schema, reader)
            except (jsonschema_rs.ValidationError, ValueError):  # reported where it is needed
                self._of_bodies[key] = frozenset(), None
        readings, validator = self._of_bodies[key]
        return validator if reading in readings else None


def _bodies(document: Document, direction: Direction) -> Iterator[Reading]:
    """The schemas of all bodies of a direction."""
    for operation in document.operations.values():
        if direction is Direction.REQUEST:
            pointers = [operation.body_pointer] if operation.body_pointer else []
        else:
            pointers = [schema for spec in operation.responses.values() for schema in spec.content.values()]
        yield from (Reading(document.settle(pointer), direction) for pointer in pointers)


def _compile(schema: dict[str, Json], reader: Reader) -> Any:
    maker = jsonschema_rs.Draft4Validator if reader.is_draft4 else jsonschema_rs.Draft202012Validator
    return maker(schema, formats=format_checks(), validate_formats=True)


_CACHES: weakref.WeakKeyDictionary[Document, _Cache] = weakref.WeakKeyDictionary()


def directed_schema(
    document: Document, pointer: str, direction: Direction, overrides: Mapping[str, str] | None = None
) -> DirectedSchema:
    """The schema at a pointer for one direction; `overrides` replaces schemas by others, both by name."""
    cache = _CACHES.get(document)
    if cache is None:
        cache = _CACHES[document] = _Cache()
    replaced = tuple(sorted(overrides.items())) if overrides else ()
    key = (pointer, direction, replaced)
    if key not in cache.schemas:
        reader = cache.readers.setdefault(replaced, Reader(document, dict(replaced)))
        settled = document.settle(pointer, dict(replaced) or None)
        cache.schemas[key] = DirectedSchema(document, cache, reader, Reading(settled, direction))
    return cache.schemas[key]
