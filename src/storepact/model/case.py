"""A case: one generated request, before an address, a token and real ids are put in."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import Literal

from storepact.model.tree import Json
from storepact.model.values import lean_value


class _Nothing:
    """The body of a request without one; there is one, `NOTHING`."""

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING = _Nothing()


#: The environment variables that hold the tokens of a live target.
TOKEN_VARIABLE = "STOREPACT_TOKEN"  # noqa: S105
READER_VARIABLE = "STOREPACT_READER_TOKEN"


class Auth(StrEnum):
    """Whose token a case is sent with."""

    WRITER = "writer"
    READER = "reader"
    NONE = "none"
    GARBAGE = "garbage"
    #: an empty header, keys of SDKs, an unknown bearer token, the writer's with a character more (at either
    #: end) or less, with a further word, with another end, in other letter case, without its separators, or
    #: with the characters of its middle in another order
    EMPTY = "empty"
    SDK_KEY = "sdk-key"
    MOBILE_KEY = "mobile-key"
    BEARER = "bearer"
    LONGER = "longer"
    PRECEDED = "preceded"
    FOLLOWED = "followed"
    SHORTER = "shorter"
    ALTERED = "altered"
    RECASED = "recased"
    UNSEPARATED = "unseparated"
    REARRANGED = "rearranged"
    #: tokens that only a mock can hand out, each in the state it is named after
    EXHAUSTED = "exhausted"
    CONTENDED = "contended"
    ORPHANED = "orphaned"
    READ_ONLY = "read-only"
    CONTROL = "control"
    """The key of the commands of a mock, which is no token of the API."""


#: Where cases come from: the document's examples, schemathesis' boundaries and random values, a family's
#: probes, the run's preparations (`arranged` where a provider state asks for members), scenarios, pacts.
CaseSource = Literal[
    "examples", "coverage", "fuzzing", "probe", "setup", "arranged", "story", "pact", "traffic"
]


@lean_value(frozen=True)
class Case:
    """One request to an operation.

    A path parameter that is not named in `path_parameters` is filled in when the case is prepared: the scope
    of the run, the variant's kind, the id of a resource that exists.
    """

    operation: str
    """The operationId."""
    variant: str | None = None
    source: CaseSource = "probe"
    """Where it came from."""
    mutation: str | None = None
    """What was made invalid on purpose, in words; None for a valid request."""
    method: str | None = None
    """Another verb than the operation's own, for wrong-verb cases."""
    path_parameters: tuple[tuple[str, str], ...] = ()
    """Values as they stand in the path, percent-encoded already."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str | None], ...] = ()
    """Headers in place of the ordinary ones of that name; None only takes the ordinary one away."""
    body: Json = NOTHING
    """A JSON value, raw bytes, or `NOTHING`."""
    respelled: bool = False
    """Whether its JSON is written as few clients write it."""
    auth: Auth = Auth.WRITER
    absent: bool = False
    """Whether it is aimed at a resource that does not exist."""

    def with_body(self, body: Json) -> Case:
        """The same case with another body."""
        return replace(self, body=body)

    @property
    def fingerprint(self) -> int:
        """A number that two cases share if they send the same request; it holds in this process only."""
        return hash(
            (
                self.operation,
                self.variant,
                self.method,
                self.path_parameters,
                self.query,
                self.headers,
                repr(self.body),
                self.auth,
            )
        )

    @property
    def is_sendable(self) -> bool:
        """Whether the request reaches its operation: a path value with a slash leads to another one."""
        values = [value for _, value in self.path_parameters]
        return all(value.strip(".") and "%2f" not in value.lower() and "/" not in value for value in values)


@lean_value(frozen=True)
class PreparedRequest:
    """A case ready to be sent: with real ids, the run's marker and secrets that can be found again."""

    case: Case
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    json: Json = NOTHING
    """The body as a JSON value where it is one."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Every path parameter, as put into the path."""
    created_id: str | None = None
    """The id of the resource that the case is aimed at, if it exists."""
    role: str | None = None
    """The operation's role in its family: list, create, get, update, delete; None for another operation."""

    @property
    def creates(self) -> bool:
        """Whether a success creates a resource."""
        return self.role == "create" and self.case.method is None

    @property
    def deletes(self) -> bool:
        """Whether a success deletes a resource."""
        return self.role == "delete" and self.case.method is None
