"""The relay between pact's verifier and the target: all traffic goes through the one HTTP client."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from dataclasses import field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from storepact.engines.provider_states import Setup
from storepact.engines.reproduction import Reproduction
from storepact.engines.workspace import Workspace
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.errors import StorepactError
from storepact.model.exchange import Exchange
from storepact.model.values import lean_value
from storepact.openapi.operation import Operation
from storepact.pacts import Interaction

Headers = list[tuple[str, str]]

#: The path at which the verifier asks for the values of provider states.
STATES_PATH = "/_storepact/states"

#: Headers of one connection or of bodies as they are sent, and those that this run sends itself.
_OF_BODIES = frozenset({"content-encoding", "content-length", "transfer-encoding", "accept-encoding"})
_NOT_FORWARDED = _OF_BODIES | {"host", "connection", "authorization", "user-agent", "accept"}


@lean_value(frozen=True)
class RelayedExchange:
    """What became of an interaction's request on the target."""

    exchange: Exchange
    allowed: frozenset[int]
    """Statuses that the documents allow."""
    names_resource: bool
    """Whether the path holds the id of a resource."""
    reproduction: Reproduction = field(default_factory=Reproduction)
    """What shows the exchange again; empty in traffic."""

    @property
    def status(self) -> int:
        """The response's status."""
        return self.exchange.response.status


