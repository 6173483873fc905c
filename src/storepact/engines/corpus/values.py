"""Pinned cases as their files hold them: symbolic where a run puts in ids and secrets of its own."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

import msgspec

from storepact.engines.family import Family
from storepact.model.case import NOTHING, Auth, Case
from storepact.model.expectation import Promise
from storepact.model.tree import Json

#: The version of the files.
FORMAT = 1

#: The phases whose cases are pinned; probes and doors are lists of the family's own.
PINNED_PHASES = ("examples", "coverage", "fuzzing")

#: What stands in a body where each run sends a new secret.
SECRET = "{secret}"  # noqa: S105

#: How many characters of a digest tell pinned cases apart.
_ID_LENGTH = 10


class PinnedCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One case. Path parameters that it does not name are those of the run: scope, kind, a resource's id."""

    id: str
    """The digest of all that follows but `only`."""
    variant: str | None = None
    phase: Literal["examples", "coverage", "fuzzing"]
    seed: int | None = None
    """The seed of a run that led to it; None for cases that depend on none."""
    expects: Promise
    """What the documents promise about it."""
    mutation: str | None = None
    """What is invalid in it, in words."""
    only: tuple[str, ...] = ()
    """What it reaches and no other pinned case does."""
    path: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str | None], ...] = ()
    bytes: str | None = None
    """A body that is no JSON, a character for each byte."""
    body: Json = msgspec.UNSET
    """A body as JSON; absent where there is none, or none that is JSON."""

    def to_case(self, operation: str) -> Case:
        """The case as a generator would have made it."""
        body = NOTHING if self.body is msgspec.UNSET else self.body
        return Case(
            operation,
            self.variant,
            self.phase,
            self.mutation,
            path_parameters=tuple(self.path.items()),
            query=self.query,
            headers=self.headers,
            body=body if self.bytes is None else self.bytes.encode("latin-1"),
        )


class PinnedCases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of one operation."""

    format: int
    operation: str
    digest: str
    """The digest of the document that the cases were made for."""
    cases: tuple[PinnedCase, ...]


def pin(case: Case, family: Family, expects: Promise, seed: int | None) -> PinnedCase:
    """The pinned form of a generated case, with its secrets taken out."""
    assert case.auth is Auth.WRITER, "generators vary no token"
    assert case.method is None, "generators vary no verb"
    assert case.source in ("examples", "coverage", "fuzzing")
    body: Json = case.body
    raw = body.decode("latin-1") if isinstance(body, bytes) else None
    value = msgspec.UNSET if body is NOTHING or raw is not None else _without_secrets(body, family)
    pinned = PinnedCase(
        id="",
        variant=case.variant,
        phase=case.source,
        seed=seed,
        expects=expects,
        mutation=case.mutation,
        path=dict(case.path_parameters),
        query=case.query,
        headers=case.headers,
        bytes=raw,
        body=value,
    )
    return msgspec.structs.replace(pinned, id=content_id(pinned))


def _without_secrets(body: Json, family: Family) -> Json:
    return family.plant_secrets(body, lambda: SECRET)


def content_id(entry: msgspec.Struct) -> str:
    """The digest of a pinned case or journey: a change of it by hand shows in its `id`."""
    content = msgspec.to_builtins(msgspec.structs.replace(entry, id="", only=()))
    text = json.dumps(content, sort_keys=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]
