"""The kinds of difference between two documents, and who has to react to each: one table.

Requests and responses mirror each other. A narrowed request refuses what consumers send; a widened response
shows them values they do not expect; a narrowed response forbids what providers may have been sending.

To add a rule, add a row here, yield it where the documents are compared, and add a pair of documents that
differ by it to `tests/drift`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Breaks(StrEnum):
    """Who has to react to a difference; the worst first."""

    CONSUMERS = "breaking for consumers"
    PROVIDERS = "breaking for providers"
    COMPATIBLE = "compatible"
    COSMETIC = "cosmetic"

    @property
    def is_breaking(self) -> bool:
        """Whether consumers or providers have to change something."""
        return self in (Breaks.CONSUMERS, Breaks.PROVIDERS)


class Affected(StrEnum):
    """Which consumers a difference affects, of those that call the operation."""

    USERS = "users"
    """Those that send or read the place."""
    CALLERS = "callers"
    """All of them."""
    OMITTERS = "omitters"
    """Those that do not send the member."""


@dataclass(frozen=True)
class Rule:
    """A kind of difference. An `id` is never reused for another kind."""

    id: str
    breaks: Breaks
    message: str
    affected: Affected = Affected.USERS


_C, _P, _OK, _TEXT = Breaks.CONSUMERS, Breaks.PROVIDERS, Breaks.COMPATIBLE, Breaks.COSMETIC

#: Limits of values: keyword, the limit's name in rule ids, and whether a greater limit allows more values.
BOUNDS: Mapping[str, tuple[str, bool]] = {
    "minLength": ("min-length", False),
    "maxLength": ("max-length", True),
    "minimum": ("minimum", False),
    "maximum": ("maximum", True),
    "exclusiveMinimum": ("exclusive-minimum", False),
    "exclusiveMaximum": ("exclusive-maximum", True),
    "minItems": ("min-items", False),
    "maxItems": ("max-items", True),
    "minProperties": ("min-properties", False),
    "maxProperties": ("max-properties", True),
}

#: Changes of a schema after which it allows fewer values, more values, or different ones.
_NARROWING = {
    "type-narrowed": "fewer types are allowed",
    "null-forbidden": "null is no longer allowed",
    "enum-value-removed": "a value was removed from the enumeration",
    "enum-introduced": "only enumerated values are now allowed",
    "pattern-added": "strings must now match a pattern",
    "format-added": "a format is now required",
    "unique-items-added": "elements must now be unique",
    "multiple-of-added": "numbers must now be multiples of a number",
    "object-closed": "members that are not described are now forbidden",
    "alternative-removed": "an alternative was removed",
    "other-rule-added": "another keyword now restricts values",
}
_WIDENING = {
    "type-widened": "more types are allowed",
    "null-allowed": "null is now allowed",
    "enum-value-added": "a value was added to the enumeration",
    "enum-lifted": "values other than the enumerated ones are now allowed",
    "pattern-removed": "strings no longer have to match a pattern",
    "format-removed": "the format is no longer required",
    "unique-items-removed": "elements no longer have to be unique",
    "multiple-of-removed": "numbers no longer have to be multiples of a number",
    "object-opened": "members that are not described are now allowed",
    "alternative-added": "an alternative was added",
    "other-rule-removed": "another keyword no longer restricts values",
}
_CHANGING = {
    "type-changed": "different types are allowed",
    "pattern-changed": "strings must match a different pattern",
    "format-changed": "a different format is required",
    "multiple-of-changed": "numbers must be multiples of a different number",
    "other-rule-changed": "another keyword restricts values differently",
}


def _schema_rules() -> Iterator[Rule]:
    for part in ("parameter", "request", "response"):
        is_response = part == "response"
        narrowed, widened = (_P, _C) if is_response else (_C, _OK)
        yield from (Rule(f"{part}-{change}", narrowed, message) for change, message in _NARROWING.items())
        yield from (Rule(f"{part}-{change}", widened, message) for change, message in _WIDENING.items())
        yield from (Rule(f"{part}-{change}", _C, message) for change, message in _CHANGING.items())
        for keyword, (name, _) in BOUNDS.items():
            yield Rule(f"{part}-{name}-tightened", narrowed, f"{keyword} allows fewer values")
            yield Rule(f"{part}-{name}-loosened", widened, f"{keyword} allows more values")


_TABLE = (
    Rule("operation-removed", _C, "an operation was removed"),
    Rule("operation-added", _OK, "an operation was added"),
    Rule("operation-deprecated", _OK, "an operation is now deprecated"),
    Rule("operation-revived", _OK, "an operation is no longer deprecated"),
    Rule("operation-id-changed", _TEXT, "an operation has a different operationId"),
    Rule("operation-text-changed", _TEXT, "an operation's summary or description changed"),
    Rule("operation-tags-changed", _TEXT, "an operation has different tags"),
    Rule("server-removed", _C, "a host was removed"),
    Rule("server-added", _OK, "a host was added"),
    Rule("security-added", _C, "credentials are now required"),
    Rule("security-removed", _OK, "credentials are no longer required"),
    Rule("security-changed", _C, "different credentials are required"),
    Rule("security-alternative-added", _OK, "further credentials are accepted"),
    Rule("parameter-required-added", _C, "a required parameter was added"),
    Rule("parameter-optional-added", _OK, "an optional parameter was added"),
    Rule("parameter-removed", _C, "a parameter is no longer described"),
    Rule("parameter-became-required", _C, "a parameter is now required"),
    Rule("parameter-became-optional", _OK, "a parameter is now optional"),
    Rule("parameter-moved", _C, "the path parameters are in a different order"),
    Rule("parameter-renamed", _TEXT, "a path parameter has a different name"),
    Rule("parameter-style-changed", _C, "a parameter is serialized differently"),
    Rule("parameter-default-changed", _C, "omitting a parameter has a different meaning"),
    Rule("request-body-added-required", _C, "a request body is now required"),
    Rule("request-body-added-optional", _OK, "a request body is now allowed"),
    Rule("request-body-removed", _C, "the request body is no longer described"),
    Rule("request-body-became-required", _C, "the request body is now required"),
    Rule("request-body-became-optional", _OK, "the request body is now optional"),
    Rule("request-media-type-removed", _C, "a content type of requests was removed"),
    Rule("request-media-type-added", _OK, "a content type of requests was added"),
    Rule("request-member-added-required", _C, "a required request member was added", Affected.OMITTERS),
    Rule("request-member-added-optional", _OK, "an optional request member was added"),
    Rule("request-member-removed", _C, "a request member is no longer described"),
    Rule("request-member-forbidden", _C, "a request member is now forbidden"),
    Rule("request-member-became-required", _C, "a request member is now required", Affected.OMITTERS),
    Rule("request-member-became-optional", _OK, "a request member is now optional"),
    Rule("request-default-changed", _C, "omitting a request member has a different meaning"),
    Rule("response-success-added", _C, "a success status was added", Affected.CALLERS),
    Rule("response-success-removed", _C, "a success status was removed"),
    Rule("response-error-added", _OK, "an error status was added"),
    Rule("response-error-removed", _P, "an error status is no longer described"),
    Rule("response-body-removed", _C, "the response no longer has a body"),
    Rule("response-body-added", _OK, "the response now has a body"),
    Rule("response-media-type-removed", _C, "a content type of responses was removed"),
    Rule("response-media-type-added", _C, "a content type of responses was added"),
    Rule("response-member-added-required", _P, "a response member was added that is always present"),
    Rule("response-member-added-optional", _OK, "an optional response member was added"),
    Rule("response-member-removed", _C, "a required response member is no longer described"),
    Rule("response-optional-member-removed", _C, "an optional response member is no longer described"),
    Rule("response-member-forbidden", _C, "a response member is now forbidden"),
    Rule("response-member-became-optional", _C, "a response member may now be absent"),
    Rule("response-member-became-required", _P, "a response member must now be present"),
    Rule("response-header-added", _OK, "a response header is now described"),
    Rule("response-header-removed", _C, "a response header is no longer described"),
    Rule("response-header-became-optional", _C, "a response header may now be absent"),
    Rule("response-header-became-required", _P, "a response header must now be present"),
    Rule("response-default-changed", _TEXT, "a response member has a different default"),
    Rule("description-changed", _TEXT, "a description changed"),
    Rule("example-changed", _TEXT, "an example changed"),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*_TABLE, *_schema_rules())}
