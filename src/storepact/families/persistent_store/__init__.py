"""Persistent store integrations: the Redis and DynamoDB stores behind big segments."""

from __future__ import annotations

from storepact.families.persistent_store import bodies, layout, moves, probes, protections, rules, scenarios, states
from storepact.families.persistent_store.oracle import ORACLE
from storepact.family import Family

FAMILY = Family(
    name="persistent-store",
    document="persistent-store-integrations.yaml",
    provider="persistent-store-integrations",
    role_of=layout.role_of,
    kinds=layout.KINDS,
    path_values=rules.path_values,
    expect=rules.expect,
    probes=probes.probes,
    ordinary_body=bodies.ordinary_body,
    marked=bodies.marked,
    planted=bodies.planted,
    identity=bodies.identity,
    belongs=bodies.belongs,
    worn=bodies.worn,
    states=states.STATES,
    consistent=rules.consistent,
    oracle=ORACLE,
    scenarios=(*scenarios.SCENARIOS, *protections.PROTECTIONS),
    moves=moves.MOVES,
    finale=moves.finale,
    doors=probes.doors,
)
