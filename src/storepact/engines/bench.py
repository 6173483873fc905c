"""The bench: what a run has on the target. It binds cases to real ids, sends them, has them judged, and tidies up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from storepact.checks import judge
from storepact.checks.evidence import Evidence
from storepact.engines.family import Family, Scope
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.curl import curl, curl_with_setup
from storepact.model.errors import PrerequisiteMissing, SetupFailed, StorepactError
from storepact.model.exchange import NOT_JSON, Exchange, Request
from storepact.model.expectation import Expectation, Promise
from storepact.model.finding import Finding
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.openapi.document import Document, Operation
from storepact.openapi.variants import Variant, variants_of
from storepact.transport.interrupts import INTERRUPTS
from storepact.transport.journal import Entry, Journal
from storepact.transport.redaction import CANARY

if TYPE_CHECKING:
    from storepact.transport.client import (
        Target,  # its HTTP client takes long to import, and the comparison of contracts needs none
    )

Observer = Callable[[PreparedRequest, Operation, Exchange, list[Finding]], None]

#: The source of cases that are steps of a story, and of those whose members somebody else asked for.
STORY, ARRANGED = "story", "arranged"


class OracleView(Protocol):
    """Somebody who knows more about an exchange than the documents do without memory."""

    def expectation(self, base: Expectation) -> Expectation:
        """What may be answered."""

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        """Where the answer parts from that."""


class Bench:
    """One worker's place on one target. Nothing that it makes outlives `clear`."""

    def __init__(
        self,
        target: Target,
        family: Family,
        document: Document,
        scope: Scope,
        journal: Journal,
        seed: int,
        observe: Observer,
        without: Collection[str] = (),
        worker: str = "",
    ) -> None:
        """`without` are the codes of checks that are left out; `worker` tells this process from others of the same run."""
        self.target, self.family, self.document, self.scope = target, family, document, scope
        self.journal, self.seed, self._observe, self.without = journal, seed, observe, without
        self.mark, self.worker = f"storepact-{seed}{worker}", worker
        self.crowded = False
        """The provider allows one integration at a time: found out by a 409."""
        self._pool: dict[str, str] = {}
        self._made: dict[str, Request] = {}
        self._gone: dict[str, str] = {}
        self._planted = 0
        self._roles = {family.role_of(operation): operation for operation in document.operations.values()}

    def operation(self, role: str) -> Operation:
        """The operation that plays a role.

        Raises:
            CannotArrange: the document has none.

        """
        if role not in self._roles:
            raise SetupFailed(f"the document describes no operation to {role} an integration")
        return self._roles[role]

    def variant(self, operation: Operation, kind: str | None) -> Variant:
        """The variant of an operation for a kind."""
        found = variants_of(self.document, operation)
        return next(
            (variant for variant in found if variant.value == kind), Variant(kind) if kind else found[0]
        )

    # binding

    def bind(self, case: Case, identifier: str | None = None, scope: Scope | None = None) -> PreparedRequest:
        """Put everything into a case that it lacks: scope, id, headers, marks, secrets."""
        operation = self.document.operations[case.operation]
        names = [each.name for each in operation.parameters_in("path")]
        needs_id = "integrationId" in names and "integrationId" not in dict(case.path_parameters)
        if needs_id and identifier is None:
            identifier = self.integration(case.variant or self.family.kinds[0])
        shown = _another(identifier) if case.absent and identifier else identifier
        values = dict(self.family.path_values(scope or self.scope, case.variant, shown))
        parameters = {name: quote(values.get(name, ""), safe="") for name in names}
        parameters.update(case.path_parameters)
        path = operation.path
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", value)
        if case.query:
            path += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in case.query)
        body, value = self._body(case, operation)
        headers = self._headers(case, operation, body is not None)
        return PreparedRequest(
            case, case.method or operation.method, path, headers, body, value, parameters, identifier
        )

    def _body(self, case: Case, operation: Operation) -> tuple[bytes | None, Any]:
        value = case.body
        if value is NOTHING:
            return None, NOTHING
        if isinstance(value, bytes):
            return value, NOTHING
        if case.source == STORY:  # it knows what it says; only what was redacted is put in
            value = self.target.secrets.reveal(value)
            return json.dumps(value, ensure_ascii=True).encode(), value
        if self.family.role_of(operation) == "create" and case.source != ARRANGED:
            value = self.family.mark_body(value, self.mark)
        value = self.family.plant_secrets(value, self.secret)
        return json.dumps(value, ensure_ascii=True).encode(), value

    def secret(self) -> str:
        """A new secret, which is looked for in every later answer."""
        self._planted += 1
        value = CANARY + hashlib.blake2b(f"{self.mark}:{self._planted}".encode(), digest_size=8).hexdigest()
        self.target.secrets.register(value, "the password that was sent")
        return value

    def _headers(self, case: Case, operation: Operation, has_body: bool) -> tuple[tuple[str, str], ...]:
        headers = {
            each.name: str(each.schema["const"])
            for each in operation.parameters_in("header")
            if "const" in each.schema
        }
        headers.setdefault("LD-API-Version", "beta")
        if has_body:
            headers["Content-Type"] = "application/json"
        named = {name.lower() for name, _ in case.headers}
        ordinary = [(name, value) for name, value in headers.items() if name.lower() not in named]
        return (*ordinary, *((name, value) for name, value in case.headers if value is not None))

    # asking

    def ask(
        self, case: Case, source: str, *, identifier: str | None = None
    ) -> tuple[Exchange, list[Finding]]:
        """Send one case, have it judged, and take away what it made."""
        if self.crowded and self._creates(case):
            self.clear_pool()
        exchange, findings = self.exchange(self.bind(case, identifier), source)
        if (
            exchange.response.status == 409
            and self._creates(case)
            and case.auth is Auth.WRITER
            and not self.crowded
            and self._pool
        ):
            self.crowded = True
            return self.ask(case, source)
        return exchange, findings

    def exchange(self, prepared: PreparedRequest, source: str) -> tuple[Exchange, list[Finding]]:
        """Send what is bound already, have it judged, and take away what it made."""
        exchange, findings = self._sent(prepared, source)
        self._tidy(prepared, exchange)
        return exchange, findings

    def _creates(self, case: Case) -> bool:
        return (
            case.method is None and self.family.role_of(self.document.operations[case.operation]) == "create"
        )

    def _deletes(self, case: Case) -> bool:
        return (
            case.method is None and self.family.role_of(self.document.operations[case.operation]) == "delete"
        )

    def _sent(self, prepared: PreparedRequest, source: str) -> tuple[Exchange, list[Finding]]:
        INTERRUPTS.check()
        operation = self.document.operations[prepared.case.operation]
        number = self.announced(prepared)
        exchange = self.target.send(
            prepared, limited=lambda limited: self._limited(prepared, operation, limited, source)
        )
        if number is not None:
            self._note(number, exchange)
        expectation = self.expectation(prepared, operation)
        if (
            exchange.response.status == 409
            and expectation.promise is Promise.ACCEPT
            and self._creates(prepared.case)
        ):
            expectation = self._conflict(expectation)
        findings = self.judged(prepared, operation, exchange, expectation, source)
        self._observe(prepared, operation, exchange, findings)
        return exchange, findings

    def announced(self, prepared: PreparedRequest) -> int | None:
        """Note a create before it leaves; its number in the journal."""
        return (
            self.journal.record_attempt(self.target.base_url, prepared.path, self.mark)
            if self._creates(prepared.case)
            else None
        )

    def told(
        self,
        prepared: PreparedRequest,
        source: str,
        scope: Scope,
        reader: OracleView,
        *,
        sent: tuple[int | None, Exchange] | None = None,
    ) -> tuple[Exchange, list[Finding]]:
        """Send one step of a story, and have it judged by somebody who remembers the others. Nothing is tidied up.

        `sent` is the exchange and its number in the journal, where it has taken place already. Findings are not observed.
        """
        INTERRUPTS.check()
        operation = self.document.operations[prepared.case.operation]
        if sent is None:
            number = self.announced(prepared)
            exchange = self.target.send(
                prepared, limited=lambda limited: self._limited(prepared, operation, limited, source)
            )
        else:
            number, exchange = sent
        if number is not None:
            self._note(number, exchange)
        if self._deletes(prepared.case) and 200 <= exchange.response.status < 300 and prepared.created_id:
            self.journal.record_deleted(prepared.created_id)
        base = self.expectation(prepared, operation, scope)
        expectation = reader.expectation(base)
        findings = self.judged(
            prepared, operation, exchange, expectation, source, reader.divergences(exchange)
        )
        self._observe(prepared, operation, exchange, [])
        return exchange, findings

    def _limited(
        self, prepared: PreparedRequest, operation: Operation, exchange: Exchange, source: str
    ) -> None:
        """A 429 that is waited out is an answer, too."""
        expectation = self.expectation(prepared, operation)
        allowed = Expectation(Promise.SILENT, "a limit was hit", expectation.statuses | {429}, "limit")
        findings = self.judged(prepared, operation, exchange, allowed, source)
        self._observe(prepared, operation, exchange, findings)

    def judged(
        self,
        prepared: PreparedRequest,
        operation: Operation,
        exchange: Exchange,
        expectation: Expectation,
        source: str,
        divergences: tuple[Divergence, ...] = (),
    ) -> list[Finding]:
        """What the checks say, each finding with its curl line and its line in the document."""
        evidence = Evidence(
            prepared,
            operation,
            exchange,
            expectation,
            self.document,
            self.family.error_contradiction,
            divergences,
        )
        return [
            finding.with_(
                curl=self.curl_of(prepared, exchange.request), line=self.document.line(finding.pointer)
            )
            for finding in judge(evidence, source, excluded_checks=self.without)
        ]

    def expectation(
        self, prepared: PreparedRequest, operation: Operation, scope: Scope | None = None
    ) -> Expectation:
        """What the documents promise about this request."""
        variant = self.variant(operation, prepared.case.variant)
        return self.family.expect(prepared, operation, self.document, variant, scope or self.scope)

    def _conflict(self, expectation: Expectation) -> Expectation:
        """A valid create met a 409: allowed where something lives in the scope already."""
        if self._pool or any(True for _ in self.listed()):
            why = "the environment holds an integration already, and whether it may hold several is not documented (D19)"
            return Expectation(Promise.SILENT, why, expectation.statuses | {409}, "conflict")
        return expectation

    def curl_of(self, prepared: PreparedRequest, request: Request) -> str:
        """The line that does it again, with the create before it where it is about something that the run made."""
        made = self._made.get(prepared.created_id or "")
        if made is not None and prepared.created_id and prepared.created_id in request.path:
            return curl_with_setup(made, request, prepared.created_id, self.target.shown_url)
        return curl(request, self.target.shown_url)

    def _note(self, number: int, exchange: Exchange) -> None:
        response = exchange.response
        if not 200 <= response.status < 300:
            self.journal.record_refused(number)
            return
        answered = None if response.json is NOT_JSON else self.family.resource_id(response.json)
        identifier = answered or self._found_by_mark()
        if identifier is not None:
            self.journal.record_created(number, identifier)

    def _tidy(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        operation = self.document.operations[prepared.case.operation]
        role, status = self.family.role_of(operation), exchange.response.status
        kind = prepared.case.variant or self.family.kinds[0]
        if self._creates(prepared.case) and 200 <= status < 300:
            answer = exchange.response.json
            identifier = None if answer is NOT_JSON else self.family.resource_id(answer)
            if identifier is not None:
                self.discard(prepared.path, identifier)
        elif self._deletes(prepared.case) and 200 <= status < 300 and prepared.created_id:
            self.journal.record_deleted(prepared.created_id)
            if self._pool.get(kind) == prepared.created_id:
                self._gone[kind] = self._pool.pop(kind)
        elif (
            role == "update" and 200 <= status < 300 and self.family.needs_replacement(exchange.response.json)
        ):
            self.forget(kind)

    # what is there

    def integration(self, kind: str, members: Mapping[str, Any] | None = None) -> str:
        """The id of an integration of this kind that lives; one is made if need be, with these members.

        Raises:
            CannotArrange: the provider makes none, or does not say which.

        """
        if not self.target.writable:
            return self._found(kind)
        if kind not in self._pool:
            self._pool[kind] = self.make(kind, members)
        return self._pool[kind]

    def _found(self, kind: str) -> str:
        """An integration of somebody else's, to be read only."""
        for item in self.listed():
            identifier = self.family.resource_id(item)
            if identifier is not None and self.family.belongs_to(item, self.scope, kind):
                return identifier
        place = f"{self.scope.project}/{self.scope.environment}"
        raise PrerequisiteMissing(
            Reason.NOTHING_TO_READ, f"the target is read-only and lists no {kind} integration in {place}"
        )

    def make(self, kind: str, members: Mapping[str, Any] | None = None) -> str:
        """A new integration of this kind; the caller, or `clear`, deletes it."""
        create = self.operation("create")
        body, source = self.family.ordinary_body(kind, self.mark), "setup"
        if members:  # they are to be just as they are given: the mark goes where they leave room for it
            body, source = (
                {**body, **self.family.mark_body({"config": body["config"]}, self.mark), **members},
                ARRANGED,
            )
        case = Case(create.id, kind, source, body=body)
        if self.crowded:
            self.clear_pool()
        prepared = self.bind(case)
        exchange, _ = self._sent(prepared, "conformance")
        status = exchange.response.status
        if status == 409 and self._pool and not self.crowded:
            self.crowded = True
            return self.make(kind, members)
        if not 200 <= status < 300:
            raise SetupFailed(f"no {kind} integration could be created: the provider answered {status}")
        answer = exchange.response.json
        identifier = None if answer is NOT_JSON else self.family.resource_id(answer)
        identifier = identifier or self._found_by_mark()
        if identifier is None:
            raise SetupFailed(
                f"a {kind} integration was created, but neither its answer nor the list tells its id"
            )
        self._made[identifier] = exchange.request
        return identifier

    def attempt(self, scope: Scope) -> int:
        """The status of an ordinary create in that scope; nothing of it is left."""
        create, kind = self.operation("create"), self.family.kinds[0]
        prepared = self.bind(
            Case(create.id, kind, "setup", body=self.family.ordinary_body(kind, self.mark)), scope=scope
        )
        number = self.journal.record_attempt(self.target.base_url, prepared.path, self.mark)
        exchange = self.target.send(prepared)
        self._note(number, exchange)
        self._tidy(prepared, exchange)
        return exchange.response.status

    def deleted(self, kind: str) -> str:
        """The id of an integration of this kind that has been deleted."""
        if kind not in self._gone:
            self._gone[kind] = self.integration(kind)
            self.forget(kind)
        return self._gone[kind]

    def is_gone(self, identifier: str | None) -> bool:
        """Whether this integration was deleted on purpose."""
        return identifier in self._gone.values()

    def forget(self, kind: str) -> None:
        """Delete the integration of this kind, if there is one."""
        identifier = self._pool.pop(kind, None)
        if identifier is not None:
            self.discard(self._collection(kind), identifier)

    def clear_pool(self) -> None:
        """Delete every integration that is kept for further cases."""
        for kind in list(self._pool):
            self.forget(kind)

    def clear(self) -> list[Entry]:
        """Delete all that this bench made; returns what would not go."""
        self.clear_pool()
        left = []
        for entry in self.journal.leftovers:
            identifier = entry.id or self._found_by_mark()
            if identifier is not None and not self.discard(entry.path, identifier):
                left.append(entry)
        return left

    def sweep(self, entries: tuple[Entry, ...]) -> int:
        """Delete what an earlier run left; returns how many went."""
        found = ((entry, entry.id or self._found_by_mark()) for entry in entries)
        return sum(
            1
            for entry, identifier in found
            if identifier is not None and self.discard(entry.path, identifier)
        )

    def listed(self, *scopes: Scope) -> Iterator[Any]:
        """The integrations that the provider lists for these scopes, or for its own."""
        operation = self._roles.get("list")
        if operation is None:
            return
        exchange = self.target.send(self.bind(Case(operation.id, source="setup")))
        answer = exchange.response.json
        items = answer.get("items") if isinstance(answer, dict) else None
        for item in items if isinstance(items, list) else ():
            if any(
                self.family.belongs_to(item, scope, kind)
                for scope in scopes or (self.scope,)
                for kind in self.family.kinds
            ):
                yield item

    def count_listed(self) -> int:
        """How many integrations the provider lists, whoever made them.

        Raises:
            CannotArrange: the document describes no list.

        """
        answer = self.target.send(self.bind(Case(self.operation("list").id, source="setup"))).response.json
        items = answer.get("items") if isinstance(answer, dict) else None
        return len(items) if isinstance(items, list) else 0

    def _found_by_mark(self) -> str | None:
        known = set(self._pool.values())
        for item in self.listed():
            identifier = self.family.resource_id(item)
            if identifier not in known and self.mark in json.dumps(item):
                return identifier
        return None

    def _collection(self, kind: str) -> str:
        return self.bind(Case(self.operation("create").id, kind, "setup")).path

    def discard(self, collection: str, identifier: str) -> bool:
        """Delete one integration; whether it is gone."""
        delete = self._roles.get("delete")
        if delete is None:
            return False
        path = f"{collection.partition('?')[0]}/{quote(identifier, safe='')}"
        case = Case(delete.id, source="setup")
        prepared = PreparedRequest(
            case, delete.method, path, self._headers(case, delete, False), None, NOTHING, {}, identifier
        )
        status = self.target.send(prepared).response.status
        if 200 <= status < 300 or status == 404:
            self.journal.record_deleted(identifier)
            return True
        return False


def _another(identifier: str) -> str:
    """An id of the same form that nobody has: every character moved within its class, but those that fix a UUID's form."""
    fixed = {14, 19} if len(identifier) == 36 and identifier.count("-") == 4 else set()
    return "".join(each if index in fixed else _moved(each) for index, each in enumerate(identifier))


def _moved(character: str) -> str:
    for letters, by in (
        ("0123456789", 5),
        ("abcdef", 3),
        ("ABCDEF", 3),
        ("ghijklmnopqrstuvwxyz", 7),
        ("GHIJKLMNOPQRSTUVWXYZ", 7),
    ):
        if character in letters:
            return letters[(letters.index(character) + by) % len(letters)]
    return character


def shrink(bench: Bench, case: Case, finding: Finding, *, budget: int = 40) -> Finding:
    """The same finding shown by the smallest request that a bounded search finds. `budget` is in exchanges."""
    best, current = finding, case
    progress = True
    while progress and budget > 0:
        progress = False
        for smaller in _smaller(current):
            if budget <= 0:
                break
            budget -= 1
            try:
                _, found = bench.ask(smaller, finding.source)
            except StorepactError:
                return best
            same = next((each for each in found if each.fingerprint == finding.fingerprint), None)
            if same is not None and same.mutation == finding.mutation:
                best, current, progress = same, smaller, True
                break
    return best


def _smaller(case: Case) -> Iterator[Case]:
    if case.query:
        yield replace(case, query=())
    for index in range(len(case.path_parameters)):
        yield replace(case, path_parameters=case.path_parameters[:index] + case.path_parameters[index + 1 :])
    for index in range(len(case.headers)):
        yield replace(case, headers=case.headers[:index] + case.headers[index + 1 :])
    if isinstance(case.body, bytes):
        if len(case.body) > 1:
            yield case.with_body(case.body[: len(case.body) // 2])
    elif case.body is not NOTHING:
        for value in _simpler(case.body):
            yield case.with_body(value)


def _simpler(value: Any) -> Iterator[Any]:
    """Values with one thing less, the biggest cuts first."""
    if isinstance(value, dict):
        for name in value:
            yield {key: each for key, each in value.items() if key != name}
        for name, each in value.items():
            for simpler in _simpler(each):
                yield {**value, name: simpler}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, each in enumerate(value):
            for simpler in _simpler(each):
                yield [*value[:index], simpler, *value[index + 1 :]]
    elif isinstance(value, str) and len(value) > 8:
        yield value[: len(value) // 2]
