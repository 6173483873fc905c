"""`storepact store check`: read a store as an SDK would, and judge it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import AsJson, ReportDir
from storepact.cli.output import print_text
from storepact.cli.run_output import print_run
from storepact.cli.store.options import NO_STORE, StoreAddress
from storepact.model.outcome import Verdict

Sample = Annotated[
    int, Parameter(help="How many sets of memberships are read; all names are.", validator=Number(gte=0))
]
Role = Annotated[
    Literal["writer", "reader"],
    Parameter(help="Whose user it is: the writer's needs more permissions than that of an SDK."),
]
WriteProbe = Annotated[
    bool, Parameter(help="Write below a prefix of its own, too, and remove it; else nothing is written.")
]
Accepted = Annotated[Path | None, Parameter(help="The file of accepted findings.")]

#: The usual folder for the reports about a store.
STORE_DIR = Path("storepact-store")


def check(
    *,
    address: StoreAddress = NO_STORE,
    sample: Sample = 10_000,
    role: Role = "writer",
    write_probe: WriteProbe = False,
    accepted: Accepted = None,
    report_dir: ReportDir = STORE_DIR,
    as_json: AsJson = False,
) -> Verdict:
    """Read a store as an SDK does: is it reachable, complete, fresh, well-formed; may the writer write?

    Exit codes: 0 SDKs can read it, 1 there are findings, 2 wrong usage, 3 it cannot be reached or read.
    """
    from storepact.run.store_check import Extent, check_store, describe_store  # it imports drivers

    extent = Extent(sample, is_writer=role == "writer", write_probe=write_probe)
    checked = check_store(address.access(), extent, report_dir, accepted)
    if not as_json:
        print_text(describe_store(checked, address.role_arn))
    print_run(checked.run, as_json=as_json)
    return checked.run.verdict
