"""Replay: the recorded requests of a finding are sent again, and the checks judge the responses again.

Steps of a story are predicted by the oracle again; a single request gets what it needs first. Findings that
only a scenario's own comparison makes are searched for by playing the scenario, those of pacts by verifying
the interaction, those of documents by comparing the documents.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from storepact.engines.harness import Harness
from storepact.engines.replay_steps import NotRepeatable, RecordedSteps, why_incomplete
from storepact.engines.replay_values import Origin, Substitutions
from storepact.engines.story import Story
from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import NothingTested, PrerequisiteMissing, SetupFailed, Undetermined
from storepact.model.finding import Finding as LiveFinding
from storepact.record.values import Finding, SentRequest


@dataclass
class Replay:
    """Sends the requests of one finding again, on the target of an open harness."""

    harness: Harness
    finding: Finding
    origin: Origin

    def shows_finding(self) -> bool:
        """Send everything again; returns whether the finding is still there.

        Raises:
            Undetermined: it could not be sent as far as the finding, and why.

        """
        problem: Undetermined | None = None
        answers = []
        self._begin_as_in_a_run()
        for attempt in self._attempts():
            try:
                answers.append(attempt())
            except Undetermined as error:
                problem = problem or error
                continue
            if answers[-1]:
                return True
        if problem is not None and not answers:
            raise problem
        return False

    def _begin_as_in_a_run(self) -> None:
        """Create an ordinary resource of each kind and delete it: what shows may come from an earlier one."""
        if not any(request.role == "create" for request in self.finding.requests):
            return
        workspace = self.harness.workspace
        with contextlib.suppress(PrerequisiteMissing, SetupFailed):
            for kind in self.harness.family.kinds:
                workspace.pool.borrow(kind)
        workspace.clean_up()

    def _attempts(self) -> Iterator[Callable[[], bool]]:
        """Ways to show the finding, the shortest first."""
        finding = self.finding
        if finding.source == "document":
            yield self._compare_documents
        elif finding.pact is not None:
            yield self._verify_interaction
        elif finding.story or finding.scenario:
            yield self._repeat_story
            if finding.scenario:
                yield self._play_scenario
        else:
            yield self._repeat_request

    def _is_among(self, findings: Sequence[LiveFinding]) -> bool:
        names = {self.finding.fingerprint, self.finding.former}
        return any(finding.fingerprint in names for finding in findings)

    # without recorded requests

    def _compare_documents(self) -> bool:
        findings = list(self.harness.check_document())
        for interaction in self.harness.interactions():
            findings += self.harness.check_contract(interaction)
        return self._is_among(findings)

    def _verify_interaction(self) -> bool:
        pact = self.finding.pact
        assert pact is not None
        for interaction in self.harness.interactions():
            place = interaction.pointer("response")
            if interaction.file == pact.file and f"{pact.pointer}/".startswith(f"{place}/"):
                return self._is_among(self.harness.verify_interaction(interaction))
        raise NotRepeatable(
            f"{pact.file} has no interaction at {pact.pointer} any more: name the pacts of the run with "
            "--contracts"
        )

    def _play_scenario(self) -> bool:
        name = self.finding.scenario
        scenario = next((entry for entry in self.harness.family.scenarios if entry.name == name), None)
        if scenario is None:
            raise NotRepeatable(f"this version has no scenario {name!r}")
        story = self.harness.play_scenario(scenario)
        return self._is_among([*story.findings, *story.stale])

    # with them

    def _requests(self) -> tuple[SentRequest, ...]:
        requests = self.finding.requests
        if not requests:
            raise NotRepeatable(
                "the record does not hold its requests, as that of an earlier version, or of traffic: "
                "test again, and replay the new record"
            )
        if any(request.left_out for request in requests):
            raise NotRepeatable("a body of its requests was too long to be kept in the record")
        return requests

    def _repeat_request(self) -> bool:
        requests = self._requests()
        workspace = self.harness.workspace

        def send() -> bool:
            values = Substitutions(workspace, self.origin)
            for request in requests[:-1]:
                self._arrange(request, values)
            last = self._prepare(requests[-1], values)
            _, findings = workspace.send_request(last, self.finding.source)
            return self._is_among(findings)

        try:
            return workspace.repeat_lost_requests(send)
        finally:
            workspace.clean_up()

    def _arrange(self, request: SentRequest, values: Substitutions) -> None:
        """Send what the last request needs.

        Raises:
            SetupFailed: it does not create what it created in the record.

        """
        workspace = self.harness.workspace
        prepared = self._prepare(request, values)
        number, exchange = workspace.inventory.send(prepared)
        created = workspace.inventory.record_response(number, exchange)
        workspace.inventory.record_deletion(prepared, exchange)
        if request.created and created is None:
            status = exchange.response.status
            raise SetupFailed(f"the create before it was answered with {request.status} then, {status} now")
        if created is not None:
            values.learn_id(request.created, created)
            workspace.sender.reproducer.keep_create(created, exchange)

    def _prepare(self, request: SentRequest, values: Substitutions) -> PreparedRequest:
        """A recorded request with the ids, secrets and marks of this run."""
        document, family = self.harness.document, self.harness.family
        is_last = request is self.finding.requests[-1]
        operation = document.operations.get(self.finding.operation) if is_last else None
        operation = operation or document.match(request.method, request.path)
        if operation is None:
            raise NotRepeatable(f"the document has no operation for {request.method} {request.path}")
        path = values.path(operation, request.path)
        match = operation.path_pattern.match(path.partition("?")[0])
        body, value = values.body(request)
        case = Case(
            operation.id,
            request.kind or None,
            self.finding.case_source if is_last else "setup",  # type: ignore[arg-type]
            self.finding.mutation if is_last else None,
            method=None if request.method == operation.method else request.method,
            auth=values.auth(request),
            absent=request.absent,
        )
        return PreparedRequest(
            case,
            request.method,
            path,
            values.headers(request),
            body,
            value,
            dict(match.groupdict()) if match else {},
            values.id_in(path),
            family.role_of(operation),
        )

    def _repeat_story(self) -> bool:
        requests = self._requests()
        run = self.harness.workspace
        scopes = tuple(dict.fromkeys((run.scope, *self.harness.options.isolation_scopes)))

        def play() -> bool:
            with Story(run, self.finding.source, scopes, _ignore) as story:
                complete = RecordedSteps(story, Substitutions(run, self.origin)).send_all(requests)
                if self._is_among([*story.findings, *story.stale]):
                    return True
                if not complete:
                    raise SetupFailed(why_incomplete(story, requests))
                return False

        return run.repeat_lost_requests(play)


def _ignore(finding: LiveFinding) -> None:
    """Record nothing: a replay makes no record."""


def replay(harness: Harness, finding: Finding, origin: Origin) -> bool:
    """Whether a finding of an earlier run shows again on the target of a harness.

    Raises:
        Undetermined: whether it is still there cannot be determined; the message has the reason (SetupFailed
            where the requests before it could not be repeated).

    """
    try:
        return Replay(harness, finding, origin).shows_finding()
    except NothingTested as error:
        raise SetupFailed(str(error)) from None
