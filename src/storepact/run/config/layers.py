"""The values of options, from the sources of a configuration: environment, named target, file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import IntEnum
from pathlib import Path

from storepact.model.errors import ConfigUnusable
from storepact.model.values import lean_value
from storepact.run.config.expand import expand, is_variable
from storepact.run.config.file import ConfigFile, Toml
from storepact.run.config.named_targets import TARGETS, URL, NamedTarget, find_target, named_targets
from storepact.run.config.names import Name
from storepact.run.options import PROVE
from storepact.run.run_settings import NO_HISTORY

#: The table of the file with the options of one command.
COMMANDS = "commands"

#: The option of `twin` that names another target.
AGAINST = "against"

#: Options that the file may only set for the target that it names itself: a permission or a token that was
#: meant for one provider is not used for another.
PERMISSIONS = frozenset(
    {
        *("allow-writes", "allow-enable", "allow-production", "insecure-http"),
        *("token-env", "reader-token-env", "token-file", "token-command"),
        *("header", "client-cert", "client-key"),
    }
)

_TOKENS = frozenset({"token-env", "token-file", "token-command"})
_OF_BROKER = ("broker-url", "publish", "provider-branch", "consumer-branch")

#: The files that are given by position.
FILES = "FILES"

#: For an option, those that replace it where a stronger source gives them.
_REPLACED_BY: Mapping[str, frozenset[str]] = {
    **{key: _TOKENS - {key} for key in _TOKENS},
    **dict.fromkeys(_OF_BROKER, frozenset({"contracts"})),
    "contracts": frozenset({"broker-url", FILES}),
}

#: Options of `prove` that count only with its --target.
_OF_COMPARISON = frozenset({"project", "environment", "isolation-scope", "allow-writes", "choice"})

#: Options whose variable is read where it is used, for it may hold a password.
_READ_LATER = frozenset({"history"})


class Rank(IntEnum):
    """The sources, the stronger the higher."""

    FILE = 0
    COMMAND = 1
    TARGET = 2
    ENVIRONMENT = 3
    COMMAND_LINE = 4


@lean_value(frozen=True)
class Value:
    """The value of an option, as it would be typed."""

    words: tuple[str, ...]
    source: str
    """A variable, or the file and line."""
    rank: Rank
    is_deferred: bool = False
    """Whether the program reads the variable itself."""


@lean_value(frozen=True)
class Resolution:
    """The values of a command's options that were not typed."""

    values: Mapping[str, Value] = field(default_factory=dict)
    """By key; that of `target` is never the name of a target of the file."""
    target: NamedTarget | None = None
    """The named target, if one is used."""
    unused: Mapping[str, str] = field(default_factory=dict)
    """Values that do not count, by key: where they stand, and why."""


