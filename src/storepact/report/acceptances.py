"""Entries for disagreements.yaml that would accept the differences that no decision explains."""

from __future__ import annotations

import yaml

from storepact.record.values import DriftDifference, DriftRecord

#: Stands where a decision belongs.
DECISION = "DECISION"

_HEAD = "# Entries for disagreements.yaml, beside our document: move each one under its decision.\n"


def acceptances(drift: DriftRecord) -> str:
    """The file of known differences that accepts what is unexplained; a comment if nothing is.

    Each entry is preceded by its fingerprint. Compatible and cosmetic differences need no entry, and
    have one all the same, after those that break.
    """
    entries = [difference for difference in drift.differences if not difference.decision]
    if not entries:
        return "# Nothing is unexplained.\n"
    lines = [_HEAD, "format: 1\n", "known:\n", f"  {DECISION}:\n"]
    for difference in entries:
        lines.append(f"    # {difference.fingerprint}: {difference.breaks}\n    - {_entry(difference)}\n")
    return "".join(lines)


def _entry(difference: DriftDifference) -> str:
    operations = sorted({place.operation for place in difference.places if place.operation})
    entry: dict[str, str | list[str]] = {"rule": difference.rule, "where": difference.where}
    if difference.theirs:
        entry["theirs"] = difference.theirs
    if operations:
        entry["operations"] = operations
    text: str = yaml.safe_dump(
        entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.strip()
