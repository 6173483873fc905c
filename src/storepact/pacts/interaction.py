"""Comparison of an interaction with the OpenAPI document; no target is needed.

The two are compared as sets. A consumer is safe if its matchers accept every response that the document
allows. A response that both allow must exist, or they contradict each other (an error). A response that only
the document allows is a risk (a warning: the pact is *tighter*); one that only the pact accepts is harmless
(a note: it is *looser*).
"""

from __future__ import annotations

from collections.abc import Iterator

from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.pacts.contract import REQUEST, RESPONSE, Interaction
from storepact.pacts.disagreement import Disagreement, InteractionComparison, Level, Mismatch, Position
from storepact.pacts.request import RequestComparison
from storepact.pacts.response import ResponseComparison


def disagreements(interaction: Interaction, document: Document) -> Iterator[Disagreement]:
    """Every position where an interaction and the document differ, in the order of the pact."""
    return comparison_disagreements(InteractionComparison(interaction, document))


def comparison_disagreements(comparison: InteractionComparison) -> Iterator[Disagreement]:
    """The disagreements of an interaction whose operation has been looked up."""
    interaction, document = comparison.interaction, comparison.document
    if not interaction.is_http:
        position = Position(interaction.pointer("type"), "", "")
        yield comparison.omission_note(position, _not_http(interaction))
    elif comparison.operation is None:
        yield _undescribed_operation(comparison)
    else:
        yield from RequestComparison(interaction, document, comparison).disagreements(comparison.operation)
        yield from ResponseComparison(interaction, document, comparison).disagreements(comparison.operation)


def _not_http(interaction: Interaction) -> str:
    """Why an interaction is not compared."""
    if interaction.kind in ("Asynchronous/Messages", "Synchronous/Messages"):
        return "it is about messages, and the document describes HTTP"
    return f"no specification defines interactions of the type {interaction.kind}"


def _undescribed_operation(comparison: InteractionComparison) -> Disagreement:
    """The path has no such method (then relying on 405 may be right), or there is no such path."""
    interaction = comparison.interaction
    operations = [route.operation for route in comparison.document.routes.at(interaction.path)]
    if not operations:
        position = Position(interaction.pointer(REQUEST, "path"), "/paths", "request path")
        message = f"the document has no path that matches {interaction.path}"
        mismatch = Mismatch(Level.ERROR, "path", message, "a described path", interaction.path)
        return comparison.disagreement(position, mismatch)
    refusal = next((spec for operation in operations if (spec := operation.responses.get("405"))), None)
    if refusal is not None and interaction.status == 405:
        position = Position(interaction.pointer(RESPONSE, "status"), refusal.pointer, "response 405")
        level, verb = (Level.WARNING, "only allows") if refusal.allowed else (Level.NOTE, "describes")
        message = f"relies on 405 to {interaction.method}, which the document {verb}"
        return comparison.disagreement(position, Mismatch(level, "status", message, "", "405"))
    methods = ", ".join(sorted({operation.method for operation in operations}))
    position = Position(
        interaction.pointer(REQUEST, "method"), f"/paths/{escape(operations[0].path)}", "request method"
    )
    message = f"the path has no {interaction.method}"
    return comparison.disagreement(
        position, Mismatch(Level.ERROR, "method", message, methods, interaction.method)
    )
