"""Expansion of a composed schema into the ways to fit it: compositions and conditions multiplied out.

`openapi.members` and `openapi.keywords` read the same compositions, but to other ends, and share no
expansion with this module. `members` keeps one flat list of parts, each certain or not, and lets an example
decide conditions; `keywords` lists what is written, chosen variants included, and never multiplies. Only a
comparison needs the product, which grows with each composition and is cut off at a limit that the other two
must not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count, product
from weakref import WeakKeyDictionary

from storepact.drift.branches import IGNORED, WHOLE, Branch, enumerate_values, to_text
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.references import reference_target

#: Keywords that describe and restrict nothing.
ANNOTATIONS = frozenset((
    "title", "description", "default", "deprecated", "example", "examples", "externalDocs", "xml", "$comment",
))  # fmt: skip

#: Compositions whose combinations are more than this are compared as a whole.
MOST_BRANCHES = 128

#: A schema with more alternatives is compared as a whole.
_MOST_ALTERNATIVES = 1_000

#: Schemas that a single expansion visits; those that are composed of each other have too many ways.
_MOST_STEPS = 20_000

_LONGEST_CHAIN = 50


def expand(document: Document, pointer: str, above: frozenset[str] = frozenset()) -> list[Branch]:
    """The ways to fit the schema at a pointer; none if nothing fits.

    `above` are the schemas on the way, which end a recursion.
    """
    memo = _MEMOS.setdefault(document, {})
    if pointer not in memo:
        state = _State(document, above)
        branches = state.expand(pointer)
        if above and state.reached & above:
            return branches  # cut off by what is above, and other elsewhere
        memo[pointer] = branches
    return memo[pointer]


#: The expansion of each schema, by document and pointer.
_MEMOS: WeakKeyDictionary[Document, dict[str, list[Branch]]] = WeakKeyDictionary()


class _State:
    """One expansion: the schemas on the way to where it is, and those that ended a recursion."""

    def __init__(self, document: Document, above: frozenset[str], steps: Iterator[int] | None = None) -> None:
        self.document, self.above = document, above
        self.reached: set[str] = set()
        self._steps = count() if steps is None else steps

    def below(self, pointer: str) -> list[Branch]:
        """The expansion of a schema within this one."""
        memo = _MEMOS[self.document]
        if pointer in memo:
            return memo[pointer]
        if next(self._steps) > _MOST_STEPS:
            return [(f"{WHOLE}{pointer}",)]
        state = _State(self.document, self.above, self._steps)
        branches = state.expand(pointer)
        if state.reached & self.above:
            self.reached |= state.reached
        else:
            memo[pointer] = branches
        return branches

    def expand(self, pointer: str) -> list[Branch]:
        document = self.document
        own, pointer = _follow(document, pointer)
        node = document.at(pointer)
        if node is False:
            return []
        if pointer in self.above:
            self.reached.add(pointer)
            return [own]
        if not isinstance(node, Mapping):
            return [own]
        self.above |= {pointer}
        parts: list[tuple[str, list[Branch]]] = [("", [(*own, pointer)])]
        conditions: list[str] = [pointer] if "if" in node else []
        for index in range(len(node.get("allOf") or ())):
            place = f"{pointer}/allOf/{index}"
            if is_condition(document.at(document.settle(place))):
                conditions.append(document.settle(place))
            else:
                parts.append((place, self.below(place)))
        for word in ("anyOf", "oneOf"):
            choices = [f"{pointer}/{word}/{index}" for index in range(len(node.get(word) or ()))]
            if choices:
                parts.append((f"{pointer}/{word}", self._unite(f"{pointer}/{word}", choices)))
        if conditions:
            parts.append((f"{pointer}/if", self._expand_conditions(pointer, conditions)))
        return _combine(parts)

    def _unite(self, pointer: str, choices: list[str]) -> list[Branch]:
        branches: dict[Branch, None] = {}
        for choice in choices:
            branches.update(dict.fromkeys(self.below(choice)))
            if len(branches) > _MOST_ALTERNATIVES:
                return [(f"{WHOLE}{pointer}",)]
        return list(branches)

    def _expand_conditions(self, place: str, conditions: list[str]) -> list[Branch]:
        """Each `if` with its `then`, each `else`, and a free branch unless the conditions cover all."""
        document = self.document
        branches: list[Branch] = []
        for pointer in conditions:
            node = document.at(pointer)
            then: list[Branch] = self.below(f"{pointer}/then") if "then" in node else [()]
            branches += combine(self.below(f"{pointer}/if"), then)
            if "else" in node:
                branches += self.below(f"{pointer}/else")
        has_else = any("else" in document.at(pointer) for pointer in conditions)
        if not has_else and not are_exhaustive(document, place, conditions):
            branches.append(())
        return branches


def is_condition(node: Json) -> bool:
    """Whether a schema is nothing but `if` and `then`."""
    return isinstance(node, Mapping) and node.keys() - ANNOTATIONS == {"if", "then"}


def conditions_of(document: Document, pointer: str, node: Mapping[str, Json]) -> Iterator[str]:
    """The pointers of the conditions that a schema has, those in its `allOf` included."""
    if "if" in node:
        yield pointer
    for index in range(len(node.get("allOf") or ())):
        place = document.settle(f"{pointer}/allOf/{index}")
        if is_condition(document.at(place)):
            yield place


def combine(*parts: list[Branch]) -> list[Branch]:
    """Every combination of one branch per part."""
    return _combine([("", part) for part in parts])


def _combine(parts: list[tuple[str, list[Branch]]]) -> list[Branch]:
    """Every combination of one branch per part; if there are too many, those with a choice are kept whole."""
    parts = sorted(parts, key=lambda part: len(part[1])) if len(parts) > 2 else parts
    number = 1
    choices: list[list[Branch]] = []
    for pointer, branches in parts:
        if number > 1 and len(branches) > 1 and number * len(branches) > MOST_BRANCHES:
            common = [entry for entry in branches[0] if all(entry in branch for branch in branches)]
            choices.append([(*common, f"{WHOLE}{pointer or branches[0][-1].removeprefix(WHOLE)}")])
            continue
        number *= len(branches)
        choices.append(branches)
    return [
        tuple(dict.fromkeys(pointer for branch in choice for pointer in branch))
        for choice in product(*choices)
    ]


def are_exhaustive(document: Document, place: str, conditions: list[str]) -> bool:
    """Whether conditions on a single member name every value that the member may have."""
    ifs = [document.resolve(document.at(pointer)["if"]) for pointer in conditions]
    tests = [(test.get("properties") or {}) if isinstance(test, Mapping) else {} for test in ifs]
    names = {name for test in tests for name in test}
    properties = document.at(place).get("properties") or {}
    if len(names) != 1 or not names <= properties.keys():
        return False
    (name,) = names
    values = enumerate_values(document, expand(document, f"{place}/properties/{escape(name)}"))
    covered: set[str] = set()
    for test in tests:
        node = document.resolve(test.get(name) or {})
        covered |= set(map(to_text, [node["const"]] if "const" in node else node.get("enum") or ()))
    return values is not None and set(map(to_text, values)) <= covered


def _follow(document: Document, pointer: str) -> tuple[Branch, str]:
    """The schemas beside the references at a pointer, which count from 3.1 on, and where these lead."""
    own: Branch = ()
    for _ in range(_LONGEST_CHAIN):
        node = document.at(pointer)
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        if node.keys() - {"$ref"}:
            own = (*own, f"{IGNORED}{pointer}" if document.dialect.startswith("3.0") else pointer)
        pointer = reference_target(node["$ref"])
    return own, document.settle(pointer)
