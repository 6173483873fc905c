"""A story: requests one after the other, each response compared with the oracle's prediction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

from storepact.engines.concurrency import send_together
from storepact.engines.oracle import Action, World
from storepact.engines.oracle_state import ConcurrentView, OracleState, StepView, contradiction
from storepact.engines.profiles import sample
from storepact.engines.story_record import StoryRecord
from storepact.engines.story_steps import Entry, Headers, Resource, Step
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth, Case, CaseSource, PreparedRequest
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise
from storepact.model.finding import Finding
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.model.tree import Json
from storepact.transport.encodings import SecretShape

_SOURCE: CaseSource = "story"

_T = TypeVar("_T")
_View = TypeVar("_View", bound=StepView)


class StoryEnded(Exception):
    """The story cannot go on: the provider's state is no longer known, or it does not respond."""


@dataclass
class Story(StoryRecord):
    """One story on one target. Use as a context manager: what it created is deleted at its end."""

    def __post_init__(self) -> None:
        oracle = self.workspace.family.oracle
        self._state = OracleState(oracle, [oracle.begin()])
        self._number = 0

    def __enter__(self) -> Story:
        workspace = self.workspace
        workspace.pool.clear()
        if workspace.target.writable:
            foreign = workspace.inventory.earlier_ids(*self.scopes)
            deleted = workspace.inventory.deleted_ids - foreign
            begin = self._state.oracle.begin
            self._state.worlds = [begin(foreign=foreign, deleted=deleted)]
            if deleted:  # a late list may show what earlier stories have deleted
                self._state.earlier = [begin(foreign=foreign | deleted)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workspace.clean_up()

    @property
    def scope(self) -> Scope:
        """Where it works."""
        return self.scopes[0]

    @property
    def second_scope(self) -> Scope:
        """The scope that a scenario of two scopes uses beside its own."""
        return self.scopes[1]

    @property
    def world(self) -> World:
        """What the oracle knows by now."""
        return self._state.world

    @property
    def can_write(self) -> bool:
        """Whether the target may be written to."""
        return self.workspace.target.writable

    def is_full(self, exchange: Exchange) -> bool:
        """Whether this exchange, the last one, is a create that was refused for want of room."""
        return self.workspace.capacity.is_full(exchange)

    def missing_room(self, scope: Scope) -> PrerequisiteMissing:
        """The reason why a create in a scope cannot be verified."""
        return self.workspace.capacity.missing_room(scope)

    def has_token(self, auth: Auth) -> bool:
        """Whether the run has this token."""
        return self.workspace.target.credentials.has(auth)

    def sample(self, values: Sequence[_T]) -> Sequence[_T]:
        """The values of a table that this run sends: all of them, or every so many-th from the seed on."""
        return sample(values, *self.workspace.sampling)

    def new_secret(self, shape: SecretShape = SecretShape.ORDINARY) -> str:
        """A new secret to be sent, which no response may show."""
        return self.workspace.preparer.new_secret(shape)

    def new_mark(self) -> str:
        """A new text that distinguishes the body of one create from all others, fit for a host or a table."""
        self._number += 1
        return f"{self.workspace.preparer.run_marker}-{self._number}"

    def send(self, step: Step) -> Exchange:
        """Send one request and compare the response with its prediction.

        Raises:
            StoryEnded: no later response can be predicted.

        """
        if self.finished:
            raise StoryEnded
        action, prepared = self._prepare(step)
        view = self._view(StepView, action)
        self.last_step = step
        exchange, findings = self.workspace.sender.send_step(prepared, self.suite, step.scope, view)
        self._add(step, exchange, findings, lost=view.lost)
        return exchange

    def may_check_list(self, step: Step) -> bool:
        """Whether to send a list that only confirms what is known: where lists are large, few are sent."""
        if self.workspace.may_check_list():
            return True
        self.unsent.append((step, PrerequisiteMissing(Reason.LARGE_LIST)))
        return False

    def may_send(self, step: Step) -> bool:
        """Whether this run may send a step; one that it may not is not verified."""
        refusal = self.workspace.refusal_of(self._prepare(step)[1])
        if refusal is not None:
            self.unsent.append((step, refusal))
        return refusal is None

    def follow(
        self,
        does: str,
        path: str,
        *,
        method: str = "GET",
        headers: Headers = (),
        auth: Auth = Auth.WRITER,
        role: str = "get",
        body: Json = NOTHING,
    ) -> Exchange:
        """Request a path on the same host as it is, such as that of a link, or one with a changed id.

        At a path of the operation with the role, no response may fail, lack the form of errors, or show a
        secret; whether it should have been accepted or refused is for the scenario to judge. Findings are
        reported under that operation.

        Raises:
            StoryEnded: the response is not what any request may get.

        """
        step = Step(does, role, self.scope, body=body, auth=auth, headers=headers, path=path, method=method)
        return self.send_to_path(step)

    def send_to_path(self, step: Step) -> Exchange:
        """Send a step that has a path of its own; see `follow`."""
        if self.finished:
            raise StoryEnded
        assert step.path is not None
        listing = self.workspace.preparer.operation("list")
        case = Case(listing.id, source=_SOURCE, headers=step.headers, auth=step.auth)
        prepared = replace(self.workspace.prepare(case), path=step.path, method=step.method)
        if step.body is not NOTHING:
            content = json.dumps(step.body).encode()
            sent = (*prepared.headers, ("Content-Type", "application/json"))
            prepared = replace(prepared, headers=sent, body=content, json=step.body)
        exchange = self.workspace.target.send(prepared)
        findings = self.workspace.sender.judge_at_path(prepared, step.role, exchange, self.suite, step.scope)
        if findings is None:
            self.entries.append(Entry(step, exchange))
        else:
            self._add(step, exchange, findings)
        return exchange

    def _prepare(self, step: Step) -> tuple[Action, PreparedRequest]:
        operation = self.workspace.preparer.operation(step.role)
        headers, method = step.headers, None
        if step.tunnelled:
            headers, method = (*headers, ("X-HTTP-Method-Override", operation.method)), "POST"
        body = self.workspace.preparer.story_body(step.role, step.body)
        case = Case(
            operation.id, step.kind, _SOURCE, method=method, headers=headers, body=body, auth=step.auth
        )
        if step.respelled:
            case = replace(case, respelled=True)
        prepared = self.workspace.prepare(case, step.id, step.scope)
        self._number += 1
        action = Action(step.role, step.scope, step.kind, step.id, body, self._number, step.mark)
        return action, prepared

    def _view(self, view: type[_View], action: Action) -> _View:
        return view(self._state, action, self.workspace.preparer.operation(action.role).success)

    def _add(self, step: Step, exchange: Exchange, findings: list[Finding], *, lost: bool = False) -> None:
        """Note a step that was sent and report its findings; the story ends if it is `lost`."""
        response = exchange.response
        created = None
        if step.sent_role == "create" and 200 <= response.status < 300:
            identifier = self.workspace.family.resource_id(response.json)
            if identifier is not None:
                created = Resource(self.next_name(), identifier, step.kind or "", step.scope)
                self.resources.append(created)
        self.add_stale(step, [finding for finding in findings if finding.stale])
        self.entries.append(Entry(step, exchange.abridge(), created))
        for finding in findings:
            if not finding.stale:
                self.record(finding)
        if lost or response.status == 0 or response.status >= 500:
            self.finished = True
            raise StoryEnded

    def run_concurrently(self, steps: Sequence[Step]) -> list[Exchange]:
        """Send several requests at the same moment, each on a connection of its own.

        Raises:
            StoryEnded: no order of them explains the responses.

        """
        if self.finished:
            raise StoryEnded
        steps = [replace(step, simultaneous=True) for step in steps]
        actions, requests = zip(*map(self._prepare, steps), strict=True)
        numbers = [self.workspace.inventory.record_attempt(prepared) for prepared in requests]
        exchanges = send_together(self.workspace.target.send, requests)
        self._state.after_race = True
        views = [self._view(ConcurrentView, action) for action in actions]
        for step, prepared, view, sent in zip(
            steps, requests, views, zip(numbers, exchanges, strict=True), strict=True
        ):
            _, findings = self.workspace.sender.send_step(prepared, self.suite, step.scope, view, sent=sent)
            self._add(step, sent[1], findings)
        if any(step.role == "create" for step in steps):
            self._compare_creates(steps, views, exchanges)
        elif not self._state.explain_concurrent(actions, [view.prediction for view in views], exchanges):
            self.workspace.confirm_together(requests, exchanges, self._state.versions)
            self._report(exchanges[-1], steps[-1], contradiction(exchanges))
        return exchanges

    def _compare_creates(
        self, steps: Sequence[Step], views: Sequence[StepView], exchanges: Sequence[Exchange]
    ) -> None:
        """Creates do not depend on each other: any order explains them, if their ids differ."""
        for step, view, exchange in zip(steps, views, exchanges, strict=True):
            for divergence in self._state.judge_in_turn(view.action, view.prediction, exchange):
                self._report(exchange, step, divergence)

    def report_divergence(self, divergence: Divergence, exchange: Exchange | None = None) -> None:
        """Report a comparison of the scenario's own that failed: of this exchange, or of the last one.

        Raises:
            StoryEnded: always.

        """
        request = None if exchange is None else exchange.request
        matching = (entry for entry in reversed(self.entries) if entry.exchange.request is request)
        entry = next(matching, self.entries[-1])
        self._report(exchange or entry.exchange, entry.step, divergence)

    def _report(self, exchange: Exchange, step: Step, divergence: Divergence) -> None:
        observed = Expectation(Promise.SILENT, "", frozenset({exchange.response.status}))
        self._end_with(
            exchange, step, observed, lambda finding: finding.check == divergence.rule, (divergence,)
        )

    def report_refusal(self, exchange: Exchange, why: str) -> None:
        """Report that the request of this exchange was refused, though it is valid for the reason `why`.

        Raises:
            StoryEnded: always.

        """
        step = next(entry.step for entry in self.entries if entry.exchange.request is exchange.request)
        promised = Expectation(Promise.ACCEPT, why, self.workspace.preparer.operation(step.role).success)
        self._end_with(exchange, step, promised, lambda finding: finding.code == "SP201")

    def _end_with(
        self,
        exchange: Exchange,
        step: Step,
        expectation: Expectation,
        is_reported: Callable[[Finding], bool],
        divergences: tuple[Divergence, ...] = (),
    ) -> None:
        """Have an exchange judged once more, with this expectation, and end the story with what it shows."""
        operation = self.workspace.preparer.operation(step.role)
        case = Case(operation.id, step.kind, _SOURCE)
        prepared = PreparedRequest(case, operation.method, exchange.request.path, (), None)
        findings = self.workspace.sender.judge(prepared, exchange, expectation, self.suite, divergences)
        for finding in filter(is_reported, self.workspace.sender.confirmed(prepared, exchange, findings)):
            self.record(finding)
        self.finished = True
        raise StoryEnded
