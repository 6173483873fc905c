"""Persistent store integrations: the Redis and DynamoDB stores behind big segments."""

from __future__ import annotations

from storepact.engines.family import Family
from storepact.families.persistent_store import api, bodies, cases, rules, states
from storepact.families.persistent_store.oracle import ORACLE
from storepact.families.persistent_store.scenarios import journey, lifecycle, security

FAMILY = Family(
    name="persistent-store",
    document="persistent-store-integrations.yaml",
    provider="persistent-store-integrations",
    role_of=api.role_of,
    kinds=api.KINDS,
    path_values=rules.path_values,
    expect=rules.expect,
    probes=cases.probes,
    ordinary_body=bodies.ordinary_body,
    marked=bodies.marked,
    planted=bodies.planted,
    identity=bodies.identity,
    belongs=bodies.belongs,
    worn=bodies.worn,
    states=states.STATES,
    consistent=rules.consistent,
    oracle=ORACLE,
    scenarios=(*lifecycle.SCENARIOS, *security.PROTECTIONS),
    moves=journey.MOVES,
    finale=journey.finale,
    doors=cases.doors,
)
