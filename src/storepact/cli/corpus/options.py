"""The options of the commands about a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

CorpusDir = Annotated[
    Path | None,
    Parameter(metavar="DIR", help="The folder of the corpus; suites/corpus of the checkout if not given."),
]
