"""Records of format 2 of earlier versions: fixed sentences as codes, and fingerprints without a member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from storepact.model.finding import fingerprint_of
from storepact.model.outcome import Reason
from storepact.model.tree import Json

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

#: Loci that are a rule only, where the finding names the member that the rule is about.
_RULES_OF_MEMBERS = ("precondition", "patch target")


def upgrade(data: Mapping[str, Json]) -> dict[str, Json]:
    """Return the plain data of a record as this version would have written it."""
    rows, findings = data.get("rows"), data.get("findings")
    upgraded = {**data, "rows": list(_with_codes(rows))} if isinstance(rows, list) else dict(data)
    if isinstance(data.get("outcomes"), list):
        upgraded["outcomes"] = list(map(_with_label, data["outcomes"]))
    loci = list(map(_locus_with_member, findings)) if isinstance(findings, list) else []
    if not isinstance(findings, list) or not any(loci):
        return upgraded
    upgraded["findings"] = [
        {**finding, "locus": locus} if locus else finding
        for finding, locus in zip(findings, loci, strict=True)
    ]
    names = dict(
        _new_names(finding for finding, locus in zip(upgraded["findings"], loci, strict=True) if locus)
    )
    return {name: _rename(value, names) for name, value in upgraded.items()}


def _with_label(outcome: Json) -> Json:
    """An outcome with its label, which earlier versions wrote as a part of its name only."""
    if not isinstance(outcome, dict) or "label" in outcome or "[" not in str(outcome.get("name")):
        return outcome
    return {**outcome, "label": str(outcome["name"]).partition("[")[2].removesuffix("]")}


def _new_names(findings: Iterable[Json]) -> Iterator[tuple[str, str]]:
    """The recorded fingerprints of findings, and those of today."""
    for finding in findings:
        source, operation, check = (str(finding.get(name)) for name in ("source", "operation", "check"))
        yield str(finding.get("fingerprint")), fingerprint_of(source, operation, check, finding["locus"])


def _locus_with_member(finding: Json) -> str:
    """The locus with the member that earlier versions left out; empty for any other finding."""
    if not isinstance(finding, dict):
        return ""
    locus, member, members = finding.get("locus"), finding.get("member"), finding.get("members")
    if locus in _RULES_OF_MEMBERS and isinstance(members, list) and members:
        return f"{locus} {members[0]}"
    if not isinstance(locus, str) or not isinstance(member, str) or not member.startswith("/"):
        return ""
    place, _, detail = locus.rpartition(" ")
    if detail != "stale" or place.endswith(member):
        return ""
    return f"{place}{member if '/' in place else f' {member}'} {detail}"


def _rename(value: Json, names: Mapping[str, str]) -> Json:
    """A JSON value with other texts in the place of some, wherever they are whole values."""
    if isinstance(value, dict):
        return {name: _rename(member, names) for name, member in value.items()}
    if isinstance(value, list):
        return [_rename(element, names) for element in value]
    return names.get(value, value) if isinstance(value, str) else value


def _with_codes(rows: list[Json]) -> Iterator[Json]:
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
