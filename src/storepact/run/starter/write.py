"""The writing of the files of `storepact init`, all or none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from storepact.engines.family import Family
from storepact.model.errors import UsageError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.config.file import FILE_NAME, PROJECT_FILE, read_file
from storepact.run.starter.discover import NO_CI, Repository, discover, find_commit
from storepact.run.starter.render import StarterFile, render_starter
from storepact.transport.addresses import base_url_of


def write_starter(
    folder: Path, family: Family, ci: str | None, target: str | None, *, force: bool = False
) -> Iterator[str]:
    """Write the files; yields a line for each, and what remains to be done.

    Raises:
        UsageError: a file exists or cannot be written, or the target is no address; nothing is written then.

    """
    address = base_url_of(target) if target else None
    repository = discover(folder, _fragment_of(family))
    kind = ci or repository.ci
    files = list(render_starter(repository, kind, address, find_commit()))
    if not force:
        _refuse_existing(repository, files)
    _make_folders(repository, files)
    for file in files:
        _write(repository.root / file.path, file.text)
    for file in files:
        yield f"wrote {_short(repository.root / file.path)}" + (f"; {file.note}" if file.note else "")
    yield from _notes(repository, kind, chosen=ci is not None)
    yield "next: storepact verify; storepact config show prints each value and where it comes from"


def _refuse_existing(repository: Repository, files: Sequence[StarterFile]) -> None:
    existing = [
        _short(repository.root / file.path) for file in files if os.path.lexists(repository.root / file.path)
    ]
    if existing:
        verb = "exists" if len(existing) == 1 else "exist"
        raise UsageError(f"{' and '.join(existing)} {verb} already: nothing was written; --force overwrites")
    project = read_file(repository.root / PROJECT_FILE)
    if project is not None:
        raise UsageError(
            f"{project.where()} has [tool.storepact] already, and {FILE_NAME} would count in its place: "
            "nothing was written; --force writes it"
        )


def _make_folders(repository: Repository, files: Sequence[StarterFile]) -> None:
    for file in files:
        folder = (repository.root / file.path).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{_short(folder)} cannot be made: {error.strerror or error}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{_short(path)} cannot be written: {error.strerror or error}") from None


def _fragment_of(family: Family) -> str:
    """What stands in every document of the API: the last plain part of its shortest path."""
    document = load_document(data_path("openapi", family.document))
    shortest = min(document.data["paths"], key=len)
    return str(shortest).partition("{")[0].rstrip("/").rpartition("/")[2]


def _notes(repository: Repository, kind: str, *, chosen: bool) -> Iterator[str]:
    """What was found out, and how."""
    if repository.document:
        yield f"the OpenAPI document is {repository.document.as_posix()}"
    if repository.pacts:
        yield f"the pacts are in {repository.pacts.as_posix()}"
    if not chosen and kind != NO_CI:
        yield f"the job is for {kind}: {repository.reason or 'nothing says otherwise; see --ci'}"


def _short(path: Path) -> str:
    return os.path.relpath(path)
