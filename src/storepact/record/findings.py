"""Findings as the record has them."""

from __future__ import annotations

from storepact.model.exchange import Exchange, text_of
from storepact.model.finding import Finding as LiveFinding
from storepact.model.flaw import Subject
from storepact.record.sent_requests import to_sent_requests
from storepact.record.values import (
    Finding,
    FindingSubject,
    PactPlace,
    RecordedExchange,
    RecordedRequest,
    RecordedResponse,
    Step,
)


def to_record(finding: LiveFinding) -> Finding:
    """Return a finding as the record has it; acceptance, age and cause are known when the run ends."""
    return Finding(
        code=finding.code,
        fingerprint=finding.fingerprint,
        severity=finding.severity,
        source=finding.source,
        operation=finding.operation,
        check=finding.check,
        locus=finding.locus,
        message=finding.message,
        expected=finding.expected,
        actual=finding.actual,
        rule=finding.rule,
        pointer=finding.pointer,
        line=finding.line,
        mutation=finding.mutation,
        case_source=finding.case_source,
        curl=finding.curl,
        exchange=None if finding.exchange is None else _exchange(finding.exchange),
        story=tuple(Step(does=step.does, answered=step.answered, curl=step.curl) for step in finding.story),
        consumers=finding.consumers,
        spared=finding.spared,
        others=finding.others,
        touches=finding.touches,
        seen=finding.seen,
        accepted=None,
        since=None,
        cause="",
        creates=finding.creates,
        stale=finding.stale,
        flaw=finding.flaw,
        subject=_subject(finding.subject),
        member=finding.member,
        members=finding.members,
        value=finding.value,
        allowed=finding.allowed,
        right=finding.right,
        statuses=finding.statuses,
        refusal=finding.refusal,
        request_flaws=finding.request_flaws,
        pact=None if finding.pact is None else PactPlace(file=finding.pact[0], pointer=finding.pact[1]),
        requests=to_sent_requests(finding.requests),
        scenario=finding.scenario,
        former=finding.former_fingerprint,
    )


def _subject(subject: Subject) -> FindingSubject:
    return FindingSubject(
        kind=subject.kind,
        code=subject.code,
        operation=subject.operation,
        member=subject.member,
        rule=subject.rule,
        status=subject.status,
        expected_status=subject.expected_status,
    )


def _exchange(exchange: Exchange) -> RecordedExchange:
    """Return an exchange as the record has it: bodies as text, cut where they are long."""
    request, response = exchange.request, exchange.response
    return RecordedExchange(
        request=RecordedRequest(
            method=request.method,
            path=request.path,
            headers=request.headers,
            body=None if request.body is None else text_of(request.body),
        ),
        response=RecordedResponse(
            status=response.status,
            headers=response.headers,
            body=text_of(response.body),
            ms=round(response.seconds * 1000, 2),
        ),
    )
