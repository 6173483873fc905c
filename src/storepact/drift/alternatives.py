"""Alternatives: a place in a value as a list of ways to fit it, each a set of schemas that all hold.

References, `allOf`, `anyOf`, `oneOf` and conditions are multiplied out, so that two documents that say the same in other forms come
to the same alternatives. What is said of the place as a whole is what its alternatives have in common: it allows what one of them
allows, and asks for what all of them ask for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeGuard

from storepact.openapi.document import Document
from storepact.openapi.members import ELEMENT, declared_types
from storepact.openapi.pointers import escape
from storepact.openapi.references import reference_target

Branch = tuple[str, ...]
"""Pointers of schemas that all hold; none: anything fits."""

Bound = tuple[float, bool]
"""A limit, and whether it is itself beyond it."""

#: More alternatives than anybody writes: what would have more is not multiplied out.
_MOST = 128

#: Keywords that are not looked into: any change of them is told as one.
OTHER_RULES = (
    "not", "dependentRequired", "dependentSchemas", "dependencies", "propertyNames", "patternProperties", "prefixItems", "contains",
    "minContains", "maxContains", "unevaluatedItems", "contentEncoding", "contentMediaType",
)  # fmt: skip

#: Keywords that only explain.
_ANNOTATIONS = frozenset(
    {
        "description",
        "title",
        "example",
        "examples",
        "deprecated",
        "externalDocs",
        "xml",
        "$comment",
        "default",
    }
)


@dataclass(frozen=True)
class Alternatives:
    """One place, as a document describes it."""

    document: Document
    branches: tuple[Branch, ...]

    @classmethod
    def at(cls, document: Document, pointer: str) -> Alternatives:
        """What the schema at a pointer says."""
        return cls(document, tuple(dict.fromkeys(_expanded(document, pointer, frozenset()))))

    def only(self, indexes: Sequence[int]) -> Alternatives:
        """Some of the alternatives."""
        return Alternatives(self.document, tuple(self.branches[index] for index in indexes))

    @property
    def pointer(self) -> str:
        """The schema that says most: where to look for the place in the document."""
        every = [pointer for branch in self.branches for pointer in branch]
        return max(every, key=lambda each: len(str(self.document.at(each))), default="")

    def nodes(self, branch: Branch) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The schemas of one alternative."""
        for pointer in branch:
            node = self.document.at(pointer)
            if isinstance(node, Mapping):
                yield pointer, node

    def _says(self, branch: Branch, word: str) -> list[Any]:
        return [node[word] for _, node in self.nodes(branch) if word in node]

    def told(self, word: str) -> list[Any]:
        """What each schema says by that keyword, in order."""
        return [say for branch in self.branches for say in self._says(branch, word)]

    # types and values

    def kinds_of(self, branch: Branch) -> frozenset[str] | None:
        """The JSON types of one alternative; None if any. `number` includes `integer`."""
        known = [each for _, node in self.nodes(branch) if (each := declared_types(node)) is not None]
        if not known:
            return None
        found = frozenset.intersection(*known)
        nullable = any(
            node.get("nullable") is True and any(w in node for w in ("allOf", "anyOf", "oneOf"))
            for _, node in self.nodes(branch)
        )
        return found | {"null"} if nullable else found

    @cached_property
    def kinds(self) -> frozenset[str] | None:
        """The JSON types that a value may have; None if any."""
        each = [self.kinds_of(branch) for branch in self.branches]
        return (
            None
            if not each or None in each
            else frozenset[str]().union(*(kinds for kinds in each if kinds is not None))
        )

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Every value that is allowed but null, where they are told one by one; else None."""
        found: dict[str, Any] = {}
        for branch in self._of("string", "number", "integer", "boolean", "array", "object"):
            lists = [[say] for say in self._says(branch, "const")]
            lists += [each for each in self._says(branch, "enum") if isinstance(each, list)]
            if not lists:
                return None
            texts = [{_text(value): value for value in each} for each in lists]
            found.update(
                {text: value for text, value in texts[0].items() if all(text in each for each in texts[1:])}
            )
        found.pop("null", None)
        return tuple(found.values()) if found else None

    def _of(self, *kinds: str) -> list[Branch]:
        """The alternatives that a value of one of these types may fit."""
        every = [(branch, self.kinds_of(branch)) for branch in self.branches]
        return [branch for branch, known in every if known is None or known & set(kinds)]

    # rules of one keyword

    def limit(self, word: str, kinds: tuple[str, ...], more_allows_more: bool) -> float | None:
        """A limit of length or number: the loosest of all alternatives that it concerns; None if one of them has none."""
        return _loosest(
            [self._limit(branch, word, more_allows_more) for branch in self._of(*kinds)], more_allows_more
        )

    def _limit(self, branch: Branch, word: str, more_allows_more: bool) -> float | None:
        told = [say for say in self._says(branch, word) if _is_number(say)]
        return None if not told else min(told) if more_allows_more else max(told)

    def bound(self, word: str) -> Bound | None:
        """`minimum` or `maximum`, with its exclusive form of either version of OpenAPI; None if some numbers have none.

        Of integers an exclusive limit is the next one.
        """
        upper = word == "maximum"
        bounds = [self._bound(branch, word) for branch in self._of("number", "integer")]
        if not bounds or None in bounds:
            return None
        loosest = max if upper else min
        return loosest(
            (each for each in bounds if each is not None), key=lambda each: (each[0], each[1] != upper)
        )

    def _bound(self, branch: Branch, word: str) -> Bound | None:
        upper, exclusive = word == "maximum", f"exclusive{word.capitalize()}"
        found: list[Bound] = []
        for _, node in self.nodes(branch):
            limit, strict = node.get(word), node.get(exclusive)
            if _is_number(limit):
                found.append((limit, strict is True))
            if _is_number(strict):
                found.append((strict, True))
        kinds = self.kinds_of(branch) or frozenset()
        if kinds & {"integer", "number"} == {"integer"}:
            step = -1 if upper else 1
            found = [
                (value + step, False) if strict and float(value).is_integer() else (value, strict)
                for value, strict in found
            ]
        tightest = min if upper else max
        return tightest(found, key=lambda each: (each[0], each[1] != upper)) if found else None

    def words(self, word: str, kinds: tuple[str, ...]) -> frozenset[str] | None:
        """What a keyword such as `pattern` says in all alternatives that it concerns; None if one of them does not have it."""
        each = [self._says(branch, word) for branch in self._of(*kinds)]
        return (
            frozenset(" and ".join(sorted(map(_text, told))) for told in each) if each and all(each) else None
        )

    @property
    def unique(self) -> bool:
        """Whether elements must differ."""
        each = [
            any(told is True for told in self._says(branch, "uniqueItems")) for branch in self._of("array")
        ]
        return bool(each) and all(each)

    def other(self, word: str) -> frozenset[str] | None:
        """What a keyword that is not looked into says, references followed and explanations left out; None if nothing."""
        found = frozenset(_plain(self.document, each, 0) for each in self.told(word))
        return found or None

    # members

    @property
    def closed(self) -> bool:
        """Whether a member that is not described is forbidden."""
        each = [self._is_closed(branch) for branch in self._of("object")]
        return bool(each) and all(each)

    def _is_closed(self, branch: Branch) -> bool:
        return any(
            told is False
            for word in ("additionalProperties", "unevaluatedProperties")
            for told in self._says(branch, word)
        )

    def names_of(self, branch: Branch) -> dict[str, None]:
        """The members of one alternative that are described or required, and `ELEMENT` where elements are."""
        found: dict[str, None] = {}
        for told in self._says(branch, "properties"):
            found.update(dict.fromkeys(told))
        for told in self._says(branch, "required"):
            found.update(dict.fromkeys(told if isinstance(told, list) else ()))
        if any(isinstance(told, Mapping) for told in self._says(branch, "items")):
            found[ELEMENT] = None
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those of all alternatives."""
        found: dict[str, None] = {}
        for branch in self.branches:
            found.update(self.names_of(branch))
        return tuple(found)

    def requires(self, name: str) -> bool:
        """Whether every object has that member; of `ELEMENT`, whether there is at least one."""
        if name == ELEMENT:
            return bool(self.limit("minItems", ("array",), False))
        each = [
            name in (required for told in self._says(branch, "required") for required in told)
            for branch in self._of("object")
        ]
        return bool(each) and all(each)

    def member(self, name: str) -> Alternatives | None:
        """The member of that name, by itself or as one of any name, or the `ELEMENT`; None if it is not described."""
        found: dict[Branch, None] = {}
        described = False
        for branch in self.branches:
            schemas = list(self._schemas(branch, name))
            if not schemas:
                continue
            described = True
            found.update(
                dict.fromkeys(
                    _product(*(_expanded(self.document, schema, frozenset()) for schema in schemas))
                )
            )
        if not described and name in self.names:
            return Alternatives(self.document, ((),))  # required, and nothing is said of it
        return Alternatives(self.document, tuple(found)) if described else None

    def _schemas(self, branch: Branch, name: str) -> Iterator[str]:
        word = "items" if name == ELEMENT else "properties"
        found = False
        for pointer, node in self.nodes(branch):
            told = node.get(word)
            if isinstance(told, Mapping) and (name == ELEMENT or name in told):
                found = True
                yield f"{pointer}/{word}" if name == ELEMENT else f"{pointer}/{word}/{escape(name)}"
        if not found and name != ELEMENT:
            for pointer, node in self.nodes(branch):
                if isinstance(node.get("additionalProperties"), Mapping) and node["additionalProperties"]:
                    yield f"{pointer}/additionalProperties"

    @cached_property
    def traits(self) -> tuple[tuple[frozenset[str], dict[str, frozenset[str]]], ...]:
        """What each alternative is known by: its members, two deep, else its types; and the members that have a few values only."""
        return tuple(map(self._traits, self.branches))

    def _traits(self, branch: Branch) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        found: set[str] = set()
        fixed: dict[str, frozenset[str]] = {}
        one = Alternatives(self.document, (branch,))
        for name in one.names:
            member = one.member(name)
            found.add(name)
            if member is None:
                continue
            found |= {f"{name}/{each}" for each in member.names}
            if member.values is not None:
                fixed[name] = frozenset(map(_text, member.values))
        return frozenset(found or {f"is {kind}" for kind in self.kinds_of(branch) or ()}), fixed


