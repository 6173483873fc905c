"""`storepact merge`: make one record of the shards of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.run.options import MERGE
from storepact.run.settings import Settings

ShardPaths = Annotated[
    Path,
    Parameter(metavar="RUN…", help="run.json files, or report folders, of all shards, in any order."),
]


@takes_settings(MERGE)
def merge(*runs: ShardPaths, as_json: AsJson = False, settings: Settings) -> Verdict:
    """Make one record and its reports of the records of all shards of a run; no target, no engine.

    Verdict and exit code are those of the whole run. Exit code 2: a shard is missing or there twice, or the
    records are not of one run.
    """
    if not runs:
        raise UsageError("name the records of all shards: report folders or run.json files")
    from storepact.cli.output import print_note
    from storepact.cli.run_output import print_run
    from storepact.run.explore.meter import summary
    from storepact.run.merge import merge_shards  # it imports pytest and the engines

    run = merge_shards(runs, settings)
    print_run(run, as_json=as_json)
    if run.record.exploration is not None:
        print_note(summary(run.record))
    return run.verdict
