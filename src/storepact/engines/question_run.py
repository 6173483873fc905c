"""The run of one question: each request is sent once, each finding is shown by the smallest of them."""

from __future__ import annotations

from functools import partial

from storepact.engines.questions import CaseGenerator, Question
from storepact.engines.run_log import RunLog
from storepact.engines.shrink import shrink
from storepact.engines.shrink_budget import Grant
from storepact.engines.shrink_queue import ShrinkQueue
from storepact.engines.workspace import Workspace
from storepact.model.case import Auth, Case
from storepact.model.errors import NothingTested, PrerequisiteMissing, RequestUnsendable, StorepactError
from storepact.model.finding import Finding
from storepact.model.outcome import Reason

#: The phases whose cases are generated from the schema, as many as the profile has.
_GENERATED = ("coverage", "fuzzing")


class _Enough(StorepactError):
    """No more cases are sent."""


class QuestionRun:
    """Sends the cases of one question and keeps the smallest evidence of each finding."""

    def __init__(self, question: Question, workspace: Workspace, log: RunLog, queue: ShrinkQueue) -> None:
        self._question, self._workspace, self._log, self._queue = question, workspace, log, queue
        self.sent = 0
        self._requests: set[int] = set()
        self._best: dict[str, tuple[Case, Finding]] = {}
        self._missing: PrerequisiteMissing | None = None
        """Why the last case was not sent that could not be."""

    def run(self, generator: CaseGenerator) -> list[Finding]:
        """Send every case; returns the findings, the most severe first.

        Raises:
            NothingTested: no case could be made.
            PrerequisiteMissing: the target is read-only and holds nothing to send the cases to, it keeps what
                is deleted, and the cases are generated, or no case may be sent there.
            SetupFailed: the target could not be brought into the state needed.

        """
        if self._is_enough:
            raise PrerequisiteMissing(Reason.DELETES_NOTHING)
        try:
            generator.generate(self._question, self._send)
        except _Enough:
            self._log.record_unverified_rest(str(self._question), Reason.DELETES_NOTHING)
        if not self.sent and self._question.phase != "examples":
            if not self._workspace.target.writable:
                raise PrerequisiteMissing(Reason.NOTHING_TO_READ)
            if self._missing is not None:
                raise self._missing
            raise NothingTested(f"no case could be made for {self._question}")
        for case, finding in self._best.values():
            self._offer(case, finding)
        findings = [finding for _, finding in self._best.values()]
        return sorted(findings, key=lambda finding: (finding.severity.rank, finding.code, finding.locus))

    @property
    def _is_enough(self) -> bool:
        """Whether generated cases would only lengthen the list of a provider that keeps what is deleted."""
        return self._question.phase in _GENERATED and self._workspace.inventory.keeps_deleted_resources

    def _send(self, case: Case) -> None:
        if self._is_enough:
            raise _Enough
        if case.fingerprint in self._requests or not case.is_sendable or not self._log.can_send(case):
            return
        self._requests.add(case.fingerprint)
        if self.sent and self._reads_list(case) and not self._workspace.may_check_list():
            self._log.record_unverified_case(case, PrerequisiteMissing(Reason.LARGE_LIST))
            return
        try:
            _, findings = self._workspace.send_case(case, self._question.suite)
        except RequestUnsendable:
            return
        except PrerequisiteMissing as missing:
            self._log.record_unverified_case(case, missing)
            self._missing = missing
            return
        self.sent += 1
        for finding in findings:
            best = self._best.get(finding.fingerprint)
            if best is None or finding.weight < best[1].weight:
                self._best[finding.fingerprint] = (case, finding)

    def _reads_list(self, case: Case) -> bool:
        """Whether a case has the target list everything."""
        preparer = self._workspace.preparer
        is_list = preparer.has_operation("list") and preparer.operation("list").id == case.operation
        return is_list and case.auth in (Auth.WRITER, Auth.READER)

    def _offer(self, case: Case, finding: Finding) -> None:
        """Offer a finding to be shown by a smaller request; a family's own probes are small already."""
        if not self._is_enough and case.source in _GENERATED and self._log.shrinks:
            self._queue.add(finding, str(self._question), partial(self._shrink, case, finding))

    def _shrink(self, case: Case, finding: Finding, grant: Grant) -> Finding:
        return finding if self._is_enough else shrink(self._workspace, case, finding, grant)