@lean_value(frozen=True)
class Layers:
    """The sources of one process."""

    environment: Mapping[str, str]
    file: ConfigFile | None = None

    def resolve(self, names: Iterable[Name], typed: Mapping[str, tuple[str, ...]]) -> Resolution:
        """The values of the options that are not `typed`.

        Raises:
            ConfigUnusable: a value cannot be used.
            UnknownName: the target does not exist.

        """
        options = {name.option: name for name in names}
        target, own = self._target(options.get("target"), typed)
        named = find_target(self.file, target) if target else None
        candidates = {key: self._value(name, named) for key, name in options.items()}
        values = {key: value for key, value in candidates.items() if value is not None and key not in typed}
        unused = dict(self._values_without_effect(options, values, typed, target, own))
        for key in unused:
            del values[key]
        if named is not None:
            values["target"] = self._address(named)
        if AGAINST in options:
            values.update(self._other_release(values, typed))
        return Resolution(values, named, unused)

    def _target(
        self, name: Name | None, typed: Mapping[str, tuple[str, ...]]
    ) -> tuple[str | None, str | None]:
        """The target of the command, and the one that the file names."""
        if name is None:
            return None, None
        value = self._value(name, None)
        words = typed.get(name.option) or (value.words if value else ())
        own = self._from_file(name)
        return (words[0] if words else None), (own.words[0] if own and own.words else None)

    def _other_release(
        self, values: Mapping[str, Value], typed: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[str, Value]]:
        """The address of a named target in the place of its name, and the variables of its tokens."""
        value = values.get(AGAINST)
        words = typed.get(AGAINST) or (value.words if value else ())
        targets = {target.name: target for target in named_targets(self.file)}
        target = targets.get(words[0]) if words else None
        if target is None or self.file is None:
            return
        yield AGAINST, self._address(target)
        for key in ("token-env", "reader-token-env"):
            option = f"{AGAINST}-{key}"
            if key in target.table and option not in typed and option not in values:
                where = self.file.where(TARGETS, target.name, key)
                yield option, Value((target.text(key),), where, Rank.TARGET)

    def _values_without_effect(
        self,
        options: Mapping[str, Name],
        values: Mapping[str, Value],
        typed: Mapping[str, tuple[str, ...]],
        target: str | None,
        own: str | None,
    ) -> Iterator[tuple[str, str]]:
        """The values that do not count, by key, and why."""
        ranks = {
            **{key: value.rank for key, value in values.items()},
            **dict.fromkeys(typed, Rank.COMMAND_LINE),
        }
        for key, value in values.items():
            stronger = [rival for rival in _REPLACED_BY.get(key, ()) if ranks.get(rival, -1) > value.rank]
            if stronger:
                yield key, f"{value.source}: --{stronger[0]} replaces it"
            elif options[key].command == (PROVE,) and target is None and key in _OF_COMPARISON:
                yield key, f"{value.source}: it goes with --target"
            elif key in PERMISSIONS and value.rank < Rank.TARGET and own is not None and own != target:
                yield key, f"{value.source}: it is meant for the target {own} of the file"

    def _value(self, name: Name, target: NamedTarget | None) -> Value | None:
        """The value of the strongest source that has one, the command line left out."""
        text = self.environment.get(name.variable, "")
        if text:
            return Value(_split(name, text), name.variable, Rank.ENVIRONMENT, name.key in _READ_LATER)
        if target is not None and name.is_shared and name.key in target.table:
            return self._read(name, Rank.TARGET, TARGETS, target.name)
        return self._from_file(name)

    def _from_file(self, name: Name) -> Value | None:
        for rank, tables in ((Rank.COMMAND, (COMMANDS, *name.command)), (Rank.FILE, ())):
            if (rank is Rank.FILE and not name.is_shared) or (rank is Rank.COMMAND and name.is_alias):
                continue
            value = self._read(name, rank, *tables)
            if value is not None:
                return value
        return None

    def _read(self, name: Name, rank: Rank, *tables: str) -> Value | None:
        """The value of a key in a table of the file."""
        raw = self.file.find(*tables, name.key) if self.file else None
        if self.file is None or raw is None or isinstance(raw, Mapping):
            return None
        where = self.file.where(*tables, name.key)
        elements = raw if isinstance(raw, list) else [raw]
        return Value(tuple(self._text(name, element, where, tables) for element in elements), where, rank)

    def _text(self, name: Name, raw: Toml, where: str, tables: Sequence[str]) -> str:
        """A value as it would be typed in the working folder."""
        if not isinstance(raw, str):
            return str(raw).lower() if isinstance(raw, bool) else str(raw)
        text = expand((*tables, name.key), raw, self.environment, where)
        if name.key.endswith("token-env") and not is_variable(text):
            raise ConfigUnusable(where, f"{name.key} is not the name of a variable")
        assert self.file is not None
        return _locate(name, text, self.file.folder)

    def _address(self, target: NamedTarget) -> Value:
        """The URL of a named target."""
        assert self.file is not None
        where = self.file.where(TARGETS, target.name, URL)
        text = expand((TARGETS, target.name, URL), target.text(URL), self.environment, where)
        if "://" not in text and not text.isalnum():
            raise ConfigUnusable(where, "url is not a URL: write it with https://")
        return Value((text,), where, Rank.TARGET)


def _split(name: Name, text: str) -> tuple[str, ...]:
    """The values of a variable: of an option that may be repeated one per line, or between commas."""
    if not name.is_list:
        return (text,)
    separator = "\n" if "\n" in text or name.key == "header" else ","
    return tuple(word.strip() for word in text.split(separator) if word.strip())


def _locate(name: Name, text: str, folder: Path) -> str:
    """A path of the file, from the working folder; the text itself if it is no path."""
    if not (name.is_path or name.may_be_path) or "://" in text or text == NO_HISTORY or text.isdigit():
        return text
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # the home of a user who does not exist
        return text
    if path.is_absolute():
        return str(path)
    if not name.is_path and name.key != "history" and not (folder / path).exists():
        return text
    return os.path.relpath(folder / path)
