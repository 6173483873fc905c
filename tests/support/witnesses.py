"""For each check of exchanges a fault of the mock that no other check catches."""

from __future__ import annotations

from storepact.checks import EXCHANGE_CHECKS
from storepact.families import DEFAULT_FAMILY

EXCHANGES = {check.code for check in EXCHANGE_CHECKS}

WITNESSES = {
    code: example.fault
    for code, example in DEFAULT_FAMILY.examples.items()
    if example.fault and code in EXCHANGES
}
