"""The oracle: a small, pure model of integrations over time. It says what must be answered, given all that was done before.

It knows the documents, never the stand-in. Where they leave a choice (openapi/DECISIONS.md) it allows each documented
one, and only those.
"""

from __future__ import annotations

from storepact.engines.family import Oracle
from storepact.families.persistent_store.oracle.prediction import Prediction, at_once, predict
from storepact.families.persistent_store.oracle.verdict import is_recoverable, judge
from storepact.families.persistent_store.oracle.world import World

ORACLE = Oracle(World, predict, judge, at_once, is_recoverable)

__all__ = ["ORACLE", "Prediction", "World"]
