"""The mock's behaviour: the five operations, and the paths that the links of an integration lead to."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from storepact.families.persistent_store.api import BASE, role_of
from storepact.families.persistent_store.provider.body_values import Rules
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.gates import (
    GATES,
    ORDERS,
    PROJECTS,
    Context,
    Gate,
    read_location,
    refuse_unknown,
)
from storepact.families.persistent_store.provider.headers import RATE_LIMITS
from storepact.families.persistent_store.provider.patching import (
    PATCH_RULES,
    PatchRules,
    apply_patch,
    read_operations,
)
from storepact.families.persistent_store.provider.resource import (
    Integration,
    create_integration,
    editable_members,
    link,
    render,
)
from storepact.families.persistent_store.provider.storage import Storage, StorageState
from storepact.families.persistent_store.provider.sync.names import WritingRules
from storepact.families.persistent_store.provider.sync.synchronizer import Synchronizer
from storepact.families.persistent_store.provider.validation import BODY_RULES, validate_body
from storepact.mock.app import encode_body
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.mock.limits import limit_headers
from storepact.mock.router import HttpOptions
from storepact.mock.tokens import Tokens
from storepact.model.tree import Json

#: Shorter texts occur in a path by chance; the access log does not mask them.
SHORTEST_SECRET = 6

_WRITES = ("create", "update", "delete")


#: Ways to write one media type (RFC 9110 8.3.1).
_MEDIA_TYPES = {
    "plain": "application/json",
    "with-charset": "application/json;charset=UTF-8",
    "in-capitals": "Application/JSON",
    "with-blanks": 'application/json ; Charset="UTF-8"',
}


class StoreProvider:
    """Integrations behind tokens with roles. Implements `mock.router.Provider`.

    `gates`, `body_rules` and `patch_rules` are what a request must pass, `writing_rules` how stores are
    written; faults replace them.
    """

    def __init__(
        self,
        tokens: Tokens,
        storage: Storage,
        choices: Choices,
        synchronizer: Synchronizer | None = None,
    ) -> None:
        self.tokens, self.storage, self.choices = tokens, storage, choices
        self._synchronizer, self.writing_rules = synchronizer, WritingRules()
        self.keeps_texts = synchronizer is None
        """Whether JSON texts of integrations may be kept: no fault reads them, and no store has a status."""
        self._texts: dict[bool, dict[str, tuple[Integration, msgspec.Raw]]] = {True: {}, False: {}}
        """The JSON texts of integrations in the last list, by id: for readers, and for the others."""
        self._lists: dict[bool, tuple[StorageState, msgspec.Raw]] = {}
        """The JSON texts of the last lists."""
        self.http_options = HttpOptions(
            choices.origin,
            choices.wrong_verb,
            choices.head,
            choices.options,
            error_id=choices.error_id == "present",
            compression=choices.compression,
            tunnels=choices.tunnels,
            media_type=_MEDIA_TYPES[choices.media_type],
        )
        self.gates: Mapping[str, Gate] = {name: GATES[name] for name in ORDERS[choices.order]}
        self.body_rules: Rules = BODY_RULES
        self.patch_rules: PatchRules = PATCH_RULES
        self._secrets = {secret for integration in storage.all() for secret in integration.secrets}

    def clear(self) -> None:
        """Delete every integration, and every membership."""
        self.storage.clear()
        if self._synchronizer is not None:
            self._synchronizer.stop()
            self._synchronizer.book.begin()

    def start_synchronizer(self) -> None:
        """Write the stores of the integrations that are on, where this mock writes stores."""
        if self._synchronizer is not None:
            self._synchronizer.stop()
            self._synchronizer.rules = self.writing_rules
            self._synchronizer.reconcile(self.storage.all())

    def is_secret(self, text: str) -> bool:
        """Whether some integration has, or had, this text as a secret."""
        return len(text) >= SHORTEST_SECRET and text in self._secrets

    def respond(self, request: MockRequest) -> MockResponse:
        """Pass a request through the gates, then run its operation.

        Raises:
            MockRefusal: a gate or the operation refuses it.

        """
        assert request.operation is not None
        role = role_of(request.operation)
        if role is None:
            raise MockRefusal(404, "not_found", "the mock has no such operation")
        context = Context(request, role)
        if role != "list":
            context.location = read_location(self, context)
        for gate in self.gates.values():
            gate(self, context)
        try:
            response = _HANDLERS[role](self, context)
        except self.storage.failures as error:
            raise MockRefusal(503, "unavailable", f"the mock's storage failed: {error}") from None
        if self._synchronizer is not None and role in _WRITES:
            self._synchronizer.reconcile(self.storage.all())
        always = self.choices.limit_headers == "always"
        return response.with_headers(_distant_limits()) if always else response

    def respond_outside_document(self, request: MockRequest) -> MockResponse | None:
        """Return the project or environment that a link leads to; None for any other path."""
        match = re.fullmatch(r"/api/v2/projects/([^/]+)(?:/environments/([^/]+))?", request.path)
        if match is None or request.method != "GET":
            return None
        project, environment = match.groups()
        GATES["token-known"](self, Context(request, "get"))
        if project not in PROJECTS or (environment or PROJECTS[project][0]) not in PROJECTS[project]:
            raise MockRefusal(404, "not_found", "there is no such project or environment")
        key = environment or project
        links = {"self": link(request.path, self.choices)}
        return MockResponse(200, {"_links": links, "_id": key, "key": key, "name": key, "tags": []})

    def find(self, context: Context) -> Integration:
        """Return the integration that a request is about.

        Raises:
            MockRefusal: 404, there is none under this path.

        """
        identifier = context.request.parameters["integrationId"]
        integration = self.storage.get(identifier)
        if integration is None and self.choices.id_case == "ignored":
            lower = identifier.lower()
            integration = next((own for own in self.storage.all() if own.id.lower() == lower), None)
        if integration is None or context.location != integration.location:
            raise refuse_unknown(self, identifier, "integration")
        return integration

    def _render(
        self, integration: Integration, *, reads_only: bool = False, where: str = "get"
    ) -> dict[str, Json]:
        """Return an integration as JSON, with the status of its store where this mock writes stores."""
        body = render(integration, self.choices, reads_only=reads_only, where=where)
        if self._synchronizer is not None:
            body["_status"] = self._synchronizer.status_of(integration)
        return body

    def _list(self, context: Context) -> MockResponse:
        reads_only = context.token.reads_only
        if not self.keeps_texts:
            items = [self._render(own, reads_only=reads_only, where="list") for own in self.storage.all()]
            return MockResponse(200, self._list_of(items))
        state, kept = self.storage.state(), self._lists.get(reads_only)
        if kept is None or kept[0] != state:
            items = self._list_texts(reads_only=reads_only)
            kept = self._lists[reads_only] = state, msgspec.Raw(encode_body(self._list_of(items)))
        return MockResponse(200, kept[1])

    def _list_of(self, items: list[Json]) -> dict[str, Json]:
        """The body of a list with these integrations, the oldest first."""
        choices = self.choices
        links = {"self": link(BASE, choices)}
        if choices.list_parent == "present":
            links["parent"] = link("/api/v2/projects/default", choices)
        return {"_links": links, "items": items if choices.list_order == "oldest-first" else items[::-1]}

    def _list_texts(self, *, reads_only: bool) -> list[Json]:
        """Every integration as JSON text; one is never changed, only replaced, and so is its text."""
        earlier, texts = self._texts[reads_only], dict[str, tuple[Integration, msgspec.Raw]]()
        for integration in self.storage.all():
            kept = earlier.get(integration.id)
            if kept is None or kept[0] is not integration:
                body = render(integration, self.choices, reads_only=reads_only, where="list")
                kept = integration, msgspec.Raw(encode_body(body))
            texts[integration.id] = kept
        self._texts[reads_only] = texts
        return [text for _, text in texts.values()]

    def _create(self, context: Context) -> MockResponse:
        choices, (project, environment, kind) = self.choices, context.location
        body = validate_body(context.body, kind, choices, self.body_rules)
        new = create_integration(project, environment, kind, body, choices)
        if choices.several == "many":
            self.storage.add(new)
        else:
            self._add_alone(new)
        self._secrets.update(new.secrets)
        headers = {}
        if choices.location in ("present", "relative"):
            path = new.path
            headers["Location"] = path if choices.location == "present" else "/".join(path.split("/")[-2:])
        return MockResponse(201, self._render(new, where="write"), headers)

    def _add_alone(self, new: Integration) -> None:
        """Store a new integration where its environment has none, or none of its kind, as it is chosen.

        Raises:
            MockRefusal: 409, it has one.

        """
        rival = new.kind if self.choices.several == "one-per-kind" else None
        with self.storage.transaction():
            if self.storage.has_any(new.project, new.environment, rival):
                raise MockRefusal(409, "conflict", "the environment has such an integration already")
            self.storage.add(new)

    def _get(self, context: Context) -> MockResponse:
        integration = self.find(context)
        return MockResponse(200, self._render(integration, reads_only=context.token.reads_only))

    def _update(self, context: Context) -> MockResponse:
        choices = self.choices
        with self.storage.transaction():
            before = self.find(context)
            operations = read_operations(context.body, choices)
            after = self._apply(before, apply_patch(before, operations, choices, self.patch_rules))
            counted = choices.idle_patch == "counted" and bool(operations)
            if counted or after.differs_from(before):
                after = replace(after, version=before.version + 1)
                self.storage.replace(after)
            else:
                after = before
        self._secrets.update(after.secrets)
        return MockResponse(200, self._render(after, where="write"))

    def _apply(self, before: Integration, members: dict[str, object]) -> Integration:
        """Return the integration with the members that a patch has led to.

        A name that is the same as before is not validated: it may be a default that the rules would refuse.
        """
        choices = self.choices
        kept = members.get("name") == before.name and "name" in members
        changes = {name: value for name, value in members.items() if name != "name" or not kept}
        body = validate_body(changes, before.kind, choices, self.body_rules)
        if members == editable_members(before, choices):
            return before
        return before.with_body({**body, "name": before.name} if kept else body, choices)

    def _delete(self, context: Context) -> MockResponse:
        with self.storage.transaction():
            self.storage.remove(self.find(context).id)
        return MockResponse(204)


_HANDLERS: Mapping[str, Callable[[StoreProvider, Context], MockResponse]] = {
    "list": StoreProvider._list,
    "create": StoreProvider._create,
    "get": StoreProvider._get,
    "update": StoreProvider._update,
    "delete": StoreProvider._delete,
}


def _distant_limits() -> dict[str, str]:
    """Return the headers of limits that no client comes near."""
    reset = int(time.time()) // 10 * 10 + 10
    limits = {"global": 100_000, "route": 50_000, "token": 9_000}
    return {
        header: value
        for scope, limit in limits.items()
        for header, value in limit_headers(RATE_LIMITS[scope], limit, limit - 1, reset).items()
    }
