"""The limits of the branches of a place: numbers such as `maxLength`, and bounds, also exclusive ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from storepact.drift.branches import Branch, keyword, nodes, types_of
from storepact.model.tree import Json
from storepact.openapi.document import Document

Bound = tuple[float, bool]
"""A limit, and whether it is exclusive."""


def loosest_limit(
    document: Document, branches: Sequence[Branch], word: str, *, more_allows_more: bool
) -> float | None:
    """The loosest limit that a keyword sets; None if a branch has none, or if there is no branch.

    `more_allows_more` is whether a larger number allows more values, as that of `maxLength` does.
    """
    limits = [_limit(document, branch, word, more_allows_more) for branch in branches]
    present = [limit for limit in limits if limit is not None]
    if not limits or len(present) < len(limits):
        return None
    return max(present) if more_allows_more else min(present)


def _limit(document: Document, branch: Branch, word: str, more_allows_more: bool) -> float | None:
    limits = [value for value in keyword(document, branch, word) if _is_number(value)]
    return None if not limits else min(limits) if more_allows_more else max(limits)


def loosest_bound_of(document: Document, branches: Sequence[Branch], word: str) -> Bound | None:
    """The loosest `minimum` or `maximum`; None if a branch has none, or if there is no branch.

    Exclusive forms of OpenAPI 3.0 and 3.1 count; an exclusive limit of integers is the next integer.
    """
    bounds = [_bound_of(document, branch, word) for branch in branches]
    present = [bound for bound in bounds if bound is not None]
    if not bounds or len(present) < len(bounds):
        return None
    is_upper = word == "maximum"
    loosest = max if is_upper else min
    return loosest(present, key=lambda bound: (bound[0], bound[1] != is_upper))


def _bound_of(document: Document, branch: Branch, word: str) -> Bound | None:
    is_upper, exclusive = word == "maximum", f"exclusive{word.capitalize()}"
    bounds: list[Bound] = []
    for _, node in nodes(document, branch):
        limit, strict = node.get(word), node.get(exclusive)
        if _is_number(limit):
            bounds.append((limit, strict is True))
        if _is_number(strict):
            bounds.append((strict, True))
    types = types_of(document, branch) or frozenset()
    if types & {"integer", "number"} == {"integer"}:
        step = -1 if is_upper else 1
        bounds = [
            (value + step, False) if strict and float(value).is_integer() else (value, strict)
            for value, strict in bounds
        ]
    tightest = min if is_upper else max
    return tightest(bounds, key=lambda bound: (bound[0], bound[1] != is_upper)) if bounds else None


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
