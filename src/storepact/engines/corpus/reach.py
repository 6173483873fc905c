"""What a case reaches: keywords, branches of the family's rules, flaws, kinds of damage, shapes of values."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from storepact.engines.family import Family
from storepact.engines.prepare import Preparer, variant_of
from storepact.engines.run_log import KeywordCoverage
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Case, PreparedRequest
from storepact.model.expectation import Expectation, Promise
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.variants import Variant
from storepact.transport.redaction import Secrets

_K = TypeVar("_K")

#: One thing that a case reaches, such as ("keyword", operation, pointer, kept).
Item = tuple[str, ...]

#: The id of a resource that no target has.
_ID = "00000000-0000-4000-8000-000000000000"

#: How much of what only one entry reaches is written down.
_MOST_WORDS = 3

#: A text up to this length counts by itself, a longer one by its length.
_SHORT_TEXT = 24


class Judge:
    """Prepares cases as a run does, and judges them without a target."""

    def __init__(self, document: Document, family: Family) -> None:
        self.document, self.family = document, family
        self._scope = Scope(tuple(f"a-{name}" for name in family.api.scope_parameters))
        self._preparer = Preparer(document, family, self._scope, Secrets(), "corpus")
        self._branches = Branches(family)

    def promise(self, case: Case) -> Promise:
        """What the documents promise about a case."""
        return self._expect(self._preparer.prepare(case, _ID), self._variant(case)).promise

    def reach(self, case: Case) -> frozenset[Item]:
        """What a case reaches of the document and of the rules."""
        prepared, variant = self._preparer.prepare(case, _ID), self._variant(case)
        kind = case.variant or ""
        with self._branches:
            expectation = self._expect(prepared, variant)
        items: set[Item] = {("branch", case.operation, *branch) for branch in self._branches.taken}
        keywords = KeywordCoverage(self.document).keywords_of(prepared)
        items.update(
            ("keyword", operation, kind, pointer, "kept" if kept else "broken")
            for operation, pointer, kept in keywords
        )
        items.update(
            ("flaw", case.operation, kind, flaw.rule, str(flaw.certain), *flaw.members)
            for flaw in expectation.flaws
        )
        items.add(("promise", case.operation, kind, expectation.promise))
        # a damage and a value count once for all kinds; the flaws and keywords of each kind count for it
        if case.mutation is not None:
            items.add(("damage", case.operation, "", case.mutation))
        elif case.body is not NOTHING:
            items.update(("value", case.operation, "", text) for text in shapes(case.body))
        return frozenset(items)

    def _expect(self, prepared: PreparedRequest, variant: Variant) -> Expectation:
        operation = self.document.operations[prepared.case.operation]
        return self.family.expect(prepared, operation, self.document, variant, self._scope)

    def _variant(self, case: Case) -> Variant:
        return variant_of(self.document, self.document.operations[case.operation], case.variant)


class Branches:
    """Notes the jumps between lines of a family's own modules while it is entered."""

    def __init__(self, family: Family) -> None:
        module = sys.modules[family.expect.__module__]
        self._folder = f"{Path(module.__file__ or '').parent}/"
        self.taken: set[tuple[str, str]] = set()

    def __enter__(self) -> None:
        self.taken = set()
        self._earlier = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *details: object) -> None:
        sys.settrace(self._earlier)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(self._folder):
            return None
        module, before = name.removeprefix(self._folder), frame.f_lineno

        def note(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal before
            if event == "line":
                self.taken.add((module, f"{before}-{frame.f_lineno}"))
                before = frame.f_lineno
            return note

        return note


def shapes(value: Json, name: str = "") -> Iterator[str]:
    """The shapes of the leaves of a JSON value, by the name of their member wherever that stands.

    Objects in an array count as wholes.
    """
    if isinstance(value, Mapping):
        yield f"{name}: {', '.join(sorted(value))}"
        for member, content in value.items():
            yield from shapes(content, member)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield f"{name}: {min(len(value), 3)} elements"
        for element in value:
            yield f"-: {_shape(element)}"
    else:
        yield f"{name}: {_shape(value)}"


def _shape(value: Json) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_shape(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return f"[{', '.join(sorted({_shape(element) for element in value}))}]"
    if isinstance(value, str) and len(value) > _SHORT_TEXT:
        return f"{len(value)} characters"
    return repr(value)


def cover(entries: Sequence[tuple[_K, frozenset[Item]]], reached: Iterable[Item] = ()) -> list[_K]:
    """Entries that together reach what all of them reach and `reached` does not have: the greedy set cover.

    Of entries that add as much, the first is preferred; entries that add nothing are left out.
    """
    left = {item for _, items in entries for item in items} - set(reached)
    chosen: list[_K] = []
    candidates = list(entries)
    while left:
        best = max(candidates, key=lambda entry: len(entry[1] & left))
        chosen.append(best[0])
        left -= best[1]
        candidates = [entry for entry in candidates if entry[1] & left]
    return chosen


def describe_item(item: Item) -> str:
    """An item in a file: without its operation and kind, and without lines of code, which move."""
    match item:
        case ("branch", _, module, _):
            return f"branch of {module}"
        case ("row", _, status):
            return f"row {status}"
        case (name, _, _, *words) if words and name not in ("transition", "step"):
            return " ".join((name, *words))
    return " ".join(item)


def unique_reach(reaches: Mapping[str, frozenset[Item]]) -> dict[str, tuple[str, ...]]:
    """By the id of an entry, what it reaches and no other one does: some of it, in words."""
    count: dict[Item, int] = {}
    for items in reaches.values():
        for item in items:
            count[item] = count.get(item, 0) + 1
    return {
        name: tuple(sorted({describe_item(item) for item in items if count[item] == 1}))[:_MOST_WORDS]
        for name, items in reaches.items()
    }
