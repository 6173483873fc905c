"""Which corpus a run sends: the one that is named, the one that ships with storepact, or none."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from platformdirs import user_cache_path

from storepact import __version__
from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import document_digest
from storepact.engines.family import Family
from storepact.model.errors import CorpusUnusable
from storepact.model.paths import data_path
from storepact.openapi.document import Document
from storepact.run.engine_options import profile_of
from storepact.run.settings import Settings

#: The value of `--corpus-dir` for no corpus.
NO_CORPUS = "none"


def shipped_corpus() -> Path:
    """The folder of the corpus that ships with storepact."""
    return data_path("suites", "corpus")


def corpus_of(settings: Settings, document: Document, base_url: str | None) -> Path | None:
    """The folder of the pinned cases that a run sends; None if it generates them.

    `base_url` is the target's, None for the embedded mock.

    Raises:
        CorpusUnusable: the folder cannot be used for this document.

    """
    if settings.corpus_dir == NO_CORPUS:
        return None
    if settings.corpus_dir is not None:
        folder = Path(settings.corpus_dir)
        if not folder.is_dir():
            raise CorpusUnusable(folder, "--corpus-dir: there is no such folder")
        return _check(folder, document, settings.api)
    if not profile_of(settings, base_url or "http://127.0.0.1").pinned:
        return None
    folder = shipped_corpus()
    if Corpus(folder, document).fits():
        return _check(folder, document, settings.api)
    return cache_folder(settings.family, document)


def is_cache(folder: Path | None) -> bool:
    """Whether a folder is one of the cache, which is filled while it is used."""
    return folder is not None and folder.is_relative_to(_cache())


def cache_folder(family: str, document: Document) -> Path:
    """The folder of what was generated for a document; it need not exist.

    Another version of storepact makes other cases.
    """
    return _cache() / f"{quote(family, safe='')}-{document_digest(document)}-{__version__}"


def drawn_cases_folder() -> Path:
    """The folder of the fresh cases of earlier runs; it need not exist."""
    return user_cache_path("storepact") / "drawn"


def shipped_cases() -> Path:
    """The file of the fresh cases of the default seed."""
    return data_path("suites", "fresh_cases.json")


def _cache() -> Path:
    return user_cache_path("storepact") / "corpus"


def pinned_operations(document: Document, family: Family) -> tuple[str, ...]:
    """The ids of the operations that have pinned cases."""
    return tuple(operation.id for operation in document.operations.values() if family.role_of(operation))


def _check(folder: Path, document: Document, family: Family) -> Path:
    corpus, operations = Corpus(folder, document), pinned_operations(document, family)
    corpus.check(operations, family.journey_rules)
    corpus.require_cases(operations)
    return folder
