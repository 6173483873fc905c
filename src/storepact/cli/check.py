"""`storepact check`: judge recorded traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.run_output import print_run
from storepact.cli.traffic_options import USUAL_INPUTS, TrafficInputs
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict

TrafficFiles = Annotated[
    Path,
    Parameter(metavar="TRAFFIC", help="HAR files, run.json files, or folders with them."),
]


def check(
    *traffic: TrafficFiles,
    inputs: TrafficInputs = USUAL_INPUTS,
    as_json: AsJson = False,
) -> Verdict:
    """Judge the exchanges of HAR files, of any tool, and of records of runs; no request is sent.

    Exit codes: 0 every exchange is as promised, 1 there are findings, 2 a file cannot be used, 3 no exchange
    of this API.
    """
    if not traffic:
        raise UsageError("name the traffic to judge: a HAR file, a run.json, or a folder with them")
    from storepact.run.traffic import judge_files  # it imports the engines

    run = judge_files(inputs.settings(", ".join(map(str, traffic))), traffic, complete=inputs.complete)
    print_run(run, as_json=as_json)
    return run.verdict
