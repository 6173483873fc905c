"""The family of persistent store integrations: what judges a provider of this API."""

from __future__ import annotations

from storepact.engines.family import Family
from storepact.families.persistent_store import api, bodies, cases, rules, states
from storepact.families.persistent_store.decisions import DECISIONS_BY_MEMBER
from storepact.families.persistent_store.examples import EXAMPLES
from storepact.families.persistent_store.oracle import ORACLE
from storepact.families.persistent_store.scenarios import SCENARIOS, STORE_SCENARIOS
from storepact.families.persistent_store.scenarios.journey_rules import JOURNEY_RULES, teardown


def _store_lacks() -> str:
    from storepact.families.persistent_store.stores.sdk import store_lacks  # most runs need no store

    return store_lacks()


FAMILY = Family(
    name="persistent-store",
    document=api.DOCUMENT,
    provider="persistent-store-integrations",
    api=api.API,
    role_of=api.role_of,
    kinds=api.KINDS,
    path_values=rules.path_values,
    expect=rules.expect,
    probes=cases.probes,
    ordinary_body=bodies.ordinary_body,
    mark_body=bodies.mark_body,
    body_with_members=bodies.body_with_members,
    plant_secrets=bodies.plant_secrets,
    resource_id=bodies.resource_id,
    belongs_to=bodies.belongs_to,
    ordinary_patch=bodies.ordinary_patch,
    mark_patch=bodies.mark_patch,
    enables=bodies.enables,
    without_enabling=bodies.without_enabling,
    needs_replacement=bodies.needs_replacement,
    states=states.STATES,
    oracle=ORACLE,
    scenarios=SCENARIOS,
    store_scenarios=STORE_SCENARIOS,
    store_lacks=_store_lacks,
    journey_rules=JOURNEY_RULES,
    teardown=teardown,
    auth_cases=cases.auth_cases,
    examples=EXAMPLES,
    decisions_by_member=DECISIONS_BY_MEMBER,
)
