"""Rules: every kind of difference between two documents, and whom it breaks; a table, directional.

What a request may be and what an answer may be change in opposite ways: a request that is narrowed refuses what consumers send, an
answer that is widened shows them what they do not know; an answer that is narrowed is one that providers may not send any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Breaks(StrEnum):
    """Whom a difference breaks; the worst first."""

    CONSUMERS = "breaking for consumers"
    PROVIDERS = "breaking for providers"
    COMPATIBLE = "compatible"
    COSMETIC = "cosmetic"

    @property
    def is_breaking(self) -> bool:
        """Whether somebody has to do something."""
        return self in (Breaks.CONSUMERS, Breaks.PROVIDERS)


@dataclass(frozen=True)
class Rule:
    """One kind of difference. `id` is never used for anything else."""

    id: str
    breaks: Breaks
    says: str


_C, _P, _OK, _TEXT = Breaks.CONSUMERS, Breaks.PROVIDERS, Breaks.COMPATIBLE, Breaks.COSMETIC

#: Limits of values: keyword, what it limits, and whether more of it allows more.
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

#: Changes of a schema, by whether they allow less or more than before.
_NARROWING = {
    "type-narrowed": "fewer types are allowed",
    "null-forbidden": "null is no longer allowed",
    "enum-value-removed": "a value is no longer among those that are allowed",
    "enum-introduced": "the values are now told one by one",
    "pattern-added": "texts must now match a pattern",
    "format-added": "a format is now asked for",
    "unique-items-added": "elements must now differ",
    "multiple-of-added": "numbers must now be multiples of one",
    "object-closed": "members that are not described are now forbidden",
    "alternative-removed": "an alternative is gone",
    "other-rule-added": "a further rule is now asked for",
}
_WIDENING = {
    "type-widened": "more types are allowed",
    "null-allowed": "null is now allowed",
    "enum-value-added": "a value is new among those that are allowed",
    "enum-lifted": "the values are no longer told one by one",
    "pattern-removed": "texts need not match the pattern any more",
    "format-removed": "the format is no longer asked for",
    "unique-items-removed": "elements may now be alike",
    "multiple-of-removed": "numbers need not be multiples any more",
    "object-opened": "members that are not described are now allowed",
    "alternative-added": "an alternative is new",
    "other-rule-removed": "a further rule is no longer asked for",
}
_CHANGING = {
    "type-changed": "other types are allowed than before",
    "pattern-changed": "texts must match another pattern",
    "format-changed": "another format is asked for",
    "multiple-of-changed": "numbers must be multiples of another one",
    "other-rule-changed": "a further rule is another one",
}


def _of_schemas() -> list[Rule]:
    found = []
    for where in ("parameter", "request", "response"):
        answers = where == "response"
        found += [Rule(f"{where}-{name}", _P if answers else _C, says) for name, says in _NARROWING.items()]
        found += [Rule(f"{where}-{name}", _C if answers else _OK, says) for name, says in _WIDENING.items()]
        found += [Rule(f"{where}-{name}", _C, says) for name, says in _CHANGING.items()]
        for keyword, (name, _) in BOUNDS.items():
            found.append(
                Rule(f"{where}-{name}-tightened", _P if answers else _C, f"{keyword} allows less than before")
            )
            found.append(
                Rule(f"{where}-{name}-loosened", _C if answers else _OK, f"{keyword} allows more than before")
            )
    return found


_BY_HAND = [
    Rule("operation-removed", _C, "an operation is gone"),
    Rule("operation-added", _OK, "an operation is new"),
    Rule("operation-deprecated", _OK, "an operation is now deprecated"),
    Rule("operation-revived", _OK, "an operation is no longer deprecated"),
    Rule("operation-id-changed", _TEXT, "an operation is called otherwise"),
    Rule("operation-text-changed", _TEXT, "an operation is described in other words"),
    Rule("operation-tags-changed", _TEXT, "an operation is filed elsewhere"),
    Rule("server-removed", _C, "a host is gone"),
    Rule("server-added", _OK, "a host is new"),
    Rule("security-added", _C, "credentials are now asked for"),
    Rule("security-removed", _OK, "credentials are no longer asked for"),
    Rule("security-changed", _C, "other credentials are asked for"),
    Rule("security-alternative-added", _OK, "other credentials are taken, too"),
    Rule("parameter-required-added", _C, "a parameter is new and required"),
    Rule("parameter-optional-added", _OK, "a parameter is new and optional"),
    Rule("parameter-removed", _C, "a parameter is no longer described"),
    Rule("parameter-became-required", _C, "a parameter is now required"),
    Rule("parameter-became-optional", _OK, "a parameter is no longer required"),
    Rule("parameter-moved", _C, "the parts of a path stand in another order"),
    Rule("parameter-renamed", _TEXT, "a part of a path is called otherwise"),
    Rule("parameter-style-changed", _C, "a parameter is written otherwise"),
    Rule("parameter-default-changed", _C, "a parameter that is left out means something else"),
    Rule("request-body-added-required", _C, "a body is now required where there was none"),
    Rule("request-body-added-optional", _OK, "a body is now allowed where there was none"),
    Rule("request-body-removed", _C, "a body is no longer described"),
    Rule("request-body-became-required", _C, "the body is now required"),
    Rule("request-body-became-optional", _OK, "the body is no longer required"),
    Rule("request-media-type-removed", _C, "a content type of requests is gone"),
    Rule("request-media-type-added", _OK, "a content type of requests is new"),
    Rule("request-member-added-required", _C, "a member of requests is new and required"),
    Rule("request-member-added-optional", _OK, "a member of requests is new and optional"),
    Rule("request-member-removed", _C, "a member of requests is no longer described"),
    Rule("request-member-forbidden", _C, "a member of requests is now forbidden"),
    Rule("request-member-became-required", _C, "a member of requests is now required"),
    Rule("request-member-became-optional", _OK, "a member of requests is no longer required"),
    Rule("request-default-changed", _C, "a member that is left out means something else"),
    Rule("response-success-added", _C, "a status of success is new"),
    Rule("response-success-removed", _C, "a status of success is gone"),
    Rule("response-error-added", _OK, "a refusal is now described"),
    Rule("response-error-removed", _P, "a refusal is no longer described"),
    Rule("response-body-removed", _C, "an answer has no body any more"),
    Rule("response-body-added", _OK, "an answer has a body now"),
    Rule("response-media-type-removed", _C, "a content type of answers is gone"),
    Rule("response-media-type-added", _C, "a content type of answers is new"),
    Rule("response-member-added-required", _P, "a member of answers is new and always there"),
    Rule("response-member-added-optional", _OK, "a member of answers is new and may be there"),
    Rule("response-member-removed", _C, "a member of answers is no longer described"),
    Rule(
        "response-optional-member-removed",
        _C,
        "a member of answers that might be there is no longer described",
    ),
    Rule("response-member-forbidden", _C, "a member of answers must not be there any more"),
    Rule("response-member-became-optional", _C, "a member of answers need not be there any more"),
    Rule("response-member-became-required", _P, "a member of answers must now be there"),
    Rule("response-header-added", _OK, "a header of answers is now described"),
    Rule("response-header-removed", _C, "a header of answers is no longer described"),
    Rule("response-header-became-optional", _C, "a header of answers need not be there any more"),
    Rule("response-header-became-required", _P, "a header of answers must now be there"),
    Rule("response-default-changed", _TEXT, "another value is told as the usual one of an answer"),
    Rule("description-changed", _TEXT, "something is described in other words"),
    Rule("example-changed", _TEXT, "an example is another one"),
]

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*_BY_HAND, *_of_schemas())}
