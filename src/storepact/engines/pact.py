"""Interactions of pacts, verified one by one by pact-python through a relay, so that all traffic takes the one seam."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from storepact.checks import make_finding
from storepact.checks.evidence import Observation, within_resource
from storepact.engines.provider_states import Setup, concrete, needs_writing, set_up_states
from storepact.engines.workspace import Workspace
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing, SetupFailed, StorepactError, Undetermined
from storepact.model.exchange import MASK, Exchange, json_text
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.openapi.document import Document
from storepact.openapi.members import UNKNOWN, SchemaView
from storepact.openapi.pointers import pointer_to, unescape
from storepact.pacts import Interaction
from storepact.pacts.matchers import path_of
from storepact.transport.interrupts import INTERRUPTS

_STATES = "/_storepact/states"
#: What the verifier says about rules that it cannot apply: the provider has no part in it.
_UNUSABLE = ("is not a valid regular expression", "No catalogue entry found")

#: How the reason begins why a failing interaction breaks nothing yet.
PENDING = "the pact calls it pending"

#: Refusals that the documents allow in each other's place are one to the provider; a success is another thing.
_REFUSALS = frozenset(range(400, 500))

_HOP = frozenset(
    {
        "host",
        "connection",
        "accept-encoding",
        "content-length",
        "transfer-encoding",
        "authorization",
        "user-agent",
        "accept",
    }
)


class PactEngine:
    """The verifier and its relay. Use as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._server: ThreadingHTTPServer | None = None
        self._arranged = Setup()
        self._expects = 0
        self._asks_for_an_id = False
        self._line = ""
        self._allowed: frozenset[int] = frozenset()
        self.seen: list[Exchange] = []
        self.trouble: StorepactError | None = None

    def __enter__(self) -> PactEngine:
        os.environ.setdefault("PACT_DO_NOT_TRACK", "true")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where the relay listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def verify(self, interaction: Interaction) -> list[Finding]:
        """Verify one interaction on the target.

        Raises:
            CannotArrange: a provider state is not known, or cannot be brought about.
            Undetermined: the verifier could not say.

        """
        if not self.workspace.target.writable and (
            interaction.method != "GET" or needs_writing(self.workspace, interaction)
        ):
            raise PrerequisiteMissing(Reason.READ_ONLY)
        if not interaction.is_http:
            raise SetupFailed("it is about a message; this API speaks HTTP")
        self._arranged = set_up_states(self.workspace, interaction)
        self._expects = interaction.status
        self.seen, self.trouble = [], None
        result = self._result(interaction, concrete(self.workspace, interaction, self._arranged))
        if self.trouble is not None:
            raise self.trouble
        mismatch = result.get("mismatch")
        if mismatch is None:
            return []
        words = " ".join(str(each.get("mismatch", "")) for each in mismatch.get("mismatches") or ())
        unusable = [told for told in _UNUSABLE if told in words]
        if unusable:
            raise Undetermined(f"the pact has a rule that cannot be used: {unusable[0]}")
        if mismatch.get("type") != "mismatches":
            raise Undetermined(f"the verifier could not tell: {mismatch.get('message', 'no reason given')}")
        free, broken = self._sorted_out(interaction, mismatch["mismatches"])
        if free and not broken:
            raise PrerequisiteMissing(
                Reason.OPTIONAL, f"{free}, as the documents allow; {interaction.consumer} relies on it"
            )
        found = list(self._mismatched(interaction, broken))
        if interaction.pending and found:
            raise PrerequisiteMissing(
                Reason.PENDING, f"{PENDING}, and it does not hold yet: {found[0].message}"
            )
        return found

    def _sorted_out(
        self, interaction: Interaction, mismatches: list[dict[str, Any]]
    ) -> tuple[str, list[dict[str, Any]]]:
        """What the provider does otherwise than the consumer needs, and may, in words; and the mismatches that are more."""
        status = next((mismatch for mismatch in mismatches if mismatch.get("type") == "StatusMismatch"), None)
        if status is not None and self.seen:
            answered = self.seen[-1].response.status
            if {answered, interaction.status} <= self._allowed & _REFUSALS:
                return f"the provider answers {answered} where the consumer expects {interaction.status}", []
            if (
                answered == 404
                and interaction.status < 400
                and self._asks_for_an_id
                and self._arranged.identifier is None
            ):
                raise SetupFailed("no provider state says that the integration in its path exists")
        free, broken = self._left_out(interaction, mismatches)
        return f"the provider leaves out {', '.join(sorted(free))}" if free else "", broken

    def _left_out(
        self, interaction: Interaction, mismatches: list[dict[str, Any]]
    ) -> tuple[set[str], list[dict[str, Any]]]:
        """Members that are missing and that the document calls optional, and the mismatches that are more than that."""
        document = self.workspace.document
        operation = document.match(interaction.method, interaction.path)
        described = operation.response(interaction.status) if operation else None
        schema = next(iter(described.content.values()), None) if described else None
        answer = self.seen[-1].response.json if self.seen else None
        free: set[str] = set()
        broken = []
        for mismatch in mismatches:
            missing = _missing_members(mismatch)
            if (
                schema is not None
                and missing
                and all(_is_optional(document, schema, member, answer) for member in missing)
            ):
                free.update(missing)
            else:
                broken.append(mismatch)
        return free, broken

    def _result(self, interaction: Interaction, raw: Mapping[str, Any]) -> dict[str, Any]:
        from pact import Verifier

        payload = {
            "consumer": {"name": interaction.consumer},
            "provider": {"name": interaction.provider},
            "interactions": [raw],
            "metadata": {"pactSpecification": {"version": interaction.version}},
        }
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "one.json")
            path.write_text(json.dumps(payload), encoding="utf-8")
            verifier = Verifier(interaction.provider, host="127.0.0.1")
            verifier.add_transport(url=self.url).add_source(str(path)).set_request_timeout(
                int(self.workspace.target.timeout * 1000) + 5_000
            )
            verifier.set_coloured_output(enabled=False)
            verifier.state_handler(self.url + _STATES, teardown=False, body=True)
            with _silence(), contextlib.suppress(RuntimeError):
                verifier.verify()
            INTERRUPTS.check()
            results = verifier.results
        found = results.get("interactionResults") or []
        if len(found) != 1:
            errors = [
                str(error.get("mismatch", {}).get("message", "")) for error in results.get("errors") or []
            ]
            raise Undetermined(
                f"the verifier looked at {len(found)} interactions instead of one: {'; '.join(errors) or 'no reason given'}"
            )
        result: dict[str, Any] = found[0]
        if result.get("result") != "OK" and "mismatch" not in result:
            raise Undetermined("the verifier reports a failure without a reason")
        return result

    def _mismatched(self, interaction: Interaction, mismatches: list[dict[str, Any]]) -> Iterator[Finding]:
        """A finding for each mismatch; where the status is another one, no other mismatch counts."""
        mismatches = [each for each in mismatches if each.get("type") == "StatusMismatch"] or mismatches
        exchange = self.seen[-1] if self.seen else None
        operation = self.workspace.document.match(interaction.method, interaction.path)
        for mismatch in sorted(mismatches, key=lambda value: json.dumps(value, sort_keys=True)):
            finding = make_finding(
                "SP401",
                self._observation(interaction, mismatch),
                source="pacts",
                operation=operation.id if operation else f"{interaction.method} {interaction.path}",
                pointer=operation.pointer if operation else "/paths",
                exchange=exchange,
            )
            yield finding.with_(
                line=self.workspace.document.line(operation.pointer) if operation else None,
                case_source=f"{interaction.file} interaction {interaction.index}",
                curl=self._line if exchange else "",
                consumers=(interaction.consumer,),
            )

    def _observation(self, interaction: Interaction, mismatch: Mapping[str, Any]) -> Observation:
        """A mismatch of the verifier as an observation; secrets in it are masked."""
        kind = str(mismatch.get("type", "")).removesuffix("Mismatch").lower()
        place = str(mismatch.get("path") or mismatch.get("key") or "")
        message = str(mismatch.get("mismatch", "")).strip() or "it does not match"
        missing = _missing_members(mismatch)
        flaw = _flaw(kind, place, message, missing)
        refusal = self._refusal() if kind == "status" else ""
        if refusal:
            message += f" ({refusal})"
        expected, actual = mismatch.get("expected"), mismatch.get("actual")
        if self._is_secret(place):
            message, expected, actual = "a secret is not what it has to be; both are masked", MASK, MASK
        touches = self._touched(interaction, kind, place, missing)
        member = touches.partition(" ")[2]
        shown_place = re.sub(r"[0-9]+", "*", place)
        return Observation(
            f"{interaction.consumer}/{interaction.description}/{kind} {shown_place}",
            self.workspace.target.secrets.mask_text(
                f"{interaction}: {' '.join((kind, place)).strip()}: {message}"
            ),
            flaw,
            self._cut(expected),
            self._cut(actual),
            member=within_resource(member) if member.startswith("/") else member.lower(),
            value="" if missing else self._cut(_canonical(actual)),
            refusal=refusal,
            expected_status=str(interaction.status),
            touches=touches,
        )

    def _refusal(self) -> str:
        """The error message of the provider, where it refused the request."""
        if not self.seen or self.seen[-1].response.status < 400:
            return ""
        body = self.seen[-1].response.json
        message = body.get("message") if isinstance(body, dict) else None
        return message if isinstance(message, str) else ""

    def _is_secret(self, place: str) -> bool:
        return bool(self.workspace.document.secret_members & set(path_of(place)))

    @staticmethod
    def _touched(interaction: Interaction, kind: str, place: str, missing: set[str]) -> str:
        """The part of the answer that a mismatch is about, as a locus begins."""
        if missing:
            return f"{interaction.status} {min(missing)}"
        if kind == "body":
            return f"{interaction.status} {pointer_to(path_of(place)) or '/'}"
        return f"{interaction.status} {place}" if kind == "header" and place else ""

    def _cut(self, value: Any) -> str:
        text = self.workspace.target.secrets.mask_text(str(value))
        return text if len(text) <= 300 else f"{text[:297]}…"

    # what the relay does, in its own thread

    def relay(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes | None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Pass one request on to the target, with this run's token in place of the pact's."""
        workspace = self.workspace
        auth = self._auth(any(name.lower() == "authorization" for name, _ in headers))
        kept = tuple((name, value) for name, value in headers if name.lower() not in _HOP)
        operation = workspace.document.match(method, path)
        match = operation.path_pattern.match(path.partition("?")[0]) if operation else None
        parameters = dict(match.groupdict()) if match else {}
        kind = unquote(parameters.get(workspace.family.api.kind_parameter or "", "")) or None
        case = Case(
            operation.id if operation else "",
            kind if kind in workspace.family.kinds else None,
            "pact",
            auth=auth,
        )
        alive = None if self._arranged.gone else self._arranged.identifier
        role = workspace.family.role_of(operation) if operation else None
        prepared = PreparedRequest(
            case, method, path, kept, body or None, _parsed(body), parameters, alive, role
        )
        if operation is None:
            exchange = workspace.target.send(prepared)
            known = any(
                each.path_pattern.match(path.partition("?")[0])
                for each in workspace.document.operations.values()
            )
            self._allowed = frozenset({404, 405} if known else {404})
        else:
            exchange, _ = workspace.send_prepared(prepared, "pacts")
            self._allowed = workspace.sender.expectation(prepared).statuses
        self._asks_for_an_id = workspace.family.api.id_parameter in parameters
        self._line = workspace.sender.curl_of(prepared, exchange.request)
        self.seen.append(exchange)
        response = exchange.response
        return (
            response.status,
            [(name, value) for name, value in response.headers if name.lower() not in _HOP],
            response.body,
        )

    def _auth(self, sent: bool) -> Auth:
        """Whose token stands for the pact's: a state says so, and one that is to be refused is not anybody's."""
        if not sent:
            return Auth.NONE
        return self._arranged.auth or (Auth.GARBAGE if self._expects == 401 else Auth.WRITER)

    def state(self) -> tuple[int, bytes]:
        """What the verifier is told about a provider state: the values to fill in. Never 5xx: it would try for two minutes."""
        return 200, json.dumps(dict(self._arranged.values)).encode()


#: What a phrase of the verifier means: it reports which rule a value breaks in its text only.
_FLAW_OF_PHRASE = {
    "to be equal to": FlawKind.VALUE,
    "to match": FlawKind.PATTERN,
}


def _flaw(kind: str, place: str, message: str, missing: set[str]) -> FlawKind:
    """The flaw that a mismatch of the verifier reports."""
    if kind == "status":
        return FlawKind.STATUS
    if kind == "bodytype" or place.lower() == "content-type" or (kind == "body" and place == "/"):
        return FlawKind.MEDIA
    if missing:
        return FlawKind.MISSING
    return next((flaw for phrase, flaw in _FLAW_OF_PHRASE.items() if phrase in message), FlawKind.TYPE)


def _canonical(actual: Any) -> str:
    """What the verifier got, as JSON with sorted keys."""
    try:
        return json_text(json.loads(str(actual)))
    except ValueError:
        return json_text(actual)


def _missing_members(mismatch: Mapping[str, Any]) -> set[str]:
    """JSON pointers of the members that an object lacks, if that is what the mismatch says; else none."""
    try:
        wanted, there = json.loads(str(mismatch.get("expected"))), json.loads(str(mismatch.get("actual")))
    except ValueError:
        return set()
    if (
        not isinstance(wanted, list)
        or not isinstance(there, list)
        or "missing" not in str(mismatch.get("mismatch"))
    ):
        return set()
    place = pointer_to(path_of(str(mismatch.get("path") or "$")))
    return {f"{place}/{name}" for name in wanted if isinstance(name, str) and name not in there}


def _is_optional(document: Document, schema: str, member: str, answer: Any) -> bool:
    """Whether the document lets an answer like this one lack a member."""
    place: SchemaView | None = SchemaView(document, ((schema, True),), example=answer)
    node = answer
    for token in member.split("/")[1:]:
        name = unescape(token)
        if isinstance(node, list):
            node = node[0] if node else UNKNOWN
        else:
            node = node.get(name, UNKNOWN) if isinstance(node, dict) else UNKNOWN
        place = place.member(name, node) if place is not None else None
    return place is not None and not place.required


def _parsed(body: bytes | None) -> Any:
    try:
        return json.loads(body) if body else NOTHING
    except (ValueError, RecursionError):
        return NOTHING


def _handler(engine: PactEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait for 40 ms
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            try:
                if self.path == _STATES:
                    status, answer = engine.state()
                    self._answer(status, [("Content-Type", "application/json")], answer)
                    return
                status, headers, answer = engine.relay(
                    self.command, self.path, list(self.headers.items()), body
                )
                self._answer(status or 400, headers, answer)
            except StorepactError as error:
                engine.trouble = error
                self._answer(400, [], b"")

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the exchange is on record."""

    return Handler


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the verifier's own report, written by Rust to the descriptors, out of ours."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved, null = (os.dup(1), os.dup(2)), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        os.dup2(null, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (*saved, null):
            os.close(descriptor)
