"""The kinds of difference between two documents, and who has to react to each: one table.

Requests and responses mirror each other. A narrowed request refuses what consumers send; a widened response
shows them values they do not expect; a narrowed response forbids what providers may have been sending.

To add a rule, add a row here, yield it where the documents are compared, and add a pair of documents that
differ by it to `tests/drift`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from storepact.model.values import lean_value


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


@lean_value(frozen=True)
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
    "minContains": ("min-contains", False),
    "maxContains": ("max-contains", True),
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
    "alternatives-exclusive": "values that fit several alternatives are no longer allowed",
    "mapping-value-removed": "a value of the discriminator was removed",
    "pattern-narrowed": "the pattern allows fewer strings",
    "format-narrowed": "the format allows fewer values",
    "multiple-of-narrowed": "fewer numbers are multiples of the number",
    "other-rule-added": "another keyword now restricts values",
    "other-rule-narrowed": "another keyword restricts values further",
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
    "alternatives-overlap": "values that fit several alternatives are now allowed",
    "mapping-value-added": "a value of the discriminator was added",
    "pattern-widened": "the pattern allows more strings",
    "format-widened": "the format allows more values",
    "multiple-of-widened": "more numbers are multiples of the number",
    "other-rule-removed": "another keyword no longer restricts values",
    "other-rule-widened": "another keyword restricts values less",
}
_CHANGING = {
    "type-changed": "different types are allowed",
    "pattern-changed": "strings must match a different pattern",
    "format-changed": "a different format is required",
    "multiple-of-changed": "numbers must be multiples of a different number",
    "other-rule-changed": "another keyword restricts values differently",
    "discriminator-changed": "another member tells the alternatives apart",
    "mapping-changed": "a value of the discriminator stands for another alternative",
    "xml-changed": "the value is written differently in XML",
}
#: Changes of a schema that change no value that is allowed.
_REMARKS = {
    "member-deprecated": "a value is now deprecated",
    "member-revived": "a value is no longer deprecated",
    "discriminator-added": "a discriminator tells the alternatives apart",
    "access-changed": "readOnly or writeOnly changed",
}


class Effect(StrEnum):
    """What a change of a schema does to the set of values that it allows."""

    NARROWS = "narrows"
    WIDENS = "widens"
    CHANGES = "changes"
    NONE = "none"


def effect_of(change: str) -> Effect:
    """The effect of a change by its name in the ids of rules; of members as well."""
    if change in _NARROWING or change.endswith("-tightened") or change in _NARROWING_MEMBERS:
        return Effect.NARROWS
    if change in _WIDENING or change.endswith("-loosened") or change in _WIDENING_MEMBERS:
        return Effect.WIDENS
    if change in _CHANGING or change.startswith(("type-changed", "member-removed")):
        return Effect.CHANGES
    return Effect.CHANGES if change in _CHANGING_MEMBERS else Effect.NONE


_NARROWING_MEMBERS = frozenset({"member-added-required", "member-became-required", "member-forbidden"})
_WIDENING_MEMBERS = frozenset({"member-became-optional", "member-added-optional"})
_CHANGING_MEMBERS = frozenset({"optional-member-removed", "default-changed"})


def _schema_rules() -> Iterator[Rule]:
    for part in ("parameter", "request", "response"):
        is_response = part == "response"
        narrowed, widened = (_P, _C) if is_response else (_C, _OK)
        yield from (Rule(f"{part}-{change}", narrowed, message) for change, message in _NARROWING.items())
        yield from (Rule(f"{part}-{change}", widened, message) for change, message in _WIDENING.items())
        yield from (Rule(f"{part}-{change}", _C, message) for change, message in _CHANGING.items())
        yield from (Rule(f"{part}-{change}", _OK, message) for change, message in _REMARKS.items())
        removed = _C if is_response else _OK
        yield Rule(f"{part}-discriminator-removed", removed, "no discriminator tells the alternatives apart")
        for keyword, (name, _) in BOUNDS.items():
            yield Rule(f"{part}-{name}-tightened", narrowed, f"{keyword} allows fewer values")
            yield Rule(f"{part}-{name}-loosened", widened, f"{keyword} allows more values")


_TABLE = (
    Rule("document-unrelated", _C, "the document describes none of our operations: is it the right one?"),
    Rule("document-text-changed", _TEXT, "a text about the document changed"),
    Rule("openapi-version-changed", _TEXT, "the document has another version of OpenAPI"),
    Rule("path-changed", _C, "the path has another end: with or without a slash"),
    Rule("operation-removed", _C, "an operation was removed"),
    Rule("operation-added", _OK, "an operation was added"),
    Rule("operation-deprecated", _OK, "an operation is now deprecated"),
    Rule("operation-revived", _OK, "an operation is no longer deprecated"),
    Rule("operation-id-changed", _TEXT, "an operation has a different operationId"),
    Rule("operation-text-changed", _TEXT, "an operation's summary or description changed"),
    Rule("operation-tags-changed", _TEXT, "an operation has different tags"),
    Rule("server-removed", _C, "a host was removed"),
    Rule("server-added", _OK, "a host was added"),
    Rule("server-text-changed", _TEXT, "the servers are described differently"),
    Rule("security-added", _C, "credentials are now required"),
    Rule("security-removed", _OK, "credentials are no longer required"),
    Rule("security-changed", _C, "different credentials are required"),
    Rule("security-alternative-added", _OK, "further credentials are accepted"),
    Rule("security-alternative-removed", _C, "some credentials are no longer accepted"),
    Rule("security-scope-added", _C, "a further scope is required"),
    Rule("security-loosened", _OK, "fewer credentials or scopes are required"),
    Rule("security-scheme-changed", _OK, "a security scheme offers other scopes, or has another refresh URL"),
    Rule("security-text-changed", _TEXT, "a security scheme is described differently"),
    Rule("parameter-required-added", _C, "a required parameter was added"),
    Rule("parameter-optional-added", _OK, "an optional parameter was added"),
    Rule("parameter-removed", _C, "a parameter is no longer described"),
    Rule("parameter-became-required", _C, "a parameter is now required"),
    Rule("parameter-became-optional", _OK, "a parameter is now optional"),
    Rule("parameter-moved", _C, "the path parameters are in a different order"),
    Rule("parameter-renamed", _TEXT, "a path parameter has a different name"),
    Rule("parameter-style-changed", _C, "a parameter is serialized differently"),
    Rule("parameter-media-type-changed", _C, "a parameter is serialized as another media type"),
    Rule("parameter-empty-value-forbidden", _C, "an empty value is no longer allowed"),
    Rule("parameter-empty-value-allowed", _OK, "an empty value is now allowed"),
    Rule("parameter-reserved-forbidden", _C, "reserved characters must now be escaped"),
    Rule("parameter-reserved-allowed", _OK, "reserved characters may now be sent as they are"),
    Rule("parameter-deprecated", _OK, "a parameter is now deprecated"),
    Rule("parameter-revived", _OK, "a parameter is no longer deprecated"),
    Rule("parameter-default-changed", _C, "omitting a parameter has a different meaning"),
    Rule("request-body-added-required", _C, "a request body is now required"),
    Rule("request-body-added-optional", _OK, "a request body is now allowed"),
    Rule("request-body-removed", _C, "the request body is no longer described"),
    Rule("request-body-became-required", _C, "the request body is now required"),
    Rule("request-body-became-optional", _OK, "the request body is now optional"),
    Rule("request-media-type-removed", _C, "a content type of requests was removed"),
    Rule("request-media-type-added", _OK, "a content type of requests was added"),
    Rule("request-media-type-parameter-changed", _C, "a content type of requests has other parameters"),
    Rule("media-type-text-changed", _TEXT, "a content type is written with other parameters"),
    Rule("request-encoding-changed", _C, "a part of the request body is encoded differently"),
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
    Rule("response-media-type-narrowed", _P, "of a range of content types fewer are left"),
    Rule("response-media-type-parameter-changed", _C, "a content type of responses has other parameters"),
    Rule("response-encoding-changed", _C, "a part of the response body is encoded differently"),
    Rule("response-link-changed", _OK, "a link to another operation changed"),
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
    Rule("response-header-style-changed", _C, "a response header is serialized differently"),
    Rule("response-header-deprecated", _OK, "a response header is now deprecated"),
    Rule("response-header-revived", _OK, "a response header is no longer deprecated"),
    Rule("callback-removed", _C, "a request that the provider sends is no longer described"),
    Rule("callback-added", _OK, "the provider sends a further request"),
    Rule("callback-body-became-optional", _C, "the body that the provider sends may now be absent"),
    Rule("callback-body-became-required", _P, "the body that the provider sends must now be present"),
    Rule("callback-parameter-removed", _C, "a parameter that the provider sends is no longer described"),
    Rule("callback-parameter-added", _OK, "the provider sends a further parameter"),
    Rule("callback-parameter-changed", _C, "a parameter that the provider sends is serialized differently"),
    Rule("callback-parameter-became-optional", _C, "a parameter that the provider sends may now be absent"),
    Rule("callback-parameter-became-required", _P, "a parameter that the provider sends must be present"),
    Rule("callback-status-removed", _C, "a status that the consumer may respond with was removed"),
    Rule("callback-status-added", _OK, "the consumer may respond with a further status"),
    Rule("response-default-changed", _TEXT, "a response member has a different default"),
    Rule("description-changed", _TEXT, "a description changed"),
    Rule("example-changed", _TEXT, "an example changed"),
    Rule("annotation-changed", _TEXT, "a title, comment or link to documentation changed"),
    Rule("xml-changed", _TEXT, "the value would be written differently in XML, which it is not sent as"),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*_TABLE, *_schema_rules())}
