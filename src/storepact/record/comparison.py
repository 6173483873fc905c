"""A run compared with an earlier one: what is new or gone, no longer exercised, or looks different."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby, pairwise
from typing import TypeVar

import msgspec

from storepact.model.outcome import DOCUMENT, Verdict
from storepact.model.values import lean_value
from storepact.record.causes import group_findings
from storepact.record.latency_changes import find_latency_changes
from storepact.record.losses import explains, find_losses, split_out_of_reach
from storepact.record.shape_changes import find_shape_changes
from storepact.record.status_changes import find_status_changes
from storepact.record.values import (
    COMPARISON_FORMAT,
    Cause,
    ComparedCause,
    Comparison,
    Finding,
    FindingSummary,
    FlappingFinding,
    Loss,
    Record,
    RunSummary,
    Since,
)

#: How often something must come and go over the runs that are looked at to be called flapping.
FLAPPING_CHANGES = 3

#: What must be equal for two runs to be comparable as a whole.
_SETTINGS = ("target", "profile", "seed", "document", "contracts", "writes")

_Summary = TypeVar("_Summary", bound=FindingSummary)

Past = Sequence[tuple[str, Collection[str]]]
"""The findings of earlier runs: when each began, and its fingerprints; the oldest first."""


def past_findings(bases: Sequence[Record]) -> Past:
    """Return the findings of earlier records."""
    return [(base.started, {finding.fingerprint for finding in base.findings}) for base in bases]


def rename_past(past: Past, findings: Iterable[Finding]) -> Past:
    """Return earlier runs with the fingerprints of today: a former one stands for all that had it."""
    former = [(finding.former, finding.fingerprint) for finding in findings if finding.former]
    if not former:
        return past
    return [(began, {*names, *(new for old, new in former if old in names)}) for began, names in past]


def compare_runs(
    bases: Sequence[Record], run: Record, past: Past = (), previous: Record | None = None
) -> Comparison:
    """Compare a run with the last of `bases`, which are in order.

    `past` are the last runs of a history: they say which findings came and went, else the other bases do.
    `previous` is the last of these runs: what it had and the run has not is gone, whatever the base had.
    """
    base = bases[-1]
    past = rename_past(past or past_findings(bases), run.findings)
    not_asked = _suites(base) - _suites(run)
    findings = _compare_findings(base, run, past, previous, not_asked)
    new_causes, back_causes = group_findings(findings.new), group_findings(findings.back)
    accepted_causes = group_findings(findings.acceptances)
    losses, out_of_reach = split_out_of_reach(find_losses(base, run), base, run)
    losses = [loss for loss in losses if not _has_explanation(loss, accepted_causes)]
    if run.verdict is Verdict.UNDETERMINED or not_asked - {DOCUMENT}:
        losses = []  # a run that was cut short, or has fewer suites, does not show what is lost
    return Comparison(
        format=COMPARISON_FORMAT,
        base=_summarize_run(base),
        run=_summarize_run(run),
        regression=bool(findings.new or findings.back or losses),
        new=_summarize(findings.new),
        causes=tuple(_compare_cause(cause, findings.after, losses) for cause in new_causes),
        back=tuple(_compare_cause(cause, findings.after, losses) for cause in back_causes),
        flapped=group_findings(findings.flapped),
        ended=group_findings(findings.gone),
        accepted=_summarize(findings.accepted),
        accepted_causes=group_findings(findings.accepted),
        still=_summarize(findings.still),
        still_causes=group_findings(findings.still),
        gone=_summarize(findings.gone),
        flapping=findings.summarize_flapping(),
        lost=tuple(losses),
        apart=tuple(loss for loss in losses if not _has_explanation(loss, new_causes)),
        out_of_reach=tuple(out_of_reach),
        not_asked=tuple(sorted(not_asked)),
        drift=(*find_status_changes(base, run), *find_shape_changes(base, run)),
        slower=tuple(find_latency_changes(base, run)),
        differs=_changed_settings(base, run),
    )


@lean_value(frozen=True)
class _Findings:
    """The findings of a base and of a run by fingerprint, and what earlier runs say about them."""

    base: Mapping[str, Finding]
    ended: Mapping[str, Finding]
    """What the base or the previous run had, and the run has not."""
    after: Mapping[str, Finding]
    flapping: Collection[str]
    """The fingerprints that changed between there and not there at least three times."""
    returned: Collection[str]
    """The fingerprints of the run that were there, were gone, and came again."""

    @cached_property
    def _appearances(self) -> list[Finding]:
        """The findings that the base does not have."""
        return [finding for name, finding in self.after.items() if name not in self.base]

    @property
    def new(self) -> list[Finding]:
        """Not there in the base, not back again, and not accepted."""
        return [
            finding
            for finding in self._appearances
            if finding.fingerprint not in self.returned and finding.accepted is None
        ]

    @property
    def accepted(self) -> list[Finding]:
        """New or back again, and accepted."""
        return [finding for finding in self._appearances if finding.accepted is not None]

    @property
    def acceptances(self) -> list[Finding]:
        return [finding for finding in self.after.values() if finding.accepted is not None]

    @cached_property
    def back(self) -> list[Finding]:
        """There again after it was gone, and not accepted."""
        return [
            finding
            for finding in self._appearances
            if finding.fingerprint in self.returned and finding.accepted is None
        ]

    @property
    def flapped(self) -> list[Finding]:
        """Flapping, and neither back nor accepted: those are listed there."""
        listed = {finding.fingerprint for finding in self._appearances}
        return [self._either(name) for name in sorted(self.flapping) if name not in listed]

    @property
    def still(self) -> list[Finding]:
        return [
            finding for name, finding in self.after.items() if name in self.base and name not in self.flapping
        ]

    @property
    def gone(self) -> list[Finding]:
        return [finding for name, finding in self.ended.items() if name not in self.flapping]

    def summarize_flapping(self) -> tuple[FlappingFinding, ...]:
        back = {finding.fingerprint for finding in self.back}
        return tuple(
            msgspec.structs.replace(_convert(self._either(name), FlappingFinding), back=name in back)
            for name in sorted(self.flapping)
        )

    def _either(self, fingerprint: str) -> Finding:
        return self.after.get(fingerprint) or self.ended[fingerprint]


def _compare_findings(
    base: Record, run: Record, past: Past, previous: Record | None, not_asked: Collection[str]
) -> _Findings:
    before = {finding.fingerprint: finding for finding in base.findings}
    after = {finding.fingerprint: finding for finding in run.findings}
    earlier = {finding.fingerprint: finding for finding in (previous.findings if previous else ())}
    ended = {
        name: finding
        for name, finding in {**earlier, **before}.items()
        if name not in after and finding.source not in not_asked
    }
    runs = [*(fingerprints for _, fingerprints in past), after.keys()]
    presences = {name: _presence(name, runs) for name in (*after, *ended)}
    return _Findings(
        base=before,
        ended=ended,
        after=after,
        flapping={name for name, presence in presences.items() if _flaps(presence)},
        returned={name for name in after if _is_back(presences[name])},
    )


def _presence(fingerprint: str, runs: Iterable[Collection[str]]) -> list[bool]:
    """In which runs a finding was there."""
    return [fingerprint in fingerprints for fingerprints in runs]


def _flaps(presence: Sequence[bool]) -> bool:
    """Whether something changed between there and not there often enough to be called unsteady."""
    return sum(earlier != later for earlier, later in pairwise(presence)) >= FLAPPING_CHANGES


def _is_back(presence: Sequence[bool]) -> bool:
    """Whether something was there before it was gone and came again."""
    return [there for there, _ in groupby(presence)][-3:] == [True, False, True]


def since(fingerprint: str, past: Past, started: str) -> Since | None:
    """Return how long a finding of the run of this start has been there; None if there is no earlier run."""
    if not past:
        return None
    runs, first = 1, started
    for began, fingerprints in reversed(past):
        if fingerprint not in fingerprints:
            break
        runs, first = runs + 1, began
    presence = _presence(fingerprint, [*(names for _, names in past), {fingerprint}])
    return Since(runs=runs, first=first, flapping=_flaps(presence), back=_is_back(presence))


def _summarize_run(record: Record) -> RunSummary:
    return RunSummary(
        started=record.started,
        target=record.target,
        verdict=record.verdict,
        seed=record.seed,
        profile=record.profile,
        document=record.document,
        exchanges_total=record.exchanges_total,
        findings=len(record.findings),
        why="".join(record.reasons[:1]) if record.verdict is Verdict.UNDETERMINED else "",
    )


def _summarize(findings: Iterable[Finding]) -> tuple[FindingSummary, ...]:
    return tuple(_convert(finding, FindingSummary) for finding in findings)


def _convert(finding: Finding, kind: type[_Summary]) -> _Summary:
    return msgspec.convert(finding, kind, from_attributes=True)


def _compare_cause(cause: Cause, findings: Mapping[str, Finding], losses: Iterable[Loss]) -> ComparedCause:
    """The cause with the curl line that shows it, and what could not be exercised because of it."""
    lead = findings[cause.id]
    return ComparedCause(
        id=cause.id,
        title=cause.title,
        severity=cause.severity,
        operations=cause.operations,
        members=cause.members,
        codes=cause.codes,
        consumers=cause.consumers,
        fingerprints=cause.fingerprints,
        curl=lead.curl,
        expected=lead.expected,
        actual=lead.actual,
        lost=tuple(loss for loss in losses if explains(cause, loss)),
    )


def _has_explanation(loss: Loss, causes: Iterable[Cause]) -> bool:
    return any(explains(cause, loss) for cause in causes)


def _suites(record: Record) -> set[str]:
    return {outcome.suite for outcome in record.outcomes}


def _changed_settings(base: Record, run: Record) -> tuple[str, ...]:
    names = [name for name in _SETTINGS if getattr(base, name) != getattr(run, name)]
    return (*names, "suites") if _suites(base) != _suites(run) else tuple(names)
