"""How two values of `pattern`, `format` or `multipleOf` relate: whether one allows what the other does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from storepact.drift.patterns import includes

Rules = tuple[frozenset[str], ...] | None
"""The values of a keyword in each alternative; None if an alternative has none."""


class Relation(StrEnum):
    """What became of a rule; the values are parts of the ids of rules."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    NARROWED = "narrowed"
    WIDENED = "widened"
    CHANGED = "changed"


#: Formats of which every value has the other formats as well.
_WIDER_FORMATS = {
    "int8": ("int16", "int32", "int64"), "int16": ("int32", "int64"), "int32": ("int64", "double"),
    "uint8": ("uint16", "uint32", "uint64", "int16", "int32", "int64"),
    "uint16": ("uint32", "uint64", "int32", "int64"), "uint32": ("uint64", "int64"), "float": ("double",),
    "email": ("idn-email",), "hostname": ("idn-hostname",), "uri": ("uri-reference", "iri", "iri-reference"),
    "uri-reference": ("iri-reference",), "iri": ("iri-reference",),
}  # fmt: skip

#: Patterns that every text matches.
_TRIVIAL_PATTERNS = frozenset({"", ".*", "^", "$", "^.*", ".*$", "^.*$", "[\\s\\S]*", "^[\\s\\S]*$"})


def relate_patterns(before: Rules, after: Rules) -> Relation:
    """How two patterns relate; those that every text matches are none."""
    return _relate(_restricting(before), _restricting(after), includes)


def _restricting(rules: Rules) -> Rules:
    if rules is None:
        return None
    restricting = tuple(rule - _TRIVIAL_PATTERNS for rule in rules)
    return restricting if all(restricting) else None


def relate_formats(before: Rules, after: Rules) -> Relation:
    """How two formats relate."""
    return _relate(before, after, lambda wide, tight: wide in _WIDER_FORMATS.get(tight, ()))


def relate_multiples(before: Rules, after: Rules) -> Relation:
    """How two values of `multipleOf` relate."""
    return _relate(before, after, _divides)


def _divides(wide: str, tight: str) -> bool:
    try:
        return Decimal(tight) % Decimal(wide) == 0
    except (InvalidOperation, ZeroDivisionError):
        return False


def _relate(before: Rules, after: Rules, is_wider: Callable[[str, str], bool]) -> Relation:
    if before == after or (before and after and set(before) == set(after)):
        return Relation.SAME
    if before is None or after is None:
        return Relation.ADDED if before is None else Relation.REMOVED
    if _covers(after, before, is_wider):
        return Relation.WIDENED
    return Relation.NARROWED if _covers(before, after, is_wider) else Relation.CHANGED


def _covers(
    wide: tuple[frozenset[str], ...], tight: tuple[frozenset[str], ...], is_wider: Callable[[str, str], bool]
) -> bool:
    """Whether every value of each tight alternative is one of some wide alternative."""
    return all(
        any(
            all(any(limit == rule or is_wider(limit, rule) for rule in rules) for limit in limits)
            for limits in wide
        )
        for rules in tight
    )
