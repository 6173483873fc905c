"""A prover for tests: it runs every sixteenth of the generated cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storepact.engines.options import DEFAULT_SEED
from storepact.families import DEFAULT_FAMILY
from storepact.mock.serve import serve
from storepact.model.paths import data_path
from storepact.run.prover import ProofOptions, Prover
from storepact.run.target import MOCK_CONDITIONS


def proof_options(*faults, **options):
    """Return the options of a proof of these faults."""
    paths = (data_path("openapi", DEFAULT_FAMILY.document), data_path("contracts"))
    return ProofOptions(faults, *paths, DEFAULT_SEED, **options)


class ThinnedCorpus(dict):
    """Cases by the name of their test; of generated ones every sixteenth is kept."""

    def __setitem__(self, name, cases):
        generated = name.endswith(("coverage", "fuzzing"))
        super().__setitem__(name, cases[::16] if generated else cases)


@contextmanager
def thinned_prover() -> Iterator[Prover]:
    """Yield a prover that stops at the first finding."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        yield Prover(proof_options(), running, ThinnedCorpus())
