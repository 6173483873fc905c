"""The workspace: everything that an engine uses on one target, opened once per process."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from storepact.engines.capacity import Capacity
from storepact.engines.confirmation import Confirmation
from storepact.engines.deletions import Leftover
from storepact.engines.family_rules import FamilyRules
from storepact.engines.guard import Guard, GuardRules
from storepact.engines.inventory import Inventory
from storepact.engines.options import EngineOptions
from storepact.engines.passage import Passage
from storepact.engines.pool import ResourcePool
from storepact.engines.prepare import Preparer
from storepact.engines.repetition import repeat_lost_requests
from storepact.engines.send import Observer, Sender
from storepact.engines.settling import Settling
from storepact.model.api import Scope
from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.openapi.document import Document
from storepact.transport.credentials import Credentials
from storepact.transport.har_spool import Spool
from storepact.transport.journal import Journal
from storepact.transport.lists import Lists
from storepact.transport.redaction import Secrets

if TYPE_CHECKING:
    from storepact.transport.client import Target

T = TypeVar("T")


class Workspace:
    """One process' access to one target. Use as a context manager; `clean_up` deletes what it created."""

    def __init__(
        self,
        options: EngineOptions,
        family: FamilyRules,
        credentials: Credentials,
        document: Document,
        scope: Scope,
        observer: Observer,
        candidates: tuple[Scope, ...] = (),
    ) -> None:
        """`candidates` are scopes that may be written to as well, until one is chosen."""
        registry = Secrets(document.secret_members | family.api.secret_members)
        self.family, self.document, self.scope, self.worker = family, document, scope, options.worker
        self.sampling = (options.profile.stride, options.seed)
        """How many-th value of a table of values is sent, and where in it the run begins."""
        self.target = _open_target(options, family, credentials, registry)
        is_live = not options.is_mock
        self.preparer = Preparer(
            document,
            family,
            scope,
            registry,
            options.marker,
            marks_everything=is_live,
            allow_enable=options.allow_enable or options.is_mock,
        )
        if is_live and options.writable:
            scopes = (scope, *candidates, *options.isolation_scopes)
            self.guard(GuardRules(scopes, options.marker, options.allow_enable))
        journal = Journal(options.journal_file)
        self.inventory = Inventory(
            self.target, self.preparer, journal, is_live=is_live, max_resources=options.max_resources
        )
        if options.save_har is not None:
            self.target.observe = Spool(options.save_har, options.base_url).add
        left_out = (options.excluded_checks, options.operations)
        self.capacity = Capacity(self.preparer, self.inventory, shares_scopes=bool(options.worker))
        self.sender = Sender(self.target, self.preparer, self.inventory, self.capacity, observer, *left_out)
        self.settling = Settling(lambda: self.target.delivery.traffic, options.settle, is_live=is_live)
        self.sender.settling = self.inventory.settling = self.settling
        kinds = family.kinds if self.preparer.has_operation("get") else ()
        neighbors = [self.prepare_absent("get", kind) for kind in kinds]
        self.target.set_probes(*self._probes(), neighbors=neighbors)
        self._confirmation = self._prepare_for_network() if is_live else None
        self._list_checks = options.seed
        self.pool = ResourcePool(self.target, self.preparer, self.inventory, self.sender, self.capacity)

    def _prepare_for_network(self) -> Confirmation:
        """Allow for what is between the run and a live target."""
        self.target.delivery.lists = Lists(self.family.api)
        self.inventory.read = self.read
        confirmation = Confirmation(self.target, self.preparer, self.inventory, self.read)
        self.sender.confirm = confirmation.confirm
        return confirmation

    def _probes(self) -> Iterator[PreparedRequest]:
        """Reads that are answered whatever this run has created; the list shows what it has."""
        if self.preparer.has_operation("list"):
            yield self.preparer.prepare(Case(self.preparer.operation("list").id, source="setup"))
        if self.preparer.has_operation("get"):
            yield self.prepare_absent("get")

    def prepare_absent(self, role: str, kind: str | None = None) -> PreparedRequest:
        """A request to a resource that does not exist, as its id was made up just now."""
        case = Case(self.preparer.operation(role).id, kind or self.family.kinds[0], "setup")
        return self.preparer.prepare(case, f"storepact-{secrets.token_hex(12)}")

    def watch_passage(self) -> None:
        """Tell from now on whether a gateway answers one write, or all of an operation; for live targets."""
        if hasattr(self.target, "guard") and self.target.writable:
            passage = Passage(self.target, self.preparer, self.inventory, self.scope)
            self.target.delivery.is_open = passage.is_open

    def guard(self, rules: GuardRules) -> None:
        """Send nothing from now on that these rules do not allow; only for live targets."""
        from storepact.engines.guarded_target import GuardedTarget

        assert isinstance(self.target, GuardedTarget), "only live targets have a guard"
        self.target.guard = Guard(rules, self.family, self.document, self.read)

    def refusal_of(self, prepared: PreparedRequest) -> PrerequisiteMissing | None:
        """Why the guard would not let a request pass; None if it would."""
        guard = getattr(self.target, "guard", None)
        try:
            if guard is not None:
                guard.check(prepared)
        except PrerequisiteMissing as refusal:
            return refusal
        return None

    def __enter__(self) -> Workspace:
        self.target.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self.inventory.close()
        self.target.close()

    def may_check_list(self) -> bool:
        """Whether the next check of the list is sent: one in so many, where the list is large."""
        lists = self.target.delivery.lists
        self._list_checks += 1
        return lists is None or self._list_checks % lists.stride == 0

    def confirm_together(
        self, requests: Sequence[PreparedRequest], exchanges: Sequence[Exchange], versions: Mapping[str, int]
    ) -> None:
        """See `Confirmation.confirm_together`; nothing is between a run and the embedded mock."""
        if self._confirmation is not None:
            self._confirmation.confirm_together(requests, exchanges, versions)

    def read(self, path: str) -> Exchange:
        """Read a path, for the guard; what it shows is not judged."""
        listing = self.preparer.prepare(Case(self.preparer.operation("list").id, source="setup"))
        return self.target.send(replace(listing, path=path))

    def prepare(
        self, case: Case, identifier: str | None = None, scope: Scope | None = None
    ) -> PreparedRequest:
        """The request of a case; where its path needs a resource and none is named, one of the pool.

        Raises:
            SetupFailed: the pool can lend none.
            PrerequisiteMissing: as `SetupFailed`, on a read-only target.

        """
        if identifier is None and self.preparer.needs_resource(case):
            identifier = self.pool.borrow(case.variant or self.family.kinds[0])
        return self.preparer.prepare(case, identifier, scope)

    def send_case(self, case: Case, source: str) -> tuple[Exchange, list[Finding]]:
        """Send one case, judge the exchange, and delete what it created; `source` is the findings' suite.

        Raises:
            SetupFailed, PrerequisiteMissing: the case needs a resource that cannot be had, or room for one.
            RequestUnsendable: HTTP forbids this request.
            RunEnded: the network, a limit or a budget ends the run.

        """
        return self.repeat_lost_requests(lambda: self._send_case(case, source))

    def repeat_lost_requests(self, unit: Callable[[], T]) -> T:
        """What a case, a story or an interaction returns, done again where an answer was lost."""
        return repeat_lost_requests(self.target, self._recover, unit)

    def _recover(self) -> None:
        """Delete what a create without an answer may have left."""
        self.pool.clear()
        self.inventory.clean_up()

    def _send_case(self, case: Case, source: str) -> tuple[Exchange, list[Finding]]:
        prepared = self.prepare(case)
        if prepared.creates and (self.pool.one_at_a_time or not self.inventory.has_room):
            self.pool.clear()
        exchange, findings = self.send_request(prepared, source)
        if self.capacity.may_repeat(prepared, exchange) and self.pool.allow_one_at_a_time():
            return self._send_case(case, source)
        if self.capacity.is_full(exchange):
            raise self.capacity.missing_room(self.scope)
        return exchange, findings

    def send_request(self, prepared: PreparedRequest, source: str) -> tuple[Exchange, list[Finding]]:
        """Send a prepared request, judge the exchange, and delete what it created."""
        exchange, findings, _ = self.sender.send(prepared, source)
        self._tidy(prepared, exchange)
        return exchange, findings

    def _tidy(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        """Keep the pool as later cases need it."""
        if not 200 <= exchange.response.status < 300:
            return
        kind = prepared.case.variant or self.family.kinds[0]
        body = exchange.response.json
        if prepared.creates:
            identifier = self.family.resource_id(body)
            if identifier is not None:
                self.inventory.delete(prepared.path, identifier)
        elif self.inventory.record_deletion(prepared, exchange):
            self.pool.drop_deleted_id(kind, prepared.created_id or "")
        elif prepared.role == "update" and self.family.needs_replacement(body):
            self.pool.discard(kind)

    def try_create(self, scope: Scope) -> int:
        """The status of an ordinary create in a scope; nothing of it remains, and nothing is judged."""
        kind = self.family.kinds[0]
        return self.repeat_lost_requests(lambda: self.inventory.try_create(scope, kind)).response.status

    def clean_up(self) -> None:
        """Delete all that was created here so far."""
        self.pool.clear()
        self.inventory.clean_up()

    def finish(self) -> list[Leftover]:
        """Delete all that was created here, whatever the budgets say; returns what could not be deleted."""
        self.target.delivery.is_closing = True
        return repeat_lost_requests(self.target, lambda: None, self._finish)

    def leftovers(self, reason: str) -> list[Leftover]:
        """What was created here and is not known to be gone, where `finish` was ended for this reason."""
        return self.inventory.leftovers(reason)

    def _finish(self) -> list[Leftover]:
        self.pool.clear()
        return self.inventory.finish()


def _open_target(
    options: EngineOptions, family: FamilyRules, credentials: Credentials, secrets: Secrets
) -> Target:
    # they take long to import, and are not needed for the help
    from storepact.engines.guarded_target import GuardedTarget
    from storepact.transport.client import Means, Target

    means = Means(
        options.limits,
        options.route,
        options.renewal,
        options.pace,
        error_members=family.api.error_members,
        run_mark=options.marker if options.run_mark else "",
    )
    kind, name = (Target, "mock") if options.is_mock else (GuardedTarget, "")
    return kind(options.base_url, credentials, secrets, name=name, writable=options.writable, means=means)
