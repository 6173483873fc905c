"""The gate with its cases made once: generating is slow, asking is not."""

from __future__ import annotations

from dataclasses import replace

from storepact.engines.bench import Bench
from storepact.engines.family import Scope
from storepact.engines.schema import Generator, fingerprint, sendable
from storepact.families import DEFAULT
from storepact.model.case import Auth
from storepact.model.errors import CannotArrange, MeansMissing, RequestUnsendable
from storepact.model.paths import place
from storepact.openapi.document import load_fragment
from storepact.openapi.variants import variants_of
from storepact.transport.client import Credentials, Target
from storepact.transport.journal import Journal
from storepact.transport.redaction import Secrets

FRAGMENT = load_fragment(place("openapi", DEFAULT.document))


def probes():
    """What everybody would ask."""
    for operation in FRAGMENT.operations.values():
        for variant in variants_of(FRAGMENT, operation):
            yield from DEFAULT.probes(operation, FRAGMENT, variant)
            yield from DEFAULT.doors(operation, FRAGMENT, variant)


def generated():
    """Boundaries, and a few random requests."""
    for operation in FRAGMENT.operations.values():
        for variant in variants_of(FRAGMENT, operation):
            generator = Generator(FRAGMENT, operation, variant)
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
    with Target(running.url, credentials, Secrets(FRAGMENT.secret_members), writable=True) as target:
        bench = Bench(target, DEFAULT, FRAGMENT, Scope("default", "test"), Journal(None), 1, lambda *_: None)
        for case in cases:
            try:
                exchange, findings = bench.ask(case, "conformance")
            except (RequestUnsendable, CannotArrange, MeansMissing):
                continue
            found += [replace(each, exchange=exchange) for each in findings]
            if until(found):
                break
        bench.clear()
    return found
