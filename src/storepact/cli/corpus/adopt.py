"""`storepact corpus adopt`: add what an exploration found, if the corpus does not reach it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.corpus.options import CorpusDir
from storepact.cli.options import FamilyName, OpenApi
from storepact.cli.output import print_text

RunPath = Annotated[
    Path, Parameter(metavar="RUN", help="The run.json of `storepact explore`, or its report folder.")
]
DryRun = Annotated[bool, Parameter(help="Only print what would be added.")]


def adopt(
    run: RunPath,
    /,
    *,
    corpus_dir: CorpusDir = None,
    openapi: OpenApi = None,
    family: FamilyName = None,
    dry_run: DryRun = False,
) -> None:
    """Add to a corpus the cases and journeys of an exploration that reach what no entry of it does.

    Exit codes: 0 done, 2 the record or the corpus cannot be used.
    """
    from storepact.run.corpus_adopt import adopt_cases, write_adoption
    from storepact.run.corpus_adoption import describe_adoption
    from storepact.run.corpus_work import open_work
    from storepact.run.progress import Meter

    work = open_work(corpus_dir, openapi, family, reads_only=dry_run)
    with closing(Meter("measuring", "operation")) as meter:
        meter.begin(len(work.document.operations) + 1)  # and journeys
        adoption = adopt_cases(work, run, meter.advance)
    if not dry_run:
        write_adoption(work, adoption)
    print_text(describe_adoption(adoption, work.folder, written=not dry_run))
