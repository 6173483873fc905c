"""Comparison of the response body that an interaction relies on with the document, member by member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from storepact.model.tree import Json
from storepact.openapi.directed import directed_schema
from storepact.openapi.directions import Direction
from storepact.openapi.media import parse_media
from storepact.openapi.members import SchemaView, schema_view
from storepact.openapi.operation import ResponseSpec
from storepact.openapi.pointers import pointer_to
from storepact.pacts.bodies import DescribedBody, describe_body, described_media
from storepact.pacts.contract import BINARY, NO_BODY, REQUEST, RESPONSE
from storepact.pacts.disagreement import (
    Disagreement,
    Level,
    Mismatch,
    Position,
)
from storepact.pacts.failures import Refusal, lengthen_arrays, place_name, refusals
from storepact.pacts.matchers import MAX_ELEMENTS, Matcher
from storepact.pacts.response_lengths import LengthComparison, generic_path, place_of
from storepact.pacts.values import ReliedValue, mismatches


class BodyComparison(LengthComparison):
    """The body of a response compared with the document, and what comparing a header shares with it."""

    @cached_property
    def _sent_body(self) -> Json:
        return self.interaction.body(REQUEST)

    _refused: dict[tuple[str, ...], Level]
    """The places in the body whose example does not fit, and how bad that is."""

    def compare_body(self, spec: ResponseSpec) -> Iterator[Disagreement]:
        """What is relied on in the body and not promised, from its root."""
        body = self.interaction.body(RESPONSE)
        if body is NO_BODY or body == "":
            return
        described = described_media(self.document, spec.pointer)
        position = self._at(spec.pointer, "body", "body")
        if not described:
            if body is not None:
                message = "relies on a body where none is described"
                actual = "" if body is BINARY else body
                yield self.disagreement(position, Mismatch(Level.ERROR, "body", message, "no body", actual))
            return
        chosen = describe_body(self.interaction, RESPONSE, described, self.document)
        if body is None and not self._may_be_null(chosen):
            message = "relies on a response without a body where one is described"
            yield self.disagreement(position, Mismatch(Level.ERROR, "body", message, "a body", "none"))
        elif not chosen.media:
            yield from self._undescribed_media(chosen, described, position)
        elif chosen.reason:
            yield self.omission_note(position, chosen.reason)
        elif chosen.schema is not None and body is not None:
            yield from self._described_body(chosen.schema, chosen.values)

    def _may_be_null(self, chosen: DescribedBody) -> bool:
        if not chosen.schema or not parse_media(chosen.content_type).is_json:
            return False
        return directed_schema(self.document, chosen.schema, Direction.RESPONSE).fits(None)

    def _undescribed_media(
        self, chosen: DescribedBody, described: Mapping[str, str | None], position: Position
    ) -> Iterator[Disagreement]:
        """The body has a media type that is not described; a Content-Type header is reported by itself."""
        if "content-type" not in {name.lower() for name in self.interaction.headers(RESPONSE)}:
            message = f"relies on a body of {chosen.content_type}, which is not described"
            mismatch = Mismatch(Level.ERROR, "body", message, ", ".join(described), chosen.content_type)
            yield self.disagreement(position, mismatch)

    def _described_body(self, schema: str, values: tuple[Json, ...]) -> Iterator[Disagreement]:
        """Compare the whole body with its schema, then what the rules accept, member by member."""
        directed = directed_schema(self.document, schema, Direction.RESPONSE)
        fitting = next((value for value in values if directed.fits(value)), NO_BODY)
        body = values[-1] if fitting is NO_BODY else fitting
        rules = self.interaction.rules(RESPONSE)
        self._refused = {}
        failures = () if body is fitting else directed.failures(body)
        longer = lengthen_arrays(failures, rules, body) if failures else body
        failures = failures if longer is body else directed.failures(longer)
        for refusal in refusals(failures, rules, longer):
            generic = generic_path(refusal.path)
            earlier = self._refused.get(generic)
            if earlier is None or refusal.level.rank < earlier.rank:
                self._refused[generic] = refusal.level
                yield self.disagreement(
                    self._at_member(_schema_pointer(refusal), refusal.path),
                    refusal.mismatch(place_name(refusal.path)),
                )
        view = schema_view(self.document, schema)
        if isinstance(body, Mapping):
            view = view.for_example({**self.parameters, **body})
        yield from self._member(body, view, ())

    def _member(self, value: Any, schema: SchemaView, path: tuple[str, ...]) -> Iterator[Disagreement]:
        """Compare the rules of the body or a member of it, then what is below it unless it is refused."""
        generic = generic_path(path)
        refused = self._refused.get(generic)
        if refused is Level.ERROR:
            return
        matchers = self.interaction.rules(RESPONSE).at(path)
        if refused is None:
            has_required_value = not isinstance(value, dict | list) and self._has_required_value(
                value, generic
            )
            name = place_of(path) or "the body"
            relied = ReliedValue(name, value, matchers, schema, has_required_value=has_required_value)
            own = list(mismatches(relied))
            if own:
                yield from self._disagreements(own, relied, self._at_member(schema.pointer, path))
            if any(mismatch.level is Level.ERROR for mismatch in own):
                return
        if not isinstance(value, dict | list) or any(matcher.is_opaque for matcher in matchers):
            return
        if isinstance(value, dict):
            for member_name, member in value.items():
                yield from self._named_member(member, schema, (*path, member_name))
        else:
            yield from self._elements(value, schema, path, matchers)

    def _named_member(self, value: Any, parent: SchemaView, path: tuple[str, ...]) -> Iterator[Disagreement]:
        """Compare a member of an object, unless the object may not have it."""
        if self._refused.get(generic_path(path)) is Level.ERROR:
            return
        schema = parent.member(path[-1], value)
        if schema is None:
            yield self._undescribed_member(path, value, parent)
            return
        if schema.is_forbidden:
            yield self._write_only(path, value, schema)
        if not schema.required:
            yield self._optional(path, value, schema, parent)
        yield from self._member(value, schema, path)

    def _write_only(self, path: tuple[str, ...], value: Any, schema: SchemaView) -> Disagreement:
        message = f"relies on the member {place_of(path)}, which is writeOnly: no response has it"
        return self.disagreement(
            self._at_member(schema.pointer, path), Mismatch(Level.WARNING, "member", message, "", value)
        )

    def _undescribed_member(self, path: tuple[str, ...], value: Any, parent: SchemaView) -> Disagreement:
        pointer = place_of(path)
        if parent.is_map or (not parent.names and not parent.has_no_further_members):
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
        message = f"relies on the member {place_of(path)}, which the document calls optional"
        pointer = schema.roots[0][0] if schema.roots else parent.pointer
        return self.disagreement(
            self._at_member(pointer, path),
            Mismatch(Level.WARNING, "optional", message, "", value),
            parent.description,
        )

    def _elements(
        self, value: list[Any], schema: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Iterator[Disagreement]:
        if self._has_required_value(value, generic_path(path)):
            return
        is_exact = any(matcher.kind == "equality" for matcher in matchers)
        length = self.compare_length(value, schema, path, matchers)
        if length is not None:
            yield length
        if is_exact and value and not any(isinstance(element, Mapping | list) for element in value):
            return  # the array is compared as a whole
        reported: set[str] = set()
        for index, element in enumerate(value[:MAX_ELEMENTS]):
            element_schema = schema.element(index, element)
            if element_schema is None:
                continue
            for disagreement in self._member(element, element_schema, (*path, str(index))):
                if disagreement.locus + disagreement.rule not in reported:
                    reported.add(disagreement.locus + disagreement.rule)
                    yield disagreement

    def _value(self, value: ReliedValue, position: Position) -> Iterator[Disagreement]:
        yield from self._disagreements(mismatches(value), value, position)

    def _disagreements(
        self, differences: Iterable[Mismatch], value: ReliedValue, position: Position
    ) -> Iterator[Disagreement]:
        for mismatch in differences:
            is_risk = mismatch.level is Level.WARNING
            reason = value.schema.description if is_risk else ""
            yield self.disagreement(position, mismatch, reason)

    def _has_required_value(self, value: Any, path: tuple[str, ...]) -> bool:
        """Whether the request or a provider state says what a member of the response must be.

        It does if a parameter of the path or a state, a member of the request or a patch of it has the value.
        """
        if len(path) == 1 and self.parameters.get(path[0]) == value:
            return True
        states, body = self.interaction.states, self._sent_body
        if body is NO_BODY and not states:
            return False
        if path and any(_member_at(params, path) == value for _, params in states):
            return True
        if path and _member_at(body, path) == value:
            return True
        operations = body.get("patch") if isinstance(body, Mapping) else body
        return any(
            isinstance(operation, Mapping)
            and operation.get("path") == pointer_to(path)
            and operation.get("value") == value
            for operation in (operations if isinstance(operations, list) else ())
        )


def _schema_pointer(refusal: Refusal) -> str:
    """The pointer of the schema that a place does not fit, without the keyword."""
    pointer, _, keyword = refusal.failure.pointer.rpartition("/")
    return pointer if keyword == refusal.failure.keyword else refusal.failure.pointer


def _member_at(node: Any, path: tuple[str, ...]) -> Any:
    for token in path:
        node = node.get(token, NO_BODY) if isinstance(node, Mapping) else NO_BODY
    return node
