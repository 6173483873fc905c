"""`storepact corpus minimize`: leave out what reaches nothing that other entries do not reach."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.corpus.options import CorpusDir
from storepact.cli.options import FamilyName, OpenApi
from storepact.report.terminal import print_tables

Faults = Annotated[
    tuple[str, ...],
    Parameter(
        help="A fault of the mock that counts as a thing to reach; may be repeated. See storepact mock "
        "--list-faults."
    ),
]


def minimize(
    *,
    corpus_dir: CorpusDir = None,
    openapi: OpenApi = None,
    family: FamilyName = None,
    fault: Faults = (),
) -> None:
    """Leave out entries of a corpus: those that stay reach all that it reaches, measured on the mock.

    Exit codes: 0 the files are written, 2 the corpus cannot be used.
    """
    from storepact.run.corpus import pinned_operations
    from storepact.run.corpus_minimize import Minimizer, minimized_rows
    from storepact.run.corpus_work import open_work
    from storepact.run.progress import Meter

    work = open_work(corpus_dir, openapi, family)
    with closing(Meter("minimizing", "file")) as meter:
        meter.begin(len(pinned_operations(work.document, work.family)) + 1)
        files = Minimizer(work, fault, meter.advance).run()
    print_tables([minimized_rows(files)])
