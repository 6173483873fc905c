"""The catalogue of faults: what bad releases look like. Each is a layer around the provider."""

from __future__ import annotations

from storepact.families.persistent_store.provider.faults import (
    bodies,
    data,
    errors,
    extremes,
    gating,
    headers,
    inheritance,
    leak_forms,
    leaks,
    links,
    members,
    patches,
    persistence,
    preconditions,
    schema,
    side_effects,
    statuses,
    stores,
    texts,
    validation,
    values,
    versions,
)
from storepact.families.persistent_store.provider.faults.layers import StoreFault

FAULTS: tuple[StoreFault, ...] = (
    *schema.FAULTS,
    *statuses.FAULTS,
    *errors.FAULTS,
    *bodies.FAULTS,
    *headers.FAULTS,
    *links.FAULTS,
    *gating.FAULTS,
    *validation.FAULTS,
    *persistence.FAULTS,
    *side_effects.FAULTS,
    *versions.FAULTS,
    *values.FAULTS,
    *preconditions.FAULTS,
    *patches.FAULTS,
    *inheritance.FAULTS,
    *leaks.FAULTS,
    *leak_forms.FAULTS,
    *data.FAULTS,
    *texts.FAULTS,
    *extremes.FAULTS,
    *members.FAULTS,
    *stores.FAULTS,
)
