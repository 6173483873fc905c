"""Findings that need no exchange: errors of the OpenAPI document, and pacts that contradict it."""

from __future__ import annotations

from storepact.checks.evidence import Observation
from storepact.checks.judgement import make_finding
from storepact.model.api import Api
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.openapi.document import Document
from storepact.openapi.lint import Trouble, lint
from storepact.pacts import Disagreement, Interaction, Level, disagreements

_SUITE = "document"


def finding_of_trouble(trouble: Trouble, document: Document, api: Api) -> Finding:
    """The finding that reports something wrong with the document itself (SP501)."""
    observation = Observation(
        trouble.pointer,
        trouble.message,
        FlawKind.DOCUMENT,
        pointer=trouble.pointer,
        member=trouble.pointer,
    )
    finding = make_finding("SP501", observation, source=_SUITE, api=api, operation=trouble.operation)
    return finding.with_(line=document.line(trouble.pointer))


def finding_of_disagreement(disagreement: Disagreement, document: Document, api: Api) -> Finding:
    """The finding that reports a contradiction between a pact and the document (SP402)."""
    interaction = disagreement.interaction
    label = interaction.label or interaction.description
    observation = Observation(
        f"{interaction.consumer}/{label}/{disagreement.locus} {disagreement.rule}",
        f"{interaction}: {disagreement.message} ({interaction.file} {disagreement.pact_pointer})",
        FlawKind.DOCUMENT,
        disagreement.expected,
        disagreement.actual,
        disagreement.pointer,
    )
    finding = make_finding("SP402", observation, source=_SUITE, api=api, operation=disagreement.operation)
    return finding.with_(
        line=document.line(disagreement.pointer),
        consumers=(interaction.consumer,),
        pact=(interaction.file, disagreement.pact_pointer),
    )


def lint_findings(document: Document, api: Api) -> list[Finding]:
    """What is wrong with the document itself."""
    return [finding_of_trouble(trouble, document, api) for trouble in lint(document)]


def contract_findings(interaction: Interaction, document: Document, api: Api) -> list[Finding]:
    """Where an interaction cannot be met by a provider that keeps the document."""
    return [
        finding_of_disagreement(disagreement, document, api)
        for disagreement in disagreements(interaction, document)
        if disagreement.level is Level.ERROR
    ]
