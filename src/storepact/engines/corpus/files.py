"""The files of a corpus: one for each operation and one for journeys, a block for each entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from storepact.engines.corpus.values import FORMAT, PinnedCase, PinnedCases, content_id
from storepact.model.errors import CorpusUnusable
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.source import SourceText

_E = TypeVar("_E", bound=msgspec.Struct)


@lru_cache(maxsize=16)
def document_digest(document: Document) -> str:
    """The digest of what a document describes; comments and layout do not count."""
    text = json.dumps(document.data, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def case_file(folder: Path, operation: str) -> Path:
    """The file of an operation's cases."""
    return folder / f"{quote(operation, safe='')}.json"


def read_cases(path: Path) -> PinnedCases:
    """The cases of a file.

    Raises:
        CorpusUnusable: it cannot be read, is damaged, or was changed by hand; with the line.

    """
    data = read_json(path)
    entries = read_entries(path, data, "cases", PinnedCase)
    operation = data.get("operation")
    if not isinstance(operation, str):
        raise CorpusUnusable(path, "names no operation", line=1)
    return PinnedCases(format=FORMAT, operation=operation, digest=str(data["digest"]), cases=entries)


def read_json(path: Path) -> dict[str, Json]:
    """The object of a file, of the format that this version reads.

    Raises:
        CorpusUnusable: there is none.

    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise CorpusUnusable(path, f"is no JSON: {error.msg}", line=error.lineno) from None
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CorpusUnusable(path, f"cannot be read: {reason or 'it is no JSON text'}") from None
    if not isinstance(data, dict) or not isinstance(data.get("digest"), str):
        raise CorpusUnusable(path, "is no file of a corpus: it names no digest", line=1)
    if data.get("format") != FORMAT:
        version = json.dumps(data.get("format"))
        raise CorpusUnusable(path, f"has the format {version}, and this version reads {FORMAT}", line=1)
    return data


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def read_entries(path: Path, data: Mapping[str, Json], member: str, kind: type[_E]) -> tuple[_E, ...]:
    """The entries of a file that was read, all whole.

    Raises:
        CorpusUnusable: one of them is damaged, was changed by hand, or is there twice.

    """
    values = data.get(member)
    if not isinstance(values, list):
        raise CorpusUnusable(path, f"has no list of {member}", line=1)
    entries: list[_E] = []
    names: set[str] = set()
    for index, value in enumerate(values):
        try:
            entry = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise _damage(path, member, index, f"is damaged: {error}") from None
        name = getattr(entry, "id", "")
        if name != content_id(entry):
            raise _damage(path, member, index, f"{name} was changed by hand: its id does not fit it any more")
        if name in names:
            raise _damage(path, member, index, f"{name} is there twice")
        names.add(name)
        entries.append(entry)
    return tuple(entries)


def _damage(path: Path, member: str, index: int, problem: str) -> CorpusUnusable:
    """The error about an entry, at its line."""
    text = f"{member.removesuffix('s')} {index + 1}: {problem}"
    return CorpusUnusable(path, text, line=SourceText(path).line(f"/{member}/{index}"))


def render_file(head: Mapping[str, Json], member: str, entries: Sequence[msgspec.Struct]) -> str:
    """The text of a file: a member of an entry is one line, so that a difference shows what changed."""
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    blocks = ",\n".join(_render_entry(entry) for entry in entries)
    whole = f"[\n{blocks}\n  ]" if blocks else "[]"
    return "\n".join(["{", f'  "format": {FORMAT},', *lines, f'  "{member}": {whole}', "}", ""])


def _render_entry(entry: msgspec.Struct) -> str:
    values: dict[str, Json] = msgspec.to_builtins(entry)
    members = (
        f"      {json.dumps(name)}: {_render_steps(value) if name == 'steps' else json.dumps(value)}"
        for name, value in values.items()
    )
    return "    {\n" + ",\n".join(members) + "\n    }"


def _render_steps(steps: Sequence[Json]) -> str:
    return "[\n" + ",\n".join(f"        {json.dumps(step)}" for step in steps) + "\n      ]"
