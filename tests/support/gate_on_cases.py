"""The gate with its cases made once: generating is slow, asking is not."""

from __future__ import annotations

from dataclasses import replace

from storepact.engines.bench import Bench
from storepact.engines.family import Scope
from storepact.engines.schema import Generator, fingerprint, sendable
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed
from storepact.model.paths import data_path
from storepact.openapi.document import load_document
from storepact.openapi.variants import variants_of
from storepact.transport.client import Credentials, Target
from storepact.transport.journal import Journal
from storepact.transport.redaction import Secrets

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))


def probes():
    """What everybody would ask."""
    for operation in DOCUMENT.operations.values():
        for variant in variants_of(DOCUMENT, operation):
            yield from DEFAULT_FAMILY.probes(operation, DOCUMENT, variant)
            yield from DEFAULT_FAMILY.auth_cases(operation, DOCUMENT, variant)


def generated():
    """Boundaries, and a few random requests."""
    for operation in DOCUMENT.operations.values():
        for variant in variants_of(DOCUMENT, operation):
            generator = Generator(DOCUMENT, operation, variant)
            yield from generator.coverage()
            drawn = []
            generator.fuzz(3, 1, drawn.append)
            yield from drawn


def distinct(cases):
    """Each request once."""
    seen = {}
    for case in cases:
        if sendable(case):
            seen.setdefault(fingerprint(case), case)
    return list(seen.values())


def asked(running, cases, *, until=lambda findings: False):
    """Ask a running mock; every finding, or those up to the one that is enough."""
    credentials = Credentials({Auth(name): token for name, token in running.tokens.items()})
    found = []
    with Target(running.url, credentials, Secrets(DOCUMENT.secret_members), writable=True) as target:
        bench = Bench(
            target, DEFAULT_FAMILY, DOCUMENT, Scope("default", "test"), Journal(None), 1, lambda *_: None
        )
        for case in cases:
            try:
                exchange, findings = bench.ask(case, "conformance")
            except (RequestUnsendable, SetupFailed, PrerequisiteMissing):
                continue
            found += [replace(finding, exchange=exchange) for finding in findings]
            if until(found):
                break
        bench.clear()
    return found
