"""Have an exchange judged by every check, and make findings of what the checks observe."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from storepact.checks import CHECKS, CHECKS_WITHOUT_ORACLE, EXCHANGE_CHECKS
from storepact.checks.evidence import Evidence, Observation, Report
from storepact.model.api import Api
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding

_BY_CODE = {check.code: check for check in CHECKS}


def make_finding(
    code: str,
    observation: Observation,
    *,
    source: str,
    operation: str,
    api: Api,
    pointer: str = "",
    exchange: Exchange | None = None,
) -> Finding:
    """The finding of the check with this code; whatever else is known of it the caller adds.

    `source` is the suite, `operation` an operationId, `pointer` the place in the document where the
    observation names none.
    """
    check = _BY_CODE[code]
    status = "" if exchange is None else str(exchange.response.status)
    return Finding(
        code=code,
        check=check.name,
        severity=observation.severity or check.severity,
        source=source,
        operation=operation,
        locus=observation.locus,
        message=observation.message,
        expected=observation.expected,
        actual=observation.actual,
        rule=check.rule,
        pointer=observation.pointer or pointer,
        exchange=exchange,
        touches=observation.touches,
        former_locus=observation.former_locus,
        flaw=observation.flaw,
        subject=check.subject(Report(code, operation, status, observation, api)),
        member=observation.member,
        members=observation.members,
        value=observation.value,
        allowed=observation.allowed,
        right=observation.right,
        refusal=observation.refusal,
    )


def judge(evidence: Evidence, source: str, *, excluded_checks: Collection[str] = ()) -> Iterator[Finding]:
    """Every finding about one exchange, by every check except those with `excluded_checks` as codes.

    `source` is the suite that sent the request.
    """
    case = evidence.prepared.case
    for check in EXCHANGE_CHECKS if evidence.divergences else CHECKS_WITHOUT_ORACLE:
        if check.judge is None or check.code in excluded_checks:
            continue
        for observation in check.judge(evidence):
            finding = make_finding(
                check.code,
                observation,
                source=source,
                operation=evidence.operation.id,
                api=evidence.api,
                pointer=evidence.operation.pointer,
                exchange=evidence.exchange,
            )
            yield replace(
                finding,
                mutation=case.mutation,
                case_source=case.source,
                request_flaws=evidence.request_flaws,
                statuses=tuple(sorted(evidence.expectation.statuses)),
            )
