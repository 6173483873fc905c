"""The files of a corpus: one for each operation and one for journeys, a block for each entry."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from storepact.engines.corpus.values import FORMAT, PinnedCase, PinnedCases, content_id
from storepact.model.errors import CorpusUnusable
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.source import SourceText

#: What a number or word looks like that Python's decoder refuses without its place.
_NO_JSON = re.compile(r"-?(?:NaN|Infinity)|\d{4000,}")

#: A text, or the end of an object.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\}')

#: A text, or a bracket, and by how much each changes the depth.
_BRACKET = re.compile(r'"(?:\\.|[^"\\])*"|[][{}]')
_STEPS = {"{": 1, "[": 1, "}": -1, "]": -1}

#: No entry is nested more deeply.
_DEEPEST = 200

#: The members of a file.
_MEMBERS = frozenset({"format", "digest", "operation", "cases", "journeys"})

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
    data = _parse(path, _read_text(path))
    if not isinstance(data, dict) or not isinstance(data.get("digest"), str):
        raise CorpusUnusable(path, "is no file of a corpus: it names no digest", line=1)
    if type(data.get("format")) is not int or data["format"] != FORMAT:
        version = json.dumps(data.get("format"))
        raise CorpusUnusable(path, f"has the format {version}, and this version reads {FORMAT}", line=1)
    for name in data:
        if name not in _MEMBERS:
            line = SourceText(path).line(f"/{escape(name)}")
            raise CorpusUnusable(path, f"has an unknown member {json.dumps(name)}", line=line)
    return data


def read_list(path: Path, data: Mapping[str, Json], member: str) -> list[Json]:
    """The entries of a file that was read, as they stand there.

    Raises:
        CorpusUnusable: it has no list of them.

    """
    values = data.get(member)
    if not isinstance(values, list):
        raise CorpusUnusable(path, f"has no list of {member}", line=1)
    return values


def _read_text(path: Path) -> str:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise CorpusUnusable(path, "is no file")  # reading a pipe would wait for ever
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusUnusable(path, f"cannot be read: {error.strerror}") from None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusUnusable(path, "cannot be read: it is not in UTF-8", line=line) from None


def _parse(path: Path, text: str) -> Json:
    objects = _Objects()
    try:
        value: Json = json.loads(text, parse_constant=_refuse, object_pairs_hook=objects.read)
    except json.JSONDecodeError as error:
        raise CorpusUnusable(path, f"is no JSON: {error.msg}", line=error.lineno) from None
    except _Repeated as error:
        problem = f"is no file of a corpus: an object has {json.dumps(str(error))} twice"
        raise CorpusUnusable(path, problem, line=objects.line_in(text)) from None
    except RecursionError:
        raise CorpusUnusable(path, "is nested too deeply", line=_deep_line(text)) from None
    except ValueError:
        match = _NO_JSON.search(text)
        line = None if match is None else text.count("\n", 0, match.start()) + 1
        raise CorpusUnusable(path, "cannot be read: it is no JSON of a corpus", line=line) from None
    return value


def _deep_line(text: str) -> int | None:
    """The line on which a text is nested more deeply than any entry; None if it is not."""
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += _STEPS.get(match[0], 0)
        if depth > _DEEPEST:
            return text.count("\n", 0, match.start()) + 1
    return None


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


class _Repeated(Exception):
    """A name that an object has twice: one of the two values would be dropped in silence."""


class _Objects:
    """Reads the objects of a file; they come in the order in which they end."""

    def __init__(self) -> None:
        self._ended = 0

    def read(self, members: list[tuple[str, Json]]) -> dict[str, Json]:
        """Return an object of these members.

        Raises:
            _Repeated: two have the same name.

        """
        self._ended += 1
        value = dict(members)
        if len(value) < len(members):
            names = [name for name, _ in members]
            raise _Repeated(next(name for name in names if names.count(name) > 1))
        return value

    def line_in(self, text: str) -> int:
        """Return the line on which the last object that was read ends."""
        ends = (match.end() for match in _TOKEN.finditer(text) if match[0] == "}")
        return text.count("\n", 0, next(islice(ends, self._ended - 1, None))) + 1


def read_entries(path: Path, data: Mapping[str, Json], member: str, kind: type[_E]) -> tuple[_E, ...]:
    """The entries of a file that was read, all whole.

    Raises:
        CorpusUnusable: one of them is damaged, was changed by hand, or is there twice.

    """
    entries: list[_E] = []
    names: set[str] = set()
    for index, value in enumerate(read_list(path, data, member)):
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


def read_each_entry(path: Path, member: str, kind: type[_E]) -> Iterator[tuple[int, _E | str]]:
    """The entries of a file with their numbers, also those changed by hand; for a damaged one why it is.

    Raises:
        CorpusUnusable: the file is none of a corpus.

    """
    for number, value in enumerate(read_list(path, read_json(path), member), 1):
        try:
            yield number, msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            yield number, str(error)


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
