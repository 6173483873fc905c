"""What stands in recorded requests for the values of their run, and the values of this run in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth
from storepact.model.exchange import MASK, Exchange
from storepact.model.form import Redacted
from storepact.model.run_mark import RUN_MARK
from storepact.model.tree import Json, Path, build_object, read_json
from storepact.model.values import lean_value
from storepact.openapi.operation import Operation
from storepact.record.sent_requests import read_sent_body
from storepact.record.values import SentRequest
from storepact.transport.credentials import placeholder

#: Headers that the client adds itself, or that belong to one connection.
_OWN_HEADERS = frozenset({"authorization", "user-agent", "host", "content-length", "connection"})

_OVERRIDE = "x-http-method-override"

#: What records show in the place of tokens; a token that may only read has one placeholder.
_AUTHS = {placeholder(auth): auth for auth in reversed(Auth) if auth is not Auth.NONE}


@lean_value(frozen=True)
class Origin:
    """Where the recorded requests were sent."""

    scope: tuple[str | None, ...]
    """Project and environment of the recorded run, as far as they are known."""
    seed: int

    @property
    def mark(self) -> re.Pattern[str]:
        """The mark of the recorded run, wherever it stands."""
        return re.compile(rf"{RUN_MARK}(?:-\d\d(?!\d))?|storepact-{self.seed}(?:gw\d+)?")


@dataclass
class Substitutions:
    """The ids, secrets, marks and scope of a replay, by those of the recorded run."""

    workspace: Workspace
    origin: Origin
    _ids: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, str | Redacted] = field(default_factory=dict)
    """What is sent for a masked text, by its name in the record."""

    # what responses show

    def learn_id(self, recorded: str, identifier: str) -> None:
        """Note the id of a resource that stands for a recorded one."""
        if recorded:
            self._ids[recorded] = identifier

    def learn(self, request: SentRequest, created: str, exchange: Exchange) -> None:
        """Note the id and the redacted secrets that a response shows."""
        if created:
            self.learn_id(request.created, created)
        forms = dict(exchange.forms)
        for pointer, name in request.shows:
            if forms.get(pointer):
                self._texts[name] = Redacted(forms[pointer])

    def may_name(self, identifier: str, request: SentRequest) -> bool:
        """Whether a request can be aimed at an id: a resource of this replay, or one that never existed."""
        return identifier in self._ids.values() or not 200 <= request.status < 300

    def id_in(self, path: str) -> str | None:
        """The id of a resource of this replay that a path names."""
        segments = path.partition("?")[0].split("/")
        return next((value for value in self._ids.values() if quote(value, safe="") in segments), None)

    # parts of a request

    def auth(self, request: SentRequest) -> Auth:
        """Whose token it was sent with."""
        value = _header(request, "authorization")
        return Auth.NONE if value is None else _AUTHS.get(value, Auth.WRITER)

    def uses_tunnel(self, request: SentRequest) -> bool:
        """Whether it names its verb in a header."""
        return _header(request, _OVERRIDE) is not None

    def headers(self, request: SentRequest) -> tuple[tuple[str, str], ...]:
        """The headers, without those that the client adds itself."""
        return tuple((name, value) for name, value in request.headers if name.lower() not in _OWN_HEADERS)

    def changed_headers(
        self, request: SentRequest, ordinary: Sequence[tuple[str, str]]
    ) -> tuple[tuple[str, str | None], ...]:
        """The headers that differ from the ordinary ones; None for one that is left out."""
        usual = {(name.lower(), value) for name, value in ordinary} | {("accept", "application/json")}
        usual.add(("content-type", "application/json"))
        changed: list[tuple[str, str | None]] = [
            (name, value)
            for name, value in self.headers(request)
            if (name.lower(), value) not in usual and name.lower() != _OVERRIDE
        ]
        sent = {name.lower() for name, _ in request.headers}
        changed += [(name, None) for name, _ in ordinary if name.lower() not in sent]
        return tuple(changed)

    def path(self, operation: Operation, path: str) -> str:
        """A path with the scope of this run and the ids of its resources."""
        plain, question, query = path.partition("?")
        match = operation.path_pattern.match(plain)
        if match is None:
            return path
        api, own = self.workspace.family.api, self.workspace.scope.keys
        changes = {
            match.span(name): quote(key, safe="")
            for name, recorded, key in zip(api.scope_parameters, self.origin.scope, own, strict=False)
            if name in match.groupdict() and unquote(match[name]) == recorded
        }
        if api.id_parameter in match.groupdict():
            identifier = self._ids.get(unquote(match[api.id_parameter]))
            if identifier is not None:
                changes[match.span(api.id_parameter)] = quote(identifier, safe="")
        for (start, end), text in sorted(changes.items(), reverse=True):
            plain = plain[:start] + text + plain[end:]
        return plain + question + query

    def place(self, operation: Operation, path: str) -> tuple[Scope, str | None, str | None] | None:
        """Scope, kind and id that a path names; None if it is no path of the operation."""
        match = operation.path_pattern.match(path.partition("?")[0])
        if match is None:
            return None
        api = self.workspace.family.api
        values = {name: unquote(value) for name, value in match.groupdict().items()}
        keys = tuple(
            values.get(name, own)
            for name, own in zip(api.scope_parameters, self.workspace.scope.keys, strict=False)
        )
        return Scope(keys), values.get(api.kind_parameter or ""), values.get(api.id_parameter)

    # bodies

    def mark(self, request: SentRequest) -> str:
        """The text that only this request's body contains, with the mark of this run."""
        return self._with_mark(request.mark)

    def _with_mark(self, text: str) -> str:
        return self.origin.mark.sub(self.workspace.preparer.run_marker, text)

    def story_body(self, request: SentRequest) -> Json:
        """The body of a step, with `Redacted` for what a response has shown; bytes if it was sent as such."""
        raw = read_sent_body(request)
        if raw is None:
            return NOTHING
        try:
            text = self._with_mark(raw.decode("utf-8", "surrogatepass"))
            value = read_json(text)
            if not request.secrets and json.dumps(value).encode() != text.encode("utf-8", "surrogatepass"):
                return text.encode("utf-8", "surrogatepass")
            return self._with_values(value, request)
        except (ValueError, RecursionError):
            return self._plain(raw)

    def body(self, request: SentRequest) -> tuple[bytes | None, Json]:
        """The body as it is sent, and as a JSON value where it is one."""
        raw = read_sent_body(request)
        if raw is None:
            return None, NOTHING
        try:
            text = self._with_mark(raw.decode("utf-8", "surrogatepass"))
            value = read_json(text)
            changed = self.workspace.target.secrets.disclosed_texts.reveal(self._with_values(value, request))
            is_same = changed == value
            return text.encode("utf-8", "surrogatepass") if is_same else json.dumps(changed).encode(), changed
        except (ValueError, RecursionError):
            return self._plain(raw), NOTHING

    def _plain(self, raw: bytes) -> bytes:
        """A body that is no JSON, with the mark of this run and new secrets."""
        text = self._with_mark(raw.decode("utf-8", "surrogateescape"))
        text = text.replace(MASK, self._new_secret()) if MASK in text else text
        return text.encode("utf-8", "surrogateescape")

    def _with_values(self, value: Json, request: SentRequest) -> Json:
        """A JSON value with secrets in the place of masks, and the ids of this replay."""
        masked = {tuple(json.loads(path)): name for path, name in request.secrets}
        return _replace(value, (), masked, self)

    def text_of(self, name: str) -> str | Redacted:
        """What is sent for a masked text: a new secret, or what a response has shown."""
        if name not in self._texts:
            self._texts[name] = self._new_secret()
        return self._texts[name]

    def id_of(self, recorded: str) -> str:
        """The id that stands for a recorded one, or the text itself."""
        return self._ids.get(recorded, recorded)

    def _new_secret(self) -> str:
        return self.workspace.preparer.new_secret()


def _replace(value: Json, path: Path, masked: dict[Path, str], values: Substitutions) -> Json:
    if isinstance(value, dict):
        return build_object(
            (name, _replace(child, (*path, name), masked, values)) for name, child in value.items()
        )
    if isinstance(value, list):
        return [_replace(child, (*path, index), masked, values) for index, child in enumerate(value)]
    if not isinstance(value, str):
        return value
    if path in masked:
        return values.text_of(masked[path])
    return values.id_of(value)


def _header(request: SentRequest, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name), None)
