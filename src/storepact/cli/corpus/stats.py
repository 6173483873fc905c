"""`storepact corpus stats`: what a corpus holds and reaches."""

from __future__ import annotations

from storepact.cli.corpus.options import CorpusDir
from storepact.cli.options import AsJson, FamilyName, OpenApi
from storepact.cli.output import print_json
from storepact.report.terminal import print_tables


def stats(
    *,
    corpus_dir: CorpusDir = None,
    openapi: OpenApi = None,
    family: FamilyName = None,
    as_json: AsJson = False,
) -> None:
    """Show what a corpus holds and reaches: entries, sizes, keywords, branches, damages, shapes of values.

    Exit codes: 0 printed, 2 the corpus cannot be used.
    """
    from storepact.run.corpus_stats import corpus_stats, stats_rows
    from storepact.run.corpus_work import open_work

    counts = corpus_stats(open_work(corpus_dir, openapi, family, reads_only=True))
    if as_json:
        print_json(counts)
    else:
        print_tables([stats_rows(counts)])
