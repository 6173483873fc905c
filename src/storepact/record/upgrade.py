"""Records of format 2 that were written before reasons had codes: their fixed sentences as codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storepact.model.outcome import Reason

_MOCK_ONLY = "only a mock can be brought into this state"

#: The reasons of rows, word for word as earlier versions wrote them.
_ROW_REASONS = {
    "allowed, but not owed: no answer was like this": Reason.OPTIONAL,
    "answered, though the document does not describe it": Reason.UNDESCRIBED,
    f"depends on other requests at the same moment; {_MOCK_ONLY}": Reason.CONCURRENT_REQUESTS,
    f"needs a token whose project is gone; {_MOCK_ONLY}": Reason.ORPHANED_TOKEN,
    "the target is read-only; allow writes with --allow-writes": Reason.READ_ONLY,
    "it was not asked about": Reason.NOT_TESTED,
    "no request led to it": Reason.NOT_REACHED,
}


def upgrade(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain data of a record with the codes that an earlier version did not write."""
    rows = data.get("rows")
    return {**data, "rows": list(_with_codes(rows))} if isinstance(rows, list) else dict(data)


def _with_codes(rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        reason = _ROW_REASONS.get(str(row.get("reason"))) if isinstance(row, dict) else None
        if reason is None or "reason_code" in row or "owed" in row:
            yield row
        else:
            yield {
                **row,
                "reason_code": reason.value,
                "owed": reason not in (Reason.OPTIONAL, Reason.UNDESCRIBED),
            }
