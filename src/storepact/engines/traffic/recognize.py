"""Recognize requests of other programs: the operation, the path's values, and whose token it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from storepact.engines.family import Family
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.exchange import NOT_JSON, Headers
from storepact.model.traffic import TrafficRequest, Treatment
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.transport.credentials import placeholder

#: Methods about which the documents say nothing, on any path.
_UNDOCUMENTED = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})

#: Beginnings of keys that are no access tokens of this kind of API.
_OTHER_KEYS = ("sdk-", "mob-")

#: What records of our own show in the place of tokens.
_PLACEHOLDERS = {placeholder(auth): auth for auth in reversed(Auth) if auth is not Auth.NONE}

#: Headers of requests that a record keeps; the others belong to the clients and may hold secrets.
_KEPT = frozenset(
    {"accept", "accept-encoding", "content-type", "origin", "user-agent", "x-http-method-override"}
)


@dataclass(frozen=True)
class Recognized:
    """A request to an operation of the document."""

    operation: Operation
    prepared: PreparedRequest
    scope: Scope
    identifier: str | None
    """The id of the resource that the path names."""
    token: str
    """The token in the clear; empty where there is none."""

    @property
    def role(self) -> str | None:
        """The operation's role."""
        return self.prepared.role

    @property
    def writes(self) -> bool:
        """Whether a success changes something."""
        return self.role in ("create", "update", "delete")


class Recognizer:
    """Recognizes the requests of one API."""

    def __init__(self, document: Document, family: Family) -> None:
        self._family = family
        operations = list(document.operations.values())
        self._roles = {operation.id: family.role_of(operation) for operation in operations}
        self._kept = _KEPT | {name.lower() for name in family.api.headers}
        self._templates: dict[str, dict[str, Operation]] = {}
        for operation in sorted(operations, key=lambda operation: operation.path.count("{")):
            self._templates.setdefault(operation.path, {})[operation.method] = operation

    def recognize(self, sent: TrafficRequest) -> Recognized | Treatment:
        """The request as one to an operation, or why it is none."""
        plain = sent.request.path.partition("?")[0]
        for operations in self._templates.values():
            first = next(iter(operations.values()))
            match = first.path_pattern.match(plain)
            if match is not None:
                return self._of_path(sent, operations, match.groupdict())
        return Treatment.OTHER_PATH

    def _of_path(
        self, sent: TrafficRequest, operations: Mapping[str, Operation], parameters: Mapping[str, str]
    ) -> Recognized | Treatment:
        method = sent.request.method
        if method in _UNDOCUMENTED:
            return Treatment.OTHER_METHOD
        tunnelled = operations.get((sent.request.header("X-HTTP-Method-Override") or "").strip().upper())
        operation = (tunnelled if method == "POST" else None) or operations.get(method)
        is_own_method = operation is not None and operation.method == method
        operation = operation or next(iter(operations.values()))
        api = self._family.api
        values = {name: unquote(value) for name, value in parameters.items()}
        token = sent.request.header("Authorization")
        auth = auth_of(token) if token is not None or sent.has_authorization else Auth.WRITER
        identifier = values.get(api.id_parameter)
        case = Case(
            operation.id,
            values.get(api.kind_parameter or ""),
            "traffic",
            method=None if is_own_method else method,
            auth=auth,
        )
        body = sent.request.json
        prepared = PreparedRequest(
            case,
            method,
            sent.request.path,
            tuple(pair for pair in sent.request.headers if pair[0].lower() != "authorization"),
            sent.request.body,
            NOTHING if body is NOT_JSON else body,
            dict(parameters),
            identifier,
            self._roles[operation.id],
        )
        scope = Scope(tuple(values.get(name, "") for name in api.scope_parameters))
        is_secret = token is not None and auth is Auth.WRITER and token not in _PLACEHOLDERS
        return Recognized(operation, prepared, scope, identifier, (token or "") if is_secret else "")

    def public_headers(self, headers: Headers, auth: Auth) -> Headers:
        """The headers of a request that may be recorded, with a placeholder for the token."""
        public = [(name, value) for name, value in headers if name.lower() in self._kept]
        if any(name.lower() == "authorization" for name, _ in headers):
            public.append(("Authorization", placeholder(auth)))
        return tuple(public)


def auth_of(token: str | None) -> Auth:
    """The role of a token: what it may do is unknown of any that looks like one."""
    if token is None:
        return Auth.NONE
    if token in _PLACEHOLDERS:
        return _PLACEHOLDERS[token]
    if not token.strip():
        return Auth.EMPTY
    return Auth.SDK_KEY if token.startswith(_OTHER_KEYS) else Auth.WRITER
