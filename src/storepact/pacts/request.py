"""Comparison of the request that an interaction sends with the document: path, query, headers, body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.document import Operation, Parameter, is_json
from storepact.openapi.members import ELEMENT, SchemaView
from storepact.openapi.pointers import escape, pointer_to
from storepact.openapi.validators import Violation, compile_schema
from storepact.openapi.variants import Variant, variants_of
from storepact.pacts.contract import NO_BODY, REQUEST
from storepact.pacts.disagreement import (
    TRANSPORT,
    Disagreement,
    InteractionComparison,
    Level,
    Mismatch,
    Position,
    readings,
)


class RequestComparison(InteractionComparison):
    """The request of one interaction compared with the document.

    If the interaction relies on an error, its request may be invalid on purpose: only undescribed parts are
    reported.
    """

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is sent and refused by the document, or not described, or required and not sent."""
        if self.succeeds:
            yield from self._path(operation)
        yield from self._query(operation)
        yield from self._headers(operation)
        yield from self._body(operation)

    def _at(self, pointer: str, locus: str, *parts: str) -> Position:
        return Position(self.interaction.pointer(REQUEST, *parts), pointer, f"request {locus}")

    def _path(self, operation: Operation) -> Iterator[Disagreement]:
        for parameter in operation.parameters_in("path"):
            value = self.parameters.get(parameter.name, "")
            if not self._allows(parameter, value):
                message = f"the path's {parameter.name} is {value!r}"
                yield self.disagreement(
                    self._at(parameter.pointer, parameter.name, "path"), _refusal(message, parameter, value)
                )

    def _query(self, operation: Operation) -> Iterator[Disagreement]:
        parameters = {parameter.name: parameter for parameter in operation.parameters_in("query")}
        query: dict[str, str] = {}
        for name, value in self.interaction.query:
            query[name] = f"{query[name]}, {value}" if name in query else value
        for name, value in query.items():
            parameter = parameters.get(name)
            if parameter is None:
                message = f"sends the query parameter {name}, which is not described"
                yield self.disagreement(
                    self._at(operation.pointer, f"?{name}", "query", escape(name)),
                    Mismatch(Level.WARNING, "query", message, "", value),
                )
            elif self.succeeds and not self._allows(parameter, value):
                message = f"the query parameter {name} is {value!r}"
                yield self.disagreement(
                    self._at(parameter.pointer, f"?{name}", "query", escape(name)),
                    _refusal(message, parameter, value),
                )
        for name, parameter in parameters.items():
            if self.succeeds and parameter.required and name not in query:
                message = f"the required query parameter {name} is not sent"
                yield self.disagreement(self._at(parameter.pointer, f"?{name}"), _absent(message, name))

    def _allows(self, parameter: Parameter, value: str) -> bool:
        schema = compile_schema(self.document, f"{parameter.pointer}/schema")
        return any(schema.fits(reading) for reading in readings(value))

    def _headers(self, operation: Operation) -> Iterator[Disagreement]:
        headers = {name.lower(): (name, value) for name, value in self.interaction.headers(REQUEST).items()}
        parameters = {parameter.name.lower(): parameter for parameter in operation.parameters_in("header")}
        keys = self.document.security_headers(operation)
        if self.succeeds:
            yield from self._described_headers(headers, parameters)
            for name, pointer in keys.items():
                if name.lower() not in headers:
                    message = f"the header {name} is not sent, and the document requires it"
                    yield self.disagreement(self._at(pointer, name, "headers"), _absent(message, name))
        described = TRANSPORT | parameters.keys() | {name.lower() for name in keys} | {"authorization"}
        for lower_name, (name, value) in headers.items():
            if lower_name not in described:
                message = f"sends the header {name}, which is not described"
                yield self.disagreement(
                    self._at(operation.pointer, name, "headers", name),
                    Mismatch(Level.WARNING, "header", message, "", value),
                )

    def _described_headers(
        self, headers: Mapping[str, tuple[str, str]], parameters: Mapping[str, Parameter]
    ) -> Iterator[Disagreement]:
        for lower_name, parameter in parameters.items():
            name = parameter.name
            if lower_name not in headers:
                if parameter.required:
                    message = f"the required header {name} is not sent"
                    yield self.disagreement(
                        self._at(parameter.pointer, name, "headers"), _absent(message, name)
                    )
                continue
            written, value = headers[lower_name]
            if not self._allows(parameter, value):
                message = f"the header {name} is {value!r}"
                yield self.disagreement(
                    self._at(parameter.pointer, name, "headers", written), _refusal(message, parameter, value)
                )

    def _body(self, operation: Operation) -> Iterator[Disagreement]:
        body = self.interaction.body(REQUEST)
        if not self.succeeds:
            return
        if operation.body_pointer is None:
            if body is not NO_BODY:
                message = "sends a body where none is described"
                yield self.disagreement(
                    self._at(operation.pointer, "body", "body"), Mismatch(Level.WARNING, "body", message)
                )
        elif body is not NO_BODY:
            yield from self._media_type(operation.body_pointer)
            yield from self._described_body(operation, operation.body_pointer, body)
        elif operation.body_required:
            mismatch = Mismatch(Level.ERROR, "request", "the required body is not sent", "a body", "none")
            yield self.disagreement(self._at(operation.body_pointer, "body"), mismatch)

    def _media_type(self, body_pointer: str) -> Iterator[Disagreement]:
        headers = self.interaction.headers(REQUEST)
        media = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
        if media is not None and not is_json(media):
            message = f"sends its body as {media}, which is not described"
            yield self.disagreement(
                self._at(body_pointer, "Content-Type", "headers", "Content-Type"),
                Mismatch(Level.ERROR, "request", message, "application/json", media),
            )

    def _described_body(self, operation: Operation, body_pointer: str, body: Any) -> Iterator[Disagreement]:
        variant = self._variant(operation)
        violations = compile_schema(self.document, body_pointer, variant.overrides).violations(body)
        for violation in violations:
            yield self._refused_body(violation)
        if not violations:
            pointer = self.document.settle(body_pointer, variant.overrides)
            yield from self._undescribed_members(body, SchemaView(self.document, ((pointer, True),)), ())

    def _refused_body(self, violation: Violation) -> Disagreement:
        expected = "" if violation.expected is None else {violation.keyword: violation.expected}
        tokens = [str(token) for token in violation.path]
        if isinstance(violation.value, Mapping) and violation.member in violation.value:
            tokens.append(violation.member)
        message = f"request {violation.place or 'body'}: {violation.message}"
        return self.disagreement(
            self._at(violation.pointer, violation.locus, "body", *map(escape, tokens)),
            Mismatch(Level.ERROR, "request", message, expected, violation.value),
        )

    def _variant(self, operation: Operation) -> Variant:
        """The variant of the body that the path selects."""
        return next(
            (
                variant
                for variant in variants_of(self.document, operation)
                if variant.parameter and self.parameters.get(variant.parameter) == variant.value
            ),
            Variant(),
        )

    def _undescribed_members(
        self, value: Any, schema: SchemaView, path: tuple[str, ...]
    ) -> Iterator[Disagreement]:
        """Members that a schema allows without describing them."""
        if isinstance(value, Mapping) and schema.names and not schema.is_map:
            for name, member in value.items():
                member_path, member_schema = (*path, name), schema.member(name)
                if member_schema is not None:
                    yield from self._undescribed_members(member, member_schema, member_path)
                elif not schema.is_closed:
                    pointer = pointer_to(member_path)
                    message = f"sends the member {pointer}, which is not described: a provider ignores it"
                    yield self.disagreement(
                        self._at(schema.pointer, pointer, "body", *map(escape, member_path)),
                        Mismatch(Level.WARNING, "member", message, "", member),
                    )
        elif isinstance(value, list) and (element_schema := schema.member(ELEMENT)) is not None:
            for index, element in enumerate(value):
                yield from self._undescribed_members(element, element_schema, (*path, str(index)))


def _refusal(message: str, parameter: Parameter, value: str) -> Mismatch:
    return Mismatch(Level.ERROR, "request", message, dict(parameter.schema), value)


def _absent(message: str, name: str) -> Mismatch:
    return Mismatch(Level.ERROR, "request", message, name, "absent")
