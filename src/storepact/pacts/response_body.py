"""Comparison of the response body that an interaction relies on with the document, member by member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.document import ResponseSpec, is_json
from storepact.openapi.members import ELEMENT, SchemaView
from storepact.openapi.pointers import escape, pointer_to
from storepact.pacts.contract import NO_BODY, REQUEST, RESPONSE
from storepact.pacts.disagreement import (
    Disagreement,
    InteractionComparison,
    Level,
    Mismatch,
    Position,
    description_at,
)
from storepact.pacts.matchers import MAX_ELEMENTS, Matcher
from storepact.pacts.values import ReliedValue, mismatches, summarize

#: Names of provider states that bring about empty lists.
_EMPTY_STATE = re.compile(r"\b(no|none|empty|nothing)\b")


class BodyComparison(InteractionComparison):
    """The body of a response compared with the document, and what comparing a header shares with it."""

    def compare_body(self, spec: ResponseSpec) -> Iterator[Disagreement]:
        """What is relied on in the body and not promised, from its root."""
        body = self.interaction.body(RESPONSE)
        position = self._at(spec.pointer, "body", "body")
        if body is NO_BODY:
            return
        if body is None:
            if spec.content:
                message = "relies on a response without a body where one is described"
                yield self.disagreement(position, Mismatch(Level.ERROR, "body", message, "a body", "none"))
            return
        schema = next((pointer for media, pointer in spec.content.items() if is_json(media)), None)
        if schema is not None:
            example = {**self.parameters, **body} if isinstance(body, Mapping) else body
            yield from self._member(body, SchemaView(self.document, ((schema, True),), example=example), ())
        elif not self.document.at(spec.pointer).get("content"):
            message = "relies on a body where none is described"
            yield self.disagreement(position, Mismatch(Level.ERROR, "body", message, "no body", body))

    def _member(self, value: Any, schema: SchemaView, path: tuple[str, ...]) -> Iterator[Disagreement]:
        """Compare the body or a member of it, then what is below it unless it is contradicted itself."""
        generic = _generic(path)
        matchers = self.interaction.rules(RESPONSE).at(generic)
        has_required_value = not isinstance(value, Mapping | list) and self._has_required_value(
            value, generic
        )
        name = pointer_to(generic) or "the body"
        relied = ReliedValue(name, value, matchers, schema, has_required_value=has_required_value)
        own = list(self._value(relied, self._at_member(schema.pointer, path)))
        yield from own
        if any(disagreement.level is Level.ERROR for disagreement in own):
            return
        if any(matcher.is_opaque for matcher in matchers):
            return
        if isinstance(value, Mapping):
            for member_name, member in value.items():
                member_path = (*path, member_name)
                member_schema = schema.member(member_name, member)
                if member_schema is None:
                    yield self._undescribed_member(member_path, member, schema)
                    continue
                if not member_schema.required:
                    yield self._optional(member_path, member, member_schema, schema)
                yield from self._member(member, member_schema, member_path)
        elif isinstance(value, list):
            yield from self._elements(value, schema, path, matchers)

    def _undescribed_member(self, path: tuple[str, ...], value: Any, parent: SchemaView) -> Disagreement:
        pointer = pointer_to(_generic(path))
        if parent.is_map or (not parent.names and not parent.is_closed):
            message = f"relies on the member {pointer}, whose name the document leaves open"
            level = Level.WARNING
        else:
            message, level = f"relies on the member {pointer}, which is not described", Level.ERROR
        return self.disagreement(
            self._at_member(parent.pointer, path), Mismatch(level, "member", message, "", value)
        )

    def _optional(
        self, path: tuple[str, ...], value: Any, schema: SchemaView, parent: SchemaView
    ) -> Disagreement:
        message = f"relies on the member {pointer_to(_generic(path))}, which the document calls optional"
        pointer = schema.roots[0][0] if schema.roots else parent.pointer
        return self.disagreement(
            self._at_member(pointer, path),
            Mismatch(Level.WARNING, "optional", message, "", value),
            description_at(self.document, *(pointer for pointer, _ in parent.parts)),
        )

    def _elements(
        self, value: list[Any], schema: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Iterator[Disagreement]:
        if self._has_required_value(value, _generic(path)):
            return
        is_exact = any(matcher.kind == "equality" for matcher in matchers)
        length = self._length(value, schema, path, matchers)
        if length is not None:
            yield length
        if is_exact and value and not any(isinstance(element, Mapping | list) for element in value):
            return  # the array is compared as a whole
        reported: set[str] = set()
        for index, element in enumerate(value[:MAX_ELEMENTS]):
            element_schema = schema.member(ELEMENT, element)
            if element_schema is None:
                return
            for disagreement in self._member(element, element_schema, (*path, str(index))):
                if disagreement.locus + disagreement.rule not in reported:
                    reported.add(disagreement.locus + disagreement.rule)
                    yield disagreement

    def _length(
        self, value: list[Any], schema: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Disagreement | None:
        """Compare how many elements an interaction relies on with how many are promised."""
        name = pointer_to(_generic(path)) or "the array"
        minimum = max((int(matcher.raw.get("min") or 0) for matcher in matchers), default=0)
        maximum = min(
            (int(matcher.raw["max"]) for matcher in matchers if matcher.raw.get("max") is not None),
            default=None,
        )
        if any(matcher.kind == "equality" for matcher in matchers):
            if not value and any(_EMPTY_STATE.search(state.lower()) for state, _ in self.interaction.states):
                return None  # the provider state brings the empty list about
            message = _exact_length(value, name, schema)
        elif minimum > int(schema.rule("minItems") or 0):
            if minimum == 1:
                return self._some_element(value, schema, path, name)
            message = f"relies on at least {minimum} elements of {name}, the document promises no number"
        elif maximum is not None:
            message = f"relies on at most {maximum} elements of {name}, the document promises no number"
        else:
            return None
        mismatch = Mismatch(Level.WARNING, "tighter", message, summarize(schema), len(value))
        return self.disagreement(self._at_member(schema.pointer, path, name), mismatch)

    def _some_element(
        self, value: list[Any], schema: SchemaView, path: tuple[str, ...], name: str
    ) -> Disagreement:
        """A list may be empty; that it holds an object can be left to a provider state."""
        level, reason = Level.WARNING, ""
        if _holds_objects(schema) and self.interaction.states:
            level = Level.NOTE
            reason = f"the provider state {self.interaction.states[0][0]!r} can create it"
        message = f"relies on an element of {name}, which the document calls optional"
        return self.disagreement(
            self._at_member(schema.pointer, path, pointer_to((*_generic(path), ELEMENT))),
            Mismatch(level, "optional", message, summarize(schema), len(value)),
            reason,
        )

    def _value(self, value: ReliedValue, position: Position) -> Iterator[Disagreement]:
        reason = description_at(self.document, *(pointer for pointer, _ in value.schema.parts))
        for mismatch in mismatches(value):
            yield self.disagreement(position, mismatch, reason if mismatch.level is Level.WARNING else "")

    def _at(self, pointer: str, locus: str, *parts: str) -> Position:
        return Position(self.interaction.pointer(RESPONSE, *parts), pointer, f"response {locus}")

    def _at_member(self, pointer: str, path: tuple[str, ...], locus: str | None = None) -> Position:
        where = pointer_to(_generic(path)) if locus is None else locus
        return self._at(pointer, where, "body", *map(escape, path))

    def _has_required_value(self, value: Any, path: tuple[str, ...]) -> bool:
        """Whether the request or a provider state says what a member of the response must be.

        It does if a parameter of the path or a state, a member of the request or a patch of it has the value.
        """
        if len(path) == 1 and self.parameters.get(path[0]) == value:
            return True
        if path and any(_member_at(params, path) == value for _, params in self.interaction.states):
            return True
        body = self.interaction.body(REQUEST)
        if path and _member_at(body, path) == value:
            return True
        operations = body.get("patch") if isinstance(body, Mapping) else body
        return any(
            isinstance(operation, Mapping)
            and operation.get("path") == pointer_to(path)
            and operation.get("value") == value
            for operation in (operations if isinstance(operations, list) else ())
        )


def _generic(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ELEMENT if token.isdigit() else token for token in path)


def _member_at(node: Any, path: tuple[str, ...]) -> Any:
    for token in path:
        node = node.get(token, NO_BODY) if isinstance(node, Mapping) else NO_BODY
    return node


def _holds_objects(schema: SchemaView) -> bool:
    element = schema.member(ELEMENT)
    return element is not None and element.types == frozenset({"object"})


def _exact_length(value: list[Any], name: str, schema: SchemaView) -> str:
    if value and _holds_objects(schema):
        elements = f"{len(value)} element{'s' * (len(value) > 1)}"
        return f"relies on exactly {elements} of {name}, the document promises no number"
    text = json.dumps(value, ensure_ascii=False)[:80]
    return f"relies on {name} being {text}, the document allows other values"
