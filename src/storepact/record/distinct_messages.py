"""Messages of findings, made distinct: two findings of a record never read alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from storepact.record.values import Finding

#: What two findings with one operation and one message may differ in, and how it is put.
_DISTINCTIONS: tuple[Callable[[Finding], str], ...] = (
    lambda finding: f"at {finding.locus}",
    lambda finding: f"in suite {finding.source}",
    lambda finding: f"by {finding.check}",
)


def distinguish_messages(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings in their order; to messages that are alike it is added where they differ."""
    findings = tuple(findings)
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.operation, finding.message), []).append(finding)
    for finding in findings:
        same = alike[finding.operation, finding.message]
        parts = [describe(finding) for describe in _DISTINCTIONS if len(set(map(describe, same))) > 1]
        message = f"{finding.message} ({', '.join(parts)})" if parts else finding.message
        yield msgspec.structs.replace(finding, message=message)
