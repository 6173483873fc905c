"""The log of a run: exchanges, findings with the consumers they affect, keywords, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from storepact import pacts
from storepact.engines.corpus.journeys import PlayedStep
from storepact.engines.prepare import variant_of
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.model.outcome import Reason, sentence_of
from storepact.model.story import SentRequest
from storepact.openapi import keywords
from storepact.openapi.document import Document
from storepact.record.recorder import Recorder
from storepact.transport.credentials import Credentials


class KeywordCoverage:
    """Which keywords of the document the generated requests kept and broke; each body is examined once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._bodies: set[int] = set()

    def keywords_of(self, prepared: PreparedRequest) -> Iterator[tuple[str, str, bool]]:
        """(operationId, JSON pointer of a keyword, whether the request keeps it) of one request."""
        operation = self._document.operations[prepared.case.operation]
        kept = keywords.parameter_keywords(self._document, operation, prepared)
        body = hash((operation.id, prepared.case.variant, prepared.method, prepared.body))
        if body not in self._bodies:
            self._bodies.add(body)
            variant = variant_of(self._document, operation, prepared.case.variant)
            kept = chain(kept, keywords.body_keywords(self._document, operation, prepared, variant.overrides))
        for pointer, is_kept in kept:
            yield operation.id, pointer, is_kept


class RunLog:
    """Hands what happens to the recorder. Implements `send.Observer`."""

    def __init__(
        self,
        recorder: Recorder,
        document: Document,
        impact: pacts.Impact,
        credentials: Credentials,
        *,
        shrinks: bool,
    ) -> None:
        """`shrinks` is whether findings are shrunk; without it keyword coverage is left out, too."""
        self.recorder, self.shrinks = recorder, shrinks
        self.leaves_findings_out = False
        self._impact, self._credentials = impact, credentials
        self._coverage = KeywordCoverage(document)

    @contextmanager
    def without_findings(self) -> Iterator[None]:
        """Count exchanges, and record no finding meanwhile: what shrinking sends belongs to no test."""
        self.leaves_findings_out = True
        try:
            yield
        finally:
            self.leaves_findings_out = False

    def observe(self, prepared: PreparedRequest, exchange: Exchange, findings: list[Finding]) -> None:
        """Record one exchange and its findings."""
        operation = prepared.case.operation
        self.recorder.add_exchange(operation, exchange)
        if self.leaves_findings_out:
            return
        if self.shrinks and prepared.case.source != "story":
            self.recorder.tried.update(self._coverage.keywords_of(prepared))
        self.record_all(findings)

    def observe_journey(self, number: int, steps: Sequence[PlayedStep]) -> None:
        """A generated story of a journey has ended; nothing of it is recorded here."""

    def record_all(self, findings: list[Finding]) -> list[Finding]:
        """Record several findings; returns them."""
        for finding in findings:
            self.record(finding)
        return findings

    def record(self, finding: Finding) -> None:
        """Record one finding with the consumers that it affects, unless findings are left out.

        A mismatch of one consumer's pact affects that consumer: others that rely on the same member have a
        verdict of their own.
        """
        if self.leaves_findings_out:
            return
        operation, locus = finding.operation, finding.touches or finding.locus
        relying = set(self._impact.affected_consumers(operation, locus))
        affected = set(finding.consumers) or relying
        others = relying - affected if finding.touches else set()
        complete = finding.with_(
            consumers=tuple(sorted(affected)),
            spared=self._impact.unaffected_consumers(operation, locus, affected | others),
            others=tuple(sorted(others)),
        )
        self.recorder.find(complete)

    def record_story(self, name: str, requests: Sequence[SentRequest]) -> None:
        """Record the requests of a story by the name of its test."""
        self.recorder.tell(name, requests)

    def can_send(self, case: Case) -> bool:
        """Whether this run has the token that a case needs; records it as not verified if not."""
        if self._credentials.has(case.auth):
            return True
        is_reader = case.auth is Auth.READER
        reason = Reason.NO_READER_TOKEN if is_reader else Reason.MOCK_ONLY
        what = f"{case.operation} {case.mutation or 'with a token that may only read'}"
        self.recorder.cannot_verify(what, sentence_of(reason), reason)
        return False

    def record_unverified_rest(self, what: str, reason: Reason) -> None:
        """Record that the other cases of a question were not sent."""
        self.recorder.cannot_verify(f"further cases of {what}", sentence_of(reason), reason)

    def record_unverified_step(self, scenario: str, step: str, missing: PrerequisiteMissing) -> None:
        """Record that a step of a scenario could not be sent."""
        self.recorder.cannot_verify(f"{scenario}: {step}", str(missing), missing.reason)

    def record_unverified_case(self, case: Case, missing: PrerequisiteMissing) -> None:
        """Record that a case could not be sent."""
        what = f"{case.operation} {case.mutation or case.source}"
        self.recorder.cannot_verify(what, str(missing), missing.reason)
