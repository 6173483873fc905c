"""Comparison of the constraints on one place: types, values, limits and further keywords."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import Types, to_key, to_text
from storepact.drift.inclusion import Relation, relate_formats, relate_multiples, relate_patterns
from storepact.drift.limits import Bound
from storepact.drift.rules import BOUNDS
from storepact.model.tree import Json

Change = tuple[str, str, str]
"""A change by its name in the ids of rules, and the text of the constraint in our document and in theirs."""

_NUMBERS = ("number", "integer")

#: Keywords that hold a rule, their names in the ids of rules, the types that they restrict, how two values
#: of them relate.
_RULES = (
    ("pattern", "pattern", ("string",), relate_patterns),
    ("format", "format", ("string", *_NUMBERS), relate_formats),
    ("multipleOf", "multiple-of", _NUMBERS, relate_multiples),
)

#: Keywords of which any change is a difference.
_OPAQUE_KEYWORDS = ("contentEncoding", "contentMediaType")

#: The types that limits restrict, by how their keywords end.
_LIMITED_TYPES = {
    "Length": ("string",), "Items": ("array",), "Contains": ("array",), "Properties": ("object",),
}  # fmt: skip

_SCALARS = frozenset({"integer", "number", "boolean"})


def compare_types(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    """Types that are allowed by one of the documents only; null is a difference of its own."""
    before, after = ours.types, theirs.types
    if before == after:
        return
    if before is not None and after is not None and ("null" in before) != ("null" in after):
        name = "null-allowed" if "null" in after else "null-forbidden"
        yield name, describe_types(before), describe_types(after)
    old, new = (None if types is None else types - {"null"} for types in (before, after))
    if old == new:
        return
    if old is None or (new is not None and new < old):
        name = "type-narrowed"
    elif new is None or old < new:
        name = "type-widened"
    elif _is_any_text(theirs, new) and old <= _SCALARS:
        name = "type-changed-to-text"
    elif _is_any_text(ours, old) and new <= _SCALARS:
        name = "type-changed-from-text"
    else:
        name = "type-changed"
    yield name, describe_types(old), describe_types(new)


def _is_any_text(schema: Alternatives, types: Types) -> bool:
    words = ("enum", "const", "pattern", "format", "minLength", "maxLength")
    return types == {"string"} and not any(schema.keyword(word) for word in words)


def describe_types(types: Types | None) -> str:
    """Types as text, such as `integer or string`."""
    if types is None:
        return "any type"
    listed = types - {"integer"} if "number" in types else types
    return " or ".join(sorted(listed)) or "nothing"


def compare_constraints(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    """Every difference of the constraints on a value, except its type and members."""
    yield from compare_values(ours, theirs)
    yield from _compare_limits(ours, theirs)
    yield from _compare_keywords(ours, theirs)
    yield from _compare_openness(ours, theirs)


def compare_values(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    """Differences of enumerations."""
    before, after = ours.values, theirs.values
    if before is None or after is None:
        if before is not after:
            name = "enum-introduced" if before is None else "enum-lifted"
            yield name, _list(before), _list(after)
        return
    old, new = ({to_key(value): to_text(value) for value in values} for values in (before, after))
    yield from (("enum-value-removed", text, "") for key, text in old.items() if key not in new)
    yield from (("enum-value-added", "", text) for key, text in new.items() if key not in old)


def _compare_limits(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    for keyword, (name, more_allows_more) in BOUNDS.items():
        types = next((types for ending, types in _LIMITED_TYPES.items() if keyword.endswith(ending)), None)
        if types is None:
            continue
        before, after = (schema.limit(keyword, types, more_allows_more) for schema in (ours, theirs))
        if keyword == "minContains":  # it is 1 where it is not written
            before, after = (1 if limit is None else limit for limit in (before, after))
        is_same = before == after if more_allows_more else (before or 0) == (after or 0)
        if not is_same:
            if before is None or after is None:
                loosened = after is None
            else:
                loosened = (after > before) == more_allows_more
            yield f"{name}-{_direction(loosened)}", _text(before), _text(after)
    for keyword in ("minimum", "maximum"):
        yield from _compare_bounds(keyword, ours.bound_of(keyword), theirs.bound_of(keyword))


def _compare_bounds(keyword: str, before: Bound | None, after: Bound | None) -> Iterator[Change]:
    if before == after:
        return
    if before is None or after is None:
        loosened = after is None
    elif keyword == "maximum":
        loosened = (after[0], not after[1]) > (before[0], not before[1])
    else:
        loosened = after < before
    tight = before if loosened else after
    name = f"exclusive-{keyword}" if tight is not None and tight[1] else keyword
    yield f"{name}-{_direction(loosened)}", _bound_text(before), _bound_text(after)


def _direction(loosened: bool) -> str:
    return "loosened" if loosened else "tightened"


def _bound_text(bound: Bound | None) -> str:
    return "" if bound is None else f"{to_text(bound[0])}{' (exclusive)' if bound[1] else ''}"


def _compare_keywords(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    for keyword, name, types, relate in _RULES:
        before, after = (schema.rule(keyword, types) for schema in (ours, theirs))
        relation = relate(before, after)
        if relation is not Relation.SAME:
            yield f"{name}-{relation}", _either(before), _either(after)
    if ours.is_unique != theirs.is_unique:
        name = f"unique-items-{'added' if theirs.is_unique else 'removed'}"
        yield name, to_text(ours.is_unique), to_text(theirs.is_unique)
    for keyword in _OPAQUE_KEYWORDS:
        texts = [sorted(set(map(to_text, schema.keyword(keyword)))) for schema in (ours, theirs)]
        if texts[0] != texts[1]:
            old, new = (f"{keyword} {' or '.join(values)}" if values else "" for values in texts)
            yield f"other-rule-{presence(old, new)}", old, new
    defaults = _default(ours), _default(theirs)
    if defaults[0] != defaults[1]:
        yield "default-changed", *defaults


def presence(before: object, after: object) -> str:
    """Whether something was added, removed or changed, where what is absent is empty."""
    return "added" if not before else "removed" if not after else "changed"


def _default(schema: Alternatives) -> str:
    """The default, if all alternatives that have one agree; else nothing."""
    defaults = {to_key(value): to_text(value) for value in schema.keyword("default")}
    return next(iter(defaults.values())) if len(defaults) == 1 else ""


def _compare_openness(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    may_be_objects = all(schema.types is None or "object" in schema.types for schema in (ours, theirs))
    if may_be_objects and ours.has_no_further_members != theirs.has_no_further_members:
        yield ("object-closed" if theirs.has_no_further_members else "object-opened"), "", ""


def _either(rules: tuple[frozenset[str], ...] | None) -> str:
    return " or ".join(sorted(" and ".join(sorted(rule)) for rule in rules or ()))


def _list(values: tuple[Json, ...] | None) -> str:
    return "" if values is None else ", ".join(map(to_text, values))


def _text(value: float | None) -> str:
    return "" if value is None else to_text(value)
