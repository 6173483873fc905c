"""`storepact accept`: accept findings for a while."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import REPORT_DIR, Contracts
from storepact.report.terminal import print_paragraphs

Fingerprints = Annotated[
    str, Parameter(metavar="FINGERPRINT…", help="The 12 digits in brackets behind a finding.")
]
Reason = Annotated[str, Parameter(help="Why the findings may stay.")]
Until = Annotated[str, Parameter(metavar="DATE", help="The last day that they may stay, such as 2027-01-31.")]
Owner = Annotated[
    str | None, Parameter(help="Who is responsible; the name in git's configuration if not given.")
]
Cause = Annotated[bool, Parameter(help="Accept every finding of the last run with the same cause, too.")]
Force = Annotated[bool, Parameter(help="Accept fingerprints that the last run does not have, too.")]
LastRun = Annotated[Path, Parameter(help="The folder with the last run's run.json.")]
Accepted = Annotated[
    Path | None,
    Parameter(
        help="The file to write; that of the last run, or accepted.json beside the pacts, if not given."
    ),
]


def accept(  # noqa: PLR0913 - the parameters are the options
    *fingerprints: Fingerprints,
    reason: Reason,
    until: Until,
    owner: Owner = None,
    cause: Cause = False,
    force: Force = False,
    report_dir: LastRun = REPORT_DIR,
    contracts: Contracts = None,
    accepted: Accepted = None,
) -> None:
    """Accept findings until a day: they stay in every report, and no longer break the verdict.

    A fingerprint that the last run does not have is refused. Exit codes: 0 written, 2 wrong usage, or the
    file cannot be used.
    """
    from storepact.record.accept import Lookup, find_accepted_path
    from storepact.record.accept import accept as accept_findings

    path = find_accepted_path(accepted, contracts, report_dir)
    lookup = Lookup(report_dir, with_cause=cause, force=force)
    print_paragraphs(accept_findings(path, list(fingerprints), reason, until, owner, lookup))
