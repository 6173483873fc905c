"""The configuration file: which one counts, and what stands in it on which line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from storepact.model.errors import ConfigUnusable
from storepact.model.values import lean_value

if TYPE_CHECKING:
    from storepact.run.config.positions import Keys

#: What a TOML document holds.
Toml: TypeAlias = "str | int | float | bool | list[Toml] | Mapping[str, Toml] | object"

FILE_NAME, PROJECT_FILE = "storepact.toml", "pyproject.toml"

#: The variable that names the file; `none` for no file at all.
FILE_VARIABLE = "STOREPACT_CONFIG"

_SECTION: Keys = ("tool", "storepact")


@lean_value(frozen=True)
class ConfigFile:
    """A configuration file that was read."""

    path: Path
    table: Mapping[str, Toml]
    """The document, or the section of pyproject.toml."""
    lines: Mapping[Keys, int] = field(default_factory=dict)
    base: Keys = ()
    """Where the table stands in the document."""
    note: str = ""
    """What the user should know about a second file."""

    @property
    def name(self) -> str:
        """The file's path as messages have it: from the working folder."""
        return _short(self.path)

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the file start from."""
        return self.path.parent

    def where(self, *keys: str | int) -> str:
        """The file and the line of a key, or of the nearest table around it."""
        place = (*self.base, *keys)
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines[place]}" if place else self.name

    def find(self, *keys: str) -> Toml | None:
        """The value at a key; None if there is none."""
        value: Toml = self.table
        for key in keys:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        return value


def find_file(folder: Path, environment: Mapping[str, str]) -> ConfigFile | None:
    """The configuration that counts in a folder: of the nearest folder upwards that has one.

    The search ends at the root of the repository. STOREPACT_CONFIG names another file, or none.

    Raises:
        ConfigUnusable: a file cannot be read, or is not TOML.

    """
    chosen = environment.get(FILE_VARIABLE, "")
    if chosen == "none":
        return None
    if chosen:
        return _read_chosen(folder / chosen)
    for parent in _folders(folder.absolute()):
        own = read_file(parent / FILE_NAME)
        project = read_file(parent / PROJECT_FILE)
        if own is None and project is not None:
            return project
        if own is not None:
            return own if project is None else _with_note(own, project)
    return None


def read_file(path: Path) -> ConfigFile | None:
    """One file; None if it does not exist, or is a pyproject.toml without our section.

    Raises:
        ConfigUnusable: it cannot be read, or is not TOML.

    """
    is_project = path.name == PROJECT_FILE
    if not path.exists() and not path.is_symlink():
        return None
    data = _read(path)
    if is_project and b"storepact" not in data:
        return None
    text = _decode(path, data)
    document = _parse(path, text)
    table: Toml = document
    for key in _SECTION if is_project else ():
        table = table.get(str(key)) if isinstance(table, Mapping) else None
    if table is None:
        return None
    from storepact.run.config.positions import find_lines

    lines, base = find_lines(text), _SECTION if is_project else ()
    if not isinstance(table, Mapping):
        raise ConfigUnusable(f"{_short(path)}:{lines.get(base, 1)}", "tool.storepact must be a table")
    return ConfigFile(path, table, lines, base)


def _read(path: Path) -> bytes:
    """The content of a file that was come upon: a pipe would have to be waited for."""
    if path.exists() and not path.is_file():
        raise ConfigUnusable(_short(path), f"is {'a folder' if path.is_dir() else 'no file'}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigUnusable(_short(path), f"cannot be read: {error.strerror or error}") from None


def _read_chosen(path: Path) -> ConfigFile:
    if path.is_dir():
        raise ConfigUnusable(FILE_VARIABLE, f"{path} is a folder; name the file in it")
    file = read_file(path)
    if file is None:
        has_no = "has no [tool.storepact]" if path.exists() else "does not exist"
        raise ConfigUnusable(FILE_VARIABLE, f"{path} {has_no}; name another file, or none")
    return file


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those above it, up to the root of the repository."""
    for parent in (folder, *folder.parents):
        yield parent
        if (parent / ".git").exists():
            return


def _with_note(own: ConfigFile, project: ConfigFile) -> ConfigFile:
    note = f"{own.name} counts; [tool.storepact] in {project.where()} is not read"
    return ConfigFile(own.path, own.table, own.lines, own.base, note)


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigUnusable(f"{_short(path)}:{line}", "is not a text in UTF-8: save it as UTF-8") from None


def _parse(path: Path, text: str) -> dict[str, Toml]:
    import tomllib  # only where there is a file

    from storepact.run.config.positions import error_line

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
    except RecursionError:
        problem = "nested too deeply"
    except ValueError:  # of int(), which limits how many digits a number has
        problem = "a number has more than 4,300 digits"
    else:
        return document
    raise ConfigUnusable(f"{_short(path)}:{error_line(text)}", f"is not TOML: {problem}")


def _short(path: Path) -> str:
    """A path from the working folder."""
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)
