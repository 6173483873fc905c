"""For each check of exchanges a fault of the mock that no other check catches."""

from __future__ import annotations

from storepact.families import DEFAULT_FAMILY

WITNESSES = {code: example.fault for code, example in DEFAULT_FAMILY.examples.items() if example.fault}
