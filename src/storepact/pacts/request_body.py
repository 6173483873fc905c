"""Comparison of the body that an interaction sends with the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storepact.model.tree import Json
from storepact.openapi.directed import directed_schema
from storepact.openapi.directions import Direction
from storepact.openapi.media import parse_media
from storepact.openapi.members import ELEMENT, SchemaView
from storepact.openapi.operation import Operation
from storepact.openapi.pointers import escape, pointer_to
from storepact.openapi.variants import Variant, variants_of
from storepact.pacts.accepted import Accepted
from storepact.pacts.bodies import DescribedBody, describe_body, described_media, has_body
from storepact.pacts.contract import NO_BODY, REQUEST
from storepact.pacts.disagreement import Disagreement, InteractionComparison, Level, Mismatch, Position
from storepact.pacts.failures import Refusal, example_at, refusals
from storepact.pacts.matchers import reliances
from storepact.pacts.values import contradict_lengths


class RequestBodyComparison(InteractionComparison):
    """The body of a request compared with the document, and what comparing other parts shares with it."""

    def compare_body(self, operation: Operation) -> Iterator[Disagreement]:
        """What is sent in the body and refused, or not described."""
        body = self.interaction.body(REQUEST)
        node = self.document.at(operation.pointer)
        place = self.document.settle(f"{operation.pointer}/requestBody") if "requestBody" in node else None
        described = described_media(self.document, place) if place is not None else {}
        if place is None or not described:
            if has_body(body):
                message = "sends a body where none is described"
                yield self.disagreement(
                    self._at(operation.pointer, "body", "body"), Mismatch(Level.WARNING, "body", message)
                )
            return
        chosen = describe_body(self.interaction, REQUEST, described, self.document)
        stated = self.interaction.content_type(REQUEST)
        if stated and parse_media(stated).subtype:
            yield from self._media_type(place, described, chosen, stated)
        if not has_body(body):
            yield from self._absent_body(operation, place, chosen)
        elif not chosen.media:
            if not stated:
                message = f"sends a body of {chosen.content_type}, which is not described"
                mismatch = Mismatch(
                    Level.ERROR, "request", message, ", ".join(described), chosen.content_type
                )
                yield self.disagreement(self._at(place, "body", "body"), mismatch)
        elif chosen.reason:
            yield self.omission_note(self._at(place, "body", "body"), chosen.reason)
        elif chosen.schema is not None:
            yield from self._described_body(operation, chosen.schema, chosen.values)

    def _at(self, pointer: str, locus: str, *parts: str) -> Position:
        """A position in the request."""
        return Position(self.interaction.pointer(REQUEST, *parts), pointer, f"request {locus}")

    def _absent_body(self, operation: Operation, place: str, chosen: DescribedBody) -> Iterator[Disagreement]:
        """A required body is not sent; an empty text may be one, and so may `null`."""
        if not operation.body_required:
            return
        raw = self.interaction.raw[REQUEST].get("body", NO_BODY)
        value: Json = "" if self.interaction.body(REQUEST) == "" else None
        is_sent = raw is not NO_BODY and chosen.schema is not None
        if is_sent and directed_schema(self.document, str(chosen.schema), Direction.REQUEST).fits(value):
            return
        mismatch = Mismatch(Level.ERROR, "request", "the required body is not sent", "a body", "none")
        yield self.disagreement(self._at(operation.body_pointer or place, "body"), mismatch)

    def _media_type(
        self, place: str, described: Mapping[str, str | None], chosen: DescribedBody, stated: str
    ) -> Iterator[Disagreement]:
        """The Content-Type is none of the described ones, or has a parameter with another value."""
        message = ""
        if not chosen.media:
            message = f"sends its body as {stated}, which is not described"
        elif difference := parse_media(stated).contradicts(parse_media(chosen.media)):
            parameter, sent, described_value = difference
            message = f"sends its body with the {parameter} {sent}, described is {described_value}"
        if message:
            pointer = next((schema for schema in described.values() if schema), place)
            yield self.disagreement(
                self._at(pointer, "Content-Type", "headers", "Content-Type"),
                Mismatch(Level.ERROR, "request", message, ", ".join(described), stated),
            )

    def _described_body(
        self, operation: Operation, schema: str, values: tuple[Json, ...]
    ) -> Iterator[Disagreement]:
        """Compare the body with its schema, for the variant that the path selects."""
        overrides = self._variant(operation).overrides
        directed = directed_schema(self.document, schema, Direction.REQUEST, overrides)
        body = next((value for value in values if directed.fits(value)), values[-1])
        failing = list(refusals(directed.failures(body), None, body))
        for refusal in failing:
            yield self._refused_body(refusal)
        view = SchemaView(self.document, ((self.document.settle(schema, overrides), True),))
        yield from self._lengths(body, view)
        if not failing:
            yield from self._undescribed_members(body, view, ())

    def _refused_body(self, refusal: Refusal) -> Disagreement:
        failure = refusal.failure
        is_plain = failure.expected is not None and failure.keyword in failure.schema
        expected = {failure.keyword: failure.expected} if is_plain and not failure.branches else ""
        tokens = [str(token) for token in failure.path]
        if isinstance(failure.value, Mapping) and failure.member in failure.value:
            tokens.append(failure.member)
        message = f"request {failure.place or 'body'}: {failure.message}"
        return self.disagreement(
            self._at(failure.pointer, failure.locus, "body", *map(escape, tokens)),
            Mismatch(Level.ERROR, "request", message, expected, failure.value),
        )

    def _lengths(self, body: Json, schema: SchemaView) -> Iterator[Disagreement]:
        """Arrays of which the rules have other numbers of elements sent than the schema takes."""
        for reliance in reliances(body, self.interaction.rules(REQUEST)):
            has_bounds = any("min" in rule.raw or "max" in rule.raw for rule in reliance.matchers)
            if not has_bounds or not isinstance(reliance.example, list):
                continue
            view: SchemaView | None = schema
            for token in reliance.path:
                view = view.member(token) if view is not None else None
            name = reliance.pointer or "the array"
            accepted = Accepted(reliance.matchers, reliance.example)
            mismatch = contradict_lengths(accepted, view, name) if view is not None else None
            if mismatch is not None and view is not None:
                tokens = [token for token in reliance.path if example_at(body, (token,)) is not None]
                position = self._at(view.pointer, name, "body", *map(escape, tokens))
                yield self.disagreement(position, mismatch)

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
                if member_schema is not None and member_schema.rule("readOnly") is True:
                    yield self._read_only(member_path, member, member_schema)
                elif member_schema is not None:
                    yield from self._undescribed_members(member, member_schema, member_path)
                elif not schema.has_no_further_members:
                    pointer = pointer_to(member_path)
                    message = f"sends the member {pointer}, which is not described: a provider ignores it"
                    yield self.disagreement(
                        self._at(schema.pointer, pointer, "body", *map(escape, member_path)),
                        Mismatch(Level.WARNING, "member", message, "", member),
                    )
        elif isinstance(value, list) and (element_schema := schema.member(ELEMENT)) is not None:
            for index, element in enumerate(value):
                yield from self._undescribed_members(element, element_schema, (*path, str(index)))

    def _read_only(self, path: tuple[str, ...], value: Json, schema: SchemaView) -> Disagreement:
        pointer = pointer_to(path)
        message = f"sends the member {pointer}, which is readOnly: a provider ignores or refuses it"
        return self.disagreement(
            self._at(schema.pointer, pointer, "body", *map(escape, path)),
            Mismatch(Level.WARNING, "member", message, "", value),
        )
