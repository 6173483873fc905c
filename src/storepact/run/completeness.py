"""How much a run must have verified, and how much of its traffic may fail on the way."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.model.outcome import Reason
from storepact.record.values import NotVerified, Record
from storepact.run.settings import Settings


def find_shortfalls(settings: Settings, record: Record) -> Iterator[str]:
    """Yield why a run without a finding is not complete enough for its settings."""
    missing = [entry for entry in record.not_verified if _is_verifiable(entry, settings)]
    if settings.fail_on_not_verified and missing:
        items = "1 item was" if len(missing) == 1 else f"{len(missing):,} items were"
        first = f"{missing[0].what}: {missing[0].reason}"
        yield f"{items} not verified, and --fail-on-not-verified is given; first: {first}"
    traffic = record.traffic
    if traffic is not None:
        failed = sum(traffic.failures.values()) - traffic.reproduced - traffic.probing - traffic.closed
        percent = settings.max_network_errors
        if failed > traffic.requests * percent / 100:
            yield (
                f"{failed} of {traffic.requests:,} exchanges failed on the way, and --max-network-errors is "
                f"{percent:g} %"
            )
    owed = [row for row in record.rows if row.counts]
    covered = sum(row.is_covered for row in owed)
    share = 100 * covered / len(owed) if owed else 0.0
    if settings.min_coverage is not None and share < settings.min_coverage:
        rows = f"{covered} of {len(owed)} owed rows of the document were covered ({share:.4g} %)"
        yield f"{rows}, and --min-coverage is {settings.min_coverage:g}"


def _is_verifiable(entry: NotVerified, settings: Settings) -> bool:
    """Whether another run on this target could verify it: what only a mock can show is never owed there."""
    reason = entry.reason_code
    if reason in (Reason.NOT_OFFERED, Reason.NOT_SELECTED, Reason.OTHER_SHARD):
        return False
    return reason is None or settings.is_mock or not reason.depends_on_mock
