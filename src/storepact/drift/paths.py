"""Which operations of two documents are the same, whatever their servers and path parameters are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product

from storepact.drift.endpoints import Endpoint, iterate_endpoints
from storepact.drift.servers import base_paths
from storepact.model.values import lean_value
from storepact.openapi.document import Document

#: Base paths of each document that are tried.
_MOST_BASES = 8

_Key = tuple[str, str]
"""The method, and the path without the names of its parameters."""


@lean_value(frozen=True)
class Matches:
    """The operations of two documents. `our_base` and `their_base` are the paths that their servers add."""

    pairs: tuple[tuple[Endpoint, Endpoint], ...]
    removed: tuple[Endpoint, ...]
    added: tuple[Endpoint, ...]
    """Operations of theirs below what our paths have in common."""
    unrelated: tuple[Endpoint, ...]
    """Other operations of theirs."""
    our_base: str
    their_base: str


def shape_of(path: str) -> str:
    """A path template without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path) or "/"


def match_operations(ours: Document, theirs: Document) -> Matches:
    """The operations by method and path; servers may have moved a prefix of the paths, or changed."""
    before, after = list(iterate_endpoints(ours, "/paths")), list(iterate_endpoints(theirs, "/paths"))
    our_base, their_base = _choose_bases(ours, theirs, before, after)
    pairs = list(_match(before, after, our_base, their_base))
    matched = {id(endpoint) for pair in pairs for endpoint in pair}
    rest = [endpoint for endpoint in after if id(endpoint) not in matched]
    common = _common_prefix([our_base + endpoint.path for endpoint in before])
    near = [endpoint for endpoint in rest if f"{their_base}{endpoint.path}/".startswith(f"{common}/")]
    return Matches(
        tuple(pairs),
        tuple(endpoint for endpoint in before if id(endpoint) not in matched),
        tuple(near),
        tuple(endpoint for endpoint in rest if endpoint not in near),
        our_base,
        their_base,
    )


def _choose_bases(
    ours: Document, theirs: Document, before: list[Endpoint], after: list[Endpoint]
) -> tuple[str, str]:
    """The base paths with which the most operations are the same."""
    choices = [
        list(dict.fromkeys((*base_paths(document.data.get("servers"))[:_MOST_BASES], "")))
        for document in (ours, theirs)
    ]

    def count(bases: tuple[str, str]) -> int:
        theirs_keys = Counter(_key(endpoint, bases[1]) for endpoint in after)
        return sum(min(1, theirs_keys[_key(endpoint, bases[0])]) for endpoint in before)

    return max(product(*choices), key=count)  # type: ignore[arg-type, return-value]


def _key(endpoint: Endpoint, base: str) -> _Key:
    return endpoint.method, shape_of(base + endpoint.path)


def _match(
    before: Iterable[Endpoint], after: Iterable[Endpoint], our_base: str, their_base: str
) -> Iterator[tuple[Endpoint, Endpoint]]:
    ours, theirs = _by_key(before, our_base), _by_key(after, their_base)
    left: dict[_Key, list[Endpoint]] = {}
    for key, endpoints in ours.items():
        pairs = list(_match_alike(endpoints, theirs.get(key, []), our_base, their_base))
        yield from pairs
        matched = {id(endpoint) for pair in pairs for endpoint in pair}
        left[key] = [endpoint for endpoint in endpoints if id(endpoint) not in matched]
        theirs[key] = [endpoint for endpoint in theirs.get(key, []) if id(endpoint) not in matched]
    for (method, shape), endpoints in left.items():  # with or without a slash at the end
        counterpart = shape.removesuffix("/") if shape.endswith("/") else f"{shape}/"
        yield from zip(endpoints, theirs.get((method, counterpart), []), strict=False)


def _by_key(endpoints: Iterable[Endpoint], base: str) -> dict[_Key, list[Endpoint]]:
    groups: dict[_Key, list[Endpoint]] = {}
    for endpoint in endpoints:
        groups.setdefault(_key(endpoint, base), []).append(endpoint)
    return groups


def _match_alike(
    before: list[Endpoint], after: list[Endpoint], our_base: str, their_base: str
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Operations of one shape: the same names first, then the same operationId, then in order."""
    ours, theirs = list(before), list(after)
    for is_same in (
        lambda left, right: our_base + left.path == their_base + right.path,
        lambda left, right: left.id == right.id,
        lambda left, right: True,
    ):
        for endpoint in list(ours):
            counterpart = next((candidate for candidate in theirs if is_same(endpoint, candidate)), None)
            if counterpart is not None:
                ours.remove(endpoint)
                theirs.remove(counterpart)
                yield endpoint, counterpart


def _common_prefix(paths: list[str]) -> str:
    common = []
    for tokens in zip(*(path.split("/") for path in paths), strict=False):
        if len(set(tokens)) > 1 or "{" in tokens[0]:
            break
        common.append(tokens[0])
    return "/".join(common)