def _expanded(document: Document, pointer: str, above: frozenset[str]) -> list[Branch]:
    """The ways to fit a schema."""
    own, pointer = _settled(document, pointer)
    node = document.at(pointer)
    if pointer in above or not isinstance(node, Mapping):
        return [own]
    above |= {pointer}
    parts: list[list[Branch]] = [[(*own, pointer)]]
    conditions: list[str] = [pointer] if "if" in node else []
    for index in range(len(node.get("allOf") or ())):
        place = f"{pointer}/allOf/{index}"
        inner = document.at(document.settle(place))
        if isinstance(inner, Mapping) and inner.keys() - _ANNOTATIONS == {"if", "then"}:
            conditions.append(document.settle(place))
        else:
            parts.append(_expanded(document, place, above))
    for word in ("anyOf", "oneOf"):
        choices = node.get(word) or ()
        if choices:
            parts.append(
                [
                    branch
                    for index in range(len(choices))
                    for branch in _expanded(document, f"{pointer}/{word}/{index}", above)
                ]
            )
    if conditions:
        parts.append(_conditional(document, pointer, conditions, above))
    return _product(*parts)


def _conditional(
    document: Document, place: str, conditions: list[str], above: frozenset[str]
) -> list[Branch]:
    """Where something holds something else does: each such sentence is an alternative, and what none of them speaks of is one."""
    found: list[Branch] = []
    for pointer in conditions:
        node = document.at(pointer)
        then: list[Branch] = _expanded(document, f"{pointer}/then", above) if "then" in node else [()]
        found += _product(_expanded(document, f"{pointer}/if", above), then)
        if "else" in node:
            found += _expanded(document, f"{pointer}/else", above)
    if not any("else" in document.at(pointer) for pointer in conditions) and not _speak_of_all(
        document, place, conditions
    ):
        found.append(())
    return found


