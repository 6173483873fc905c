"""Places in a response's body, and how many elements an interaction relies on in its arrays."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from storepact.model.counts import many
from storepact.model.tree import Json
from storepact.openapi.members import ELEMENT, SchemaView
from storepact.openapi.pointers import escape, pointer_to
from storepact.pacts.accepted import Accepted
from storepact.pacts.contract import RESPONSE
from storepact.pacts.disagreement import (
    Disagreement,
    InteractionComparison,
    Level,
    Mismatch,
    Position,
)
from storepact.pacts.matchers import Matcher
from storepact.pacts.values import contradict_lengths

#: Names of provider states that bring about empty lists.
_EMPTY_STATE = re.compile(r"\b(no|none|empty|nothing)\b")


class LengthComparison(InteractionComparison):
    """The lengths of arrays in a response compared with the document."""

    def _at(self, pointer: str, locus: str, *parts: str) -> Position:
        """A position in the response."""
        return Position(self.interaction.pointer(RESPONSE, *parts), pointer, f"response {locus}")

    def _at_member(self, pointer: str, path: tuple[str, ...], locus: str | None = None) -> Position:
        where = place_of(path) if locus is None else locus
        return self._at(pointer, where, "body", *_escape_all(path))

    def compare_length(
        self, value: list[Json], schema: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Disagreement | None:
        """Compare how many elements an interaction relies on with how many are promised."""
        name = place_of(path) or "the array"
        accepted = Accepted(matchers, value)
        minimum, maximum = accepted.lengths
        contradiction = contradict_lengths(accepted, schema, name)
        if contradiction is not None:
            return self.disagreement(self._at_member(schema.pointer, path, name), contradiction)
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
        mismatch = Mismatch(Level.WARNING, "tighter", message, schema.summary, len(value))
        return self.disagreement(self._at_member(schema.pointer, path, name), mismatch)

    def _some_element(
        self, value: list[Json], schema: SchemaView, path: tuple[str, ...], name: str
    ) -> Disagreement:
        """A list may be empty; that it holds an object can be left to a provider state."""
        level, reason = Level.WARNING, ""
        if _holds_objects(schema) and self.interaction.states:
            level = Level.NOTE
            reason = f"the provider state {self.interaction.states[0][0]!r} can create it"
        message = f"relies on an element of {name}, which the document calls optional"
        return self.disagreement(
            self._at_member(schema.pointer, path, pointer_to((*generic_path(path), ELEMENT))),
            Mismatch(level, "optional", message, schema.summary, len(value)),
            reason,
        )


@lru_cache(maxsize=16_384)
def generic_path(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path with `*` for elements."""
    return tuple(ELEMENT if token.isdigit() else token for token in path)


@lru_cache(maxsize=16_384)
def _escape_all(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(escape, path))


@lru_cache(maxsize=16_384)
def place_of(path: tuple[str, ...]) -> str:
    """A JSON pointer with `*` for elements."""
    return pointer_to(generic_path(path))


def _holds_objects(schema: SchemaView) -> bool:
    element = schema.member(ELEMENT)
    return element is not None and element.types == frozenset({"object"})


def _exact_length(value: list[Json], name: str, schema: SchemaView) -> str:
    if value and _holds_objects(schema):
        elements = many(len(value), "element")
        return f"relies on exactly {elements} of {name}, the document promises no number"
    text = json.dumps(value, ensure_ascii=False)[:80]
    return f"relies on {name} being {text}, the document allows other values"
