"""The gate with probes and pinned cases, which are made once."""

from __future__ import annotations

from dataclasses import replace

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.options import EngineOptions
from storepact.engines.preflight import NoLog
from storepact.engines.workspace import Workspace
from storepact.families import DEFAULT_FAMILY
from storepact.model.api import Scope
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.openapi.variants import variants_of
from storepact.run.corpus import pinned_operations, shipped_corpus
from storepact.transport.credentials import Credentials

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))


def probes():
    """What everybody would ask."""
    for operation in DOCUMENT.operations.values():
        for variant in variants_of(DOCUMENT, operation):
            yield from DEFAULT_FAMILY.probes(operation, DOCUMENT, variant)
            yield from DEFAULT_FAMILY.auth_cases(operation, DOCUMENT, variant)


def pinned_cases():
    """The cases of the corpus: what the generators make, without what reaches nothing new."""
    corpus = Corpus(shipped_corpus(), DOCUMENT)
    for operation in pinned_operations(DOCUMENT, DEFAULT_FAMILY):
        for entry in corpus.pinned_cases(operation):
            yield entry.to_case(operation)


def distinct(cases):
    """Each request once."""
    seen = {}
    for case in cases:
        if case.is_sendable:
            seen.setdefault(case.fingerprint, case)
    return list(seen.values())


def ask_mock(running, cases, *, until=lambda findings: False):
    """Ask a running mock; every finding, or those up to the one that is enough."""
    credentials = Credentials({Auth(name): token for name, token in running.tokens.items()})
    found = []
    scope = Scope(("default", "test"))
    options = EngineOptions(running.url, (scope,), is_mock=True, writable=True, seed=1)
    with Workspace(options, DEFAULT_FAMILY, credentials, DOCUMENT, scope, NoLog()) as workspace:
        for case in cases:
            try:
                exchange, findings = workspace.send_case(case, "conformance")
            except (RequestUnsendable, SetupFailed, PrerequisiteMissing):
                continue
            found += [replace(finding, exchange=exchange) for finding in findings]
            if until(found):
                break
        workspace.clean_up()
    return found
