"""A second family: an invented API of notes, with three operations and words of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from storepact.engines.crud import crud_belongs_to, crud_path_values, crud_resource_id, crud_roles
from storepact.engines.family import Family
from storepact.engines.family_rules import ProviderState
from storepact.model.api import Api, Scope
from storepact.model.case import NOTHING, Auth, PreparedRequest
from storepact.model.expectation import Expectation, Flaw
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.validators import compile_schema
from storepact.openapi.variants import Variant

API = Api(
    resource="note",
    headers={"Notes-Release": "7"},
    id_member="ref",
    list_member="notes",
    id_parameter="noteKey",
    parameter_aliases={"noteKey": ("notekey", "ref")},
    state_members=("text", "pinned"),
)

_BAD_REQUEST = frozenset({400})


def expect(
    prepared: PreparedRequest, operation: Operation, document: Document, variant: Variant, scope: Scope
) -> Expectation:
    """What may be answered to this request."""
    return Expectation.of(list(flaws(prepared, operation, document)), operation.success)


def flaws(prepared: PreparedRequest, operation: Operation, document: Document) -> Iterator[Flaw]:
    """What is wrong with a request."""
    if prepared.case.auth is not Auth.WRITER:
        yield Flaw("no known token was sent", frozenset({401}), rule="auth")
    headers = [(name.lower(), value) for name, value in prepared.headers]
    if [value for name, value in headers if name == "notes-release"] != ["7"]:
        yield Flaw("the header Notes-Release is not 7", _BAD_REQUEST, rule="version")
    if "noteKey" in prepared.parameters and prepared.parameters["noteKey"] != prepared.created_id:
        yield Flaw("there is no note with this key", frozenset({400, 404}), rule="id")
    if operation.body_pointer is None:
        return
    if ("content-type", "application/json") not in headers:
        yield Flaw("its content type is not JSON", _BAD_REQUEST, certain=False, rule="media")
    if prepared.json is NOTHING:
        yield Flaw("there is no JSON body", _BAD_REQUEST, rule="body")
        return
    for violation in compile_schema(document, operation.body_pointer).violations(prepared.json):
        yield Flaw(violation.message, _BAD_REQUEST, rule=f"body {violation.locus} {violation.keyword}")


def mark_body(body, marker: str):
    """The note with the marker in its text, if it has one and there is room."""
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text or marker in text or len(text) + len(marker) > 79:
        return body
    return {**body, "text": f"{marker} {text}"}


FAMILY = Family(
    name="notes",
    document="notes.yaml",
    provider="notes",
    api=API,
    role_of=crud_roles(API, "/notes"),
    kinds=("note",),
    path_values=crud_path_values(API),
    expect=expect,
    ordinary_body=lambda kind, marker: {"text": marker, "pinned": False},
    mark_body=mark_body,
    resource_id=crud_resource_id(API),
    belongs_to=crud_belongs_to(API),
    states=(ProviderState("a note exists", "resource"), ProviderState("no note exists", "nothing")),
)


class NotesProvider:
    """The provider of notes. `fault` is what it does wrong: `text pinned` or `no release`."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.notes: dict[str, dict[str, object]] = {}
        self.count = 0

    def respond(self, method: str, path: str, headers, body: bytes) -> tuple[int, object]:
        """The status and body of one response."""
        if headers.get("Authorization") != "notes-token-of-the-tests":
            return refuse(401, "unauthorized")
        if headers.get_all("Notes-Release") != ["7"] and self.fault != "no release":
            return refuse(400, "wrong release")
        key = path.partition("?")[0].removeprefix("/notes").removeprefix("/")
        if method == "DELETE":
            return (204, None) if self.notes.pop(key, None) else refuse(404, "no such note")
        return (200, {"notes": list(self.notes.values())}) if method == "GET" else self.create(body)

    def create(self, body: bytes) -> tuple[int, object]:
        """Create a note."""
        try:
            text, pinned = read_note(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return refuse(400, "not a note")
        self.count += 1
        shown = str(pinned).lower() if self.fault == "text pinned" else pinned
        self.notes[f"n{self.count}"] = {"ref": f"n{self.count}", "text": text, "pinned": shown}
        return 201, self.notes[f"n{self.count}"]


def read_note(note) -> tuple[str, bool]:
    """The members of a new note; any exception where it is none."""
    text, pinned = note["text"], note.get("pinned", False)
    is_valid = isinstance(text, str) and 1 <= len(text) <= 80 and isinstance(pinned, bool)
    if not is_valid or note.keys() - {"text", "pinned"}:
        raise ValueError
    return text, pinned


def refuse(status: int, message: str) -> tuple[int, object]:
    """An error response."""
    return status, {"code": message.replace(" ", "_"), "message": message}
