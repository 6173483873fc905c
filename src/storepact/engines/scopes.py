"""Scopes that a run may work in, from what the user chose and what is usual for the API."""

from __future__ import annotations

import re
from collections.abc import Sequence

from storepact.model.api import Api, Scope
from storepact.model.errors import UsageError

#: How a further scope is given.
ISOLATION_OPTION = "--isolation-scope PROJECT/ENV"

#: The word in a key, alone or beside others: eu-production, but neither non-prod nor preproduction.
_PRODUCTION = re.compile(r"(?<![a-z0-9])(?<!non[-_.])(?<!pre[-_.])prod(uction)?(?![a-z0-9])", re.IGNORECASE)


def scope_candidates(
    api: Api, chosen: Sequence[str | None], *, is_mock: bool, is_local: bool
) -> tuple[Scope, ...]:
    """Scopes in order of preference: each of the API's usual ones, with the chosen keys in place of its own.

    `chosen` are keys in the order of the scope parameters, None where the user chose none. The mock has one
    scope; some scopes are tried on this machine (`is_local`) only.
    """
    usual = api.default_scopes[:1] if is_mock else api.default_scopes + (api.local_scopes if is_local else ())
    candidates = (
        Scope(tuple(key or default for key, default in zip(chosen, keys, strict=False))) for keys in usual
    )
    return tuple(dict.fromkeys(candidates))


def without_production(candidates: Sequence[Scope]) -> tuple[Scope, ...]:
    """The candidates of which no key is called production.

    Raises:
        UsageError: there is none.

    """
    allowed = tuple(scope for scope in candidates if not _is_production(scope))
    if not allowed:
        message = f"{candidates[0]} is called production; to work there all the same, add --allow-production"
        raise UsageError(message)
    return allowed


def _is_production(scope: Scope) -> bool:
    return any(_PRODUCTION.search(key) for key in scope.keys)


def isolation_scopes(api: Api, texts: Sequence[str], *, is_mock: bool) -> tuple[Scope, ...]:
    """Further scopes that a run may write to, from their keys with slashes; the mock adds its own.

    Raises:
        UsageError: one is not written like that.

    """
    example = "/".join(api.mock_scopes[-1]) if api.mock_scopes else "a/b"
    chosen = [tuple(text.split("/")) for text in texts]
    for text, keys in zip(texts, chosen, strict=True):
        if len(keys) != len(api.scope_parameters) or not all(keys):
            raise UsageError(f"--isolation-scope {text!r}: write PROJECT/ENV, such as {example}")
    return tuple(dict.fromkeys(Scope(keys) for keys in (*chosen, *(api.mock_scopes if is_mock else ()))))


def scope_apart(scope: Scope, candidates: Sequence[Scope], level: int) -> Scope | None:
    """The first candidate that is apart from a scope at a level, if there is one."""
    return next((candidate for candidate in candidates if level_apart(scope, candidate) == level), None)


def level_apart(scope: Scope, candidate: Scope) -> int | None:
    """The position of the first key in which two scopes differ; None if they are the same."""
    pairs = zip(scope.keys, candidate.keys, strict=True)
    return next((level for level, (own, key) in enumerate(pairs) if own != key), None)


def missing_scope(api: Api, level: int) -> str:
    """What a run lacks that was given no scope apart from its own at `level`."""
    nouns = api.scope_nouns
    outer = f" of the same {nouns[level - 1]}" if level else ""
    return f"no other {nouns[level]}{outer} given ({ISOLATION_OPTION})"
