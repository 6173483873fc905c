"""A prover for tests: mock in this process, every sixteenth of the pinned cases, up to the first finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local_mock import serve_locally
from storepact.engines.options import DEFAULT_SEED
from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.run.corpus import shipped_corpus
from storepact.run.detections import read_detections, shipped_detections
from storepact.run.prover import ProofOptions, Prover


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


@contextmanager
def thinned_prover(**options) -> Iterator[Prover]:
    """Yield a prover that begins with the test that caught a fault before."""
    with serve_locally() as running:
        options.setdefault("detections", read_detections(shipped_detections()))
        yield Prover(proof_options(**options), running, ThinnedCorpus())
