"""A prover for tests: mock in this process, every sixteenth of the pinned cases, up to the first finding."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager

from local_mock import serve_locally
from storepact.engines.options import DEFAULT_SEED
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import Undetermined
from storepact.model.finding import Finding
from storepact.model.paths import data_path
from storepact.run.corpus import shipped_corpus
from storepact.run.prover import FindingsOnly, ProofOptions, Prover


def proof_options(*faults, **options):
    """Return the options of a proof of these faults."""
    paths = (data_path("openapi", DEFAULT_FAMILY.document), data_path("contracts"))
    options.setdefault("corpus", shipped_corpus())
    return ProofOptions(faults, *paths, DEFAULT_SEED, **options)


class ThinnedCorpus(dict):
    """Cases by the name of their test; of pinned and fuzzed ones every sixteenth is kept."""

    def __setitem__(self, name, cases):
        generated = name.endswith(("coverage", "fuzzing"))
        super().__setitem__(name, cases[::16] if generated else cases)


@functools.cache
def detections_of_page():
    """The test that caught each fault first, by the table of docs/teeth.md."""
    page = data_path("suites").parent.joinpath("docs", "teeth.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([^|]+) \|$", page, re.M)
    return {fault: test.replace("\\", "") for fault, test in rows}


class EndAtFinding(FindingsOnly):
    """A recorder that ends the test at its first finding."""

    def find(self, finding: Finding) -> None:
        """Record a finding."""
        super().find(finding)
        raise Undetermined("the fault is caught")


class HintedProver(Prover):
    """A prover that begins with the test that the committed page names, and then goes on as usual.

    It ends at the first finding: what a fault's test sends after it says nothing new about the fault.
    """

    first = ""

    def test_fault(self, fault):
        """Run the gate against the mock with this fault."""
        self.first = detections_of_page().get(fault, "")
        return super().test_fault(fault)

    def _tests(self, plan):
        return sorted(super()._tests(plan), key=lambda test: test.name != self.first)


@contextmanager
def thinned_prover(**options) -> Iterator[Prover]:
    """Yield a prover that stops at the first finding; where it is shrunk, at the end of its test."""
    with serve_locally() as running:
        recorder = FindingsOnly if options.get("shrink") else EndAtFinding
        yield HintedProver(proof_options(**options), running, ThinnedCorpus(), recorder)