class Relay:
    """An HTTP server on loopback that forwards one interaction at a time. Use as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._server: ThreadingHTTPServer | None = None
        self._setup, self._expected_status = Setup(), 0
        self.relayed: RelayedExchange | None = None
        """The last exchange of the interaction."""
        self.is_stale = False
        """Whether the response came before what the provider states did could be read."""
        self.error: StorepactError | None = None
        """Why the target could not be reached."""

    def __enter__(self) -> Relay:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *details: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """The URL that the relay listens at."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def expect(self, interaction: Interaction, setup: Setup) -> None:
        """Prepare for the request of one interaction."""
        self._setup, self._expected_status = setup, interaction.status
        self.relayed, self.error, self.is_stale = None, None, False

    def forward(
        self, method: str, path: str, headers: Headers, body: bytes | None
    ) -> tuple[int, Headers, bytes]:
        """Send one request to the target, with this run's token in place of the pact's.

        Called in the server's thread.
        """
        workspace = self._workspace
        operation = workspace.document.match(method, path)
        is_create = operation is not None and workspace.family.role_of(operation) == "create"
        marked = _mark(workspace, body) if body and is_create else MarkedBody(body)
        prepared = self._prepare(operation, method, path, headers, marked.content)
        if operation is None:
            exchange = workspace.target.send(prepared)
            allowed = frozenset({404, 405} if self._has_description(path) else {404})
        else:
            exchange, findings = workspace.send_request(prepared, "pacts")
            late = (finding.exchange for finding in findings if finding.stale)
            exchange = self._settle(prepared, exchange, next(late, None))
            allowed = workspace.sender.expectation(prepared).statuses
        self.relayed = RelayedExchange(
            exchange,
            allowed,
            workspace.family.api.id_parameter in prepared.parameters,
            workspace.sender.reproducer.reproduce(prepared, exchange),
        )
        response = exchange.response
        return response.status, headers_for_verifier(response.headers), marked.restore(response.body)

    def _settle(self, prepared: PreparedRequest, exchange: Exchange, late: Exchange | None) -> Exchange:
        """Read again what shows the target without what the provider states have just done to it.

        `late` is a response before this one that was only late, and is no note in this run.
        """
        workspace = self._workspace
        if late is not None:
            self.is_stale = True
            return late
        if self._shows_states(prepared, exchange):
            return exchange
        again = workspace.settling.repeat(
            f"{prepared.role} {prepared.path}",
            lambda: workspace.target.send(prepared),
            lambda response: self._shows_states(prepared, response),
        )
        if again is None or workspace.settling.forgives:
            return again or exchange
        self.is_stale = True
        return exchange

    def _shows_states(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Whether a response to a read holds the resource of the provider states, or lacks a deleted one."""
        identifier, family = self._setup.identifier, self._workspace.family
        if identifier is None or prepared.method != "GET" or prepared.case.auth is not Auth.WRITER:
            return True
        status, is_deleted = exchange.response.status, self._setup.is_deleted
        if prepared.role == "get" and identifier in prepared.path:
            return not (200 <= status < 300 if is_deleted else status == 404)
        items = family.api.resources_in(exchange.response.json)
        if prepared.role != "list" or items is None:
            return True
        return (identifier in map(family.resource_id, items)) is not is_deleted

    def _prepare(
        self, operation: Operation | None, method: str, path: str, headers: Headers, body: bytes | None
    ) -> PreparedRequest:
        family = self._workspace.family
        match = operation.path_pattern.match(path.partition("?")[0]) if operation else None
        parameters = dict(match.groupdict()) if match else {}
        kind = unquote(parameters.get(family.api.kind_parameter or "", ""))
        has_token = any(name.lower() == "authorization" for name, _ in headers)
        case = Case(
            operation.id if operation else "",
            kind if kind in family.kinds else None,
            "pact",
            auth=self._auth(has_token=has_token),
        )
        return PreparedRequest(
            case,
            method,
            path,
            tuple(sorted((pair for pair in headers if pair[0].lower() not in _NOT_FORWARDED), key=_name)),
            body or None,
            _json_of(body),
            parameters,
            None if self._setup.is_deleted else self._setup.identifier,
            family.role_of(operation) if operation else None,
        )

    def _has_description(self, path: str) -> bool:
        """Whether the document describes the path for any method."""
        described = self._workspace.document.operations.values()
        return any(entry.path_pattern.match(path.partition("?")[0]) for entry in described)

    def _auth(self, *, has_token: bool) -> Auth:
        """The token that replaces the pact's: that of a state, or an unknown one where a 401 is expected."""
        if not has_token:
            return Auth.NONE
        return self._setup.auth or (Auth.GARBAGE if self._expected_status == 401 else Auth.WRITER)

    def state_values(self) -> bytes:
        """The values of the provider states, as JSON."""
        return json.dumps(dict(self._setup.values)).encode()


def _name(header: tuple[str, str]) -> str:
    return header[0].lower()  # the verifier's order is another one in each process


#: Blanks and a semicolon; a token in needless quotes.
_BLANKS_BEFORE, _QUOTED_TOKEN = re.compile(r"[ \t]*;"), re.compile(r"""="([\w!#$%&'*+.^`|~-]+)\"""")


#: How many headers the verifier reads, beside the length.
_MOST_HEADERS = 90


def headers_for_verifier(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers of a response for the verifier, the media type in lower case and without needless signs.

    A media type may have any letter case, blanks and quotes (RFC 9110 8.3.1, 5.6.6); a pact's pattern not.
    The verifier reads no response with more than a hundred headers: of more, the first of each name are kept.
    """
    kept = []
    for name, value in headers:
        if name.lower() == "content-type":
            media_type, *parameters = _BLANKS_BEFORE.split(_QUOTED_TOKEN.sub(r"=\1", value.strip()))
            kept.append((name, ";".join([media_type.lower(), *parameters])))
        elif name.lower() not in _NOT_FORWARDED:
            kept.append((name, value))
    if len(kept) <= _MOST_HEADERS:
        return kept
    first: dict[str, tuple[str, str]] = {}
    for name, value in kept:
        first.setdefault(name.lower(), (name, value))
    return list(first.values())[:_MOST_HEADERS]


@lean_value(frozen=True)
class MarkedBody:
    """The body of a pact's request with the mark of the run, and how the mark is taken out of a response."""

    content: bytes | None
    added: bytes = b""
    """What stands in the marked body."""
    instead_of: bytes = b""
    """What stood there in the pact."""

    def restore(self, body: bytes) -> bytes:
        """A response as it would be without the mark."""
        return body.replace(self.added, self.instead_of) if self.added else body


def _mark(workspace: Workspace, body: bytes) -> MarkedBody:
    """The body with the mark of a run on a live target, if it can be taken out of the response again."""
    marker, value = workspace.preparer.run_marker, _json_of(body)
    if not workspace.preparer.marks_everything or value is NOTHING:
        return MarkedBody(body)
    content = json.dumps(workspace.family.mark_body(value, marker)).encode()
    for added, instead_of in ((marker, "storepact"), (f"{marker} ", "")):
        marked = MarkedBody(content, added.encode(), instead_of.encode())
        if _json_of(marked.restore(content)) == value:
            return marked
    return MarkedBody(body)


def _json_of(body: bytes | None) -> Any:
    try:
        return json.loads(body) if body else NOTHING
    except (ValueError, RecursionError):
        return NOTHING


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait for 40 ms
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            if self.path == STATES_PATH:  # never 5xx: the verifier would repeat it for two minutes
                self._respond(200, [("Content-Type", "application/json")], relay.state_values())
                return
            try:
                status, headers, content = relay.forward(
                    self.command, self.path, list(self.headers.items()), body
                )
                self._respond(status or 400, headers, content)
            except StorepactError as error:
                relay.error = error
                self._respond(400, [], b"")

        def _respond(self, status: int, headers: Headers, body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: the exchange is recorded."""

    return Handler