def _speak_of_all(document: Document, place: str, conditions: list[str]) -> bool:
    """Whether conditions name every value that a member of the schema may have."""
    asked = [document.resolve(document.at(pointer)["if"]).get("properties") or {} for pointer in conditions]
    names = {name for each in asked for name in each}
    told = document.at(place).get("properties") or {}
    if len(names) != 1 or not names <= told.keys():
        return False
    (name,) = names
    whole = Alternatives.at(document, f"{place}/properties/{escape(name)}").values
    spoken: set[str] = set()
    for each in asked:
        node = document.resolve(each.get(name) or {})
        spoken |= set(map(_text, [node["const"]] if "const" in node else node.get("enum") or ()))
    return whole is not None and set(map(_text, whole)) <= spoken


def _settled(document: Document, pointer: str) -> tuple[Branch, str]:
    """Schemas that stand beside references on the way, where the version counts them, and what the references lead to."""
    own: Branch = ()
    for _ in range(_MOST):
        node = document.at(pointer)
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        if not document.dialect.startswith("3.0") and node.keys() - _ANNOTATIONS - {"$ref"}:
            own = (*own, pointer)
        pointer = reference_target(node["$ref"])
    return own, document.settle(pointer)


def _product(*parts: list[Branch]) -> list[Branch]:
    """One of each; where that would be too many, what has no alternatives alone."""
    count = 1
    for part in parts:
        count *= max(len(part), 1)
    if count > _MOST:
        parts = tuple(part for part in parts if len(part) == 1)
    return [
        tuple(dict.fromkeys(pointer for branch in chosen for pointer in branch)) for chosen in product(*parts)
    ]


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _loosest(limits: list[float | None], more_allows_more: bool) -> float | None:
    if not limits or None in limits:
        return None
    known = [limit for limit in limits if limit is not None]
    return max(known) if more_allows_more else min(known)


def _plain(document: Document, node: Any, depth: int) -> str:
    return json.dumps(_resolved(document, node, depth), ensure_ascii=False, sort_keys=True, default=str)


def _resolved(document: Document, node: Any, depth: int) -> Any:
    node = document.resolve(node)
    if depth > 6:
        return "…"
    if isinstance(node, Mapping):
        return {
            name: _resolved(document, each, depth + 1)
            for name, each in node.items()
            if name not in _ANNOTATIONS
        }
    return [_resolved(document, each, depth + 1) for each in node] if isinstance(node, list) else node


def _text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    )
