"""What a corpus holds and reaches, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from storepact.engines.corpus.files import case_file
from storepact.engines.corpus.reach import Judge
from storepact.run.corpus import pinned_operations
from storepact.run.corpus_work import CorpusWork

#: The columns of what is reached: the first word of an item, and the column's title.
_COLUMNS = {
    "keyword": "keywords",
    "branch": "branches",
    "flaw": "flaws",
    "damage": "kinds of damage",
    "value": "shapes",
}


class FileStats(msgspec.Struct, frozen=True):
    """The numbers of one file."""

    name: str
    entries: int
    bytes: int
    phases: dict[str, int]
    expects: dict[str, int]
    reach: dict[str, int]
    """How much is reached, by the kind of what it is."""
    lone: int
    """Entries that reach something which no other entry of the file does."""


class CorpusStats(msgspec.Struct, frozen=True):
    """The numbers of a corpus."""

    folder: str
    document: str
    files: tuple[FileStats, ...]

    @property
    def entries(self) -> int:
        """All entries."""
        return sum(file.entries for file in self.files)

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)


def corpus_stats(work: CorpusWork) -> CorpusStats:
    """The numbers of a corpus.

    Raises:
        CorpusUnusable: it cannot be used for its document.

    """
    corpus, judge = work.open_corpus(), Judge(work.document, work.family)
    files = []
    for operation in pinned_operations(work.document, work.family):
        entries = corpus.pinned_cases(operation)
        reaches = [judge.reach(entry.to_case(operation)) for entry in entries]
        count = Counter(item for reach in reaches for item in reach)
        path = case_file(work.folder, operation)
        kinds = Counter(item[0] for item in count)
        files.append(
            FileStats(
                name=path.name,
                entries=len(entries),
                bytes=path.stat().st_size,
                phases=dict(Counter(entry.phase for entry in entries)),
                expects=dict(Counter(str(entry.expects) for entry in entries)),
                reach={kind: kinds[kind] for kind in _COLUMNS},
                lone=sum(any(count[item] == 1 for item in reach) for reach in reaches),
            )
        )
    return CorpusStats(str(work.folder), str(work.document.path), tuple(files))


def stats_rows(counts: CorpusStats) -> Iterator[tuple[str, ...]]:
    """The numbers as a table."""
    yield (
        "file",
        "entries",
        "bytes",
        "accept/refuse/silent",
        *_COLUMNS.values(),
        "with a reach of their own",
    )
    for file in counts.files:
        expects = "/".join(str(file.expects.get(name, 0)) for name in ("accept", "refuse", "silent"))
        reach = (f"{number:,}" for number in file.reach.values())
        yield (file.name, f"{file.entries:,}", f"{file.bytes:,}", expects, *reach, f"{file.lone:,}")
    blank = ("",) * (len(_COLUMNS) + 2)
    yield ("all", f"{counts.entries:,}", f"{counts.bytes:,}", *blank)
