"""Recognize requests of other programs: the operation, the path's values, and whose token it is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from storepact.engines.family import Family
from storepact.engines.traffic.caches import cache
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.exchange import NOT_JSON, Headers
from storepact.model.traffic import TrafficRequest, Treatment
from storepact.model.values import lean_value
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

#: Requests, paths and headers that are cached.
_MOST_CACHED = 4_000


@lean_value(frozen=True)
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


@lean_value(frozen=True)
class _Route:
    """What the method and the path of a request say."""

    operation: Operation
    method: str | None
    """The verb, where it is not the operation's own."""
    parameters: dict[str, str]
    """The values of the path as they stand there."""
    variant: str | None
    scope: Scope
    identifier: str | None


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
        self._routes: dict[tuple[str, str, str], _Route | Treatment] = {}
        self._recognized: dict[tuple[str, str, Headers, bool], Recognized] = {}
        """The last requests without a body."""
        self._public: dict[tuple[Headers, Auth], Headers] = {}

    def recognize(self, sent: TrafficRequest) -> Recognized | Treatment:
        """The request as one to an operation, or why it is none."""
        request = sent.request
        if request.body is not None:
            return self._recognize(sent)
        key = (request.method, request.path, request.headers, sent.has_authorization)
        earlier = self._recognized.get(key)
        if earlier is not None:
            return earlier
        result = self._recognize(sent)
        if isinstance(result, Recognized):
            cache(self._recognized, key, result, _MOST_CACHED)
        return result

    def _recognize(self, sent: TrafficRequest) -> Recognized | Treatment:
        request = sent.request
        tunnelled = request.header("X-HTTP-Method-Override") if request.method == "POST" else None
        key = (request.method, request.path.partition("?")[0], (tunnelled or "").strip().upper())
        route = self._routes.get(key)
        if route is None:
            route = cache(self._routes, key, self._route(*key), _MOST_CACHED)
        if isinstance(route, Treatment):
            return route
        token = request.header("Authorization")
        auth = auth_of(token) if token is not None or sent.has_authorization else Auth.WRITER
        case = Case(route.operation.id, route.variant, "traffic", method=route.method, auth=auth)
        body = request.json
        prepared = PreparedRequest(
            case,
            request.method,
            request.path,
            tuple(pair for pair in request.headers if pair[0].lower() != "authorization"),
            request.body,
            NOTHING if body is NOT_JSON else body,
            route.parameters,
            route.identifier,
            self._roles[route.operation.id],
        )
        is_secret = token is not None and auth is Auth.WRITER and token not in _PLACEHOLDERS
        return Recognized(
            route.operation, prepared, route.scope, route.identifier, (token or "") if is_secret else ""
        )

    def _route(self, method: str, path: str, tunnelled: str) -> _Route | Treatment:
        for operations in self._templates.values():
            match = next(iter(operations.values())).path_pattern.match(path)
            if match is not None:
                return self._route_of_path(method, tunnelled, operations, match.groupdict())
        return Treatment.OTHER_PATH

    def _route_of_path(
        self, method: str, tunnelled: str, operations: Mapping[str, Operation], parameters: dict[str, str]
    ) -> _Route | Treatment:
        if method in _UNDOCUMENTED:
            return Treatment.OTHER_METHOD
        operation = operations.get(tunnelled) or operations.get(method)
        is_own_method = operation is not None and operation.method == method
        operation = operation or next(iter(operations.values()))
        values = {name: unquote(value) for name, value in parameters.items()}
        api = self._family.api
        return _Route(
            operation,
            None if is_own_method else method,
            parameters,
            values.get(api.kind_parameter or ""),
            Scope(tuple(values.get(name, "") for name in api.scope_parameters)),
            values.get(api.id_parameter),
        )

    def public_headers(self, headers: Headers, auth: Auth) -> Headers:
        """The headers of a request that may be recorded, with a placeholder for the token."""
        earlier = self._public.get((headers, auth))
        if earlier is None:
            selected = self._select_public(headers, auth)
            earlier = cache(self._public, (headers, auth), selected, _MOST_CACHED)
        return earlier

    def _select_public(self, headers: Headers, auth: Auth) -> Headers:
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
