"""The work on a corpus: its folder, document and family, and what is written into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.refresh import Refresh, Refreshed, check_files, pinned_questions
from storepact.engines.drawn_cases import render_fresh_cases
from storepact.engines.family import Family
from storepact.engines.profiles import DEFAULT_SEED
from storepact.engines.questions import CaseGenerator
from storepact.families import FAMILY_NAMES, find_family
from storepact.model.errors import CorpusUnusable, ReportFolderUnusable, UsageError
from storepact.model.paths import data_path
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.load import load_document
from storepact.record.store import usable_folder, write_whole
from storepact.run.corpus import pinned_operations, shipped_cases, shipped_corpus
from storepact.run.engine_options import engine_options
from storepact.run.progress import Meter
from storepact.run.settings import Settings

#: How many changes are printed; the files show them all.
_MOST_CHANGES = 40

#: The address of a target, for options of what needs none.
_NOWHERE = "http://127.0.0.1"


@lean_value(frozen=True)
class CorpusWork:
    """One corpus that is read or made."""

    folder: Path
    document: Document
    family: Family
    settings: Settings

    @property
    def generator(self) -> CaseGenerator:
        """What makes all cases of the document."""
        return CaseGenerator(self.document, self.family, engine_options(self.settings, _NOWHERE))

    def open_corpus(self) -> Corpus:
        """The corpus, every file of it read.

        Raises:
            CorpusUnusable: it cannot be used for the document.

        """
        corpus = Corpus(self.folder, self.document)
        corpus.check(pinned_operations(self.document, self.family), self.family.journey_rules)
        return corpus


def open_work(
    folder: Path | None,
    openapi: Path | None,
    family: str | None,
    seed: int = DEFAULT_SEED,
    *,
    reads_only: bool = False,
) -> CorpusWork:
    """The corpus of a folder, by default the one of the checkout.

    Raises:
        UsageError: no folder is named, and the shipped one is not that of the document, or is no checkout's.
        DocumentUnusable: the document cannot be used.
        CorpusUnusable: it is only read, and the folder does not exist.

    """
    settings = Settings(openapi=openapi, seed=seed, family=family or FAMILY_NAMES[0])
    document = load_document(settings.document_path)
    if folder is None and not reads_only:
        own = data_path("openapi", settings.api.document).resolve()
        if settings.document_path.resolve() != own or "_data" in shipped_corpus().parts:
            raise UsageError("name the folder with --corpus-dir: the corpus that ships with storepact stays")
    chosen = folder or shipped_corpus()
    if reads_only and not chosen.is_dir():
        raise CorpusUnusable(chosen, "there is no such folder")
    return CorpusWork(chosen, document, find_family(family), settings)


def refresh_corpus(work: CorpusWork, meter: Meter, add_journeys: Callable[[Refreshed], None]) -> Refreshed:
    """Make the files of a corpus again, and write them; `add_journeys` adds their file.

    Raises:
        CorpusUnusable: the folder cannot be written, or has a file that is none of a corpus.

    """
    check_files(work.folder)
    meter.begin(sum(1 for _ in pinned_questions(work.document, work.family)))
    try:
        usable_folder(work.folder)
    except ReportFolderUnusable as error:
        text = f"cannot be written: {error.reason}; name another folder with --corpus-dir"
        raise CorpusUnusable(work.folder, text) from None
    refresh = Refresh(work.folder, work.generator, work.settings.seed)
    result = refresh.run(lambda question: meter.advance(str(question)))
    add_journeys(result)
    for name, text in result.files.items():
        write_whole(work.folder / name, text)
    for path in result.removed:
        path.unlink()
    if work.folder.resolve() == shipped_corpus().resolve() and work.settings.seed == DEFAULT_SEED:
        write_whole(shipped_cases(), render_shipped_cases(work))
    return result


def render_shipped_cases(work: CorpusWork) -> str:
    """The text of the file of fresh cases that belongs to a corpus."""
    chosen = (
        question for question in pinned_questions(work.document, work.family) if question.phase == "fuzzing"
    )
    return render_fresh_cases(work.document, dict(map(work.generator.draw_fresh, chosen)))


def describe_refresh(result: Refreshed, folder: Path) -> str:
    """What a refresh has changed, for a terminal."""
    return "".join(f"{line}\n" for line in _lines(result, folder))


def _lines(result: Refreshed, folder: Path) -> Iterator[str]:
    yield from map(str, result.changes[:_MOST_CHANGES])
    more = len(result.changes) - _MOST_CHANGES
    if more > 0:
        yield f"and {more:,} more changes"
    yield f"{result.kept:,} of {result.entries:,} entries as before; {len(result.files)} files in {folder}"
