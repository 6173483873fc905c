"""The oracle: a small, pure model of integrations over time, which predicts each response from earlier steps.

It is written from the documents alone and shares no code with the mock. Where the documents leave a choice
(openapi/DECISIONS.md) it allows each documented one, and only those.
"""

from __future__ import annotations

from storepact.engines.oracle import Oracle
from storepact.families.persistent_store.oracle.adoption import adopt_shown_state
from storepact.families.persistent_store.oracle.attribution import is_recoverable
from storepact.families.persistent_store.oracle.concurrency import explain_concurrent
from storepact.families.persistent_store.oracle.prediction import Prediction, predict
from storepact.families.persistent_store.oracle.verdict import judge
from storepact.families.persistent_store.oracle.world import World

ORACLE = Oracle(World, predict, judge, explain_concurrent, is_recoverable, World.forget, adopt_shown_state)

__all__ = ["ORACLE", "Prediction", "World"]
