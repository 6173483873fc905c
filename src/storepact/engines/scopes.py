"""Scopes that a run may work in, from what the user chose and what is usual for the API."""

from __future__ import annotations

from collections.abc import Sequence

from storepact.engines.family import Scope
from storepact.model.api import Api
from storepact.model.errors import UsageError


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


def second_scope(api: Api, text: str | None, *, is_mock: bool) -> Scope | None:
    """The second scope that a run may write to, from its keys with slashes; the mock always has one.

    Raises:
        UsageError: it is not written like that.

    """
    example = "/".join(api.local_scopes[0]) if api.local_scopes else "a/b"
    if text is None:
        return Scope(api.local_scopes[0]) if is_mock and api.local_scopes else None
    keys = tuple(text.split("/"))
    if len(keys) != len(api.scope_parameters) or not all(keys):
        raise UsageError(f"--isolation-scope {text!r}: write PROJECT/ENV, such as {example}")
    return Scope(keys)
