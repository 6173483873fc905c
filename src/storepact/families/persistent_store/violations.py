"""Violations of the document's schemas: which of them the documents promise to refuse."""

from __future__ import annotations

from storepact.model.expectation import Flaw
from storepact.model.flaw import FlawKind
from storepact.openapi.validators import Violation

BAD_BODY = frozenset({400, 422})
UNEDITABLE = frozenset({400, 403, 405, 409, 422})

_PROMISED_KEYWORDS = ("type", "required", "enum", "const")
_REQUIRED_MEMBERS = ("config", "host", "tableName", "region", "roleArn")


def to_flaw(violation: Violation, why: str) -> Flaw:
    """The flaw of a violation; it is certain by D5, except for a null (D23) and a numeric port (D9)."""
    member = violation.path[-1] if violation.path else ""
    is_missing = violation.keyword == "required"
    is_optional = bool(violation.path) and member not in _REQUIRED_MEMBERS
    is_open = (
        violation.keyword not in _PROMISED_KEYWORDS
        or (violation.value is None and not is_missing and is_optional)
        or (member == "port" and isinstance(violation.value, int | float))
    )
    return Flaw(
        why,
        BAD_BODY,
        not is_open,
        f"body {violation.locus} {violation.keyword}",
        FlawKind.ACCEPTED_INCOMPLETE if is_missing else FlawKind.ACCEPTED,
    )
