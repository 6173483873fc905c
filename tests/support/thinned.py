"""A prover for tests: of what is generated it asks every sixteenth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storepact.engines.options import DEFAULT_SEED
from storepact.families import DEFAULT_FAMILY
from storepact.mock.serve import serve
from storepact.model.paths import data_path
from storepact.run.prove import ProofOptions, Prover
from storepact.run.target import MOCK_CONDITIONS


def orders(*faults, **how):
    return ProofOptions(
        faults, data_path("openapi", DEFAULT_FAMILY.document), data_path("contracts"), DEFAULT_SEED, **how
    )


class Thinned(dict):
    """Cases by question; of generated ones every sixteenth is kept."""

    def __setitem__(self, name, cases):
        thin = name.endswith(("coverage", "fuzzing"))
        super().__setitem__(name, cases[::16] if thin else cases)


@contextmanager
def thinned_prover() -> Iterator[Prover]:
    """It stops at the first finding."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        yield Prover(orders(), running, Thinned())
