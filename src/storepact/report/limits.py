"""What a reader must know before relying on a verdict, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.model.counts import many
from storepact.model.network import NetworkFailure
from storepact.model.outcome import SUITES, Status
from storepact.record.values import Record
from storepact.report.wording import is_about_store


def traffic(record: Record) -> list[str]:
    """What failed on the way, and how long the run waited, each in a sentence."""
    return list(_limits_of_traffic(record))


def limits(record: Record) -> list[str]:
    """What a reader must know before relying on the verdict, each in a sentence."""
    return [
        *record.reasons,
        *_limits_of_traffic(record),
        *_limits_of_tests(record),
        *_limits_of_proof(record),
    ]


def _limits_of_traffic(record: Record) -> Iterator[str]:
    traffic = record.traffic
    if traffic is None:
        return
    failed = sum(traffic.failures.values())
    if failed:
        kinds = sorted(traffic.failures.items(), key=lambda item: (-item[1], item[0]))
        parts = ", ".join(f"{count} × {kind.replace('_', ' ')}" for kind, count in kinds)
        constant = f"; {traffic.reproduced} of them were those of requests that failed each time"
        note = constant if traffic.reproduced else ""
        yield f"{failed} of {traffic.requests:,} exchanges failed: {parts}{note}."
    duplicates = traffic.failures.get(NetworkFailure.DUPLICATE, 0)
    if duplicates:
        yield (
            f"{many(duplicates, 'time')} a write was done twice: by the provider, or by something on the way "
            "that has sent it again; the responses alone do not show which."
        )
    if traffic.limited:
        yield f"{many(traffic.limited, 'request')} had to be sent again after a 429."
    if traffic.stale:
        yield (
            f"{many(traffic.stale, 'read')} showed the state before a write, and the new one up to "
            f"{traffic.stale_s:.2g} s later."
        )
    if traffic.waited_s >= 1:
        yield f"The run waited {traffic.waited_s:.0f} s for the provider's limits and for the network."


def _limits_of_tests(record: Record) -> Iterator[str]:
    if record.exchanges_total and not record.writes:
        yield "The target was only read: nothing was created, changed or deleted."
    ran = {outcome.suite for outcome in record.outcomes if outcome.status is not Status.SKIPPED}
    if is_about_store(record):
        return
    missing = [suite for suite in SUITES if suite not in ran]
    if missing and ran:
        yield f"Not run: the {'suites' if len(missing) > 1 else 'suite'} {', '.join(missing)}."
    if record.stores:
        yield f"Stores of the suite store: {', '.join(record.stores)}."
    if not record.contracts:
        yield "There were no pacts: no consumer's expectations were tested."
    unreached = sum(1 for row in record.rows if row.outcome == "not reached" and row.reason and row.owed)
    if unreached:
        yield f"{many(unreached, 'documented row')} of operation and status not reached; see the heat map."
    if record.not_verified:
        yield f"{many(len(record.not_verified), 'item')} could not be verified; the reasons are below."


def _limits_of_proof(record: Record) -> Iterator[str]:
    if record.teeth is None:
        if record.exchanges_total:
            yield (
                "The report folder holds no proof that this gate catches faults; `storepact prove` makes one."
            )
    elif record.teeth.partial:
        faults = many(len(record.teeth.faults), "fault")
        yield f"The proof of this gate covers only {faults} of the catalogue."
