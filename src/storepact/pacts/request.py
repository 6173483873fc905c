"""What an interaction sends, beside what the document describes: path, query, headers, body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.document import Operation, Parameter, is_json
from storepact.openapi.members import ELEMENT, SchemaView
from storepact.openapi.pointers import escape, pointer_to
from storepact.openapi.validators import compile_schema
from storepact.openapi.variants import Variant, variants_of
from storepact.pacts.contract import NO_BODY, REQUEST
from storepact.pacts.disagreement import TRANSPORT, Disagreement, InteractionComparison, Level, readings


class RequestComparison(InteractionComparison):
    """The request of one interaction."""

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is sent and not described, or refused. Where an error is relied on, the request may be wrong on purpose."""
        yield from self._parameters(operation)
        yield from self._headers_sent(operation)
        yield from self._body_sent(operation)

    # what is sent

    def _parameters(self, operation: Operation) -> Iterator[Disagreement]:
        each = self.interaction
        if self.succeeds:
            for parameter in operation.parameters_in("path"):
                value = self.parameters.get(parameter.name, "")
                if not self._takes(parameter, value):
                    message = f"the path's {parameter.name} is {value!r}"
                    yield self.said(
                        Level.ERROR, "request", each.place(REQUEST, "path"), parameter.pointer, message,
                        f"request {parameter.name}", dict(parameter.schema), value,
                    )  # fmt: skip
        described = {parameter.name: parameter for parameter in operation.parameters_in("query")}
        sent: dict[str, str] = {}
        for name, value in each.query:
            sent[name] = f"{sent[name]}, {value}" if name in sent else value
        for name, value in sent.items():
            place = each.place(REQUEST, "query", escape(name))
            if name not in described:
                message = f"sends the query parameter {name}, which is not described"
                yield self.said(
                    Level.WARNING, "query", place, operation.pointer, message, f"request ?{name}", "", value
                )
            elif self.succeeds and not self._takes(described[name], value):
                message = f"the query parameter {name} is {value!r}"
                yield self.said(
                    Level.ERROR,
                    "request",
                    place,
                    described[name].pointer,
                    message,
                    f"request ?{name}",
                    dict(described[name].schema),
                    value,
                )
        for name, parameter in described.items():
            if self.succeeds and parameter.required and name not in sent:
                message = f"the required query parameter {name} is not sent"
                yield self.said(
                    Level.ERROR,
                    "request",
                    each.place(REQUEST),
                    parameter.pointer,
                    message,
                    f"request ?{name}",
                    name,
                    "absent",
                )

    def _takes(self, parameter: Parameter, value: str) -> bool:
        schema = f"{parameter.pointer}/schema"
        return any(compile_schema(self.document, schema).fits(reading) for reading in readings(value))

    def _headers_sent(self, operation: Operation) -> Iterator[Disagreement]:
        each = self.interaction
        sent = {name.lower(): (name, value) for name, value in each.headers(REQUEST).items()}
        described = {parameter.name.lower(): parameter for parameter in operation.parameters_in("header")}
        for low, parameter in described.items():
            name = parameter.name
            if low not in sent:
                if parameter.required and self.succeeds:
                    message = f"the required header {name} is not sent"
                    yield self.said(
                        Level.ERROR,
                        "request",
                        each.place(REQUEST, "headers"),
                        parameter.pointer,
                        message,
                        f"request {name}",
                        name,
                        "absent",
                    )
            elif self.succeeds and not self._takes(parameter, sent[low][1]):
                message = f"the header {name} is {sent[low][1]!r}"
                yield self.said(
                    Level.ERROR, "request", each.place(REQUEST, "headers", sent[low][0]), parameter.pointer, message,
                    f"request {name}", dict(parameter.schema), sent[low][1],
                )  # fmt: skip
        keys = self.document.security_headers(operation)
        for name, pointer in keys.items():
            if self.succeeds and name.lower() not in sent:
                message = f"the header {name} is not sent, and the document asks for it"
                yield self.said(
                    Level.ERROR,
                    "request",
                    each.place(REQUEST, "headers"),
                    pointer,
                    message,
                    f"request {name}",
                    name,
                    "absent",
                )
        known = TRANSPORT | described.keys() | {name.lower() for name in keys} | {"authorization"}
        for low, (name, value) in sent.items():
            if low not in known:
                message = f"sends the header {name}, which is not described"
                place = each.place(REQUEST, "headers", name)
                yield self.said(
                    Level.WARNING, "header", place, operation.pointer, message, f"request {name}", "", value
                )

    def _body_sent(self, operation: Operation) -> Iterator[Disagreement]:
        each, body = self.interaction, self.interaction.body(REQUEST)
        place = each.place(REQUEST, "body")
        if operation.body_pointer is None:
            if body is not NO_BODY and self.succeeds:
                yield self.said(
                    Level.WARNING,
                    "body",
                    place,
                    operation.pointer,
                    "sends a body where none is described",
                    "request body",
                )
            return
        media = next(
            (value for name, value in each.headers(REQUEST).items() if name.lower() == "content-type"), None
        )
        if not self.succeeds:
            return
        if body is NO_BODY:
            if operation.body_required:
                message = "the required body is not sent"
                yield self.said(
                    Level.ERROR,
                    "request",
                    each.place(REQUEST),
                    operation.body_pointer,
                    message,
                    "request body",
                    "a body",
                    "none",
                )
            return
        if media is not None and not is_json(media):
            message = f"sends its body as {media}, which is not described"
            place = each.place(REQUEST, "headers", "Content-Type")
            yield self.said(
                Level.ERROR,
                "request",
                place,
                operation.body_pointer,
                message,
                "request Content-Type",
                "application/json",
                media,
            )
        variant = self._variant(operation)
        refused = compile_schema(self.document, operation.body_pointer, variant.overrides).violations(body)
        for violation in refused:
            expected = "" if violation.expected is None else {violation.keyword: violation.expected}
            tokens = [str(token) for token in violation.path] + (
                [violation.member] if violation.member in _names(violation.value) else []
            )
            yield self.said(
                Level.ERROR, "request", each.place(REQUEST, "body", *map(escape, tokens)), violation.pointer,
                f"request {violation.place or 'body'}: {violation.message}", f"request {violation.locus}", expected,
                violation.value,
            )  # fmt: skip
        if not refused:
            pointer = self.document.settle(operation.body_pointer, variant.overrides)
            yield from self._superfluous(body, SchemaView(self.document, ((pointer, True),)), ())

    def _variant(self, operation: Operation) -> Variant:
        found = variants_of(self.document, operation)
        return next(
            (one for one in found if one.parameter and self.parameters.get(one.parameter) == one.value),
            Variant(),
        )

    def _superfluous(
        self, value: Any, described: SchemaView, path: tuple[str, ...]
    ) -> Iterator[Disagreement]:
        """Members that a schema lets pass and does not describe."""
        if isinstance(value, Mapping) and described.names and not described.is_map:
            for name, member in value.items():
                below = described.member(name)
                if below is not None:
                    yield from self._superfluous(member, below, (*path, name))
                elif not described.is_closed:
                    where = (*path, name)
                    place = self.interaction.place(REQUEST, "body", *map(escape, where))
                    message = (
                        f"sends the member {pointer_to(where)}, which is not described: a provider ignores it"
                    )
                    yield self.said(
                        Level.WARNING,
                        "member",
                        place,
                        described.pointer,
                        message,
                        f"request {pointer_to(where)}",
                        "",
                        member,
                    )
        elif isinstance(value, list):
            below = described.member(ELEMENT)
            for index, element in enumerate(value if below is not None else ()):
                assert below is not None
                yield from self._superfluous(element, below, (*path, str(index)))


def _names(value: Any) -> frozenset[str]:
    return frozenset(value) if isinstance(value, Mapping) else frozenset()
