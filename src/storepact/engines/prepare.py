"""Preparing requests: a case gets the path values, headers, run marker and secrets that it lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from storepact.engines.family_rules import FamilyRules
from storepact.engines.json_spelling import respell
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Case, PreparedRequest
from storepact.model.errors import SetupFailed
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant, variants_of
from storepact.transport.encodings import SecretShape
from storepact.transport.redaction import Secrets

#: Character classes and by how much `absent_id` moves a character within its class.
_SHIFTS = (
    ("0123456789", 5),
    ("abcdef", 3),
    ("ABCDEF", 3),
    ("ghijklmnopqrstuvwxyz", 7),
    ("GHIJKLMNOPQRSTUVWXYZ", 7),
)


class Preparer:
    """Makes prepared requests of cases, for one run on one scope."""

    def __init__(
        self,
        document: Document,
        family: FamilyRules,
        scope: Scope,
        secrets: Secrets,
        run_marker: str,
        *,
        marks_everything: bool = False,
        allow_enable: bool = True,
    ) -> None:
        """`run_marker` is a text by which the resources of this process can be recognised.

        Stories name their resources themselves; with `marks_everything` those that lack the marker get it,
        and updates keep it.
        Without `allow_enable` nothing is switched on.
        """
        self.document, self.family, self.scope = document, family, scope
        self.run_marker, self.marks_everything = run_marker, marks_everything
        self._allow_enable = allow_enable
        self._marking = {"create": family.mark_body}
        if marks_everything:
            self._marking |= {
                "update": family.mark_patch,
                "get": family.mark_body,
            }  # a PUT has the path of a get
        self._secrets = secrets
        self._role_of = {
            operation.id: family.role_of(operation) for operation in document.operations.values()
        }
        self._operation_of = {
            role: document.operations[name] for name, role in self._role_of.items() if role is not None
        }

    def operation(self, role: str) -> Operation:
        """The operation that has a role.

        Raises:
            SetupFailed: the document describes none.

        """
        if role not in self._operation_of:
            raise SetupFailed(
                f"the document describes no operation to {role} {self.family.api.article_and_resource}: "
                f"{self._hint(role)}"
            )
        return self._operation_of[role]

    def _hint(self, role: str) -> str:
        """How an operation of a role is recognized."""
        api = self.family.api
        names = [*api.scope_parameters, *filter(None, [api.kind_parameter])]
        if role == "list":
            return "its paths have to be whole, without a part that only `servers` has"
        if role != "create":
            names.append(api.id_parameter)
        return f"the parameters of its path have to be called {', '.join(names)}"

    def has_operation(self, role: str) -> bool:
        """Whether the document describes an operation of this role."""
        return role in self._operation_of

    def needs_resource(self, case: Case) -> bool:
        """Whether the path names a resource, and the case does not say which."""
        name = self.family.api.id_parameter
        operation = self.document.operations[case.operation]
        names = [parameter.name for parameter in operation.parameters_in("path")]
        return name in names and name not in dict(case.path_parameters)

    def prepare(
        self, case: Case, identifier: str | None = None, scope: Scope | None = None
    ) -> PreparedRequest:
        """The request of a case.

        `identifier` is the resource's id where the path names one; `scope` replaces the run's.
        """
        operation = self.document.operations[case.operation]
        role = self._role_of[operation.id]
        named = absent_id(identifier) if case.absent and identifier else identifier
        values = self.family.path_values(scope or self.scope, case.variant, named)
        value = case.body
        if value is not NOTHING and case.source != "story":
            mark = self._marking.get(role or "") if case.source != "arranged" else None
            value = value if mark is None else mark(value, self.run_marker)
            if not isinstance(value, bytes):
                value = self.family.plant_secrets(value, partial(self._secrets.make_canary, self.run_marker))
            value = value if self._allow_enable else self.family.without_enabling(value)
        parameters = _path_parameters(case, operation, values)
        path = operation.path
        for name, segment in parameters.items():
            path = path.replace(f"{{{name}}}", segment)
        if case.query:
            path += "?" + "&".join(f"{quote(name)}={quote(text)}" for name, text in case.query)
        body, value = self._encode(case, value)
        return PreparedRequest(
            case,
            case.method or operation.method,
            path,
            self._headers(case, operation, has_body=body is not None),
            body,
            value,
            parameters,
            identifier,
            role,
        )

    def story_body(self, role: str, body: Json) -> Json:
        """The body of a story's step as it is sent: marked and without enabling, where the run needs that."""
        if body is NOTHING:
            return body
        mark = self._marking.get(role) if self.marks_everything else None
        body = body if mark is None else mark(body, self.run_marker)
        return body if self._allow_enable else self.family.without_enabling(body)

    def prepare_deletion(self, collection: str, identifier: str) -> PreparedRequest | None:
        """The request that deletes a resource of a collection; None if the document has no deletion."""
        operation = self._operation_of.get("delete")
        if operation is None:
            return None
        path = f"{collection.partition('?')[0]}/{quote(identifier, safe='')}"
        case = Case(operation.id, source="setup")
        headers = self._headers(case, operation, has_body=False)
        return PreparedRequest(
            case, operation.method, path, headers, None, created_id=identifier, role="delete"
        )

    def collection(self, kind: str) -> str:
        """The path at which resources of a kind are created."""
        return self.prepare(Case(self.operation("create").id, kind, "setup")).path

    def new_secret(self, shape: SecretShape = SecretShape.ORDINARY) -> str:
        """A new secret to send, which is searched for in every later response."""
        return self._secrets.make_canary(self.run_marker, shape)

    def _encode(self, case: Case, value: Json) -> tuple[bytes | None, Json]:
        """The body as bytes and as a JSON value; of a story's body only redacted texts are put back."""
        if value is NOTHING:
            return None, NOTHING
        if isinstance(value, bytes):
            return value, NOTHING
        if case.source == "story":
            value = self._secrets.disclosed_texts.reveal(value)
        return respell(value) if case.respelled else json.dumps(value, ensure_ascii=True).encode(), value

    def _headers(self, case: Case, operation: Operation, *, has_body: bool) -> tuple[tuple[str, str], ...]:
        headers = {
            parameter.name: str(parameter.schema["const"])
            for parameter in operation.parameters_in("header")
            if "const" in parameter.schema
        }
        for name, value in self.family.api.headers.items():
            headers.setdefault(name, value)
        if has_body:
            headers["Content-Type"] = "application/json"
        replaced = {name.lower() for name, _ in case.headers}
        ordinary = [(name, value) for name, value in headers.items() if name.lower() not in replaced]
        return (*ordinary, *((name, value) for name, value in case.headers if value is not None))


def _path_parameters(case: Case, operation: Operation, values: Mapping[str, str]) -> dict[str, str]:
    parameters = {
        parameter.name: quote(values.get(parameter.name, ""), safe="")
        for parameter in operation.parameters_in("path")
    }
    return {**parameters, **dict(case.path_parameters)}


def variant_of(document: Document, operation: Operation, kind: str | None) -> Variant:
    """The variant of an operation for a kind; without a kind, its first."""
    variants = variants_of(document, operation)
    return next(
        (variant for variant in variants if variant.value == kind), Variant(kind) if kind else variants[0]
    )


def absent_id(identifier: str) -> str:
    """An id of the same form that no resource has.

    Every character moves within its class, except those that fix the form of a UUID.
    """
    fixed = {14, 19} if len(identifier) == 36 and identifier.count("-") == 4 else set()
    return "".join(
        character if index in fixed else _shift(character) for index, character in enumerate(identifier)
    )


def _shift(character: str) -> str:
    for letters, distance in _SHIFTS:
        if character in letters:
            return letters[(letters.index(character) + distance) % len(letters)]
    return character
