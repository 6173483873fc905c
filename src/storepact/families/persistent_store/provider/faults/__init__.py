"""The catalogue of faults: what bad releases look like. Each is laid around the provider, which knows nothing of it."""

from __future__ import annotations

from storepact.families.persistent_store.provider.faults import answers, data, gating, leaks, members, state
from storepact.mock.faults import Fault

FAULTS: tuple[Fault, ...] = (
    *answers.FAULTS,
    *gating.FAULTS,
    *state.FAULTS,
    *leaks.FAULTS,
    *data.FAULTS,
    *members.FAULTS,
)
