"""A case: one generated request, before an address, a token and real ids are put in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class _Nothing:
    """The body of a request without one; there is one, `NOTHING`."""

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING = _Nothing()


#: The environment variables that hold the tokens of a live target.
TOKEN_VARIABLE = "STOREPACT_TOKEN"
READER_VARIABLE = "STOREPACT_READER_TOKEN"


class Auth(StrEnum):
    """Whose token a case is sent with."""

    WRITER = "writer"
    READER = "reader"
    NONE = "none"
    GARBAGE = "garbage"
    #: an empty header, an SDK's key, a bearer token nobody issued, the writer's token with a character more, with one less
    EMPTY = "empty"
    SDK_KEY = "sdk-key"
    BEARER = "bearer"
    LONGER = "longer"
    SHORTER = "shorter"
    #: tokens that only a mock can hand out, each in the state it is named after
    EXHAUSTED = "exhausted"
    CONTENDED = "contended"
    ORPHANED = "orphaned"
    READ_ONLY = "read-only"


@dataclass(frozen=True)
class Case:
    """One request to an operation.

    A path parameter that is not named in `path_parameters` is filled in when the case is sent: the project and
    environment of the run, the variant's kind, the id of an integration that exists.
    """

    operation: str
    """The role of the operation: list, create, get, update, delete (or the operationId of an unknown one)."""
    variant: str | None = None
    source: str = "generated"
    """Where it came from: examples, coverage, fuzzing, probe, pinned."""
    mutation: str | None = None
    """What was made wrong on purpose, in words; None for a request meant to be right."""
    method: str | None = None
    """Another verb than the operation's own, for wrong-verb cases."""
    path_parameters: tuple[tuple[str, str], ...] = ()
    """Values as they stand in the path, percent-encoded already."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str | None], ...] = ()
    """Headers in place of the ordinary ones of that name, one name twice if need be; None only takes the ordinary one away."""
    body: Any = NOTHING
    """A JSON value, raw bytes, or `NOTHING`."""
    auth: Auth = Auth.WRITER
    absent: bool = False
    """Aimed at an integration that does not exist."""

    def with_body(self, body: Any) -> Case:
        """The same case with another body."""
        return replace(self, body=body)


@dataclass(frozen=True)
class PreparedRequest:
    """A case as it is about to be sent: real ids in, marks in, secrets planted."""

    case: Case
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    json: Any = NOTHING
    """The body as a JSON value where it is one."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Every path parameter, as put into the path."""
    created_id: str | None = None
    """The id of the integration that the case is aimed at, if it exists."""
