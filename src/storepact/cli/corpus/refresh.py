"""`storepact corpus refresh`: make the files of a corpus again for its document."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.corpus.options import CorpusDir
from storepact.cli.options import FamilyName, OpenApi
from storepact.cli.output import print_text
from storepact.engines.profiles import DEFAULT_SEED

Seed = Annotated[int, Parameter(help="The seed of the cases that are generated.")]


def refresh(
    *,
    corpus_dir: CorpusDir = None,
    openapi: OpenApi = None,
    family: FamilyName = None,
    seed: Seed = DEFAULT_SEED,
) -> None:
    """Make a corpus again for its document: what fits stays, what does not is reported, what is new is added.

    Exit codes: 0 the files are written, 2 the folder or the document cannot be used.
    """
    from storepact.run.corpus_journeys import refresh_journeys
    from storepact.run.corpus_work import describe_refresh, open_work, refresh_corpus
    from storepact.run.progress import Meter

    work = open_work(corpus_dir, openapi, family, seed)
    with closing(Meter("refreshing", "question")) as meter:
        refreshed = refresh_corpus(work, meter, partial(refresh_journeys, work))
    print_text(describe_refresh(refreshed, work.folder))
