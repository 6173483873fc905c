"""A pact beside the document, with no target: what a consumer sends and relies on against what is described.

The two are compared as sets. A consumer is safe if every answer that the document allows is one that its matchers accept.
An answer that both allow must exist, or they contradict each other (an error); an answer that only the document allows is a
risk (a warning: the pact is *tighter*); an answer that only the pact accepts is harmless (a note: it is *looser*).
"""

from __future__ import annotations

from collections.abc import Iterator

from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.pacts.contract import REQUEST, RESPONSE, Interaction
from storepact.pacts.disagreement import Disagreement, InteractionComparison, Level
from storepact.pacts.request import RequestComparison
from storepact.pacts.response import ResponseComparison


def disagreements(interaction: Interaction, document: Document) -> Iterator[Disagreement]:
    """Every place where an interaction and the document differ, in the order of the pact."""
    beside = InteractionComparison(interaction, document)
    if not interaction.is_http:
        yield beside.said(
            Level.ERROR,
            "message",
            interaction.place("type"),
            "",
            "is about a message; the document describes HTTP",
            "",
        )
    elif beside.operation is None:
        yield _unknown(beside)
    else:
        yield from RequestComparison(interaction, document).disagreements(beside.operation)
        yield from ResponseComparison(interaction, document).disagreements(beside.operation)


def _unknown(beside: InteractionComparison) -> Disagreement:
    each = beside.interaction
    there = sorted(
        {one.method for one in beside.document.operations.values() if one.path_pattern.match(each.path)}
    )
    others = [
        operation
        for operation in beside.document.operations.values()
        if operation.path_pattern.match(each.path)
    ]
    refusal = next(
        (found for one in others if (found := one.responses.get("405")) and each.status == 405), None
    )
    if refusal is not None:
        message = f"relies on 405 to {each.method}, which the document {'only allows' if refusal.allowed else 'describes'}"
        level = Level.WARNING if refusal.allowed else Level.NOTE
        return beside.said(
            level,
            "status",
            each.place(RESPONSE, "status"),
            refusal.pointer,
            message,
            "response 405",
            "",
            "405",
        )
    if there:
        path = next(
            one.path for one in beside.document.operations.values() if one.path_pattern.match(each.path)
        )
        message = f"the path has no {each.method}"
        return beside.said(
            Level.ERROR, "method", each.place(REQUEST, "method"), f"/paths/{escape(path)}", message, "request method",
            ", ".join(there), each.method,
        )  # fmt: skip
    message = f"there is no path like {each.path}"
    return beside.said(
        Level.ERROR,
        "path",
        each.place(REQUEST, "path"),
        "/paths",
        message,
        "request path",
        "a described path",
        each.path,
    )
